// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How an overlay mount is written as a `Mount`: one option for each layer, so that no path needs quoting.
//
//   type overlay, source overlay, options ["lowerdir+=/…/7/fs", "lowerdir+=/…/3/fs", "upperdir=/…/9/fs", "workdir=/…/9/work"]

public import WharfOCI

/// The directories of an overlay mount.
public struct OverlayLayers: Sendable, Hashable {
    /// From the top down; at least one.
    public var lowers: [String]
    /// Nil for a read-only mount; then `work` is nil too.
    public var upper: String?
    public var work: String?

    public init(lowers: [String], upper: String?, work: String?) {
        self.lowers = lowers
        self.upper = upper
        self.work = work
    }

    /// Reads a mount of type overlay; nil for other types and for one without lower directories.
    public init?(_ mount: Mount) {
        guard mount.type == "overlay" else { return nil }
        lowers = mount.options.compactMap { Self.value(of: "lowerdir+=", in: $0) }
        upper = mount.options.lazy.compactMap { Self.value(of: "upperdir=", in: $0) }.first
        work = mount.options.lazy.compactMap { Self.value(of: "workdir=", in: $0) }.first
        guard !lowers.isEmpty, (upper == nil) == (work == nil) else { return nil }
    }

    /// As the mount of a root file system.
    public var mount: Mount {
        var options = lowers.map { "lowerdir+=\($0)" }
        if let upper { options.append("upperdir=\(upper)") }
        if let work { options.append("workdir=\(work)") }
        return Mount(destination: "", type: "overlay", source: "overlay", options: options)
    }

    private static func value(of key: String, in option: String) -> String? {
        option.utf8.starts(with: key.utf8) ? String(decoding: Array(option.utf8.dropFirst(key.utf8.count)), as: UTF8.self) : nil
    }
}
