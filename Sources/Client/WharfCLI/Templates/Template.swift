// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Go's text/template over JSON, which is what `--format` is written in: fields, index, range, if, with, define, variables,
// pipelines, Go's functions and docker's. Data is a document as the daemon sent it, or a list's row.

import WharfJSON

/// A template that has been read.
struct Template: Sendable {
    private let nodes: [TemplateNode]
    private let definitions: [String: [TemplateNode]]

    /// A function of a row that takes arguments: `.Label "com.example"`.
    typealias Method = @Sendable ([JSONValue]) throws -> JSONValue

    /// Reads a template. Throws `TemplateError`.
    init(_ text: String) throws {
        var parser = try TemplateParser(text)
        nodes = try parser.parse()
        definitions = parser.definitions
    }

    /// The fields of its value that it can ask for; nil where it takes the value whole or hands it on.
    var wantedFields: Set<String>? {
        guard definitions.isEmpty else { return nil }
        var fields: Set<String> = []
        return TemplateWants.collect(nodes, into: &fields) ? fields : nil
    }

    /// Fills the template. `rowType` is what an unknown field of a row is blamed on; nil for documents. Functions in `passing`
    /// give back their first argument. Throws `TemplateError`, also for a field that is not there.
    func fill(
        _ value: JSONValue, methods: [String: Method] = [:], rowType: String? = nil, passing: Set<String> = []
    ) throws -> String {
        var evaluator = TemplateEvaluator(
            root: value, definitions: definitions, methods: methods, rowType: rowType, passing: passing)
        return try evaluator.text(of: nodes)
    }
}
