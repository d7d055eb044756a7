// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Log drivers: options with Docker's errors, the daemon's defaults, and what the shim is told.

import Testing
import WharfDockerAPI
import WharfError
import WharfLogs
import WharfShimProtocol

@testable import WharfEngine

@Suite("log drivers") struct LogDriverTests {
    @Test("what is refused, in Docker's words") func refused() {
        for (driver, options, text) in [
            ("nosuch", [:], "logger: no log driver named 'nosuch' is registered"),
            ("json-file", ["bogus": "1"], "unknown log opt 'bogus' for json-file log driver"),
            ("local", ["bogus": "1"], "unknown log opt 'bogus' for log driver local"),
            ("json-file", ["mode": "odd"], "logger: logging mode not supported: odd"),
            ("json-file", ["mode": "non-blocking", "max-buffer-size": "x"], "error parsing option max-buffer-size: invalid size: 'x'"),
            ("local", ["max-buffer-size": "1m"], "logger: max-buffer-size option is only supported with 'mode=non-blocking'"),
            ("json-file", ["tag": "{{.Foo}}"], "invalid log opt tag: {{.Foo}}"),
        ] as [(String, [String: String], String)] {
            do {
                try LogDrivers.validate(LogConfig(type: driver, config: options))
                Issue.record("\(driver) \(options) was taken")
            } catch { #expect(error.message == text) }
        }
    }

    @Test("what is taken") func taken() throws {
        for (driver, options) in [
            ("none", ["whatever": "1"]), ("local", ["max-size": "1m", "max-file": "2", "compress": "false", "mode": "blocking"]),
            (
                "json-file",
                ["labels": "a,b", "env-regex": "^X", "tag": "{{.Name}}/{{ .ID }}", "mode": "non-blocking", "max-buffer-size": "4m"]
            ),
        ] as [(String, [String: String])] { try LogDrivers.validate(LogConfig(type: driver, config: options)) }
        #expect(try LogMode(LogConfig(type: "local", config: ["mode": "non-blocking"])).bufferSize == 1 << 20)
        #expect(try LogMode(LogConfig(type: "local")).bufferSize == nil)
    }

    @Test("the daemon's options count for its driver only") func defaults() {
        let daemon = LogConfig(type: "local", config: ["max-size": "1m", "max-file": "2"])
        func filled(_ log: LogConfig) -> LogConfig {
            var log = log
            log.fillDefaults(daemon)
            return log
        }
        #expect(filled(LogConfig()) == daemon)
        #expect(filled(LogConfig(type: "", config: ["max-file": "9"])).config == ["max-size": "1m", "max-file": "9"])
        #expect(filled(LogConfig(type: "json-file")) == LogConfig(type: "json-file", config: [:]))
    }

    @Test("a start tells the shim driver, bounds, queue and attributes") func targets() async throws {
        let fixture = try EngineFixture()
        let local = try await fixture.run {
            $1.logConfig = LogConfig(type: "local", config: ["mode": "non-blocking", "max-buffer-size": "2m"])
        }
        let first = try #require(fixture.tasks.lastRequest?.log)
        #expect(first.driver == .local && first.maxSize == 20 << 20 && first.bufferSize == 2 << 20)
        #expect(first.path.hasSuffix("/\(local.id)/local-logs/container.log"))
        #expect(try await fixture.containers.inspect(local.id).logPath.isEmpty)
        _ = try await fixture.run("named") { config, host in
            config.labels = ["a": "1", "b": "2"]
            config.env = ["X=y", "Z=w"]
            host.logConfig = LogConfig(type: "json-file", config: ["labels": "a", "env-regex": "^X$", "tag": "{{.Name}}"])
        }
        let second = try #require(fixture.tasks.lastRequest?.log)
        #expect(second.driver == .jsonFile && second.bufferSize == 0)
        #expect(String(decoding: second.attributes, as: UTF8.self) == #"{"X":"y","a":"1","tag":"named"}"#)
        #expect(LogAttributes.details(["b": "x y/z", "a": "1"]) == Array("a=1,b=x+y%2Fz".utf8))
    }
}
