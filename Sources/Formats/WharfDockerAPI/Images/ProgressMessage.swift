// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One line of a progress stream (load, import, pull, push, build): a JSON object each.

public import WharfJSON

/// What Docker's clients call JSONMessage.
public struct ProgressMessage: Sendable, Equatable, Decodable, JSONWritable {
    /// Text to print as it is.
    public var stream: String = ""
    public var status: String = ""
    public var progressDetail: ProgressDetail?
    /// The bar as text; old clients print it. Up to API 1.51.
    public var progress: String = ""
    /// Of the layer that the line is about.
    public var id: String = ""
    public var time: Int64 = 0
    public var timeNano: Int64 = 0
    public var errorDetail: ErrorDetail?
    /// Same text as the detail's message.
    public var error: String = ""
    /// A result for programs: a `PushResult`, or a build's image.
    public var aux: JSONValue?

    /// All fields at their zero values.
    public init() {}

    /// A line of text about nothing in particular, or about what has this id.
    public init(status: String, id: String = "") {
        self.status = status
        self.id = id
    }

    /// A step of a layer; without numbers the detail is empty, but there.
    public init(layer id: String, _ status: String, detail: ProgressDetail = ProgressDetail()) {
        self.id = id
        self.status = status
        progressDetail = detail
        progress = detail.bar
    }

    /// The end of a stream that failed.
    public init(failure message: String) {
        error = message
        errorDetail = ErrorDetail(code: 0, message: message)
    }

    private enum CodingKeys: String, CodingKey {
        case stream
        case status
        case progressDetail
        case progress
        case id
        case time
        case timeNano
        case errorDetail
        case error
        case aux
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("stream", stream)
            o.nonEmpty("status", status)
            o.optional("progressDetail", progressDetail)
            o.nonEmpty("progress", progress)
            o.nonEmpty("id", id)
            o.nonEmpty("time", time)
            o.nonEmpty("timeNano", timeNano)
            o.optional("errorDetail", errorDetail)
            o.nonEmpty("error", error)
            o.optional("aux", aux)
        }
    }
}
