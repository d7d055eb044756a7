// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-08, RT-09, RT-11: images and volumes whose /dev is not what it looks like.

import Glibc
import WharfLinux
import WharfOCI
import WharfTestKit

extension EscapeCase {
    static let devices: [EscapeCase] =
        ["link", "relative", "fifo", "socket", "zero", "file", "missing"].map(preparedNull)
        + ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"].flatMap { path in
            ["absolute", "relative", "up"].map { linkedDevice(path, $0) }
        } + [preparedNodes, linkedDescriptors, consoleFile] + ["canary", "tmp"].map(linkedConsole)

    /// A prepared /dev/null: what is bound over a masked path must be the real one.
    private static func preparedNull(_ trick: String) -> EscapeCase {
        EscapeCase("RT-08", "/dev/null of a volume is: \(trick)", provable: trick != "missing") { runtime in
            var bundle = try await EscapeBundle()
            try (bundle.bundle / "dev").mkdir()
            let dev = RootFD(try (bundle.bundle / "dev").openDirectory())
            switch trick {
            case "link": try dev.symlink("/proc/version", at: "null")
            case "relative": try dev.symlink("../etc/passwd", at: "null")
            case "fifo": try dev.mknod("null", kind: .fifo, permissions: 0o666)
            case "socket": try dev.mknod("null", kind: .socket, permissions: 0o666)
            case "zero": try dev.mknod("null", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 5))
            case "file": try dev.create("null", permissions: 0o666).writeAll(Array("mine\n".utf8))
            default: break
            }
            bundle.replaceMount("/dev", withBindOf: "dev", at: 1)
            let result = try await bundle.run(
                runtime, "for f in /proc/timer_list /proc/keys; do [ ! -e $f ] || echo $f $(stat -c '%F %t:%T' $f); done")
            if let touched = try bundle.touched() { return touched }
            if result.lines.isEmpty { return try bundle.refused(result) }
            let bad = result.lines.filter { !$0.hasSuffix("character special file 1:3") }
            return bad.isEmpty ? nil : "not masked: \(bad)"
        }
    }

    /// A folder of /dev that is a link out of the image.
    private static func linkedDevice(_ path: String, _ kind: String) -> EscapeCase {
        EscapeCase("RT-11", "\(path) of the image is a link: \(kind)", provable: path != "/dev" || kind != "up") { runtime in
            var bundle = try await EscapeBundle()
            // Without a file system of its own in /dev, what the image has there is what is found.
            if path != "/dev" { bundle.spec.mounts.removeAll { $0.destination == "/dev" } }
            if path != "/dev" { try bundle.root.mkdir("dev", permissions: 0o755) }
            let up = path == "/dev" ? "../canary" : "../../canary"
            try bundle.root.symlink(kind == "absolute" ? bundle.canary + "/made" : kind == "up" ? up + "/folder" : up + "/made", at: path)
            let result = try await bundle.run(
                runtime, "echo \(EscapeBundle.ran); cat /dev/secret /dev/pts/../secret 2>/dev/null; ls -d \(path)/. /dev/null")
            if let touched = try bundle.touched() { return touched }
            if !result.out.contains(EscapeBundle.ran) { return try bundle.refused(result) }
            if result.out.contains(EscapeBundle.secret) { return "the host's file was read" }
            // The link's target must have been found, or made, below the root: else what belongs there went elsewhere.
            return result.lines.contains("\(path)/.") ? nil : "\(path) is nowhere inside: \(result.err)"
        }
    }

    /// Nodes that the image brings in a /dev without a mount.
    private static let preparedNodes = EscapeCase("RT-11", "the image's own /dev/null and /dev/zero, without a mount there") { runtime in
        var bundle = try await EscapeBundle()
        bundle.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
        try bundle.root.mkdir("dev", permissions: 0o755)
        try bundle.root.symlink("/proc/version", at: "dev/null")
        try bundle.root.mknod("dev/zero", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 1))
        let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran); stat -c '%F %t:%T' /dev/null /dev/zero")
        if let touched = try bundle.touched() { return touched }
        if !result.out.contains(EscapeBundle.ran) { return try bundle.refused(result) }
        let wanted = ["character special file 1:3", "character special file 1:5"]
        return Array(result.lines.suffix(2)) == wanted ? nil : "the image's nodes stayed: \(result.lines)"
    }

    /// The links that a runtime makes in /dev must not follow what is there.
    private static let linkedDescriptors = EscapeCase(
        "RT-11", "/dev/fd and /dev/ptmx of a volume are links to the host", provable: false
    ) { runtime in
        var bundle = try await EscapeBundle()
        try (bundle.bundle / "dev").mkdir()
        let dev = RootFD(try (bundle.bundle / "dev").openDirectory())
        for name in ["fd", "ptmx", "stdin", "console", "full"] { try dev.symlink(bundle.canary + "/folder", at: name) }
        bundle.replaceMount("/dev", withBindOf: "dev", at: 1)
        let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)")
        if let touched = try bundle.touched() { return touched }
        return result.out.contains(EscapeBundle.ran) ? nil : try bundle.refused(result)
    }

    /// A console that is prepared: the terminal must not be bound over what the link names.
    private static func linkedConsole(_ target: String) -> EscapeCase {
        EscapeCase("RT-09", "/dev/console of a volume is a link to \(target)", provable: false) { runtime in
            var bundle = try await EscapeBundle()
            try (bundle.bundle / "dev/pts").mkdir()
            let dev = RootFD(try (bundle.bundle / "dev").openDirectory())
            try dev.symlink(target == "canary" ? bundle.canary + "/secret" : "/tmp/file", at: "console")
            try dev.symlink("pts/ptmx", at: "ptmx")
            // What else a runtime wants to find there.
            for (name, minor) in [("null", 3), ("zero", 5)] as [(String, UInt32)] {
                try dev.mknod(name, kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: minor))
            }
            try bundle.write("tmp/file", "mine\n")
            bundle.spec.mounts.removeAll { $0.destination == "/dev" }
            bundle.spec.mounts.insert(
                Mount(destination: "/dev", type: "bind", source: bundle.temporary.path("dev"), options: ["rbind"]), at: 1)
            return try await terminalFinding(runtime, bundle, script: "grep -E ' (/tmp/file|/.*secret) ' /proc/mounts; tty")
        }
    }

    /// A folder in the place of /dev/pts, with a ptmx of the attacker's.
    private static let consoleFile = EscapeCase("RT-09", "/dev/pts is a volume with a prepared ptmx", provable: false) { runtime in
        var bundle = try await EscapeBundle()
        try (bundle.bundle / "pts").mkdir()
        let pts = RootFD(try (bundle.bundle / "pts").openDirectory())
        try pts.symlink("/etc/passwd", at: "ptmx")
        try pts.symlink(bundle.canary + "/secret", at: "0")
        bundle.replaceMount("/dev/pts", withBindOf: "pts", at: 2)
        return try await terminalFinding(runtime, bundle, script: "grep -E ' (/etc/passwd|/.*secret) ' /proc/mounts; tty")
    }

    /// Runs it at a terminal; the finding is a mount that the script prints.
    private static func terminalFinding(_ runtime: EscapeRuntime, _ bundle: EscapeBundle, script: String) async throws -> String? {
        let (result, said) = try await atTerminal(runtime, bundle, script: script)
        if let touched = try bundle.touched() { return touched }
        guard let said else { return try bundle.refused(result) }
        return said.contains("secret ") || said.contains("/tmp/file ") || said.contains("/etc/passwd ") ? "bound over: \(said)" : nil
    }

    /// Runs a script at a terminal whose master goes to a socket: what the runtime said, and what came from the terminal
    /// until it hung up; nil when the container was refused.
    static func atTerminal(
        _ runtime: EscapeRuntime, _ prepared: EscapeBundle, script: String
    ) async throws -> (CommandResult, said: String?) {
        var bundle = prepared
        bundle.spec.process.terminal = true
        bundle.spec.process.args = ["sh", "-c", script]
        try bundle.writeConfig()
        let receiver = try ChildProcess(
            ["/usr/bin/python3", Programs.project + "/Tests/Escape/console.py", bundle.temporary.path("console")], streams: .pipes)
        defer { receiver.signal(SIGKILL) }
        try await receiver.output.wait(for: "listening")
        // The container is left to itself: in the foreground no runtime takes a socket.
        let result = try await runtime.quiet(
            ["run", "--detach", "--bundle", bundle.temporary.path, "--console-socket", bundle.temporary.path("console"), bundle.name],
            bundle)
        if result.err.contains("console socket") || result.err.contains("no such option") { throw TestFailure("\(result)") }
        var said: String?
        if result.exitCode == 0 {
            try await receiver.wait()
            said = receiver.output.text
        }
        _ = try await runtime.call(["delete", "--force", bundle.name])
        bundle.removeGroups()
        return (result, said)
    }
}
