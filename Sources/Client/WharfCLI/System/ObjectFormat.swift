// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What inspect verbs print: a JSON array of the objects found, or a template for each.

import WharfClient
import WharfJSON

/// Prints objects that were found by name.
enum ObjectFormat {
    static let format = Flag.text("format", "f", FormatHelp.object)
    static let size = Flag.on("size", "s", "Display total file sizes if the type is container")

    /// Looks all names up and prints what was found, then the errors. The result is the exit code.
    static func show(_ call: Invocation, find: (String) async throws -> JSONValue) async throws -> Int32 {
        let text = call[format]
        var template: Template?
        if !text.isEmpty, text != "json" {
            do { template = try Template(text) } catch { throw ExitError("template parsing error: \(error)", code: 64) }
        }
        var found: [JSONValue] = []
        var errors: [String] = []
        for name in call.operands {
            do { found.append(try await find(name)) } catch { errors.append("\(error)") }
        }
        var output = ""
        if let template {
            do { output = try found.map { try template.fill($0) + "\n" }.joined() } catch {
                throw ExitError("template parsing error: \(error)")
            }
            if output.isEmpty { output = "\n" }
        } else if text == "json" {
            output = found.map { JSONText.compact($0) + "\n" }.joined()
            if output.isEmpty { output = "\n" }
        } else {
            output = JSONText.indented(.array(found)) + "\n"
        }
        call.console.out(output)
        for error in errors { call.console.error(error) }
        return errors.isEmpty ? 0 : 1
    }
}
