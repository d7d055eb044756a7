// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf logs`: what a container has written, and on request what it goes on writing.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows the log of a container.
enum ContainerLogs {
    static let details = Flag.on("details", nil, "Show extra details provided to logs")
    static let follow = Flag.on("follow", "f", "Follow log output")
    static let since = Flag.text(
        "since", nil, "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)")
    static let tail = Flag.text("tail", "n", "Number of lines to show from the end of the logs", default: "all")
    static let timestamps = Flag.on("timestamps", "t", "Show timestamps")
    static let until = Flag.text(
        "until", nil, "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)")

    static let command = Command(
        name: "logs", usage: "[OPTIONS] CONTAINER", summary: "Fetch the logs of a container",
        aliases: ["wharf container logs", "wharf logs"], operands: .exactly(1), flags: [details, follow, since, tail, timestamps, until]
    ) { call in
        let options = try options(call)
        let container = try await call.client.container(call.operands[0])
        let stream = try await call.client.containerLogs(container.id, options)
        var demultiplexer = Demultiplexer()
        for try await chunk in stream {
            if container.config.tty {
                call.console.write(chunk, to: .standard)
            } else {
                try demultiplexer.feed(chunk[...]) { call.console.write(Array($1), to: $0) }
            }
        }
        return 0
    }

    private static func options(_ call: Invocation) throws -> ContainerLogsOptions {
        var options = ContainerLogsOptions()
        options.stdout = true
        options.stderr = true
        options.follow = call[follow]
        options.timestamps = call[timestamps]
        options.details = call[details]
        // Everything that is no number means all, as in docker.
        options.tail = Int(call[tail]).flatMap { $0 >= 0 ? $0 : nil }
        options.since = try time(call[since], since)
        options.until = try time(call[until], until)
        return options
    }

    private static func time(_ text: String, _ flag: Flag<String>) throws -> Timestamp? {
        guard !text.isEmpty else { return nil }
        guard let time = TimeText.parse(text, now: Timestamp.now()) else {
            throw ExitError("invalid value for \"\(flag.name)\": failed to parse value as time or duration: \(quoted(text))")
        }
        return time
    }
}
