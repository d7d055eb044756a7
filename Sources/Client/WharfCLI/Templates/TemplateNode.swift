// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A template as a tree.

import WharfJSON

/// A part of a template.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    /// `if`: the nodes when it holds, else the others.
    case branch(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    /// `with`: as `branch`, with the value as the dot.
    case with(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    /// `range`: the nodes for each element, the others when there is none.
    case range(TemplatePipeline, each: [TemplateNode], otherwise: [TemplateNode])
    /// Ends the innermost `range`.
    case breakRange
    /// Goes to the next element of the innermost `range`.
    case continueRange
    /// `template "name" pipeline`: another template with the value as its dot.
    case template(String, TemplatePipeline?, place: TemplatePlace)
}

/// `$x := a b | c d`
struct TemplatePipeline: Sendable {
    /// Names that take the result; two of them in `range $key, $value := …`.
    var variables: [String] = []
    /// The variables exist already (`=` instead of `:=`).
    var assigns = false
    var commands: [TemplateCommand] = []

    /// As messages show it.
    var text: String {
        let names = variables.map { "$\($0)" }.joined(separator: ", ")
        return (names.isEmpty ? "" : "\(names) \(assigns ? "=" : ":=") ") + commands.map(\.text).joined(separator: " | ")
    }

    /// What messages about the whole result point at.
    var place: TemplatePlace { commands.last?.operands.first?.place ?? TemplatePlace() }
}

/// A function, field or value with its arguments.
struct TemplateCommand: Sendable {
    var operands: [TemplateOperand]

    /// As messages show it.
    var text: String { operands.map(\.place.text).joined(separator: " ") }
}

/// One operand: where it begins, and the fields behind it.
struct TemplateOperand: Sendable {
    enum Head: Sendable {
        case dot
        case variable(String)
        case function(String)
        case value(JSONValue)
        case pipeline(TemplatePipeline)
    }

    var head: Head
    /// `.A.B` behind the head.
    var fields: [String]
    /// The whole operand; the column is that of the second field where there is one, as Go counts.
    var place: TemplatePlace
}
