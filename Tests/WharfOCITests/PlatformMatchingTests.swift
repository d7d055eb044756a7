// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which of several manifests a machine gets: the table that containerd and Docker go by.

import Testing
import WharfOCI

@Suite("platform matching") struct PlatformMatchingTests {
    private func platform(_ text: String) throws -> Platform { try #require(Platform(text)) }

    @Test(
        "what runs where",
        arguments: [
            ("linux/amd64", "linux/amd64", true), ("linux/amd64", "linux/386", true), ("linux/amd64", "linux/amd64/v2", false),
            ("linux/amd64/v3", "linux/amd64/v2", true), ("linux/amd64/v3", "linux/amd64", true), ("linux/386", "linux/amd64", false),
            ("linux/arm64", "linux/arm64/v8", true), ("linux/arm64", "linux/arm/v7", true), ("linux/arm/v7", "linux/arm/v6", true),
            ("linux/arm/v6", "linux/arm/v7", false), ("linux/arm", "linux/arm/v7", true), ("linux/s390x", "linux/s390x", true),
            ("linux/s390x", "linux/amd64", false), ("linux/amd64", "windows/amd64", false),
        ])
    func runs(_ host: String, _ image: String, _ isRunnable: Bool) throws {
        #expect((try platform(host).rank(of: platform(image)) != nil) == isRunnable)
    }

    @Test("the best of several, the first of equals") func choice() throws {
        func entry(_ text: String?, _ digit: Character) throws -> ContentDescriptor {
            ContentDescriptor(
                mediaType: MediaType.ociManifest, digest: try #require(Digest("sha256:" + String(repeating: digit, count: 64))), size: 1,
                platform: try text.map(platform))
        }
        let index = Index(manifests: [
            try entry("linux/arm/v6", "1"), try entry("linux/386", "2"), try entry(nil, "3"), try entry("linux/arm/v7", "4"),
            try entry("linux/amd64", "5"), try entry("linux/amd64", "6"),
        ])
        #expect(index.choice(for: try platform("linux/arm/v7"))?.digest.hex.first == "4")
        #expect(index.choice(for: try platform("linux/arm/v6"))?.digest.hex.first == "1")
        #expect(index.choice(for: try platform("linux/amd64"))?.digest.hex.first == "5")
        #expect(index.choice(for: try platform("linux/386"))?.digest.hex.first == "2")
        #expect(index.choice(for: try platform("linux/s390x"))?.digest.hex.first == "3")
    }

    @Test("as messages show it") func shown() throws {
        #expect(try platform("linux/arm64/v8").familiar == "linux/arm64")
        #expect(try platform("linux/arm/v7").familiar == "linux/arm/v7")
        #expect(try platform("linux/x86_64").familiar == "linux/amd64")
    }
}
