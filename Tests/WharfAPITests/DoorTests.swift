// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What all routes have in common: versions, headers, errors as statuses, and bodies by Go's rules.

import Testing
import WharfError
import WharfHTTP

@testable import WharfAPI

@Suite struct DoorTests {
    private let fixture = APIFixture()

    @Test(arguments: ["/_ping", "/v1.24/_ping", "/v1.41/_ping", "/v1.56/_ping"]) func pings(_ path: String) async throws {
        for method in ["GET", "HEAD"] {
            let answer = try await fixture.call(method, path)
            #expect(answer.status == 200)
            #expect(answer.body == (method == "GET" ? "OK" : ""))
            #expect(answer.headers["Api-Version"] == "1.56")
            #expect(answer.headers["Docker-Experimental"] == "false")
            #expect(answer.headers["Ostype"] == "linux")
            #expect(answer.headers["Server"] == "Wharf/test (linux)")
            #expect(answer.headers["Builder-Version"] == "1")
            #expect(answer.headers["Swarm"] == "inactive")
            #expect(answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate")
            #expect(answer.headers["Pragma"] == "no-cache")
        }
    }

    @Test func refusesVersionsItDoesNotSpeak() async throws {
        let new = try await fixture.call("GET", "/v1.99/version")
        #expect(new.status == 400)
        #expect(new.body == #"{"message":"client version 1.99 is too new. Maximum supported API version is 1.56"}"# + "\n")
        let old = try await fixture.call("GET", "/v1.23/version")
        #expect(old.status == 400)
        #expect(
            old.body
                == #"{"message":"client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"}"#
                + "\n")
    }

    @Test(arguments: [
        ("GET", "/"), ("GET", "/nonsense"), ("GET", "/v1.41"), ("POST", "/_ping"), ("GET", "/containers/a/b/c/json"), ("PATCH", "/info"),
        ("GET", "/vx/info"),
    ])
    func knowsNoOtherPaths(_ method: String, _ path: String) async throws {
        let answer = try await fixture.call(method, path)
        #expect(answer.status == 404)
        #expect(answer.body == "{\"message\":\"page not found\"}\n")
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(answer.headers["Api-Version"] == "1.56")
    }

    @Test(arguments: [
        (WharfError.Code.invalidArgument, 400), (.notFound, 404), (.alreadyExists, 409), (.conflict, 409), (.unauthorized, 401),
        (.forbidden, 403), (.unavailable, 503), (.notImplemented, 501), (.internal, 500), (.dataLoss, 500), (.outOfDisk, 500),
        (.cancelled, 500), (.deadlineExceeded, 500),
    ])
    func errorsBecomeStatuses(_ code: WharfError.Code, _ status: Int) async throws {
        fixture.calls.fail(with: WharfError(code, "what \"and\" which"))
        let answer = try await fixture.call("GET", "/containers/x/json")
        #expect(answer.status == status)
        #expect(answer.body == #"{"message":"what \"and\" which"}"# + "\n")
    }

    @Test func notModifiedHasNoBody() async throws {
        fixture.calls.fail(with: WharfError(.notModified, "already started"))
        let answer = try await fixture.call("POST", "/containers/x/start")
        #expect(answer.status == 304)
        #expect(answer.body == "")
    }

    @Test func bodiesFollowGo() async throws {
        let answer = try await fixture.post(
            "/containers/create?name=n", json: #"{"IMAGE":"busybox","cmd":["a"],"Tty":null,"Unknown":{"x":[1]},"HostConfig":null}"#,
            type: "application/json; charset=utf-8")
        #expect(answer.status == 201)
        #expect(answer.body == "{\"Id\":\"0a0a\",\"Warnings\":[]}\n")
        #expect(fixture.calls.list == ["create n busybox [\"a\"] tty=false"])
    }

    @Test(arguments: [
        ("", "invalid JSON: got EOF while reading request body"), ("{", "invalid JSON: "), ("[]", "invalid JSON: "),
        (#"{"Image":"a","Image":"b"}"#, "invalid JSON: "), (#"{"Image":1}"#, "invalid JSON: "), ("{} {}", "invalid JSON: "),
        ("\"text\"", "invalid JSON: "), (String(repeating: "[", count: 100_000), "invalid JSON: "),
    ])
    func refusesWrongBodies(_ body: String, _ message: String) async throws {
        let answer = try await fixture.post("/containers/create", json: body)
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix("{\"message\":\"\(message)"), "\(answer.body.prefix(200))")
        #expect(fixture.calls.list == [])
    }

    @Test func refusesOtherTypesAndSizes() async throws {
        let type = try await fixture.post("/containers/create", json: "{}", type: "text/plain")
        #expect(type.status == 400)
        #expect(type.body == "{\"message\":\"unsupported Content-Type header (text/plain): must be 'application/json'\"}\n")
        let none = try await fixture.call("POST", "/containers/create", body: "{}")
        #expect(none.status == 400)
        #expect(none.body == "{\"message\":\"unsupported Content-Type header (): must be 'application/json'\"}\n")
        // EN-13: one byte more than the cap.
        let padding = String(repeating: " ", count: (4 << 20) - 13)
        let fits = try await fixture.post("/containers/create", json: "{\"Image\":\"a\"}" + padding)
        #expect(fits.status == 201)
        let large = try await fixture.post("/containers/create", json: "{\"Image\":\"a\"}" + padding + " ")
        #expect(large.status == 400)
        #expect(large.body == "{\"message\":\"request body is larger than 4194304 bytes\"}\n")
    }
}
