// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `list`: every container below --root.

import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime

/// The verb.
let listVerb = Verb(
    name: "list", summary: "list the containers below --root", operands: "", count: 0...0,
    description: "Shows the containers that were made with this --root, also stopped ones that were not deleted.",
    flags: [
        .value("format", "f", of: "FORMAT", help: "table or json (default: table)"),
        .toggle("quiet", "q", help: "only ids"),
    ]
) { invocation in
    var containers: [ListedContainer] = []
    for folder in try invocation.globals.state.list() {
        // One that is removed at this moment, or whose making was interrupted before there was a record, is left out.
        do { containers.append(try ListedContainer(folder)) } catch { invocation.log.debug("container \(folder.id): \(error)") }
    }
    if invocation.values.isOn("quiet") {
        print(containers.map { "\($0.record.id)\n" }.joined(), to: standardOutput)
        return 0
    }
    switch invocation.values["format"] ?? "table" {
    case "json":
        var json = JSONWriter()
        if containers.isEmpty {
            json.null()
        } else {
            json.array { json in for container in containers { container.write(to: &json, owner: ownerName(container)) } }
        }
        json.newline()
        print(String(decoding: json.bytes, as: UTF8.self), to: standardOutput)
    case "table": print(table(containers), to: standardOutput)
    default: throw CommandError("invalid format option")
    }
    return 0
}

/// Columns as wide as their widest cell, at least 12, three spaces apart.
private func table(_ containers: [ListedContainer]) -> String {
    var rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
    for container in containers {
        let record = container.record
        rows.append([record.id, "\(container.pid)", container.status.rawValue, record.bundle, record.created.rfc3339, ownerName(container)])
    }
    let widths = rows[0].indices.map { column in max(12, (rows.map { $0[column].unicodeScalars.count }.max() ?? 0) + 3) }
    return rows.map { row in
        zip(row, widths).dropLast().map { padded($0, $1) }.joined() + (row.last ?? "") + "\n"
    }.joined()
}

/// The account's name on the host, `#UID` where it has none.
private func ownerName(_ container: ListedContainer) -> String {
    if container.record.owner == 0 { return "root" }
    // An unreadable account file leaves the number, which is right as well.
    let bytes = (try? HostPath("/etc/passwd").read(limit: 10 << 20)) ?? []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        if fields.count > 2, UInt32(String(decoding: fields[2], as: UTF8.self)) == container.record.owner {
            return String(decoding: fields[0], as: UTF8.self)
        }
    }
    return "#\(container.record.owner)"
}
