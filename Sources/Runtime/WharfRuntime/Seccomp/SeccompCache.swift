// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Compiled filters by what they were compiled from. A start reads one file instead of looking up a thousand names.
//
//   <exec-root>/seccomp/<16 hex digits>.bpf
//   ┌──────────────────────┬─────────────┬──────────────────────┬───────────────────┐
//   │ "wharf-seccomp 2\n"  │ u32 length  │ source: version line │ instructions to   │
//   │ (format)             │ (LE)        │ + the profile's JSON │ the file's end    │
//   └──────────────────────┴─────────────┴──────────────────────┴───────────────────┘
//
// The name is only a hint: a file counts when its source is the wanted one byte for byte, so a collision or a torn file
// is a miss and never another profile's filter.

import CSeccomp
public import WharfJSON
public import WharfLinux
import WharfOCI

/// Finds or makes compiled filters.
public struct SeccompCache: Sendable {
    private static let magic = Array("wharf-seccomp 2\n".utf8)
    /// Longer than any profile with a filter that the kernel takes.
    private static let sizeLimit = 4 << 20

    /// nil compiles each time.
    private let directory: HostPath?

    public init(directory: HostPath?) { self.directory = directory }

    /// The filter of a profile, given as it stands in config.json.
    public func filter(for document: JSONValue) throws(SeccompError) -> SeccompFilter {
        let source = Self.source(of: document)
        let file = directory.map { $0 / Self.name(of: source) }
        let seccomp: RuntimeSpec.Seccomp
        do {
            seccomp = try JSON.decode(RuntimeSpec.Seccomp.self, from: document)
        } catch {
            throw SeccompError(description: "seccomp: \(error)")
        }
        if let file, let program = Self.read(file, source: source) { return try SeccompFilter(program: program, for: seccomp) }
        let program = try SeccompCompiler.compile(seccomp)
        let filter = try SeccompFilter(program: program, for: seccomp)
        if let directory, let file { Self.store(program, source: source, at: file, in: directory) }
        return filter
    }

    /// All that the program depends on: the library that knew the names, the code that made it (its number rises with every
    /// change of a program), and the profile (which names its architectures; the capabilities have become rules of it already).
    private static func source(of document: JSONValue) -> [UInt8] {
        let version = seccomp_version().map { "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.micro)" } ?? "?"
        return Array("names libseccomp \(version) calls to \(NewerSyscalls.last) emitter 1\n".utf8) + JSON.encode(document)
    }

    /// FNV-1a, 64 bits.
    private static func name(of source: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in source { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits + ".bpf"
    }

    private static func read(_ file: HostPath, source: [UInt8]) -> [UInt8]? {
        // Absent or unreadable is a miss.
        guard let bytes = try? file.read(limit: sizeLimit) else { return nil }
        let header = header(source)
        guard bytes.count > header.count, bytes[..<header.count] == header[...] else { return nil }
        let program = Array(bytes[header.count...])
        return program.count % FilterInstruction.size == 0 ? program : nil
    }

    private static func store(_ program: [UInt8], source: [UInt8], at file: HostPath, in directory: HostPath) {
        do {
            try directory.mkdir(permissions: 0o700)
            try file.writeAtomically(header(source) + program, permissions: 0o600)
        } catch {
            // A cache that can't be written costs time, nothing else.
        }
    }

    /// All that stands before the instructions.
    private static func header(_ source: [UInt8]) -> [UInt8] {
        magic + withUnsafeBytes(of: UInt32(source.count).littleEndian) { Array($0) } + source
    }
}
