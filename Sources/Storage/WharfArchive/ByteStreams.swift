// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Streams of bytes for blocking code: what a tar reader, a decompressor and a hasher are chained of.

public import WharfLinux

/// Where bytes come from. Used by one thread at a time.
public protocol ByteSource: AnyObject {
    /// Reads at least one and at most `buffer.count` bytes; 0 only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int
}

/// A source whose reading thread may wait for long: for bytes that are still being downloaded.
public protocol StoppableSource: ByteSource {
    /// Ends a waiting `read` and all later ones with an error. From any thread, also behind the end.
    func stop()
}

/// Where bytes go. Used by one thread at a time.
public protocol ByteSink: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
}

extension ByteSink {
    public func write(_ bytes: [UInt8]) throws(ArchiveError) {
        try bytes.withRawBytes { bytes throws(ArchiveError) -> Void in try write(bytes) }
    }
}

extension ByteSource {
    /// Reads to the end and forgets the bytes: for those who hash what goes by.
    public func drain() throws(ArchiveError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while try buffer.withMutableRawBytes({ buffer throws(ArchiveError) -> Int in try read(into: buffer) }) > 0 {}
    }
}

/// Bytes in memory as a stream.
public final class ArraySource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let part = bytes[position...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }
}

/// A file from where its descriptor stands.
public final class DescriptorSource: ByteSource {
    private let descriptor: Descriptor

    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        try system { () throws(SyscallError) in try descriptor.read(into: buffer) }
    }
}

/// Collects what is written.
public final class ArraySink: ByteSink {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) { self.bytes.append(contentsOf: bytes) }
}

/// A file where its descriptor stands.
public final class DescriptorSink: ByteSink {
    private let descriptor: Descriptor

    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try system { () throws(SyscallError) in try descriptor.writeAll(bytes) }
    }
}
