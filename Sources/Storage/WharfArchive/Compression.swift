// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which compression a stream has, told by its first bytes: archives come without a trustworthy name for it.

import WharfLinux
/// The compressions that images and archives come in.
public enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd
    case xz
    case bzip2

    /// How many bytes `detect` wants to see.
    public static let magicLength = 10

    /// From the first bytes of a stream; `none` for everything that is not known.
    public static func detect(_ head: some Collection<UInt8>) -> Compression {
        if head.starts(with: [0x1F, 0x8B, 0x08]) { return .gzip }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { return .xz }
        if head.starts(with: [0x42, 0x5A, 0x68]), head.count >= 10, head.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) {
            return .bzip2
        }
        // A skippable frame may stand before a zstd frame.
        if head.count >= 4, head.dropFirst().starts(with: [0x2A, 0x4D, 0x18]), let first = head.first, first & 0xF0 == 0x50 {
            return .zstd
        }
        return .none
    }
}

/// A stream behind its compression.
public final class DecompressedSource: ByteSource {
    /// What the stream was compressed with.
    public let compression: Compression
    private let inner: any ByteSource

    /// Looks at the first bytes of `source` and decompresses accordingly.
    /// - Throws: `unsupported` for xz and bzip2.
    public init(_ source: any ByteSource) throws(ArchiveError) {
        let input = PeekedSource(source)
        compression = Compression.detect(try input.peek(Compression.magicLength))
        switch compression {
        case .none: inner = input
        case .gzip: inner = try GzipSource(input)
        case .zstd: inner = try ZstdSource(input)
        case .xz, .bzip2: throw .unsupported("it is compressed with \(compression.rawValue), only gzip and zstd can be read")
        }
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int { try inner.read(into: buffer) }
}

/// A stream whose first bytes were looked at.
final class PeekedSource: ByteSource {
    private let source: any ByteSource
    private var head: [UInt8] = []
    private var taken = 0

    init(_ source: any ByteSource) { self.source = source }

    /// The first bytes, fewer only where the stream is shorter.
    func peek(_ count: Int) throws(ArchiveError) -> [UInt8] {
        while head.count < count {
            var buffer = [UInt8](repeating: 0, count: count - head.count)
            let got = try buffer.withMutableRawBytes { buffer throws(ArchiveError) -> Int in try source.read(into: buffer) }
            if got == 0 { break }
            head += buffer[..<got]
        }
        return head
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard taken < head.count else { return try source.read(into: buffer) }
        let part = head[taken...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        taken += part.count
        return part.count
    }
}
