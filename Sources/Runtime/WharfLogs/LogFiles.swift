// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files of one log and their order:
//
//   containers/<id>/<id>-json.log        the current one
//   containers/<id>/<id>-json.log.7      the one before it
//   containers/<id>/<id>-json.log.6.gz   older, and compressed
//
// A rotated file gets the next higher number and keeps it: no rename ever moves a file that somebody reads, and who
// rotates (the shim) needs nothing from who expires (wharfd).

public import WharfLinux

/// A log by its directory and the current file's name.
public struct LogFiles: Sendable {
    /// The directory, open for reading.
    let directory: Descriptor
    let name: [UInt8]
    /// Opens compressed files; nil where none is met (the writer, which never reads).
    let compressor: (any LogCompressor)?

    /// The log whose current file is `path`; its directory must exist, the file need not.
    public init(path: some KernelPath, compressor: (any LogCompressor)? = nil) throws(SyscallError) {
        self.compressor = compressor
        let path = HostPath(path)
        directory = try path.parent.openDirectory()
        name = path.name
    }

    /// The numbers of the rotated files, oldest first; compressed or not, each once.
    func rotated() throws(SyscallError) -> [UInt64] {
        var numbers: [UInt64] = []
        for entry in try directory.directoryEntries() {
            guard let number = number(inName: entry.name[...]), !numbers.contains(number) else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    /// `LOG.7` and `LOG.7.gz` are 7; nil for any other name.
    private func number(inName entry: ArraySlice<UInt8>) -> UInt64? {
        let prefix = name + [UInt8(ascii: ".")]
        guard entry.starts(with: prefix) else { return nil }
        var digits = entry.dropFirst(prefix.count)
        if digits.suffix(3).elementsEqual(".gz".utf8) { digits = digits.dropLast(3) }
        guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), digits.first != UInt8(ascii: "0") else {
            return nil
        }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    func rotatedName(_ number: UInt64) -> [UInt8] { name + Array(".\(number)".utf8) }

    func compressedName(_ number: UInt64) -> [UInt8] { rotatedName(number) + Array(".gz".utf8) }

    /// The number of an open file, whatever it was called when it was opened; nil for the current one. The kernel keeps the
    /// last name of a file that is gone.
    func number(of file: Descriptor) throws(SyscallError) -> UInt64? {
        var path = try HostPath("/proc/self/fd/\(file.raw)").readLink()[...]
        if path.suffix(10).elementsEqual(" (deleted)".utf8) { path = path.dropLast(10) }
        return number(inName: path.suffix(from: path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex))
    }

    /// Removes the oldest rotated files so that at most `keeping` files are left, the current one included. For wharfd,
    /// in the background. Answers how many were removed.
    ///
    /// Where no rotated file is kept, the newest one's number is, by an empty file: the numbers of the next writer go on from
    /// there, and a reader that is still at an old file knows what comes behind it.
    @discardableResult
    public func expire(keeping: Int) throws(SyscallError) -> Int {
        let numbers = try rotated()
        let surplus = max(0, numbers.count - max(0, keeping - 1))
        for number in numbers.prefix(surplus) where number != numbers.last { try remove(number) }
        if let last = numbers.last, surplus == numbers.count { try empty(last) }
        return surplus
    }

    /// Puts an empty file in the place of a rotated one; who reads the old one keeps it.
    private func empty(_ number: UInt64) throws(SyscallError) {
        if let plain = try openFile(rotatedName(number)), try plain.status().size == 0 { return }
        let aside = [UInt8(ascii: ".")] + rotatedName(number) + Array(".tmp".utf8)
        try removeTree(in: directory, aside)
        _ = try openBeneath(directory, aside, [.write, .create, .exclusive, .noFollow], permissions: 0o640)
        try renameEntry(directory, aside, directory, rotatedName(number))
        try removeTree(in: directory, compressedName(number))
    }

    private func remove(_ number: UInt64) throws(SyscallError) {
        try removeTree(in: directory, rotatedName(number))
        try removeTree(in: directory, compressedName(number))
    }

    /// Removes every file of the log.
    public func removeAll() throws(SyscallError) {
        try removeTree(in: directory, name)
        for number in try rotated() { try remove(number) }
    }

    /// Bytes of all files together, as they lie there.
    public func size() throws(SyscallError) -> Int64 {
        var total: Int64 = 0
        for name in try rotated().flatMap({ [rotatedName($0), compressedName($0)] }) + [name] {
            if let file = try openFile(name) { total += try file.status().size }
        }
        return total
    }

    /// Opens a file for reading; nil when it does not exist (any more).
    func openFile(_ name: [UInt8]) throws(SyscallError) -> Descriptor? {
        do throws(SyscallError) {
            return try openBeneath(directory, name, [.read, .nonBlocking])
        } catch  where error.isNotFound {
            return nil
        }
    }
}

extension SyscallError {
    var isNotFound: Bool { errno == 2 }
}
