// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `mode=non-blocking`: output never waits for its log. A child of the loop writes the files; what it does not take at once
// waits here up to a limit, and what is beyond that is dropped, as in Docker. A disk that hangs stops the child alone.
//
// On the connection to the child, numbers in the machine's order:
//
//   | kind | stream | length (4) | length bytes |     kind: 1 output, 2 the stream's end
//
// The child answers one byte for each new file, and closes its end when everything is written.

import Glibc
import WharfLinux
import WharfLogs
import WharfShimProtocol

/// A log behind a queue.
final class QueuedLog {
    private static let headerSize = 6
    private enum Kind {
        static let output: UInt8 = 1
        static let end: UInt8 = 2
    }

    private let limit: Int
    private let socket: Descriptor
    private var watch: Watch?
    private var frames: [[UInt8]] = []
    /// Bytes of the first frame that are sent.
    private var sent = 0
    private var waiting = 0
    private var isEnding = false
    /// Called for each new file.
    var onRotation: () -> Void = {}
    private var onEnd: (() -> Void)?
    /// Bytes of output that were dropped.
    private(set) var lostBytes = 0

    /// Forks the child.
    ///
    /// - Parameter limit: bytes that may wait.
    init(_ target: LogTarget, _ format: LogFormat, limit: Int, in loop: EventLoop) throws(SyscallError) {
        self.limit = limit
        // Opened once here, so that a log that can't be is told to who starts the container.
        _ = try LogAppender(path: target.path, maxSize: target.maxSize, format: format)
        let (ours, theirs) = try UnixSocket.pair()
        guard case .parent = try Fork.now() else { Self.serve(target, format, from: theirs) }
        socket = ours
        try ours.setNonBlocking(true)
        watch = try loop.watch(ours, .readable) { [weak self] in self?.handle($0) }
    }

    deinit {
        watch?.cancel()
        socket.close()
    }

    /// Takes a piece of output, or drops it.
    func write(_ stream: LogStream, _ bytes: UnsafeRawBufferPointer) {
        guard waiting == 0 || waiting + bytes.count <= limit else {
            lostBytes += bytes.count
            return
        }
        append(Kind.output, stream, bytes)
    }

    /// The stream has ended.
    func finish(_ stream: LogStream) { append(Kind.end, stream, UnsafeRawBufferPointer(start: nil, count: 0)) }

    /// Nothing more comes; `completion` when all of it is in the files, or the child is gone.
    func end(_ completion: @escaping () -> Void) {
        isEnding = true
        onEnd = completion
        flush()
    }

    private func append(_ kind: UInt8, _ stream: LogStream, _ bytes: UnsafeRawBufferPointer) {
        guard watch != nil else { return }
        var frame: [UInt8] = [kind, stream.rawValue]
        frame.reserveCapacity(Self.headerSize + bytes.count)
        withUnsafeBytes(of: UInt32(bytes.count)) { frame += $0 }
        frame += bytes
        frames.append(frame)
        waiting += frame.count
        flush()
    }

    private func flush() {
        do throws(SyscallError) {
            var done = 0
            defer { frames.removeFirst(done) }
            while done < frames.count {
                let frame = frames[done]
                let count = try frame.withUnsafeBufferPointer { bytes throws(SyscallError) in
                    try socket.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[sent...])))
                }
                sent += count
                waiting -= count
                if sent == frame.count {
                    done += 1
                    sent = 0
                }
            }
        } catch  where error.isWouldBlock {
            watch?.change(to: [.readable, .writable])
            return
        } catch {
            return close()
        }
        watch?.change(to: .readable)
        // ENOTCONN: the child is gone, which its end of the connection says as well.
        if isEnding { try? UnixSocket.shutdownWriting(socket) }
    }

    private func handle(_ events: Epoll.Events) {
        if events.contains(.writable) { flush() }
        guard watch != nil, !events.isDisjoint(with: [.readable, .hangUp, .error]) else { return }
        var isOver = false
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            do throws(SyscallError) {
                let count = try socket.read(into: buffer)
                if count == 0 { isOver = true } else { onRotation() }
            } catch {
                if !error.isWouldBlock { isOver = true }
            }
        }
        if isOver { close() }
    }

    /// The child has ended, well or not: its container goes on without a log.
    private func close() {
        watch?.cancel()
        watch = nil
        frames = []
        waiting = 0
        let completion = onEnd
        onEnd = nil
        completion?()
    }

    // MARK: The child

    private static func serve(_ target: LogTarget, _ format: LogFormat, from socket: Descriptor) -> Never {
        var buffer: [UInt8] = []
        do throws(SyscallError) {
            Credentials.setProcessName("wharf-log")
            SignalFD.unblockAll()
            try closeDescriptors(except: [socket])
            var log = try LogAppender(path: target.path, maxSize: target.maxSize, format: format, attributes: target.attributes)
            while let header = try take(headerSize, from: socket, into: &buffer) {
                let length = Int(header.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
                guard let stream = LogStream(rawValue: header[1]), let bytes = try take(length, from: socket, into: &buffer) else { break }
                let rotations = log.rotations
                if header[0] == Kind.end { log.finish(stream) } else { bytes.withUnsafeBytes { log.write(stream, $0) } }
                if log.rotations != rotations { try socket.writeAll([1]) }
            }
        } catch {
            report("log: \(error)")
        }
        _exit(0)
    }

    /// The next `count` bytes; nil at the end.
    private static func take(_ count: Int, from socket: Descriptor, into buffer: inout [UInt8]) throws(SyscallError) -> [UInt8]? {
        while buffer.count < count {
            let start = buffer.count
            buffer += [UInt8](repeating: 0, count: 64 << 10)
            let read = try buffer.withUnsafeMutableBufferPointer { bytes throws(SyscallError) in
                try socket.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[start...])))
            }
            buffer.removeLast((64 << 10) - read)
            if read == 0 { return nil }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }
}

extension [UInt8] {
    fileprivate func loadUnaligned<T: BitwiseCopyable>(fromByteOffset offset: Int, as type: T.Type) -> T {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
}
