// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What routes need of things that go on behind a head: a connection that leaves HTTP, lines of a log, an exit, events.
// Each was allowed by a first call, whose refusal is a status, and runs in a second one.

import WharfDockerAPI
import WharfEngine
import WharfHTTP

/// An attach or exec that was allowed.
protocol ConnectionSession: Sendable {
    /// Output is raw, else each piece has a header that names its stream.
    var isTTY: Bool { get }
    /// Takes the connection over.
    func run(_ connection: HTTPHijackedConnection) async
}

/// A log that was opened.
protocol LogSource: Sendable {
    /// Lines are raw, else each has a header that names its stream.
    var isTTY: Bool { get }
    /// Writes the lines, in the client's pace.
    func run(_ write: @Sendable ([UInt8]) async throws -> Void) async throws
}

/// A registered wait for an exit.
protocol ExitWaiting: Sendable {
    /// Waits.
    func value() async throws -> ContainerWaitResponse
}

/// A reader of events that was opened.
protocol EventSource: Sendable {
    /// Hands over events in order, until their end or cancellation.
    func run(_ write: @Sendable (EventMessage) async throws -> Void) async throws
}

extension AttachSession: ConnectionSession {}
extension ExecSession: ConnectionSession {}
extension ContainerLogStream: LogSource {}
extension WaitHandle: ExitWaiting {}
extension EventStream: EventSource {}
