// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why containers ended: a question that only Wharf answers.

public import WharfDockerAPI

extension EngineClient {
    /// `GET /containers/{id}/why`, newest exit first.
    public func why(_ id: String) async throws -> [ContainerExitExplanation] {
        try await fetch([ContainerExitExplanation].self, "GET", Query("containers", id, "why"))
    }
}
