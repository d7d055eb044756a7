// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What people look at: lists, logs, the texts of states, the files of the network.

import Synchronization
import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfLogs

@testable import WharfEngine

@Suite("list, logs and texts", .timeLimit(.minutes(1))) struct ContainerViewTests {
    private func names(_ fixture: EngineFixture, all: Bool = true, limit: Int = 0, _ pairs: (String, String)...) async throws -> [String] {
        var filters = Filters()
        for (key, value) in pairs { filters.add(key, value) }
        return try await fixture.containers.list(.init(all: all, limit: limit, filters: filters)).map { String($0.names[0].dropFirst()) }
    }

    @Test("filters") func filters() async throws {
        let fixture = try EngineFixture()
        let first = try await fixture.create("first") { config, _ in config.labels = ["a": "1"] }
        let (second, task) = try await fixture.run("second") { config, _ in config.labels = ["a": "2"] }
        _ = try await fixture.run("third")
        #expect(try await names(fixture) == ["third", "second", "first"])
        #expect(try await names(fixture, all: false) == ["third", "second"])
        #expect(try await names(fixture, all: false, limit: 1) == ["third"])
        #expect(try await names(fixture, ("name", "^/sec")) == ["second"])
        #expect(try await names(fixture, ("name", "ir")) == ["third", "first"])
        #expect(try await names(fixture, ("id", String(first.prefix(12)))) == ["first"])
        #expect(try await names(fixture, ("label", "a")) == ["second", "first"])
        #expect(try await names(fixture, ("label", "a=2")) == ["second"])
        #expect(try await names(fixture, all: false, ("status", "created")) == ["first"])
        #expect(try await names(fixture, ("before", "third")) == ["second", "first"])
        #expect(try await names(fixture, ("since", "first")) == ["third", "second"])
        #expect(try await names(fixture, ("ancestor", "busybox")).count == 3)
        #expect(try await names(fixture, ("ancestor", "other")).isEmpty)
        task.exit(3)
        _ = try await fixture.containers.wait(second).value()
        #expect(try await names(fixture, ("exited", "3")) == ["second"])
        #expect(try await names(fixture, ("exited", "0")).isEmpty)
        _ = await failure(.invalidArgument) { _ = try await names(fixture, ("odd", "1")) }
        _ = await failure(.invalidArgument) { _ = try await names(fixture, ("status", "odd")) }
        _ = await failure(.notFound) { _ = try await names(fixture, ("before", "nobody")) }
    }

    @Test("a summary") func summary() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run("web") { config, _ in config.cmd = ["sh", "-c", "a b"] }
        let summary = try #require(try await fixture.containers.list(.init(size: true)).first)
        #expect(summary.id == id && summary.names == ["/web"] && summary.image == "busybox" && summary.imageID == FakeImages.imageID)
        #expect(summary.command == "sh -c 'a b'")
        #expect(summary.state == "running" && summary.status.hasPrefix("Up "))
        #expect(summary.sizeRw == 100 && summary.sizeRootFs == 1100)
        #expect(summary.networkSettings?.networks?.keys.first == "none")
    }

    @Test("ages in one rough unit") func ages() {
        let cases: [(Int, String)] = [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (150, "2 minutes"),
            (3600, "About an hour"), (7200, "2 hours"), (3 * 86_400, "3 days"), (20 * 86_400, "2 weeks"), (100 * 86_400, "3 months"),
            (1000 * 86_400, "2 years"),
        ]
        for (seconds, text) in cases { #expect(ContainerRunState.age(.seconds(seconds)) == text) }
    }

    @Test("the files of a container's network") func networkFiles() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create { config, host in
            config.hostname = "a.b.example"
            host.extraHosts = ["gw:10.0.0.1", "six:[::1]"]
            host.dns = ["9.9.9.9"]
            host.dnsSearch = ["example.test"]
        }
        let record = try #require(fixture.containers.table.record(id))
        let files = ContainerNetworkFiles(
            record, hostHosts: "1.1.1.1 host\n", hostResolvConf: "nameserver 8.8.8.8\nsearch old\noptions ndots:1\n")
        #expect(files.hostname == "a.b.example\n")
        #expect(files.hosts.contains("127.0.0.1\tlocalhost\n") && files.hosts.hasSuffix("127.0.0.1\ta.b.example a\n"))
        #expect(files.hosts.contains("10.0.0.1\tgw\n::1\tsix\n") && !files.hosts.contains("1.1.1.1"))
        #expect(files.resolvConf == "options ndots:1\nnameserver 9.9.9.9\nsearch example.test\n")
        let onHost = try await fixture.create { $1.networkMode = "host" }
        let copied = ContainerNetworkFiles(
            try #require(fixture.containers.table.record(onHost)), hostHosts: "1.1.1.1 host", hostResolvConf: "nameserver 8.8.8.8\n")
        #expect(copied.hosts == "1.1.1.1 host\n" && copied.resolvConf == "nameserver 8.8.8.8\n")
        #expect(copied.hostname == "host.example\n")
    }

    @Test("paths by their text") func paths() {
        let cases = [
            ("/", "/"), ("/a//b/./c/", "/a/b/c"), ("/a/../..", "/"), ("a/../..", ".."), ("", "."), ("./a", "a"), ("/../x", "/x"),
        ]
        for (path, clean) in cases { #expect(CleanPath.clean(path) == clean) }
    }

    @Test("log sizes") func logSizes() throws {
        func rotation(_ options: [String: String]) throws -> LogRotation { try LogRotation(LogConfig(type: "json-file", config: options)) }
        #expect(try rotation([:]).maxSize == 10 << 20)
        #expect(try rotation([:]).maxFiles == 5)
        #expect(try rotation([:]).isCompressed)
        #expect(try rotation(["max-size": "-1"]).maxSize == 0)
        #expect(try rotation(["max-file": "2"]).maxFiles == 2)
        #expect(try rotation(["compress": "false"]).isCompressed == false)
        #expect(try rotation(["max-size": "10m", "max-file": "3"]) == rotation(["max-size": "10240k", "max-file": "3"]))
        #expect(try rotation(["max-size": "1gb"]).maxSize == 1 << 30)
        for bad in [["max-size": "x"], ["max-size": "0"], ["max-file": "0"], ["max-file": "2", "max-size": "-1"], ["compress": "x"]] {
            #expect(throws: WharfError.self) { try rotation(bad) }
        }
    }

    // MARK: Logs

    private final class Output: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    private func line(_ text: String, _ stream: String = "stdout", second: Int = 1) -> [UInt8] {
        Array("{\"log\":\"\(text)\\n\",\"stream\":\"\(stream)\",\"time\":\"2026-01-02T03:04:0\(second)Z\"}\n".utf8)
    }

    private func append(_ bytes: [UInt8], to path: HostPath) throws {
        try path.open([.write, .append, .create], permissions: 0o600).writeAll(bytes)
    }

    @Test("the past, framed or raw, stamped") func pastLogs() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run { config, _ in config.tty = true }
        try append(line("one") + line("two", second: 2), to: fixture.containers.directory.log(id))
        var options = ContainerLogsOptions()
        options.stdout = true
        options.timestamps = true
        options.tail = 1
        let output = Output()
        let stream = try await fixture.containers.logs(id, options: options)
        #expect(stream.isTTY)
        try await stream.run { output.add($0) }
        #expect(output.text == "2026-01-02T03:04:02.000000000Z two\n")
        let (plain, _) = try await fixture.run()
        try append(line("err", "stderr"), to: fixture.containers.directory.log(plain))
        options.stderr = true
        options.timestamps = false
        let framed = Output()
        try await fixture.containers.logs(plain, options: options).run { framed.add($0) }
        #expect(Array(framed.text.utf8) == [2, 0, 0, 0, 0, 0, 0, 4] + Array("err\n".utf8))
    }

    @Test("following ends with the container, behind its last line") func follows() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run { config, _ in config.tty = true }
        let path = fixture.containers.directory.log(id)
        try append(line("one"), to: path)
        var options = ContainerLogsOptions()
        options.stdout = true
        options.follow = true
        let stream = try await fixture.containers.logs(id, options: options)
        let output = Output()
        let line = line("two")
        try await stream.run { bytes in
            output.add(bytes)
            if output.text == "one\n" {
                try append(line, to: path)
            } else {
                task.exit(0)
            }
        }
        #expect(output.text == "one\ntwo\n")
        #expect(fixture.containers.table.waiterCount(id) == 0)
    }

    @Test("what is refused") func refusals() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create { $1.logConfig.type = "none" }
        var options = ContainerLogsOptions()
        _ = await failure(.invalidArgument) { _ = try await fixture.containers.logs(id, options: options) }
        options.stdout = true
        let text = await failure(.notImplemented) { _ = try await fixture.containers.logs(id, options: options) }
        #expect(text == "configured logging driver does not support reading")
    }

    @Test("patterns of the reference filter") func shellPatterns() {
        for (pattern, text) in [("busy*", "busybox"), ("*/app:v?", "me/app:v1"), ("[a-c]x", "bx"), ("a\\*", "a*"), ("*", "x")] {
            #expect(ShellPattern.matches(pattern, text))
        }
        for (pattern, text) in [("busy*", "me/busybox"), ("*", "a/b"), ("[^a]x", "ax"), ("a", "ab"), ("", "a")] {
            #expect(!ShellPattern.matches(pattern, text))
        }
    }
}
