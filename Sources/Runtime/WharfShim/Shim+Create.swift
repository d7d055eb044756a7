// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// create: streams and log first, then the maker, then the container as the maker reported it.

import Glibc
import WharfLinux
import WharfLogs
import WharfShimProtocol

extension Shim {
    /// Makes the container. `connections` are the attached clients'.
    func create(_ request: CreateRequest, _ clients: [Descriptor], id: UInt64, from connection: ShimConnection) {
        guard case .empty(let deadline) = phase else {
            return connection.refuse(id, "request", EBUSY, "the shim has had its create request")
        }
        guard request.containerID.utf8.elementsEqual(hello.containerID.utf8), request.attaches.count == clients.count else {
            return connection.refuse(id, "request", EINVAL, "the create request is not for this container, or lacks connections")
        }
        do throws(ShimFailure) {
            let (log, queue) = try openLog(request.log)
            let (ours, theirs) = try Self.makeStreams(terminal: request.terminal, stdin: request.openStdin, output: true)
            try help("maker", keeping: theirs.all) { () throws(ShimFailure) in
                try RuntimeChoice(request).runtime.create(request, theirs)
            } completion: { [unowned self] outcome in
                do throws(ShimFailure) {
                    let made = try MadeProcess(outcome.get())
                    let container = try begin(request, made, ours, log, queue, clients)
                    phase = .live(container)
                    connection.reply(.pid(made.processID), to: id)
                    if let exit = claimEnd(of: made.processID) {
                        container.initProcess.ended(exit)
                        processEnded(container.initProcess)
                    }
                } catch {
                    connection.reply(.failure(error), to: id)
                    becomeEmpty()
                }
            }
            loop.cancel(deadline)
            phase = .making
        } catch {
            connection.reply(.failure(error), to: id)
        }
    }

    /// What output is written to: at once, or behind a queue.
    private func openLog(_ target: LogTarget) throws(ShimFailure) -> (LogAppender?, QueuedLog?) {
        let format: LogFormat
        switch target.driver {
        case .none: return (nil, nil)
        case .jsonFile: format = .jsonFile
        case .local: format = .local
        }
        do throws(SyscallError) {
            if target.bufferSize > 0 {
                return (nil, try QueuedLog(target, format, limit: Int(clamping: target.bufferSize), in: loop))
            }
            return (try LogAppender(path: target.path, maxSize: target.maxSize, format: format, attributes: target.attributes), nil)
        } catch {
            throw ShimFailure(step: "log", error)
        }
    }

    static func makeStreams(terminal: Bool, stdin: Bool, output: Bool) throws(ShimFailure) -> (StandardStreams, ProcessEnds) {
        if terminal { return (StandardStreams(), ProcessEnds()) }
        do throws(SyscallError) {
            return try StandardStreams.pipes(stdin: stdin, output: output)
        } catch {
            throw ShimFailure(step: "streams", error)
        }
    }

    private func begin(
        _ request: CreateRequest, _ made: MadeProcess, _ ours: StandardStreams, _ log: LogAppender?,
        _ queue: QueuedLog?, _ clients: [Descriptor]
    ) throws(ShimFailure) -> Container {
        guard made.start != nil || !request.runtime.isEmpty else {
            throw ShimFailure(step: "maker", errno: EPROTO, text: "the maker's report has no connection to start by")
        }
        let process = TaskProcess(id: "", processID: made.processID, process: made.process)
        do throws(SyscallError) {
            let container = try Container(request, process, start: made.start, cgroupPath: made.cgroupPath)
            try container.watchMemory(in: loop) { [unowned self] in tell(.outOfMemory) }
            process.streams = try makeStreams(
                ours, made.terminal, stdin: request.openStdin, size: WindowSize(rows: request.rows, columns: request.columns),
                log: log, queue: queue, closesInputWithClient: request.stdinOnce, of: process)
            for (attach, client) in zip(request.attaches, clients) { try process.streams?.attach(attach, client) }
            return container
        } catch {
            // Nobody will start it: it sees the end of its connection and ends too.
            try? made.process.send(SIGKILL)
            throw ShimFailure(step: "streams", error)
        }
    }

    /// The shim's side of a new process's streams.
    func makeStreams(
        _ ours: StandardStreams, _ terminal: Descriptor?, stdin: Bool, size: WindowSize, log: LogAppender?,
        queue: QueuedLog? = nil, closesInputWithClient: Bool, of process: TaskProcess
    ) throws(SyscallError) -> ProcessStreams {
        var ends = ours
        if let terminal {
            ends.terminal = terminal
            if stdin { ends.stdin = try terminal.duplicate() }
            if size.rows > 0 || size.columns > 0 { try PseudoTerminal.resize(terminal, to: size) }
        }
        let name = process.id
        return try ProcessStreams(
            ends, log: log, queue: queue, closesInputWithClient: closesInputWithClient, loop: loop,
            actions: ProcessStreams.Actions(
                clientClosed: { [unowned self] token in
                    tell(.attachClosed(process: name, token: token))
                    dropIdleStreams()
                },
                clientDetached: { [unowned self] token in tell(.detached(process: name, token: token)) },
                logRotated: { [unowned self] in tell(.logRotated) },
                outputEnded: { [unowned self, unowned process] in processIsSilent(process) }))
    }
}

/// A new process as a maker reported it.
struct MadeProcess {
    let processID: Int32
    let process: PidFD
    let start: Descriptor?
    let terminal: Descriptor?
    let cgroupPath: String

    init(_ outcome: (report: MakerReport, descriptors: [Descriptor])) throws(ShimFailure) {
        var (process, start, terminal): (Descriptor?, Descriptor?, Descriptor?)
        for (index, part) in outcome.report.parts.enumerated() {
            switch part {
            case .process: process = outcome.descriptors[index]
            case .start: start = outcome.descriptors[index]
            case .terminal: terminal = outcome.descriptors[index]
            }
        }
        guard let process, outcome.report.processID > 0 else {
            throw ShimFailure(step: "maker", errno: EPROTO, text: "the maker's report names no process")
        }
        processID = outcome.report.processID
        self.process = PidFD(process)
        (self.start, self.terminal) = (start, terminal)
        cgroupPath = outcome.report.cgroupPath
    }
}

extension ShimConnection {
    /// Answers a request that can't be right now.
    func refuse(_ id: UInt64, _ step: String, _ errno: Int32, _ text: String) {
        reply(.failure(ShimFailure(step: step, errno: errno, text: text)), to: id)
    }
}
