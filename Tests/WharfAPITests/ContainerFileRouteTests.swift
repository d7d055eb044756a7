// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The routes of files and usage over fakes: which call of the engine they make, and what goes back.

import Testing
import WharfDockerAPI
import WharfError
import WharfHTTP

@testable import WharfAPI

@Suite struct ContainerFileRouteTests {
    private let fixture = APIFixture()

    /// Method, path, the engine's calls, the status.
    @Test(arguments: [
        ("HEAD", "/containers/abc/archive?path=/f", ["stat abc /f"], 200),
        ("GET", "/containers/abc/archive?path=/f", ["stat abc /f", "archive abc /f"], 200),
        ("GET", "/containers/abc/archive", [], 400),
        ("PUT", "/containers/abc/archive?path=/d", ["extract abc /d keeps=false owner=false bytes=0"], 200),
        (
            "PUT", "/containers/abc/archive?path=/d&noOverwriteDirNonDir=true&copyUIDGID=1",
            ["extract abc /d keeps=true owner=true bytes=0"], 200
        ),
        ("PUT", "/containers/abc/archive?path=", [], 400),
        ("GET", "/containers/abc/export", ["export abc"], 200),
        ("GET", "/containers/abc/changes", ["changes abc"], 200),
        ("GET", "/containers/abc/top", ["top abc "], 200),
        ("GET", "/containers/abc/top?ps_args=-o%20pid", ["top abc -o pid"], 200),
        ("GET", "/containers/abc/stats", ["stats abc stream=true once=false"], 200),
        ("GET", "/containers/abc/stats?stream=0&one-shot=1", ["stats abc stream=false once=true"], 200),
        ("GET", "/v1.40/containers/abc/stats?stream=false&one-shot=1", ["stats abc stream=false once=false"], 200),
        ("POST", "/containers/prune?filters=%7B%22until%22%3A%5B%221h%22%5D%7D", [#"prune ["1h"]"#], 200),
    ])
    func callsTheEngine(_ method: String, _ path: String, _ calls: [String], _ status: Int) async throws {
        let answer = try await fixture.call(method, path)
        #expect(fixture.calls.list == calls)
        #expect(answer.status == status)
    }

    @Test func anArchiveSaysInItsHeadWhatItIsOf() async throws {
        for method in ["GET", "HEAD"] {
            let answer = try await fixture.call(method, "/containers/abc/archive?path=/f")
            let header = answer.headers["X-Docker-Container-Path-Stat"] ?? ""
            #expect(ContainerPathStat(headerValue: header) == FakeContainerFiles.stat)
            #expect(answer.body == (method == "GET" ? "a tar" : ""))
        }
    }

    @Test func whatIsRefusedBeforeTheFirstByteIsAStatus() async throws {
        fixture.calls.fail(with: WharfError(.notFound, "Could not find the file /f in container abc"))
        for path in ["/containers/abc/archive?path=/f", "/containers/abc/export"] {
            let answer = try await fixture.call("GET", path)
            #expect(answer.status == 404 && answer.body.contains("Could not find the file"))
        }
    }

    @Test func noChangeIsNull() async throws {
        #expect(try await fixture.call("GET", "/containers/clean/changes").body == "null\n")
        #expect(try await fixture.call("GET", "/containers/abc/changes").body == "[{\"Kind\":1,\"Path\":\"/new\"}]\n")
    }

    @Test func olderVersionsKnowNoSystemOfASample() async throws {
        #expect(try await fixture.call("GET", "/v1.48/containers/abc/stats?stream=0").body.contains("os_type") == false)
        #expect(try await fixture.call("GET", "/v1.49/containers/abc/stats?stream=0").body.contains("\"os_type\":\"linux\""))
    }
}
