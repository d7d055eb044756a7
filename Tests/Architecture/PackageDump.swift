// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The manifest as SwiftPM sees it: `swift package dump-package`, written by scripts/test before the tests start. The test
// can't ask SwiftPM itself, because it would wait for the lock of the run that it is part of.

import Foundation
import WharfJSON

/// The targets of the package and what they declare to depend on.
struct PackageDump {
    struct Target: Equatable {
        let name: String
        /// `regular`, `executable`, `test`, `system`.
        let type: String
        let path: String
        /// Module names: of a target its own, of a product the product's, which are the same here.
        let dependencies: [String]
    }

    let targets: [Target]

    init(json: [UInt8]) throws {
        guard let list = try JSON.parse(json)["targets"]?.array else { throw PackageDumpError.noTargets }
        targets = list.map { target in
            Target(
                name: target["name"]?.string ?? "", type: target["type"]?.string ?? "", path: target["path"]?.string ?? "",
                dependencies: (target["dependencies"]?.array ?? []).compactMap(Self.name))
        }
    }

    /// `{"byName": ["X", null]}`, `{"target": ["X", null]}` or `{"product": ["X", "package", …]}`.
    private static func name(_ dependency: JSONValue) -> String? {
        ["byName", "target", "product"].lazy.compactMap { dependency[$0]?[0]?.string }.first
    }

    /// The dump of this project.
    static func project() throws -> PackageDump {
        let path = ProcessInfo.processInfo.environment["WHARF_PACKAGE_DUMP"] ?? Project.root.path + "/.build/package-dump.json"
        guard let data = FileManager.default.contents(atPath: path) else { throw PackageDumpError.missing(path) }
        return try PackageDump(json: Array(data))
    }
}

/// Why there is nothing to check.
enum PackageDumpError: Error, CustomStringConvertible {
    case missing(String)
    case noTargets

    var description: String {
        switch self {
        case .missing(let path): "no \(path): `make test` writes it; by hand: swift package dump-package > \(path)"
        case .noTargets: "the package dump has no targets"
        }
    }
}
