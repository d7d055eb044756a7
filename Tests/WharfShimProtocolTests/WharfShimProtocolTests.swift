// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Values that the tests of this target share: one of each message, with every field set.

import WharfJSON
import WharfLinux
import WharfShimProtocol

enum Samples {
    static let exit = ExitRecord(
        exitCode: 137, signal: 9, exitedAt: Timestamp(seconds: 1_767_323_045, nanoseconds: 600_000_000), oomKilled: true, error: "why")

    static var attach: AttachRequest {
        var attach = AttachRequest()
        attach.token = 300
        attach.process = "e1"
        (attach.stdin, attach.stdout, attach.stderr) = (true, true, true)
        attach.framing = .raw
        attach.detachKeys = [16, 17]
        attach.initialBytes = [0, 255]
        return attach
    }

    static var create: CreateRequest {
        var create = CreateRequest()
        create.containerID = "c0ffee"
        create.bundle = "/run/wharf/containers/c0ffee"
        create.rootMounts = [
            RootMount(lower: ["/s/2", "/s/1"], upper: "/s/3/fs", work: "/s/3/work", options: ["userxattr"]),
            RootMount(bind: "/b", readOnly: true),
        ]
        create.terminal = true
        (create.rows, create.columns) = (24, 80)
        (create.openStdin, create.stdinOnce) = (true, true)
        create.log = LogTarget(jsonFile: "/var/l.log", maxSize: 10_000_000, maxFiles: 5)
        create.exitPath = "/var/exit"
        create.runtime = "runc"
        create.attaches = [attach]
        return create
    }

    static var exec: ExecRequest {
        var exec = ExecRequest()
        exec.id = "e1"
        exec.process = Array("{\"args\":[\"sh\"]}".utf8)
        exec.terminal = true
        (exec.rows, exec.columns) = (24, 80)
        exec.openStdin = true
        exec.attaches = [attach]
        return exec
    }

    static var state: TaskState {
        var exec = ExecState()
        exec.id = "e1"
        exec.processID = 4711
        exec.exit = exit
        var state = TaskState()
        state.status = .stopped
        state.processID = 42
        state.startedAt = Timestamp(seconds: 1_767_323_000)
        state.exit = exit
        state.execs = [exec]
        return state
    }

    /// Every message under the name of its fixture.
    static var messages: [(name: String, message: ShimMessage)] {
        [
            ("hello", .hello(Hello(version: 1, containerID: "c0ffee", bootID: "b007", processID: 77))),
            ("create", .request(.create(create))), ("start", .request(.start)),
            ("signal", .request(.signal(SignalRequest(process: "e1", signal: 15, all: true)))),
            ("resize", .request(.resize(ResizeRequest(process: "e1", rows: 50, columns: 132)))),
            ("attach", .request(.attach(attach))), ("closeStdin", .request(.closeStdin(process: "e1"))), ("exec", .request(.exec(exec))),
            ("state", .request(.state)), ("wait", .request(.wait(process: "e1"))), ("pause", .request(.pause)),
            ("resume", .request(.resume)),
            ("shutdown", .request(.shutdown)), ("reply-done", .reply(.done)), ("reply-pid", .reply(.pid(4711))),
            ("reply-state", .reply(.state(state))), ("reply-exit", .reply(.exit(exit))),
            ("reply-failure", .reply(.failure(ShimFailure(step: "exec", errno: 2, text: "no such file or directory")))),
            ("exited", .event(.exited(process: "e1", exit))), ("outOfMemory", .event(.outOfMemory)),
            ("detached", .event(.detached(process: "e1", token: 300))), ("attachClosed", .event(.attachClosed(process: "e1", token: 300))),
        ]
    }

    /// What the second version added.
    static var messages2: [(name: String, message: ShimMessage)] {
        var create = create
        create.runtime = "/usr/sbin/runc"
        create.runtimeArguments = ["--debug", "--log-format=json"]
        create.runtimeRoot = "/run/wharf/runtimes"
        return [
            ("hello", .hello(Hello(version: 2, containerID: "c0ffee", bootID: "b007", processID: 77))),
            ("create", .request(.create(create))),
            ("update", .request(.update(UpdateRequest(resources: Array(#"{"pids":{"limit":7}}"#.utf8))))),
            ("acknowledge", .request(.acknowledge(process: "e1"))), ("acknowledge-init", .request(.acknowledge(process: ""))),
            ("logRotated", .event(.logRotated)),
            ("reply-warnings", .reply(.warnings(["no swap", "no pids"]))),
        ]
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return bytes.reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    static func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}
