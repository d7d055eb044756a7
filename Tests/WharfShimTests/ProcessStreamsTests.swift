// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Streams between a process, its log and its clients, with pipes and sockets and without any container.

import Glibc
import Testing
import WharfLinux
import WharfLogs
import WharfShimProtocol
import WharfTestKit

@testable import WharfShim

@Suite struct ProcessStreamsTests {
    /// A process's streams with the test at the process's side.
    private final class Bench {
        let loop: EventLoop
        var streams: ProcessStreams?
        var theirs: ProcessEnds
        var closed: [UInt64] = []
        var detached: [UInt64] = []
        var isSilent = false

        init(stdin: Bool = false, once: Bool = false, log: LogAppender? = nil) throws {
            loop = try EventLoop()
            let ours: StandardStreams
            (ours, theirs) = try StandardStreams.pipes(stdin: stdin, output: true)
            streams = try ProcessStreams(
                ours, log: log, closesInputWithClient: once, loop: loop,
                actions: ProcessStreams.Actions(
                    clientClosed: { [unowned self] in closed.append($0) }, clientDetached: { [unowned self] in detached.append($0) },
                    logRotated: {},
                    outputEnded: { [unowned self] in
                        isSilent = true
                        streams?.endClients()
                    }))
        }

        /// Lets the loop work until the condition holds.
        func work(until condition: () -> Bool) throws {
            var isLate = false
            let deadline = loop.after(.seconds(20)) { isLate = true }
            defer { loop.cancel(deadline) }
            while !condition() {
                guard !isLate else { throw TestFailure("the loop did not get there") }
                try loop.runRound()
            }
        }

        /// Attaches and gives the client's end.
        func attach(_ change: (inout AttachRequest) -> Void = { _ in }) throws -> Descriptor {
            let (near, far) = try UnixSocket.pair()
            var request = AttachRequest()
            (request.token, request.stdout, request.stderr) = (7, true, true)
            change(&request)
            try streams?.attach(request, far)
            return near
        }

        func endOutput() {
            theirs.stdout?.close()
            theirs.stderr?.close()
        }
    }

    @Test func outputIsFramedPerStreamAndLogged() throws {
        let directory = try TemporaryDirectory("shim")
        let bench = try Bench(log: LogAppender(path: directory.path("log"), maxSize: 0))
        let client = try bench.attach()
        try bench.theirs.stdout?.writeAll(Array("out\n".utf8))
        try bench.theirs.stderr?.writeAll(Array("err".utf8))
        bench.endOutput()
        try bench.work { bench.isSilent }
        let bytes = try client.readAll(limit: 1000)
        let expected = [StreamFraming.frame(.stdout, Array("out\n".utf8)), StreamFraming.frame(.stderr, Array("err".utf8))]
        #expect(bytes == expected[0] + expected[1] || bytes == expected[1] + expected[0])
        #expect(bench.closed == [7])
        var reader = try LogReader(path: directory.path("log"))
        #expect(Set(try reader.next().map { String(decoding: $0.line, as: UTF8.self) }) == ["out\n", "err"])
    }

    @Test func rawClientsAndUnwantedStreams() throws {
        let bench = try Bench()
        let raw = try bench.attach { $0.framing = .raw }
        let onlyErrors = try bench.attach { ($0.stdout, $0.framing) = (false, .raw) }
        try bench.theirs.stdout?.writeAll([1, 2])
        try bench.work { (try? raw.waitReadable(timeout: .zero)) ?? false }
        try bench.theirs.stderr?.writeAll([3])
        bench.endOutput()
        try bench.work { bench.isSilent }
        #expect(try raw.readAll(limit: 10) == [1, 2, 3])
        #expect(try onlyErrors.readAll(limit: 10) == [3])
    }

    @Test func inputEndsWithItsClientWhereAskedFor() throws {
        let bench = try Bench(stdin: true, once: true)
        let client = try bench.attach { request in
            request.stdin = true
            request.initialBytes = Array("early ".utf8)
        }
        try client.writeAll(Array("late".utf8))
        try UnixSocket.shutdownWriting(client)
        let stdin = try #require(bench.theirs.stdin)
        var input: [UInt8] = []
        try bench.work {
            guard (try? stdin.waitReadable(timeout: .zero)) ?? false else { return false }
            let count = withUnsafeTemporaryAllocation(byteCount: 100, alignment: 1) { buffer in
                let count = (try? stdin.read(into: buffer)) ?? -1
                input += buffer.prefix(max(count, 0))
                return count
            }
            return count == 0
        }
        #expect(input == Array("early late".utf8))
        // The client still gets the output.
        try bench.theirs.stdout?.writeAll([1])
        bench.endOutput()
        try bench.work { bench.isSilent }
        #expect(try client.readAll(limit: 100) == StreamFraming.frame(.stdout, [1]))
    }

    @Test func elseTheAttachEndsAndInputStaysOpen() throws {
        let bench = try Bench(stdin: true)
        let client = try bench.attach { $0.stdin = true }
        try UnixSocket.shutdownWriting(client)
        try bench.work { bench.closed == [7] }
        #expect(try client.readAll(limit: 10).isEmpty)
        let again = try bench.attach { $0.stdin = true }
        try again.writeAll([9])
        let stdin = try #require(bench.theirs.stdin)
        try bench.work { (try? stdin.waitReadable(timeout: .zero)) ?? false }
    }

    @Test func detachKeysEndTheAttachOnly() throws {
        let bench = try Bench(stdin: true, once: true)
        let client = try bench.attach { ($0.stdin, $0.detachKeys) = (true, [16, 17]) }
        try client.writeAll([1, 16])
        try bench.work { (try? bench.theirs.stdin?.waitReadable(timeout: .zero)) ?? false }
        try client.writeAll([17])
        try bench.work { bench.detached == [7] }
        #expect(bench.closed.isEmpty)
        #expect(try client.readAll(limit: 10).isEmpty)
        #expect(bench.streams?.hasClients == false)
    }

    @Test func aSlowClientPausesTheStreamAndADeadOneDoesNot() throws {
        let bench = try Bench()
        let slow = try bench.attach { $0.framing = .raw }
        let dead = try bench.attach { $0.token = 8 }
        dead.close()
        let stdout = try #require(bench.theirs.stdout)
        try stdout.setNonBlocking(true)
        let piece = [UInt8](repeating: 65, count: 4096)
        // Nobody reads: the socket, the backlog and the pipe fill up, and then nothing more is taken.
        var written = 0
        var refusals = 0
        try bench.work {
            guard let count = try? piece.withUnsafeBytes({ try stdout.write($0) }) else {
                refusals += 1
                // A timer, so that the loop has something to wait for when everything stands still.
                bench.loop.after(.milliseconds(1)) {}
                return refusals > 500
            }
            (written, refusals) = (written + count, 0)
            bench.loop.after(.milliseconds(1)) {}
            return false
        }
        #expect(bench.closed == [8])
        #expect(written > ProcessStreams.longestBacklog)
        #expect(written < ProcessStreams.longestBacklog * 2)
        // It reads: everything comes, nothing is lost.
        bench.endOutput()
        try slow.setNonBlocking(true)
        var received = 0
        var isEnd = false
        try bench.work {
            bench.loop.after(.milliseconds(1)) {}
            let count = withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { (try? slow.read(into: $0)) ?? -1 }
            received += max(count, 0)
            isEnd = count == 0
            return isEnd
        }
        #expect(received == written)
    }

    @Test func aThousandDroppedClientsLeaveNothing() throws {
        let bench = try Bench(stdin: true)
        let before = try HostPath("/proc/self/fd").entries().count
        for _ in 0..<1000 { try bench.attach { $0.stdin = true }.close() }
        try bench.work { bench.closed.count == 1000 }
        #expect(try HostPath("/proc/self/fd").entries().count < before + 100)
        #expect(bench.streams?.hasClients == false)
    }
}
