// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The routes of images, registries and commit over fakes: which call of the engine each makes of a request in each version,
// and when a failure is a status and when the last line of a stream.

import Testing
import WharfDockerAPI
import WharfError
import WharfHTTP

@testable import WharfAPI

@Suite struct ImageRouteTests {
    private let fixture = APIFixture()

    /// `{"os":"linux","architecture":"arm64"}` as a parameter.
    private static let arm = "%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%7D"
    /// `{"username":"u"}`.
    private static let auth: WharfHTTP.HTTPHeaders = ["X-Registry-Auth": "eyJ1c2VybmFtZSI6InUifQ=="]

    /// Method, path, the engine's call, the status.
    @Test(arguments: [
        ("GET", "/images/json?all=1&shared-size=1&manifests=1", "images list all shared manifests", 200),
        ("GET", "/v1.46/images/json?shared-size=1&manifests=1", "images list shared", 200),
        ("GET", "/v1.41/images/json?shared-size=1", "images list", 200),
        ("GET", "/images/a/json?platform=\(arm)", "image inspect a for arm64", 200),
        ("GET", "/v1.48/images/a/json?platform=\(arm)", "image inspect a", 200),
        ("GET", "/images/a/json?manifests=1", "image inspect a manifests", 200),
        ("GET", "/images/a/b/history?platform=\(arm)", "image history a/b for arm64", 200),
        ("DELETE", "/images/a?platforms=\(arm)", "image remove a force=false for arm64", 200),
        ("DELETE", "/v1.49/images/a?platforms=\(arm)", "image remove a force=false", 200),
        ("POST", "/images/prune?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D", "image prune [\"false\"]", 200),
        ("POST", "/images/load?quiet=1", "load quiet=true platform=", 200),
        ("POST", "/images/load?platform=\(arm)", "load quiet=false platform=linux/arm64", 200),
        ("POST", "/images/load?platform=linux/arm/v7", "load quiet=false platform=linux/arm/v7", 200),
        ("POST", "/images/load?platform=\(arm)&platform=linux/arm/v7", "load quiet=false platform=linux/arm64 linux/arm/v7", 200),
        (
            "POST", "/images/create?fromSrc=-&repo=r&tag=t&changes=CMD+a&changes=ENV+b", "import - r:t [\"CMD a\", \"ENV b\"]",
            200
        ),
        ("POST", "/images/create?fromSrc=http%3A%2F%2Fx%2Fy.tar", "import http://x/y.tar : []", 200),
        ("POST", "/images/create?fromImage=a%2Fb&tag=1&platform=linux/arm64", "pull a/b 1 platform=linux/arm64 user=u", 200),
        ("POST", "/v1.31/images/create?fromImage=a&tag=1&platform=x", "pull a 1 platform= user=u", 200),
        ("POST", "/images/host:5000/a/b/push?tag=1&platform=\(arm)", "push host:5000/a/b 1 platform=arm64 user=u", 200),
        ("POST", "/v1.45/images/a/push?tag=1&platform=\(arm)", "push a 1 platform= user=u", 200),
        ("GET", "/images/a/b:c/get", "save [\"a/b:c\"] []", 200),
        ("GET", "/images/get?names=a&names=b&platform=\(arm)", "save [\"a\", \"b\"] [\"arm64\"]", 200),
        ("GET", "/images/search?term=x&limit=5&filters=%7B%22stars%22%3A%5B%223%22%5D%7D", "search x 5 [\"3\"] user=u", 200),
        ("GET", "/distribution/host:5000/a/b/json", "distribution host:5000/a/b user=u", 200),
        (
            "POST", "/commit?container=c&repo=r&tag=t&author=me&comment=why&changes=CMD+x",
            "commit c r:t pause=true [\"CMD x\"] me|why cmd=[]", 201
        ),
        ("POST", "/commit?container=c&pause=0", "commit c : pause=false [] | cmd=[]", 201),
    ])
    func callsTheEngine(_ method: String, _ path: String, _ call: String, _ status: Int) async throws {
        let answer = try await fixture.call(method, path, Self.auth)
        #expect(fixture.calls.list == [call])
        #expect(answer.status == status, "\(answer.body)")
    }

    /// Method, path, what the refusal says.
    @Test(arguments: [
        ("GET", "/images/a/json?platform=linux", "failed to parse platform"),
        ("GET", "/images/a/json?manifests=1&platform=\(arm)", "conflicting options: manifests and platform options cannot both be set"),
        ("POST", "/images/load?platform=a", "invalid platform"),
        ("POST", "/images/create", "neither fromImage nor fromSrc"),
        ("GET", "/images/get", "no image to save was named"),
        ("GET", "/images/search?term=x&limit=-1", "invalid limit specified"),
        ("GET", "/images/search?term=x&limit=many", "invalid limit specified"),
        ("POST", "/commit", "no container to commit was named"),
        ("GET", "/system/df?type=socks", "unknown object type: socks"),
        ("POST", "/images/prune?filters=%7B", "invalid filter"),
    ])
    func refusesParameters(_ method: String, _ path: String, _ reason: String) async throws {
        let answer = try await fixture.call(method, path)
        #expect(answer.status == 400)
        #expect(answer.body.contains(reason), "\(answer.body)")
        #expect(fixture.calls.list == [])
    }

    @Test(arguments: [
        ("POST", "/images/create?fromImage=x&tag=1"), ("POST", "/images/x/push"), ("GET", "/images/search?term=x"),
        ("GET", "/distribution/x/json"),
    ])
    func refusesBrokenCredentials(_ method: String, _ path: String) async throws {
        let answer = try await fixture.call(method, path, ["X-Registry-Auth": "aGVsbG8="])
        #expect(answer.status == 400)
        #expect(answer.body == "{\"message\":\"invalid X-Registry-Auth header: not valid JSON\"}\n")
    }

    @Test func aLoginSendsItsCredentialsInTheBody() async throws {
        let answer = try await fixture.post("/auth", json: #"{"username":"u","password":"p","serveraddress":"host:5000"}"#)
        #expect(answer.status == 200 && answer.body == "{\"IdentityToken\":\"\",\"Status\":\"Login Succeeded\"}\n")
        #expect(fixture.calls.list == ["login u@host:5000"])
        fixture.calls.fail(with: WharfError(.unauthorized, "incorrect username or password"))
        #expect(try await fixture.post("/auth", json: "{}").status == 401)
    }

    @Test func aCommitTakesAConfiguration() async throws {
        let answer = try await fixture.post("/commit?container=c", json: #"{"Cmd":["a"],"Hostname":"h"}"#)
        #expect(answer.status == 201 && answer.body == "{\"Id\":\"sha256:1\"}\n")
        #expect(fixture.calls.list == ["commit c : pause=true [] | cmd=[\"a\"]"])
    }

    // MARK: Streams

    @Test(arguments: [
        ("/images/create?fromImage=x&tag=1", 404, WharfError.Code.notFound), ("/images/x/push?tag=1", 401, .unauthorized),
        ("/images/create?fromSrc=-", 400, .invalidArgument),
    ])
    func whatFailsBeforeTheFirstLineIsAStatus(_ path: String, _ status: Int, _ code: WharfError.Code) async throws {
        fixture.calls.fail(with: WharfError(code, "no such thing"))
        let answer = try await fixture.call("POST", path)
        #expect(answer.status == status)
        #expect(answer.body == "{\"message\":\"no such thing\"}\n")
        #expect(answer.headers["Api-Version"] == "1.56" && answer.headers["Server"] == "Wharf/test (linux)")
    }

    @Test func aSaveOfAMissingImageIsAStatus() async throws {
        let fine = try await fixture.call("GET", "/images/x/get")
        #expect(fine.status == 200 && fine.body == "a tar" && fine.headers["Content-Type"] == "application/x-tar")
        fixture.calls.fail(with: WharfError(.notFound, "No such image: x:latest"))
        let missing = try await fixture.call("GET", "/images/x/get")
        #expect(missing.status == 404 && missing.headers["Content-Type"] == "application/json")
    }

    @Test func whatFailsLaterIsTheLastLine() async throws {
        fixture.calls.fail(with: WharfError(.unavailable, "the registry is gone"))
        let answer = try await fixture.call("POST", "/images/create?fromImage=late&tag=1")
        #expect(answer.status == 200)
        #expect(
            answer.body
                == "{\"status\":\"Pulling\"}\n"
                + "{\"errorDetail\":{\"message\":\"the registry is gone\"},\"error\":\"the registry is gone\"}\n")
    }

    @Test func oldClientsGetABar() async throws {
        let old = try await fixture.call("POST", "/v1.44/images/create?fromImage=x&tag=1")
        #expect(old.body.contains(#""progress":"["#))
        let new = try await fixture.call("POST", "/images/create?fromImage=x&tag=1")
        #expect(new.body == "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"abc\"}\n")
    }

    @Test func whatChangesSomethingOutlivesItsClient() async throws {
        #expect(try await fixture.call("POST", "/images/load").outlivesClient)
        #expect(try await fixture.call("POST", "/images/create?fromSrc=-").outlivesClient)
        #expect(try await !fixture.call("POST", "/images/create?fromImage=x&tag=1").outlivesClient)
        #expect(try await !fixture.call("POST", "/images/x/push").outlivesClient)
        #expect(try await !fixture.call("GET", "/images/x/get").outlivesClient)
    }

    @Test func loadReportsAndFailsInItsStream() async throws {
        let fine = try await fixture.call("POST", "/images/load", body: "12345")
        #expect(fine.body == "{\"stream\":\"Loaded 5 bytes\"}\n")
        fixture.calls.fail(with: WharfError(.invalidArgument, "not an archive"))
        let failed = try await fixture.call("POST", "/images/load", body: "12345")
        #expect(failed.status == 200)
        #expect(failed.body.hasSuffix("{\"errorDetail\":{\"message\":\"not an archive\"},\"error\":\"not an archive\"}\n"))
    }

    @Test func diskUsageIsShapedForItsReader() async throws {
        #expect(try await fixture.call("GET", "/system/df").body == "{\"ImageUsage\":{},\"ContainerUsage\":{}}\n")
        #expect(try await fixture.call("GET", "/system/df?type=image").body == "{\"ImageUsage\":{}}\n")
        let old = try await fixture.call("GET", "/v1.41/system/df?type=socks")
        #expect(old.body == "{\"Images\":null,\"Containers\":null,\"Volumes\":null,\"BuildCache\":null}\n")
    }
}
