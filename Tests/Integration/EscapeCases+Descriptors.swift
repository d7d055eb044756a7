// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-01, RT-02, RT-03: ways to the runtime's own file and to descriptors that it or its caller left open.

import Foundation
import Glibc
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let descriptors: [EscapeCase] =
        [ownProgram, overwrittenProgram] + [leakedDirectory(64, exec: false), leakedDirectory(24, exec: true)]
        + [1, 50].map(openDescriptors) + [callersDescriptor, descriptorsOfExec, preservedDescriptors]

    /// The container runs its own /proc/self/exe: what it then is must not be the runtime's file, which it could open
    /// again for writing once the first process has gone.
    private static let ownProgram = EscapeCase("RT-01", "a script with #!/proc/self/exe, run again and again", provable: false) { runtime in
        var bundle = try await EscapeBundle()
        try bundle.write("evil", "#!/proc/self/exe\n", permissions: 0o755)
        let before = try runtime.fingerprint()
        for arguments in [["/evil"], ["/proc/self/exe"], ["/proc/self/exe", "--version"], ["/proc/1/exe", "sh"]] {
            bundle.spec.process.args = arguments
            for _ in 0..<max(1, EscapeRuntime.races / 25) { _ = try await bundle.run(runtime, nil) }
        }
        if try runtime.fingerprint() != before { return "the program was overwritten" }
        return try bundle.touched()
    }

    /// One container watches /proc of a pid namespace that others are started into, keeps a handle of each new process's
    /// program and writes to it when the process is something else.
    private static let overwrittenProgram = EscapeCase(
        "RT-01", "a neighbour in the pid namespace writes to every program it sees", isRace: true
    ) { runtime in
        let attacker = try await EscapeBundle()
        let before = try runtime.fingerprint()
        // Opening for reading keeps the file; writing through /proc/self/fd asks for it again, by then perhaps unused.
        let script = """
            echo ready; while :; do for p in /proc/[0-9]*/exe; do
            case $(readlink $p) in */program|/|*memfd*|*exe*|*wharf*)
            { i=0; while [ $i -lt 300 ]; do i=$((i+1)); (echo gotcha >/proc/self/fd/7) && break; done; } 7<$p;; esac
            done 2>/dev/null; done
            """
        var spec = attacker
        spec.spec.process.args = ["sh", "-c", script]
        try spec.writeConfig()
        // By another copy: as long as the neighbour's own runtime runs, that file can't be written by anybody.
        let launcher = try EscapeRuntime.make(runtime.kind)
        let neighbour = try launcher.start(["run", "--bundle", attacker.temporary.path, attacker.name])
        defer { neighbour.signal(SIGKILL) }
        try await neighbour.output.wait(for: "ready")
        let shell = try await insideProcess(of: neighbour.pid, "while :; do for p")
        defer { kill(shell, SIGKILL) }
        var victim = try await EscapeBundle()
        victim.spec.linux.namespaces = victim.spec.linux.namespaces.map {
            $0.type == "pid" ? .init("pid", path: "/proc/\(shell)/ns/pid") : $0
        }
        for _ in 0..<EscapeRuntime.races {
            _ = try await victim.run(runtime, "true")
            if try runtime.fingerprint() != before { return "the program was overwritten" }
        }
        kill(shell, SIGKILL)
        try await neighbour.wait()
        attacker.removeGroups()
        return try runtime.fingerprint() == before ? nil : "the program was overwritten"
    }

    /// A process of a container that was started by `ancestor`, seen from the host: the one below it whose command line
    /// has `text` and that is pid 1 inside. Others on the machine may run the same script.
    static func insideProcess(of ancestor: pid_t, _ text: String) async throws -> pid_t {
        try await eventually("the container's first process") {
            for pid in Leftovers.processes() where pid != ancestor {
                let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map { String(decoding: $0, as: UTF8.self) } ?? ""
                guard command.hasPrefix("sh\0"), command.contains(text) else { continue }
                let inner = statusField("NSpid:", of: pid)
                if inner.count > 1, inner.last == "1", isBelow(ancestor, pid) { return pid }
            }
            return nil
        }
    }

    private static func isBelow(_ ancestor: pid_t, _ pid: pid_t) -> Bool {
        var current = pid
        while current > 1 {
            guard let parent = statusField("PPid:", of: current).first.flatMap({ pid_t($0) }) else { return false }
            if parent == ancestor { return true }
            current = parent
        }
        return false
    }

    /// The values of one line of /proc/PID/status; none for a process that is gone.
    private static func statusField(_ name: String, of pid: pid_t) -> [Substring] {
        let status = FileManager.default.contents(atPath: "/proc/\(pid)/status").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return status.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: "\t").dropFirst().map { $0 } ?? []
    }

    /// A working directory that is an open descriptor of the runtime.
    private static func leakedDirectory(_ count: Int, exec: Bool) -> EscapeCase {
        EscapeCase("RT-02", "\(exec ? "exec" : "run") with a cwd of /proc/self/fd/3 to \(count)") { runtime in
            var bundle = try await EscapeBundle()
            let probe = "cat ../../../../../..\(bundle.canary)/secret canary/secret secret 2>/dev/null; pwd"
            guard exec else {
                for number in 3..<count {
                    bundle.spec.process.cwd = "/proc/self/fd/\(number)"
                    let result = try await bundle.run(runtime, probe)
                    if result.out.contains(EscapeBundle.secret) { return "descriptor \(number) leads to the host" }
                    if result.exitCode == 0 { return "the container ran in /proc/self/fd/\(number)" }
                }
                return try bundle.touched()
            }
            return try await withRunning(runtime, bundle) { bundle in
                for number in 3..<count {
                    let result = try await runtime.call(["exec", "--cwd", "/proc/self/fd/\(number)", bundle.name, "sh", "-c", probe])
                    if result.out.contains(EscapeBundle.secret) { return "descriptor \(number) leads to the host" }
                    if result.exitCode == 0 { return "a process ran in /proc/self/fd/\(number)" }
                }
                return nil
            }
        }
    }

    /// Runs a container beside the test while `body` works on it.
    static func withRunning(
        _ runtime: EscapeRuntime, _ prepared: EscapeBundle, _ body: (EscapeBundle) async throws -> String?
    ) async throws -> String? {
        var bundle = prepared
        bundle.spec.process.args = ["sh", "-c", "echo ready; exec sleep 1000"]
        try bundle.writeConfig()
        let running = try runtime.start(["run", "--bundle", bundle.temporary.path, bundle.name])
        try await running.output.wait(for: "ready")
        let finding = await Result { try await body(bundle) }
        for pid in bundle.processes() { kill(pid, SIGKILL) }
        try await running.wait()
        bundle.removeGroups()
        return try finding.get()
    }

    /// What is open in the program itself: the three streams and nothing else.
    private static func openDescriptors(binds: Int) -> EscapeCase {
        EscapeCase("RT-03", "open descriptors with \(binds) mount(s) of the host's") { runtime in
            var bundle = try await EscapeBundle()
            for index in 0..<binds {
                bundle.spec.mounts.append(
                    Mount(destination: "/m/\(index)", type: "bind", source: bundle.canary, options: ["rbind", "ro"]))
            }
            let result = try await bundle.run(runtime, "ls /proc/1/fd; true")
            if result.exitCode != 0 { throw TestFailure("\(result)") }
            return result.lines == ["0", "1", "2"] ? nil : "open: \(result.lines)"
        }
    }

    /// What the runtime's caller left open is not the container's.
    private static let callersDescriptor = EscapeCase("RT-03", "a folder that the runtime's caller has open") { runtime in
        let bundle = try await EscapeBundle()
        let result = try await bundle.run(
            runtime, "ls /proc/1/fd; cat /proc/1/fd/9/secret",
            wrapper: ["/bin/sh", "-c", "exec 9<\(bundle.canary); exec \"$@\"", "sh"])
        if result.out.contains(EscapeBundle.secret) { return "the caller's folder is open" }
        return result.lines == ["0", "1", "2"] ? nil : "open: \(result.lines)"
    }

    private static let descriptorsOfExec = EscapeCase("RT-03", "open descriptors of a process that is added") { runtime in
        try await withRunning(runtime, EscapeBundle()) { bundle in
            let result = try await runtime.call(
                ["exec", bundle.name, "sh", "-c", "ls /proc/$$/fd; cat /proc/$$/fd/9/secret"],
                wrapper: ["/bin/sh", "-c", "exec 9<\(bundle.canary); exec \"$@\"", "sh"])
            if result.out.contains(EscapeBundle.secret) { return "the caller's folder is open" }
            // ash keeps the script itself at 10 in some builds; nothing else may be there.
            return result.lines == ["0", "1", "2"] ? nil : "open: \(result)"
        }
    }

    /// --preserve-fds hands over what was asked for, and that is all.
    private static let preservedDescriptors = EscapeCase("RT-03", "--preserve-fds 1 preserves one", provable: false) { runtime in
        var bundle = try await EscapeBundle()
        bundle.spec.process.args = ["sh", "-c", "ls /proc/1/fd; true"]
        try bundle.writeConfig()
        let result = try await runtime.call(
            ["run", "--preserve-fds", "1", "--bundle", bundle.temporary.path, bundle.name],
            wrapper: ["/bin/sh", "-c", "exec 3</dev/null 4<\(bundle.canary) 9<\(bundle.canary); exec \"$@\"", "sh"])
        bundle.removeGroups()
        return result.lines == ["0", "1", "2", "3"] ? nil : "open: \(result)"
    }
}

extension EscapeBundle {
    /// The processes in the container's control groups.
    func processes() -> [pid_t] {
        let places = ["/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"]
        return Set(
            places.flatMap { place in
                (FileManager.default.contents(atPath: "\(place)/wharf-escape/\(name)/cgroup.procs")
                    .map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n").compactMap { pid_t($0) }
            }
        ).sorted()
    }
}

extension Result where Failure == any Error {
    /// The result of an async body.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
