// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The form of a container's state inside its row:
//
//     {"status":"running","pid":71,"startedAt":"…","paused":false,"oom":false,"boot":"…"}
//     {"status":"exited","exitCode":3,"startedAt":"…","finishedAt":"…","oom":false,"error":""}
//     {"status":"restarting", and the rest of an exit}
//     {"status":"created"}  or with "exitCode" and "error" of a start that failed
//     {"status":"removing"|"dead", "last":{exited}, "error":"…"}

public import WharfJSON

extension ContainerRunState: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey {
        case status, pid, startedAt, finishedAt, paused, oom, boot, exitCode, error, last, signal, memoryPeak, memoryLimit
    }

    public func write(to json: inout JSONWriter) {
        json.object { o in
            switch self {
            case .created(let failure):
                o.field("status", "created")
                o.optional("exitCode", failure?.exitCode)
                o.optional("error", failure?.error)
            case .running(let running):
                o.field("status", "running")
                o.field("pid", running.pid)
                o.field("startedAt", running.startedAt)
                o.field("paused", running.isPaused)
                o.field("oom", running.sawOOM)
                o.field("boot", running.bootID)
            case .exited(let exited):
                Self.write(exited, to: &o)
            case .restarting(let exited):
                Self.write(exited, as: "restarting", to: &o)
            case .removing(let last):
                o.field("status", "removing")
                if let last { o.object("last") { Self.write(last, to: &$0) } }
            case .dead(let dead):
                o.field("status", "dead")
                if let last = dead.last { o.object("last") { Self.write(last, to: &$0) } }
                o.field("error", dead.error)
            }
        }
    }

    private static func write(_ exited: Exited, as status: String = "exited", to o: inout JSONWriter) {
        o.field("status", status)
        o.field("exitCode", exited.exitCode)
        o.field("startedAt", exited.startedAt)
        o.field("finishedAt", exited.finishedAt)
        o.field("oom", exited.wasOOMKilled)
        o.field("error", exited.error)
        if exited.signal != 0 { o.field("signal", exited.signal) }
        if exited.memoryPeak != 0 { o.field("memoryPeak", exited.memoryPeak) }
        if exited.memoryLimit != 0 { o.field("memoryLimit", exited.memoryLimit) }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let status = try values.decode(String.self, forKey: .status)
        switch status {
        case "created":
            let code = try values.decodeIfPresent(Int32.self, forKey: .exitCode)
            let error = try values.decodeIfPresent(String.self, forKey: .error)
            self = .created(code.map { StartFailure(exitCode: $0, error: error ?? "") })
        case "running":
            self = .running(
                Running(
                    pid: try values.decode(Int32.self, forKey: .pid), startedAt: try values.decode(Timestamp.self, forKey: .startedAt),
                    isPaused: try values.decode(Bool.self, forKey: .paused), sawOOM: try values.decode(Bool.self, forKey: .oom),
                    bootID: try values.decode(String.self, forKey: .boot)))
        case "exited":
            self = .exited(try Self.exited(values))
        case "restarting":
            self = .restarting(try Self.exited(values))
        case "removing":
            self = .removing(try Self.last(values))
        case "dead":
            self = .dead(Dead(last: try Self.last(values), error: try values.decode(String.self, forKey: .error)))
        default:
            throw JSONError.invalid("unknown status \"\(status)\" of a container")
        }
    }

    private static func exited(_ values: KeyedDecodingContainer<CodingKeys>) throws -> Exited {
        var exited = Exited(
            exitCode: try values.decode(Int32.self, forKey: .exitCode), startedAt: try values.decode(Timestamp.self, forKey: .startedAt),
            finishedAt: try values.decode(Timestamp.self, forKey: .finishedAt), wasOOMKilled: try values.decode(Bool.self, forKey: .oom),
            error: try values.decode(String.self, forKey: .error))
        exited.signal = try values.decodeIfPresent(Int32.self, forKey: .signal) ?? 0
        exited.memoryPeak = try values.decodeIfPresent(UInt64.self, forKey: .memoryPeak) ?? 0
        exited.memoryLimit = try values.decodeIfPresent(UInt64.self, forKey: .memoryLimit) ?? 0
        return exited
    }

    private static func last(_ values: KeyedDecodingContainer<CodingKeys>) throws -> Exited? {
        guard values.contains(.last), try !values.decodeNil(forKey: .last) else { return nil }
        return try exited(values.nestedContainer(keyedBy: CodingKeys.self, forKey: .last))
    }
}
