// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What becomes of rotated log files: the shim only begins new ones; here the oldest are removed and the others compressed,
// in the background and one container's after another, whenever a shim tells of a rotation, and once at the start.

import Logging
import WharfArchive
import WharfBlocking
import WharfDockerAPI
import WharfLinux
import WharfLogs

extension Containers {
    /// Compresses and expires in the background.
    func tidyLog(_ id: String) {
        guard let record = table.record(id), let files = logFiles(record) else { return }
        Task { [logKeys, blocking, log] in
            do {
                try await logKeys.withKey(id, deadline: nil) {
                    try await blocking.own {
                        guard try files.path.parent.exists() else { return }
                        let log = try LogFiles(path: files.path, compressor: GzipLogCompressor())
                        try log.expire(keeping: Int(files.rotation.maxFiles))
                        if files.rotation.isCompressed { try log.compressRotated() }
                    }
                }
            } catch {
                // The next rotation tries again.
                log.warning("rotated logs could not be tidied", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
    }
}

/// gzip for logs, by the archive's codecs.
struct GzipLogCompressor: LogCompressor {
    func compress(_ source: Descriptor, to target: Descriptor) throws {
        let sink = GzipSink(DescriptorSink(target))
        try Self.copy(DescriptorSource(source), to: sink)
        try sink.finish()
    }

    func decompress(_ source: Descriptor, to target: Descriptor) throws {
        try Self.copy(DecompressedSource(DescriptorSource(source)), to: DescriptorSink(target))
    }

    private static func copy(_ source: any ByteSource, to sink: any ByteSink) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        }
    }
}
