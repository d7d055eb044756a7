// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the host's ps printed, cut down to one container's processes (moby, top_unix.go). Pure.

import WharfDockerAPI
import WharfError

/// Reads and checks ps.
enum ProcessTable {
    /// Refuses arguments that would give another column the name PID: `-o uid=PID`.
    ///
    /// - Throws: `invalidArgument`.
    static func check(_ arguments: String) throws(WharfError) {
        for word in fields(arguments[...]) {
            for part in word.split(separator: ",") {
                guard let equals = part.firstIndex(of: "=") else { continue }
                let (column, title) = (part[..<equals], part[part.index(after: equals)...])
                if title.hasPrefix("PID"), column != "pid" {
                    throw WharfError(.invalidArgument, "specifying \"\(column)=\(title)\" is not allowed")
                }
            }
        }
    }

    /// Keeps the lines of `pids`.
    ///
    /// - Throws: `invalidArgument` for output without a column PID.
    static func parse(_ output: String, of pids: Set<Int32>) throws(WharfError) -> ContainerTopResponse {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: true)
        let titles = fields(lines.first ?? "")
        guard let column = titles.firstIndex(of: "PID") else {
            throw WharfError(.invalidArgument, "Couldn't find PID field in ps output")
        }
        var response = ContainerTopResponse(titles: titles)
        // ps -m shows threads below their process, with a dash for the number.
        var isInside = false
        for line in lines.dropFirst() {
            let words = fields(line)
            guard column < words.count else { continue }
            if words[column] == "-" {
                if isInside { response.processes.append(row(words, titles.count)) }
                continue
            }
            guard let pid = Int32(words[column]) else {
                throw WharfError(.internal, "Unexpected pid '\(words[column])': strconv.Atoi: parsing \"\(words[column])\": invalid syntax")
            }
            isInside = pids.contains(pid)
            if isInside { response.processes.append(row(words, titles.count)) }
        }
        return response
    }

    /// As many columns as titles; the last one takes what is left over.
    private static func row(_ words: [String], _ columns: Int) -> [String] {
        guard words.count > columns else { return words }
        return Array(words[..<(columns - 1)]) + [words[(columns - 1)...].joined(separator: " ")]
    }

    /// Split at ASCII white space only: other spaces may be part of a program's name.
    static func fields(_ text: Substring) -> [String] {
        text.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(decoding: $0, as: UTF8.self) }
    }
}
