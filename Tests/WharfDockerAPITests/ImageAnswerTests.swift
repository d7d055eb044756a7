// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What travels about images: progress lines as docker's client draws them, disk usage in the shapes of three versions,
// credentials in headers, platforms and times in parameters.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@Suite struct ImageAnswerTests {
    private func text(_ value: some JSONWritable) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }

    // MARK: Progress

    @Test func aLayersLineHasItsNumbersAndForOldClientsABar() {
        let line = ProgressMessage(layer: "abc", "Downloading", detail: ProgressDetail(current: 512_000, total: 2_048_000))
        #expect(
            text(line.shaped(for: APIVersion(1, 51)))
                == #"{"status":"Downloading","progressDetail":{"current":512000,"total":2048000},"progress":"[============>"#
                + #"                                      ]    512kB/2.048MB","id":"abc"}"#)
        #expect(
            text(line.shaped(for: .current))
                == #"{"status":"Downloading","progressDetail":{"current":512000,"total":2048000},"id":"abc"}"#)
        #expect(text(ProgressMessage(layer: "abc", "Pull complete")) == #"{"status":"Pull complete","progressDetail":{},"id":"abc"}"#)
        #expect(
            text(ProgressMessage(status: "Pulling from library/x", id: "latest"))
                == #"{"status":"Pulling from library/x","id":"latest"}"#)
        #expect(text(ProgressMessage(failure: "no")) == #"{"errorDetail":{"message":"no"},"error":"no"}"#)
    }

    @Test func theResultOfAPushIsForPrograms() throws {
        var line = ProgressMessage()
        line.progressDetail = ProgressDetail()
        line.aux = PushResult(tag: "1", digest: "sha256:x", size: 5).value
        #expect(text(line) == #"{"progressDetail":{},"aux":{"Tag":"1","Digest":"sha256:x","Size":5}}"#)
        let read = try JSON.decode(ProgressMessage.self, from: JSON.encode(line))
        #expect(read == line)
        #expect(try JSON.decode(PushResult.self, from: #require(read.aux)).digest == "sha256:x")
    }

    @Test(
        arguments: [
            (0, "0B"), (512, "512B"), (999, "999B"), (1000, "1kB"), (1234, "1.234kB"), (12_345, "12.35kB"), (123_456, "123.5kB"),
            (1_048_576, "1.049MB"), (5_000_000_000, "5GB"), (-3, "0B"),
        ] as [(Int64, String)])
    func sizesAreShort(_ bytes: Int64, _ shown: String) { #expect(ProgressDetail.size(bytes) == shown) }

    @Test func aBarIsNeverLongerThanFiftySteps() {
        #expect(ProgressDetail(current: 5, total: 5).bar == "[" + String(repeating: "=", count: 50) + ">]       5B/5B")
        #expect(ProgressDetail(current: 9, total: 5).bar == "[" + String(repeating: "=", count: 50) + ">]       9B")
        #expect(ProgressDetail(current: 1500, total: 0).bar == "   1.5kB")
        #expect(ProgressDetail().bar == "")
    }

    // MARK: Shapes

    @Test func diskUsageHasTheListsOfOldVersionsAndTheSummariesOfNewOnes() throws {
        var usage = DiskUsage()
        var images = ResourceUsage<ImageSummary>()
        var summary = ImageSummary()
        summary.id = "sha256:1"
        summary.containers = 2
        images.items = [summary]
        (images.totalCount, images.activeCount, images.totalSize, images.reclaimable) = (1, 1, 700, 0)
        usage.imageUsage = images
        usage.volumeUsage = ResourceUsage()
        let old = try JSON.parse(JSON.encode(usage.shaped(for: APIVersion(1, 41))))
        #expect(old.object?.keys == ["LayersSize", "Images", "Containers", "Volumes", "BuildCache"])
        #expect(old["LayersSize"]?.int == 700 && old["Images"]?[0]?["Containers"]?.int == 2)
        #expect(old["Images"]?[0]?["VirtualSize"]?.int == 0 && old["Containers"] == .null && old["Volumes"] == .array([]))
        let both = try JSON.parse(JSON.encode(usage.shaped(for: APIVersion(1, 52))))
        #expect(both["LayersSize"]?.int == 700 && both["ImageUsage"]?["TotalSize"]?.int == 700)
        let new = try JSON.parse(JSON.encode(usage.shaped(for: APIVersion(1, 53))))
        #expect(new.object?.keys == ["ImageUsage", "VolumeUsage"])
        #expect(new["ImageUsage"]?["Items"] == nil && new["ImageUsage"]?["ActiveCount"]?.int == 1)
        var verbose = usage
        verbose.isVerbose = true
        let shown = try JSON.parse(JSON.encode(verbose.shaped(for: .current)))
        #expect(shown["ImageUsage"]?["Items"]?[0]?["Id"]?.string == "sha256:1")
        // Clients read both.
        #expect(try JSON.decode(DiskUsage.self, from: old).imageUsage?.totalSize == 700)
        #expect(try JSON.decode(DiskUsage.self, from: shown).imageUsage?.items?.count == 1)
    }

    @Test func imagesShowManifestsAndCountsOnlyToThoseWhoKnowThem() {
        var summary = ImageSummary()
        summary.containers = 3
        summary.descriptor = OCIDescriptor()
        summary.manifests = [ImageManifestSummary()]
        let at = { (minor: Int) in summary.shaped(for: APIVersion(1, minor)) }
        #expect(at(46).manifests == nil && at(47).manifests?.count == 1)
        #expect(at(47).descriptor == nil && at(48).descriptor != nil)
        #expect(at(50).containers == -1 && at(51).containers == 3)
        var inspect = ImageInspect()
        inspect.manifests = [ImageManifestSummary()]
        #expect(inspect.shaped(for: APIVersion(1, 47)).manifests == nil && inspect.shaped(for: APIVersion(1, 48)).manifests?.count == 1)
    }

    @Test func aListIsReadFieldByFieldAsByKeys() throws {
        var full = ImageSummary()
        full.id = "sha256:1"
        full.labels = ["a": "b"]
        (full.repoTags, full.repoDigests) = (["x:1"], ["x@sha256:2"])
        (full.created, full.size, full.containers, full.sharedSize, full.virtualSize) = (7, 1 << 40, 3, 5, 9)
        var descriptor = OCIDescriptor()
        (descriptor.mediaType, descriptor.digest, descriptor.size) = ("m", "sha256:2", 12)
        (descriptor.urls, descriptor.annotations, descriptor.artifactType) = (["u"], ["k": "v"], "t")
        var platform = OCIPlatform()
        (platform.os, platform.architecture, platform.variant, platform.osVersion, platform.osFeatures) = ("linux", "arm", "v7", "1", ["f"])
        descriptor.platform = platform
        full.descriptor = descriptor
        full.manifests = [ImageManifestSummary()]
        let bytes = JSON.encode([full, ImageSummary()])
        #expect(try JSON.decodeList(of: ImageSummary.self, from: bytes) == [full, ImageSummary()])
        #expect(try JSON.decode([ImageSummary].self, from: bytes) == [full, ImageSummary()])
        let sparse = try JSON.decodeList(of: ImageSummary.self, from: Array(#"[{"Id":"x","Unknown":1}]"#.utf8))
        #expect(sparse.map(\.containers) == [-1] && sparse.map(\.sharedSize) == [-1] && sparse.map(\.labels) == [nil])
        #expect(try JSON.decodeList(of: ImageSummary.self, from: Array("null".utf8)) == [])
        #expect(throws: JSONError.self) { try JSON.decodeList(of: ImageSummary.self, from: Array(#"[{"Size":"1"}]"#.utf8)) }
    }

    @Test func aManifestSummaryIsReadBack() throws {
        var summary = ImageManifestSummary()
        summary.id = "sha256:2"
        summary.size = .init(total: 30, content: 10)
        var platform = OCIPlatform()
        platform.os = "linux"
        platform.architecture = "arm64"
        summary.imageData = .init(platform: platform, containers: ["c"], unpackedSize: 20)
        #expect(try JSON.decode(ImageManifestSummary.self, from: JSON.encode(summary)) == summary)
    }

    // MARK: Parameters

    @Test(arguments: [
        "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Ij8_Pz4ifQ==", "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Ij8_Pz4ifQ",
        "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Ij8/Pz4ifQ==", "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Ij8/Pz4ifQ",
    ])
    func credentialsComeInEveryDialectOfBase64(_ header: String) throws {
        let auth = try AuthConfig.header(header)
        #expect(auth.username == "u" && auth.password == "???>")
        #expect(try AuthConfig.header(auth.header) == auth)
    }

    @Test(arguments: [nil, "", "e30=", "e30", "bnVsbA=="]) func noCredentialsAreNobody(_ header: String?) throws {
        #expect(try AuthConfig.header(header) == AuthConfig())
    }

    @Test(arguments: [
        ("%%%", "illegal base64 data"), ("e", "illegal base64 data"), ("aGVsbG8=", "not valid JSON"), ("W10=", "not a JSON object"),
        ("eyJ1c2VybmFtZSI6N30=", "not valid JSON"),
    ])
    func brokenCredentialsSayWhatIsWrongAndNotWhatTheyWere(_ header: String, _ reason: String) {
        #expect {
            try AuthConfig.header(header)
        } throws: { error in
            (error as? WharfError)?.code == .invalidArgument && "\(error)" == "invalid X-Registry-Auth header: \(reason)"
        }
    }

    @Test func credentialsOfSeveralRegistriesAndTheirSilence() throws {
        // {"a.example":{"username":"u","password":"secret"}}
        let configs = try AuthConfig.configHeader("eyJhLmV4YW1wbGUiOnsidXNlcm5hbWUiOiJ1IiwicGFzc3dvcmQiOiJzZWNyZXQifX0=")
        #expect(configs["a.example"]?.password == "secret")
        #expect(!"\(configs)".contains("secret"))
        #expect(try AuthConfig.configHeader(nil).isEmpty)
    }

    @Test func platformsAreWholeOrRefused() throws {
        #expect(try OCIPlatform.parameter("") == nil)
        let platform = try OCIPlatform.parameter(#"{"os":"linux","architecture":"arm","variant":"v7"}"#)
        #expect(platform?.architecture == "arm" && platform?.variant == "v7")
        for (text, reason) in [
            ("{", "failed to parse platform"), ("linux/arm64", "failed to parse platform"), ("{}", "both OS and Architecture"),
            (#"{"os":"linux"}"#, "both OS and Architecture"), (#"{"variant":"v7"}"#, "optional platform fields provided"),
        ] {
            #expect {
                try OCIPlatform.parameter(text)
            } throws: {
                "\($0)".hasPrefix(reason)
            }
        }
    }

    @Test(
        arguments: [
            ("10m", 400), ("1h", -2600), ("1m30s", 910), ("-1m", 1060), ("1.5m", 910), ("0", 0), ("500", 500), ("1970-01-01", 0),
            ("1970-01-01T00", 0), ("1970-01-01T00:05", 300), ("1970-01-01T00:05:06", 306), ("1970-01-01T01:05:06+01:00", 306),
            ("1970-01-01T00:05:06Z", 306), ("1970-01-01Z", 0),
        ] as [(String, Int64)])
    func timesAreReadAsPeopleTypeThem(_ text: String, _ seconds: Int64) {
        #expect(FilterTime.parse(text, now: Timestamp(seconds: 1000))?.seconds == seconds)
    }

    @Test func fractionsOfSecondsStay() {
        #expect(FilterTime.parse("500.25", now: .now()) == Timestamp(seconds: 500, nanoseconds: 250_000_000))
        #expect(FilterTime.parse("1970-01-01T00:00:01.5", now: .now()) == Timestamp(seconds: 1, nanoseconds: 500_000_000))
    }

    @Test(arguments: ["", "yesterday", "10x", "1.2.3", "1970-13-01", "1970-01-01T", "m"]) func otherTimesAreNone(_ text: String) {
        #expect(FilterTime.parse(text, now: .now()) == nil)
    }
}
