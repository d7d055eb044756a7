// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Names for the kernel are bytes. A path is taken as `[UInt8]` or as a String that the caller has validated, and is
// checked for NUL here, once, on its way into a system call.

import Glibc

/// A path or name as the kernel takes it: bytes without NUL.
public protocol KernelPath {
    /// The bytes, without a terminator.
    var pathBytes: [UInt8] { get }
}

extension String: KernelPath {
    public var pathBytes: [UInt8] { Array(utf8) }
}

extension Array: KernelPath where Element == UInt8 {
    public var pathBytes: [UInt8] { self }
}

extension ArraySlice: KernelPath where Element == UInt8 {
    public var pathBytes: [UInt8] { Array(self) }
}

/// The bytes as text for people: undecodable ones become U+FFFD. Never for comparison or for the kernel.
public func displayPath(_ path: some KernelPath) -> String {
    String(decoding: path.pathBytes, as: UTF8.self)
}

/// Calls `body` with the path as a C string. A NUL inside is EINVAL, as no kernel name can hold one.
@discardableResult
public func withPath<Result>(
    _ path: some KernelPath, call: StaticString, _ body: (UnsafePointer<CChar>) throws(SyscallError) -> Result
) throws(SyscallError) -> Result {
    var bytes = path.pathBytes
    if bytes.contains(0) { throw SyscallError("\(call)", displayPath(bytes), errno: EINVAL) }
    bytes.append(0)
    return try bytes.withUnsafeBufferPointer { buffer throws(SyscallError) -> Result in
        try buffer.withMemoryRebound(to: CChar.self) { chars throws(SyscallError) -> Result in
            guard let base = chars.baseAddress else { throw SyscallError("\(call)", errno: EINVAL) }
            return try body(base)
        }
    }
}

/// The components between slashes, without empty ones and without `.`; `..` is kept.
public func pathComponents(_ path: some KernelPath) -> [[UInt8]] {
    path.pathBytes.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }.map(Array.init)
}
