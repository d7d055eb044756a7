// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The filter of one container, as its config.json carries it. The standard profile is resolved once per set of
// capabilities: nearly all containers share one.

import Synchronization
import WharfError
import WharfJSON
import WharfOCI

/// Standard filters that were resolved before, by capabilities.
private let standardFilters = Mutex<[Set<String>: JSONValue]>([:])

extension TaskSpec {
    #if arch(x86_64)
        private static let architecture = "amd64"
    #elseif arch(arm64)
        private static let architecture = "arm64"
    #elseif arch(riscv64)
        private static let architecture = "riscv64"
    #endif

    /// nil for a container without a filter. - Throws: `invalidArgument` for a profile that can't be right.
    func filter(for process: RuntimeSpec.Process, on host: TaskHost) throws -> JSONValue? {
        let target = SeccompProfile.Target(
            capabilities: Set(process.capabilities.bounding), architecture: Self.architecture, kernel: host.kernel)
        switch seccomp {
        case .unconfined:
            return nil
        case .profile(let text):
            return try SeccompProfile.parse(text).document(for: target)
        case .standard:
            if self.process.privileged { return nil }
            if let known = standardFilters.withLock({ $0[target.capabilities] }) { return known }
            let document = try SeccompProfile.standard.document(for: target)
            standardFilters.withLock { $0[target.capabilities] = document }
            return document
        }
    }
}

extension SeccompProfile {
    fileprivate func document(for target: Target) throws -> JSONValue { try JSON.parse(JSON.encode(resolved(for: target))) }
}
