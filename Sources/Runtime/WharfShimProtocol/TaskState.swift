// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a shim says about its container when a daemon asks (after a restart, mostly).

public import WharfJSON

/// A task as its shim sees it.
public struct TaskState: Sendable, Equatable {
    /// How far the container is.
    public enum Status: UInt8, Sendable {
        /// No create request has come, or it is being worked on.
        case none = 0
        /// Init waits for `start`.
        case created = 1
        case running = 2
        case paused = 3
        /// Init has ended; `exit` says how.
        case stopped = 4
    }

    public var status = Status.none
    /// Init's process id in the host's namespace, 0 before there is one.
    public var processID: Int32 = 0
    /// When init's program began; zero before.
    public var startedAt = Timestamp.zero
    /// How init ended, when it has.
    public var exit: ExitRecord?
    /// The execs: those that run and those whose end nobody has been told.
    public var execs: [ExecState] = []

    public init() {}

    /// Init's program has begun.
    public mutating func start(at time: Timestamp = .now()) {
        status = .running
        startedAt = time
    }
}

/// One exec'd process.
public struct ExecState: Sendable, Equatable {
    public var id = ""
    public var processID: Int32 = 0
    /// nil while it runs.
    public var exit: ExitRecord?

    public init() {}
}

extension TaskState: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1:
            guard let known = Status(rawValue: try field.unsigned()) else { throw .outOfRange(field: 1) }
            status = known
        case 2: processID = try field.signed()
        case 3: startedAt = Timestamp(unixNanoseconds: try field.signed())
        case 4: exit = try field.message()
        case 5: execs.append(try field.message())
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.unsigned(1, status.rawValue)
        fields.signed(2, processID)
        if startedAt != .zero { fields.signed(3, startedAt.unixNanoseconds) }
        fields.message(4, exit)
        fields.messages(5, execs)
    }
}

extension ExecState: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: id = try field.text()
        case 2: processID = try field.signed()
        case 3: exit = try field.message()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, id)
        fields.signed(2, processID)
        fields.message(3, exit)
    }
}
