// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's rules for `-u`, spelled out without any thought of cost: the second opinion of the fuzz target.

/// Resolves by turning both files into tables first.
struct ObviousLookup {
    struct Answer {
        var uid: UInt32
        var gid: UInt32
        var groups: Set<UInt32>
    }

    private struct Account {
        let name: [UInt8]
        let uid: UInt32
        let gid: UInt32
    }

    private struct Group {
        let name: [UInt8]
        let gid: UInt32
        let members: [[UInt8]]
    }

    private let accounts: [Account]
    private let groups: [Group]

    init(passwd: [UInt8], group: [UInt8]) {
        accounts = Self.rows(passwd).compactMap { fields in
            guard fields.count >= 4, !fields[0].isEmpty, let uid = Self.id(fields[2]), let gid = Self.id(fields[3]) else { return nil }
            return Account(name: fields[0], uid: uid, gid: gid)
        }
        groups = Self.rows(group).compactMap { fields in
            guard fields.count >= 3, let gid = Self.id(fields[2]) else { return nil }
            let members = fields.count > 3 ? Self.split(fields[3], at: UInt8(ascii: ",")).filter { !$0.isEmpty } : []
            return Group(name: fields[0], gid: gid, members: members)
        }
    }

    /// nil where nobody is meant.
    func resolve(_ text: [UInt8]) -> Answer? {
        var userPart = text
        var groupPart: [UInt8] = []
        if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            userPart = Array(text[..<colon])
            groupPart = Array(text[(colon + 1)...])
        }
        var answer = Answer(uid: 0, gid: 0, groups: [])
        let account: Account?
        if userPart.isEmpty {
            account = accounts.first { $0.uid == 0 }
        } else if Self.isDigits(userPart) {
            guard let uid = Self.id(userPart) else { return nil }
            account = accounts.first { $0.uid == uid }
            answer.uid = uid
        } else {
            account = accounts.first { $0.name == userPart }
            if account == nil { return nil }
        }
        if let account { (answer.uid, answer.gid) = (account.uid, account.gid) }
        if groupPart.isEmpty {
            if let account { answer.groups = Set(groups.filter { $0.members.contains(account.name) }.map(\.gid)) }
        } else if Self.isDigits(groupPart) {
            guard let gid = Self.id(groupPart) else { return nil }
            answer.gid = gid
        } else {
            guard let group = groups.first(where: { $0.name == groupPart }) else { return nil }
            answer.gid = group.gid
        }
        answer.groups.insert(answer.gid)
        return answer
    }

    private static func rows(_ file: [UInt8]) -> [[[UInt8]]] {
        split(file.map { $0 == 1 ? 0 : $0 }, at: UInt8(ascii: "\n")).map { split($0, at: UInt8(ascii: ":")) }
    }

    private static func split(_ bytes: [UInt8], at separator: UInt8) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        for byte in bytes {
            if byte == separator { parts.append([]) } else { parts[parts.count - 1].append(byte) }
        }
        return parts
    }

    private static func isDigits(_ bytes: [UInt8]) -> Bool { !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }

    /// 0 to 2^31 - 1, leading zeros allowed.
    private static func id(_ bytes: [UInt8]) -> UInt32? {
        guard isDigits(bytes) else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            value = value * 10 + UInt64(byte - 0x30)
            if value > 0x7fff_ffff { return nil }
        }
        return UInt32(value)
    }
}
