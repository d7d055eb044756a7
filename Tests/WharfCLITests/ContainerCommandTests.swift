// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Verbs of containers against a daemon that answers as docker's does: what they ask, what they print, how they end.

import Testing
import WharfDockerAPI
import WharfHTTP
import WharfJSON
import WharfLinux

@testable import WharfCLI

@Suite struct ContainerCommandTests {
    private static let missing = FakeEngine.json(#"{"message":"No such container: gone"}"#, status: 404)

    @Test("several at once: names as they succeed, then errors", arguments: ["pause", "unpause"])
    func freezer(_ verb: String) async throws {
        let engine = try await FakeEngine { $0.contains("gone") ? Self.missing : HTTPResponse(204) }
        let outcome = await engine.run(verb, "a", "gone", "b")
        #expect(outcome.out == "a\nb\n" && outcome.code == 1)
        #expect(outcome.err == "Error response from daemon: No such container: gone\n")
        #expect(
            Set(engine.calls.map(\.line)) == ["POST /containers/a/\(verb)", "POST /containers/b/\(verb)", "POST /containers/gone/\(verb)"])
    }

    @Test func rename() async throws {
        let engine = try await FakeEngine { $0.contains("gone") ? Self.missing : HTTPResponse(204) }
        #expect(await engine.run("rename", "a", " b ").code == 0)
        #expect(engine.calls.map(\.line) == ["POST /containers/a/rename?name=b"])
        #expect(await engine.run("rename", "a", " ").err == "Error: Neither old nor new names may be empty\n")
        let outcome = await engine.run("rename", "gone", "b")
        #expect(
            outcome.err == "Error response from daemon: No such container: gone\nError: failed to rename container named gone\n"
                && outcome.code == 1)
    }

    @Test func port() async throws {
        let ports =
            #"{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"9/udp":[{"HostIp":"127.0.0.1","HostPort":"99"}],"1/tcp":null}"#
        let engine = try await FakeEngine { _ in FakeEngine.json("{\"NetworkSettings\":{\"Ports\":\(ports)}}") }
        #expect(await engine.run("port", "c").out == "9/udp -> 127.0.0.1:99\n80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n")
        #expect(await engine.run("port", "c", "80").out == "0.0.0.0:8080\n[::]:8080\n")
        #expect(await engine.run("port", "c", "9/udp").out == "127.0.0.1:99\n")
        #expect(await engine.run("port", "c", "1").err == "Error: No public port '1' published for c\n")
        #expect(await engine.run("port", "c", "x").err == "Error: invalid port (x): strconv.ParseUint: parsing \"x\": invalid syntax\n")
        let wrong = await engine.run("port")
        #expect(wrong.code == 1 && wrong.err.contains("requires at least 1 and at most 2 arguments"))
    }

    @Test("numbers in text order by their value")
    func order() {
        #expect(["b10", "b9", "a", "b09", "b"].sorted(by: ContainerPort.isBefore) == ["a", "b", "b9", "b09", "b10"])
    }

    @Test func top() async throws {
        let engine = try await FakeEngine { _ in
            FakeEngine.json(#"{"Titles":["UID","PID","CMD"],"Processes":[["root","17","sleep 9"]]}"#)
        }
        let outcome = await engine.run("top", "c", "-o", "pid,cmd")
        #expect(outcome.out == "UID                 PID                 CMD\nroot                17                  sleep 9\n")
        #expect(engine.calls.map(\.line) == ["GET /containers/c/top?ps_args=-o%20pid%2Ccmd"])
    }

    @Test func diff() async throws {
        let engine = try await FakeEngine { line in
            FakeEngine.json(line.contains("clean") ? "null" : #"[{"Kind":0,"Path":"/etc"},{"Kind":1,"Path":"/n"},{"Kind":2,"Path":"/o"}]"#)
        }
        #expect(await engine.run("diff", "c").out == "C /etc\nA /n\nD /o\n")
        #expect(await engine.run("container", "diff", "clean").out == "")
    }

    @Test func export() async throws {
        let engine = try await FakeEngine { _ in HTTPResponse(200, content: .bytes(Array("a tar".utf8))) }
        #expect(await engine.run("export", "-o", engine.path("out.tar"), "c").code == 0)
        #expect(try HostPath(engine.path("out.tar")).read(limit: 100) == Array("a tar".utf8))
        let nowhere = await engine.run("export", "-o", engine.path("none/out.tar"), "c")
        #expect(nowhere.code == 1 && nowhere.err.hasPrefix("failed to export container: invalid output path"))
        #expect(engine.calls.count == 1)
    }

    @Test func prune() async throws {
        let engine = try await FakeEngine(config: #"{"pruneFilters":["label=x","until=5h"]}"#) { _ in
            FakeEngine.json(#"{"ContainersDeleted":["abc"],"SpaceReclaimed":1234567}"#)
        }
        let outcome = await engine.run("container", "prune", "-f", "--filter", "until=1h")
        #expect(outcome.out == "Deleted Containers:\nabc\n\nTotal reclaimed space: 1.235MB\n")
        #expect(
            engine.calls.map(\.line) == [
                "POST /containers/prune?filters=%7B%22label%22%3A%7B%22x%22%3Atrue%7D%2C%22until%22%3A%7B%221h%22%3Atrue%7D%7D"
            ])
    }

    @Test func events() async throws {
        let event =
            #"{"status":"die","id":"abc","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"abc","Attributes":{"name":"c","exitCode":"3"}},"scope":"local","time":1136073845,"timeNano":1136073845000000001}"#
        let engine = try await FakeEngine { _ in FakeEngine.stream(event) }
        let plain = await engine.run("events", "--since", "1", "--filter", "type=container")
        #expect(
            plain.out.hasSuffix(".000000001Z container die abc (exitCode=3, name=c)\n")
                || plain.out.contains("container die abc (exitCode=3, name=c)"))
        #expect(engine.calls[0].line == "GET /events?since=1.000000000&filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D")
        #expect(
            await engine.run("events", "--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.exitCode}} {{.ID}} {{.TimeNano}}").out
                == "container die 3 abc 1136073845000000001\n")
        let json = await engine.run("system", "events", "--format", "json").out
        #expect(json.hasPrefix("{") && json.contains("\"Action\":\"die\"") && json.hasSuffix("}\n"))
        #expect(await engine.run("events", "--since", "soon").code == 1)
    }

    @Test func stats() async throws {
        let sample =
            #"{"name":"/c","id":"0123456789abcdef","read":"2026-01-01T00:00:01Z","preread":"2026-01-01T00:00:00Z","pids_stats":{"current":2},"blkio_stats":{"io_service_bytes_recursive":[{"major":8,"minor":0,"op":"Read","value":2000},{"major":8,"minor":0,"op":"write","value":500}]},"cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":2000,"online_cpus":2},"precpu_stats":{"cpu_usage":{"total_usage":100},"system_cpu_usage":1000},"memory_stats":{"usage":3145728,"stats":{"inactive_file":1048576},"limit":8388608},"networks":{"eth0":{"rx_bytes":1000,"tx_bytes":10},"eth1":{"rx_bytes":500,"tx_bytes":5}}}"#
        let engine = try await FakeEngine { line in
            line.contains("gone")
                ? Self.missing : line.contains("/json") ? FakeEngine.json(#"[{"Id":"0123456789abcdef"}]"#) : FakeEngine.stream(sample)
        }
        let table = await engine.run("stats", "--no-stream", "c")
        let words = table.out.split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
        #expect(words.prefix(7) == ["0123456789ab", "c", "40.00%", "2MiB", "/", "8MiB", "25.00%"])
        #expect(words.dropFirst(7) == ["1.5kB", "/", "15B", "2kB", "/", "500B", "2"])
        let json = await engine.run("stats", "--no-stream", "--no-trunc", "--format", "json")
        #expect(json.out.contains(#""BlockIO":"2kB / 500B","CPUPerc":"40.00%","Container":"0123456789ab","ID":"0123456789abcdef""#))
        let failed = await engine.run("stats", "--no-stream", "gone")
        #expect(failed.code == 1 && failed.err == "Error response from daemon: No such container: gone\n")
        #expect(engine.calls.map(\.line).contains("GET /containers/c/stats?stream=0"))
    }

    @Test("help is docker's, word for word", arguments: ["pause", "rename", "top", "stats", "cp", "events"])
    func help(_ verb: String) async throws {
        let engine = try await FakeEngine { _ in HTTPResponse(204) }
        let text = await engine.run(verb, "--help").out
        #expect(text.hasPrefix("Usage:  wharf \(verb) "))
        #expect(text.contains("\n\nAliases:\n  wharf "))
    }
}
