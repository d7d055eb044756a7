// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a template asks its value for, so that a list of a thousand rows need not make columns that nobody shows.

import WharfJSON

/// Looks for fields of the dot.
enum TemplateWants {
    /// Adds the fields that nodes name. - Returns: false where that can't be said: the dot is used whole, or becomes
    /// something else.
    static func collect(_ nodes: [TemplateNode], into fields: inout Set<String>) -> Bool {
        for node in nodes {
            switch node {
            case .text, .breakRange, .continueRange: continue
            case .action(let pipeline): if !collect(pipeline, into: &fields) { return false }
            case .branch(let pipeline, let then, let otherwise):
                guard collect(pipeline, into: &fields), collect(then, into: &fields), collect(otherwise, into: &fields) else {
                    return false
                }
            case .with, .range, .template: return false
            }
        }
        return true
    }

    private static func collect(_ pipeline: TemplatePipeline, into fields: inout Set<String>) -> Bool {
        for operand in pipeline.commands.flatMap(\.operands) {
            switch operand.head {
            case .function, .value: continue
            case .pipeline(let inner): if !collect(inner, into: &fields) { return false }
            // `$` is the value itself; other variables may hold it.
            case .dot, .variable:
                guard let first = operand.fields.first else { return false }
                fields.insert(first)
            }
        }
        return true
    }
}
