// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `-v SRC:DST[:MODE]` as the Engine API carries it in HostConfig.Binds, with the texts that dockerd answers.

import WharfError

/// One entry of `Binds`, read and checked.
enum BindSpecification {
    /// Reads one entry.
    ///
    /// - Throws: `invalidArgument` with Docker's text; `notImplemented` for a named volume.
    static func parse(_ text: String) throws(WharfError) -> ContainerMount {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty }), CleanPath.isUsable(text) else { throw invalid(text) }
        guard parts.count > 1 else {
            throw WharfError(.notImplemented, "volumes are not supported yet: \(text)")
        }
        if parts.count == 2, isMode(parts[1]) { throw invalid(text) }
        let mode = parts.count == 3 ? parts[2] : ""
        guard mode.isEmpty || isMode(mode) else {
            throw WharfError(.invalidArgument, "invalid volume specification: '\(text)': invalid mode: \(mode)")
        }
        let (source, destination) = (parts[0], parts[1])
        guard CleanPath.isAbsolute(destination) else {
            let path = "invalid mount path: '\(destination)' mount path must be absolute"
            throw WharfError(
                .invalidArgument,
                "invalid volume specification: '\(text)': invalid mount config for type \"\(CleanPath.isAbsolute(source) ? "bind" : "volume")\": \(path)"
            )
        }
        let clean = CleanPath.clean(destination)
        guard clean != "/" else {
            throw WharfError(.invalidArgument, "invalid volume specification: '\(text)': invalid specification: destination can't be '/'")
        }
        guard CleanPath.isAbsolute(source) else {
            guard ContainerName.isValid(source) else {
                throw WharfError(
                    .invalidArgument,
                    "create \(source): \"\(source)\" includes invalid characters for a local volume name, only "
                        + "\"\(ContainerName.allowed)\" are allowed. If you intended to pass a host directory, use absolute path")
            }
            throw WharfError(.notImplemented, "named volumes are not supported yet: \(source)")
        }
        let words = mode.split(separator: ",").map(String.init)
        return ContainerMount(
            kind: .bind, source: CleanPath.clean(source), destination: clean, mode: mode,
            isReadOnly: words.contains("ro"), propagation: words.first(where: propagations.contains) ?? "rprivate", createsSource: true)
    }

    /// The six ways mounts below the source are shared.
    static let propagations: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]

    /// At most one word of each group.
    private static func isMode(_ text: String) -> Bool {
        let groups: [Set<String>] = [
            ["ro", "rw"], ["z", "Z"], ["nocopy"], propagations, ["consistent", "cached", "delegated", "default"],
        ]
        var seen: Set<Int> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let group = groups.firstIndex(where: { $0.contains(String(word)) }), seen.insert(group).inserted else { return false }
        }
        return true
    }

    private static func invalid(_ text: String) -> WharfError {
        WharfError(.invalidArgument, "invalid volume specification: '\(text)'")
    }
}
