// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// json-file, Docker's usual driver: JSON on lines, bounded here unless somebody asks for no bound (`max-size=-1`).

import WharfDockerAPI
import WharfError
import WharfLinux
import WharfLogs
import WharfShimProtocol

/// The driver json-file.
struct JSONFileLogDriver: LogDriver {
    let name = "json-file"

    private static let options: Set<String> = ["max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"]

    func validate(_ options: [String: String]) throws(WharfError) {
        for key in options.keys.sorted() where !Self.options.contains(key) {
            throw WharfError(.invalidArgument, "unknown log opt '\(key)' for json-file log driver")
        }
        _ = try LogRotation(LogConfig(type: name, config: options))
        try LogAttributes.validate(options)
    }

    func target(_ record: ContainerRecord, _ directory: ContainerDirectory) throws(WharfError) -> LogTarget {
        let rotation = try LogRotation(record.hostConfig.logConfig)
        var target = LogTarget(jsonFile: directory.log(record.id).description, maxSize: rotation.maxSize, maxFiles: rotation.maxFiles)
        target.attributes = LogAttributes.json(try LogAttributes.collect(record))
        return target
    }

    func files(_ record: ContainerRecord, _ directory: ContainerDirectory) -> ContainerLogFiles? {
        // What can't be read was refused at create.
        guard let rotation = try? LogRotation(record.hostConfig.logConfig) else { return nil }
        return ContainerLogFiles(path: directory.log(record.id), format: .jsonFile, rotation: rotation)
    }
}
