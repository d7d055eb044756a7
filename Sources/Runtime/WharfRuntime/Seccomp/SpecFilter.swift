// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From a spec to its compiled filter, for init and for every further process of the container.

import Glibc
public import WharfLinux
public import WharfOCI

/// The system call filter of a container; nil where its spec has none.
///
/// `cache` keeps compiled filters; nil compiles each time. Throws with the step `seccomp`.
public func seccompFilter(_ spec: RuntimeSpec, cache: HostPath?) throws(RuntimeError) -> SeccompFilter? {
    guard let document = spec.linux.seccomp else { return nil }
    do throws(SeccompError) {
        return try SeccompCache(directory: cache).filter(for: document)
    } catch {
        throw RuntimeError(step: "seccomp", errno: EINVAL, text: error.description)
    }
}
