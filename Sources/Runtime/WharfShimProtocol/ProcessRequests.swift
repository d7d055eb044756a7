// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Requests about a running container's processes: attach, exec, signal, resize.

/// Connects a client to a process's standard streams. The connection is the frame's descriptor and belongs to the shim
/// from then on.
public struct AttachRequest: Sendable, Equatable {
    /// How output is written to the client.
    public enum Framing: UInt8, Sendable {
        /// Each piece behind an 8-byte header that says which stream it is of (`StreamFraming`).
        case multiplexed = 0
        /// The bytes as they are: a terminal's client.
        case raw = 1
    }

    /// Chosen by wharfd, repeated in the events about this attach.
    public var token: UInt64 = 0
    /// The exec's id, empty for the container's init.
    public var process = ""
    public var stdin = false
    public var stdout = false
    public var stderr = false
    public var framing = Framing.multiplexed
    /// The bytes that end the attach when typed one behind the other; empty: nothing does.
    public var detachKeys: [UInt8] = []
    /// Input that was read ahead of the connection's take-over.
    public var initialBytes: [UInt8] = []

    public init() {}
}

/// Runs a further process in the container.
public struct ExecRequest: Sendable, Equatable {
    /// The exec's id, unique within the container.
    public var id = ""
    /// The OCI `process` object as JSON; only the maker reads it.
    public var process: [UInt8] = []
    public var terminal = false
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    /// Standard input is a pipe that the attached clients write to; otherwise it is /dev/null.
    public var openStdin = false
    /// Clients from the first byte on; their connections are the frame's descriptors. Standard input ends with the
    /// first of those that have stdin and end theirs.
    public var attaches: [AttachRequest] = []

    public init() {}
}

/// Sends a signal.
public struct SignalRequest: Sendable, Equatable {
    /// The exec's id, empty for the container's init.
    public var process = ""
    public var signal: Int32 = 0
    /// To every process in the container's cgroup.
    public var all = false

    public init(process: String = "", signal: Int32 = 0, all: Bool = false) {
        (self.process, self.signal, self.all) = (process, signal, all)
    }
}

/// Tells a process's terminal its size.
public struct ResizeRequest: Sendable, Equatable {
    /// The exec's id, empty for the container's init.
    public var process = ""
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0

    public init(process: String = "", rows: UInt16 = 0, columns: UInt16 = 0) {
        (self.process, self.rows, self.columns) = (process, rows, columns)
    }
}

extension AttachRequest: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: token = try field.unsigned()
        case 2: process = try field.text()
        case 3: stdin = field.flag
        case 4: stdout = field.flag
        case 5: stderr = field.flag
        case 6:
            guard let known = Framing(rawValue: try field.unsigned()) else { throw .outOfRange(field: 6) }
            framing = known
        case 7: detachKeys = Array(field.bytes)
        case 8: initialBytes = Array(field.bytes)
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.unsigned(1, token)
        fields.text(2, process)
        fields.flag(3, stdin)
        fields.flag(4, stdout)
        fields.flag(5, stderr)
        fields.unsigned(6, framing.rawValue)
        fields.bytes(7, detachKeys)
        fields.bytes(8, initialBytes)
    }
}

extension ExecRequest: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: id = try field.text()
        case 2: process = Array(field.bytes)
        case 3: terminal = field.flag
        case 4: rows = try field.unsigned()
        case 5: columns = try field.unsigned()
        case 6: openStdin = field.flag
        case 7: attaches.append(try field.message())
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, id)
        fields.bytes(2, process)
        fields.flag(3, terminal)
        fields.unsigned(4, rows)
        fields.unsigned(5, columns)
        fields.flag(6, openStdin)
        fields.messages(7, attaches)
    }
}

extension SignalRequest: WireMessage {
    init() { self.init(process: "") }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: process = try field.text()
        case 2: signal = try field.signed()
        case 3: all = field.flag
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, process)
        fields.signed(2, signal)
        fields.flag(3, all)
    }
}

extension ResizeRequest: WireMessage {
    init() { self.init(process: "") }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: process = try field.text()
        case 2: rows = try field.unsigned()
        case 3: columns = try field.unsigned()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, process)
        fields.unsigned(2, rows)
        fields.unsigned(3, columns)
    }
}
