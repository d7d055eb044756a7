// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The long form of a mount: `--mount type=bind,source=/a,target=/b,readonly`.

import WharfDockerAPI

/// Reads `--mount`.
enum MountSpec {
    /// Throws with docker's reasons.
    static let parse: @Sendable (String) throws(InvalidValue) -> MountRequest = { text throws(InvalidValue) in
        var mount = MountRequest()
        mount.type = "volume"
        for field in CommaFields.split(text) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let key = parts[0].lowercased()
            if parts.count == 2 {
                try set(key, parts[1], field, &mount)
            } else if ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"].contains(key) {
                try set(key, "true", field, &mount)
            } else {
                throw InvalidValue(reason: "invalid field '\(field)' must be a key=value pair")
            }
        }
        guard !mount.target.isEmpty else { throw InvalidValue(reason: "target is required") }
        try checkOptions(mount)
        if mount.type == "bind", mount.source.hasPrefix(".") { mount.source = VolumeSpec.absolute(mount.source) }
        return mount
    }

    private static func set(_ key: String, _ value: String, _ field: String, _ mount: inout MountRequest) throws(InvalidValue) {
        switch key {
        case "type": mount.type = value.lowercased()
        case "source", "src": mount.source = value
        case "target", "dst", "destination": mount.target = value
        case "readonly", "ro": mount.readOnly = try bool(key, value)
        case "consistency": mount.consistency = value.lowercased()
        case let name where name.hasPrefix("bind-"): try setBind(name, value, field, &mount)
        case let name where name.hasPrefix("volume-"): try setVolume(name, value, field, &mount)
        case "image-subpath": mount.imageOptions = changed(mount.imageOptions ?? ImageMountOptions()) { $0.subpath = value }
        case "tmpfs-size":
            guard case .success(let size) = ByteSize.parse(value) else { throw InvalidValue(reason: "invalid value for \(key): \(value)") }
            mount.tmpfsOptions = changed(mount.tmpfsOptions ?? TmpfsOptions()) { $0.sizeBytes = size }
        case "tmpfs-mode":
            guard let mode = UInt32(value, radix: 8) else { throw InvalidValue(reason: "invalid value for \(key): \(value)") }
            mount.tmpfsOptions = changed(mount.tmpfsOptions ?? TmpfsOptions()) { $0.mode = mode }
        default: throw unknown(key, field)
        }
    }

    private static func setBind(_ key: String, _ value: String, _ field: String, _ mount: inout MountRequest) throws(InvalidValue) {
        var options = mount.bindOptions ?? BindOptions()
        switch key {
        case "bind-propagation": options.propagation = value.lowercased()
        case "bind-nonrecursive": options.nonRecursive = try bool(key, value)
        case "bind-recursive":
            switch value {
            case "enabled": break
            case "disabled": options.nonRecursive = true
            case "writable": options.readOnlyNonRecursive = true
            case "readonly": options.readOnlyForceRecursive = true
            default:
                throw InvalidValue(
                    reason: "invalid value for bind-recursive: \(value) (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")")
            }
        default: throw unknown(key, field)
        }
        mount.bindOptions = options
    }

    private static func setVolume(_ key: String, _ value: String, _ field: String, _ mount: inout MountRequest) throws(InvalidValue) {
        var options = mount.volumeOptions ?? VolumeOptions()
        var driver = options.driverConfig ?? VolumeDriverConfig(name: "")
        switch key {
        case "volume-nocopy": options.noCopy = try bool(key, value)
        case "volume-subpath": options.subpath = value
        case "volume-label": options.labels = (options.labels ?? [:]).merging(EnvironmentFile.map([value])) { $1 }
        case "volume-driver":
            driver.name = value
            options.driverConfig = driver
        case "volume-opt":
            driver.options = (driver.options ?? [:]).merging(EnvironmentFile.map([value])) { $1 }
            options.driverConfig = driver
        default: throw unknown(key, field)
        }
        mount.volumeOptions = options
    }

    private static func checkOptions(_ mount: MountRequest) throws(InvalidValue) {
        let options: [(String, Bool)] = [
            ("bind", mount.bindOptions != nil), ("volume", mount.volumeOptions != nil), ("tmpfs", mount.tmpfsOptions != nil),
            ("image", mount.imageOptions != nil),
        ]
        for (type, isSet) in options where isSet && mount.type != type {
            throw InvalidValue(reason: "cannot mix '\(type)-*' options with mount type '\(mount.type)'")
        }
    }

    private static func unknown(_ key: String, _ field: String) -> InvalidValue {
        InvalidValue(reason: "unexpected key '\(key)' in '\(field)'")
    }

    private static func bool(_ key: String, _ value: String) throws(InvalidValue) -> Bool {
        guard let parsed = parseBool(value) else { throw InvalidValue(reason: "invalid value for \(key): \(value)") }
        return parsed
    }

    private static func changed<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var copy = value
        change(&copy)
        return copy
    }
}
