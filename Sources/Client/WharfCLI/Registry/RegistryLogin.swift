// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf login`: the daemon asks the registry, and credentials that it takes are kept.

import WharfClient
import WharfDockerAPI

/// Logs in to a registry.
enum RegistryLogin {
    static let password = Flag.text("password", "p", "Password or Personal Access Token (PAT)")
    static let passwordInput = Flag.on("password-stdin", nil, "Take the Password or Personal Access Token (PAT) from stdin")
    static let username = Flag.text("username", "u", "Username")

    static let command = Command(
        name: "login", usage: "[OPTIONS] [SERVER]",
        summary: "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.", operands: .atMost(1),
        flags: [password, passwordInput, username]
    ) { call in
        let secret = try await givenSecret(call)
        let server = RegistryServer.key(call.operands.first ?? "")
        if call[username].isEmpty, secret.isEmpty, let status = try await withKnown(server, call) {
            call.console.line(status)
            return 0
        }
        var auth = AuthConfig()
        auth.serverAddress = server
        (auth.username, auth.password) = try await asked(call[username], secret, server, call)
        call.console.line(try await login(auth, call))
        return 0
    }

    /// What the options say: a password, or stdin.
    private static func givenSecret(_ call: Invocation) async throws -> String {
        if !call[password].isEmpty {
            call.console.error("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
            if call[passwordInput] { throw ExitError("--password and --password-stdin are mutually exclusive") }
        }
        guard call[passwordInput] else {
            if call.isSet(username), call[username].isEmpty { throw ExitError("username is empty") }
            if call.isSet(password), call[password].isEmpty { throw ExitError("password is empty") }
            return call[password]
        }
        guard !call[username].isEmpty else { throw ExitError("the --password-stdin option requires --username to be set") }
        let secret = try await Confirmation.whole()
        guard !secret.isEmpty else { throw ExitError("password is empty") }
        return secret
    }

    /// Tries what is kept already; nil when there is nothing, or it is no longer good.
    private static func withKnown(_ server: String, _ call: Invocation) async throws -> String? {
        var auth = await call.credentials.auth(for: server)
        guard !auth.username.isEmpty && !auth.password.isEmpty || !auth.identityToken.isEmpty else { return nil }
        auth.serverAddress = server
        let user = auth.username.isEmpty ? "" : " [Username: \(auth.username)]"
        call.console.line("Authenticating with existing credentials...\(user)")
        call.console.line("\nInfo: to log in with a different account, run 'wharf logout' followed by 'wharf login'\n")
        do {
            return try await login(auth, call, keeps: false)
        } catch let error as DaemonError where error.status == 401 {
            call.console.error("Stored credentials invalid or expired")
            return nil
        }
    }

    private static func asked(_ user: String, _ secret: String, _ server: String, _ call: Invocation) async throws -> (String, String) {
        if !user.isEmpty, !secret.isEmpty { return (user, secret) }
        guard LocalTerminal.inputIsTerminal else {
            throw ExitError("Error: Cannot perform an interactive login from a non TTY device")
        }
        var user = user
        if user.isEmpty {
            if server == RegistryServer.hub {
                call.console.line("Log in with your Docker ID or email address to push and pull images from Docker Hub.")
                call.console.line("A personal access token works as the password and grants better security.\n")
            }
            call.console.out("Username: ")
            user = try await Confirmation.line()
            guard !user.isEmpty else { throw ExitError("username is empty") }
        }
        let secret = secret.isEmpty ? try await Confirmation.secret("Password: ", call.console) : secret
        guard !secret.isEmpty else { throw ExitError("password is empty") }
        return (user, secret)
    }

    /// Asks the registry and keeps what it took; the result is what to tell.
    private static func login(_ auth: AuthConfig, _ call: Invocation, keeps: Bool = true) async throws -> String {
        let answer = try await call.client.login(auth)
        var kept = auth
        if !answer.identityToken.isEmpty {
            // From here on the token stands for the password.
            kept.password = ""
            kept.identityToken = answer.identityToken
        }
        if keeps || !answer.identityToken.isEmpty { try await call.credentials.store(kept) }
        return answer.status
    }
}
