// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Archives between async bodies and the blocking code that reads and writes them.

import WharfArchive
import WharfBlocking

/// A bridge's chunks for the tar reader.
final class BridgeByteSource: ByteSource {
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

/// Collects what a tar writer writes and hands it over in pieces worth a packet.
final class BridgeByteSink: ByteSink {
    private let bridge: ByteBridge
    private var chunk: [UInt8] = []
    private static let size = 64 << 10

    init(_ bridge: ByteBridge) { self.bridge = bridge }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        chunk.append(contentsOf: bytes)
        if chunk.count >= Self.size { try flush() }
    }

    /// Hands over what is left. To be called once, behind the archive's end.
    func flush() throws(ArchiveError) {
        guard !chunk.isEmpty else { return }
        do { try bridge.write(chunk) } catch { throw .stream(error) }
        chunk = []
    }
}
