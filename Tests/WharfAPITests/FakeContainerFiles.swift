// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files and the usage of containers that are not there.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfJSON

@testable import WharfAPI

struct FakeContainerFiles: ContainerFileBackend {
    let calls: Calls

    static let stat = ContainerPathStat(name: "f", size: 2, mode: 0o644, mtime: Timestamp(seconds: 1))

    func pathStat(_ reference: String, path: String) async throws -> ContainerPathStat {
        try calls.record("stat \(reference) \(path)")
        return Self.stat
    }

    func archive(_ reference: String, path: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        try calls.record("archive \(reference) \(path)")
        try await write(Array("a tar".utf8))
    }

    func extract<Body: AsyncSequence & Sendable>(
        _ reference: String, _ body: Body, options: ContainerArchivePutOptions
    ) async throws where Body.Element == [UInt8] {
        var count = 0
        for try await chunk in body { count += chunk.count }
        try calls.record(
            "extract \(reference) \(options.path) keeps=\(options.noOverwriteDirNonDir) owner=\(options.copyUIDGID) bytes=\(count)")
    }

    func export(_ reference: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        try calls.record("export \(reference)")
        try await write(Array("a tar".utf8))
    }

    func changes(_ reference: String) async throws -> [FilesystemChange] {
        try calls.record("changes \(reference)")
        return reference == "clean" ? [] : [FilesystemChange(path: "/new", kind: .added)]
    }
}

struct FakeContainerUsage: ContainerUsageBackend, StatsSource {
    let calls: Calls

    func top(_ reference: String, arguments: String) async throws -> ContainerTopResponse {
        try calls.record("top \(reference) \(arguments)")
        return ContainerTopResponse(titles: ["PID", "CMD"], processes: [["7", "sleep 9"]])
    }

    func stats(_ reference: String, options: ContainerStatsOptions) async throws -> FakeContainerUsage {
        try calls.record("stats \(reference) stream=\(options.stream) once=\(options.oneShot)")
        return self
    }

    func run(_ write: @Sendable (ContainerStats) async throws -> Void) async throws { try await write(ContainerStats()) }

    func prune(_ filters: Filters) async throws -> ContainerPruneResponse {
        try calls.record("prune \(filters.values("until"))")
        return ContainerPruneResponse()
    }
}
