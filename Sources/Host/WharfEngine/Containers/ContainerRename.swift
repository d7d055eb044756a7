// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/rename`.

import WharfError
import WharfMetadata

extension Containers {
    /// Gives a container another name.
    ///
    /// - Throws: `conflict` when somebody has it, `invalidArgument` for the name.
    public func rename(_ reference: String, to newName: String) async throws {
        let id = try table.resolve(reference).id
        guard !newName.isEmpty else { throw WharfError(.invalidArgument, "Neither old nor new names may be empty") }
        let wanted = try ContainerName.validate(newName)
        try await mutate(id) { [self] in
            guard let old = table.record(id)?.name else { throw WharfError(.notFound, "No such container: \(reference)") }
            guard old != wanted else {
                throw WharfError(.invalidArgument, "Renaming a container with the same name as its current name")
            }
            _ = try table.reserve(name: wanted, for: id)
            do {
                guard let renamed = table.update(id, { $0.name = wanted }) else { return }
                try await persist(id, durable: true, news: [.container(renamed, "rename", ["oldName": "/\(old)"])])
                table.release(name: old, of: id)
            } catch {
                table.update(id) { $0.name = old }
                table.release(name: wanted, of: id)
                if case MetadataError.nameTaken(_, let name, let holder) = error { throw ContainerTable.nameConflict(name, holder: holder) }
                throw error
            }
        }
    }
}
