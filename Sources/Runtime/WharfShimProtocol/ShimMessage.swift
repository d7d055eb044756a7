// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Every message of the conversation as one value, and its way into and out of a frame.

public import WharfLinux

/// What is said.
public enum ShimMessage: Sendable {
    /// First on each connection, from both sides.
    case hello(Hello)
    /// From wharfd.
    case request(ShimRequest)
    /// From the shim, with the request's id.
    case reply(ShimReply)
    /// From the shim, unasked.
    case event(ShimEvent)
    /// From a newer peer: an event to be skipped, a request to be refused with ENOSYS.
    case unknown(kind: UInt16)
}

/// The introduction.
public struct Hello: Sendable, Equatable {
    /// `ShimProtocol.version` of the sender.
    public var version: UInt32
    /// The whole id of the container; a shim serves one.
    public var containerID: String
    /// `/proc/sys/kernel/random/boot_id` of the sender: a record from before a reboot is not this one.
    public var bootID: String
    /// The sender's process id in the host's namespace, for people; identity is the socket's peer.
    public var processID: Int32

    public init(version: UInt32 = ShimProtocol.version, containerID: String, bootID: String, processID: Int32 = 0) {
        self.version = version
        self.containerID = containerID
        self.bootID = bootID
        self.processID = processID
    }
}

/// What wharfd asks for. A process is named by its exec id, the container's init by the empty string.
public enum ShimRequest: Sendable {
    /// Once per shim. The descriptors of the frame are the attaches' connections in their order. Reply: `pid`.
    case create(CreateRequest)
    /// Lets init go on to its program. Reply: `done`, or a failure with the step `exec`.
    case start
    case signal(SignalRequest)
    case resize(ResizeRequest)
    /// The frame's descriptor is the connection.
    case attach(AttachRequest)
    /// Ends a process's standard input once what waits has been written.
    case closeStdin(process: String)
    /// Creates and starts. The descriptors are those of the attaches. Reply: `pid`.
    case exec(ExecRequest)
    /// Reply: `state`.
    case state
    /// Reply: `exit`, when the process has ended and its output has been written. ESRCH for an unknown process.
    case wait(process: String)
    case pause
    case resume
    /// Acknowledges init's exit: the shim answers and ends. EBUSY while the container lives.
    case shutdown
    /// Since version 2. Changes limits while the container runs. Reply: `done`, or `warnings` about what the host can't do.
    case update(UpdateRequest)
    /// Since version 2. The daemon has written the end of this process down: the shim need not keep it any longer. Reply:
    /// `done`, also for a process that it does not know.
    case acknowledge(process: String)
}

/// The answer to a request.
public enum ShimReply: Sendable {
    case done
    /// A process's id in the host's namespace.
    case pid(Int32)
    case state(TaskState)
    case exit(ExitRecord)
    /// Since version 2, only to requests of version 2: done, but for these.
    case warnings([String])
    case failure(ShimFailure)
}

/// Why a request failed.
public struct ShimFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done: `exec`, `rootfs`, `cgroup`, `request` …
    public var step: String
    /// The kernel's number, 0 where there is none.
    public var errno: Int32
    /// For people, lower case, names the object.
    public var text: String

    public init(step: String, errno: Int32, text: String) {
        self.step = step
        self.errno = errno
        self.text = text
    }

    public var description: String { "\(step): \(text)" }
}

/// News from the shim; each introduced connection gets all of it.
public enum ShimEvent: Sendable {
    /// The process has ended and its output has been written; init's record is on disk.
    case exited(process: String, ExitRecord)
    /// The kernel killed a process of the container for want of memory.
    case outOfMemory
    /// The client typed the detach keys; its connection is closed.
    case detached(process: String, token: UInt64)
    /// An attach ended: the client went away, or the process's output did.
    case attachClosed(process: String, token: UInt64)
    /// Since version 2: the log has begun a new file; the old ones may be compressed and expired.
    case logRotated
}

extension ShimMessage {
    /// The frame that says this.
    public func frame(id: UInt64 = 0, descriptors: [Descriptor] = []) -> Frame {
        var fields = FieldWriter()
        let kind: UInt16
        switch self {
        case .hello(let hello):
            kind = MessageKind.hello
            hello.write(to: &fields)
        case .request(let request): kind = request.write(to: &fields)
        case .reply(let reply):
            kind = MessageKind.reply
            reply.write(to: &fields)
        case .event(let event): kind = event.write(to: &fields)
        case .unknown(let number): kind = number
        }
        return Frame(kind: kind, id: id, body: fields.bytes[...], descriptors: descriptors)
    }

    /// What a frame says.
    public init(_ frame: Frame) throws(ShimProtocolError) {
        switch frame.kind {
        case MessageKind.hello: self = .hello(try Hello(body: frame.body))
        case MessageKind.reply: self = .reply(try ShimReply(body: frame.body))
        default:
            if let request = try ShimRequest(kind: frame.kind, body: frame.body) {
                self = .request(request)
            } else if let event = try ShimEvent(kind: frame.kind, body: frame.body) {
                self = .event(event)
            } else {
                self = .unknown(kind: frame.kind)
            }
        }
    }
}
