// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The parameter `changes` of import and commit. Clients send one instruction in each value, or a Dockerfile's lines in one.

/// Dockerfile instructions that change a configuration.
enum ChangeList {
    /// One instruction in each string; a backslash at the end of a line joins it with the next, as in a Dockerfile.
    static func split(_ changes: [String]) -> [String] {
        var instructions: [String] = []
        for change in changes {
            var pending: [UInt8] = []
            for line in change.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
                let text = trimmed(line)
                if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
                if text.last == UInt8(ascii: "\\") {
                    pending += text.dropLast() + [UInt8(ascii: " ")]
                    continue
                }
                instructions.append(String(decoding: pending + text, as: UTF8.self))
                pending = []
            }
            if !trimmed(pending).isEmpty { instructions.append(String(decoding: trimmed(pending), as: UTF8.self)) }
        }
        return instructions
    }

    /// Whether an instruction is among them, by its word in upper case.
    static func contains(_ word: String, _ instructions: [String]) -> Bool {
        instructions.contains { instruction in
            instruction.prefix { $0 != " " && $0 != "\t" }.uppercased().utf8.elementsEqual(word.utf8)
        }
    }

    private static func trimmed(_ line: some Collection<UInt8>) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = Array(line)
        guard let start = bytes.firstIndex(where: { !isSpace($0) }), let end = bytes.lastIndex(where: { !isSpace($0) }) else { return [] }
        return Array(bytes[start...end])
    }
}
