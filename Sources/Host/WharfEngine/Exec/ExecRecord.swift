// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An exec: a further process that was asked for in a container. Kept as a row that dies with the machine, so that a
// client whose exec outlived a daemon still learns its exit code.

import WharfDockerAPI
import WharfJSON
import WharfMetadata

/// One exec.
struct ExecRecord: Sendable, Equatable {
    /// How far it is.
    enum State: Sendable, Equatable {
        case created
        /// Being started; the process is not known yet.
        case starting
        case running(pid: Int32)
        case exited(code: Int32, pid: Int32)
    }

    let id: String
    let containerID: String
    /// As it was asked for.
    let request: ExecCreateRequest
    /// The user, the container's where the request named none.
    let user: String
    let detachKeys: [UInt8]
    /// A health probe: nobody asks for it later, so it has no row.
    var isProbe = false
    var state: State = .created

    var isRunning: Bool {
        switch state {
        case .starting, .running: true
        case .created, .exited: false
        }
    }

    var program: String { request.cmd?.first ?? "" }

    /// `sh -c date`, for the events.
    var commandLine: String { (request.cmd ?? []).joined(separator: " ") }
}

extension ExecRecord: MetadataRecord {
    static let kind = "exec"
    static let schemaVersion = 1
    var name: String { "" }

    private enum CodingKeys: String, CodingKey {
        case id, container, request, user, detachKeys, status, pid, exitCode
    }

    func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("id", id)
            o.field("container", containerID)
            o.field("request", request)
            o.field("user", user)
            o.field("detachKeys", Base64Bytes(detachKeys))
            switch state {
            case .created: o.field("status", "created")
            case .starting: o.field("status", "starting")
            case .running(let pid):
                o.field("status", "running")
                o.field("pid", pid)
            case .exited(let code, let pid):
                o.field("status", "exited")
                o.field("pid", pid)
                o.field("exitCode", code)
            }
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), containerID: try values.decode(String.self, forKey: .container),
            request: try values.decode(ExecCreateRequest.self, forKey: .request), user: try values.decode(String.self, forKey: .user),
            detachKeys: try values.decode(Base64Bytes.self, forKey: .detachKeys).bytes)
        let pid = try values.decodeIfPresent(Int32.self, forKey: .pid) ?? 0
        let status = try values.decode(String.self, forKey: .status)
        switch status {
        case "created": state = .created
        case "starting": state = .starting
        case "running": state = .running(pid: pid)
        case "exited": state = .exited(code: try values.decode(Int32.self, forKey: .exitCode), pid: pid)
        default: throw JSONError.invalid("unknown status \"\(status)\" of an exec")
        }
    }
}
