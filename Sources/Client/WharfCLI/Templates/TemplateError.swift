// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why a template could not be read or filled, in the words of Go's text/template.

/// A broken template.
struct TemplateError: Error, CustomStringConvertible {
    let description: String

    /// Refused while reading: `template: :1: function "x" not defined`.
    static func parsing(_ message: String, line: Int) -> TemplateError {
        TemplateError(description: "template: :\(line): \(message)")
    }

    /// Failed while filling: `template: :1:2: executing "" at <.X>: …`.
    static func executing(_ message: String, at place: TemplatePlace) -> TemplateError {
        TemplateError(description: "template: :\(place.line):\(place.column): executing \"\" at <\(place.text)>: \(message)")
    }
}

/// Where something stands in a template.
struct TemplatePlace: Sendable, Equatable {
    var line = 1
    var column = 0
    /// As it was written.
    var text = ""
    /// Fields follow the head.
    var isChain = false
}
