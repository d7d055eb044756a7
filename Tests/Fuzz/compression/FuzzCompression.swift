// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Decompressing any bytes: gzip, zstd, xz, bzip2 or none of them. What comes out, and whether it is an error, must not
// depend on how the stream is cut; what goes in again must come out again.

import Glibc
import WharfArchive
import WharfLinux

private final class Pieces: ByteSource {
    private let bytes: [UInt8]
    private let size: Int
    private var position = 0

    init(_ bytes: [UInt8], by size: Int) {
        self.bytes = bytes
        self.size = size
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let part = bytes[position...].prefix(min(size, buffer.count))
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }
}

private func read(_ source: any ByteSource, room: Int) -> (bytes: [UInt8], error: ArchiveError?) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: room)
    do throws(ArchiveError) {
        let stream = try DecompressedSource(source, limit: ExpansionLimit(free: 1 << 18, ratio: 50))
        while true {
            let count = try buffer.withMutableRawBytes { buffer throws(ArchiveError) -> Int in try stream.read(into: buffer) }
            if count == 0 { return (bytes, nil) }
            expect(count <= room, "more bytes than there is room")
            bytes += buffer[..<count]
        }
    } catch {
        return (bytes, error)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCompression(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let cut = [1, 3, 64, 500][input.number(below: 4)]
    let bytes = input.remainder()
    let whole = read(ArraySource(bytes), room: 65536)
    let pieces = read(Pieces(bytes, by: cut), room: 1000)
    expect(
        (whole.error == nil) == (pieces.error == nil),
        "cut by \(cut): \(String(describing: whole.error)), \(String(describing: pieces.error))")
    if whole.error == nil { expect(whole.bytes == pieces.bytes, "cut by \(cut): other bytes") }
    let packed = ArraySink()
    do throws(ArchiveError) {
        let gzip = GzipSink(packed)
        try gzip.write(bytes)
        try gzip.finish()
    } catch {
        expect(false, "\(error)")
    }
    let again = read(ArraySource(packed.bytes), room: 777)
    expect(again.error == nil && again.bytes == bytes, "gzip there and back: \(String(describing: again.error))")
    return 0
}
