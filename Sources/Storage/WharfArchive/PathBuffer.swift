// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The path of the entry at hand, cleaned, in the form in which the kernel takes it: its parent and its last name, each a C
// string, in memory that is used again for the next entry.
//
//   "./usr//lib/x/"  ->  usr/lib NUL x NUL

import WharfLinux

/// A cleaned path, cut before its last component.
struct PathBuffer: ~Copyable {
    private let memory: UnsafeMutablePointer<UInt8>
    /// Bytes in front of the first NUL; 0 for a name in the root.
    private(set) var parentCount = 0
    private var leafStart = 0
    private(set) var leafCount = 0
    /// A component begins with `.wh.`.
    private(set) var hasWhiteoutMark = false

    init() { memory = .allocate(capacity: nameLimit + 2) }

    deinit { memory.deallocate() }

    /// No component: the root itself.
    var isRoot: Bool { leafCount == 0 }

    /// The last component; lives until the next `set`.
    var leaf: PlainName {
        PlainName(UnsafeRawPointer(memory + leafStart).assumingMemoryBound(to: CChar.self))
    }

    /// Everything before the last component, without the NUL.
    var parent: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory, count: parentCount) }

    var leafBytes: [UInt8] { Array(UnsafeBufferPointer(start: memory + leafStart, count: leafCount)) }

    /// Cleans a name as `EntryPath` does: no empty component, no `.`; `..` takes the component before it away.
    /// - Throws: `unsafe` for a NUL and for a `..` that leads out of the root.
    mutating func set(_ name: [UInt8]) throws(ArchiveError) {
        guard name.count <= nameLimit else { throw .limit("the name \(show(name)) is longer than \(nameLimit) bytes") }
        hasWhiteoutMark = false
        let result = name.withUnsafeBufferPointer { clean($0) }
        guard let count = result else {
            throw .unsafe(entry: show(name), name.contains(0) ? "has a NUL in its name" : "leads out of the root")
        }
        split(count)
    }

    /// Writes the components with a slash between them; nil for a name that may not be.
    private mutating func clean(_ name: UnsafeBufferPointer<UInt8>) -> Int? {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var end = 0
        var at = 0
        while at < name.count {
            let start = at
            while at < name.count, name[at] != slash {
                if name[at] == 0 { return nil }
                at += 1
            }
            let count = at - start
            at += 1
            if count == 0 || (count == 1 && name[start] == dot) { continue }
            if count == 2, name[start] == dot, name[start + 1] == dot {
                guard end > 0 else { return nil }
                repeat { end -= 1 } while end > 0 && memory[end] != slash
                continue
            }
            if count >= 4, name[start] == dot, name[start + 1] == UInt8(ascii: "w"), name[start + 2] == UInt8(ascii: "h"),
                name[start + 3] == dot
            {
                hasWhiteoutMark = true
            }
            if end > 0 {
                memory[end] = slash
                end += 1
            }
            for index in 0..<count { memory[end + index] = name[start + index] }
            end += count
        }
        return end
    }

    private mutating func split(_ count: Int) {
        memory[count] = 0
        var slash = count
        while slash > 0, memory[slash - 1] != UInt8(ascii: "/") { slash -= 1 }
        leafStart = slash
        leafCount = count - slash
        parentCount = max(0, slash - 1)
        if slash > 0 { memory[slash - 1] = 0 }
    }
}
