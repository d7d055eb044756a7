// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// update: new limits for a container that lives, written by a child, which alone reads what the user asked for.

import Glibc
import WharfLinux
import WharfShimProtocol

extension Shim {
    /// Replies when the limits are in the control groups, or why one of them is not.
    func update(_ request: UpdateRequest, id: UInt64, from connection: ShimConnection) {
        guard let container, container.initProcess.ending == nil, container.cgroups != nil else {
            return connection.refuse(id, "update", EINVAL, "the container does not live, or the host has no control groups")
        }
        do throws(ShimFailure) {
            let (runtime, target) = (container.runtime.runtime, container.target)
            try help("update", deadline: .seconds(30)) { () throws(ShimFailure) in
                var report = MakerReport()
                report.warnings = try runtime.update(request.resources, of: target)
                return (report, [])
            } completion: { outcome in
                switch outcome {
                case .success(let (report, _)):
                    connection.reply(report.warnings.isEmpty ? .done : .warnings(report.warnings), to: id)
                case .failure(let failure): connection.reply(.failure(failure), to: id)
                }
            }
        } catch {
            connection.reply(.failure(error), to: id)
        }
    }
}
