// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// local: Docker's compact driver, 20 MB in each of five files.

import WharfDockerAPI
import WharfError
import WharfLinux
import WharfLogs
import WharfShimProtocol

/// The driver local.
struct LocalLogDriver: LogDriver {
    let name = "local"

    private static let options: Set<String> = ["max-size", "max-file", "compress"]
    private static let standardSize: UInt64 = 20 << 20

    func validate(_ options: [String: String]) throws(WharfError) {
        for key in options.keys.sorted() where !Self.options.contains(key) {
            throw WharfError(.invalidArgument, "unknown log opt '\(key)' for log driver local")
        }
        _ = try rotation(LogConfig(type: name, config: options))
    }

    private func rotation(_ log: LogConfig) throws(WharfError) -> LogRotation {
        var rotation = try LogRotation(log)
        if log.config?["max-size"] == nil { rotation.maxSize = Self.standardSize }
        return rotation
    }

    func target(_ record: ContainerRecord, _ directory: ContainerDirectory) throws(WharfError) -> LogTarget {
        let rotation = try rotation(record.hostConfig.logConfig)
        var target = LogTarget()
        target.driver = .local
        target.path = directory.localLog(record.id).description
        target.maxSize = rotation.maxSize
        target.maxFiles = rotation.maxFiles
        return target
    }

    func files(_ record: ContainerRecord, _ directory: ContainerDirectory) -> ContainerLogFiles? {
        // What can't be read was refused at create.
        guard let rotation = try? rotation(record.hostConfig.logConfig) else { return nil }
        return ContainerLogFiles(path: directory.localLog(record.id), format: .local, rotation: rotation)
    }
}
