// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who `-u www-data:staff` is. /etc/passwd and /etc/group are read below a container's root, by hand and with caps: no
// NSS (it would load libraries of the image), no link out of the root, no FIFO that hangs, no giant that fills memory.
// The rules and texts are Docker's (moby/sys/user, GetExecUser).

import Glibc

/// A user as the kernel needs it.
public struct ResolvedUser: Sendable, Equatable {
    public var uid: UInt32
    public var gid: UInt32
    /// Supplementary groups, the primary one always among them.
    public var groups: [UInt32]
    /// The home directory as /etc/passwd has it; nil when it has no line for the user.
    public var home: [UInt8]?

    public init(uid: UInt32, gid: UInt32, groups: [UInt32], home: [UInt8]?) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home
    }
}

/// Why a user could not be resolved; the text is Docker's.
public struct UserLookupError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// The kernel's number where a file could not be read, else EINVAL.
    public let errno: Int32

    public init(description: String, errno: Int32) {
        self.description = description
        self.errno = errno
    }
}

/// Resolves users against the files of one root.
public struct UserLookup: Sendable {
    /// The longest file that is read, 10 MiB.
    public static let fileLimit = 10 << 20
    /// The highest id: 2^31 - 1, as Docker has it, so that no tool sees a negative number.
    public static let highestID: UInt32 = 0x7fff_ffff

    private let root: RootFD

    /// `root` is the container's root directory.
    public init(_ root: RootFD) { self.root = root }

    /// Resolves what a user typed: ``, `user`, `uid`, `user:group`, `uid:gid`, mixed. An empty one is uid 0.
    /// `groupNames` are names (or numbers) of further groups.
    public func resolve(
        _ user: String, additionalGroups: [UInt32] = [], groupNames: [String] = []
    ) throws(UserLookupError) -> ResolvedUser {
        let parts = user.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        let wanted = Array(parts.first ?? "".utf8[...])
        let wantedGroup = parts.count > 1 ? Array(parts[1]) : []
        var result = ResolvedUser(uid: 0, gid: 0, groups: [], home: nil)
        let userID = UserLookup.number(wanted)
        var name: [UInt8]?
        let entry = try passwd { line in
            if wanted.isEmpty { return line.uid == 0 }
            return userID.map { $0 == UInt64(line.uid) } ?? (line.name == wanted)
        }
        if let line = entry {
            (result.uid, result.gid, result.home, name) = (line.uid, line.gid, line.home, line.name)
        } else if !wanted.isEmpty {
            guard let userID else { throw missing("user", wanted, "passwd") }
            result.uid = try UserLookup.checked(userID)
        }
        if !wantedGroup.isEmpty {
            result.gid = try group(wantedGroup)
        } else if let name {
            result.groups = try groups(of: name)
        }
        var additionalGroups = additionalGroups
        for name in groupNames { additionalGroups.append(try group(Array(name.utf8))) }
        // Linux gives nobody the primary group in the supplementary set by itself; a file that only that set may
        // not read (mode 0604 of that group) would be readable without it.
        for extra in [result.gid] + additionalGroups where !result.groups.contains(extra) { result.groups.append(extra) }
        return result
    }

    /// The home directory of `uid`, nil when /etc/passwd has no line for it.
    public func home(of uid: UInt32) throws(UserLookupError) -> [UInt8]? { try passwd { $0.uid == uid }?.home }

    // MARK: Files

    private struct PasswdLine {
        let name: [UInt8]
        let uid: UInt32
        let gid: UInt32
        let home: [UInt8]
    }

    private func passwd(_ matches: (PasswdLine) -> Bool) throws(UserLookupError) -> PasswdLine? {
        for line in try lines("etc/passwd") {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 4, !fields[0].isEmpty, let uid = UserLookup.id(fields[2]), let gid = UserLookup.id(fields[3]) else {
                continue
            }
            let entry = PasswdLine(name: Array(fields[0]), uid: uid, gid: gid, home: fields.count > 5 ? Array(fields[5]) : [])
            if matches(entry) { return entry }
        }
        return nil
    }

    private func group(_ wanted: [UInt8]) throws(UserLookupError) -> UInt32 {
        let number = UserLookup.number(wanted)
        for line in try lines("etc/group") {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, let gid = UserLookup.id(fields[2]) else { continue }
            if number.map({ $0 == UInt64(gid) }) ?? fields[0].elementsEqual(wanted) { return gid }
        }
        guard let number else { throw missing("group", wanted, "group") }
        return try UserLookup.checked(number)
    }

    private func groups(of name: [UInt8]) throws(UserLookupError) -> [UInt32] {
        var found: [UInt32] = []
        for line in try lines("etc/group") {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 4, let gid = UserLookup.id(fields[2]), !found.contains(gid) else { continue }
            if fields[3].split(separator: UInt8(ascii: ",")).contains(where: { $0.elementsEqual(name) }) { found.append(gid) }
            // NGROUPS_MAX of Linux.
            if found.count == 65536 { break }
        }
        return found
    }

    /// One line at a time: a file of ten million lines costs no more than its bytes.
    private struct Lines: Sequence, IteratorProtocol {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() -> ArraySlice<UInt8>? {
            guard position < bytes.count else { return nil }
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            defer { position = end + 1 }
            return bytes[position..<end]
        }
    }

    /// The lines of a file below the root; none when the file does not exist.
    private func lines(_ path: String) throws(UserLookupError) -> Lines {
        do {
            return Lines(bytes: try root.readAll(path, limit: UserLookup.fileLimit))
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return Lines(bytes: [])
        } catch {
            throw UserLookupError(description: "unable to read /\(path): \(error.reason)", errno: error.errno)
        }
    }

    // MARK: Numbers

    /// Decimal digits only, strictly: no sign, no space, no overflow. nil is "a name".
    static func number(_ bytes: [UInt8]) -> UInt64? {
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let digits = bytes.drop { $0 == 0x30 }
        // All digits but too long is a number out of range, not a name.
        return digits.count > 18 ? UInt64.max : digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }

    /// An id in a file: lines with one that is out of range are skipped.
    private static func id(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        guard let value = number(Array(bytes)), value <= UInt64(highestID) else { return nil }
        return UInt32(value)
    }

    private static func checked(_ value: UInt64) throws(UserLookupError) -> UInt32 {
        guard value <= UInt64(highestID) else {
            throw UserLookupError(description: "uids and gids must be in range 0-\(highestID)", errno: EINVAL)
        }
        return UInt32(value)
    }

    private func missing(_ kind: String, _ name: [UInt8], _ file: String) -> UserLookupError {
        UserLookupError(description: "unable to find \(kind) \(displayPath(name)): no matching entries in \(file) file", errno: EINVAL)
    }
}
