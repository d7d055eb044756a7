// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options of a mount in a spec, sorted into what the kernel wants: attributes of the mount, its propagation, and
// parameters of the file system. Names are those of mount(8) and the OCI runtime spec ("Linux mount options").

import WharfLinux

/// Parsed options of one mount.
struct MountOptions: Equatable {
    var isBind = false
    /// A bind takes the mounts below its source along.
    var isRecursive = false
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// The same for the mounts below (`rro`, `rnosuid`…).
    var recursiveSet: MountAttributes = []
    var propagation: MountPropagation?
    var propagatesRecursively = false
    /// What is left, in order: `size=64m`, `mode=755`.
    var data: [String] = []

    init(_ options: [String]) {
        for option in options {
            if option.isEmpty || option == "defaults" || bindOption(option) || attributeOption(option) || propagationOption(option) {
                continue
            }
            data.append(option)
        }
    }

    /// What is set once later options have taken back earlier ones.
    private mutating func put(_ attribute: MountAttributes, _ on: Bool) {
        if on {
            set.insert(attribute)
            clear.remove(attribute)
        } else {
            set.remove(attribute)
            clear.insert(attribute)
        }
    }

    private mutating func bindOption(_ option: String) -> Bool {
        switch option {
        case "bind": isBind = true
        case "rbind": (isBind, isRecursive) = (true, true)
        default: return false
        }
        return true
    }

    private mutating func attributeOption(_ option: String) -> Bool {
        switch option {
        case "ro": put(.readOnly, true)
        case "rw": put(.readOnly, false)
        case "nosuid": put(.noSetuid, true)
        case "suid": put(.noSetuid, false)
        case "nodev": put(.noDevices, true)
        case "dev": put(.noDevices, false)
        case "noexec": put(.noExec, true)
        case "exec": put(.noExec, false)
        case "nodiratime": put(.noDirectoryAccessTime, true)
        case "diratime": put(.noDirectoryAccessTime, false)
        case "nosymfollow": put(.noFollowSymlinks, true)
        case "symfollow": put(.noFollowSymlinks, false)
        case "noatime": accessTime(.noAccessTime)
        case "strictatime": accessTime(.strictAccessTime)
        case "relatime", "atime", "nostrictatime": accessTime(nil)
        case "rro": recursiveSet.insert(.readOnly)
        case "rnosuid": recursiveSet.insert(.noSetuid)
        case "rnodev": recursiveSet.insert(.noDevices)
        case "rnoexec": recursiveSet.insert(.noExec)
        default: return false
        }
        return true
    }

    /// Access time has one of three values; nil is the kernel's default, relatime.
    private mutating func accessTime(_ value: MountAttributes?) {
        put(.noAccessTime, false)
        put(.strictAccessTime, false)
        if let value { put(value, true) }
    }

    private mutating func propagationOption(_ option: String) -> Bool {
        switch option {
        case "private", "rprivate": propagation = .private
        case "slave", "rslave": propagation = .slave
        case "shared", "rshared": propagation = .shared
        case "unbindable", "runbindable": propagation = .unbindable
        default: return false
        }
        propagatesRecursively = option.utf8.first == UInt8(ascii: "r")
        return true
    }

    /// The file system's parameters; `key=value` or a bare word.
    var parameters: [MountParameter] {
        data.map { option in
            let bytes = option.utf8
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return .flag(option) }
            return .string(String(decoding: bytes[..<equals], as: UTF8.self), Array(bytes[bytes.index(after: equals)...]))
        }
    }
}
