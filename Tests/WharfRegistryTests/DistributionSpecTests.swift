// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The OCI distribution spec 1.1, section by section, asked of a registry in memory.

import Testing
import WharfContent
import WharfHTTP
import WharfOCI

@testable import WharfRegistry

@Suite("distribution spec") struct DistributionSpecTests {
    @Test("determining support") func support() async throws {
        let answer = try await TestRegistry().ask("GET", "/v2")
        #expect(answer.status == 200)
        #expect(answer.headers["Docker-Distribution-API-Version"] == "registry/2.0")
    }

    @Test("pushing a blob monolithically: POST then PUT") func postPut() async throws {
        let registry = try await TestRegistry()
        let blob = Array("hello".utf8)
        let digest = ContentHasher.digest(of: blob)
        let started = try await registry.ask("POST", "/v2/a/b/blobs/uploads")
        #expect(started.status == 202)
        let location = try #require(started.headers["Location"])
        let finished = try await registry.ask("PUT", location, ["digest": digest.description], [:], blob)
        #expect(finished.status == 201, "\(finished)")
        #expect(finished.headers["Location"] == "/v2/a/b/blobs/\(digest)")
        #expect(finished.headers["Docker-Content-Digest"] == digest.description)
        #expect(try await registry.ask("GET", "/v2/a/b/blobs/\(digest)").body == blob)
        #expect(try await registry.ask("GET", location).code == "BLOB_UPLOAD_UNKNOWN")
    }

    @Test("pushing a blob monolithically: a single POST, in sha256 and sha512") func singlePost() async throws {
        let registry = try await TestRegistry()
        for algorithm in [Digest.Algorithm.sha256, .sha512] {
            let blob = Array("hello".utf8)
            let digest = ContentHasher.digest(of: blob, algorithm)
            #expect(try await registry.ask("POST", "/v2/a/blobs/uploads", ["digest": digest.description], [:], blob).status == 201)
            #expect(try await registry.ask("HEAD", "/v2/a/blobs/\(digest)").headers["Content-Length"] == "5")
        }
    }

    @Test("pushing a blob in chunks, in order only, and asking where it is") func chunks() async throws {
        let registry = try await TestRegistry()
        let blob = Array("0123456789".utf8)
        let digest = ContentHasher.digest(of: blob)
        let location = try #require(try await registry.ask("POST", "/v2/a/blobs/uploads").headers["Location"])
        let first = try await registry.ask("PATCH", location, [:], ["Content-Range": "0-3"], Array(blob[..<4]))
        #expect(first.status == 202)
        #expect(first.headers["Range"] == "0-3")
        let outOfOrder = try await registry.ask("PATCH", location, [:], ["Content-Range": "6-9"], Array(blob[6...]))
        #expect(outOfOrder.status == 416)
        #expect(outOfOrder.headers["Range"] == "0-3")
        let place = try await registry.ask("GET", location)
        #expect(place.status == 204)
        #expect(place.headers["Range"] == "0-3")
        #expect(try await registry.ask("PATCH", location, [:], ["Content-Range": "4-5"], Array(blob[4..<6])).headers["Range"] == "0-5")
        let last = try await registry.ask("PUT", location, ["digest": digest.description], ["Content-Range": "6-9"], Array(blob[6...]))
        #expect(last.status == 201, "\(last)")
        #expect(try await registry.ask("GET", "/v2/a/blobs/\(digest)").body == blob)
    }

    @Test("an upload goes on behind a restart") func restart() async throws {
        var registry = try await TestRegistry()
        let blob = Array("0123456789".utf8)
        let location = try #require(try await registry.ask("POST", "/v2/a/blobs/uploads").headers["Location"])
        #expect(try await registry.ask("PATCH", location, [:], [:], Array(blob[..<4])).status == 202)
        try await registry.store.tendUploads(idleSince: .max, olderThan: 0)
        registry = try await registry.restarted()
        #expect(try await registry.ask("GET", location).headers["Range"] == "0-3")
        let digest = ContentHasher.digest(of: blob)
        #expect(try await registry.ask("PUT", location, ["digest": digest.description], [:], Array(blob[4...])).status == 201)
    }

    @Test("a wrong digest is refused, and nothing of the upload stays") func wrongDigest() async throws {
        let registry = try await TestRegistry()
        let other = ContentHasher.digest(of: Array("other".utf8))
        let refused = try await registry.ask("POST", "/v2/a/blobs/uploads", ["digest": other.description], [:], Array("hello".utf8))
        #expect(refused.status == 400)
        #expect(refused.code == "DIGEST_INVALID")
        #expect(try await registry.ask("GET", "/v2/a/blobs/\(other)").status == 404)
        #expect(try registry.blobs.ingests().isEmpty)
        #expect(try registry.blobs.list().isEmpty)
    }

    @Test("cancelling an upload") func cancel() async throws {
        let registry = try await TestRegistry()
        let location = try #require(try await registry.ask("POST", "/v2/a/blobs/uploads").headers["Location"])
        #expect(try await registry.ask("DELETE", location).status == 204)
        #expect(try await registry.ask("PATCH", location, [:], [:], [1]).code == "BLOB_UPLOAD_UNKNOWN")
        #expect(try registry.blobs.ingests().isEmpty)
    }

    @Test("an upload belongs to its repository") func hijack() async throws {
        let registry = try await TestRegistry()
        let location = try #require(try await registry.ask("POST", "/v2/a/blobs/uploads").headers["Location"])
        let elsewhere = location.replacing("/v2/a/", with: "/v2/b/")
        for method in ["GET", "PATCH", "DELETE"] {
            #expect(try await registry.ask(method, elsewhere).code == "BLOB_UPLOAD_UNKNOWN", "\(method)")
        }
        #expect(try await registry.ask("GET", location).status == 204)
    }

    @Test("mounting a blob from another repository") func mount() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(Array("hello".utf8), to: "from/here")
        let mounted = try await registry.ask("POST", "/v2/to/blobs/uploads", ["mount": digest.description, "from": "from/here"])
        #expect(mounted.status == 201)
        #expect(mounted.headers["Location"] == "/v2/to/blobs/\(digest)")
        #expect(try await registry.ask("HEAD", "/v2/to/blobs/\(digest)").status == 200)
        // Not there, or no source: an upload instead.
        #expect(try await registry.ask("POST", "/v2/c/blobs/uploads", ["mount": digest.description, "from": "not/here"]).status == 202)
        #expect(try await registry.ask("POST", "/v2/c/blobs/uploads", ["mount": digest.description]).status == 202)
        #expect(try await registry.ask("HEAD", "/v2/c/blobs/\(digest)").status == 404)
    }

    @Test("pulling parts of a blob") func ranges() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(Array("0123456789".utf8), to: "a")
        func part(_ range: String) async throws -> Answer { try await registry.ask("GET", "/v2/a/blobs/\(digest)", [:], ["Range": range]) }
        for (range, text, content) in [
            ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"), ("bytes=-3", "789", "bytes 7-9/10"),
            ("bytes=8-99", "89", "bytes 8-9/10"),
        ] {
            let answer = try await part(range)
            #expect(answer.status == 206, "\(range)")
            #expect(answer.text == text, "\(range)")
            #expect(answer.headers["Content-Range"] == content)
        }
        #expect(try await part("bytes=10-").status == 416)
        for whole in ["bytes=0-1,3-4", "items=0-1", "bytes=4-2", "bytes=-", "bytes=a-b"] {
            #expect(try await part(whole).text == "0123456789", "\(whole)")
        }
    }

    @Test("pushing and pulling manifests by tag and digest, HEAD and GET") func manifests() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "team/app", tag: "v1")
        for reference in ["v1", digest.description] {
            let answer = try await registry.ask("GET", "/v2/team/app/manifests/\(reference)")
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == MediaType.ociManifest)
            #expect(answer.headers["Docker-Content-Digest"] == digest.description)
            #expect(ContentHasher.digest(of: answer.body) == digest)
            #expect(
                try await registry.ask("HEAD", "/v2/team/app/manifests/\(reference)").headers["Docker-Content-Digest"] == digest.description
            )
        }
        #expect(try await registry.ask("GET", "/v2/team/app/manifests/v2").code == "MANIFEST_UNKNOWN")
        #expect(try await registry.ask("GET", "/v2/nobody/manifests/v1").code == "NAME_UNKNOWN")
    }

    @Test("a manifest whose parts are not there is refused") func missingParts() async throws {
        let registry = try await TestRegistry()
        let layer = try await registry.push(Array("layer".utf8), to: "a")
        let config = try await registry.push(Array("{}".utf8), to: "other")
        let manifest = Manifest.text(config: config, layer: layer)
        let refused = try await registry.ask("PUT", "/v2/a/manifests/v1", [:], ["Content-Type": MediaType.ociManifest], manifest)
        #expect(refused.status == 400)
        #expect(refused.code == "MANIFEST_BLOB_UNKNOWN")
        #expect(try await registry.ask("GET", "/v2/a/tags/list").text.contains("v1") == false)
    }

    @Test("a manifest that is not what it says is refused") func badManifests() async throws {
        let registry = try await TestRegistry()
        let config = try await registry.push(Array("{}".utf8), to: "a")
        let manifest = Manifest.text(config: config, layer: config)
        func put(_ bytes: [UInt8], _ type: String, _ reference: String = "v1") async throws -> String? {
            try await registry.ask("PUT", "/v2/a/manifests/\(reference)", [:], ["Content-Type": type], bytes).code
        }
        #expect(try await put(manifest, MediaType.dockerManifest) == "MANIFEST_INVALID")
        #expect(try await put(Array("{".utf8), MediaType.ociManifest) == "MANIFEST_INVALID")
        #expect(try await put(manifest, "") == "MANIFEST_INVALID")
        #expect(try await put(manifest, MediaType.dockerManifestV1Signed) == "MANIFEST_INVALID")
        #expect(try await put(manifest, MediaType.ociManifest, config.description) == "DIGEST_INVALID")
        #expect(try await put([UInt8](repeating: 0x20, count: StoredManifest.limit + 1), MediaType.ociManifest) == "SIZE_INVALID")
        #expect(try await put(manifest, MediaType.ociManifest, ".v1") == "TAG_INVALID")
        #expect(try await put(Array("anything".utf8), "application/vnd.example.own+json") == nil)
    }

    @Test("an index names manifests of the repository, nested ones too") func indexes() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "a", tag: "one")
        func index(_ digest: Digest, _ type: String) -> [UInt8] {
            Array(
                "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociIndex)\",\"manifests\":[{\"mediaType\":\"\(type)\",\"digest\":\"\(digest)\",\"size\":1}]}"
                    .utf8)
        }
        let inner = index(digest, MediaType.ociManifest)
        let outer = index(ContentHasher.digest(of: inner), MediaType.ociIndex)
        #expect(
            try await registry.ask("PUT", "/v2/a/manifests/outer", [:], ["Content-Type": MediaType.ociIndex], outer).code
                == "MANIFEST_BLOB_UNKNOWN")
        #expect(try await registry.ask("PUT", "/v2/a/manifests/inner", [:], ["Content-Type": MediaType.ociIndex], inner).status == 201)
        #expect(try await registry.ask("PUT", "/v2/a/manifests/outer", [:], ["Content-Type": MediaType.ociIndex], outer).status == 201)
        #expect(try await registry.ask("GET", "/v2/a/manifests/outer").body == outer)
    }

    @Test("pushing by digest with tags") func tagsOfPut() async throws {
        let registry = try await TestRegistry()
        let config = try await registry.push(Array("{}".utf8), to: "a")
        let manifest = Manifest.text(config: config, layer: config)
        let digest = ContentHasher.digest(of: manifest)
        let answer = try await registry.ask(
            "PUT", "/v2/a/manifests/\(digest)", ["tag": "v1", "tag": "latest"], ["Content-Type": MediaType.ociManifest], manifest)
        #expect(answer.status == 201)
        #expect(answer.headers.all("OCI-Tag") == ["v1", "latest"])
        #expect(try await registry.ask("GET", "/v2/a/tags/list").text == #"{"name":"a","tags":["latest","v1"]}"#)
    }
}
