// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Hooks: when they run, in whose namespaces, with what, and what becomes of a container whose hook fails.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("Hooks", .enabled(if: BundleFixture.canRun))
struct HookTests {
    /// A hook that writes what it sees into the fixture's file `name`.
    private func witness(_ fixture: BundleFixture, _ name: String) -> RuntimeSpec.Hook {
        let script = """
            { cat; echo; for kind in mnt net pid; do readlink /proc/self/ns/$kind; done
            echo "arg $0 $1"; echo "env $(env | sort | tr '\\n' ' ')"; echo "fds" $(ls -l /proc/self/fd | sed -n 's/.* \\([0-9]*\\) -> \\(.*\\)/\\1=\\2/p'); } > "$OUT"
            """
        return .init(
            path: "/bin/sh", args: ["sh", "-c", script, "zero", "one"],
            env: ["OUT=\(fixture.temporary.path(name))", "PATH=/usr/bin:/bin"], timeout: 30)
    }

    private func seen(_ fixture: BundleFixture, _ name: String) throws -> [String] {
        let text = String(decoding: try (fixture.bundle / name).read(limit: 1 << 16), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    private func ownNamespaces() throws -> [String] {
        try ["mnt", "net", "pid"].map { String(decoding: try HostPath("/proc/self/ns/\($0)").readLink(), as: UTF8.self) }
    }

    @Test("each runs at its moment, in its namespaces, with the state and nothing else (RT-03)")
    func moments() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.annotations = ["org.example": "yes"]
        fixture.spec.hooks = .init(
            prestart: [witness(fixture, "prestart")], createRuntime: [witness(fixture, "createRuntime")],
            createContainer: [witness(fixture, "createContainer")],
            startContainer: [.init(path: "/bin/sh", args: ["sh", "-c", "cat > /tmp/state; readlink /proc/self/ns/mnt > /tmp/mnt"])])
        let result = try await fixture.run(
            "cat /tmp/state; echo; cat /tmp/mnt; for kind in mnt net pid; do readlink /proc/self/ns/$kind; done")
        try result.expecting(0)
        let inside = Array(result.lines.suffix(3))
        let id = "c1"
        for (name, namespaces, isHost) in [
            ("prestart", try ownNamespaces(), true), ("createRuntime", try ownNamespaces(), true), ("createContainer", inside, false),
        ] {
            let lines = try seen(fixture, name)
            let state = try JSON.decode(ContainerState.self, from: Array(try #require(lines.first).utf8))
            #expect(state.status == .creating && state.id == id && state.bundle == fixture.temporary.path)
            #expect(state.annotations == ["org.example": "yes"])
            // As seen from where the hook runs.
            #expect(isHost ? state.pid > 1 : state.pid == 1)
            #expect(Array(lines[1...3]) == namespaces, "\(name)")
            #expect(lines[4] == "arg zero one")
            // The shell's own variables beside the two that the spec gives.
            let variables = lines[5].split(separator: " ").dropFirst().map { String($0.prefix { $0 != "=" }) }
            #expect(Set(variables).subtracting(["PWD", "SHLVL", "_", "OLDPWD"]) == ["OUT", "PATH"], "\(lines[5])")
            // What ls opens to look is the folder itself.
            let open = lines[6].split(separator: " ").dropFirst().filter { $0.contains("=") && !$0.hasSuffix("/fd") }
            #expect(open.map { $0.prefix { $0 != "=" } } == ["0", "1", "2"], "\(lines[6])")
        }
        let started = try JSON.decode(ContainerState.self, from: Array(try #require(result.lines.first).utf8))
        #expect(started.status == .created && started.pid == 1)
        #expect(result.lines[1] == inside[0], "startContainer runs in the container")
    }

    @Test("prestart and createRuntime run before createContainer, and all of them before the root is entered")
    func order() async throws {
        var fixture = try await BundleFixture()
        func note(_ name: String) -> RuntimeSpec.Hook {
            .init(path: "/bin/sh", args: ["sh", "-c", "echo \(name) >> \(fixture.temporary.path("order"))"])
        }
        fixture.spec.hooks = .init(
            prestart: [note("p1"), note("p2")], createRuntime: [note("r1")], createContainer: [note("c1"), note("c2")])
        try await fixture.run("true").expecting(0)
        #expect(try seen(fixture, "order") == ["p1", "p2", "r1", "c1", "c2"])
    }

    @Test(
        "one that fails ends the container, which leaves nothing, and poststop runs",
        arguments: [RuntimeSpec.HookMoment.prestart, .createRuntime, .createContainer, .startContainer])
    func failure(moment: RuntimeSpec.HookMoment) async throws {
        var fixture = try await BundleFixture()
        let bad = RuntimeSpec.Hook(path: "/bin/sh", args: ["sh", "-c", "echo no luck >&2; exit 3"])
        let stopped = fixture.temporary.path("stopped")
        var hooks = RuntimeSpec.Hooks(poststop: [.init(path: "/bin/sh", args: ["sh", "-c", "cat > \(stopped)"])])
        switch moment {
        case .prestart: hooks.prestart = [bad]
        case .createRuntime: hooks.createRuntime = [bad]
        case .createContainer: hooks.createContainer = [bad]
        default: hooks.startContainer = [bad]
        }
        fixture.spec.hooks = hooks
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode != 0 && result.lines.isEmpty, "\(result)")
        #expect(result.says("error running \(moment.rawValue) hook #0: /bin/sh: exit status 3: no luck"), "\(result)")
        for directory in try HostPath("/sys/fs/cgroup").entries() {
            let path = HostPath("/sys/fs/cgroup") / directory.name / Array(fixture.spec.linux.cgroupsPath.utf8.dropFirst())
            #expect(try !path.exists(), "\(path) is left")
        }
        if moment != .startContainer {
            let state = try JSON.decode(ContainerState.self, from: (fixture.bundle / "stopped").read(limit: 4096))
            #expect(state.status == .stopped && state.pid == 0)
        }
    }

    @Test("one that takes too long is killed with what it started", arguments: [true, false])
    func timeout(inContainer: Bool) async throws {
        var fixture = try await BundleFixture()
        // The hook's own process would be enough for the runtime; the file tells whether it went on.
        let hook = RuntimeSpec.Hook(
            path: "/bin/sh",
            args: ["sh", "-c", "exec 9< \(fixture.temporary.path("pipe")); echo late > \(fixture.temporary.path("late"))"],
            timeout: 1)
        try RootFD(try fixture.bundle.openDirectory()).mknod("pipe", kind: .fifo, permissions: 0o600)
        fixture.spec.hooks = inContainer ? .init(createContainer: [hook]) : .init(createRuntime: [hook])
        let result = try await fixture.run("echo ran")
        #expect(result.says("hook ran past specified timeout of 1s"), "\(result)")
        // Nobody is left who waits for a writer.
        let error = #expect(throws: SyscallError.self) { try (fixture.bundle / "pipe").open([.write, .nonBlocking]) }
        #expect(error?.errno == ENXIO)
        #expect(try !(fixture.bundle / "late").exists())
    }

    @Test("what can't be a hook is refused before anything is made")
    func refused() async throws {
        let spec = RuntimeSpec(process: .init(args: ["sh"]), linux: .init(namespaces: [.init("mount")]))
        for (hook, words) in [
            (RuntimeSpec.Hook(path: "bin/sh"), "is not absolute"), (.init(path: ""), "is not absolute"),
            (.init(path: "/bin/sh", timeout: 0), "must be greater than 0"), (.init(path: "/bin/sh", timeout: -1), "must be greater than 0"),
            (.init(path: "/bin/sh", env: ["A=\0"]), "NUL byte"),
        ] {
            var spec = spec
            spec.hooks = .init(poststop: [.init(path: "/ok"), hook])
            let error = #expect(throws: RuntimeError.self) { try SpecCheck.check(spec, id: "c1") }
            #expect(error?.text.contains("poststop hook #1") ?? false && error?.text.contains(words) ?? false)
        }
    }

    @Test("a program that is not there is named")
    func missing() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.hooks = .init(createRuntime: [.init(path: "/no/such/hook")])
        let result = try await fixture.run("true")
        #expect(result.says("execve /no/such/hook: no such file or directory"), "\(result)")
    }
}
