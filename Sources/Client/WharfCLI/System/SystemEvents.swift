// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf events`: what happens, as it happens.

import Glibc
import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows events.
enum SystemEvents {
    static let filter = Flag.filters()
    static let format = Flag.text("format", nil, FormatHelp.object)
    static let since = Flag.text("since", nil, "Show all events created since timestamp")
    static let until = Flag.text("until", nil, "Stream events until this timestamp")

    static let command = Command(
        name: "events", usage: "[OPTIONS]", summary: "Get real time events from the server",
        aliases: ["wharf system events", "wharf events"], operands: .none, flags: [filter, format, since, until]
    ) { call in
        let text = call[format]
        var template: Template?
        if !text.isEmpty, text != "json" {
            do { template = try Template(text) } catch { throw ExitError("template parsing error: \(error)", code: 64) }
        }
        let stream = try await call.client.events(
            since: try time(call[since]), until: try time(call[until]), filters: Filters(options: call[filter]))
        try await stream.forEachLine { line in
            let event = try JSON.decode(EventMessage.self, from: line)
            if let template {
                call.console.line(try template.fill(document(event)))
            } else if text == "json" {
                call.console.line(JSONText.compact(try JSON.parse(JSON.encode(event))))
            } else {
                call.console.line(SystemEvents.line(event))
            }
        }
        return 0
    }

    private static func time(_ text: String) throws -> Timestamp? {
        guard !text.isEmpty else { return nil }
        guard let time = TimeText.parse(text, now: Timestamp.now()) else {
            throw ExitError("failed to parse value as time or duration: \(quoted(text))")
        }
        return time
    }

    /// `TIME TYPE ACTION ID (key=value, …)`
    static func line(_ event: EventMessage) -> String {
        var text = ""
        if event.timeNano != 0 {
            text = TimeText.rfc3339Nano(event.timeNano) + " "
        } else if event.time != 0 {
            text = TimeText.rfc3339Nano(event.time * 1_000_000_000) + " "
        }
        text += "\(event.type) \(event.action) \(event.actor.id)"
        let attributes = event.actor.attributes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        guard !attributes.isEmpty else { return text }
        return text + " (\(attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")))"
    }

    /// What templates see: the names of Docker's own type.
    private static func document(_ event: EventMessage) throws -> JSONValue {
        var object = JSONObject()
        object.append("Status", .string(event.status ?? ""))
        object.append("ID", .string(event.id ?? ""))
        object.append("From", .string(event.from ?? ""))
        object.append("Type", .string(event.type))
        object.append("Action", .string(event.action))
        object.append("Actor", try JSON.parse(JSON.encode(event.actor)))
        object.append("Scope", .string(event.scope))
        object.append("Time", try JSON.parse(JSON.encode(event.time)))
        object.append("TimeNano", try JSON.parse(JSON.encode(event.timeNano)))
        return .object(object)
    }
}

extension TimeText {
    /// `2006-01-02T15:04:05.000000000+02:00`, in the local zone.
    static func rfc3339Nano(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let fraction = String(nanoseconds % 1_000_000_000)
        let text = rfc3339(seconds)
        let digits = "." + String(repeating: "0", count: max(0, 9 - fraction.utf8.count)) + fraction
        return String(text.prefix(19)) + digits + text.dropFirst(19)
    }
}
