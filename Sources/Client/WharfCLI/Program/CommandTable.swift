// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// All commands on one screen. A verb is made only when it is called: the table costs nothing at start.

/// A word and what it leads to.
struct CommandEntry: Sendable {
    let name: String
    /// For the lists of commands.
    let summary: String
    let target: Target
    /// Other words for it that lists do not show.
    var synonyms: [String] = []

    enum Target: Sendable {
        case verb(@Sendable () -> Command)
        case group([CommandEntry])
    }

    static func verb(_ name: String, _ summary: String, synonyms: [String] = [], _ make: @escaping @Sendable () -> Command) -> CommandEntry
    {
        CommandEntry(name: name, summary: summary, target: .verb(make), synonyms: synonyms)
    }
}

/// The tree of commands.
enum CommandTable {
    static let common: [CommandEntry] = [
        .verb("run", "Create and run a new container from an image") { ContainerRun.command },
        .verb("exec", "Execute a command in a running container") { ContainerExec.command },
        .verb("ps", "List containers") { ContainerList.command.named("ps") },
        .verb("pull", pullSummary) { ImagePull.command },
        .verb("push", pushSummary) { ImagePush.command },
        .verb("images", "List images") { ImageList.command.named("images") },
        .verb("login", "Authenticate to a registry") { RegistryLogin.command },
        .verb("logout", "Log out from a registry") { RegistryLogout.command },
        .verb("search", "Search Docker Hub for images") { RegistrySearch.command },
        .verb("version", "Show the Wharf version information") { SystemVersionVerb.command },
        .verb("info", "Display system-wide information") { SystemInfoVerb.command },
    ]

    static let management: [CommandEntry] = [
        CommandEntry(name: "container", summary: "Manage containers", target: .group(container)),
        CommandEntry(name: "image", summary: "Manage images", target: .group(image)),
        CommandEntry(
            name: "system", summary: "Manage Wharf",
            target: .group([
                .verb("events", eventsSummary) { SystemEvents.command },
                .verb("info", "Display system-wide information") { SystemInfoVerb.command },
            ])),
    ]

    static let plain: [CommandEntry] = [
        .verb("attach", attachSummary) { ContainerAttach.command },
        .verb("cp", copySummary) { ContainerCopy.command },
        .verb("create", "Create a new container") { ContainerCreate.command },
        .verb("diff", diffSummary) { ContainerDiff.command },
        .verb("events", eventsSummary) { SystemEvents.command },
        .verb("export", exportSummary) { ContainerExport.command },
        .verb("history", historySummary) { ImageHistory.command },
        .verb("import", "Import the contents from a tarball to create a filesystem image") { ImageImport.command },
        .verb("inspect", "Return low-level information on Wharf objects") { SystemInspect.command },
        .verb("kill", "Kill one or more running containers") { ContainerKill.command },
        .verb("load", "Load an image from a tar archive or STDIN") { ImageLoad.command },
        .verb("logs", "Fetch the logs of a container") { ContainerLogs.command },
        .verb("pause", pauseSummary) { ContainerPause.command },
        .verb("port", portSummary) { ContainerPort.command },
        .verb("rename", "Rename a container") { ContainerRename.command },
        .verb("restart", "Restart one or more containers") { ContainerRestart.command },
        .verb("rm", "Remove one or more containers") { ContainerRemove.command },
        .verb("rmi", "Remove one or more images") { ImageRemove.command.named("rmi") },
        .verb("save", saveSummary) { ImageSave.command },
        .verb("start", "Start one or more stopped containers") { ContainerStart.command },
        .verb("stats", statsSummary) { ContainerStatsVerb.command },
        .verb("stop", "Stop one or more running containers") { ContainerStop.command },
        .verb("tag", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE") { ImageTag.command },
        .verb("top", topSummary) { ContainerTop.command },
        .verb("unpause", unpauseSummary) { ContainerUnpause.command },
        .verb("update", updateSummary) { ContainerUpdate.command },
        .verb("wait", waitSummary) { ContainerWait.command },
        .verb("why", "Say why one or more containers ended") { ContainerWhy.command },
    ]

    private static let copySummary = "Copy files/folders between a container and the local filesystem"
    private static let diffSummary = "Inspect changes to files or directories on a container's filesystem"
    private static let exportSummary = "Export a container's filesystem as a tar archive"
    private static let eventsSummary = "Get real time events from the server"
    private static let pauseSummary = "Pause all processes within one or more containers"
    private static let portSummary = "List port mappings or a specific mapping for the container"
    private static let statsSummary = "Display a live stream of container(s) resource usage statistics"
    private static let topSummary = "Display the running processes of a container"
    private static let unpauseSummary = "Unpause all processes within one or more containers"
    private static let pullSummary = "Download an image from a registry"
    private static let pushSummary = "Upload an image to a registry"
    private static let saveSummary = "Save one or more images to a tar archive (streamed to STDOUT by default)"
    private static let historySummary = "Show the history of an image"
    private static let updateSummary = "Update configuration of one or more containers"
    private static let attachSummary = "Attach local standard input, output, and error streams to a running container"
    private static let waitSummary = "Block until one or more containers stop, then print their exit codes"

    private static let container: [CommandEntry] = [
        .verb("attach", attachSummary) { ContainerAttach.command },
        .verb("cp", copySummary) { ContainerCopy.command },
        .verb("create", "Create a new container") { ContainerCreate.command },
        .verb("diff", diffSummary) { ContainerDiff.command },
        .verb("exec", "Execute a command in a running container") { ContainerExec.command },
        .verb("export", exportSummary) { ContainerExport.command },
        .verb("inspect", "Display detailed information on one or more containers") { ContainerInspectVerb.command },
        .verb("kill", "Kill one or more running containers") { ContainerKill.command },
        .verb("logs", "Fetch the logs of a container") { ContainerLogs.command },
        .verb("ls", "List containers", synonyms: ["list", "ps"]) { ContainerList.command },
        .verb("pause", pauseSummary) { ContainerPause.command },
        .verb("port", portSummary) { ContainerPort.command },
        .verb("prune", "Remove all stopped containers") { ContainerPrune.command },
        .verb("rename", "Rename a container") { ContainerRename.command },
        .verb("restart", "Restart one or more containers") { ContainerRestart.command },
        .verb("rm", "Remove one or more containers", synonyms: ["remove"]) { ContainerRemove.command },
        .verb("run", "Create and run a new container from an image") { ContainerRun.command },
        .verb("start", "Start one or more stopped containers") { ContainerStart.command },
        .verb("stats", statsSummary) { ContainerStatsVerb.command },
        .verb("stop", "Stop one or more running containers") { ContainerStop.command },
        .verb("top", topSummary) { ContainerTop.command },
        .verb("unpause", unpauseSummary) { ContainerUnpause.command },
        .verb("update", updateSummary) { ContainerUpdate.command },
        .verb("wait", waitSummary) { ContainerWait.command },
        .verb("why", "Say why one or more containers ended") { ContainerWhy.command },
    ]

    private static let image: [CommandEntry] = [
        .verb("history", historySummary) { ImageHistory.command },
        .verb("import", "Import the contents from a tarball to create a filesystem image") { ImageImport.command },
        .verb("inspect", "Display detailed information on one or more images") { ImageInspectVerb.command },
        .verb("load", "Load an image from a tar archive or STDIN") { ImageLoad.command },
        .verb("ls", "List images", synonyms: ["list"]) { ImageList.command },
        .verb("prune", "Remove unused images") { ImagePrune.command },
        .verb("pull", pullSummary) { ImagePull.command },
        .verb("push", pushSummary) { ImagePush.command },
        .verb("rm", "Remove one or more images", synonyms: ["remove"]) { ImageRemove.command },
        .verb("save", saveSummary) { ImageSave.command },
        .verb("tag", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE") { ImageTag.command },
    ]

    /// The entry for a word among entries.
    static func find(_ word: String, in entries: [CommandEntry]) -> CommandEntry? {
        entries.first { $0.name == word } ?? entries.first { $0.synonyms.contains(word) }
    }
}
