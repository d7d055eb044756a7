// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Arrays of bytes as raw memory under typed throws, which the standard library's `withUnsafeBytes` does not offer yet.

extension Array where Element == UInt8 {
    /// Calls `body` with the bytes; they live as long as the call.
    @inlinable @inline(__always)
    public func withRawBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
        try withUnsafeBufferPointer { buffer throws(Failure) -> Result in try body(UnsafeRawBufferPointer(buffer)) }
    }

    /// Calls `body` with the bytes, to be changed in place; they live as long as the call.
    @inlinable @inline(__always)
    public mutating func withMutableRawBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeMutableBufferPointer { buffer throws(Failure) -> Result in try body(UnsafeMutableRawBufferPointer(buffer)) }
    }
}
