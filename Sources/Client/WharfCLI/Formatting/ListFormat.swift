// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--format` of lists: a table with or without a template of its own, JSON lines, or a template for each row.

import WharfJSON

/// One row of a list.
struct ListRow: Sendable {
    /// Field name to shown value, sorted as `{{json .}}` prints them.
    let fields: JSONObject
    /// Labels, for `{{.Label "name"}}`.
    var labels: [String: String] = [:]

    /// A row with its fields sorted.
    init(_ fields: [String: String], labels: [String: String] = [:]) {
        var object = JSONObject()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { object.append(name, .string(value)) }
        self.fields = object
        self.labels = labels
    }
}

/// Prints rows by a format.
struct ListFormat: Sendable {
    private let template: Template
    private let isTable: Bool
    private let headers: [String: String]
    private let rowType: String

    /// `format` as the user gave it; empty and `table` mean `standard`. `rowType` is what docker calls the row in messages about
    /// unknown fields. Throws what makes the format unreadable; with `checksEarly` unknown fields as well, which otherwise only
    /// a row can meet.
    init(
        _ format: String, standard: String, headers: [String: String], rowType: String = "row", checksEarly: Bool = false
    ) throws {
        var text = format
        switch format {
        case "", "table":
            text = standard
            isTable = true
        case "json":
            text = "{{json .}}"
            isTable = false
        default:
            isTable = format.hasPrefix("table ")
            if isTable { text = String(format.dropFirst(6)) }
        }
        text = text.split(separator: "\\t", omittingEmptySubsequences: false).joined(separator: "\t")
        text = text.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n")
        self.headers = headers
        self.rowType = rowType
        do { template = try Template(text) } catch {
            throw ExitError("\(checksEarly ? "failed to parse template" : "template parsing error"): \(error)")
        }
        guard checksEarly else { return }
        do { _ = try fill(ListRow(headers)) } catch { throw ExitError("failed to execute template: \(error)") }
    }

    /// The fields of a row that are shown; nil for all that there are.
    var wantedFields: Set<String>? { template.wantedFields }

    /// All rows as text, with a line of headers for a table.
    func text(_ rows: [ListRow]) throws -> String {
        do {
            let lines = try rows.map(fill)
            guard isTable else { return lines.map { $0 + "\n" }.joined() }
            return Table.align([try header()] + lines)
        } catch let error as TemplateError {
            throw ExitError("template parsing error: \(error)")
        }
    }

    private func fill(_ row: ListRow) throws -> String {
        try template.fill(
            .object(row.fields), methods: ["Label": { .string(row.labels[$0.first?.string ?? ""] ?? "") }], rowType: rowType)
    }

    /// The template filled with headers; functions that change a value leave those as they are.
    private func header() throws -> String {
        try template.fill(
            .object(ListRow(headers).fields),
            methods: [
                "Label": { arguments in
                    // The last part of the label's name, in words.
                    let name = (arguments.first?.string ?? "").split(separator: ".").last ?? ""
                    return .string(String(name.map { $0 == "-" || $0 == "_" ? " " : $0 }))
                }
            ], rowType: rowType, passing: ["json", "title", "lower", "upper", "truncate"])
    }
}

extension Flag where Value == [String] {
    /// `-f key=value`, checked and brought into the form of the API.
    static func filters(
        _ help: String = "Filter output based on conditions provided", short: Character? = "f"
    ) -> Flag<[String]> {
        .list("filter", short, help, value: "filter") { text throws(InvalidValue) in
            guard text.contains("=") else { throw InvalidValue(reason: "bad format of filter (expected name=value)") }
            return text
        }
    }
}

/// The text of `--format` in the help of lists and of single objects.
enum FormatHelp {
    static let list = """
        Format output using a custom template:
        'table':            Print output in table format with column headers (default)
        'table TEMPLATE':   Print output in table format using the given Go template
        'json':             Print in JSON format
        'TEMPLATE':         Print output using the given Go template.
        Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates
        """
    static let object = """
        Format output using a custom template:
        'json':             Print in JSON format
        'TEMPLATE':         Print output using the given Go template.
        Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates
        """
}
