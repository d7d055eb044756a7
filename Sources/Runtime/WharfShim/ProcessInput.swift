// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The writing end of a process's standard input: a pipe, or the terminal's master.

import WharfLinux

/// Writes what clients typed, without ever blocking.
final class ProcessInput {
    private let descriptor: Descriptor
    private var watch: Watch?
    private var waiting: [UInt8] = []
    private var closesWhenWritten = false
    private(set) var isOpen = true
    /// Called when everything has been written and more may come.
    var onReady: () -> Void = {}

    /// `descriptor` is this object's own (for a terminal, a duplicate of the master).
    init(_ descriptor: Descriptor, in loop: EventLoop) throws(SyscallError) {
        self.descriptor = descriptor
        try descriptor.setNonBlocking(true)
        let watch = try loop.watch(descriptor, []) { [weak self] in self?.handle($0) }
        watch.change(to: nil)
        self.watch = watch
    }

    /// Whether earlier input still waits: then no more should be read from the clients.
    var isFull: Bool { !waiting.isEmpty }

    func write(_ bytes: [UInt8]) {
        guard isOpen, !closesWhenWritten else { return }
        waiting += bytes
        flush()
    }

    /// Ends the input behind what waits.
    func closeWhenWritten() {
        closesWhenWritten = true
        if waiting.isEmpty { close() }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        watch?.cancel()
        watch = nil
        descriptor.close()
        waiting = []
        onReady()
    }

    private func handle(_ events: Epoll.Events) {
        flush()
    }

    private func flush() {
        do throws(SyscallError) {
            while !waiting.isEmpty {
                let count = try waiting.withUnsafeBufferPointer { bytes throws(SyscallError) in
                    try descriptor.write(UnsafeRawBufferPointer(bytes))
                }
                waiting.removeFirst(count)
            }
        } catch  where error.isWouldBlock {
            watch?.change(to: .writable)
            return
        } catch {
            // The process closed its input (EPIPE) or its terminal is gone (EIO): nobody will read what waits.
            return close()
        }
        watch?.change(to: nil)
        if closesWhenWritten { close() } else { onReady() }
    }
}
