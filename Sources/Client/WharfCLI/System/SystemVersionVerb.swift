// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf version`: both sides, the client also when no daemon answers.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows versions.
enum SystemVersionVerb {
    static let format = Flag.text("format", "f", FormatHelp.object)

    static let command = Command(
        name: "version", usage: "[OPTIONS]", summary: "Show the Wharf version information", operands: .none, flags: [format]
    ) { call in
        var template: Template?
        if call.isSet(format), call[format] != "json" {
            do { template = try Template(call[format]) } catch { throw ExitError("template parsing error: \(error)", code: 64) }
        }
        var server: SystemVersion?
        var failure: (any Error)?
        do { server = try await call.client.version() } catch { failure = error }
        let apiVersion = server == nil ? APIVersion.current : try await call.client.apiVersion()
        let client = clientFields(apiVersion)
        if call.isSet(format) {
            let document = document(client, server)
            do { call.console.line(try template?.fill(document) ?? JSONText.compact(document)) } catch {
                // Without a daemon the template fails at its fields: the missing daemon is the better message.
                throw failure ?? ExitError("template parsing error: \(error)")
            }
        } else {
            call.console.out(text(client, server))
        }
        if let failure { throw failure }
        return 0
    }

    private static func clientFields(_ apiVersion: APIVersion) -> [(key: String, label: String, value: String)] {
        [
            ("Version", "Version", Program.version), ("ApiVersion", "API version", apiVersion.description),
            ("DefaultAPIVersion", "", APIVersion.current.description), ("Os", "", "linux"), ("Arch", "", architecture),
            ("", "OS/Arch", "linux/\(architecture)"), ("Context", "Context", "default"),
        ]
    }

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }

    /// What templates see: `{{.Client.Version}}`, `{{.Server.Version}}`.
    private static func document(_ client: [(key: String, label: String, value: String)], _ server: SystemVersion?) -> JSONValue {
        var fields = JSONObject()
        for entry in client where !entry.key.isEmpty { fields.append(entry.key, .string(entry.value)) }
        var document = JSONObject()
        document.append("Client", .object(fields))
        if let server, let value = try? JSON.parse(JSON.encode(server)) { document.append("Server", value) }  // Own bytes are valid.
        return .object(document)
    }

    private static func text(_ client: [(key: String, label: String, value: String)], _ server: SystemVersion?) -> String {
        var text = "Client:\n" + lines(client.filter { !$0.label.isEmpty }.map { ($0.label, $0.value) }, indent: " ")
        guard let server else { return text }
        text += "\nServer: \(server.platform.name)\n"
        guard !server.components.isEmpty else { return text + engine(server) }
        for component in server.components {
            text += " \(component.name):\n"
            guard component.name != "Engine" else {
                text += engine(server)
                continue
            }
            let details = (component.details ?? [:]).filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            text += lines([("Version", component.version)] + details.map { ($0.key, $0.value) }, indent: "  ")
        }
        return text
    }

    private static func engine(_ server: SystemVersion) -> String {
        let all = [
            ("Version", server.version), ("API version", "\(server.apiVersion) (minimum version \(server.minAPIVersion))"),
            ("Git commit", server.gitCommit), ("Built", server.buildTime), ("OS/Arch", "\(server.os)/\(server.architecture)"),
            ("Kernel version", server.kernelVersion), ("Experimental", String(server.experimental)),
        ]
        return lines(all.filter { !$0.1.isEmpty }, indent: "  ")
    }

    private static func lines(_ pairs: [(String, String)], indent: String) -> String {
        let width = indent.count == 1 ? 19 : 18
        return pairs.map { "\(indent)\($0.0):\(String(repeating: " ", count: max(1, width - $0.0.count - 1)))\($0.1)\n" }.joined()
    }
}
