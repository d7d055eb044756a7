// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a registry's 401 asks for (RFC 9110, 11.6.1): `Bearer realm="…",service="…",scope="…"` or `Basic realm="…"`.

/// One challenge.
struct AuthChallenge: Sendable, Equatable {
    /// In lower case.
    let scheme: String
    /// Names in lower case.
    let parameters: [String: String]

    /// Every challenge of the `WWW-Authenticate` fields, in order. What can't be read is left out.
    static func parse(_ fields: [String]) -> [AuthChallenge] {
        fields.prefix(16).flatMap { field in
            var reader = Reader(bytes: Array(field.utf8.prefix(16 * 1024)))
            return reader.challenges()
        }
    }

    /// Reads one field.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func challenges() -> [AuthChallenge] {
            var result: [AuthChallenge] = []
            var scheme: String?
            var parameters: [String: String] = [:]
            while true {
                skip { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
                guard let word = token() else { break }
                skip { $0 == 0x20 || $0 == 0x09 }
                if peek == UInt8(ascii: "="), scheme != nil {
                    position += 1
                    skip { $0 == 0x20 || $0 == 0x09 }
                    guard let value = peek == UInt8(ascii: "\"") ? quoted() : token() ?? "" else { break }
                    if parameters[word] == nil { parameters[word] = value }
                } else {
                    if let scheme { result.append(AuthChallenge(scheme: scheme, parameters: parameters)) }
                    scheme = word
                    parameters = [:]
                }
            }
            if let scheme { result.append(AuthChallenge(scheme: scheme, parameters: parameters)) }
            return result
        }

        private mutating func skip(_ isBlank: (UInt8) -> Bool) {
            while let byte = peek, isBlank(byte) { position += 1 }
        }

        /// A token in lower case where it is a name; values of parameters are quoted in practice.
        private mutating func token() -> String? {
            let start = position
            while let byte = peek, byte > 0x20, byte < 0x7F, !"=,\"".utf8.contains(byte) { position += 1 }
            guard position > start else { return nil }
            return String(decoding: bytes[start..<position].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
        }

        private mutating func quoted() -> String? {
            position += 1
            var text: [UInt8] = []
            while let byte = peek, byte != UInt8(ascii: "\"") {
                position += 1
                if byte == UInt8(ascii: "\\"), let escaped = peek {
                    text.append(escaped)
                    position += 1
                } else {
                    text.append(byte)
                }
            }
            guard peek != nil else { return nil }
            position += 1
            return String(validating: text, as: UTF8.self)
        }
    }
}
