// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Documents of images: what is read from them, what is written, and which ones are refused.

import Testing
import WharfJSON
import WharfOCI

@Suite("image documents") struct ImageDocumentTests {
    private static let hash = "sha256:" + String(repeating: "a", count: 64)
    private static let layer = "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"\(hash)\",\"size\":7}"
    private static let config = "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"\(hash)\",\"size\":3}"

    private func manifest(_ text: String) throws -> Manifest { try Manifest.parse(Array(text.utf8)) }
    private func index(_ text: String) throws -> Index { try Index.parse(Array(text.utf8)) }
    private func image(_ text: String) throws -> ImageConfig { try ImageConfig.parse(Array(text.utf8)) }

    @Test("a manifest") func manifest() throws {
        let parsed = try manifest(
            "{\"schemaVersion\":2,\"config\":\(Self.config),\"layers\":[\(Self.layer),\(Self.layer)],\"annotations\":{\"a\":\"b\"}}")
        #expect(parsed.layers.count == 2)
        #expect(parsed.config.size == 3)
        #expect(parsed.annotations == ["a": "b"])
        let again = try Manifest.parse(JSON.encode(parsed))
        #expect(again == parsed)
    }

    @Test(
        "refused manifests (EN-05, EN-07)",
        arguments: [
            "", "[]", "{}", "{\"schemaVersion\":2}", "{\"schemaVersion\":2,\"config\":null,\"layers\":[]}",
            "{\"schemaVersion\":1,\"fsLayers\":[],\"history\":[]}", "{\"schemaVersion\":3,\"config\":\(config),\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":\(config),\"layers\":[],\"manifests\":[]}",
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"config\":\(config),\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":{\"digest\":\"\(hash)\",\"size\":-1},\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:x\",\"size\":1},\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":\(config),\"layers\":[{}]}", "{\"schemaVersion\":2,\"config\":\(config),\"layers\":{}}",
            "{\"schemaVersion\":2,\"schemaVersion\":2,\"config\":\(config),\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":\(config),\"layers\":[\(Array(repeating: layer, count: 513).joined(separator: ","))]}",
        ])
    func refusedManifests(_ text: String) { #expect(throws: JSONError.self) { _ = try manifest(text) } }

    @Test("512 layers are read") func manyLayers() throws {
        let layers = Array(repeating: Self.layer, count: 512).joined(separator: ",")
        #expect(try manifest("{\"schemaVersion\":2,\"config\":\(Self.config),\"layers\":[\(layers)]}").layers.count == 512)
    }

    @Test("4 MiB of manifest are read, one byte more is not") func manifestSize() throws {
        let start = "{\"schemaVersion\":2,\"config\":\(Self.config),\"layers\":[],\"annotations\":{\"x\":\""
        let room = (4 << 20) - start.utf8.count - 3
        #expect(try manifest(start + String(repeating: "x", count: room) + "\"}}").layers == [])
        #expect(throws: JSONError.self) { _ = try manifest(start + String(repeating: "x", count: room + 1) + "\"}}") }
    }

    @Test("an index") func index() throws {
        let parsed = try index(
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"\(Self.hash)\",\"size\":5,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"os.version\":\"1\"}}]}"
        )
        #expect(parsed.manifests.first?.platform == Platform(architecture: "arm64", osVersion: "1"))
        #expect(try Index.parse(JSON.encode(parsed)) == parsed)
    }

    @Test(
        "refused indexes",
        arguments: [
            "{}", "{\"schemaVersion\":2}", "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}",
            "{\"schemaVersion\":2,\"manifests\":[],\"config\":{}}",
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"manifests\":[]}",
            "{\"schemaVersion\":1,\"manifests\":[]}",
        ])
    func refusedIndexes(_ text: String) { #expect(throws: JSONError.self) { _ = try index(text) } }

    @Test("a config with everything") func fullConfig() throws {
        let parsed = try image(
            """
            {"architecture":"amd64","os":"linux","created":"2023-11-14T22:13:20.5+01:00","author":"a","docker_version":"20","config":{
            "User":"1:2","ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Env":["A=b"],"Entrypoint":["/e"],"Cmd":null,"Volumes":{"/v":{}},
            "WorkingDir":"/w","Labels":{"k":"v"},"StopSignal":"SIGINT","StopTimeout":3,"Healthcheck":{"Test":["CMD","x"],"Interval":5},
            "OnBuild":["RUN y"],"Shell":["/bin/bash","-c"],"Hostname":"ignored","Memory":0},
            "rootfs":{"type":"layers","diff_ids":["\(Self.hash)"]},"history":[{"created_by":"x","empty_layer":true}]}
            """)
        #expect(parsed.created.rfc3339 == "2023-11-14T21:13:20.5Z")
        #expect(parsed.config.exposedPorts == ["443/tcp", "80/tcp"])
        #expect(parsed.config.entrypoint == ["/e"])
        #expect(parsed.config.command == nil)
        #expect(parsed.config.volumes == ["/v"])
        #expect(parsed.config.stopTimeout == 3)
        #expect(parsed.config.healthcheck == ContainerDefaults.Healthcheck(test: ["CMD", "x"], interval: 5))
        #expect(parsed.rootfs.diffIDs.map(\.description) == [Self.hash])
        #expect(parsed.history == [ImageConfig.History(createdBy: "x", emptyLayer: true)])
        #expect(try ImageConfig.parse(JSON.encode(parsed)) == parsed)
    }

    @Test("a config with next to nothing") func smallConfig() throws {
        let parsed = try image("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null},\"config\":null}")
        #expect(parsed.created == .zero)
        #expect(parsed.platform.os == "linux")
        #expect(parsed.config == ContainerDefaults())
        #expect(parsed.rootfs.diffIDs == [])
        #expect(parsed.history == [])
    }

    @Test("old spellings of commands; empty is not absent") func commands() throws {
        #expect(try image("{\"rootfs\":{},\"config\":{\"Cmd\":\"sh\",\"Entrypoint\":[]}}").config.command == ["sh"])
        #expect(try image("{\"rootfs\":{},\"config\":{\"Cmd\":\"sh\",\"Entrypoint\":[]}}").config.entrypoint == [])
    }

    @Test(
        "refused configs (EN-07)",
        arguments: [
            "", "null", "{}", "{\"rootfs\":null}", "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}",
            "{\"rootfs\":{\"type\":\"tree\",\"diff_ids\":[]}}",
            "{\"rootfs\":{\"diff_ids\":[]},\"config\":{\"Env\":\"x\"}}", "{\"rootfs\":{},\"created\":\"yesterday\"}", "{\"rootfs\":{}} x",
        ])
    func refusedConfigs(_ text: String) { #expect(throws: JSONError.self) { _ = try image(text) } }
}
