// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf logout`: forgets credentials. Nothing is told to the registry.

import WharfClient

/// Logs out from a registry.
enum RegistryLogout {
    static let command = Command(
        name: "logout", usage: "[SERVER]",
        summary: "Log out from a registry.\nIf no server is specified, the default is Docker Hub.", operands: .atMost(1)
    ) { call in
        let server = RegistryServer.key(call.operands.first ?? "")
        call.console.line("Removing login credentials for \(server)")
        // Old files name a registry by a URL.
        let names = server == RegistryServer.hub ? [server] : [server, "http://\(server)", "https://\(server)"]
        var failures: [String] = []
        for name in names {
            do { try await call.credentials.erase(name) } catch { failures.append("\(error)") }
        }
        if let first = failures.first { call.console.error("WARNING: could not erase credentials:\n\(first)") }
        return 0
    }
}
