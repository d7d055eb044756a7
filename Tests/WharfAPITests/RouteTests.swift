// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Each route over fakes: which call of the engine it makes of a request, and what it answers.

import Testing
import WharfDockerAPI
import WharfError
import WharfHTTP

@testable import WharfAPI

@Suite struct RouteTests {
    private let fixture = APIFixture()

    /// Method, path, the engine's call, the status.
    @Test(arguments: [
        ("GET", "/containers/json", "list all=false limit=0", 200),
        ("GET", "/containers/json?all=1&limit=3", "list all=true limit=3", 200),
        ("GET", "/containers/json?all=False", "list all=false limit=0", 200),
        ("GET", "/containers/abc/json?size=true", "inspect abc size=true", 200),
        ("POST", "/containers/abc/start", "start abc", 204),
        ("POST", "/containers/abc/stop?t=3&signal=INT", "stop abc INT 3", 204),
        ("POST", "/v1.41/containers/abc/stop?t=-1&signal=INT", "stop abc  -1", 204),
        ("POST", "/containers/abc/stop", "stop abc  -", 204),
        ("POST", "/containers/abc/restart", "restart abc", 204),
        ("POST", "/containers/abc/kill?signal=9", "kill abc 9", 204),
        ("POST", "/containers/abc/pause", "pause abc", 204),
        ("POST", "/containers/abc/unpause", "unpause abc", 204),
        ("POST", "/containers/abc/rename?name=x", "rename abc x", 204),
        ("POST", "/containers/abc/resize?h=24&w=80", "resize abc 24x80", 200),
        ("DELETE", "/containers/abc?force=1&v=1", "remove abc force=true volumes=true link=false", 204),
        ("POST", "/containers/abc/wait", "wait abc not-running", 200),
        ("POST", "/containers/abc/wait?condition=removed", "wait abc removed", 200),
        ("POST", "/v1.29/containers/abc/wait?condition=removed", "wait abc not-running", 200),
        ("GET", "/containers/abc/logs?stdout=1&follow=1&tail=5&since=12.5", "logs abc follow=true tail=5 since=12.500000000", 200),
        ("GET", "/containers/abc/logs?stdout=1&tail=all", "logs abc follow=false tail=all since=-", 200),
        ("POST", "/exec/e1/resize?h=1&w=2", "exec resize e1 1x2", 200),
        ("GET", "/exec/e1/json", "exec inspect e1", 200),
        ("GET", "/images/json", "images list", 200),
        ("GET", "/images/host:5000/a/b:tag/json", "image inspect host:5000/a/b:tag", 200),
        ("GET", "/images/a%2Fb/json", "image inspect a/b", 200),
        ("GET", "/images/json/json", "image inspect json", 200),
        ("GET", "/images/a/b/history", "image history a/b", 200),
        ("POST", "/images/a/b/tag?repo=x/y&tag=1", "tag a/b x/y 1", 201),
        ("DELETE", "/images/a/b:c?force=1", "image remove a/b:c force=true", 200),
    ])
    func callsTheEngine(_ method: String, _ path: String, _ call: String, _ status: Int) async throws {
        let answer = try await fixture.call(method, path)
        #expect(fixture.calls.list == [call])
        #expect(answer.status == status)
        #expect(status != 204 || answer.body.isEmpty)
    }

    @Test func anUpdateGoesToTheEngineAndItsWarningsBack() async throws {
        let answer = try await fixture.call(
            "POST", "/containers/abc/update", ["Content-Type": "application/json"],
            body: #"{"CpuShares":512,"RestartPolicy":{"Name":"always"}}"#)
        #expect(answer.status == 200 && answer.body == "{\"Warnings\":[\"mind the gap\"]}\n")
        #expect(fixture.calls.list == ["update abc shares=512 policy=always"])
        #expect(try await fixture.call("POST", "/containers/abc/update").status == 400)
    }

    @Test(arguments: [
        ("POST", "/containers/abc/stop?t=x"), ("POST", "/containers/abc/resize?h=a&w=1"), ("POST", "/containers/abc/resize?h=70000&w=1"),
        ("POST", "/containers/abc/wait?condition=never"), ("GET", "/containers/json?limit=x"), ("GET", "/containers/json?filters=%7B"),
        ("GET", "/containers/abc/logs?stdout=1&since=yesterday"), ("GET", "/events?since=x"),
    ])
    func refusesParameters(_ method: String, _ path: String) async throws {
        let answer = try await fixture.call(method, path)
        #expect(answer.status == 400)
        #expect(fixture.calls.list == [])
    }

    @Test func startTakesNoConfiguration() async throws {
        #expect(try await fixture.post("/containers/x/start", json: "{}").status == 204)
        #expect(try await fixture.post("/containers/x/start", json: #"{"Binds":["/:/x"]}"#).status == 400)
    }

    @Test func execsAreMadeAndStarted() async throws {
        let made = try await fixture.post("/containers/abc/exec", json: #"{"Cmd":["ls"]}"#)
        #expect(made.status == 201)
        #expect(made.body == "{\"Id\":\"e1\"}\n")
        let detached = try await fixture.post("/exec/e1/start", json: #"{"Detach":true}"#)
        #expect(detached.status == 200 && !detached.isHijacked)
        let upgrade: WharfHTTP.HTTPHeaders = ["Content-Type": "application/json", "Connection": "Upgrade", "Upgrade": "tcp"]
        let attached = try await fixture.call("POST", "/exec/e1/start", upgrade, body: #"{"Tty":false}"#)
        #expect(attached.status == 101 && attached.isHijacked)
        #expect(attached.headers["Content-Type"] == "application/vnd.docker.multiplexed-stream")
        #expect(fixture.calls.list == ["exec create abc [\"ls\"]", "exec detached e1", "exec start e1"])
    }

    @Test func attachesWithAndWithoutUpgrade() async throws {
        var fixture = fixture
        let path = "/containers/abc/attach?stream=1&stdin=1&detachKeys=ctrl-a"
        let upgrade: WharfHTTP.HTTPHeaders = ["Connection": "Upgrade", "Upgrade": "tcp"]
        let new = try await fixture.call("POST", path, upgrade)
        #expect(new.status == 101 && new.isHijacked)
        #expect(new.headers["Upgrade"] == "tcp")
        #expect(new.headers["Content-Type"] == "application/vnd.docker.multiplexed-stream")
        let older = try await fixture.call("POST", "/v1.41" + path, upgrade)
        #expect(older.headers["Content-Type"] == "application/vnd.docker.raw-stream")
        let legacy = try await fixture.call("POST", path)
        #expect(legacy.status == 200 && legacy.isHijacked)
        #expect(legacy.headers["Content-Type"] == "application/vnd.docker.raw-stream")
        fixture.isTTY = true
        let tty = try await fixture.call("POST", path, upgrade)
        #expect(tty.headers["Content-Type"] == "application/vnd.docker.raw-stream")
        #expect(Set(fixture.calls.list) == ["attach abc stdin=true stream=true keys=ctrl-a"])
        fixture.calls.fail(with: WharfError(.notFound, "No such container: abc"))
        let missing = try await fixture.call("POST", path, upgrade)
        #expect(missing.status == 404 && !missing.isHijacked)
    }

    @Test func logsAreStreams() async throws {
        let plain = try await fixture.call("GET", "/containers/abc/logs?stdout=1")
        #expect(plain.body == "a line\n" && !plain.outlivesClient)
        #expect(plain.headers["Content-Type"] == "application/vnd.docker.multiplexed-stream")
        #expect(
            try await fixture.call("GET", "/v1.41/containers/abc/logs?stdout=1").headers["Content-Type"]
                == "application/vnd.docker.raw-stream")
    }

    @Test func waitAnswersBehindItsHead() async throws {
        var fixture = fixture
        #expect(try await fixture.call("POST", "/containers/abc/wait").body == "{\"StatusCode\":7}\n")
        fixture.exit = .failure(WharfError(.internal, "lost"))
        let failed = try await fixture.call("POST", "/containers/abc/wait")
        #expect(failed.status == 200)
        #expect(failed.body.contains("lost"))
    }

    @Test func eventsComeOneALine() async throws {
        let answer = try await fixture.call("GET", "/events?since=5&until=6")
        #expect(answer.body.split(separator: "\n").count == 2)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(fixture.calls.list == ["events 1970-01-01T00:00:05Z 1970-01-01T00:00:06Z"])
    }

    @Test(arguments: [
        "GET /swarm", "POST /swarm/init", "GET /services", "GET /nodes/x", "GET /tasks", "POST /secrets/create", "GET /configs",
    ])
    func isNoSwarmManager(_ line: String) async throws {
        let words = line.split(separator: " ").map(String.init)
        let answer = try await fixture.call(words[0], words[1])
        #expect(answer.status == 503)
        #expect(
            answer.body
                == #"{"message":"This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."}"#
                + "\n")
    }

    @Test func whatIsMissingSaysSo() async throws {
        #expect(try await fixture.call("GET", "/plugins").body == "[]\n")
        #expect(try await fixture.call("GET", "/volumes").body == "{\"Volumes\":[],\"Warnings\":null}\n")
        for path in ["/session", "/grpc", "/build", "/build/prune", "/containers/x/checkpoints"] {
            let answer = try await fixture.call("POST", path)
            #expect(answer.status == 501, "\(path)")
            #expect(!answer.isHijacked)
        }
    }
}
