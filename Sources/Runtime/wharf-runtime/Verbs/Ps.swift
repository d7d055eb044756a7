// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `ps`: the container's processes, as numbers or as the host's ps shows them.

import Glibc
import WharfCgroups
import WharfJSON
import WharfLinux
import WharfRuntime

/// The verb.
let psVerb = Verb(
    name: "ps", summary: "show the processes of a container", operands: "<container-id> [ps options]", count: 1...1000,
    description: """
        As a table, the host's ps is run with the given options (-ef without any) and the lines of other processes are
        left out. Its output needs a PID column.
        """,
    flags: [.value("format", "f", of: "FORMAT", help: "table or json, which is a list of ids (default: table)")]
) { invocation in
    let folder = try invocation.globals.state.open(invocation.operands[0])
    let record = try folder.existingRecord()
    let cgroup = try record.cgroup()
    let pids = try failing("ps") { () throws(SyscallError) in try cgroup?.processes() ?? [] }
    switch invocation.values["format"] ?? "table" {
    case "json":
        var json = JSONWriter()
        json.value(pids.sorted())
        json.newline()
        print(String(decoding: json.bytes, as: UTF8.self), to: standardOutput)
    case "table":
        let options = Array(invocation.operands.dropFirst())
        let output = try hostProcessTable(options.isEmpty ? ["-ef"] : options)
        print(try lines(of: output, for: Set(pids)), to: standardOutput)
    default: throw CommandError("invalid format option")
    }
    return 0
}

/// What the host's ps prints; at most 64 MiB.
private func hostProcessTable(_ options: [String]) throws -> [UInt8] {
    guard let program = ["/bin/ps", "/usr/bin/ps"].first(where: { (try? HostPath($0).exists()) ?? false }) else {
        throw CommandError("exec: \"ps\": executable file not found in $PATH")
    }
    let (reader, writer) = try failing("ps") { () throws(SyscallError) in try UnixSocket.pair() }
    let child = try failing("ps") { () throws(SyscallError) in
        let fork = try Fork.now()
        guard case .parent(_, let child) = fork else { becomeProcessTable(program, options, writer) }
        return child
    }
    writer.close()
    let output = try failing("ps") { () throws(SyscallError) in try reader.readAll(limit: 64 << 20) }
    let exit = try failing("ps") { () throws(SyscallError) in try child.wait() }
    guard exit.code == 0 else { throw CommandError("exit status \(exit.code): \(String(decoding: output, as: UTF8.self))") }
    return output
}

private func becomeProcessTable(_ program: String, _ options: [String], _ writer: Descriptor) -> Never {
    do throws(SyscallError) {
        try ProcessState.assign(writer, to: 1)
        let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        try ProcessState.execute(
            Array(program.utf8), arguments: (["ps"] + options).map { Array($0.utf8) }, environment: environment.map { Array($0.utf8) })
    } catch {
        print("\(error)\n", to: standardError)
    }
    _exit(127)
}

/// The heading and the lines whose PID column names one of the processes.
private func lines(of output: [UInt8], for pids: Set<Int32>) throws -> String {
    let lines = output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    guard let heading = lines.first,
        let column = heading.split(separator: " ").firstIndex(where: { $0.utf8.elementsEqual("PID".utf8) })
    else { throw CommandError("couldn't find PID field in ps output") }
    var text = heading + "\n"
    for line in lines.dropFirst() {
        let fields = line.split(separator: " ")
        guard column < fields.count, let pid = Int32(fields[column]) else { continue }
        if pids.contains(pid) { text += line + "\n" }
    }
    return text
}
