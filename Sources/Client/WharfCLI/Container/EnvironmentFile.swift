// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Environment variables and labels from options and from files of lines (`--env-file`, `--label-file`).

/// Reads `KEY=value` lists.
enum EnvironmentFile {
    /// Refuses a variable without a name.
    static let checkVariable: @Sendable (String) throws(InvalidValue) -> String = { text throws(InvalidValue) in
        guard !text.isEmpty, !text.hasPrefix("=") else { throw InvalidValue(reason: "invalid environment variable: \(text)") }
        return text
    }

    /// Files first, then the options; a bare `NAME` takes the client's value where it has one.
    static func variables(files: [String], options: [String], environment: (String) -> String?) throws -> [String] {
        var result: [String] = []
        for file in files { result += try lines(of: file) { name in environment(name).map { "\(name)=\($0)" } } }
        for option in options {
            result.append(option.contains("=") ? option : environment(option).map { "\(option)=\($0)" } ?? option)
        }
        return lastOfEach(result)
    }

    /// One entry for each name: the last value, at the place of the first.
    private static func lastOfEach(_ entries: [String]) -> [String] {
        var places: [Substring: Int] = [:]
        var result: [String] = []
        for entry in entries {
            let name = entry.prefix { $0 != "=" }
            if let place = places[name] {
                result[place] = entry
            } else {
                places[name] = result.count
                result.append(entry)
            }
        }
        return result
    }

    /// The same for labels, as a map; a bare name has an empty value.
    static func labels(files: [String], options: [String]) throws -> [String: String] {
        var pairs: [String] = []
        for file in files { pairs += try lines(of: file) { $0 } }
        return map(pairs + options)
    }

    /// `["a=1", "b"]` as a map; the last one counts.
    static func map(_ pairs: [String]) -> [String: String] {
        var result: [String: String] = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            result[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
        return result
    }

    /// The entries of a file without comments; `bare` decides what becomes of a line without a value.
    private static func lines(of file: String, bare: (_ name: String) -> String?) throws -> [String] {
        func invalid(_ reason: String) -> ExitError { ExitError("invalid env file (\(file)): \(reason)") }
        var bytes = try LocalFile.read(file, limit: 16 << 20)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        var result: [String] = []
        for (index, raw) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let content = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
            guard let text = String(validating: content, as: UTF8.self) else {
                throw invalid("invalid utf8 bytes at line \(index + 1)")
            }
            let line = text.drop { $0 == " " || $0 == "\t" }
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard !parts[0].isEmpty else { throw invalid("no variable name on line '\(line)'") }
            var name = parts[0]
            if parts.count == 1 { while name.last?.isWhitespace == true { name.removeLast() } }
            guard !name.contains(where: \.isWhitespace) else { throw invalid("variable '\(name)' contains whitespaces") }
            if parts.count == 2 {
                result.append(String(line))
            } else if let entry = bare(String(name)) {
                result.append(entry)
            }
        }
        return result
    }
}
