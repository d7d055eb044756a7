// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A process's standard streams: output goes to the log first and then to every attached client, input comes from the
// clients. A client that is too far behind stops the reading, as in Docker; one that is gone is dropped.

import WharfLinux
import WharfLogs
import WharfShimProtocol

/// The shim's ends of a process's pipes or terminal.
final class ProcessStreams {
    /// A client that has not taken this many bytes pauses the stream.
    static let longestBacklog = 1 << 20
    private static let readSize = 32 << 10

    /// What the owner is told.
    struct Actions {
        var clientClosed: (_ token: UInt64) -> Void
        var clientDetached: (_ token: UInt64) -> Void
        /// The log has begun a new file.
        var logRotated: () -> Void
        /// Every output has reached its end; the owner says when the clients learn it (`endClients`).
        var outputEnded: () -> Void
    }

    private final class Source {
        let stream: LogStream
        var watch: Watch?

        init(_ stream: LogStream) { self.stream = stream }
    }

    private let loop: EventLoop
    private let actions: Actions
    private let terminal: Descriptor?
    /// Standard input ends with the first client that ends its own (init with stdinOnce, every exec).
    private let closesInputWithClient: Bool
    private var input: ProcessInput?
    private var sources: [Source] = []
    private var clients: [AttachedClient] = []
    private var log: LogAppender?
    /// The log, where output is not to wait for it.
    private var queue: QueuedLog?
    private var isPaused = false
    private var isDraining = false

    /// Takes the ends over.
    init(
        _ ends: StandardStreams, log: LogAppender?, queue: QueuedLog? = nil, closesInputWithClient: Bool, loop: EventLoop, actions: Actions
    ) throws(SyscallError) {
        (self.loop, self.actions, self.log, self.queue) = (loop, actions, log, queue)
        queue?.onRotation = actions.logRotated
        self.closesInputWithClient = closesInputWithClient
        terminal = ends.terminal
        if let stdin = ends.stdin { input = try ProcessInput(stdin, in: loop) }
        if let terminal = ends.terminal { try listen(to: terminal, .stdout) }
        if let stdout = ends.stdout { try listen(to: stdout, .stdout) }
        if let stderr = ends.stderr { try listen(to: stderr, .stderr) }
        input?.onReady = { [weak self] in self?.inputReady() }
    }

    private func listen(to descriptor: Descriptor, _ stream: LogStream) throws(SyscallError) {
        try descriptor.setNonBlocking(true)
        let source = Source(stream)
        source.watch = try loop.watch(descriptor, .readable) { [weak self, weak source] _ in
            if let self, let source { read(source) }
        }
        sources.append(source)
    }

    /// How long the end of the output waits for a log that is behind.
    private static let logTime = Duration.seconds(1)

    /// Whether every output has reached its end, and its log's queue too.
    var isOutputEnded: Bool { sources.isEmpty && queue == nil }

    /// Whether somebody has not taken everything yet.
    var hasClients: Bool { !clients.isEmpty }

    // MARK: Clients

    /// Adds a client; one that comes after the end is closed at once.
    func attach(_ request: AttachRequest, _ connection: Descriptor) throws(SyscallError) {
        let client = AttachedClient(connection, request, hasInput: input?.isOpen ?? false, actions: clientActions())
        try client.open(in: loop)
        clients.append(client)
        if !request.initialBytes.isEmpty { client.take(request.initialBytes) }
        if input?.isFull ?? false { client.pauseInput(true) }
        if sources.isEmpty { client.end() }
    }

    private func clientActions() -> AttachedClient.Actions {
        AttachedClient.Actions(
            input: { [weak self] _, bytes in self?.write(bytes) }, inputEnded: { [weak self] in self?.clientInputEnded($0) },
            detached: { [weak self] in self?.detached($0) }, died: { [weak self] in self?.remove($0) },
            drained: { [weak self] _ in self?.resumeIfDrained() })
    }

    private func write(_ bytes: [UInt8]) {
        input?.write(bytes)
        if input?.isFull ?? false { for client in clients { client.pauseInput(true) } }
    }

    private func inputReady() { for client in clients { client.pauseInput(false) } }

    /// As dockerd: the end of a client's input ends the process's input where that was asked for, else it ends the
    /// attach (a terminal's client always).
    private func clientInputEnded(_ client: AttachedClient) {
        if closesInputWithClient, terminal == nil { input?.closeWhenWritten() } else { client.end() }
    }

    private func detached(_ client: AttachedClient) {
        client.close()
        clients.removeAll { $0 === client }
        actions.clientDetached(client.request.token)
        resumeIfDrained()
    }

    private func remove(_ client: AttachedClient) {
        clients.removeAll { $0 === client }
        actions.clientClosed(client.request.token)
        resumeIfDrained()
    }

    /// Ends standard input behind what waits.
    func closeInput() {
        // A terminal has no end of input of its own; the program would have to be sent its end-of-file key.
        if terminal == nil { input?.closeWhenWritten() }
    }

    func resize(to size: WindowSize) throws(SyscallError) {
        guard let terminal else { throw SyscallError("resize", errno: 25 /* ENOTTY */) }
        try PseudoTerminal.resize(terminal, to: size)
    }

    // MARK: Output

    private func read(_ source: Source) {
        guard let watch = source.watch else { return }
        var isEnd = false
        loop.withScratch(Self.readSize) { buffer in
            do throws(SyscallError) {
                let count = try watch.descriptor.read(into: buffer)
                if count == 0 { isEnd = true } else { deliver(source.stream, UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) }
            } catch {
                // EIO is a terminal's way to say that nobody holds its other side.
                if !error.isWouldBlock { isEnd = true }
            }
        }
        if isEnd { end(source) }
    }

    private func deliver(_ stream: LogStream, _ bytes: UnsafeRawBufferPointer) {
        let rotations = log?.rotations
        log?.write(stream, bytes)
        if log?.rotations != rotations { actions.logRotated() }
        queue?.write(stream, bytes)
        for client in clients { client.deliver(stream, bytes) }
        if !isPaused, !isDraining, clients.contains(where: { $0.backlog > Self.longestBacklog }) {
            isPaused = true
            for source in sources { source.watch?.change(to: nil) }
        }
    }

    private func resumeIfDrained() {
        guard isPaused, !clients.contains(where: { $0.backlog > Self.longestBacklog / 2 }) else { return }
        resume()
    }

    private func resume() {
        isPaused = false
        for source in sources { source.watch?.change(to: .readable) }
    }

    private func end(_ source: Source) {
        source.watch?.cancel()
        if source.watch?.descriptor !== terminal { source.watch?.descriptor.close() }
        source.watch = nil
        log?.finish(source.stream)
        queue?.finish(source.stream)
        sources.removeAll { $0 === source }
        if sources.isEmpty { finish() }
    }

    private func finish() {
        log = nil
        input?.close()
        guard let queue else { return actions.outputEnded() }
        queue.end { [weak self] in self?.logEnded() }
        loop.after(Self.logTime) { [weak self] in self?.logEnded() }
    }

    private func logEnded() {
        guard let ended = queue else { return }
        queue = nil
        if ended.lostBytes > 0 { report("\(ended.lostBytes) bytes of output were not logged: the log was too slow for them") }
        actions.outputEnded()
    }

    /// Nothing more will come: the clients see the end of their connections once they have taken everything.
    func endClients() {
        for client in clients { client.end() }
    }

    /// Gives memory back that only output in full flow needs.
    func shrink() { log?.shrink() }

    /// The process has ended: what its pipes still hold is read whatever the clients do; it is at most what fits.
    func drain() {
        isDraining = true
        if isPaused { resume() }
    }

    /// Gives up on an end of output that does not come: somebody else holds the other side.
    func abandon() {
        for source in sources { end(source) }
    }
}
