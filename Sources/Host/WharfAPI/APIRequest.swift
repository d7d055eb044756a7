// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A request on its way to a handler: path parameters, query and body in Docker's readings. Parsed here and nowhere else.

import WharfDockerAPI
import WharfError
import WharfHTTP
import WharfJSON

/// What a handler gets.
struct APIRequest: Sendable {
    let http: HTTPRequest
    /// The version that the client speaks: bodies and answers are shaped for it.
    let version: APIVersion
    private let parameters: [String: String]

    /// Longer JSON bodies are refused.
    static let bodyLimit = 4 << 20

    init(http: HTTPRequest, version: APIVersion, parameters: [String: String]) {
        self.http = http
        self.version = version
        self.parameters = parameters
    }

    /// What the route's pattern captured; the pattern and the name stand in one table.
    func path(_ name: String) -> String { parameters[name] ?? "" }

    /// A query parameter; empty when absent.
    func text(_ name: String) -> String { http.query[name] ?? "" }

    /// All values of a repeated query parameter.
    func texts(_ name: String) -> [String] { http.query.all(name) }

    /// Docker's booleans: everything is true but nothing, `0`, `no`, `false` and `none`.
    func flag(_ name: String) -> Bool {
        !["", "0", "no", "false", "none"].contains(text(name).lowercased())
    }

    /// A whole number; nil when absent. - Throws: `invalidArgument` in Go's words.
    func integer(_ name: String) throws(WharfError) -> Int? {
        let text = text(name)
        guard !text.isEmpty else { return nil }
        guard let value = Int(text) else {
            throw WharfError(.invalidArgument, "invalid value for \(name): strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        return value
    }

    /// Rows or columns of a terminal. - Throws: `invalidArgument`.
    func size(_ name: String) throws(WharfError) -> UInt16 {
        guard let value = UInt16(text(name)) else {
            throw WharfError(.invalidArgument, "invalid resize \(name == "h" ? "height" : "width"): \"\(text(name))\"")
        }
        return value
    }

    /// Seconds since 1970 with an optional fraction, or a time in RFC 3339; nil when absent or zero.
    func time(_ name: String) throws(WharfError) -> Timestamp? {
        let text = text(name)
        guard !text.isEmpty, text != "0" else { return nil }
        guard let time = Timestamp(unixSeconds: text) ?? Timestamp(rfc3339: text) else {
            throw WharfError(.invalidArgument, "invalid value for \"\(name)\": failed to parse value as time or duration: \"\(text)\"")
        }
        return time
    }

    /// The `filters` parameter.
    func filters() throws(WharfError) -> Filters { try Filters(json: text("filters")) }

    /// Who the client is to a registry (X-Registry-Auth).
    ///
    /// - Throws: `invalidArgument` for what can't be read: nobody wants to be refused by a registry for that.
    func auth() throws(WharfError) -> AuthConfig { try AuthConfig.header(http.headers["X-Registry-Auth"]) }

    /// A platform in JSON; nil when absent, and for clients of versions that did not have it yet.
    func platform(since first: APIVersion) throws(WharfError) -> OCIPlatform? {
        version < first ? nil : try OCIPlatform.parameter(text("platform"))
    }

    /// The JSON body; nil when there is none. Go's rules for keys and absent values.
    func body<Body: Decodable>(_ type: Body.Type) async throws -> Body? {
        let contentType = http.headers["Content-Type"] ?? ""
        if contentType.isEmpty, http.body.length == 0 { return nil }
        let mediaType = contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        guard String(decoding: mediaType, as: UTF8.self).lowercased() == "application/json" else {
            throw WharfError(.invalidArgument, "unsupported Content-Type header (\(contentType)): must be 'application/json'")
        }
        if http.body.length == 0 { return nil }
        let bytes = try await http.body.collect(upTo: Self.bodyLimit)
        guard !bytes.isEmpty else {
            throw WharfError(.invalidArgument, "invalid JSON: got EOF while reading request body")
        }
        do {
            return try JSON.decode(type, from: bytes, keys: .caseInsensitive, limits: JSONLimits(bytes: Self.bodyLimit, depth: 64))
        } catch {
            throw WharfError(.invalidArgument, "invalid JSON: \(error)", cause: error)
        }
    }
}

extension Timestamp {
    /// `1136073845.000000001`, the form in which clients send times.
    init?(unixSeconds text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let seconds = Int64(String(decoding: whole, as: UTF8.self)) else { return nil }
        var nanoseconds: Int32 = 0
        if parts.count == 2 {
            let digits = parts[1].prefix(9)
            guard !digits.isEmpty, parts[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            nanoseconds = digits.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
            for _ in digits.count..<9 { nanoseconds *= 10 }
        }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }
}
