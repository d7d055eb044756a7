// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of mounts and paths inside containers, as text: every word of the runtime spec's table, and what each does.

import Glibc
import Testing
import WharfCgroups
import WharfLinux
import WharfOCI

@testable import WharfRuntime

@Suite("Mount options")
struct RootfsOptionTests {
    /// The words that set or clear an attribute, with their recursive form.
    private static let attributes: [(word: String, attribute: MountAttributes, isOn: Bool)] = [
        ("ro", .readOnly, true), ("rw", .readOnly, false), ("nosuid", .noSetuid, true), ("suid", .noSetuid, false),
        ("nodev", .noDevices, true), ("dev", .noDevices, false), ("noexec", .noExec, true), ("exec", .noExec, false),
        ("nodiratime", .noDirectoryAccessTime, true), ("diratime", .noDirectoryAccessTime, false),
        ("nosymfollow", .noFollowSymlinks, true), ("symfollow", .noFollowSymlinks, false), ("noatime", .noAccessTime, true),
        ("atime", .noAccessTime, false), ("strictatime", .strictAccessTime, true), ("nostrictatime", .strictAccessTime, false),
        ("relatime", [.noAccessTime, .strictAccessTime], false),
    ]

    @Test("attributes, of the mount and with an r of those below it")
    func attributeWords() {
        for (word, attribute, isOn) in Self.attributes {
            let plain = MountOptions([word])
            #expect((isOn ? plain.set : plain.clear) == attribute && (isOn ? plain.clear : plain.set).isEmpty, "\(word)")
            #expect(plain.recursiveSet.isEmpty && plain.recursiveClear.isEmpty && plain.data.isEmpty, "\(word)")
            let recursive = MountOptions(["r" + word])
            #expect((isOn ? recursive.recursiveSet : recursive.recursiveClear) == attribute, "r\(word)")
            #expect(recursive.set.isEmpty && recursive.clear.isEmpty && recursive.data.isEmpty, "r\(word)")
        }
    }

    @Test("the later of two opposites counts, and access time has one value")
    func opposites() {
        for (on, off) in [("ro", "rw"), ("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec"), ("nosymfollow", "symfollow")] {
            #expect(MountOptions([on, off]).set.isEmpty && MountOptions([off, on]).clear.isEmpty)
            #expect(MountOptions(["r" + on, "r" + off]).recursiveSet.isEmpty)
        }
        #expect(MountOptions(["noatime", "relatime"]).set == [])
        #expect(MountOptions(["strictatime", "noatime"]).set == .noAccessTime)
        #expect(MountOptions(["noatime", "strictatime"]).set == .strictAccessTime)
        #expect(MountOptions(["noatime", "norelatime"]).set == .noAccessTime)
        #expect(MountOptions(["rnoatime", "rstrictatime"]).recursiveSet == .strictAccessTime)
    }

    @Test("propagation keeps its order, because slave and then shared is both")
    func propagation() {
        let kinds: [(String, MountPropagation)] = [
            ("private", .private), ("slave", .slave), ("shared", .shared), ("unbindable", .unbindable),
        ]
        for (word, kind) in kinds {
            #expect(MountOptions([word]).propagation == [.init(kind: kind, isRecursive: false)])
            #expect(MountOptions(["r" + word]).propagation == [.init(kind: kind, isRecursive: true)])
        }
        let both = MountOptions(["rbind", "rslave", "shared"])
        #expect(both.propagation == [.init(kind: .slave, isRecursive: true), .init(kind: .shared, isRecursive: false)])
    }

    @Test("what kind of mount it is")
    func kinds() {
        #expect(MountOptions(["bind"]).isBind && !MountOptions(["bind"]).isRecursive)
        #expect(MountOptions(["rbind"]).isBind && MountOptions(["rbind"]).isRecursive)
        #expect(MountOptions(["remount", "ro"]).isRemount && MountOptions(["tmpcopyup"]).copiesUp)
        #expect(MountOptions(["bind", "idmap"]).ownerMapping == .single)
        #expect(MountOptions(["rbind", "ridmap"]).ownerMapping == .recursive)
    }

    @Test("flags of the superblock, and words that nothing is to be done for")
    func superblock() {
        #expect(MountOptions(["sync", "dirsync", "lazytime", "mand", "sync"]).superblock == ["sync", "dirsync", "lazytime", "mand"])
        #expect(MountOptions(["sync", "lazytime", "mand", "async", "nolazytime", "nomand"]).superblock.isEmpty)
        let nothing = MountOptions(["", "defaults", "silent", "loud", "iversion", "noiversion", "norelatime", "rnorelatime"])
        #expect(nothing == MountOptions([]))
    }

    @Test("every other word is the file system's, in its order")
    func data() {
        let options = MountOptions(["size=64m", "nosuid", "newinstance", "mode=1777", "context=a=b", "Ro", "rox", "r"])
        #expect(options.data == ["size=64m", "newinstance", "mode=1777", "context=a=b", "Ro", "rox", "r"])
        let texts = options.parameters.map { parameter in
            switch parameter {
            case .flag(let key): key
            case .string(let key, let value): "\(key)→\(String(decoding: value, as: UTF8.self))"
            case .descriptor: "descriptor"
            }
        }
        #expect(texts == ["size→64m", "newinstance", "mode→1777", "context→a=b", "Ro", "rox", "r"])
        #expect(options.has("mode") && options.has("size") && !options.has("newinstance") && !options.has("mod"))
    }

    @Test("layers of an overlay that are too long for one value go one by one")
    func layers() {
        let long = String(repeating: "x", count: 200)
        let names = { (options: [String]) in
            MountOptions(options).parameters.map { parameter in
                if case .string(let key, let value) = parameter { "\(key)=\(String(decoding: value, as: UTF8.self))" } else { "" }
            }
        }
        #expect(names(["lowerdir=/a:/b", "upperdir=/u"]) == ["lowerdir=/a:/b", "upperdir=/u"])
        #expect(names(["lowerdir=/\(long):/b\\:c:/\(long)"]) == ["lowerdir+=/\(long)", "lowerdir+=/b:c", "lowerdir+=/\(long)"])
    }

    @Test("every word that the features document lists is known here")
    func features() {
        for word in RuntimeFeatures.mountOptions { #expect(MountOptions([word]).data.isEmpty, "\(word)") }
    }

    @Test("words that only look like an option stay data", arguments: ["ro\u{301}", "bind\0", "r\u{200d}o", "RBIND", " ro"])
    func lookAlikes(word: String) { #expect(MountOptions([word]).data.map { Array($0.utf8) } == [Array(word.utf8)]) }
}

@Suite("Paths in a container")
struct ContainerPathTests {
    @Test(
        "one spelling",
        arguments: [
            ("/proc", "/proc"), ("/proc/", "/proc"), ("//proc//.", "/proc"), ("/a/../proc", "/proc"), ("proc", "/proc"),
            ("/../../proc", "/proc"), ("/proc/./self/attr", "/proc/self/attr"), ("/proc/self/../1", "/proc/1"), ("/", "/"), ("", "/"),
            (".", "/"), ("..", "/"), ("a/b/../../..", "/"), ("/a/...", "/a/..."), ("/a\u{301}/../b", "/b"),
            ("ok/\u{301}../../etc", "/ok/etc"),
        ])
    func clean(path: String, clean: String) { #expect(ContainerPath.clean(path) == Array(clean.utf8)) }

    @Test("what a mount hides, and what lies below a place")
    func relations() {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        for (path, place, covers): (String, StaticString, Bool) in [
            ("/", "/proc", true), ("/proc", "/proc", true), ("/pro", "/proc", false), ("/proc/sys", "/proc", false),
            ("/dev", "/dev/pts", true), ("/de", "/dev/pts", false), ("/dev/pts/0", "/dev/pts", false), ("/sys", "/proc", false),
        ] {
            #expect(ContainerPath.covers(bytes(path), place) == covers, "\(path) \(place)")
        }
        #expect(ContainerPath.below(bytes("/proc/self/attr"), "/proc") == bytes("self/attr")[...])
        for path in ["/proc", "/proc2/x", "/pro", "/"] { #expect(ContainerPath.below(bytes(path), "/proc") == nil, "\(path)") }
        #expect(ContainerPath.isSame(bytes("/dev"), "/dev") && !ContainerPath.isSame(bytes("/dev/"), "/dev"))
    }
}

@Suite("Mounts that can't be")
struct MountPlannerTests {
    private func error(_ mount: Mount, _ linux: RuntimeSpec.Linux = .init()) -> RuntimeError? {
        var planner = MountPlanner(RuntimeSpec(mounts: [mount], linux: linux), bundle: HostPath("/tmp"))
        do throws(RuntimeError) {
            _ = try planner.plan()
            return nil
        } catch {
            return error
        }
    }

    @Test("are refused before anything is made, and the words name the mount")
    func refused() {
        let map = [IDMapping(containerID: 0, hostID: 1000, size: 1)]
        let cases: [(Mount, String)] = [
            (Mount(destination: "/x", type: "", source: "/src"), "the mount has no type"),
            (Mount(destination: "/x", type: "tmpfs", source: "t", options: ["idmap"]), "only supported for bind"),
            (Mount(destination: "/x", type: "tmpfs", source: "t", uidMappings: map, gidMappings: map), "only supported for bind"),
            (Mount(destination: "/x", type: "bind", source: "/tmp", options: ["bind"], uidMappings: map), "given together"),
            (Mount(destination: "/x", type: "bind", source: "/tmp", options: ["bind", "idmap"]), "needs a user namespace"),
            (Mount(destination: "/x", type: "bind", source: "/tmp", options: ["bind", "tmpcopyup"]), "only supported for tmpfs"),
            (Mount(destination: "/x", type: "proc", source: "proc", options: ["tmpcopyup"]), "only supported for tmpfs"),
            (
                Mount(
                    destination: "/x", type: "bind", source: "/tmp", options: ["bind", "idmap"],
                    uidMappings: [IDMapping(containerID: 0, hostID: 0, size: 0)], gidMappings: map), "0:0:0 is not a range"
            ),
            (
                Mount(
                    destination: "/x", type: "bind", source: "/tmp", options: ["bind", "idmap"],
                    uidMappings: map, gidMappings: [IDMapping(containerID: 5, hostID: .max, size: 9)]), "is not a range"
            ),
            (Mount(destination: "/x", type: "bind", source: "/no/such/dir", options: ["bind"]), "no such file or directory"),
        ]
        for (mount, text) in cases {
            let error = error(mount)
            #expect(error?.step == "mount", "\(mount)")
            #expect(error?.text.hasPrefix("error mounting \"\(mount.source)\" to rootfs at \"/x\": ") == true)
            #expect(error?.text.contains(text) == true, "\(error?.text ?? "nothing"), not \(text)")
        }
    }

    @Test("a process's groups are found from its cgroup file, and only where they are mounted")
    func currentGroups() {
        let mounted = """
            31 30 0:1 / /c/cpu,cpuacct rw - cgroup cgroup rw,cpuacct,cpu
            32 30 0:2 / /c/systemd rw - cgroup cgroup rw,name=systemd
            33 30 0:3 / /c/memory rw - cgroup cgroup rw,memory
            34 30 0:4 / /c/unified rw - cgroup2 cgroup2 rw
            """
        let text = "12:cpu,cpuacct:/docker/x\n3:name=systemd:/\n2:memory:/docker/x\n9:rdma:/\n0::/docker\nbroken\n"
        let found = CurrentGroups.directories(Array(text.utf8), CgroupHierarchies(mountInfo: Array(mounted.utf8)))
        #expect(found.map(\.path.description) == ["/c/cpu,cpuacct/docker/x", "/c/systemd", "/c/memory/docker/x", "/c/unified/docker"])
        #expect(found.map(\.controllers) == [["cpuacct", "cpu"], ["name=systemd"], ["memory"], ["unified"]])
    }

    @Test("the host's mounts below a root that is covered")
    func hostMounts() {
        let text = """
            30 1 254:0 / / rw - ext4 /dev/vda rw
            31 30 0:5 / /proc rw,nosuid - proc proc rw
            32 31 0:6 / /proc/sys/fs/binfmt_misc rw - binfmt_misc b rw
            33 30 0:7 / /a\\040b rw shared:1 - tmpfs t rw
            40 30 254:0 /b/rootfs / rw - ext4 /dev/vda rw
            41 40 0:9 / /proc rw - proc proc rw
            """
        #expect(HostMounts(Array(text.utf8)).beneathRoot.map { String(decoding: $0, as: UTF8.self) } == ["/proc", "/a b"])
        #expect(HostMounts([]).beneathRoot.isEmpty)
    }
}
