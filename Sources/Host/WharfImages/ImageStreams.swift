// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Streams between the async world, the content store and the archive reader.

import WharfArchive
import WharfBlocking
import WharfContent
import WharfOCI

/// A bridge's chunks as a stream for the tar reader.
final class BridgeSource: ByteSource {
    private let bridge: ByteBridge
    private var chunk: [UInt8] = []
    private var position = 0

    init(_ bridge: ByteBridge) { self.bridge = bridge }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        while position == chunk.count {
            do {
                guard let next = try bridge.read() else { return 0 }
                (chunk, position) = (next, 0)
            } catch {
                throw .stream(error)
            }
        }
        let part = chunk[position...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }
}

/// A blob as a stream; tells how far it was read.
final class BlobSource: ByteSource {
    private let reader: any BlobReader
    private let progress: (Int64) -> Void
    private var offset: Int64 = 0

    init(_ reader: any BlobReader, progress: @escaping (Int64) -> Void = { _ in }) {
        self.reader = reader
        self.progress = progress
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        do {
            let count = try reader.read(into: buffer, at: offset)
            offset += Int64(count)
            progress(offset)
            return count
        } catch {
            throw .stream(error.wharfError("content"))
        }
    }
}

/// A stream that hashes what goes by.
final class DigestingSource: ByteSource {
    private let source: any ByteSource
    private(set) var hasher = ContentHasher()

    init(_ source: any ByteSource) { self.source = source }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let count = try source.read(into: buffer)
        if count > 0 { hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
    }
}

/// A stream that keeps what goes by in an ingest.
final class KeepingSource: ByteSource {
    private let source: any ByteSource
    private let ingest: any BlobIngest

    init(_ source: any ByteSource, into ingest: any BlobIngest) {
        self.source = source
        self.ingest = ingest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let count = try source.read(into: buffer)
        if count > 0 { try keepBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]), in: ingest) }
        return count
    }
}

/// Writes to an ingest under the archive's error type.
func keepBytes(_ bytes: UnsafeRawBufferPointer, in ingest: any BlobIngest) throws(ArchiveError) {
    do { try ingest.write(bytes) } catch { throw .stream(error.wharfError("content")) }
}
