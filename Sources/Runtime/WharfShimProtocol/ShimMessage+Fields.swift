// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Field numbers of hello, requests, replies and events. Numbers are only ever added.

extension Hello: WireMessage {
    init() { self.init(version: 0, containerID: "", bootID: "") }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: version = try field.unsigned()
        case 2: containerID = try field.text()
        case 3: bootID = try field.text()
        case 4: processID = try field.signed()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.unsigned(1, version)
        fields.text(2, containerID)
        fields.text(3, bootID)
        fields.signed(4, processID)
    }
}

/// A request that only names a process.
struct ProcessName: WireMessage {
    var process = ""

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        if field.number == 1 { process = try field.text() }
    }

    func write(to fields: inout FieldWriter) { fields.text(1, process) }
}

extension ShimRequest {
    /// nil for a kind that is not a request of this version.
    init?(kind: UInt16, body: ArraySlice<UInt8>) throws(ShimProtocolError) {
        switch kind {
        case MessageKind.create: self = .create(try CreateRequest(body: body))
        case MessageKind.start: self = .start
        case MessageKind.signal: self = .signal(try SignalRequest(body: body))
        case MessageKind.resize: self = .resize(try ResizeRequest(body: body))
        case MessageKind.attach: self = .attach(try AttachRequest(body: body))
        case MessageKind.closeStdin: self = .closeStdin(process: try ProcessName(body: body).process)
        case MessageKind.exec: self = .exec(try ExecRequest(body: body))
        case MessageKind.state: self = .state
        case MessageKind.wait: self = .wait(process: try ProcessName(body: body).process)
        case MessageKind.pause: self = .pause
        case MessageKind.resume: self = .resume
        case MessageKind.shutdown: self = .shutdown
        case MessageKind.update: self = .update(try UpdateRequest(body: body))
        case MessageKind.acknowledge: self = .acknowledge(process: try ProcessName(body: body).process)
        default: return nil
        }
    }

    func write(to fields: inout FieldWriter) -> UInt16 {
        switch self {
        case .create(let request):
            request.write(to: &fields)
            return MessageKind.create
        case .start: return MessageKind.start
        case .signal(let request):
            request.write(to: &fields)
            return MessageKind.signal
        case .resize(let request):
            request.write(to: &fields)
            return MessageKind.resize
        case .attach(let request):
            request.write(to: &fields)
            return MessageKind.attach
        case .closeStdin(let process):
            ProcessName(process: process).write(to: &fields)
            return MessageKind.closeStdin
        case .exec(let request):
            request.write(to: &fields)
            return MessageKind.exec
        case .state: return MessageKind.state
        case .wait(let process):
            ProcessName(process: process).write(to: &fields)
            return MessageKind.wait
        case .pause: return MessageKind.pause
        case .resume: return MessageKind.resume
        case .shutdown: return MessageKind.shutdown
        case .update(let request):
            request.write(to: &fields)
            return MessageKind.update
        case .acknowledge(let process):
            ProcessName(process: process).write(to: &fields)
            return MessageKind.acknowledge
        }
    }
}

extension ShimFailure: WireMessage {
    init() { self.init(step: "", errno: 0, text: "") }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: step = try field.text()
        case 2: errno = try field.signed()
        case 3: text = try field.text()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, step)
        fields.signed(2, errno)
        fields.text(3, text)
    }
}

extension ShimReply: WireMessage {
    init() { self = .done }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: self = .failure(try field.message())
        case 2: self = .pid(try field.signed())
        case 3: self = .state(try field.message())
        case 4: self = .exit(try field.message())
        case 5:
            let warning = try field.text()
            if case .warnings(let earlier) = self { self = .warnings(earlier + [warning]) } else { self = .warnings([warning]) }
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        switch self {
        case .done: break
        case .failure(let failure): fields.message(1, failure)
        case .pid(let pid): fields.signed(2, pid)
        case .state(let state): fields.message(3, state)
        case .exit(let record): fields.message(4, record)
        case .warnings(let warnings): fields.texts(5, warnings)
        }
    }
}

/// The fields of every event: which process, which attach, how it ended.
private struct EventFields: WireMessage {
    var process = ""
    var token: UInt64 = 0
    var record = ExitRecord()

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: process = try field.text()
        case 2: token = try field.unsigned()
        case 3: record = try field.message()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, process)
        fields.unsigned(2, token)
        fields.message(3, record == ExitRecord() ? nil : record)
    }
}

extension ShimEvent {
    /// nil for a kind that is not an event of this version.
    init?(kind: UInt16, body: ArraySlice<UInt8>) throws(ShimProtocolError) {
        // An unknown kind's fields may follow other rules: they are not looked at.
        guard (MessageKind.exited...MessageKind.logRotated).contains(kind) else { return nil }
        let fields = try EventFields(body: body)
        switch kind {
        case MessageKind.exited: self = .exited(process: fields.process, fields.record)
        case MessageKind.outOfMemory: self = .outOfMemory
        case MessageKind.detached: self = .detached(process: fields.process, token: fields.token)
        case MessageKind.attachClosed: self = .attachClosed(process: fields.process, token: fields.token)
        case MessageKind.logRotated: self = .logRotated
        default: return nil
        }
    }

    func write(to fields: inout FieldWriter) -> UInt16 {
        switch self {
        case .exited(let process, let record):
            EventFields(process: process, record: record).write(to: &fields)
            return MessageKind.exited
        case .outOfMemory: return MessageKind.outOfMemory
        case .detached(let process, let token):
            EventFields(process: process, token: token).write(to: &fields)
            return MessageKind.detached
        case .attachClosed(let process, let token):
            EventFields(process: process, token: token).write(to: &fields)
            return MessageKind.attachClosed
        case .logRotated: return MessageKind.logRotated
        }
    }
}
