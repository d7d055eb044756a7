// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The process of an exec as inspect shows it.

public import WharfJSON

/// `ProcessConfig` of exec inspect.
public struct ExecProcessConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var tty: Bool = false
    public var entrypoint: String = ""
    public var arguments: [String] = []
    public var privileged: Bool?
    public var user: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(tty: Bool, entrypoint: String = "", arguments: [String] = [], privileged: Bool? = nil, user: String = "") {
        self.tty = tty
        self.entrypoint = entrypoint
        self.arguments = arguments
        self.privileged = privileged
        self.user = user
    }

    private enum CodingKeys: String, CodingKey {
        case tty
        case entrypoint
        case arguments
        case privileged
        case user
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("tty", tty)
            o.field("entrypoint", entrypoint)
            o.field("arguments", arguments)
            o.optional("privileged", privileged)
            o.nonEmpty("user", user)
        }
    }
}
