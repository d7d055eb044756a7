// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A layer from compressed stream to tree, over two threads: one reads, inflates and hashes, the other (the caller's) writes
// files. Layers need nothing from each other while they are unpacked, so several may run at once, in any order; what a
// layer takes over from the one below (`inheritAttributes`) is done when that one is there.

import Glibc
public import WharfLinux

/// What became of a layer.
public struct UnpackedLayer: Sendable {
    public var summary: ExtractSummary
    /// What the stream was compressed with.
    public var compression: Compression
    /// Bytes of the tar archive, decompressed, to the stream's very end.
    public var archiveBytes: Int64
}

/// Unpacks layers.
public enum LayerUnpacker {
    /// Unpacks a stream below `root`, which must be empty and private: on an error what was unpacked stays for the caller
    /// to drop.
    ///
    /// - Parameters:
    ///   - source: the stream as it is stored, maybe still growing. It is read on another thread, to its end; when this
    ///     returns, by whatever way, that thread is gone. One that waits for long is a `StoppableSource`.
    ///   - observe: sees every byte of the archive in order, on the other thread: for the diffID. Its last call is over
    ///     when this returns.
    /// - Throws: also `malformed` for a stream that is no tar archive at all.
    public static func unpack(
        _ source: any ByteSource, into root: Descriptor, limits: ArchiveLimits = .layer, expansion: ExpansionLimit = .layer,
        reserve: SpaceReserve = .standard, observe: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws(ArchiveError) -> UnpackedLayer {
        let observed = ObservedSource(source, expansion, observe)
        let pipeline = try PipelinedSource(observed)
        defer {
            // On an error the other thread may be waiting for bytes that nobody wants any more.
            (source as? any StoppableSource)?.stop()
            pipeline.finish()
        }
        let reader = TarReader(pipeline, limits: limits)
        let summary = try Extractor(root, reserve: reserve).extract(reader)
        try reader.drain()
        pipeline.finish()
        guard summary.entries > 0 || observed.count >= 2 * TarHeader.blockSize else { throw .malformed("it is no tar archive") }
        return UnpackedLayer(summary: summary, compression: observed.compression, archiveBytes: observed.count)
    }
}

/// A stream that is decompressed and shown to an observer; the first look at it is taken on the thread that reads it, which
/// may have to wait for the first byte.
private final class ObservedSource: ByteSource {
    private let source: any ByteSource
    private let expansion: ExpansionLimit
    private let observe: (UnsafeRawBufferPointer) -> Void
    private var stream: DecompressedSource?

    var compression: Compression { stream?.compression ?? .none }
    var count: Int64 { stream?.count ?? 0 }

    init(_ source: any ByteSource, _ expansion: ExpansionLimit, _ observe: @escaping (UnsafeRawBufferPointer) -> Void) {
        self.source = source
        self.expansion = expansion
        self.observe = observe
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let stream: DecompressedSource
        if let known = self.stream {
            stream = known
        } else {
            stream = try DecompressedSource(source, limit: expansion)
            self.stream = stream
        }
        let count = try stream.read(into: buffer)
        if count > 0 { observe(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        return count
    }
}
