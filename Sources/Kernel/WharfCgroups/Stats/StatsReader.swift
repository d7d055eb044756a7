// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reading control files into `CgroupStats`: what both versions share. Files are read with a cap, numbers that don't parse
// count as 0, a file that is missing is skipped: statistics of a group that is going away are not an error.

import Glibc
import WharfLinux

/// Reads one container's files.
struct StatsReader {
    /// Where a controller lives.
    let directory: (String) -> CgroupDirectory?

    init(directory: @escaping (String) -> CgroupDirectory?) { self.directory = directory }

    /// A file's text; nil where it is missing or the group is gone.
    func text(_ controller: String, _ file: String) throws(SyscallError) -> String? {
        guard let directory = directory(controller) else { return nil }
        do { return try directory.read(file) } catch {
            // ENODEV: removed while it was open; EOPNOTSUPP: pressure is switched off.
            if [ENOENT, ENODEV, EOPNOTSUPP].contains(error.errno) { return nil }
            throw error
        }
    }

    /// A file that holds one number, or `max` for the largest.
    func number(_ controller: String, _ file: String) throws(SyscallError) -> UInt64? {
        try text(controller, file).map(StatsReader.number)
    }

    /// A file of `key number` lines.
    func table(_ controller: String, _ file: String) throws(SyscallError) -> [String: UInt64]? {
        guard let text = try text(controller, file) else { return nil }
        var table: [String: UInt64] = [:]
        for line in StatsReader.lines(text) {
            let words = StatsReader.words(line)
            if words.count == 2 { table[words[0]] = StatsReader.number(words[1]) }
        }
        return table
    }

    /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and the same for `full`.
    func pressure(_ file: String) throws(SyscallError) -> CgroupStats.Pressure? {
        guard let text = try text("unified", file), !text.isEmpty else { return nil }
        var pressure = CgroupStats.Pressure()
        for line in StatsReader.lines(text) {
            let words = StatsReader.words(line)
            var share = CgroupStats.Pressure.Share()
            for word in words.dropFirst() {
                let parts = word.utf8.split(separator: UInt8(ascii: "=")).map { String(Substring($0)) }
                guard parts.count == 2 else { continue }
                switch parts[0] {
                case "avg10": share.average10 = Double(parts[1]) ?? 0
                case "avg60": share.average60 = Double(parts[1]) ?? 0
                case "avg300": share.average300 = Double(parts[1]) ?? 0
                case "total": share.total = UInt64(parts[1]) ?? 0
                default: continue
                }
            }
            switch words.first {
            case "some": pressure.some = share
            case "full": pressure.full = share
            default: continue
            }
        }
        return pressure
    }

    /// Limits and use of RDMA devices: `mlx4_0 hca_handle=2 hca_object=max`, the same on both versions.
    func rdma() throws(SyscallError) -> [CgroupStats.RDMA] {
        guard let current = try text("rdma", "rdma.current"), let limits = try text("rdma", "rdma.max") else { return [] }
        var devices: [CgroupStats.RDMA] = []
        for line in StatsReader.lines(current) {
            guard let (name, handles, objects) = StatsReader.device(line) else { continue }
            devices.append(CgroupStats.RDMA(device: name, handles: handles, objects: objects))
        }
        for line in StatsReader.lines(limits) {
            guard let (name, handles, objects) = StatsReader.device(line),
                let index = devices.firstIndex(where: { $0.device.utf8.elementsEqual(name.utf8) })
            else { continue }
            (devices[index].handleLimit, devices[index].objectLimit) = (handles, objects)
        }
        return devices
    }

    private static func device(_ line: String) -> (name: String, handles: UInt32, objects: UInt32)? {
        let words = words(line)
        guard words.count == 3 else { return nil }
        var values: [String: UInt32] = [:]
        for word in words.dropFirst() {
            let parts = word.utf8.split(separator: UInt8(ascii: "=")).map { String(Substring($0)) }
            if parts.count == 2 { values[parts[0]] = parts[1] == "max" ? .max : UInt32(parts[1]) ?? 0 }
        }
        return (words[0], values["hca_handle"] ?? 0, values["hca_object"] ?? 0)
    }

    /// The sizes of huge pages that the group has files for: `2MB` from `hugetlb.2MB.…`.
    func pageSizes(suffix: String) throws(SyscallError) -> [String] {
        guard let directory = directory("hugetlb") else { return [] }
        var sizes: [String] = []
        do throws(SyscallError) {
            for entry in try directory.path.entries() {
                let parts = entry.name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                guard parts.count == 3, parts[0].elementsEqual("hugetlb".utf8), parts[2].elementsEqual(suffix.utf8) else { continue }
                let size = String(decoding: parts[1], as: UTF8.self)
                if LimitWriter.isPageSize(size) { sizes.append(size) }
            }
        } catch  where error.errno == ENOENT || error.errno == ENODEV {
            return []
        }
        return sizes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // MARK: Text

    static func lines(_ text: String) -> [String] { text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) } }

    static func words(_ line: String) -> [String] { line.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) } }

    static func number(_ text: String) -> UInt64 { text == "max" ? .max : UInt64(text) ?? 0 }

    /// `0-2,7` as numbers; at most 65536 of them.
    static func list(_ text: String) -> [UInt16] {
        var found: [UInt16] = []
        for part in text.utf8.split(separator: UInt8(ascii: ",")) {
            let ends = part.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
                UInt16(String(decoding: $0, as: UTF8.self))
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, ends.count <= 2 else { continue }
            found += Array(first...last)
            if found.count > 65536 { break }
        }
        return found
    }
}
