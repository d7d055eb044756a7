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

/// How far a stream may grow by being decompressed: what separates an honest layer of zeros from a bomb.
public struct ExpansionLimit: Sendable {
    /// Bytes that any stream may become.
    public var free: Int64
    /// How many times its own size it may become beyond that.
    public var ratio: Int64

    public init(free: Int64, ratio: Int64) {
        self.free = free
        self.ratio = ratio
    }

    /// 4 GiB, then 1100 times: what gzip can do at most (1032), far below what the others can.
    public static let layer = ExpansionLimit(free: 4 << 30, ratio: 1100)
}

/// A stream behind its compression.
public final class DecompressedSource: ByteSource {
    /// What the stream was compressed with.
    public let compression: Compression
    /// Bytes that came out.
    public private(set) var count: Int64 = 0
    private let inner: any ByteSource
    private let input: PeekedSource
    private let limit: ExpansionLimit

    /// Looks at the first bytes of `source` and decompresses accordingly.
    public init(_ source: any ByteSource, limit: ExpansionLimit = .layer) throws(ArchiveError) {
        self.limit = limit
        input = PeekedSource(source)
        compression = Compression.detect(try input.peek(Compression.magicLength))
        switch compression {
        case .none: inner = input
        case .gzip: inner = try GzipSource(input)
        case .zstd: inner = try ZstdSource(input)
        case .xz: inner = try XZSource(input)
        case .bzip2: inner = Bzip2Source(input)
        }
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let got = try inner.read(into: buffer)
        count += Int64(got)
        guard count <= limit.free || count / limit.ratio <= input.total else {
            throw .limit("it becomes more than \(limit.ratio) times as large by being decompressed")
        }
        return got
    }
}

/// A stream whose first bytes were looked at.
final class PeekedSource: ByteSource {
    private let source: any ByteSource
    private var head: [UInt8] = []
    private var taken = 0
    /// Bytes read from below.
    private(set) var total: Int64 = 0

    init(_ source: any ByteSource) { self.source = source }

    /// The first bytes, fewer only where the stream is shorter.
    func peek(_ count: Int) throws(ArchiveError) -> [UInt8] {
        while head.count < count {
            var buffer = [UInt8](repeating: 0, count: count - head.count)
            let got = try buffer.withMutableRawBytes { buffer throws(ArchiveError) -> Int in try source.read(into: buffer) }
            if got == 0 { break }
            head += buffer[..<got]
            total += Int64(got)
        }
        return head
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard taken < head.count else {
            let got = try source.read(into: buffer)
            total += Int64(got)
            return got
        }
        let part = head[taken...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        taken += part.count
        return part.count
    }
}
