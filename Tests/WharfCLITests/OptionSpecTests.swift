// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The small languages inside options: ports, mounts, devices, networks, environment files, image names, detach keys.

import Testing
import WharfDockerAPI
import WharfTestKit

@testable import WharfCLI

@Suite struct OptionSpecTests {
    @Test func ports() throws {
        let result = try PortSpecs.parse(
            publish: ["80", "127.0.0.1:81-82:81-82/udp", "[::1]:5:6", "target=7,published=8"], expose: ["90-91"])
        #expect(result.exposed.keys.sorted() == ["6/tcp", "7/tcp", "80/tcp", "81/udp", "82/udp", "90/tcp", "91/tcp"])
        #expect(result.bindings["80/tcp"] == [PortBinding(hostIP: "", hostPort: "")])
        #expect(result.bindings["82/udp"] == [PortBinding(hostIP: "127.0.0.1", hostPort: "82")])
        #expect(result.bindings["6/tcp"] == [PortBinding(hostIP: "::1", hostPort: "5")])
        #expect(result.bindings["7/tcp"] == [PortBinding(hostIP: "", hostPort: "8")])
        for (spec, message) in [
            ("8080:70000", "invalid containerPort: 70000"), ("x", "invalid containerPort: x"), ("a:80", "invalid hostPort: a"),
            ("80/foo", "invalid proto: foo"), ("1-3:1-2", "invalid ranges specified for container and host Ports: 1-2 and 1-3"),
        ] {
            #expect {
                try PortSpecs.parse(publish: [spec], expose: [])
            } throws: {
                "\($0)" == message
            }
        }
    }

    @Test func mounts() throws {
        let bind = try MountSpec.parse("type=bind,src=/a,dst=/b,ro,bind-propagation=rslave")
        #expect(bind.source == "/a" && bind.target == "/b" && bind.readOnly && bind.bindOptions?.propagation == "rslave")
        let volume = try MountSpec.parse("src=v,dst=/c,volume-nocopy,\"volume-label=a=b\",volume-opt=o=p,volume-driver=d")
        #expect(volume.type == "volume" && volume.volumeOptions?.noCopy == true && volume.volumeOptions?.labels == ["a": "b"])
        #expect(volume.volumeOptions?.driverConfig == VolumeDriverConfig(name: "d", options: ["o": "p"]))
        for (spec, reason) in [
            ("foo", "invalid field 'foo' must be a key=value pair"), ("type=bind,source=/a", "target is required"),
            ("bogus=1,dst=/x", "unexpected key 'bogus' in 'bogus=1'"),
            ("type=tmpfs,dst=/x,bind-propagation=shared", "cannot mix 'bind-*' options with mount type 'tmpfs'"),
        ] {
            #expect {
                try MountSpec.parse(spec)
            } throws: {
                ($0 as? InvalidValue)?.reason == reason
            }
        }
    }

    @Test func devicesAndLimits() throws {
        #expect(
            try DeviceSpecs.device("/dev/a") == DeviceMapping(pathOnHost: "/dev/a", pathInContainer: "/dev/a", cgroupPermissions: "rwm"))
        #expect(
            try DeviceSpecs.device("/dev/a:r") == DeviceMapping(pathOnHost: "/dev/a", pathInContainer: "/dev/a", cgroupPermissions: "r"))
        #expect(
            try DeviceSpecs.device("/dev/a:/dev/b:rw")
                == DeviceMapping(pathOnHost: "/dev/a", pathInContainer: "/dev/b", cgroupPermissions: "rw"))
        for (text, reason) in [
            ("/dev/a:/b:q", "bad mode specified: q"), (":/b", "bad format for path: :/b"), ("/a:/b:r:w", "bad format for path: /a:/b:r:w"),
            ("dev/a", "dev/a is not an absolute path"), ("/dev/a:rx", "rx is not an absolute path"),
        ] {
            let error = #expect(throws: InvalidValue.self, "\(text)") { try DeviceSpecs.device(text) }
            #expect(error?.reason == reason)
        }
        for rule in ["c 1:3 rwm", "b *:* r", "a 1:* m"] { #expect(try DeviceSpecs.cgroupRule(rule) == rule) }
        for rule in ["", "c 1:3", "x 1:3 r", "c 1 r", "c 1:3 rwx", "c -1:3 r", "c  1:3 r"] {
            #expect(throws: InvalidValue.self, "\(rule)") { try DeviceSpecs.cgroupRule(rule) }
        }
        #expect(try DeviceSpecs.ulimit("nofile=1:2") == Ulimit(name: "nofile", hard: 2, soft: 1))
        #expect(try DeviceSpecs.ulimit("core=-1") == Ulimit(name: "core", hard: -1, soft: -1))
        for text in ["x", "foo=1", "nofile=a", "nofile=1:2:3", "nofile=2:1", "nofile="] {
            #expect(throws: InvalidValue.self, "\(text)") { try DeviceSpecs.ulimit(text) }
        }
        #expect(try DeviceSpecs.gpus("all").count == -1)
        #expect(try DeviceSpecs.gpus("device=1").deviceIDs == ["1"])
    }

    @Test func volumes() {
        let (binds, anonymous) = VolumeSpec.sort(["/a:/b:ro", "name:/c", "/anon"])
        #expect(binds == ["/a:/b:ro", "name:/c"] && anonymous == ["/anon"])
        #expect(VolumeSpec.absolute("/a/./b/../c") == "/a/c")
        #expect(VolumeSpec.sort(["./x:/y"]).binds.first?.hasPrefix("/") == true)
    }

    @Test func environment() throws {
        let directory = try TemporaryDirectory("cli")
        let file = try directory.write("env", Array("\u{FEFF}# note\nA=1\n  B=two words\nHOME\nNOPE\n\nA=2\r\n".utf8))
        let variables = try EnvironmentFile.variables(files: [file], options: ["C=3", "HOME", "GONE"]) { $0 == "HOME" ? "/root" : nil }
        #expect(variables == ["A=2", "B=two words", "HOME=/root", "C=3", "GONE"])
        #expect(try EnvironmentFile.labels(files: [file], options: ["x"])["x"] == "")
        let bad = try directory.write("bad", Array("A B=1\n".utf8))
        #expect {
            try EnvironmentFile.variables(files: [bad], options: []) { _ in nil }
        } throws: {
            "\($0)" == "invalid env file (\(bad)): variable 'A B' contains whitespaces"
        }
        #expect {
            try EnvironmentFile.variables(files: ["/nonexistent"], options: []) { _ in nil }
        } throws: {
            "\($0)" == "open /nonexistent: no such file or directory"
        }
    }

    private static let imageNamesCases: [(String, String)] = [
        ("busybox", "busybox:latest"), ("docker.io/library/busybox:1", "busybox:1"), ("localhost:5000/a/b", "localhost:5000/a/b:latest"),
        ("a@sha256:1", "a@sha256:1"), ("x.Y/a:t", "x.Y/a:t"),
    ]

    @Test(arguments: imageNamesCases)
    func imageNames(text: String, familiar: String) throws {
        #expect(try ImageName(text).familiar == familiar)
    }

    @Test func refusedImageNames() {
        for text in ["", "Foo", "a:b:c", "a:", "/a", "a/", "a b", "-a", "a@b"] {
            #expect(throws: ExitError.self, "\(text)") { try ImageName(text) }
        }
    }

    @Test func detachKeys() {
        #expect(DetachKeys("")?.bytes == [16, 17])
        #expect(DetachKeys("ctrl-a,b,ctrl-\\")?.bytes == [1, 98, 28])
        for text in ["ctrl-", "ab", "ctrl-A", ",", "ctrl-ab"] { #expect(DetachKeys(text) == nil, "\(text)") }
        var watcher = DetachWatcher(.standard)
        let seen = [[1, 16], [16], [17]].map { watcher.see($0) }
        #expect(seen == [false, false, true])
    }

    @Test func extraHosts() throws {
        #expect(try NetworkSpecs.checkExtraHost("a:1.2.3.4") == "a:1.2.3.4")
        #expect(try NetworkSpecs.checkExtraHost("a=[::1]") == "a:::1")
        #expect(try NetworkSpecs.checkExtraHost("a:host-gateway") == "a:host-gateway")
        for text in ["a", "a:", ":1.2.3.4", "a:x"] {
            #expect(throws: InvalidValue.self, "\(text)") { try NetworkSpecs.checkExtraHost(text) }
        }
    }
}
