// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The writing end of a container's log, in the shim. It takes output as it was read, cuts it into lines as Docker's
// copier does, and writes each batch with one write(2). It never fails towards its caller: a full disk must not stop a
// container's output from being read.

public import WharfJSON
public import WharfLinux
import Glibc

/// Appends to a json-file log and rotates it.
public struct LogAppender {
    /// A line that is longer is written in pieces of this size, of which only the last ends with a newline (moby's
    /// copier has a buffer of 16 KiB).
    public static let longestLine = 16 << 10

    /// How many bytes of log could not be written, and the last reason. Both start at zero.
    public private(set) var lostBytes: UInt64 = 0
    public private(set) var lastError: SyscallError?
    /// How often a new file was begun.
    public private(set) var rotations = 0

    private let files: LogFiles
    private let maxSize: Int64
    private let format: LogFormat
    private var file: Descriptor
    private var size: Int64
    private var lastNumber: UInt64
    private var encoder: JSONFileEncoder
    private var pending: [LogStream: PendingLine] = [:]
    private var batch: [UInt8] = []

    /// A line whose end has not come.
    private struct PendingLine {
        var bytes: [UInt8] = []
        /// Pieces of it have been written, the first at this time.
        var continuedFrom: Timestamp?
    }

    /// Opens or makes the file with mode 0640. The half entry that a crash left at its end is mended, so that it does not spoil
    /// the next.
    ///
    /// - Parameters:
    ///   - maxSize: in bytes, 0 means that it never rotates.
    ///   - attributes: a JSON object that json-file has in each line; empty for none.
    public init(path: some KernelPath, maxSize: UInt64, format: LogFormat = .jsonFile, attributes: [UInt8] = []) throws(SyscallError) {
        files = try LogFiles(path: path)
        self.format = format
        encoder = JSONFileEncoder(attributes: attributes)
        self.maxSize = maxSize == 0 ? .max : Int64(clamping: maxSize)
        file = try Self.openCurrent(files)
        size = try file.status().size
        lastNumber = try files.rotated().last ?? 0
        size = try LogMending.mend(file, format, size: size)
    }

    private static func openCurrent(_ files: LogFiles) throws(SyscallError) -> Descriptor {
        try openBeneath(files.directory, files.name, [.readWrite, .create, .append, .noFollow], permissions: 0o640)
    }

    /// Takes a piece of output. Whole lines are in the file when this returns; the rest waits for its end.
    public mutating func write(_ stream: LogStream, _ chunk: UnsafeRawBufferPointer, at time: Timestamp = .now()) {
        // Taken out of the table so that appending to it copies nothing.
        var line = pending.removeValue(forKey: stream) ?? PendingLine()
        var start = 0
        while start < chunk.count {
            let rest = UnsafeRawBufferPointer(rebasing: chunk[start...])
            let room = Self.longestLine - line.bytes.count
            let window = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
            if let newline = Self.newline(in: window) {
                emit(stream, &line, UnsafeRawBufferPointer(rebasing: rest.prefix(newline)), terminated: true, at: time)
                start += newline + 1
            } else if rest.count >= room {
                emit(stream, &line, UnsafeRawBufferPointer(rebasing: rest.prefix(room)), terminated: false, at: time)
                start += room
            } else {
                line.bytes += rest
                start = chunk.count
            }
        }
        if !line.bytes.isEmpty || line.continuedFrom != nil { pending[stream] = line }
        flush()
    }

    /// The stream has ended: a line without its newline is written as it is.
    public mutating func finish(_ stream: LogStream, at time: Timestamp = .now()) {
        guard var line = pending.removeValue(forKey: stream), !line.bytes.isEmpty else { return }
        emit(stream, &line, UnsafeRawBufferPointer(start: nil, count: 0), terminated: false, at: time)
        flush()
    }

    private static func newline(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), bytes.count) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Adds one entry, the waiting start of the line and `rest`, to the batch.
    private mutating func emit(
        _ stream: LogStream, _ line: inout PendingLine, _ rest: UnsafeRawBufferPointer, terminated: Bool, at time: Timestamp
    ) {
        let before = batch.count
        let stamp = line.continuedFrom ?? time
        if line.bytes.isEmpty {
            encode(stream, rest, terminated: terminated, at: stamp)
        } else {
            line.bytes += rest
            line.bytes.withUnsafeBytes { encode(stream, $0, terminated: terminated, at: stamp) }
            line.bytes = []
        }
        line.continuedFrom = terminated ? nil : stamp
        if size + Int64(batch.count) > maxSize, size + Int64(before) > 0 {
            let entry = Array(batch[before...])
            batch.removeLast(entry.count)
            flush()
            rotate()
            batch = entry
        }
    }

    private mutating func encode(_ stream: LogStream, _ line: UnsafeRawBufferPointer, terminated: Bool, at time: Timestamp) {
        switch format {
        case .jsonFile: encoder.append(stream, line, terminated: terminated, at: time, to: &batch)
        case .local: LocalFormat.append(stream, line, terminated: terminated, at: time, to: &batch)
        }
    }

    /// Writes the batch. What a full disk does not take is lost and counted; the file ends with a whole line again.
    private mutating func flush() {
        guard !batch.isEmpty else { return }
        do throws(SyscallError) {
            try file.writeAll(batch)
            size += Int64(batch.count)
        } catch {
            lastError = error
            lostBytes += UInt64(batch.count)
            // The cut is best effort: if it fails too, `mend` of the next appender and the reader cope with a torn line.
            try? file.truncate(to: size)
        }
        // Capacity is kept between batches of a busy container and given back by an idle one through `shrink`.
        batch.removeAll(keepingCapacity: batch.capacity <= 256 << 10)
    }

    /// Gives memory back; for the moment when output pauses.
    public mutating func shrink() { if batch.isEmpty { batch = [] } }

    /// Moves the current file to the next number and begins a new one. When that fails, the old one is written on.
    private mutating func rotate() {
        do throws(SyscallError) {
            lastNumber = max(lastNumber, try files.rotated().last ?? 0) &+ 1
            try renameEntry(files.directory, files.name, files.directory, files.rotatedName(lastNumber), replacing: false)
            file = try Self.openCurrent(files)
            size = try file.status().size
            rotations += 1
        } catch {
            lastError = error
        }
    }
}
