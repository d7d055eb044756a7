// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why a container ended: Wharf's own answer, `GET /containers/{id}/why`, newest exit first. Also the form in which the daemon
// keeps it:
//
//     {"ContainerID":"…","Name":"web","Image":"nginx","ExitCode":137,"Signal":9,"StartedAt":"…","FinishedAt":"…",
//      "Reason":"killed by the kernel for want of memory: …","Error":"","Restarts":true,
//      "OutOfMemory":{"Peak":20971520,"Limit":20971520},"Sender":{"Verb":"stop","Signal":15,"Time":"…"},
//      "Health":{…},"Lines":["…"]}

public import WharfJSON

/// One exit.
public struct ContainerExitExplanation: Sendable, Equatable, Decodable, JSONWritable {
    public var containerID = ""
    /// Without a slash, as it was then.
    public var name = ""
    public var image = ""
    public var exitCode = 0
    /// The signal that ended it; 0 where it exited by itself.
    public var signal = 0
    public var startedAt = Timestamp.zero
    public var finishedAt = Timestamp.zero
    /// One sentence for people.
    public var reason = ""
    /// What the daemon or a shim has to say beyond the code.
    public var error = ""
    /// The restart policy started it again, or waits to.
    public var restarts = false
    /// Set when the kernel killed for want of memory.
    public var outOfMemory: Memory?
    /// The last signal that was sent through the daemon to this run.
    public var sender: Sender?
    /// The last health probe of the run.
    public var health: HealthcheckResult?
    /// The end of its log, oldest first, without newlines.
    public var lines: [String] = []

    /// Bytes; 0 is not known.
    public struct Memory: Sendable, Equatable, Decodable, JSONWritable {
        /// The most that was in use.
        public var peak: Int64
        public var limit: Int64

        public init(peak: Int64, limit: Int64) {
            self.peak = peak
            self.limit = limit
        }

        private enum CodingKeys: String, CodingKey {
            case peak = "Peak"
            case limit = "Limit"
        }

        public func write(to json: inout JSONWriter) {
            json.object { o in
                o.field("Peak", peak)
                o.field("Limit", limit)
            }
        }
    }

    /// Who sent a signal through the daemon.
    public struct Sender: Sendable, Equatable, Decodable, JSONWritable {
        /// `stop`, `kill`, `restart`, `remove`, `shutdown`.
        public var verb: String
        public var signal: Int
        public var time: Timestamp

        public init(verb: String, signal: Int, time: Timestamp) {
            self.verb = verb
            self.signal = signal
            self.time = time
        }

        private enum CodingKeys: String, CodingKey {
            case verb = "Verb"
            case signal = "Signal"
            case time = "Time"
        }

        public func write(to json: inout JSONWriter) {
            json.object { o in
                o.field("Verb", verb)
                o.field("Signal", signal)
                o.field("Time", time)
            }
        }
    }

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case containerID = "ContainerID"
        case name = "Name"
        case image = "Image"
        case exitCode = "ExitCode"
        case signal = "Signal"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case reason = "Reason"
        case error = "Error"
        case restarts = "Restarts"
        case outOfMemory = "OutOfMemory"
        case sender = "Sender"
        case health = "Health"
        case lines = "Lines"
    }

    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ContainerID", containerID)
            o.field("Name", name)
            o.field("Image", image)
            o.field("ExitCode", exitCode)
            o.field("Signal", signal)
            o.field("StartedAt", startedAt)
            o.field("FinishedAt", finishedAt)
            o.field("Reason", reason)
            o.field("Error", error)
            o.field("Restarts", restarts)
            o.optional("OutOfMemory", outOfMemory)
            o.optional("Sender", sender)
            o.optional("Health", health)
            o.field("Lines", lines)
        }
    }
}
