// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of Go's text/template that `--format` lives on: fields, index, range, if, with, variables, pipelines and
// docker's functions. Data is JSON, as the daemon sent it or as a list's row offers it.

import WharfJSON

/// A template that has been read.
struct Template: Sendable {
    private let nodes: [TemplateNode]

    /// A function of a row that takes arguments: `.Label "com.example"`.
    typealias Method = @Sendable ([JSONValue]) throws -> JSONValue

    /// Reads a template. Throws `TemplateError`.
    init(_ text: String) throws {
        var parser = try TemplateParser(text, functions: TemplateFunctions.names)
        nodes = try parser.parse()
    }

    /// Fills the template. `rowType` is what an unknown field of a row is blamed on. Throws `TemplateError`, also for a field that is not there.
    func fill(_ value: JSONValue, methods: [String: Method] = [:], rowType: String? = nil) throws -> String {
        var evaluator = TemplateEvaluator(root: value, methods: methods, rowType: rowType)
        return try evaluator.run(nodes)
    }
}
