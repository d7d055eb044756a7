// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a process ended. For a container's init the shim writes it to `<root>/containers/<id>/exit` before it tells
// anyone; a daemon that was away finds it there.

public import WharfJSON
public import WharfLinux

/// How a process ended.
///
/// As a file, one JSON object:
/// `{"version":1,"exitCode":137,"signal":9,"exitedAt":"2026-01-02T03:04:05.6Z","oomKilled":false,"error":""}`
public struct ExitRecord: Sendable, Equatable {
    /// What Docker shows: the exit status, or 128 + the signal.
    public var exitCode: Int32
    /// The signal that ended it, 0 when it exited by itself.
    public var signal: Int32
    public var exitedAt: Timestamp
    /// The kernel killed a process of the container for want of memory.
    public var oomKilled: Bool
    /// Why it ended where that was not its own doing; empty otherwise.
    public var error: String
    /// Bytes, only where `oomKilled`: the most memory that the container used, and what it was allowed; 0 is not known.
    public var memoryPeak: UInt64 = 0
    public var memoryLimit: UInt64 = 0

    public init(exitCode: Int32 = 0, signal: Int32 = 0, exitedAt: Timestamp = .zero, oomKilled: Bool = false, error: String = "") {
        self.exitCode = exitCode
        self.signal = signal
        self.exitedAt = exitedAt
        self.oomKilled = oomKilled
        self.error = error
    }

    /// From how the kernel says that it ended.
    public init(status: ProcessExit, at time: Timestamp = .now()) {
        switch status {
        case .exited(let code): self.init(exitCode: code, exitedAt: time)
        case .signaled(let signal): self.init(exitCode: status.code, signal: signal, exitedAt: time)
        }
    }
}

extension ExitRecord: JSONWritable, Decodable {
    private enum Key: String, CodingKey { case exitCode, signal, exitedAt, oomKilled, error, memoryPeak, memoryLimit }

    public func write(to json: inout JSONWriter) {
        json.object { record in
            record.field("version", 1)
            record.field("exitCode", exitCode)
            record.field("signal", signal)
            record.field("exitedAt", exitedAt)
            record.field("oomKilled", oomKilled)
            record.field("error", error)
            if memoryPeak > 0 { record.field("memoryPeak", memoryPeak) }
            if memoryLimit > 0 { record.field("memoryLimit", memoryLimit) }
        }
    }

    public init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: Key.self)
        self.init(
            exitCode: try record.decode(Int32.self, forKey: .exitCode), signal: try record.decode(Int32.self, forKey: .signal),
            exitedAt: try record.decode(Timestamp.self, forKey: .exitedAt), oomKilled: try record.decode(Bool.self, forKey: .oomKilled),
            error: try record.decode(String.self, forKey: .error))
        memoryPeak = try record.decodeIfPresent(UInt64.self, forKey: .memoryPeak) ?? 0
        memoryLimit = try record.decodeIfPresent(UInt64.self, forKey: .memoryLimit) ?? 0
    }

    /// The file's bytes.
    public var fileBytes: [UInt8] { JSON.encode(self) + [UInt8(ascii: "\n")] }

    /// Reads the file's bytes; at most 64 KiB are looked at.
    public init(fileBytes: [UInt8]) throws {
        self = try JSON.decode(ExitRecord.self, from: fileBytes, limits: JSONLimits(bytes: 64 << 10, depth: 4))
    }
}

extension ExitRecord: WireMessage {
    init() { self.init(exitCode: 0) }

    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: exitCode = try field.signed()
        case 2: signal = try field.signed()
        case 3: exitedAt = Timestamp(unixNanoseconds: try field.signed())
        case 4: oomKilled = field.flag
        case 5: error = try field.text()
        case 6: memoryPeak = try field.unsigned()
        case 7: memoryLimit = try field.unsigned()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.signed(1, exitCode)
        fields.signed(2, signal)
        if exitedAt != .zero { fields.signed(3, exitedAt.unixNanoseconds) }
        fields.flag(4, oomKilled)
        fields.text(5, error)
        fields.unsigned(6, memoryPeak)
        fields.unsigned(7, memoryLimit)
    }
}
