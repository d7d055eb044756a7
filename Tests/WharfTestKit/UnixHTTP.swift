// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// HTTP over a unix socket, byte by byte: what the API says to a client that is not ours. One request per connection.

import Foundation
public import WharfJSON

/// A reply, whole.
public struct HTTPReply: Sendable {
    public let status: Int
    /// Names in lower case.
    public let headers: [String: String]
    /// Without the framing of chunks.
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    public func json() throws -> JSONValue { try JSON.parse(body) }

    /// `message` of an error's body, else empty.
    public var message: String { (try? json())?["message"]?.string ?? "" }
}

/// Sends requests to a socket.
public struct UnixHTTP: Sendable {
    public let socket: String

    public init(socket: String) {
        self.socket = socket
    }

    /// One request and its whole reply. A body is sent with its length and as JSON unless `headers` say otherwise.
    public func send(
        _ method: String, _ target: String, body: [UInt8]? = nil, headers: [(String, String)] = [], deadline: Duration = .seconds(60)
    ) async throws -> HTTPReply {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: wharf\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body {
            if !headers.contains(where: { $0.0.lowercased() == "content-type" }) { head += "Content-Type: application/json\r\n" }
            head += "Content-Length: \(body.count)\r\n"
        }
        let request = Array((head + "\r\n").utf8) + (body ?? [])
        let bytes = try await exchange(request, deadline: deadline)
        return try Self.parse(bytes)
    }

    /// The same with a JSON text as body.
    public func send(_ method: String, _ target: String, json: String, deadline: Duration = .seconds(60)) async throws -> HTTPReply {
        try await send(method, target, body: Array(json.utf8), deadline: deadline)
    }

    /// Writes bytes and reads until the other side closes.
    public func exchange(_ request: [UInt8], deadline: Duration = .seconds(60)) async throws -> [UInt8] {
        let socket = socket
        return try await onThread {
            let descriptor = try Self.connect(to: socket, deadline: deadline)
            defer { close(descriptor) }
            try Self.write(request, to: descriptor)
            return try Self.readAll(descriptor)
        }
    }

    private static func connect(to path: String, deadline: Duration) throws -> Int32 {
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure("socket: \(String(cString: strerror(errno)))") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw TestFailure("socket path too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var limit = timeval(tv_sec: Int(deadline.scaled.components.seconds), tv_usec: 0)
        for side in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(descriptor, SOL_SOCKET, side, &limit, socklen_t(MemoryLayout<timeval>.size)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw TestFailure("connect \(path): \(reason)")
        }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // A server may answer and close before it has read everything: its reply still counts.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == ECONNRESET && !bytes.isEmpty { return bytes }
            guard count >= 0 else { throw TestFailure("read: \(String(cString: strerror(errno)))") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Takes a whole reply apart.
    static func parse(_ bytes: [UInt8]) throws -> HTTPReply {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: separator) else {
            throw TestFailure("no HTTP reply: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw TestFailure("no HTTP status in '\(lines.first ?? "")'")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let body = Array(bytes[end.upperBound...])
        let isChunked = headers["transfer-encoding"]?.lowercased() == "chunked"
        return HTTPReply(status: status, headers: headers, body: isChunked ? try unchunked(body) : body)
    }

    private static func unchunked(_ bytes: [UInt8]) throws -> [UInt8] {
        var rest = bytes[...]
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let text = String(decoding: rest[..<line.lowerBound], as: UTF8.self)
            guard let size = Int(text.prefix { $0 != ";" }, radix: 16) else { throw TestFailure("bad chunk size '\(text)'") }
            rest = rest[line.upperBound...]
            guard size > 0 else { return body }
            guard rest.count >= size + 2 else { throw TestFailure("a chunk of \(size) bytes was cut") }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        throw TestFailure("the chunks have no end")
    }
}
