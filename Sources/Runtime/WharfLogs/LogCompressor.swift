// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Compressed log files. The codec comes from whoever reads and tidies (wharfd): the shim, which only writes and rotates,
// is not to carry one.

public import WharfLinux

/// gzip, from file to file.
public protocol LogCompressor: Sendable {
    /// Both stand at their beginnings.
    func compress(_ source: Descriptor, to target: Descriptor) throws
    func decompress(_ source: Descriptor, to target: Descriptor) throws
}

/// A rotated file, open and readable from its beginning.
struct RotatedFile {
    let descriptor: Descriptor
    /// Of the file as it lies there.
    let status: FileStatus
    let isCompressed: Bool
}

extension LogFiles {
    /// Compresses every rotated file that is not: written aside with the old one's time, on the disk before the old one
    /// goes. Needs the compressor; for wharfd, in the background. Answers how many there were.
    @discardableResult
    public func compressRotated() throws -> Int {
        guard let compressor else { return 0 }
        var count = 0
        for number in try rotated() {
            guard let source = try openFile(rotatedName(number)) else { continue }
            let status = try source.status()
            // It only stands for its number.
            if status.size == 0 { continue }
            let aside = [UInt8(ascii: ".")] + compressedName(number) + Array(".tmp".utf8)
            try removeTree(in: directory, aside)
            let target = try openBeneath(directory, aside, [.write, .create, .exclusive, .noFollow], permissions: 0o640)
            do {
                try compressor.compress(source, to: target)
                try target.setTimes(accessed: status.modified, modified: status.modified)
                try target.sync()
                try renameEntry(directory, aside, directory, compressedName(number))
            } catch {
                // The plain file is still there and says everything; the first error is the one to tell.
                try? removeTree(in: directory, aside)
                throw error
            }
            try directory.sync()
            try removeTree(in: directory, rotatedName(number))
            count += 1
        }
        return count
    }

    /// How a rotated file lies there; nil when it is gone.
    func status(ofRotated number: UInt64) throws(SyscallError) -> FileStatus? {
        if let file = try openFile(rotatedName(number)) { return try file.status() }
        return try openFile(compressedName(number))?.status()
    }

    /// Opens a rotated file; a compressed one as a plain copy without a name. nil when it is gone, or can't be read.
    func openRotated(_ number: UInt64) throws(SyscallError) -> RotatedFile? {
        if let plain = try openFile(rotatedName(number)) {
            return RotatedFile(descriptor: plain, status: try plain.status(), isCompressed: false)
        }
        guard let compressor, let compressed = try openFile(compressedName(number)) else { return nil }
        let copy = try openBeneath(directory, ".", [.temporary, .readWrite], permissions: 0o600)
        do {
            try compressor.decompress(compressed, to: copy)
        } catch let error as SyscallError {
            throw error
        } catch {
            // Not what was written there: as with a torn line, reading goes on behind it.
            return nil
        }
        return RotatedFile(descriptor: copy, status: try compressed.status(), isCompressed: true)
    }
}
