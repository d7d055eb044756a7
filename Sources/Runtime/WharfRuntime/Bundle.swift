// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bundle: a directory with config.json (OCI runtime spec, bundle.md).

import Glibc
public import WharfLinux
import WharfJSON
public import WharfOCI

/// Reading and writing the spec of a bundle.
public enum Bundle {
    /// The longest config.json that is read, 4 MiB.
    public static let specLimit = 4 << 20

    /// The spec in the bundle directory.
    public static func readSpec(_ bundle: HostPath) throws(RuntimeError) -> RuntimeSpec { try read(bundle).spec }

    /// The same with the bytes that it was read from.
    public static func read(_ bundle: HostPath) throws(RuntimeError) -> (spec: RuntimeSpec, document: [UInt8]) {
        let path = bundle / "config.json"
        let bytes = try step("spec", path.description) { () throws(SyscallError) in try readFile(path) }
        do {
            return (try JSON.decode(RuntimeSpec.self, from: bytes), bytes)
        } catch {
            throw RuntimeError(step: "spec", errno: EINVAL, text: "\(path): \(error)")
        }
    }

    /// Whoever prepared the bundle must not be able to keep the reader waiting (a FIFO) or reading (a device).
    private static func readFile(_ path: HostPath) throws(SyscallError) -> [UInt8] {
        let file = try path.open([.read, .nonBlocking, .noControllingTerminal])
        switch try file.status().kind {
        case .regular: return try file.readAll(limit: specLimit)
        case .directory: throw SyscallError("read", errno: EISDIR)
        default: throw SyscallError("read", "no regular file", errno: EINVAL)
        }
    }

    /// The bytes of a config.json.
    public static func encode(_ spec: RuntimeSpec) -> [UInt8] { JSON.encode(spec) + [UInt8(ascii: "\n")] }
}
