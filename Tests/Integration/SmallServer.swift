// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A server of a few lines beside a daemon, in its network namespace, for what Debian's registry is not: a proxy before it, a
// registry that can be searched, one that always fails. It writes down what it was asked.

import Foundation
import WharfTestKit

/// A Python program on the loopback of a daemon's namespace.
final class SmallServer: Sendable {
    /// What it is.
    enum Role: String { case proxy, search, failure }

    private let folder: TemporaryDirectory
    private let process: ChildProcess

    private init(_ folder: TemporaryDirectory, _ process: ChildProcess) {
        self.folder = folder
        self.process = process
    }

    /// What it was asked, a line each: `CONNECT registry.test:80`, `GET /v2/`.
    var asked: [String] {
        let text = String(decoding: FileManager.default.contents(atPath: folder.path("asked")) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    /// Runs `body` with a server at `127.0.0.1:port`; a proxy sends everything to `target`.
    static func with<T: Sendable>(
        _ role: Role, _ daemon: DaemonFixture, port: Int, target: Int = 0, _ body: (SmallServer) async throws -> T
    ) async throws -> T {
        guard let pid = daemon.pid else { throw TestFailure("no daemon runs") }
        let folder = try TemporaryDirectory("server")
        let program = try folder.write("server.py", Array(program.utf8))
        let inside = ["nsenter", "--net=/proc/\(pid)/ns/net", "--"]
        let process = try ChildProcess(
            inside + ["python3", program, role.rawValue, "\(port)", "\(target)", folder.path("asked")], streams: .file(folder.path("log")))
        let server = SmallServer(folder, process)
        do {
            try await eventually("the server listens") {
                try await CommandLine.run(inside[0], Array(inside.dropFirst()) + ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"])
                    .exitCode == 0
            }
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            let log = String(decoding: FileManager.default.contents(atPath: folder.path("log")) ?? Data(), as: UTF8.self)
            await server.stop()
            throw TestFailure("\(error)\n--- the server's last words:\n\(log.suffix(2000))")
        }
    }

    private func stop() async {
        process.signal(SIGKILL)
        // It is gone, or its folder can't be removed.
        _ = try? await process.wait()
        folder.remove()
    }

    private static let program = """
        import http.server, json, socket, sys, threading
        role, port, target, asked = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), open(sys.argv[4], "a", buffering=1)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                asked.write(self.command + " " + self.path + "\\n")
                if role == "failure":
                    return self.send(500, b"{}")
                results = [{"name": "team/" + w, "description": "about " + w, "star_count": n, "is_official": n > 5}
                           for w, n in (("anchor", 7), ("rope", 2))]
                self.send(200, json.dumps({"results": results}).encode())

            def do_CONNECT(self):
                asked.write("CONNECT " + self.path + "\\n")
                link = socket.create_connection(("127.0.0.1", target))
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=self.copy, args=(link, self.connection), daemon=True)
                back.start()
                self.copy(self.connection, link)
                back.join()
                self.close_connection = True

            def copy(self, source, sink):
                try:
                    while data := source.recv(65536):
                        sink.sendall(data)
                    sink.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

            def send(self, status, data):
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = answer

        http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()

        """
}
