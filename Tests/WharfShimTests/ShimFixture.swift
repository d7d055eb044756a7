// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A real shim with the test in the daemon's place, and a root file system of busybox.

import Foundation
import WharfLinux
import WharfShimProtocol
import WharfTestKit

/// A daemon's side of one connection, blocking.
final class ShimDaemon {
    let socket: Descriptor
    private var reader = FrameReader()
    private var lastID: UInt64 = 0
    private(set) var events: [ShimEvent] = []
    private var replies: [UInt64: ShimReply] = [:]
    private(set) var hello: Hello?

    /// Says hello on a connected socket.
    init(_ socket: Descriptor, containerID: String, version: UInt32 = ShimProtocol.version) throws {
        self.socket = socket
        try send(.hello(Hello(version: version, containerID: containerID, bootID: "test")))
    }

    func send(_ message: ShimMessage, id: UInt64 = 0, _ descriptors: [Descriptor] = []) throws {
        try UnixSocket.sendAll(message.frame(id: id, descriptors: descriptors).bytes, descriptors: descriptors, to: socket)
    }

    /// Asks and waits for the answer.
    @discardableResult
    func ask(_ request: ShimRequest, _ descriptors: [Descriptor] = []) throws -> ShimReply {
        lastID += 1
        try send(.request(request), id: lastID, descriptors)
        while true {
            if let reply = replies.removeValue(forKey: lastID) { return reply }
            try receive()
        }
    }

    /// Waits for an event.
    @discardableResult
    func event<T>(_ wanted: (ShimEvent) -> T?) throws -> T {
        while true {
            for (index, event) in events.enumerated() {
                if let value = wanted(event) {
                    events.remove(at: index)
                    return value
                }
            }
            try receive()
        }
    }

    /// Waits for the end of a process.
    func exit(of process: String = "") throws -> ExitRecord {
        try event { event in
            if case .exited(let name, let record) = event, name == process { record } else { nil }
        }
    }

    private func receive() throws {
        guard try socket.waitReadable(timeout: .seconds(30)) else { throw TestFailure("the shim said nothing for 30 s") }
        if try reader.fill(from: socket, nonBlocking: false) == .end { throw TestFailure("the shim closed the connection") }
        while let frame = try reader.next() {
            switch try ShimMessage(frame) {
            case .hello(let hello): self.hello = hello
            case .reply(let reply): replies[frame.id] = reply
            case .event(let event): events.append(event)
            case .request, .unknown: throw TestFailure("the shim sent message \(frame.kind)")
            }
        }
    }
}

/// A shim's process and its folders. Killed with the last reference, if it still runs.
final class ShimFixture {
    static let canRun = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: Programs.shim)

    let id: String
    let directory: TemporaryDirectory
    let process: PidFD
    let processID: Int32
    var daemon: ShimDaemon
    private let sockets: Descriptor

    var log: String { directory.path("log") }
    var exitFile: String { directory.path("exit") }

    init() throws {
        id = "s" + UUID().uuidString.lowercased()
        directory = try TemporaryDirectory("shim")
        for name in ["s", "rootfs/bin", "rootfs/proc", "rootfs/dev", "rootfs/sys", "rootfs/etc"] {
            try HostPath(directory.path(name)).mkdir(permissions: 0o755)
        }
        try copyProgram("/bin/busybox", to: HostPath(directory.path("rootfs/bin/busybox")))
        for applet in ["sh", "cat", "sleep", "stty", "echo"] {
            try FileManager.default.createSymbolicLink(atPath: directory.path("rootfs/bin/\(applet)"), withDestinationPath: "busybox")
        }
        sockets = try HostPath(directory.path("s")).openDirectory()
        let (near, far) = try UnixSocket.pair()
        let null = try HostPath("/dev/null").open(.readWrite)
        let spawned = try spawn(
            HostPath(Programs.shim).open(), arguments: ["wharf-shim", "--id", id, "--socket", "sock"],
            descriptors: [null, null, null, far, sockets])
        (process, processID) = (PidFD(spawned.pidfd), spawned.pid)
        far.close()
        daemon = try ShimDaemon(near, containerID: id)
    }

    deinit {
        // It has ended in most tests.
        try? process.send(SIGKILL)
        _ = try? process.wait()
    }

    /// Connects as a new daemon would; the old connection is closed.
    func reconnect(version: UInt32 = ShimProtocol.version) throws {
        daemon.socket.close()
        daemon = try ShimDaemon(UnixSocket.connect(in: sockets, name: "sock"), containerID: id, version: version)
    }

    /// Makes a container that runs `arguments`; `ownProcesses` in a pid namespace of its own, `seccomp` as its filter's JSON.
    func create(
        _ arguments: [String], ownProcesses: Bool = true, terminal: Bool = false, stdin: Bool = false, once: Bool = false,
        attach: [AttachRequest] = [], seccomp: String = "null",
        _ connections: [Descriptor] = []
    ) throws -> ShimReply {
        let list = arguments.map { "\"\($0)\"" }.joined(separator: ",")
        let config = """
            {"ociVersion":"1.1.0","process":{"terminal":\(terminal),"user":{"uid":0,"gid":0},"args":[\(list)],"env":["PATH=/bin"],"cwd":"/"},
            "root":{"path":"\(directory.path("rootfs"))"},"mounts":[
            {"destination":"/proc","type":"proc","source":"proc"},
            {"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755"]},
            {"destination":"/dev/pts","type":"devpts","source":"devpts","options":["newinstance","ptmxmode=0666","mode=0620"]}],
            "linux":{"seccomp":\(seccomp),"cgroupsPath":"/wharf-test-\(id)","namespaces":[{"type":"mount"},\(ownProcesses ? #"{"type":"pid"},"# : ""){"type":"uts"},{"type":"ipc"}]}}
            """
        try directory.write("config.json", Array(config.utf8))
        var request = CreateRequest()
        (request.containerID, request.bundle, request.exitPath) = (id, directory.path, exitFile)
        (request.terminal, request.openStdin, request.stdinOnce, request.attaches) = (terminal, stdin, once, attach)
        (request.rows, request.columns) = (33, 77)
        request.log = LogTarget(jsonFile: log, maxSize: 0, maxFiles: 1)
        return try daemon.ask(.create(request), connections)
    }

    /// Ends the shim as the daemon does after an exit, and waits for its end.
    func shutDown() throws -> ProcessExit {
        guard case .done = try daemon.ask(.shutdown) else { throw TestFailure("the shim refused to end") }
        guard try process.waitForEnd(timeout: .seconds(20)) else { throw TestFailure("the shim did not end") }
        return try process.wait()
    }
}

extension Descriptor {
    /// Reads until `text` has come; everything read.
    func read(until text: String) throws -> String {
        var bytes: [UInt8] = []
        while !String(decoding: bytes, as: UTF8.self).contains(text) {
            guard try waitReadable(timeout: .seconds(20)) else { throw TestFailure("\(text) did not come") }
            let count = try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                let count = try read(into: buffer)
                bytes += buffer.prefix(count)
                return count
            }
            if count == 0 { throw TestFailure("the end came before \(text)") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
