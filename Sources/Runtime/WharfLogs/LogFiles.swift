// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files of one log and their order:
//
//   containers/<id>/<id>-json.log        the current one
//   containers/<id>/<id>-json.log.7      the one before it
//   containers/<id>/<id>-json.log.6      older
//
// A rotated file gets the next higher number and keeps it: no rename ever moves a file that somebody reads, and who
// rotates (the shim) needs nothing from who expires (wharfd).

public import WharfLinux

/// A log by its directory and the current file's name.
public struct LogFiles: Sendable {
    /// The directory, open for reading.
    let directory: Descriptor
    let name: [UInt8]

    /// The log whose current file is `path`; its directory must exist, the file need not.
    public init(path: some KernelPath) throws(SyscallError) {
        let path = HostPath(path)
        directory = try path.parent.openDirectory()
        name = path.name
    }

    /// The numbers of the rotated files, oldest first.
    func rotated() throws(SyscallError) -> [UInt64] {
        var numbers: [UInt64] = []
        let prefix = name + [UInt8(ascii: ".")]
        for entry in try directory.directoryEntries() where entry.name.starts(with: prefix) {
            let digits = entry.name.dropFirst(prefix.count)
            guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), digits.first != UInt8(ascii: "0"),
                let number = UInt64(String(decoding: digits, as: UTF8.self))
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    func rotatedName(_ number: UInt64) -> [UInt8] { name + Array(".\(number)".utf8) }

    /// Removes the oldest rotated files so that at most `keeping` files are left, the current one included. For wharfd,
    /// in the background. Answers how many were removed.
    @discardableResult
    public func expire(keeping: Int) throws(SyscallError) -> Int {
        let numbers = try rotated()
        let surplus = max(0, numbers.count - max(0, keeping - 1))
        for number in numbers.prefix(surplus) { try removeTree(in: directory, rotatedName(number)) }
        return surplus
    }

    /// Removes every file of the log.
    public func removeAll() throws(SyscallError) {
        try removeTree(in: directory, name)
        for number in try rotated() { try removeTree(in: directory, rotatedName(number)) }
    }

    /// Bytes of all files together.
    public func size() throws(SyscallError) -> Int64 {
        var total: Int64 = 0
        for name in try rotated().map(rotatedName) + [name] {
            if let file = try openFile(name) { total += try file.status().size }
        }
        return total
    }

    /// Opens a file for reading; nil when it does not exist (any more).
    func openFile(_ name: [UInt8]) throws(SyscallError) -> Descriptor? {
        do throws(SyscallError) {
            return try openBeneath(directory, name, [.read, .nonBlocking])
        } catch  where error.isNotFound {
            return nil
        }
    }
}

extension SyscallError {
    var isNotFound: Bool { errno == 2 }
}
