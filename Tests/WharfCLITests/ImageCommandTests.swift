// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Image commands against a daemon that answers as docker's does: what they ask, what they print, how they end.

import Testing
import WharfDockerAPI
import WharfHTTP
import WharfLinux

@testable import WharfCLI

@Suite struct ImageCommandTests {
    private static let pulled = FakeEngine.stream(
        #"{"status":"Pulling from library/busybox","id":"latest"}"#,
        #"{"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"l1"}"#,
        #"{"status":"Pull complete","progressDetail":{},"id":"l1"}"#, #"{"status":"Status: Downloaded newer image for busybox:latest"}"#)

    @Test func pullAsksWithCredentialsAndPrintsTheName() async throws {
        let engine = try await FakeEngine(config: #"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}}"#) { _ in Self.pulled }
        let outcome = await engine.run("pull", "busybox")
        #expect(
            outcome.out == """
                Using default tag: latest
                latest: Pulling from library/busybox
                l1: Pull complete
                Status: Downloaded newer image for busybox:latest
                docker.io/library/busybox:latest

                """)
        #expect(outcome.code == 0 && outcome.err.isEmpty)
        #expect(engine.calls.map(\.line) == ["POST /images/create?fromImage=busybox&tag=latest"])
        #expect(engine.calls[0].auth?.username == "u" && engine.calls[0].auth?.password == "p")
        // Another registry gets nothing of it.
        #expect(await engine.run("pull", "-q", "--platform", "linux/arm64", "reg.example/x:1").out == "reg.example/x:1\n")
        #expect(engine.calls[1].line == "POST /images/create?fromImage=reg.example%2Fx&tag=1&platform=linux%2Farm64")
        #expect(engine.calls[1].auth?.username == "")
        #expect(await engine.run("pull", "-qa", "x").out == "docker.io/library/x\n")
        #expect(engine.calls[2].line == "POST /images/create?fromImage=x")
        #expect(await engine.run("pull", "-a", "x:1").err == "tag can't be used with --all-tags/-a\n")
    }

    @Test func anErrorInTheStreamEndsTheCommand() async throws {
        let engine = try await FakeEngine { line in
            line.contains("none")
                ? FakeEngine.json(#"{"message":"no access"}"#, status: 404)
                : FakeEngine.stream(
                    #"{"status":"Waiting","progressDetail":{},"id":"l1"}"#, #"{"errorDetail":{"message":"boom"},"error":"boom"}"#)
        }
        for command in ["pull", "push"] {
            for options in [[], ["-q"]] {
                let outcome = await engine.run(arguments: [command] + options + ["x"])
                #expect(outcome.code == 1 && outcome.err == "boom\n")
            }
        }
        let outcome = await engine.run("pull", "none")
        #expect(outcome.code == 1 && outcome.err == "Error response from daemon: no access\n")
    }

    @Test func pushNamesWhatItPushes() async throws {
        let engine = try await FakeEngine { _ in FakeEngine.stream(#"{"status":"1: digest: sha256:2 size: 3"}"#) }
        #expect(await engine.run("push", "reg.example:5000/a/b").out == "Using default tag: latest\n1: digest: sha256:2 size: 3\n")
        #expect(await engine.run("push", "-q", "reg.example:5000/a/b:1").out == "reg.example:5000/a/b:1\n")
        #expect(await engine.run("push", "-aq", "x").out == "docker.io/library/x\n")
        #expect(
            engine.calls.map(\.line) == [
                "POST /images/reg.example:5000/a/b/push?tag=latest", "POST /images/reg.example:5000/a/b/push?tag=1", "POST /images/x/push",
            ])
        let digest = "x@sha256:" + String(repeating: "a", count: 64)
        #expect(await engine.run("push", digest).err == "cannot push a digest reference\n")
    }

    @Test func aMissingImageIsPulledWithItsProgressOnStderr() async throws {
        let engine = try await FakeEngine { line in
            line.contains("/create?fromImage") ? Self.pulled : FakeEngine.json(#"{"message":"No such image: busybox:latest"}"#, status: 404)
        }
        let outcome = await engine.run("create", "busybox")
        #expect(outcome.code == 1 && outcome.out.isEmpty)
        #expect(outcome.err.hasPrefix("Unable to find image 'busybox:latest' locally\nlatest: Pulling from library/busybox\n"))
        #expect(
            engine.calls.map { $0.line.prefix { $0 != "?" } } == [
                "POST /containers/create", "POST /images/create", "POST /containers/create",
            ])
        #expect(await engine.run("create", "--pull", "never", "busybox").err.contains("No such image"))
        #expect(engine.calls.count == 4)
        let quiet = await engine.run("create", "-q", "--pull", "always", "busybox")
        #expect(!quiet.err.contains("Pulling"))
        #expect(engine.calls[4].line == "POST /images/create?fromImage=busybox&tag=latest")
    }

    @Test func saveWritesAWholeFileOrNone() async throws {
        let engine = try await FakeEngine { line in
            guard line.contains("broken") else { return HTTPResponse(200, content: .bytes(Array("archive".utf8))) }
            return HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { writer in
                    try await writer.write(Array("half".utf8))
                    throw ExitError("the disk is on fire")
                })
        }
        let file = HostPath(engine.path("x.tar"))
        #expect(await engine.run("save", "-o", engine.path("x.tar"), "a", "b:1", "--platform", "linux/amd64").code == 0)
        #expect(try file.read(limit: 64) == Array("archive".utf8))
        #expect(try file.status().permissions & 0o777 == 0o600)
        #expect(engine.calls[0].line.hasPrefix("GET /images/get?names=a&names=b%3A1&platform=%7B"))
        #expect(await engine.run("save", "-o", engine.path("x.tar"), "broken").code == 1)
        #expect(try file.read(limit: 64) == Array("archive".utf8))
        #expect(try file.parent.entries().count == 2)
        #expect(
            await engine.run("save", "-o", engine.path("no/x.tar"), "a").err.hasPrefix("failed to save image: invalid output path: stat "))
        #expect(await engine.run("save", "-o", engine.path("."), "a").err == "failed to save image: cannot write to a directory\n")
    }

    @Test func pruneTellsWhatItRemoved() async throws {
        let engine = try await FakeEngine(config: #"{"pruneFilters":["label!=keep","until=24h"]}"#) { _ in
            FakeEngine.json(#"{"ImagesDeleted":[{"Untagged":"x:1"},{"Deleted":"sha256:2"}],"SpaceReclaimed":1234567}"#)
        }
        let outcome = await engine.run("image", "prune", "-af", "--filter", "until=1h")
        #expect(outcome.out == "Deleted Images:\nuntagged: x:1\ndeleted: sha256:2\n\nTotal reclaimed space: 1.235MB\n")
        #expect(
            engine.calls[0].line
                == "POST /images/prune?filters=%7B%22dangling%22%3A%7B%22false%22%3Atrue%7D%2C%22label%21%22%3A%7B%22keep%22%3Atrue%7D%2C%22until%22%3A%7B%221h%22%3Atrue%7D%7D"
        )
    }

    @Test func historyIsCutToTheColumn() async throws {
        let engine = try await FakeEngine { _ in
            FakeEngine.json(
                #"""
                [{"Comment":"buildkit","Created":0,"CreatedBy":"/bin/sh -c echo\t 'a very long command line that goes on and on' >/f",
                "Id":"sha256:a1b2c3d4e5f6a1b2","Size":1234567,"Tags":null},{"Comment":"","Created":0,"CreatedBy":"x","Id":"<missing>","Size":0}]
                """#)
        }
        #expect(
            await engine.run("history", "x").out == """
                IMAGE          CREATED   CREATED BY                                      SIZE      COMMENT
                a1b2c3d4e5f6   N/A       /bin/sh -c echo  'a very long command line t…   1.23MB    buildkit
                <missing>      N/A       x                                               0B        

                """)
        #expect(await engine.run("history", "-q", "x").out == "a1b2c3d4e5f6\n<missing>\n")
        #expect(await engine.run("history", "--human=false", "--format", "{{.Size}}", "x").out == "1234567\n0\n")
    }

    @Test func searchShowsMarksAndDocumentsTruth() async throws {
        let engine = try await FakeEngine { _ in
            FakeEngine.json(#"[{"star_count":300,"is_official":true,"name":"busybox","is_automated":false,"description":"two\nlines"}]"#)
        }
        #expect(
            await engine.run("search", "--limit", "5", "--filter", "stars=3", "reg.example/busy").out == """
                NAME      DESCRIPTION   STARS     OFFICIAL
                busybox   two lines     300       [OK]

                """)
        #expect(
            engine.calls[0].line == "GET /images/search?term=reg.example%2Fbusy&limit=5&filters=%7B%22stars%22%3A%7B%223%22%3Atrue%7D%7D")
        #expect(
            await engine.run("search", "--format", "json", "x").out
                == #"{"Description":"two lines","IsOfficial":"true","Name":"busybox","StarCount":"300"}"# + "\n")
    }

    @Test func loginKeepsWhatTheRegistryTook() async throws {
        let engine = try await FakeEngine { _ in FakeEngine.json(#"{"Status":"Login Succeeded","IdentityToken":""}"#) }
        let outcome = await engine.run("login", "-u", "u", "-p", "p", "https://reg.example/v2/")
        #expect(outcome.code == 0 && outcome.out == "Login Succeeded\n")
        #expect(outcome.err.hasPrefix("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n"))
        #expect(engine.calls[0].body == #"{"username":"u","password":"p","serveraddress":"reg.example"}"#)
        #expect(try String(decoding: HostPath(engine.path("config.json")).read(limit: 4096), as: UTF8.self).contains(#""auth": "dTpw""#))
        #expect(await engine.run("login", "reg.example").out.contains("Authenticating with existing credentials... [Username: u]\n"))
        #expect(await engine.run("logout", "reg.example").out == "Removing login credentials for reg.example\n")
        #expect(try !String(decoding: HostPath(engine.path("config.json")).read(limit: 4096), as: UTF8.self).contains("reg.example"))
    }

    @Test func aRefusedLoginKeepsNothing() async throws {
        let engine = try await FakeEngine { _ in
            FakeEngine.json(#"{"message":"unauthorized: incorrect username or password"}"#, status: 401)
        }
        let outcome = await engine.run("login", "-u", "u", "-p", "p", "reg.example")
        #expect(outcome.code == 1)
        #expect(outcome.err.hasSuffix("Error response from daemon: unauthorized: incorrect username or password\n"))
        #expect(try !HostPath(engine.path("config.json")).exists())
        #expect(await engine.run("login", "-u", "", "-p", "p").err.hasSuffix("username is empty\n"))
        #expect(await engine.run("login", "--password-stdin").err == "the --password-stdin option requires --username to be set\n")
    }
}
