// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What each option of a mount does, seen from inside a container.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Mounts of a container", .enabled(if: BundleFixture.canRun))
struct RootfsMountTests {
    private func bind(_ fixture: BundleFixture, _ destination: String, _ options: [String], from source: String = "data") -> Mount {
        Mount(destination: destination, type: "bind", source: fixture.temporary.path(source), options: options)
    }

    @Test("every attribute, on a bind and on a new file system, alone and taken back")
    func attributes() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "data").mkdir()
        let words = ["ro", "nosuid", "nodev", "noexec", "nodiratime", "nosymfollow", "noatime"]
        let opposites = ["rw", "suid", "dev", "exec", "diratime", "symfollow", "atime"]
        for (word, opposite) in zip(words, opposites) {
            fixture.spec.mounts += [
                bind(fixture, "/m/bind-\(word)", ["bind", word]), bind(fixture, "/m/back-\(word)", ["bind", word, opposite]),
                bind(fixture, "/m/tree-\(word)", ["rbind", "r" + word]),
                Mount(destination: "/m/new-\(word)", type: "tmpfs", source: "tmpfs", options: [word]),
            ]
        }
        fixture.spec.mounts.append(Mount(destination: "/m/strict", type: "tmpfs", source: "tmpfs", options: ["strictatime"]))
        fixture.spec.mounts.append(bind(fixture, "/m/relatime", ["bind", "noatime", "relatime"]))
        let table = try await fixture.mountTable()
        for word in words {
            for kind in ["bind", "tree", "new"] {
                #expect(table["/m/\(kind)-\(word)"]?.attributes.contains(word) == true, "\(kind) \(word)")
            }
            #expect(table["/m/back-\(word)"]?.attributes.contains(word) == false, "\(word)")
            // One word, one effect.
            let others = Set(words).subtracting([word])
            #expect(table["/m/bind-\(word)"]?.attributes.isDisjoint(with: others) == true, "\(word)")
        }
        #expect(table["/m/strict"]?.attributes.isDisjoint(with: ["relatime", "noatime"]) == true)
        #expect(table["/m/relatime"]?.attributes.contains("relatime") == true)
    }

    @Test("recursive attributes reach the mounts below, plain ones don't, and a bind without rbind has none below")
    func recursion() async throws {
        var fixture = try await BundleFixture()
        // Mounts of the host below the source: the machine has them at /dev.
        fixture.spec.mounts += [
            Mount(destination: "/m/plain", type: "bind", source: "/dev", options: ["rbind", "ro"]),
            Mount(destination: "/m/deep", type: "bind", source: "/dev", options: ["rbind", "rro", "rnoexec"]),
            Mount(destination: "/m/back", type: "bind", source: "/dev", options: ["rbind", "rro", "rrw"]),
            Mount(destination: "/m/single", type: "bind", source: "/dev", options: ["bind"]),
        ]
        let table = try await fixture.mountTable()
        let below = table.lines.filter { $0.place.hasPrefix("/m/plain/") }.map { $0.place.dropFirst(9) }
        try #require(!below.isEmpty, "the host mounts nothing below /dev")
        #expect(table["/m/plain"]?.attributes.contains("ro") == true)
        for name in below {
            #expect(table["/m/plain/\(name)"]?.attributes.contains("ro") == false, "\(name)")
            #expect(table["/m/deep/\(name)"]?.attributes.isSuperset(of: ["ro", "noexec"]) == true, "\(name)")
            #expect(table["/m/back/\(name)"]?.attributes.contains("ro") == false, "\(name)")
        }
        #expect(!table.lines.contains { $0.place.hasPrefix("/m/single/") })
    }

    @Test("propagation of each kind")
    func propagation() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "data").mkdir()
        let kinds: [(String, Set<String>)] = [
            ("private", []), ("rprivate", []), ("shared", ["shared"]), ("rshared", ["shared"]), ("unbindable", ["unbindable"]),
            ("runbindable", ["unbindable"]), ("slave", []), ("rslave", []),
        ]
        for (word, _) in kinds {
            fixture.spec.mounts.append(Mount(destination: "/m/\(word)", type: "tmpfs", source: "tmpfs", options: [word]))
            fixture.spec.mounts.append(bind(fixture, "/b/\(word)", ["rbind", "private", word]))
        }
        fixture.spec.mounts.append(bind(fixture, "/b/none", ["rbind"]))
        let table = try await fixture.mountTable()
        for (word, expected) in kinds {
            #expect(table["/m/\(word)"]?.propagation == expected, "\(word)")
            #expect(table["/b/\(word)"]?.propagation == expected, "\(word)")
        }
        #expect(table["/b/none"]?.propagation == [])
    }

    @Test("a shared host mount: private cuts it, slave follows it, shared stays in its group")
    func hostPropagation() async throws {
        var fixture = try await BundleFixture()
        let words = ["rprivate", "rslave", "rshared", "rslave,shared"]
        for (index, word) in words.enumerated() {
            fixture.spec.mounts.append(
                bind(fixture, "/b/\(index)", ["rbind"] + word.split(separator: ",").map(String.init), from: "shared"))
        }
        fixture.spec.process.args = ["sh", "-c", "cat /proc/self/mountinfo"]
        // In a namespace of its own, so that the machine's mounts stay as they are.
        let result = try await fixture.runAfter(
            "mkdir shared && mount -t tmpfs t shared && mount --make-shared shared && grep /shared /proc/self/mountinfo >&2")
        let table = MountTable(result.lines)
        #expect(table["/b/0"]?.propagation == [], "\(result)")
        #expect(table["/b/1"]?.propagation == ["master"])
        #expect(table["/b/2"]?.propagation == ["shared"])
        #expect(table["/b/3"]?.propagation == ["shared", "master"])
    }

    @Test("superblock flags and a file system's own parameters arrive")
    func superblock() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts += [
            Mount(destination: "/m/sync", type: "tmpfs", source: "name", options: ["sync", "dirsync", "lazytime", "silent", "iversion"]),
            Mount(destination: "/m/async", type: "tmpfs", source: "", options: ["sync", "async", "mode=2750", "size=4m", "nr_inodes=7"]),
        ]
        let result = try await fixture.run("cat /proc/self/mountinfo; stat -c %a /m/async")
        let table = MountTable(result.lines)
        #expect(table["/m/sync"]?.options.isSuperset(of: ["sync", "dirsync", "lazytime"]) == true, "\(result)")
        #expect(table["/m/sync"]?.source == "name" && table["/m/async"]?.source == "tmpfs")
        #expect(table["/m/async"]?.options.isSuperset(of: ["size=4096k", "nr_inodes=7"]) == true)
        #expect(table["/m/async"]?.options.contains("sync") == false && result.lines.last == "2750")
    }

    @Test(
        "an option that the file system doesn't know is an error that names mount and option",
        arguments: [("tmpfs", "nosuch=1"), ("tmpfs", "nosuch"), ("proc", "hidepid=9"), ("nosuchfs", "ro"), ("tmpfs", "size=much")])
    func unknown(type: String, option: String) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(Mount(destination: "/m/x", type: type, source: "src", options: [option]))
        let result = try await fixture.run("true")
        #expect(result.exitCode == 1)
        #expect(result.reason.contains("error mounting \"src\" to rootfs at \"/m/x\""), "\(result)")
        let named = type == "nosuchfs" ? type : String(option.prefix { $0 != "=" })
        #expect(result.reason.contains(named), "\(result)")
    }

    @Test("a tmpfs looks like the directory that it covers, unless it is told a mode; a read-only one can be mounted in")
    func tmpfs() async throws {
        var fixture = try await BundleFixture()
        try fixture.root.mkdir("old", permissions: 0o700)
        try fixture.root.open("old", .handle).setPermissions(0o2751)
        fixture.spec.mounts += [
            Mount(destination: "/old", type: "tmpfs", source: "tmpfs"), Mount(destination: "/new", type: "tmpfs", source: "tmpfs"),
            Mount(destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=700"]),
            Mount(destination: "/closed", type: "tmpfs", source: "tmpfs", options: ["ro"]),
            Mount(destination: "/closed/inner", type: "tmpfs", source: "tmpfs"),
        ]
        let result = try await fixture.run("stat -c %a /old /new /tmp; touch /closed/x || echo closed; touch /closed/inner/x && echo open")
        #expect(result.lines == ["2751", "1777", "700", "closed", "open"], "\(result)")
    }

    @Test("a read-only /dev still gets its devices")
    func readOnlyDevices() async throws {
        var fixture = try await BundleFixture()
        let index = try #require(fixture.spec.mounts.firstIndex { $0.destination == "/dev" })
        fixture.spec.mounts[index].options.append("ro")
        let result = try await fixture.run("stat -c %t:%T /dev/null; touch /dev/x || echo closed; echo x > /dev/null && echo written")
        #expect(result.lines == ["1:3", "closed", "written"], "\(result)")
    }

    @Test("tmpcopyup: files, links, modes, owners, holes and attributes come along, and the image stays as it was")
    func copyUp() async throws {
        var fixture = try await BundleFixture()
        try fixture.root.mkdir("up", permissions: 0o755)
        try fixture.root.open("up", .handle).setPermissions(0o1771)
        try fixture.root.mkdir("up/sub", permissions: 0o700)
        let file = try fixture.root.create("up/sub/file", permissions: 0o640)
        try file.writeAll(Array("text\n".utf8))
        try file.setOwner(uid: 33, gid: 50)
        try file.setPermissions(0o4640)
        try fixture.root.create("up/hole", permissions: 0o600).truncate(to: 1 << 40)
        try fixture.root.symlink("/etc/passwd", at: "up/link")
        try fixture.root.mknod("up/pipe", kind: .fifo, permissions: 0o622)
        try fixture.root.open("up/pipe", .handle).setPermissions(0o622)
        fixture.spec.mounts.append(Mount(destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=1m"]))
        fixture.spec.mounts.append(Mount(destination: "/none", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]))
        let result = try await fixture.run(
            """
            stat -c %a /up; cat /up/sub/file; stat -c %a:%u:%g /up/sub/file; stat -c %s /up/hole; readlink /up/link
            stat -c %F:%a /up/pipe; ls -A /none | wc -l; echo new > /up/sub/file; touch /up/more; ls /up | wc -l
            """)
        #expect(
            result.lines == ["1771", "text", "4640:33:50", "1099511627776", "/etc/passwd", "fifo:622", "0", "5"], "\(result)")
        #expect(try fixture.root.readAll("up/sub/file", limit: 100) == Array("text\n".utf8))
        #expect(throws: SyscallError.self) { try fixture.root.status("up/more") }
    }

    @Test("tmpcopyup stays below the root, and a tree that doesn't fit is an error that names the mount")
    func copyUpEscape() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "secret").writeAtomically(Array("host\n".utf8), durable: false)
        try fixture.root.symlink("..", at: "up")
        fixture.spec.mounts.append(Mount(destination: "/up/../tmp", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]))
        try fixture.root.symlink(fixture.temporary.path, at: "tmp/out")
        let result = try await fixture.run("readlink /tmp/out; cat /tmp/out/secret || echo no")
        #expect(result.lines == [fixture.temporary.path, "no"], "\(result)")
        try fixture.root.create("tmp/large", permissions: 0o600).writeAll([UInt8](repeating: 1, count: 1 << 20))
        fixture.spec.mounts[fixture.spec.mounts.count - 1].options.append("size=64k")
        let full = try await fixture.run("true")
        #expect(full.reason.contains("to rootfs at \"/up/../tmp\": write: no space left on device"), "\(full)")
    }

    @Test("remount changes what is there and keeps what isn't named")
    func remount() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts += [
            Mount(destination: "/m/a", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=1m"]),
            Mount(destination: "/m/a", type: "tmpfs", source: "tmpfs", options: ["remount", "size=2m", "noexec"]),
            Mount(destination: "/m/b", type: "tmpfs", source: "tmpfs", options: ["nodev"]),
            Mount(destination: "/m/b", type: "bind", source: "tmpfs", options: ["bind", "remount", "ro"]),
            Mount(destination: "/m/c", type: "tmpfs", source: "tmpfs"),
            Mount(destination: "/m/c", type: "tmpfs", source: "tmpfs", options: ["remount", "ro"]),
        ]
        let table = try await fixture.mountTable()
        #expect(table["/m/a"]?.attributes.isSuperset(of: ["nosuid", "noexec"]) == true)
        #expect(table["/m/a"]?.options.contains("size=2048k") == true)
        #expect(table["/m/b"]?.attributes.isSuperset(of: ["nodev", "ro"]) == true && table["/m/b"]?.options.contains("rw") == true)
        #expect(table["/m/c"]?.attributes.contains("ro") == true && table["/m/c"]?.options.contains("ro") == true)
        fixture.spec.mounts.append(Mount(destination: "/etc", type: "", source: "", options: ["remount", "ro"]))
        let result = try await fixture.run("true")
        #expect(result.reason.contains("to rootfs at \"/etc\": fspick"), "\(result)")
    }

    @Test("relative destinations and sources, files as targets, and mounts in the order of the list")
    func places() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "data").mkdir()
        try (fixture.bundle / "data/file").writeAtomically(Array("mine\n".utf8), durable: false)
        fixture.spec.mounts += [
            Mount(destination: "rel/a", type: "bind", source: "data", options: ["bind"]),
            Mount(destination: "/new/deep/file", type: "none", source: "data/file", options: ["bind"]),
            Mount(destination: "/order", type: "tmpfs", source: "tmpfs"),
            Mount(destination: "/order/inner", type: "bind", source: "data", options: ["bind"]),
            Mount(destination: "/order", type: "tmpfs", source: "tmpfs"),
        ]
        let result = try await fixture.run("cat /rel/a/file /new/deep/file; ls /order | wc -l; stat -c %F /new/deep/file")
        #expect(result.lines == ["mine", "mine", "0", "regular file"], "\(result)")
    }

    @Test("a mount at / takes the root's place")
    func wholeRoot() async throws {
        var fixture = try await BundleFixture()
        try fixture.root.create("marker", permissions: 0o644).writeAll(Array("first\n".utf8))
        // The same busybox in another directory.
        try (fixture.bundle / "other").mkdir()
        for name in ["bin", "etc", "tmp", "root", "proc", "dev", "sys"] { try (fixture.bundle / "other" / name).mkdir() }
        try copyProgram(fixture.temporary.path("rootfs/bin/busybox"), to: fixture.bundle / "other/bin/busybox")
        let other = RootFD(try (fixture.bundle / "other").openDirectory())
        for name in ["sh", "cat", "touch", "echo", "stat", "ls", "wc"] { try other.symlink("busybox", at: "bin/\(name)") }
        fixture.spec.mounts.insert(Mount(destination: "/", type: "bind", source: "other", options: ["rbind"]), at: 0)
        fixture.spec.root.readonly = true
        let script = "cat /marker || echo other; touch /x || echo closed; stat -c %t:%T /dev/null /proc/timer_list; ls /.. | wc -l"
        let result = try await fixture.run(script)
        #expect(result.lines == ["other", "closed", "1:3", "1:3", "7"], "\(result)")
    }

    @Test("what lies on the root is never the host", arguments: ["/", "/up", "/self"])
    func nothingAbove(destination: String) async throws {
        var fixture = try await BundleFixture()
        try fixture.root.symlink("..", at: "up")
        try fixture.root.symlink(".", at: "self")
        // The root itself, so that every program is still there, as often as it takes to lose count.
        for _ in 0..<3 {
            fixture.spec.mounts.append(Mount(destination: destination, type: "bind", source: "rootfs", options: ["rbind"]))
        }
        let result = try await fixture.run(
            "cd /; ls -a .. ../.. /../.. /up | grep -c rootfs; test -e /../etc/passwd && cat /../../etc/passwd")
        #expect(result.lines == ["0", "root:x:0:0:root:/root:/bin/sh", "www-data:x:33:33::/var/www:"], "\(result)")
    }

    @Test("mounts that the bundle's root has already stay, and are read-only only if they were")
    func existing() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.root.readonly = true
        fixture.spec.process.args = ["sh", "-c", "touch /tmp/x && echo open; touch /etc/x || echo closed; cat /tmp/before"]
        let result = try await fixture.runAfter("mount -t tmpfs t rootfs/tmp && echo here > rootfs/tmp/before")
        #expect(result.lines == ["open", "closed", "here"], "\(result)")
    }

    @Test("a createContainer hook finds the root at its path in the bundle, and what it mounts there stays")
    func hookMounts() async throws {
        var fixture = try await BundleFixture()
        try fixture.root.mkdir("hook", permissions: 0o755)
        let place = fixture.temporary.path("rootfs/hook")
        fixture.spec.hooks = .init(createContainer: [
            .init(
                path: "/bin/sh",
                args: ["sh", "-c", "mount -t tmpfs hooked \(place) && ls \(fixture.temporary.path("rootfs/proc")) > \(place)/seen"])
        ])
        let result = try await fixture.run("grep -c hooked /proc/self/mountinfo; grep -c self /hook/seen; ls /.. | grep -c hook")
        #expect(result.lines == ["1", "2", "1"], "\(result)")
        #expect(try fixture.root.open("hook", [.read, .directory]).directoryEntries().isEmpty)
    }

    @Test("without pivot_root the host is out of sight and out of reach")
    func noPivot() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.insert(Mount(destination: "/", type: "bind", source: "rootfs", options: ["rbind"]), at: 0)
        fixture.spec.process.capabilities = .init(["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE"])
        let script =
            "ls -a /.. | grep -c bin; wc -l < /proc/self/mountinfo; stat -c %t:%T /dev/null; cd /; test -e ../../../work && echo HOST; true"
        fixture.spec.process.args = ["sh", "-c", script]
        let pivoted = try await fixture.run(script)
        let result = try await fixture.runAfter("true", options: "--no-pivot")
        #expect(result.lines == pivoted.lines && result.lines.count == 3 && result.lines.last == "1:3", "\(result) \(pivoted)")
    }

    @Test(
        "the root's own propagation",
        arguments: [
            ("", ""), ("private", ""), ("rprivate", ""), ("shared", "shared"), ("rshared", "shared"), ("slave", ""), ("rslave", ""),
            ("unbindable", "unbindable"), ("runbindable", "unbindable"),
        ])
    func rootPropagation(word: String, expected: String) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.rootfsPropagation = word
        let table = try await fixture.mountTable()
        #expect(table["/"]?.propagation == (expected.isEmpty ? [] : [expected]))
        #expect(table["/proc"]?.propagation == (word.hasPrefix("r") && !expected.isEmpty ? [expected] : []))
    }

    @Test("an unknown propagation is refused")
    func unknownPropagation() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.rootfsPropagation = "everywhere"
        #expect(try await fixture.run("true").reason.contains("rootfsPropagation \"everywhere\" is not supported"))
    }
}
