// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A signal that was sent through the daemon: kept beside the run that it was sent to, so that an exit can be explained.

import WharfJSON

/// A signal and the verb that sent it.
struct SentSignal: Sendable, Equatable {
    /// What somebody asked for.
    enum Verb: String, Sendable, CaseIterable {
        case stop, kill, restart, remove
        /// The daemon itself, on its way out.
        case shutdown
    }

    var signal: Int32
    var verb: Verb
    var time: Timestamp
}

extension SentSignal: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey { case signal, verb, time }

    func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("signal", signal)
            o.field("verb", verb.rawValue)
            o.field("time", time)
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let verb = try values.decode(String.self, forKey: .verb)
        guard let known = Verb(rawValue: verb) else { throw JSONError.invalid("unknown sender \"\(verb)\" of a signal") }
        self.init(
            signal: try values.decode(Int32.self, forKey: .signal), verb: known, time: try values.decode(Timestamp.self, forKey: .time))
    }
}
