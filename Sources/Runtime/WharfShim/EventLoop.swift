// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The shim's one thread: waits for descriptors and deadlines and calls what was registered for them. Handlers never
// block; whatever might take time is done by a child (`Helper`).

import WharfLinux

/// Waits and dispatches. Not thread-safe; there is one thread.
final class EventLoop {
    typealias Handler = (Epoll.Events) -> Void

    private let epoll: Epoll
    /// Few, and in the order of their tokens, which only rise: a table of hashes would cost an idle shim more.
    private var handlers: [Registration] = []
    private var deadlines: [Deadline] = []
    private var lastToken: UInt64 = 0
    private var isStopped = false
    private var scratch: UnsafeMutableRawBufferPointer?
    private var scratchUsed = Duration.zero
    /// Called when no output has come for a while: the time to give memory back.
    var onQuiet: () -> Void = {}

    private struct Registration {
        let token: UInt64
        let handler: Handler
    }

    private struct Deadline {
        let at: Duration
        let token: UInt64
        let handler: () -> Void
    }

    init() throws(SyscallError) { epoll = try Epoll() }

    /// Calls `handler` whenever one of `events`, an error or a hang-up is there, until the watch is cancelled.
    func watch(_ descriptor: Descriptor, _ events: Epoll.Events, _ handler: @escaping Handler) throws(SyscallError) -> Watch {
        let token = nextToken()
        try epoll.add(descriptor, events, token: token)
        handlers.append(Registration(token: token, handler: handler))
        return Watch(loop: self, descriptor: descriptor, token: token, events: events)
    }

    /// Calls `handler` once, `delay` from now. The answer cancels it.
    @discardableResult
    func after(_ delay: Duration, _ handler: @escaping () -> Void) -> UInt64 {
        let token = nextToken()
        let deadline = KernelClock.monotonic() + delay
        deadlines.insert(
            Deadline(at: deadline, token: token, handler: handler), at: deadlines.firstIndex { $0.at > deadline } ?? deadlines.endIndex)
        return token
    }

    /// Takes a deadline away; one that has passed or is nil is left alone.
    func cancel(_ deadline: UInt64?) {
        guard let deadline else { return }
        deadlines.removeAll { $0.token == deadline }
    }

    /// Lends the loop's one read buffer. It is made on the first use and freed when the container is quiet, because most
    /// containers are quiet most of the time and each has a shim.
    func withScratch(_ size: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        scratchUsed = KernelClock.monotonic()
        let buffer = scratch ?? .allocate(byteCount: size, alignment: 16)
        if scratch == nil { after(Self.quiet) { [unowned self] in shrink() } }
        scratch = buffer
        body(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(size)))
    }

    private static let quiet = Duration.seconds(2)

    private func shrink() {
        guard KernelClock.monotonic() - scratchUsed >= Self.quiet else {
            after(Self.quiet) { [unowned self] in shrink() }
            return
        }
        scratch?.deallocate()
        scratch = nil
        onQuiet()
    }

    /// Ends `run` after the current round.
    func stop() { isStopped = true }

    /// Takes a `stop` of this round back.
    func goOn() { isStopped = false }

    func run() throws(SyscallError) {
        while !isStopped { try runRound() }
    }

    /// Waits once and dispatches what has come.
    func runRound() throws(SyscallError) {
        for report in try epoll.wait(milliseconds: millisecondsToDeadline()) {
            // A handler of this round may have cancelled the watch of a later report.
            guard let index = index(of: report.token) else { continue }
            let handler = handlers[index].handler
            handler(report.events)
        }
        let now = KernelClock.monotonic()
        while let first = deadlines.first, first.at <= now {
            deadlines.removeFirst()
            first.handler()
        }
    }

    private func millisecondsToDeadline() -> Int32 {
        guard let first = deadlines.first else { return -1 }
        let (seconds, attoseconds) = (first.at - KernelClock.monotonic()).components
        // Rounded up, so that the deadline has passed when the wait ends; an hour is only another look at the list.
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int32(truncatingIfNeeded: min(seconds, 3600) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func nextToken() -> UInt64 {
        lastToken &+= 1
        return lastToken
    }

    fileprivate func modify(_ watch: Watch, _ events: Epoll.Events?) {
        do throws(SyscallError) {
            switch (watch.events, events) {
            case (.some, .some(let events)): try epoll.modify(watch.descriptor, events, token: watch.token)
            case (.some, nil): try epoll.remove(watch.descriptor)
            case (nil, .some(let events)): try epoll.add(watch.descriptor, events, token: watch.token)
            case (nil, nil): break
            }
        } catch {
            // Only want of memory for a descriptor that was watched before: it stays silent until its next change.
            report("epoll: \(error)")
        }
    }

    fileprivate func forget(_ token: UInt64) {
        if let index = index(of: token) { handlers.remove(at: index) }
    }

    private func index(of token: UInt64) -> Int? {
        var (low, high) = (0, handlers.count)
        while low < high {
            let middle = (low + high) / 2
            if handlers[middle].token < token { low = middle + 1 } else { high = middle }
        }
        return low < handlers.count && handlers[low].token == token ? low : nil
    }
}

/// A descriptor in the loop. It holds the descriptor open; whoever is done with it calls `cancel`.
final class Watch {
    private unowned let loop: EventLoop
    let descriptor: Descriptor
    fileprivate let token: UInt64
    fileprivate private(set) var events: Epoll.Events?

    fileprivate init(loop: EventLoop, descriptor: Descriptor, token: UInt64, events: Epoll.Events) {
        (self.loop, self.descriptor, self.token, self.events) = (loop, descriptor, token, events)
    }

    /// Watches for other events. nil: for nothing, not even a hang-up (which would be reported for ever).
    func change(to events: Epoll.Events?) {
        guard events != self.events else { return }
        loop.modify(self, events)
        self.events = events
    }

    /// Ends the watch. The descriptor is left open.
    func cancel() {
        change(to: nil)
        loop.forget(token)
    }
}
