// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lists, deletion, and what comes back of the space.

import Testing
import WharfContent
import WharfHTTP
import WharfJSON
import WharfOCI

@testable import WharfRegistry

@Suite("distribution spec: discovery and management") struct DiscoveryTests {
    @Test("listing tags in pages") func tags() async throws {
        let registry = try await TestRegistry()
        for tag in ["v2", "v10", "V1", "_x"] { try await registry.push(image: "one", to: "a", tag: tag) }
        #expect(try await registry.ask("GET", "/v2/a/tags/list").text == #"{"name":"a","tags":["V1","_x","v10","v2"]}"#)
        let page = try await registry.ask("GET", "/v2/a/tags/list", ["n": "2"])
        #expect(page.text == #"{"name":"a","tags":["V1","_x"]}"#)
        #expect(page.headers["Link"] == "</v2/a/tags/list?n=2&last=_x>; rel=\"next\"")
        let last = try await registry.ask("GET", "/v2/a/tags/list", ["n": "2", "last": "_x"])
        #expect(last.text == #"{"name":"a","tags":["v10","v2"]}"#)
        #expect(last.headers["Link"] == nil)
        #expect(try await registry.ask("GET", "/v2/a/tags/list", ["n": "0"]).text == #"{"name":"a","tags":[]}"#)
        #expect(try await registry.ask("GET", "/v2/a/tags/list", ["n": "1000000000"]).status == 200)
        #expect(try await registry.ask("GET", "/v2/b/tags/list").code == "NAME_UNKNOWN")
    }

    @Test("listing repositories in pages, siblings with the same beginning too") func catalog() async throws {
        let registry = try await TestRegistry()
        for name in ["a", "a-b", "a/b", "a/b/c", "ab"] { try await registry.push(image: "one", to: name, tag: "v1") }
        _ = try await registry.push([1], to: "blobs/only")
        #expect(try await registry.ask("GET", "/v2/_catalog").text == #"{"repositories":["a","a-b","a/b","a/b/c","ab"]}"#)
        let page = try await registry.ask("GET", "/v2/_catalog", ["n": "2", "last": "a"])
        #expect(page.text == #"{"repositories":["a-b","a/b"]}"#)
        #expect(page.headers["Link"] == "</v2/_catalog?n=2&last=a/b>; rel=\"next\"")
    }

    @Test("listing referrers, of one type too") func referrers() async throws {
        let registry = try await TestRegistry()
        let image = try await registry.push(image: "one", to: "a", tag: "v1")
        let about = try await registry.push(image: "about", to: "a", tag: "about", subject: image)
        let answer = try await registry.ask("GET", "/v2/a/referrers/\(image)")
        #expect(answer.headers["Content-Type"] == MediaType.ociIndex)
        let index = try Index.parse(answer.body)
        #expect(index.manifests.map(\.digest) == [about])
        #expect(index.manifests.first?.artifactType == MediaType.ociConfig)
        #expect(index.manifests.first?.annotations == ["made": "here"])
        let none = try await registry.ask("GET", "/v2/a/referrers/\(image)", ["artifactType": "application/other"])
        #expect(none.headers["OCI-Filters-Applied"] == "artifactType")
        #expect(try Index.parse(none.body).manifests.isEmpty)
        #expect(try Index.parse(try await registry.ask("GET", "/v2/a/referrers/\(about)").body).manifests.isEmpty)
    }

    @Test("an answer to a push about another manifest names it") func subject() async throws {
        let registry = try await TestRegistry()
        let config = try await registry.push(Array("{}".utf8), to: "a")
        let subject = ContentHasher.digest(of: [1, 2, 3])
        let manifest = Manifest.text(config: config, layer: config, subject: subject)
        let answer = try await registry.ask("PUT", "/v2/a/manifests/x", [:], ["Content-Type": MediaType.ociManifest], manifest)
        #expect(answer.headers["OCI-Subject"] == subject.description)
    }

    @Test("deleting a tag keeps the manifest, deleting the manifest takes its tags") func deletion() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "a", tag: "v1")
        try await registry.push(image: "one", to: "a", tag: "v2")
        #expect(try await registry.ask("DELETE", "/v2/a/manifests/v1").status == 202)
        #expect(try await registry.ask("GET", "/v2/a/manifests/v1").status == 404)
        #expect(try await registry.ask("GET", "/v2/a/manifests/\(digest)").status == 200)
        #expect(try await registry.ask("DELETE", "/v2/a/manifests/\(digest)").status == 202)
        #expect(try await registry.ask("GET", "/v2/a/manifests/v2").status == 404)
        #expect(try await registry.ask("DELETE", "/v2/a/manifests/\(digest)").code == "MANIFEST_UNKNOWN")
        #expect(try registry.records.keys().isEmpty)
    }

    @Test("a blob is deleted unless a manifest names it") func blobDeletion() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "a", tag: "v1")
        let layer = ContentHasher.digest(of: Array("layer of one".utf8))
        #expect(try await registry.ask("DELETE", "/v2/a/blobs/\(layer)").code == "DENIED")
        #expect(try await registry.ask("DELETE", "/v2/a/manifests/\(digest)").status == 202)
        let loose = try await registry.push([1], to: "a")
        #expect(try await registry.ask("DELETE", "/v2/a/blobs/\(loose)").status == 202)
        #expect(try await registry.ask("GET", "/v2/a/blobs/\(loose)").status == 404)
        #expect(try await registry.ask("DELETE", "/v2/a/blobs/\(loose)").code == "BLOB_UNKNOWN")
    }

    @Test("a blob of one repository is not another's") func separate() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push([1], to: "a")
        #expect(try await registry.ask("HEAD", "/v2/b/blobs/\(digest)").status == 404)
    }

    @Test("names that could be paths of storage are refused") func names() async throws {
        let registry = try await TestRegistry()
        let digest = ContentHasher.digest(of: [])
        let long = String(repeating: "a", count: 256)
        for name in ["A", "a/_manifests/b", "_catalog", "a//b", ".a", "a/.b", "a__", "-a", long] where !name.isEmpty {
            let parts = ["v2"] + name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let response = await registry.api.respond(HTTPRequest(method: "GET", target: "", path: parts + ["blobs", digest.description]))
            #expect(response.status == 400, "\(name)")
        }
        #expect(RepositoryName(String(long.dropLast())) != nil)
        #expect(try await registry.ask("GET", "/v2/a/blobs/sha256:abc").code == "DIGEST_INVALID")
        #expect(try await registry.ask("GET", "/v2/a/blobs/md5:abc").code == "DIGEST_INVALID")
    }

    @Test("a method that a path does not have") func methods() async throws {
        let registry = try await TestRegistry()
        #expect(try await registry.ask("PUT", "/v2/a/tags/list").status == 405)
        #expect(try await registry.ask("GET", "/v1/search").status == 404)
    }

    @Test("space comes back when nobody has a blob, and not before") func collection() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "a", tag: "v1")
        try await registry.push(Array("loose".utf8), to: "a")
        #expect(try await registry.store.collect(grace: 60) == CollectedSpace())
        // A grace that is over before it began.
        #expect(try await registry.store.collect(grace: -10) == CollectedSpace(blobs: 1, bytes: 5))
        #expect(try await registry.ask("GET", "/v2/a/manifests/v1").status == 200)
        #expect(try await registry.ask("DELETE", "/v2/a/manifests/\(digest)").status == 202)
        #expect(try await registry.store.collect(grace: -10).blobs == 3)
        #expect(try registry.blobs.list().isEmpty)
    }

    @Test("the index is made again from what is stored") func rebuilding() async throws {
        var registry = try await TestRegistry()
        let digest = try await registry.push(image: "one", to: "a/b", tag: "v1")
        try await registry.push(image: "about", to: "a/b", tag: "about", subject: digest)
        let before = try await registry.ask("GET", "/v2/a/b/referrers/\(digest)")
        registry = try await registry.restarted(index: "another.db")
        #expect(try await registry.ask("GET", "/v2/a/b/manifests/v1").headers["Docker-Content-Digest"] == digest.description)
        #expect(try await registry.ask("GET", "/v2/a/b/referrers/\(digest)").body == before.body)
        #expect(try await registry.ask("HEAD", "/v2/a/b/blobs/\(ContentHasher.digest(of: Array("layer of one".utf8)))").status == 200)
        try registry.records.delete(.tag(#require(RepositoryName("a/b")), #require(TagName("v1"))))
        registry = try await registry.restarted(index: "another.db")
        #expect(try await registry.ask("GET", "/v2/a/b/manifests/v1").status == 404)
        #expect(try await registry.store.check() == [])
    }
}
