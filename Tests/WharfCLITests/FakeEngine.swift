// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A daemon that answers what a test wants, on a socket of its own, and commands that are run against it.

import Synchronization
import Testing
import WharfDockerAPI
import WharfHTTP
import WharfTestKit

@testable import WharfCLI

/// The daemon's side of one test.
final class FakeEngine: Sendable {
    /// A request as it came, without the version.
    struct Call: Sendable, Equatable {
        /// `POST /images/create?fromImage=x`
        let line: String
        /// X-Registry-Auth, decoded; nil without one.
        let auth: AuthConfig?
        let body: String
    }

    /// What a command left behind.
    struct Outcome: Sendable {
        let code: Int32
        let out: String
        let err: String
    }

    private let folder: TemporaryDirectory
    private let server: HTTPServer
    private let serving: Task<Void, Never>
    private let box: CallBox

    /// Answers by `respond`, which sees the line of a call.
    init(config: String? = nil, respond: @escaping @Sendable (String) -> HTTPResponse) async throws {
        folder = try TemporaryDirectory("engine")
        if let config { try folder.write("config.json", Array(config.utf8)) }
        let calls = CallBox()
        let server = try await HTTPServer([.init(.unix(path: folder.path("s")))]) { request in
            if request.path == ["_ping"] { return HTTPResponse(200, headers: ["Api-Version": "1.51"], content: .bytes(Array("OK".utf8))) }
            let target = request.target.split(separator: "/", maxSplits: 1).last.map { "/\($0)" } ?? request.target
            let bytes = (try? await request.body.collect(upTo: 1 << 20)) ?? []  // A body that broke off is an empty one here.
            let line = "\(request.method) \(target)"
            calls.add(
                Call(
                    line: line, auth: try? AuthConfig.header(request.headers["X-Registry-Auth"]),
                    body: String(decoding: bytes, as: UTF8.self)))
            return respond(line)
        }
        self.server = server
        box = calls
        serving = Task { await server.run() }
    }

    deinit {
        server.shutdown()
        serving.cancel()
    }

    /// Every call so far.
    var calls: [Call] { box.all }

    /// The path of an entry of the test's folder, which is the configuration's as well.
    func path(_ name: String) -> String { folder.path(name) }

    /// Runs `wharf` with these arguments.
    func run(_ arguments: String...) async -> Outcome { await run(arguments: arguments) }

    /// Runs `wharf` with these arguments.
    func run(arguments: [String]) async -> Outcome {
        let texts = TextBox()
        let console = Console(write: { texts.add($0, $1) }, environment: { _ in nil })
        let all = ["-H", "unix://\(folder.path("s"))", "--config", folder.path] + arguments
        let code: Int32 =
            switch Program.prepare(all, console: console) {
            case .finished(let code): code
            case .run(let call): await call.run()
            }
        return Outcome(code: code, out: texts.text(.standard), err: texts.text(.error))
    }

    /// Lines of JSON as a stream of progress.
    static func stream(_ lines: String...) -> HTTPResponse {
        HTTPResponse(200, headers: ["Content-Type": "application/json"], content: .bytes(Array(lines.map { $0 + "\r\n" }.joined().utf8)))
    }

    /// A document.
    static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], content: .bytes(Array(text.utf8)))
    }
}

private final class CallBox: Sendable {
    private let calls = Mutex<[FakeEngine.Call]>([])
    var all: [FakeEngine.Call] { calls.withLock { $0 } }
    func add(_ call: FakeEngine.Call) { calls.withLock { $0.append(call) } }
}

private final class TextBox: Sendable {
    private let texts = Mutex<[Int32: [UInt8]]>([:])
    func add(_ output: Console.Output, _ bytes: [UInt8]) { texts.withLock { $0[output.rawValue, default: []] += bytes } }
    func text(_ output: Console.Output) -> String { texts.withLock { String(decoding: $0[output.rawValue] ?? [], as: UTF8.self) } }
}
