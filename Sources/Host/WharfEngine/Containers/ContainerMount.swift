// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A mount point of a container, decided at create: what `-v`, `--mount` and `--tmpfs` come down to. It is part of the
// record; the spec builder turns it into an OCI mount at each start.

public import WharfJSON

/// One place in the container where something else than its root file system is seen.
public struct ContainerMount: Sendable, Equatable {
    /// Where what is seen comes from.
    public enum Kind: String, Sendable, CaseIterable {
        /// A path of the host.
        case bind
        /// Memory, empty at each start.
        case tmpfs
    }

    public var kind: Kind
    /// A host path, absolute and clean; empty for tmpfs.
    public var source: String
    /// In the container: absolute and clean, never "/".
    public var destination: String
    /// The third part of `-v SRC:DST:MODE` as the user wrote it.
    public var mode: String
    public var isReadOnly: Bool
    /// `rprivate`, `rslave`, `shared`…; empty for tmpfs.
    public var propagation: String
    /// Leaves what is mounted below the source behind.
    public var isNonRecursive: Bool
    /// Docker makes a missing source of `-v` as a directory; `--mount` does not.
    public var createsSource: Bool
    /// For tmpfs, in mount(8)'s words: `size=2m`, `mode=1777`, `noexec`.
    public var options: [String]
    /// Listed in inspect's `Mounts`; those of `--tmpfs` are not.
    public var isListed: Bool

    public init(
        kind: Kind, source: String = "", destination: String, mode: String = "", isReadOnly: Bool = false, propagation: String = "",
        isNonRecursive: Bool = false, createsSource: Bool = false, options: [String] = [], isListed: Bool = true
    ) {
        self.kind = kind
        self.source = source
        self.destination = destination
        self.mode = mode
        self.isReadOnly = isReadOnly
        self.propagation = propagation
        self.isNonRecursive = isNonRecursive
        self.createsSource = createsSource
        self.options = options
        self.isListed = isListed
    }
}

extension ContainerMount: JSONWritable, Decodable {
    enum CodingKeys: String, CodingKey {
        case kind, source, destination, mode, isReadOnly = "readOnly", propagation, isNonRecursive = "nonRecursive"
        case createsSource, options, isListed = "listed"
    }

    /// The form inside a container's row.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("kind", kind.rawValue)
            o.field("source", source)
            o.field("destination", destination)
            o.field("mode", mode)
            o.field("readOnly", isReadOnly)
            o.field("propagation", propagation)
            o.field("nonRecursive", isNonRecursive)
            o.field("createsSource", createsSource)
            o.field("options", options)
            o.field("listed", isListed)
        }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try values.decode(String.self, forKey: .kind)
        guard let known = Kind(rawValue: kind) else { throw JSONError.invalid("unknown kind of mount \"\(kind)\"") }
        self.init(
            kind: known,
            source: try values.decode(String.self, forKey: .source),
            destination: try values.decode(String.self, forKey: .destination),
            mode: try values.decode(String.self, forKey: .mode),
            isReadOnly: try values.decode(Bool.self, forKey: .isReadOnly),
            propagation: try values.decode(String.self, forKey: .propagation),
            isNonRecursive: try values.decode(Bool.self, forKey: .isNonRecursive),
            createsSource: try values.decode(Bool.self, forKey: .createsSource),
            options: try values.decode([String].self, forKey: .options),
            isListed: try values.decode(Bool.self, forKey: .isListed))
    }
}
