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
