// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The checker of answers itself: what it must find, and that our own values in the newest version pass it.

import Testing
import WharfDockerAPI
import WharfJSON
import WharfTestKit

@Suite struct DescriptionTests {
    private func mistakes(_ json: String, _ answer: String) throws -> [String] {
        EngineDescription.images.mistakes(in: try JSON.parse(Array(json.utf8)), of: answer)
    }

    @Test func findsWhatIsMissingWrongOrTooMuch() throws {
        #expect(try mistakes("[]", "GET /images/json 200") == [])
        #expect(try mistakes("{}", "GET /images/json 200").count == 1)
        #expect(try mistakes("{}", "GET /nothing 200").count == 1)
        let lacking = try mistakes("[{}]", "GET /images/json 200")
        #expect(lacking.count == 9 && lacking.contains("GET /images/json 200[0] lacks RepoTags"))
        #expect(
            try mistakes(#"{"Id":7}"#, "POST /commit 201") == [
                "POST /commit 201.Id should be string, and is number(WharfJSON.JSONNumber(text: \"7\"))"
            ])
        #expect(try mistakes(#"{"Id":"x","More":1}"#, "POST /commit 201") == ["POST /commit 201 has More, which IDResponse does not"])
        #expect(try mistakes(#"{"Id":null}"#, "POST /commit 201") == ["POST /commit 201.Id is null"])
        #expect(try mistakes(#"{"RootFS":{"Type":"layers","Layers":[1]}}"#, "GET /images/{name}/json 200").count == 1)
        #expect(try mistakes(#"{"SpaceReclaimed":1.5}"#, "POST /images/prune 200").count == 1)
        #expect(try mistakes(#"{"ImagesDeleted":null,"SpaceReclaimed":1}"#, "POST /images/prune 200") == [])
    }

    @Test func findsAValueThatIsNoneOfAChoice() throws {
        var summary = ImageManifestSummary()
        summary.kind = "image"
        var image = ImageSummary()
        image.labels = [:]
        image.manifests = [summary]
        func check() throws -> [String] {
            EngineDescription.images.mistakes(
                in: try JSON.parse(JSON.encode([image.shaped(for: .current)])), of: "GET /images/json 200")
        }
        #expect(try check() == [])
        image.manifests?[0].kind = "ship"
        #expect(try check().count == 1)
    }

    @Test func ourOwnValuesPass() throws {
        let description = EngineDescription.images
        func check(_ value: some JSONWritable, _ answer: String, _ known: Set<String> = []) throws {
            #expect(description.mistakes(in: try JSON.parse(JSON.encode(value)), of: answer, known: known) == [])
        }
        var inspect = ImageInspect()
        inspect.config = ContainerConfig()
        inspect.graphDriver = DriverData(data: [:], name: "overlay2")
        inspect.rootFS.layers = ["sha256:1"]
        inspect.descriptor = OCIDescriptor()
        try check(inspect.shaped(for: .current), "GET /images/{name}/json 200")
        try check([ImageHistoryItem()], "GET /images/{name}/history 200")
        try check([ImageDeleteItem(deleted: "", untagged: "x:1")], "DELETE /images/{name} 200")
        try check([ImageSearchResult()], "GET /images/search 200")
        try check(ImagePruneResponse(), "POST /images/prune 200")
        try check(AuthResponse(status: "Login Succeeded"), "POST /auth 200")
        try check(IDResponse(id: "x"), "POST /commit 201")
        try check(DistributionInspect(descriptor: OCIDescriptor(), platforms: [OCIPlatform()]), "GET /distribution/{name}/json 200")
        var usage = DiskUsage()
        usage.imageUsage = ResourceUsage()
        usage.imageUsage?.items = [ImageSummary()]
        usage.isVerbose = true
        try check(usage.shaped(for: .current), "GET /system/df 200")
    }
}
