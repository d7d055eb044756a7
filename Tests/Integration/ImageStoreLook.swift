// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a daemon's image store holds, seen from two sides: what the API says, and what lies in its folders and rows. The
// fault tests compare looks from before and after, and ask whether everything has an owner.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

/// One look at a store.
struct ImageStoreLook: Equatable, CustomStringConvertible {
    /// What `GET /images/json` says: id, tags and digests of each, sorted.
    var images: [String] = []
    /// `content/blobs`: the hex digits.
    var blobs: Set<String> = []
    /// `snapshots`: key and kind by folder; `half-made` for one without a record.
    var snapshots: Set<String> = []
    /// `content/ingest`: bytes by key.
    var ingests: [String: Int] = [:]

    /// What is visible: without what an interrupted download may leave for its next attempt.
    var visible: ImageStoreLook {
        var result = self
        result.ingests = ingests.filter { !$0.key.hasPrefix("download-") }
        return result
    }

    var description: String {
        "images \(images)\n  blobs \(blobs.sorted().map { $0.prefix(12) })\n  snapshots \(snapshots.sorted())\n  ingests \(ingests)"
    }
}

extension DaemonFixture {
    /// Looks at a running daemon's store.
    func look() async throws -> ImageStoreLook {
        let reply = try await api.send("GET", "/images/json?all=1&digests=1")
        guard reply.status == 200, let list = try reply.json().array else { throw TestFailure("images: \(reply.status) \(reply.text)") }
        func texts(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string).sorted() }
        var look = ImageStoreLook()
        look.images = list.map { "\($0["Id"]?.string ?? "?") \(texts($0["RepoTags"])) \(texts($0["RepoDigests"]))" }.sorted()
        // Another engine keeps its files in other ways.
        guard Programs.reference == nil else { return look }
        let content = seen("\(root)/content")
        look.blobs = Set(try FileManager.default.contentsOfDirectory(atPath: "\(content)/blobs/sha256"))
        for key in try FileManager.default.contentsOfDirectory(atPath: "\(content)/ingest") {
            let size = try? FileManager.default.attributesOfItem(atPath: "\(content)/ingest/\(key)")[.size] as? Int  // gone meanwhile
            look.ingests[key] = size ?? 0
        }
        let snapshots = seen("\(root)/snapshots")
        // A removal is answered before the files are gone.
        try await eventually("files of removed layers") {
            try FileManager.default.contentsOfDirectory(atPath: snapshots).allSatisfy {
                $0 == "empty" || FileManager.default.fileExists(atPath: "\(snapshots)/\($0)/info")
            }
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: snapshots) where name != "empty" {
            let info = FileManager.default.contents(atPath: "\(snapshots)/\(name)/info").map { String(decoding: $0, as: UTF8.self) }
            let fields = (info ?? "").split(separator: "\n" as Character).filter { $0.hasPrefix("kind ") || $0.hasPrefix("key ") }
            look.snapshots.insert(info == nil ? "half-made \(name)" : fields.joined(separator: ", "))
        }
        return look
    }

    /// Everything that breaks a promise: a blob, layer or ingest that nobody owns, an owner without what it owns, a blob
    /// that is not what its name says. Empty on a sound store at rest.
    func storeViolations() async throws -> [String] {
        let look = try await look()
        guard let pid else { throw TestFailure("no daemon runs") }
        // SQLite resolves links, and those of /proc lead out of the daemon's mount namespace.
        let python = ["--target", "\(pid)", "--mount", "--", "/usr/bin/python3", "-c", Self.rowsScript, "\(root)/wharf.db"]
        let rows = try await CommandLine.run("nsenter", python).expecting(0).lines
        func named(_ word: String) -> Set<String> {
            Set(rows.filter { $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.utf8.count + 1)) })
        }
        let owned = named("blob")
        let layers = named("layer")
        let stored = Set(look.snapshots.filter { $0.contains("kind committed") }.compactMap { $0.components(separatedBy: "key ").last })
        var violations = owned.subtracting(look.blobs).map { "a row owns blob \($0), which is not there" }
        violations += look.blobs.subtracting(owned).map { "nobody owns blob \($0)" }
        violations += layers.subtracting(stored).map { "a row owns layer \($0), which is not there" }
        violations += stored.subtracting(layers).map { "nobody owns layer \($0)" }
        violations += look.snapshots.filter { !$0.contains("kind committed") && !$0.contains("kind active") }.map { "snapshot \($0)" }
        violations += look.ingests.keys.filter { !$0.hasPrefix("download-") }.map { "nobody owns ingest \($0)" }
        let folder = seen("\(root)/content/blobs/sha256")
        let sums = look.blobs.isEmpty ? [] : try await CommandLine.run("sha256sum", look.blobs.map { "\(folder)/\($0)" }).expecting(0).lines
        for line in sums where !line.hasSuffix("/" + line.prefix(64)) { violations.append("a blob is not what its name says: \(line)") }
        return violations.sorted()
    }

    /// Prints what rows own: `blob <hex>`, `layer <chainID>`.
    private static let rowsScript = """
        import json, sqlite3, sys
        c = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
        for kind, document in c.execute("SELECT kind, document FROM rows WHERE kind IN ('image', 'layer', 'index')"):
            value = json.loads(document)
            if kind == "image":
                blobs = value["blobs"]
            elif kind == "index":
                # Of an image's own blobs the image's row says which are here.
                blobs = list(value["documents"])
                for member in value["members"]:
                    blobs += [member["manifest"]["digest"]] if member.get("image") else member["blobs"]
            else:
                print("layer", value["chainID"])
                blobs = [value["blob"]["digest"]] if value.get("blob") else []
            for blob in blobs: print("blob", blob.split(":")[1])
        """

    // MARK: Verbs by the API

    /// `docker pull`, by the API; ends with what the stream said.
    func pull(_ name: String, tag: String = "latest", query: String = "", deadline: Duration = .seconds(120)) async throws -> StreamedReply
    {
        let target = "/images/create?fromImage=\(Self.escaped(name))&tag=\(Self.escaped(tag))\(query)"
        return StreamedReply(try await api.send("POST", target, headers: [("Content-Length", "0")], deadline: deadline))
    }

    /// `docker push`, by the API.
    func push(_ name: String, tag: String = "latest", deadline: Duration = .seconds(120)) async throws -> StreamedReply {
        let headers = [("Content-Length", "0"), ("X-Registry-Auth", "e30=")]
        return StreamedReply(try await api.send("POST", "/images/\(name)/push?tag=\(tag)", headers: headers, deadline: deadline))
    }

    /// `docker load`, by the API.
    func load(archive: [UInt8], deadline: Duration = .seconds(120)) async throws -> StreamedReply {
        let headers = [("Content-Type", "application/x-tar")]
        return StreamedReply(try await api.send("POST", "/images/load?quiet=1", body: archive, headers: headers, deadline: deadline))
    }

    /// `docker import`, by the API.
    func importing(_ tar: [UInt8], as name: String, deadline: Duration = .seconds(120)) async throws -> StreamedReply {
        let headers = [("Content-Type", "application/x-tar")]
        return StreamedReply(
            try await api.send("POST", "/images/create?fromSrc=-&repo=\(name)&tag=1", body: tar, headers: headers, deadline: deadline))
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(decoding: [byte], as: UTF8.self)
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }
}

/// The answer to a verb that streams progress: it fails by its status, or by a message in the stream.
struct StreamedReply: Sendable, CustomStringConvertible {
    let reply: HTTPReply

    init(_ reply: HTTPReply) { self.reply = reply }

    /// The messages.
    var messages: [JSONValue] {
        reply.text.split(whereSeparator: \.isNewline).compactMap { try? JSON.parse(Array($0.utf8)) }  // a cut line is no message
    }

    /// Why it failed; nil if it did not.
    var error: String? {
        if reply.status >= 400 { return reply.message.isEmpty ? "status \(reply.status)" : reply.message }
        return messages.compactMap { $0["errorDetail"]?["message"]?.string ?? $0["error"]?.string }.last
    }

    /// Self, or an error when the verb failed.
    @discardableResult
    func succeeding() throws -> StreamedReply {
        if let error { throw TestFailure("it failed: \(error)") }
        return self
    }

    var description: String { "\(reply.status) \(reply.text.suffix(2000))" }
}
