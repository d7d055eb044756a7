// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Devices: which nodes a container gets beside the default ones, and the cgroup's rules about them.

import WharfError
import WharfLinux
import WharfOCI

/// Turns Docker's `--device` and `--device-cgroup-rule` into nodes and rules.
enum TaskDevices {
    /// One node and the rule that allows it.
    struct Resolved {
        let node: RuntimeSpec.Device
        let rule: RuntimeSpec.DeviceRule
    }

    /// Deny all, then what every container may use: moby's list. Making any node is left to the runtime's own rules: runc
    /// adds it behind these and refuses to take 10:229 back from a rule that is here already.
    static let defaultRules: [RuntimeSpec.DeviceRule] =
        [.init(allow: false)]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)].map { .init(allow: true, type: "c", major: $0.0, minor: $0.1) }
        + [.init(allow: true, type: "c", major: 136), .init(allow: false, type: "c", major: 10, minor: 229)]

    /// The asked-for devices; a directory gives all devices below it.
    ///
    /// - Throws: `WharfError` with Docker's text for a path that is missing or no device.
    static func resolve(_ devices: [TaskDevice]) throws(WharfError) -> [Resolved] {
        var result: [Resolved] = []
        for device in devices {
            let path = HostPath(device.hostPath)
            let gathering = "error gathering device information while adding custom device \"\(device.hostPath)\": "
            do throws(SyscallError) { _ = try path.status() } catch {
                throw WharfError(.internal, gathering + error.reason, cause: error, errno: error.errno)
            }
            let found = collect(path, as: device.containerPath, access: device.access, depth: 0)
            guard !found.isEmpty else { throw WharfError(.internal, gathering + "not a device node") }
            result += found
        }
        return result
    }

    /// Everything below /dev, for privileged containers.
    static func all() throws -> [Resolved] { collect(HostPath("/dev"), as: "/dev", access: "rwm", depth: 0) }

    private static func collect(_ path: HostPath, as target: String, access: String, depth: Int) -> [Resolved] {
        // A node that goes away while we look is simply not there.
        guard depth < 8, let status = try? path.status() else { return [] }
        switch status.kind {
        case .characterDevice, .blockDevice:
            let type = status.kind == .blockDevice ? "b" : "c"
            let (major, minor) = (Int64(status.deviceMajor), Int64(status.deviceMinor))
            return [
                Resolved(
                    node: .init(
                        type: type, path: target, major: major, minor: minor, fileMode: status.permissions, uid: status.uid, gid: status.gid
                    ),
                    rule: .init(allow: true, type: type, major: major, minor: minor, access: access))
            ]
        case .directory:
            let skipped: Set<String> = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "ptmx", "console"]
            // A folder that can't be read has no devices to give.
            return ((try? path.entries()) ?? []).sorted { $0.name.lexicographicallyPrecedes($1.name) }.flatMap { entry -> [Resolved] in
                guard let name = String(validating: entry.name, as: UTF8.self), !skipped.contains(name), name != "console",
                    entry.kind != .symlink
                else { return [] }
                return collect(path / name, as: "\(target)/\(name)", access: access, depth: depth + 1)
            }
        default:
            return []
        }
    }

    /// `c 1:3 rwm`, with `*` for any number. - Throws: `invalidArgument` with moby's text.
    static func rule(_ text: String) throws(WharfError) -> RuntimeSpec.DeviceRule {
        let invalid = WharfError(.invalidArgument, "invalid device cgroup rule format: '\(text)'")
        let words = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3, ["a", "b", "c"].contains(words[0]) else { throw invalid }
        let numbers = words[1].utf8.split(separator: 0x3A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard numbers.count == 2, (1...3).contains(words[2].utf8.count), words[2].utf8.allSatisfy({ "rwm".utf8.contains($0) }) else {
            throw invalid
        }
        var parsed: [Int64?] = []
        for number in numbers {
            if number == "*" {
                parsed.append(nil)
            } else if number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt32(number) {
                parsed.append(Int64(value))
            } else {
                throw invalid
            }
        }
        return .init(allow: true, type: words[0], major: parsed[0], minor: parsed[1], access: words[2])
    }
}
