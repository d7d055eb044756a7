// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// TLS before a plain server of a test: certificates made on the spot, and a pump that knows no HTTP.

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An authority of the test process, and certificates of it. Made once by openssl.
public struct TestCertificates: Sendable {
    private let folder: TemporaryDirectory

    /// The one of this process.
    public static func shared() throws -> TestCertificates { try made.get() }

    private static let made: Result<TestCertificates, any Error> = Result {
        let certificates = try TestCertificates()
        // A static is never released: its folder goes when the process does.
        atexit { try? TestCertificates.made.get().folder.remove() }
        return certificates
    }

    private init() throws {
        folder = try TemporaryDirectory("tls")
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=wharf test authority", "-keyout", folder.path("ca.key"), "-out", folder.path("ca.crt"),
        ])
    }

    /// The path of the authority's certificate.
    public var authority: String { folder.path("ca.crt") }

    /// A certificate for a name; with the loopback address too, where the name is `localhost`. Gives the paths of chain and key.
    public func issue(_ name: String, forClient: Bool = false) throws -> (chain: String, key: String) {
        let id = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        let (chain, key, request) = (folder.path("\(id).crt"), folder.path("\(id).key"), folder.path("\(id).csr"))
        let names = name == "localhost" ? "DNS:localhost,IP:127.0.0.1" : "DNS:\(name)"
        try folder.write("\(id).ext", Array("subjectAltName=\(names)\nextendedKeyUsage=\(forClient ? "clientAuth" : "serverAuth")\n".utf8))
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", key, "-out", request,
        ])
        try openssl([
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder.path("ca.key"), "-set_serial", "\(id + 2)",
            "-days", "2", "-extfile", folder.path("\(id).ext"), "-out", chain,
        ])
        return (chain, key)
    }

    private static let counter = Atomic(0)

    private func openssl(_ arguments: [String]) throws { try runTool("/usr/bin/openssl", arguments) }
}

/// Speaks TLS on a port of its own and passes everything on to another port of this machine.
final class TLSFront: Sendable {
    let port: Int
    private let channel: any Channel

    private init(channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    static func start(before target: Int, name: String) async throws -> TLSFront {
        let pair = try TestCertificates.shared().issue(name)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(pair.chain).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem)))
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { inbound in
                // Nothing is read from the client before there is somewhere to pass it on to.
                ClientBootstrap(group: inbound.eventLoop).connect(host: "127.0.0.1", port: target).flatMapThrowing { outbound in
                    let pipeline = inbound.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(Pump(to: outbound))
                    try outbound.pipeline.syncOperations.addHandler(Pump(to: inbound))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TLSFront(channel: channel)
    }

    func stop() async { try? await channel.close().get() }
}

/// Passes bytes to the other side, and the end.
private final class Pump: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel

    init(to peer: any Channel) { self.peer = peer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { peer.writeAndFlush(unwrapInboundIn(data), promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Runs a program to its end; its output only when it fails.
private func runTool(_ path: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestFailure("\(path): \(String(decoding: text, as: UTF8.self))") }
}
