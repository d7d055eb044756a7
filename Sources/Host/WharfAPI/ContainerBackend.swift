// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The narrow things that `/containers` and `/exec` need of the engine. The engine's nouns have them; tests bring
// their own. References are names, ids or unambiguous beginnings of ids.

import WharfDockerAPI
import WharfEngine

/// Containers as records: made, shown, changed, ended.
protocol ContainerBackend: Sendable {
    func list(_ options: ContainerListOptions) async throws -> [ContainerSummary]
    func create(_ request: ContainerCreateRequest, name: String?) async throws -> ContainerCreateResponse
    func inspect(_ reference: String, size: Bool) async throws -> ContainerInspect
    func start(_ reference: String) async throws
    func stop(_ reference: String, options: ContainerStopOptions) async throws
    func restart(_ reference: String, options: ContainerStopOptions) async throws
    func kill(_ reference: String, signal: String) async throws
    func pause(_ reference: String) async throws
    func unpause(_ reference: String) async throws
    func rename(_ reference: String, to newName: String) async throws
    func resize(_ reference: String, rows: UInt16, columns: UInt16) async throws
    func update(_ reference: String, _ request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse
    func remove(_ reference: String, options: ContainerRemoveOptions) async throws
}

/// Containers as streams.
protocol ContainerStreamBackend: Sendable {
    associatedtype Session: ConnectionSession
    associatedtype Log: LogSource
    associatedtype Exit: ExitWaiting

    func attach(_ reference: String, options: ContainerAttachOptions) async throws -> Session
    func logs(_ reference: String, options: ContainerLogsOptions) async throws -> Log
    func wait(_ reference: String, condition: WaitCondition) throws -> Exit
}

/// Further processes in running containers.
protocol ExecBackend: Sendable {
    associatedtype Session: ConnectionSession

    func create(_ reference: String, _ request: ExecCreateRequest) async throws -> ExecCreateResponse
    func start(_ id: String, _ request: ExecStartRequest) async throws -> Session
    func startDetached(_ id: String, _ request: ExecStartRequest) async throws
    func resize(_ id: String, rows: UInt16, columns: UInt16) async throws
    func inspect(_ id: String) async throws -> ExecInspect
}

extension Containers: ContainerBackend, ContainerStreamBackend {}
extension Execs: ExecBackend {}
