// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Credentials: Docker's configuration file, helper programs, and the names that registries go by.

import Glibc
import Synchronization
import Testing
import WharfDockerAPI
import WharfJSON
import WharfLinux
import WharfTestKit

@testable import WharfCLI

/// A configuration folder, and a console that remembers what it was told.
private final class Home: Sendable {
    let folder: TemporaryDirectory
    private let told = Mutex("")

    init(_ config: String? = nil) throws {
        folder = try TemporaryDirectory("credentials")
        if let config { try folder.write("config.json", Array(config.utf8)) }
    }

    var errors: String { told.withLock { $0 } }
    var file: String { get throws { String(decoding: try HostPath(folder.path("config.json")).read(limit: 1 << 20), as: UTF8.self) } }

    var console: Console {
        Console(
            write: { [self] output, bytes in if output == .error { told.withLock { $0 += String(decoding: bytes, as: UTF8.self) } } },
            environment: { [self] in $0 == "PATH" ? "/nowhere:\(folder.path)" : nil })
    }

    var config: ClientConfig { ClientConfig(directory: folder.path, environment: { _ in nil }) }
    var store: CredentialStore { CredentialStore(config, console: console) }

    /// A helper as people write them: a script. It lives in a folder of its own and is read by the shell, not executed.
    func helper(_ name: String, _ body: String) throws {
        let path = try folder.write("docker-credential-\(name)", Array("#!/bin/sh\n\(body)\n".utf8))
        try HostPath(path).open(.handle).setPermissions(0o755)
    }
}

private func auth(_ user: String, _ password: String, _ server: String) -> AuthConfig {
    var auth = AuthConfig()
    auth.username = user
    auth.password = password
    auth.serverAddress = server
    return auth
}

@Suite struct CredentialFileTests {
    @Test func aLoginIsWrittenAndEverythingElseStays() async throws {
        let home = try Home(#"{"zebra":{"b":1,"a":[]},"auths":{"other":{"auth":"eDp5"}},"HttpHeaders":{"A":"b"}}"#)
        try await home.store.store(auth("u", "p:w", "reg.example:5000"))
        let file = try home.file
        #expect(
            file == """
                {
                \t"zebra": {
                \t\t"b": 1,
                \t\t"a": []
                \t},
                \t"auths": {
                \t\t"other": {
                \t\t\t"auth": "eDp5"
                \t\t},
                \t\t"reg.example:5000": {
                \t\t\t"auth": "dTpwOnc="
                \t\t}
                \t},
                \t"HttpHeaders": {
                \t\t"A": "b"
                \t}
                }
                """)
        #expect(try HostPath(home.folder.path("config.json")).status().permissions & 0o777 == 0o600)
        #expect(home.errors.contains("WARNING! Your credentials are stored unencrypted in '\(home.folder.path("config.json"))'."))
        #expect(await home.store.auth(for: "reg.example:5000") == auth("u", "p:w", "reg.example:5000"))
        try await home.store.erase("reg.example:5000")
        #expect(await home.store.auth(for: "reg.example:5000") == AuthConfig())
        #expect(await home.store.auth(for: "other").username == "x")
    }

    @Test func aFileThatIsALinkStaysOne() async throws {
        let home = try Home()
        let target = try home.folder.write("real.json", Array("{}".utf8))
        #expect(symlink("real.json", home.folder.path("config.json")) == 0)
        try await home.store.store(auth("u", "p", "reg.example"))
        #expect(try HostPath(home.folder.path("config.json")).readLink() == Array("real.json".utf8))
        #expect(String(decoding: try HostPath(target).read(limit: 4096), as: UTF8.self).contains("dTpw"))
    }

    @Test func aBrokenFileIsToldAndNeverReplaced() async throws {
        let home = try Home("{bad")
        #expect(home.config.problem?.hasPrefix("Error parsing config file (\(home.folder.path("config.json"))): invalid json") == true)
        await #expect(throws: ExitError.self) { try await home.store.store(auth("u", "p", "reg.example")) }
        #expect(try home.file == "{bad")
    }

    @Test func entriesInAllTheirShapes() async throws {
        let home = try Home(
            #"""
            {"auths":{"https://old.example/v1/":{"auth":"dTpw"},"zeros":{"auth":"dTpwAAA="},"token":{"identitytoken":"t"},
            "bearer":{"registrytoken":"r"},"plain":{"username":"a","password":"b"},"bad":{"auth":"###"},"empty":{}}}
            """#)
        let store = home.store
        #expect(await store.auth(for: "old.example") == auth("u", "p", "https://old.example/v1/"))
        #expect(await store.auth(for: "zeros").password == "p")
        #expect(await store.auth(for: "token").identityToken == "t")
        #expect(await store.auth(for: "bearer").registryToken == "r")
        #expect(await store.auth(for: "plain") == auth("a", "b", "plain"))
        #expect(await store.auth(for: "empty") == AuthConfig())
        #expect(await store.auth(for: "unknown") == AuthConfig())
        #expect(home.errors.isEmpty)
        #expect(await store.auth(for: "bad") == AuthConfig())
        #expect(home.errors.contains("the credentials of bad"))
    }

    @Test func theFolderIsTheOptionsElseTheEnvironmentsElseTheHomes() {
        let both = { (name: String) in ["DOCKER_CONFIG": "/d", "HOME": "/h"][name] }
        #expect(ClientConfig(directory: "/o", environment: both).path.description == "/o/config.json")
        #expect(ClientConfig(directory: "", environment: both).path.description == "/d/config.json")
        #expect(ClientConfig(directory: "", environment: { $0 == "HOME" ? "/h" : nil }).path.description == "/h/.docker/config.json")
    }
}

@Suite struct CredentialHelperTests {
    @Test func aHelperKeepsWhatIsStored() async throws {
        let home = try Home(#"{"credsStore":"fake"}"#)
        let log = home.folder.path("log")
        try home.helper(
            "fake",
            """
            read input
            echo "$1 $input" >>\(log)
            [ "$1" != get ] || echo '{"ServerURL":"reg.example","Username":"hu","Secret":"hs"}'
            """)
        try await home.store.store(auth("u", "p", "reg.example"))
        #expect(await home.store.auth(for: "reg.example") == auth("hu", "hs", "reg.example"))
        try await home.store.erase("reg.example")
        let calls = String(decoding: try HostPath(log).read(limit: 4096), as: UTF8.self)
        #expect(calls == #"store {"ServerURL":"reg.example","Username":"u","Secret":"p"}"# + "\nget reg.example\nerase reg.example\n")
        // No secret is in the file, and nothing was stored unencrypted.
        #expect(try home.file == "{\n\t\"credsStore\": \"fake\",\n\t\"auths\": {}\n}")
        #expect(home.errors.isEmpty)
    }

    @Test func aRegistrysOwnHelperComesFirst() async throws {
        let home = try Home(#"{"credsStore":"missing","credHelpers":{"reg.example":"own"},"auths":{"reg.example":{"auth":"dTpw"}}}"#)
        try home.helper("own", #"echo '{"Username":"<token>","Secret":"t"}'"#)
        let auth = await home.store.auth(for: "reg.example")
        #expect(auth.identityToken == "t" && auth.username.isEmpty)
    }

    @Test func helpersThatFail() async throws {
        let home = try Home(#"{"credsStore":"fake"}"#)
        try home.helper("fake", "echo oops; exit 1")
        #expect(await home.store.auth(for: "reg.example") == AuthConfig())
        #expect(home.errors.contains("exit status 1, out: `oops`"))
        await #expect {
            try await home.store.store(auth("u", "p", "reg.example"))
        } throws: {
            "\($0)" == "Error saving credentials: error storing credentials - err: exit status 1, out: `oops`"
        }
        try home.helper("fake", "echo credentials not found in native keychain; exit 1")
        let quiet = try Home(#"{"credsStore":"missing"}"#)
        #expect(await home.store.auth(for: "reg.example") == AuthConfig())
        #expect(home.errors.filter { $0 == "\n" }.count == 1)
        #expect(await quiet.store.auth(for: "reg.example") == AuthConfig())
        #expect(quiet.errors.contains(#"exec: "docker-credential-missing": executable file not found in $PATH"#))
    }

    @Test func aHelperThatHangsIsEnded() async throws {
        let home = try Home()
        try home.helper("slow", "exec tail -f /dev/null")
        let helper = CredentialHelper(name: "slow", console: home.console, timeout: .milliseconds(300))
        await #expect {
            _ = try await helper.get("reg.example")
        } throws: {
            "\($0)" == "docker-credential-slow gives no answer"
        }
    }

    @Test func whatAHelperLeavesRunningHoldsNobodyUp() async throws {
        let home = try Home()
        try home.helper("leaving", #"tail -f /dev/null & echo $! >\#(home.folder.path("pid")); echo '{"Username":"u","Secret":"s"}'"#)
        let helper = CredentialHelper(name: "leaving", console: home.console, timeout: .seconds(60))
        #expect(try await helper.get("reg.example") == auth("u", "s", "reg.example"))
        let pid = Int32(String(decoding: try HostPath(home.folder.path("pid")).read(limit: 32), as: UTF8.self).filter(\.isNumber))
        // tail ends by itself once nobody reads what it writes: then there is nothing to end any more.
        try? PidFD.open(try #require(pid)).send(9)
    }

    @Test func namesThatLeadElsewhereAreNoHelpers() async throws {
        let home = try Home(#"{"credsStore":"../../bin/sh"}"#)
        #expect(await home.store.auth(for: "reg.example") == AuthConfig())
        #expect(home.errors.contains("executable file not found in $PATH"))
    }
}

@Suite struct RegistryServerTests {
    @Test(arguments: [
        ("", RegistryServer.hub), ("docker.io", RegistryServer.hub), ("https://index.docker.io/v1/", RegistryServer.hub),
        ("reg.example", "reg.example"), ("https://reg.example:5000/v2/", "reg.example:5000"), ("http://localhost", "localhost"),
    ])
    func keys(text: String, key: String) { #expect(RegistryServer.key(text) == key) }

    @Test func registriesOfNames() throws {
        #expect(try ImageName("busybox").registryHost == nil)
        #expect(try ImageName("a/b").registryHost == nil)
        #expect(try ImageName("localhost/b").registryHost == "localhost")
        #expect(try ImageName("reg.example:5000/a/b:1").registryHost == "reg.example:5000")
        #expect(try ImageName("busybox").tagged.fullName == "docker.io/library/busybox:latest")
        #expect(try ImageName("a/b:1").tagged.fullName == "docker.io/a/b:1")
        #expect(try ImageName("docker.io/library/x").fullRepository == "docker.io/library/x")
    }
}

@Suite struct PlatformTextTests {
    @Test(arguments: [
        ("linux/amd64", #"{"architecture":"amd64","os":"linux"}"#),
        ("linux/arm64/v8", #"{"architecture":"arm64","os":"linux","variant":"v8"}"#),
        ("arm64", #"{"architecture":"arm64","os":"linux"}"#), ("aarch64", #"{"architecture":"arm64","os":"linux"}"#),
        ("linux/arm", #"{"architecture":"arm","os":"linux"}"#),
        ("Linux/ARM/v6", #"{"architecture":"arm","os":"linux","variant":"v6"}"#),
        ("windows/amd64", #"{"architecture":"amd64","os":"windows"}"#), ("linux/x86_64", #"{"architecture":"amd64","os":"linux"}"#),
    ])
    func platforms(text: String, json: String) throws {
        #expect(String(decoding: JSON.encode(try #require(try PlatformText.parse(text))), as: UTF8.self) == json)
    }

    @Test func refusals() throws {
        #expect(try PlatformText.parse("") == nil)
        for (text, message) in [
            ("a/b/c/d", #"invalid platform: "a/b/c/d": cannot parse platform specifier: invalid argument"#),
            (
                "linux/",
                #"invalid platform: "" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument"#
            ),
            ("bogus", #"invalid platform: "bogus": unknown operating system or architecture: invalid argument"#),
        ] {
            #expect {
                try PlatformText.parse(text)
            } throws: {
                "\($0)" == message
            }
        }
    }
}
