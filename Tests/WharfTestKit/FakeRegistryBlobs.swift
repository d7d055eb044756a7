// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fake registry's blobs on their way down, and uploads on their way up; most misbehaviours are here.

import Glibc
import Synchronization
import WharfHTTP
import WharfLinux
import WharfOCI

extension FakeRegistry {
    func blob(_ request: HTTPRequest, _ digest: String) async -> HTTPResponse {
        guard let bytes = state.withLock({ $0.blobs[digest] }) else { return Self.error(404, "BLOB_UNKNOWN", "blob unknown to registry") }
        var headers: HTTPHeaders = [
            "Content-Type": "application/octet-stream", "Docker-Content-Digest": digest, "ETag": "\"\(digest)\"", "Accept-Ranges": "bytes",
        ]
        if request.method == "HEAD" { return HTTPResponse(200, headers: headers, content: .bytes(bytes)) }
        if request.path.first != "elsewhere", let place = redirect(request, digest) {
            return HTTPResponse(307, headers: ["Location": place])
        }
        var part = bytes[...]
        var status = 200
        if let start = request.headers["Range"].flatMap({ Self.range($0, bytes.count) }), !fires(.rangeIgnored) {
            status = 206
            let isWrong = fires(.rangeWrong)
            part = bytes[(isWrong ? start.lowerBound / 2 : start.lowerBound)..<start.upperBound]
            headers["Content-Range"] = "bytes \(part.startIndex)-\(part.endIndex - 1)/\(bytes.count)"
        }
        if fires(.contentEncoding) { headers["Content-Encoding"] = "gzip" }
        if fires(.wrongDigest) { part = [UInt8](repeating: 0x5A, count: part.count)[...] }
        if fires(.wrongSize) { part = part + [1, 2, 3] }
        return misbehaving(status, headers, Array(part)) ?? HTTPResponse(status, headers: headers, content: .bytes(Array(part)))
    }

    private func redirect(_ request: HTTPRequest, _ digest: String) -> String? {
        if fires(.redirectLoop) {
            let scheme = options.usesTLS ? "https" : "http"
            return "\(scheme)://\(host)/v2/\(request.path.dropFirst().joined(separator: "/"))?again=1"
        }
        if fires(.redirectToFile) { return "file:///etc/passwd" }
        if fires(.redirectElsewhere) { return "http://\(elsewhere)/elsewhere/\(digest)" }
        return nil
    }

    /// `bytes=a-b` or `bytes=a-`, nil for what does not fit.
    private static func range(_ text: String, _ count: Int) -> Range<Int>? {
        let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard text.hasPrefix("bytes="), ends.count == 2, let start = Int(ends[0]), start < count else { return nil }
        let last = min(Int(ends[1]) ?? count - 1, count - 1)
        return last >= start ? start..<(last + 1) : nil
    }

    /// An answer that is written by hand, past all that a server would do right.
    private func misbehaving(_ status: Int, _ headers: HTTPHeaders, _ bytes: [UInt8]) -> HTTPResponse? {
        var headers = headers
        headers["Content-Length"] = String(bytes.count)
        if let count = fires({ if case .resetAt(let count) = $0 { count } else { nil } }) {
            return raw(status, headers) { $0.write(Array(bytes.prefix(count))) && $0.reset() }
        }
        if fires(.tokenExpires) {
            revokeTokens()
            return raw(status, headers) { $0.write(Array(bytes.prefix(bytes.count / 2))) && $0.reset() }
        }
        if let count = fires({ if case .stallAt(let count) = $0 { count } else { nil } }) {
            return raw(status, headers) { connection in
                guard connection.write(Array(bytes.prefix(count))) else { return false }
                return self.idle()
            }
        }
        if fires(.trickle) {
            return raw(status, headers) { connection in
                for byte in bytes {
                    guard connection.write([byte]), self.idle(upTo: 50) else { return false }
                }
                return true
            }
        }
        if fires(.wrongLength) {
            headers["Content-Length"] = String(bytes.count + 1000)
            return raw(status, headers) { $0.write(bytes) }
        }
        return nil
    }

    private func raw(_ status: Int, _ headers: HTTPHeaders, _ run: @escaping @Sendable (RawAnswer) -> Bool) -> HTTPResponse {
        HTTPResponse(
            status, headers: headers,
            content: .hijack { connection in
                _ = try? await onThread { run(RawAnswer(descriptor: connection.descriptor)) }
                connection.descriptor.close()
            })
    }

    /// Does nothing, until the test is over or so many times 20 ms have passed. False when the test is over.
    private func idle(upTo rounds: Int = .max) -> Bool {
        for _ in 0..<rounds {
            if state.withLock({ $0.isStopped }) { return false }
            usleep(20_000)
        }
        return true
    }

    // MARK: Uploads

    func upload(_ request: HTTPRequest, _ name: String, _ id: String?) async -> HTTPResponse {
        guard let id else { return openUpload(request, name) }
        guard let upload = state.withLock({ $0.uploads[id] }), upload.repository == name else {
            return Self.error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        }
        switch request.method {
        case "GET": return uploadStatus(204, name, id, upload.bytes.count)
        case "DELETE":
            state.withLock { $0.uploads[id] = nil }
            return HTTPResponse(204)
        case "PATCH", "PUT":
            if let refusal = await receive(request, id, upload.bytes.count) { return refusal }
            if request.method == "PUT" { return closeUpload(request, name, id) }
            return uploadStatus(202, name, id, state.withLock { $0.uploads[id]?.bytes.count ?? 0 })
        default: return HTTPResponse(405)
        }
    }

    private func openUpload(_ request: HTTPRequest, _ name: String) -> HTTPResponse {
        if let digest = request.query["mount"], let from = request.query["from"] {
            let isMounted = state.withLock { state in
                guard state.mounts, state.owners[digest]?.contains(from) == true else { return false }
                state.owners[digest]?.insert(name)
                return true
            }
            if isMounted {
                return HTTPResponse(201, headers: ["Location": "/v2/\(name)/blobs/\(digest)", "Docker-Content-Digest": digest])
            }
        }
        let id = state.withLock { state in
            state.counter += 1
            state.uploads["upload-\(state.counter)"] = Upload(repository: name)
            return "upload-\(state.counter)"
        }
        return uploadStatus(202, name, id, 0)
    }

    private func uploadStatus(_ status: Int, _ name: String, _ id: String, _ count: Int) -> HTTPResponse {
        let place = fires(.uploadElsewhere) ? "http://\(elsewhere)" : ""
        let told = status == 202 && count == 0 ? 0 : fires(.uploadOffsetLie) ? count + 5000 : count
        return HTTPResponse(
            status,
            headers: [
                "Location": "\(place)/v2/\(name)/blobs/uploads/\(id)?_state=abc", "Range": "0-\(max(0, told - 1))",
                "Docker-Upload-UUID": id,
            ])
    }

    /// Takes the body of a PATCH or PUT. Gives an answer when it is refused or cut off.
    private func receive(_ request: HTTPRequest, _ id: String, _ have: Int) async -> HTTPResponse? {
        if let limit = state.withLock({ $0.takesUploadsInChunksOf }), (request.body.length ?? 0) > limit { return HTTPResponse(413) }
        if let range = request.headers["Content-Range"], Int(range.prefix { $0 != "-" }) != have {
            return uploadStatus(416, request.path.dropFirst().prefix { $0 != "blobs" }.joined(separator: "/"), id, have)
        }
        let reset = request.body.length == 0 ? nil : fires { if case .resetAt(let count) = $0 { count } else { nil } }
        let stall = request.body.length == 0 ? nil : fires { if case .stallAt(let count) = $0 { count } else { nil } }
        let limit = reset ?? stall ?? (request.body.length != 0 && fires(.tokenExpires) ? (request.body.length ?? 0) / 2 : nil)
        var count = 0
        do {
            for try await chunk in request.body {
                let taken = limit.map { chunk.prefix($0 - count) } ?? chunk[...]
                state.withLock { $0.uploads[id]?.bytes += taken }
                count += taken.count
                if let limit, count >= limit { break }
            }
        } catch {
            return HTTPResponse(400)
        }
        if stall != nil { await stalled() }
        if limit != nil {
            if reset == nil, stall == nil { revokeTokens() }
            return cutOff()
        }
        return fires(.closeAfterUpload) ? cutOff() : nil
    }

    private func stalled() async {
        _ = try? await onThread { self.idle() }
    }

    /// Ends the connection without an answer: an interim one is none.
    private func cutOff() -> HTTPResponse {
        HTTPResponse(100, content: .hijack { connection in _ = RawAnswer(descriptor: connection.descriptor).reset() })
    }

    private func closeUpload(_ request: HTTPRequest, _ name: String, _ id: String) -> HTTPResponse {
        let bytes = state.withLock { $0.uploads.removeValue(forKey: id)?.bytes } ?? []
        guard Self.digest(bytes).description == request.query["digest"] else {
            return Self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        }
        let digest = addBlob(bytes, to: name)
        let told = fires(.digestLie) ? Self.digest(bytes + [0]) : digest
        return HTTPResponse(201, headers: ["Location": "/v2/\(name)/blobs/\(digest)", "Docker-Content-Digest": told.description])
    }
}

/// A connection behind its head, written by hand.
struct RawAnswer {
    let descriptor: Descriptor

    /// False when the client is gone.
    func write(_ bytes: [UInt8]) -> Bool {
        do {
            try descriptor.setNonBlocking(false)
            try descriptor.writeAll(bytes)
            return true
        } catch {
            return false
        }
    }

    /// Ends the connection with a reset, once what was written has had time to arrive.
    func reset() -> Bool {
        // A reset throws away what the other side has not read: without this the test would be of another place each time.
        var pending: Int32 = 1
        for _ in 0..<500 {
            guard ioctl(descriptor.raw, UInt(TIOCOUTQ), &pending) == 0, pending > 0 else { break }
            usleep(2_000)
        }
        usleep(20_000)
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor.raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        descriptor.close()
        return true
    }
}
