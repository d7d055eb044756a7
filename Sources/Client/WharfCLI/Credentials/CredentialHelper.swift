// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Programs that keep credentials in a key ring: `docker-credential-NAME get|store|erase`, the request on stdin, the answer on
// stdout (docker/docker-credential-helpers).

import Glibc
import WharfDockerAPI
import WharfJSON
import WharfLinux

/// One helper.
struct CredentialHelper: Sendable {
    /// The part behind `docker-credential-`.
    let name: String
    let console: Console
    /// How long a helper may take: some ask the user for a password.
    var timeout: Duration = .seconds(120)

    /// A user name that says: the secret is a token.
    private static let tokenUser = "<token>"
    private static let notFound = "credentials not found in native keychain"

    /// What the helper knows for a registry; nil when it knows nothing.
    func get(_ server: String) async throws -> AuthConfig? {
        let output: [UInt8]
        do { output = try await run("get", Array(server.utf8)) } catch let error as Failure where error.output == Self.notFound {
            return nil
        }
        let answer: JSONValue
        do { answer = try JSON.parse(output) } catch { throw ExitError("\(program) answered with what is no JSON: \(error)") }
        var auth = AuthConfig()
        let user = answer["Username"]?.string ?? ""
        let secret = answer["Secret"]?.string ?? ""
        if user.isEmpty && secret.isEmpty { return nil }
        auth.serverAddress = server
        if user == Self.tokenUser {
            auth.identityToken = secret
        } else {
            auth.username = user
            auth.password = secret
        }
        return auth
    }

    /// Keeps credentials.
    func store(_ auth: AuthConfig) async throws {
        var request = JSONObject()
        let isToken = !auth.identityToken.isEmpty
        request.append("ServerURL", .string(auth.serverAddress))
        request.append("Username", .string(isToken ? Self.tokenUser : auth.username))
        request.append("Secret", .string(isToken ? auth.identityToken : auth.password))
        _ = try await run("store", JSON.encode(JSONValue.object(request)))
    }

    /// Forgets a registry; no error when the helper knows nothing of it.
    func erase(_ server: String) async throws {
        do { _ = try await run("erase", Array(server.utf8)) } catch let error as Failure where error.output == Self.notFound { return }
    }

    // MARK: The process

    private var program: String { "docker-credential-\(name)" }

    /// A helper that ended with an error, in the words of docker's client.
    private struct Failure: Error, CustomStringConvertible {
        let exit: ProcessExit
        /// What it wrote, without white space around.
        let output: String

        var description: String {
            switch exit {
            case .exited(let code): "exit status \(code), out: `\(output)`"
            case .signaled(let signal): "signal \(signal), out: `\(output)`"
            }
        }
    }

    private func run(_ verb: String, _ input: [UInt8]) async throws -> [UInt8] {
        try await WorkerThread.run { try call(verb, input) }
    }

    private func call(_ verb: String, _ input: [UInt8]) throws -> [UInt8] {
        let (path, file) = try find()
        let request = try Pipe.make()
        let answer = try Pipe.make()
        let errors = Descriptor(owning: 2)
        defer { _ = errors.release() }
        // All of it fits into the pipe, so that nobody waits for a helper that does not read.
        guard input.count <= 32 << 10 else { throw ExitError("credentials are longer than 32 KiB") }
        try request.writing.writeAll(input)
        request.writing.close()
        let (executable, arguments) = try interpreted(file, [path, verb])
        let process = try spawn(
            executable, arguments: arguments, environment: try environment(), descriptors: [request.reading, answer.writing, errors])
        request.reading.close()
        answer.writing.close()
        let pidfd = PidFD(process.pidfd)
        let output: [UInt8]
        do { output = try read(answer.reading, until: pidfd) } catch {
            try? pidfd.send(SIGKILL)  // It may have ended by itself; the first error is the one to tell.
            _ = try? pidfd.wait()
            throw error
        }
        guard try pidfd.waitForEnd(timeout: timeout) else {
            try? pidfd.send(SIGKILL)  // As above.
            _ = try? pidfd.wait()
            throw ExitError("\(program) \(verb) does not end")
        }
        let exit = try pidfd.wait()
        guard exit == .exited(code: 0) else {
            var text = String(decoding: output, as: UTF8.self)
            while let last = text.last, last.isWhitespace { text.removeLast() }
            throw Failure(exit: exit, output: text)
        }
        return output
    }

    /// Reads to the end; what a helper leaves running may keep the pipe open, so the helper's own end counts too.
    private func read(_ pipe: Descriptor, until pidfd: PidFD) throws -> [UInt8] {
        let deadline = KernelClock.monotonic() + timeout
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let ready = try Descriptor.waitReadable(anyOf: [pipe, pidfd.descriptor], timeout: deadline - KernelClock.monotonic())
            guard let ready else { throw ExitError("\(program) gives no answer") }
            if ready == 1 { try pipe.setNonBlocking(true) }
            let count: Int
            do { count = try buffer.withUnsafeMutableBytes { try pipe.read(into: $0) } } catch let error as SyscallError {
                if error.errno == EAGAIN { return output }
                throw error
            }
            if count == 0 { return output }
            output += buffer[..<count]
            guard output.count <= 1 << 20 else { throw ExitError("the answer of \(program) is longer than 1 MiB") }
        }
    }

    private func find() throws -> (String, Descriptor) {
        let missing = ExitError("exec: \(quoted(program)): executable file not found in $PATH, out: ``")
        guard name.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else { throw missing }
        for folder in (console.environment("PATH") ?? "").split(separator: ":") {
            let path = HostPath(String(folder)) / program
            // Not there, or not to be read: the next one.
            guard let file = try? path.open(.read), let status = try? file.status() else { continue }
            if status.kind == .regular, status.permissions & 0o111 != 0 { return (path.description, file) }
        }
        throw missing
    }

    /// A script by its interpreter: the kernel would look for the script by a descriptor that is closed by then.
    private func interpreted(_ file: Descriptor, _ arguments: [String]) throws -> (Descriptor, [String]) {
        var head = [UInt8](repeating: 0, count: 256)
        let count = try head.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        guard head[..<count].starts(with: "#!".utf8) else { return (file, arguments) }
        let line = head[2..<count].prefix { $0 != UInt8(ascii: "\n") }
        let words = line.split(maxSplits: 1) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let interpreter = words.first else { return (file, arguments) }
        return (try HostPath(interpreter).open(.read), words + arguments)
    }

    private func environment() throws -> [String] {
        try ProcFD().openSelf("environ").readAll(limit: 4 << 20).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
