// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf cp`: files between a container and this machine, as tar archives. Which name they get is decided here, in
// CopyPlan; the daemon and the local file system only unpack.

import Glibc
import WharfClient
import WharfDockerAPI
import WharfLinux

/// Copies files.
enum ContainerCopy {
    static let archive = Flag.on("archive", "a", "Archive mode (copy all uid/gid information)")
    static let followLink = Flag.on("follow-link", "L", "Always follow symbol link in SRC_PATH")
    static let quiet = Flag.on(
        "quiet", "q", "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached")

    static let command = Command(
        name: "cp", usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\twharf cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
        summary: """
            Copy files/folders between a container and the local filesystem

            Use '-' as the source to read a tar archive from stdin
            and extract it to a directory destination in a container.
            Use '-' as the destination to stream a tar archive of a
            container source to stdout.
            """,
        aliases: ["wharf container cp", "wharf cp"], operands: .exactly(2), flags: [archive, followLink, quiet]
    ) { call in
        guard !call.operands[0].isEmpty else { throw ExitError("source can not be empty") }
        guard !call.operands[1].isEmpty else { throw ExitError("destination can not be empty") }
        let (source, destination) = (place(call.operands[0]), place(call.operands[1]))
        switch (source.container, destination.container) {
        case (let container?, nil): try await copyOut(container, source.path, destination.path, call)
        case (nil, let container?): try await copyIn(source.path, container, destination.path, call)
        case (_?, _?): throw ExitError("copying between containers is not supported")
        case (nil, nil): throw ExitError("must specify at least one container source")
        }
        return 0
    }

    /// `CONTAINER:PATH`; what is absolute or begins with a dot is a path of this machine, whatever colons it has.
    static func place(_ text: String) -> (container: String?, path: String) {
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return (nil, text)
        }
        return (String(text[..<colon]), String(text[text.utf8.index(after: colon)...]))
    }

    // MARK: Out of a container

    private static func copyOut(_ container: String, _ source: String, _ destination: String, _ call: Invocation) async throws {
        var source = source
        var rebased: String?
        // Not there, or unreadable: the copy itself says so.
        if call[followLink], let stat = try? await call.client.containerPathStat(container, path: source), stat.isSymlink {
            (source, rebased) = CopyPath.rebased(source, to: CopyPath.join(CopyPath.parent(source), stat.linkTarget))
        }
        if destination != "-" { try CopyTarget.check(destination) }
        let archive = try await call.client.containerArchive(container, path: source)
        if destination == "-" {
            for try await chunk in archive.content { call.console.write(chunk, to: .standard) }
            return
        }
        let from = CopyEnd(path: source, exists: true, isDirectory: archive.stat.isDirectory, rebasedName: rebased)
        let plan = try CopyPlan(from: from, to: try CopyTarget.look(CopyPath.absolute(destination)))
        let count = try await LocalTree.extract(archive.content, plan)
        report(count, to: CopyPath.absolute(destination), call)
    }

    // MARK: Into a container

    private static func copyIn(_ source: String, _ container: String, _ destination: String, _ call: Invocation) async throws {
        var target = CopyEnd(path: destination)
        var stat: ContainerPathStat?
        // What is not there will be made, if its directory is there: the unpacking finds out.
        stat = try? await call.client.containerPathStat(container, path: destination)
        if let link = stat, link.isSymlink {
            target.path = CopyPath.join(CopyPath.parent(destination), link.linkTarget)
            // A link to nowhere: the same.
            stat = try? await call.client.containerPathStat(container, path: target.path)
        }
        if let stat {
            guard stat.mode & (1 << 26 | 1 << 19) == 0 else {
                let what = stat.mode & (1 << 26) != 0 ? "got a device" : "got an irregular file"
                throw ExitError("destination \"\(container):\(destination)\" must be a directory or a regular file: \(what)")
            }
            (target.exists, target.isDirectory) = (true, stat.isDirectory)
        }
        var options = ContainerArchivePutOptions(path: target.path, noOverwriteDirNonDir: true, copyUIDGID: call[archive])
        guard source != "-" else {
            guard target.isDirectory else { throw ExitError("destination \"\(container):\(destination)\" must be a directory") }
            return try await call.client.putContainerArchive(container, try UploadSource.standardInput(), options)
        }
        let from = try CopySource.look(CopyPath.absolute(source), followsLink: call[followLink])
        let plan = try CopyPlan(from: from.end, to: target)
        options.path = plan.directory
        let upload = try LocalTree.upload(from.end.path, as: plan.name(of: from.end))
        try await call.client.putContainerArchive(container, upload.body, options)
        report(upload.count, to: "\(container):\(target.path)", call)
    }

    private static func report(_ count: Int64, to place: String, _ call: Invocation) {
        let isQuiet = call.isSet(quiet) ? call[quiet] : !LocalTerminal.outputIsTerminal
        if !isQuiet { call.console.error("Successfully copied \(ByteSize.decimal(count)) to \(place)") }
    }
}
