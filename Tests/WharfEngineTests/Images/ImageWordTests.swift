// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's words about images turned into the store's and back: names to pull, changes, configurations of commits, and the
// lines that docker's client draws.

import Testing
import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

@testable import WharfEngine

@Suite struct ImageWordTests {
    private let digest = Digest("sha256:" + String(repeating: "ab", count: 32))

    @Test(arguments: [
        ("busybox", "latest", "docker.io/library/busybox:latest"), ("busybox", "", "docker.io/library/busybox"),
        ("busybox:", "", "docker.io/library/busybox"), ("busybox:1", "", "docker.io/library/busybox:1"),
        ("busybox:1", "2", "docker.io/library/busybox:2"), ("host:5000/a/b", "x", "host:5000/a/b:x"),
        ("a", "sha256:" + String(repeating: "ab", count: 32), "docker.io/library/a@sha256:" + String(repeating: "ab", count: 32)),
    ])
    func aPullSaysItsNameInTwoParameters(_ name: String, _ tag: String, _ full: String) throws {
        #expect(try Images.pulled(ImagePullOptions(name: name, tag: tag)).description == full)
    }

    @Test(arguments: [("UPPER", ""), ("a", "b c"), ("", ""), ("a@sha256:1", ""), ("-", "")])
    func otherNamesAreRefused(_ name: String, _ tag: String) async {
        _ = await failure(.invalidArgument) { _ = try Images.pulled(ImagePullOptions(name: name, tag: tag)) }
    }

    @Test(arguments: [
        ("busybox", "", "busybox"), ("a/b", "", "a/b"), ("host:5000/x", "host:5000", "x"), ("localhost/x", "localhost", "x"),
        ("docker.io/x", "", "x"), ("a.example/b/c", "a.example", "b/c"),
    ])
    func aTermToSearchForMayNameItsRegistry(_ text: String, _ registry: String, _ term: String) throws {
        #expect(try Images.searched(text) == (registry, term))
    }

    @Test func changesComeInLinesAndLists() {
        #expect(
            ChangeList.split(["CMD a\n# no\n\n  ENV b=c", "LABEL x=\\\n  y", "USER z\\"]) == ["CMD a", "ENV b=c", "LABEL x= y", "USER z"])
        #expect(ChangeList.contains("CMD", ["env a", "cmd\tb"]) && !ChangeList.contains("CMD", ["CMDX a"]))
    }

    // MARK: Commit

    private func record(_ change: (inout ContainerConfig) -> Void) -> ContainerRecord {
        var config = ContainerConfig()
        config.image = "busybox"
        change(&config)
        return ContainerRecord(
            id: String(repeating: "1", count: 64), name: "x", created: .now(), config: config, hostConfig: HostConfig(),
            imageID: "sha256:x", path: "sh", arguments: [])
    }

    @Test func aCommitKeepsTheContainersConfiguration() throws {
        let record = record {
            $0.env = ["A=1", "GONE"]
            $0.cmd = ["sh", "-c", "x"]
            $0.exposedPorts = ["80/tcp": EmptyObject()]
            $0.labels = ["l": "v"]
            $0.user = "me"
            $0.stopTimeout = 5
        }
        let wishes = try Images.wishes(record, as: nil, ImageCommitOptions(container: "x"))
        #expect(wishes.defaults.environment == ["A=1"] && wishes.defaults.command == ["sh", "-c", "x"])
        #expect(wishes.defaults.exposedPorts == ["80/tcp"] && wishes.defaults.labels == ["l": "v"])
        #expect(wishes.defaults.user == "me" && wishes.defaults.stopTimeout == 5)
        #expect(wishes.createdBy == "sh -c x" && wishes.container == record.id)
    }

    @Test func aCommitsOwnConfigurationCountsMore() throws {
        var options = ImageCommitOptions(container: "x")
        var config = ContainerConfig()
        config.env = ["A=2"]
        config.cmd = ["new"]
        options.config = config
        let wishes = try Images.wishes(record { $0.env = ["A=1", "B=1"] }, as: nil, options)
        #expect(wishes.defaults.environment == ["A=2", "B=1"] && wishes.defaults.command == ["new"])
    }

    @Test func aNewEntryPointDropsTheOldCommand() throws {
        var options = ImageCommitOptions(container: "x")
        options.changes = [#"ENTRYPOINT ["a"]"#]
        #expect(try Images.wishes(record { $0.cmd = ["old"] }, as: nil, options).defaults.command == nil)
        options.changes.append("CMD b")
        #expect(try Images.wishes(record { $0.cmd = ["old"] }, as: nil, options).defaults.command == ["old"])
    }

    // MARK: Lines

    private func line(_ progress: PullProgress) -> String { String(decoding: JSON.encode(ProgressMessage(progress)), as: UTF8.self) }

    @Test func aPullIsDrawnAsDockerDoes() throws {
        let digest = try #require(digest)
        #expect(line(.pulling(tag: "1", from: "library/x")) == #"{"status":"Pulling from library/x","id":"1"}"#)
        #expect(line(.layer(id: "abc", .pullingFSLayer)) == #"{"status":"Pulling fs layer","progressDetail":{},"id":"abc"}"#)
        #expect(line(.layer(id: "abc", .verifying)) == #"{"status":"Verifying Checksum","progressDetail":{},"id":"abc"}"#)
        #expect(line(.layer(id: "abc", .retrying(seconds: 1))) == #"{"status":"Retrying in 1 second","progressDetail":{},"id":"abc"}"#)
        #expect(line(.layer(id: "abc", .extracting(current: 1, total: 4))).contains(#""progressDetail":{"current":1,"total":4}"#))
        #expect(line(.digest(digest)) == #"{"status":"Digest: \#(digest)"}"#)
        let reference = try Reference.parse("docker.io/library/x:1")
        #expect(line(.finished(reference, isNewer: true)) == #"{"status":"Status: Downloaded newer image for x:1"}"#)
        #expect(line(.finished(reference, isNewer: false)) == #"{"status":"Status: Image is up to date for x:1"}"#)
    }

    @Test func aPushIsDrawnAsDockerDoes() {
        func lines(_ progress: PushProgress) -> [String] {
            ProgressMessage.messages(progress).map { String(decoding: JSON.encode($0), as: UTF8.self) }
        }
        #expect(lines(.repository("host:5000/x")) == [#"{"status":"The push refers to repository [host:5000/x]"}"#])
        #expect(lines(.layer(id: "abc", .mounted(from: "y"))) == [#"{"status":"Mounted from y","progressDetail":{},"id":"abc"}"#])
        #expect(lines(.layer(id: "abc", .alreadyExists)) == [#"{"status":"Layer already exists","progressDetail":{},"id":"abc"}"#])
    }
}
