// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The reading end of a container's log, in wharfd, on a thread that may block. It walks over the rotated files into the
// current one and waits at its end: the caller asks again when `LogFollower` says that something changed.

public import WharfLinux
import WharfJSON
import Glibc

/// Reads entries in order, a bounded batch at a time. Not thread-safe; cheap to make.
public struct LogReader {
    /// A line that is longer than any writer makes is skipped.
    static let longestEntry = 1 << 20
    static let chunkSize = 128 << 10

    private let files: LogFiles
    private let query: LogQuery
    private let format: LogFormat
    private var decoder = JSONFileDecoder()
    private var current: OpenFile?
    private var buffer: [UInt8] = []
    private var consumed = 0
    private var skippingLongLine = false
    /// The rest of the open file makes no sense.
    private var isBroken = false

    /// True once an entry later than `until` was met: nothing more will come.
    public private(set) var isFinished = false

    /// Where a bounded reader ends: what was there when it began.
    private let end: (file: Descriptor, inode: UInt64, size: Int64)?
    /// The end's place in the file that is open, when it is in there or before it (0).
    private var endOffset: Int64?

    private struct OpenFile {
        let descriptor: Descriptor
        let inode: UInt64
        /// Where the next read begins.
        var offset: Int64
        /// The number of a file that is a copy of a compressed one; any other's is known by its name.
        var compressedNumber: UInt64?
    }

    /// Begins where `query.tail` says, or at `position` (then `tail` is ignored; a file that is gone means the oldest
    /// one that is left). A log without a file yet is empty. A bounded reader reads what is there now and no more: a
    /// container that writes faster than its reader reads would have no end. Without a compressor, compressed files are
    /// passed over.
    public init(
        path: some KernelPath, format: LogFormat = .jsonFile, query: LogQuery = LogQuery(), from position: LogPosition? = nil,
        isBounded: Bool = false, compressor: (any LogCompressor)? = nil
    ) throws(SyscallError) {
        files = try LogFiles(path: path, compressor: compressor)
        self.format = format
        self.query = query
        if isBounded, let file = try files.openFile(files.name) {
            let status = try file.status()
            end = (file, status.inode, status.size)
        } else {
            end = nil
        }
        if let position {
            current = try openFile(at: position)
        } else if let tail = query.tail {
            let start = try LogTail.start(of: tail, in: files, format)
            current = start.map {
                OpenFile(descriptor: $0.file, inode: $0.inode, offset: $0.offset, compressedNumber: $0.compressedNumber)
            }
        }
        if current == nil { current = try openOldest() }
        try findEnd()
    }

    /// Whether the open file holds the end, or lies behind it.
    private mutating func findEnd() throws(SyscallError) {
        endOffset = nil
        guard let end, let current else { return }
        if current.inode == end.inode {
            endOffset = end.size
        } else if let last = try files.number(of: end.file) {
            // The file of the end was rotated meanwhile: what has no number now is newer.
            let number = try number(of: current) ?? .max
            if number >= last { endOffset = number == last ? end.size : 0 }
        }
    }

    /// nil for the current file.
    private func number(of file: OpenFile) throws(SyscallError) -> UInt64? {
        if let number = file.compressedNumber { return number }
        return try files.number(of: file.descriptor)
    }

    /// Where the next entry begins; nil while there is no file.
    public var position: LogPosition? {
        guard let current else { return nil }
        return LogPosition(inode: current.inode, offset: current.offset - Int64(buffer.count - consumed))
    }

    /// Up to `limit` entries that the query wants, fewer at the end of what is there now. Empty means: nothing more
    /// until the log changes, or `isFinished`.
    public mutating func next(limit: Int = 1024) throws(SyscallError) -> [LogEntry] {
        var entries: [LogEntry] = []
        while entries.count < limit, !isFinished, let entry = try nextEntry() {
            if let until = query.until, entry.timestamp > until {
                isFinished = true
                break
            }
            if let since = query.since, entry.timestamp < since { continue }
            if entry.stream == .stdout ? query.stdout : query.stderr { entries.append(entry) }
        }
        return entries
    }

    private mutating func nextEntry() throws(SyscallError) -> LogEntry? {
        while true {
            if let endOffset, let current, current.offset - Int64(buffer.count - consumed) >= endOffset { return nil }
            if format == .local, let message = message() {
                consumed = message.upperBound + LocalFormat.lengthSize
                if let entry = buffer.withUnsafeBytes({ LocalFormat.decode(UnsafeRawBufferPointer(rebasing: $0[message])) }) {
                    return entry
                }
            } else if format == .jsonFile, let newline = newline() {
                let line = consumed..<newline
                consumed = newline + 1
                if skippingLongLine {
                    skippingLongLine = false
                } else if let entry = buffer.withUnsafeBytes({ decoder.decode(UnsafeRawBufferPointer(rebasing: $0[line])) }) {
                    return entry
                }
            } else if try fill() == false, try advance() == false {
                return nil
            }
        }
    }

    /// The next whole message of `local`, without its lengths. A file that is broken here is left: nothing says where it would
    /// go on.
    private mutating func message() -> Range<Int>? {
        let length = buffer.withUnsafeBytes { LocalFormat.length($0, at: consumed) }
        guard let length else { return nil }
        let start = consumed + LocalFormat.lengthSize
        guard length <= LocalFormat.longestMessage else {
            consumed = buffer.count
            isBroken = true
            return nil
        }
        guard buffer.count - start >= length + LocalFormat.lengthSize else { return nil }
        return start..<start + length
    }

    private func newline() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard consumed < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + consumed, Int32(UInt8(ascii: "\n")), bytes.count - consumed)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Reads the next piece of the open file; false at its end.
    private mutating func fill() throws(SyscallError) -> Bool {
        guard let file = current, !isBroken else { return false }
        if consumed > 0 {
            buffer.removeFirst(consumed)
            consumed = 0
        }
        if format == .jsonFile, buffer.count > Self.longestEntry {
            buffer = []
            skippingLongLine = true
        }
        let start = buffer.count
        // From array to array: a lazy sequence would be copied byte by byte in a debug build.
        buffer += [UInt8](repeating: 0, count: Self.chunkSize)
        let count: Int
        do throws(SyscallError) {
            count = try buffer.withUnsafeMutableBufferPointer { bytes throws(SyscallError) in
                try file.descriptor.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[start...]), at: file.offset)
            }
        } catch {
            buffer.removeLast(Self.chunkSize)
            throw error
        }
        buffer.removeLast(Self.chunkSize - count)
        current?.offset += Int64(count)
        return count > 0
    }

    /// At the end of a file: goes on to the next one if this one has been rotated. False at the end of the log.
    private mutating func advance() throws(SyscallError) -> Bool {
        guard let file = current else {
            current = try openOldest()
            try findEnd()
            return current != nil
        }
        guard let newest = try files.openFile(files.name), try newest.status().inode != file.inode else { return false }
        // The writer may have added to this file between our last read and its rotation.
        if try fill() { return true }
        // What is left without a newline is torn for ever now.
        buffer = []
        consumed = 0
        skippingLongLine = false
        isBroken = false
        current = try openNext(after: number(of: file), newest: newest)
        try findEnd()
        return true
    }

    /// The file behind the one with this number; nil for a number that nobody knows, which is followed by all that is left.
    private func openNext(after number: UInt64?, newest: Descriptor) throws(SyscallError) -> OpenFile {
        // When the file itself has been expired, so were all before it.
        for following in try files.rotated() where following > number ?? 0 {
            if let file = try openRotated(following) { return file }
        }
        return OpenFile(descriptor: newest, inode: try newest.status().inode, offset: 0)
    }

    private func openRotated(_ number: UInt64) throws(SyscallError) -> OpenFile? {
        guard let file = try files.openRotated(number) else { return nil }
        return OpenFile(
            descriptor: file.descriptor, inode: file.status.inode, offset: 0, compressedNumber: file.isCompressed ? number : nil)
    }

    private func openOldest() throws(SyscallError) -> OpenFile? {
        // The current file is opened first: if it is rotated meanwhile, it is found again among the rotated ones.
        let newest = try files.openFile(files.name)
        for number in try files.rotated() {
            // A file that was last written before `since` holds nothing that is wanted.
            if let since = query.since, let status = try files.status(ofRotated: number), status.modified.seconds < since.seconds {
                continue
            }
            if let file = try openRotated(number) { return file }
        }
        guard let newest else { return nil }
        return OpenFile(descriptor: newest, inode: try newest.status().inode, offset: 0)
    }

    private func openFile(at position: LogPosition) throws(SyscallError) -> OpenFile? {
        let newest = try files.openFile(files.name)
        var found: OpenFile?
        for number in try files.rotated() where try files.status(ofRotated: number)?.inode == position.inode {
            found = try openRotated(number)
        }
        if found == nil, let newest, try newest.status().inode == position.inode {
            found = OpenFile(descriptor: newest, inode: position.inode, offset: 0)
        }
        guard var file = found else { return nil }
        file.offset = min(max(position.offset, 0), try file.descriptor.status().size)
        return file
    }
}
