// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One suite for every store of records.

import Testing
import WharfContent
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRegistry

@Suite("record stores") struct RecordStoreTests {
    enum Kind: CaseIterable { case memory, files }

    private static func with(_ kind: Kind, _ body: (any RecordStore) throws -> Void) throws {
        let folder = try TemporaryDirectory()
        try body(kind == .memory ? MemoryRecordStore() : FileRecordStore(HostPath(folder.path("records"))))
    }

    @Test("records are written, replaced, listed and deleted", arguments: Kind.allCases) func life(kind: Kind) throws {
        try Self.with(kind) { store in
            let digest = ContentHasher.digest(of: [])
            let keys: [RecordKey] = try ["a", "a/b", "a/b/c", "ab"].flatMap { (name: String) -> [RecordKey] in
                let repository = try #require(RepositoryName(name))
                return [
                    .manifest(repository, digest), .tag(repository, try #require(TagName("v1"))),
                    .tag(repository, try #require(TagName("_manifests"))),
                ]
            }
            for key in keys { #expect(try store.read(key) == nil) }
            for key in keys { try store.write(key, [1]) }
            try store.write(keys[0], [2, 3])
            #expect(try store.read(keys[0]) == [2, 3])
            #expect(try store.read(keys[1]) == [1])
            #expect(try Set(store.keys()) == Set(keys))
            for key in keys.dropFirst() { try store.delete(key) }
            try store.delete(keys[1])
            #expect(try store.keys() == [keys[0]])
        }
    }

    @Test("files of strangers are passed over") func strangers() throws {
        let folder = try TemporaryDirectory()
        let root = HostPath(folder.path("records"))
        let store = try FileRecordStore(root)
        let key = RecordKey.tag(try #require(RepositoryName("a")), try #require(TagName("v1")))
        try store.write(key, [1])
        try (root / "a" / "_tags" / ".v2.tmp").writeAtomically([1], durable: false)
        try (root / "lost+found").mkdir()
        try (root / "a" / "_manifests" / "sha256").mkdir()
        try (root / "a" / "_manifests" / "sha256" / "short").writeAtomically([1], durable: false)
        #expect(try store.keys() == [key])
    }
}

@Suite("configuration of the registry") struct RegistrySettingsTests {
    @Test("keys are read, and the environment overrides them") func reading() throws {
        let yaml = "listen: \"[::1]:0\"\nstorage:\n  filesystem:\n    root: /srv/images\ncleanup:\n  grace: 15m\n  interval:\n"
        let settings = try RegistrySettings(yaml: yaml) { $0 == "WHARF_REGISTRY_CLEANUP_UPLOADS" ? "2d" : nil }
        #expect(settings.listen == "[::1]:0")
        #expect(settings.root == HostPath("/srv/images"))
        #expect(settings.grace == 900)
        #expect(settings.uploadAge == 172_800)
        #expect(settings.collectionInterval == 3600)
        #expect(try RegistrySettings(yaml: "# nothing") == RegistrySettings())
    }

    @Test(
        "what is wrong is named",
        arguments: [
            ("listn: x", "unknown key \"listn\""), ("a:\n  b: 1", "line 2: unknown key \"a.b\""),
            ("listen: nowhere", "invalid value \"nowhere\" of listen"),
            ("listen: 1:2:3", "invalid value"), ("storage:\n  filesystem:\n    root: here", "line 3: invalid value \"here\""),
            ("- a", "can't be a list"),
            ("cleanup: {grace: -1s}", "invalid value \"-1s\""), ("a: [", "no YAML"),
        ])
    func wrong(yaml: String, text: String) {
        let error = #expect(throws: (any Error).self) { _ = try RegistrySettings(yaml: yaml) }
        #expect("\(String(describing: error))".contains(text), "\(String(describing: error))")
    }
}
