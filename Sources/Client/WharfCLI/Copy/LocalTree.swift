// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The local side of cp: a tree as the body of an upload, and an archive unpacked into a directory. Both are blocking work on a
// thread of its own, joined to the async side by a pipe, which bounds what is in memory.

import Glibc
import Synchronization
import WharfArchive
import WharfClient
import WharfLinux

/// Archives of local files.
enum LocalTree {
    /// An upload and what will have gone by.
    struct Upload: Sendable {
        let body: UploadBody
        private let counter: Counter

        fileprivate init(body: UploadBody, counter: Counter) {
            self.body = body
            self.counter = counter
        }

        /// Bytes of the archive so far.
        var count: Int64 { counter.value }
    }

    fileprivate final class Counter: Sendable {
        private let bytes = Mutex<Int64>(0)
        private let failure = Mutex<(any Error)?>(nil)
        var value: Int64 { bytes.withLock { $0 } }
        func add(_ count: Int) { bytes.withLock { $0 += Int64(count) } }
        func fail(_ error: any Error) { failure.withLock { $0 = error } }
        func check() throws { if let error = failure.withLock({ $0 }) { throw error } }
    }

    /// What stands at an absolute path as a tar archive whose first entry is called `name`.
    static func upload(_ path: String, as name: String) throws -> Upload {
        let (reading, writing) = try Pipe.make()
        let counter = Counter()
        let follows = CopyPath.assertsDirectory(path)
        let clean = CopyPath.clean(path)
        try WorkerThread.start {
            defer { writing.close() }
            do {
                let tar = TreeWriter(to: DescriptorSink(writing))
                if follows || clean == "/" {
                    try tar.write(directory: try HostPath(clean).open([.handle, .directory]), as: Array(name.utf8))
                } else {
                    let parent = try HostPath(CopyPath.parent(clean)).open([.handle, .directory])
                    try tar.write(HostPath(clean).name, in: parent, as: Array(name.utf8))
                }
            } catch {
                counter.fail(error)
            }
        }
        let body = UploadBody {
            let chunk = try await WorkerThread.run { try read(reading) }
            guard let chunk else {
                // Half a tree must not look like a whole one.
                try counter.check()
                return nil
            }
            counter.add(chunk.count)
            return chunk
        }
        return Upload(body: body, counter: counter)
    }

    private static func read(_ pipe: Descriptor) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try bytes.withUnsafeMutableBytes { try pipe.read(into: $0) }
        if count == 0 { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Unpacks an archive as planned; all of it becomes the user's own.
    ///
    /// - Returns: bytes of the archive.
    static func extract(_ stream: ByteStream, _ plan: CopyPlan) async throws -> Int64 {
        let (reading, writing) = try Pipe.make()
        async let unpacked: Void = WorkerThread.run {
            defer { reading.close() }
            try unpack(reading, plan)
        }
        var count: Int64 = 0
        do {
            for try await chunk in stream {
                try await WorkerThread.run { try writing.writeAll(chunk) }
                count += Int64(chunk.count)
            }
        } catch let error as SyscallError where error.errno == EPIPE {
            // The unpacking ended first: its reason is the one to tell.
        } catch {
            writing.close()
            // What came is not the whole, and the reason is here.
            try? await unpacked
            throw error
        }
        writing.close()
        try await unpacked
        return count
    }

    private static func unpack(_ pipe: Descriptor, _ plan: CopyPlan) throws {
        var placement = ExtractPlacement(directory: [], owner: (geteuid(), getegid()), keepsKinds: true)
        if let rename = plan.rename { placement.rename = (Array(rename.from.utf8), Array(rename.to.utf8)) }
        let directory: Descriptor
        do { directory = try HostPath(CopyPath.clean(plan.directory)).openDirectory() } catch {
            throw ExitError("open \(plan.directory): \(error.reason)")
        }
        let source = DescriptorSource(pipe)
        do {
            try Extractor(directory, whiteouts: .literal, reserve: .none, placement: placement).extract(TarReader(source))
            try source.drain()
        } catch {
            if case .stream(let inner) = error { throw inner }
            throw ExitError("\(error)")
        }
    }
}
