// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options of a mount in a spec, sorted into what the kernel wants: attributes of the mount, its propagation, flags
// and parameters of the file system (OCI runtime spec 1.2, config.md "Linux mount options"). Every name of that table is
// known here; what is not in it belongs to the file system.

import WharfLinux

/// Parsed options of one mount. Of options that contradict each other the later one counts.
struct MountOptions: Equatable {
    /// One change of propagation; several are made in their order (`slave` and then `shared` is both).
    struct Propagation: Equatable {
        var kind: MountPropagation
        var isRecursive: Bool
    }

    /// Whether owners are mapped, for the mount alone or also for those below it.
    enum OwnerMapping: Equatable { case single, recursive }

    var isBind = false
    /// A bind takes the mounts below its source along.
    var isRecursive = false
    /// What is mounted at the destination already is changed.
    var isRemount = false
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// The same for the mount and those below it (`rro`, `rsuid`…).
    var recursiveSet: MountAttributes = []
    var recursiveClear: MountAttributes = []
    var propagation: [Propagation] = []
    var ownerMapping: OwnerMapping?
    /// A tmpfs begins with a copy of what it covers.
    var copiesUp = false
    /// Switches of a new file system's superblock, as fsconfig names them: `sync`, `lazytime`…
    var superblock: [String] = []
    /// What is left, in order: `size=64m`, `mode=755`.
    var data: [String] = []

    init(_ options: [String]) {
        for option in options {
            if kindOption(option) || attributeOption(option) || recursiveOption(option) || propagationOption(option)
                || superblockOption(option)
            {
                continue
            }
            data.append(option)
        }
    }

    private mutating func kindOption(_ option: String) -> Bool {
        switch option {
        // The kernel's messages and inode versions are the file system's own affair in the calls that make mounts today.
        case "", "defaults", "silent", "loud", "iversion", "noiversion": break
        case "bind": isBind = true
        case "rbind": (isBind, isRecursive) = (true, true)
        case "remount": isRemount = true
        case "idmap": ownerMapping = .single
        case "ridmap": ownerMapping = .recursive
        case "tmpcopyup": copiesUp = true
        default: return false
        }
        return true
    }

    private mutating func attributeOption(_ option: String) -> Bool {
        // Relatime is the kernel's default, so without it nothing changes.
        if option == "norelatime" { return true }
        guard let change = AttributeChange(option) else { return false }
        change.apply(&set, &clear)
        return true
    }

    private mutating func recursiveOption(_ option: String) -> Bool {
        guard option.utf8.first == UInt8(ascii: "r") else { return false }
        let name = String(decoding: option.utf8.dropFirst(), as: UTF8.self)
        if name == "norelatime" { return true }
        guard let change = AttributeChange(name) else { return false }
        change.apply(&recursiveSet, &recursiveClear)
        return true
    }

    private mutating func propagationOption(_ option: String) -> Bool {
        guard let change = Propagation(option) else { return false }
        propagation.append(change)
        return true
    }

    private mutating func superblockOption(_ option: String) -> Bool {
        switch option {
        case "sync", "dirsync", "mand", "lazytime":
            if !superblock.contains(option) { superblock.append(option) }
        case "async": superblock.removeAll { $0 == "sync" }
        case "nomand": superblock.removeAll { $0 == "mand" }
        case "nolazytime": superblock.removeAll { $0 == "lazytime" }
        default: return false
        }
        return true
    }

    /// The file system's parameters; `key=value` or a bare word.
    var parameters: [MountParameter] { superblock.map { .flag($0) } + data.flatMap(MountOptions.parameters) }

    private static func parameters(_ option: String) -> [MountParameter] {
        let bytes = option.utf8
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return [.flag(option)] }
        let (key, value) = (String(decoding: bytes[..<equals], as: UTF8.self), Array(bytes[bytes.index(after: equals)...]))
        // The kernel takes 255 bytes for one value; layers of an overlay can be given one by one (Linux 6.7).
        if value.count > 255 && key.utf8.elementsEqual("lowerdir".utf8) {
            return layers(value).map { .string("lowerdir+", $0) }
        }
        return [.string(key, value)]
    }

    /// The paths between colons; a backslash takes the next byte's meaning away.
    private static func layers(_ value: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = [[]]
        var rest = value[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                found[found.count - 1].append(next)
            } else if byte == UInt8(ascii: ":") {
                found.append([])
            } else {
                found[found.count - 1].append(byte)
            }
        }
        return found
    }

    /// Whether a parameter of this name is given.
    func has(_ parameter: String) -> Bool { data.contains { $0.utf8.starts(with: parameter.utf8 + [UInt8(ascii: "=")]) } }
}

extension MountOptions.Propagation {
    /// From its name in a mount's options or in `linux.rootfsPropagation`; nil for any other word.
    init?(_ name: String) {
        switch name {
        case "private": self.init(kind: .private, isRecursive: false)
        case "rprivate": self.init(kind: .private, isRecursive: true)
        case "slave": self.init(kind: .slave, isRecursive: false)
        case "rslave": self.init(kind: .slave, isRecursive: true)
        case "shared": self.init(kind: .shared, isRecursive: false)
        case "rshared": self.init(kind: .shared, isRecursive: true)
        case "unbindable": self.init(kind: .unbindable, isRecursive: false)
        case "runbindable": self.init(kind: .unbindable, isRecursive: true)
        default: return nil
        }
    }
}

/// What one word does to the attributes of a mount.
private struct AttributeChange {
    let attribute: MountAttributes
    let isOn: Bool

    init?(_ name: String) {
        switch name {
        case "ro": (attribute, isOn) = (.readOnly, true)
        case "rw": (attribute, isOn) = (.readOnly, false)
        case "nosuid": (attribute, isOn) = (.noSetuid, true)
        case "suid": (attribute, isOn) = (.noSetuid, false)
        case "nodev": (attribute, isOn) = (.noDevices, true)
        case "dev": (attribute, isOn) = (.noDevices, false)
        case "noexec": (attribute, isOn) = (.noExec, true)
        case "exec": (attribute, isOn) = (.noExec, false)
        case "nodiratime": (attribute, isOn) = (.noDirectoryAccessTime, true)
        case "diratime": (attribute, isOn) = (.noDirectoryAccessTime, false)
        case "nosymfollow": (attribute, isOn) = (.noFollowSymlinks, true)
        case "symfollow": (attribute, isOn) = (.noFollowSymlinks, false)
        case "noatime": (attribute, isOn) = (.noAccessTime, true)
        case "atime": (attribute, isOn) = (.noAccessTime, false)
        case "strictatime": (attribute, isOn) = (.strictAccessTime, true)
        case "nostrictatime": (attribute, isOn) = (.strictAccessTime, false)
        case "relatime": (attribute, isOn) = (AttributeChange.accessTimes, false)
        default: return nil
        }
    }

    /// Access time has one of three values; with none of these two it is the kernel's default, relatime.
    private static let accessTimes: MountAttributes = [.noAccessTime, .strictAccessTime]

    func apply(_ set: inout MountAttributes, _ clear: inout MountAttributes) {
        if isOn {
            if AttributeChange.accessTimes.contains(attribute) { set.subtract(AttributeChange.accessTimes) }
            set.formUnion(attribute)
            clear.subtract(attribute)
        } else {
            set.subtract(attribute)
            clear.formUnion(attribute)
        }
    }
}
