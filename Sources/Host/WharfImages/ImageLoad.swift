// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `load`: an archive of images comes in as a stream and its images become real, all of them or none.

import WharfArchive
import WharfBlocking
import WharfError
public import WharfOCI

extension ImageStore {
    /// Loads a `docker save` archive or an OCI layout, plain or compressed with gzip or zstd.
    ///
    /// - Parameters:
    ///   - body: the archive; read only as fast as it is written down.
    ///   - platforms: of several manifests those to take, empty for all; what single ones must be for.
    ///   - progress: called from another thread, in order.
    /// - Throws: `invalidArgument` for what is wrong with the archive; then nothing of it is kept.
    public func load<Body: AsyncSequence & Sendable>(
        _ body: Body, platforms: [Platform] = [], progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) async throws -> [LoadedImage] where Body.Element == [UInt8] {
        await waitForRoom()
        return try await blocking.reading(body, lane: .thread("wharf-load")) { [self] bridge in
            try converting("load") { try load(BridgeSource(bridge), platforms: platforms, progress: progress) }
        }
    }

    /// The blocking part.
    func load(
        _ source: any ByteSource, platforms: [Platform], progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> [LoadedImage] {
        let job = ImageJob(self, "load", progress: progress)
        do {
            // Of an archive for many platforms only some layers are wanted.
            if platforms.isEmpty { job.early = EarlyUnpacking(self) }
            let spool = ArchiveSpool(job)
            try spool.fill(from: source)
            try job.reach("spool")
            let layout = try OCILayout(spool)
            if let layout, layout.hasIndexes {
                try layout.load(spool, platforms, into: job)
            } else if let archive = try DockerArchive(spool) {
                for part in try archive.parts(spool) { try job.build(part, platforms: platforms) }
            } else if let layout {
                try layout.load(spool, platforms, into: job)
            } else {
                throw WharfError(.invalidArgument, "invalid archive: it has neither manifest.json nor index.json")
            }
            let loaded = try job.commit()
            for image in loaded { progress(.loaded(image)) }
            return loaded
        } catch {
            job.abandon()
            throw error
        }
    }
}
