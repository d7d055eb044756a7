// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The name server on this machine's loopback, with upstreams that answer, refuse, lie or keep silent.

import Logging
import NIOCore
import NIOPosix
import Testing
import WharfDNS
import WharfLinux

@testable import WharfNetworks

@Suite("name server of a sandbox") struct NameServerTests {
    @Test("names of the networks are answered, over both ways", arguments: [Transport.datagram, .stream]) func own(
        way: Transport
    ) async throws {
        try await Running.with(upstreams: []) { server in
            let answer = try await server.ask("web", by: way)
            #expect(answer?.suffix(4) == [10, 1, 0, 2])
        }
    }

    @Test("other names are asked of the first upstream that can say", arguments: [Transport.datagram, .stream])
    func other(way: Transport) async throws {
        try await Running.with(upstreams: [.closed, .failing, .answering([192, 0, 2, 1]), .answering([192, 0, 2, 2])]) { server in
            let answer = try await server.ask("www.example.com", by: way)
            #expect(answer?.suffix(4) == [192, 0, 2, 1])
        }
    }

    @Test("a name that does not exist is final") func nameError() async throws {
        try await Running.with(upstreams: [.nameError, .answering([192, 0, 2, 1])]) { server in
            let answer = try await server.ask("www.example.com")
            #expect(answer?[3] == 0x83)
        }
    }

    @Test("an upstream that keeps silent is passed over") func silent() async throws {
        try await Running.with(upstreams: [.silent, .answering([192, 0, 2, 1])], patience: .milliseconds(50)) { server in
            let answer = try await server.ask("www.example.com")
            #expect(answer?.suffix(4) == [192, 0, 2, 1])
        }
    }

    @Test("a forged answer is passed over for the right one") func forged() async throws {
        try await Running.with(upstreams: [.lyingFirst([192, 0, 2, 1])]) { server in
            let answer = try await server.ask("www.example.com")
            #expect(answer?.suffix(4) == [192, 0, 2, 1])
        }
    }

    @Test("without upstreams other names fail at once", arguments: [Transport.datagram, .stream]) func none(way: Transport) async throws {
        try await Running.with(upstreams: []) { server in
            let answer = try await server.ask("www.example.com", by: way)
            #expect(answer.map { $0[3] & 0xF } == 2)
        }
    }

    @Test("many names at one time get their own answers") func many() async throws {
        try await Running.with(upstreams: [.answering([192, 0, 2, 1])]) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let way = number % 2 == 0 ? Transport.datagram : .stream
                        let isOwn = number % 3 == 0
                        let answer = try await server.ask(isOwn ? "web" : "h\(number).example", by: way)
                        #expect(answer?.suffix(4) == (isOwn ? [10, 1, 0, 2] : [192, 0, 2, 1]), "\(number)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("what is no question gets no answer, and the next one does") func garbage() async throws {
        try await Running.with(upstreams: []) { server in
            try await server.send([1, 2, 3])
            let answer = try await server.ask("web")
            #expect(answer?.suffix(4) == [10, 1, 0, 2])
        }
    }

    @Test("the sockets are free again when the server is closed") func closed() async throws {
        var port: UInt16 = 0
        try await Running.with(upstreams: []) { port = $0.sockets.datagramPort }
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: Int(port))
            .get()
        try await channel.close()
    }
}
