// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An answer of a registry, and what is read out of one that says no: the error list of the distribution specification, Docker's
// words for the rest, and when to come back.

internal import WharfHTTP
internal import WharfOutbound
internal import WharfJSON

/// An answer, with its body still coming.
struct RegistryReply {
    let status: Int
    let headers: HTTPHeaders
    let body: HTTPBody
    /// Where it came from, behind all redirects.
    let url: WebURL
    /// Whether the registry itself answered, and not a storage that it redirected to.
    let isOwn: Bool
    /// Docker's `Get "https://…"`, for messages.
    let what: String

    /// The longest error document that is read.
    private static let errorLimit = 64 * 1024
    /// The longest message that is passed on.
    private static let messageLimit = 512

    /// The whole body. Throws `lie` when it is longer than `limit`.
    func collect(upTo limit: Int, _ name: String) async throws(RegistryProblem) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            if let length = body.length, length > limit { throw RegistryProblem(.lie, "\(name) is larger than \(limit) bytes") }
            for try await chunk in body {
                guard bytes.count + chunk.count <= limit else { throw RegistryProblem(.lie, "\(name) is larger than \(limit) bytes") }
                bytes += chunk
            }
        } catch {
            throw RegistryProblem(error, what)
        }
        return bytes
    }

    /// What this answer means as a failure. Reads the body, a little of it.
    func problem() async -> RegistryProblem {
        var problem = RegistryProblem(
            .status(status), "\(what): received unexpected HTTP status: \(status) \(Self.reason(status))")
        problem.retryAfter = headers["Retry-After"].flatMap(Self.retryAfter)
        // Only the registry's own words: a redirect may have led to something that is none of the reader's business.
        guard isOwn else { return problem }
        var bytes: [UInt8] = []
        do {
            for try await chunk in body {
                bytes += chunk
                if bytes.count > Self.errorLimit { break }
            }
            let first = try JSON.parse(bytes, limits: JSONLimits(bytes: Self.errorLimit, depth: 32))["errors"]?[0]
            guard let code = first?["code"]?.string else { return problem }
            let words = Self.plain(code.lowercased()).replacing("_", with: " ")
            let message = Self.plain(first?["message"]?.string ?? "")
            let explained = RegistryProblem(.status(status), message.isEmpty ? words : "\(words): \(message)")
            problem = RegistryProblem(explained, code: Self.plain(code), retryAfter: problem.retryAfter)
        } catch {
            // No error document: the status has to do.
        }
        return problem
    }

    /// Printable text of bounded length: it goes to terminals and logs.
    private static func plain(_ text: String) -> String {
        String(decoding: text.utf8.filter { $0 >= 0x20 && $0 != 0x7F }.prefix(messageLimit), as: UTF8.self)
    }

    /// Seconds, or a date of HTTP (RFC 9110, 5.6.7).
    static func retryAfter(_ text: String) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 { return .seconds(seconds) }
        // Sun, 06 Nov 1994 08:49:37 GMT
        let words = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, let month = months.firstIndex(of: words[2]),
            let time = Timestamp(rfc3339: "\(words[3])-\(month < 9 ? "0" : "")\(month + 1)-\(words[1])T\(words[4])Z")
        else { return nil }
        return max(.zero, time.elapsed(since: .now()))
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Request Entity Too Large"
        case 416: "Requested Range Not Satisfiable"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status"
        }
    }
}

extension RegistryProblem {
    fileprivate init(_ problem: RegistryProblem, code: String?, retryAfter: Duration?) {
        self = problem
        self.code = code
        self.retryAfter = retryAfter
    }
}
