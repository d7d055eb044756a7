// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of `POST /exec/{id}/start`.

public import WharfJSON

/// Whether to stay attached.
public struct ExecStartRequest: Sendable, Equatable, Decodable, JSONWritable {
    /// Start and answer at once, without streams.
    public var detach: Bool = false
    /// Must be what create said.
    public var tty: Bool = false
    public var consoleSize: ConsoleSize?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(detach: Bool, tty: Bool = false, consoleSize: ConsoleSize? = nil) {
        self.detach = detach
        self.tty = tty
        self.consoleSize = consoleSize
    }

    private enum CodingKeys: String, CodingKey {
        case detach = "Detach"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Detach", detach)
            o.field("Tty", tty)
            o.optional("ConsoleSize", consoleSize)
        }
    }
}
