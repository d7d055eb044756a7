// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Words that the product's sources may not use, each with its reason and with the few files that may. Most of them make
// an unsafe form impossible to write by accident: a path that is looked up twice, a blocked cooperative thread, a second
// JSON. Tests and scripts are free.

/// One thing that may not be written.
struct BannedWord {
    enum Form: Equatable {
        /// These tokens in a row, wherever they stand; `!` and `?` only right behind the word before them.
        case words([String])
        /// A call of a free function: `name(`, `Glibc.name(`, but neither a method `.name(` nor its declaration.
        case call(String)
        /// The same, when a word of the arguments begins so: for names that methods have, too (`open(` with `O_…`).
        case callHaving(String, String)
    }

    let form: Form
    let reason: String
    /// Rooms or targets where it holds; empty: everywhere below Sources.
    var scope: Set<String> = []
    /// Files that may, with why.
    var homes: [String: String] = [:]
}

/// The list.
enum BannedWords {
    /// Targets that may import all of Foundation.
    static let foundationTargets = ["WharfSQLite": "GRDB brings it, and its types are in GRDB's signatures"]

    /// Synchronous code: static programs and what they are made of.
    static let synchronous: Set<String> = [
        "WharfShim", "WharfRuntime", "WharfShimProtocol", "WharfLogs", "wharf-shim", "wharf-runtime", "Kernel", "Formats", "Storage",
    ]

    static let all: [BannedWord] =
        json + paths + waiting + traps + concurrency
        + [
            BannedWord(form: .words(["FileManager"]), reason: "paths are looked up twice; use RootFD or HostPath"),
            BannedWord(
                form: .call("Process"), reason: "the daemon never forks; use WharfLinux's spawn",
                homes: ["Sources/Formats/WharfOCI/RuntimeSpec.swift": "the OCI specification's own word"]),
            BannedWord(form: .words(["String", "(", "contentsOf"]), reason: "unbounded read by path; use the bounded readers"),
            BannedWord(form: .words(["standardized"]), reason: "path arithmetic on strings; use RootFD"),
            BannedWord(form: .words(["standardizedFileURL"]), reason: "path arithmetic on strings; use RootFD"),
        ]

    /// One JSON: the others disagree about duplicate keys.
    private static let json = ["JSONDecoder", "JSONEncoder", "JSONSerialization"].map {
        BannedWord(form: .words([$0]), reason: "WharfJSON is the only JSON of the product")
    }

    /// Path forms of system calls: inside a tree that a container controls, the second look-up may find another file.
    private static let paths: [BannedWord] =
        [
            "mount", "umount", "umount2", "creat", "chmod", "chown", "lchown", "mkdir", "symlink", "unlink", "rmdir", "rename", "link",
            "truncate", "mknod", "mkfifo", "opendir", "realpath", "fopen", "getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getgrnam",
            "getgrnam_r", "getgrgid", "getgrgid_r", "getgrouplist", "fork", "popen", "chroot",
        ].map { BannedWord(form: .call($0), reason: outsideHome, homes: pathHomes) } + [
            BannedWord(form: .callHaving("open", "O_"), reason: outsideHome, homes: pathHomes)
        ]

    private static let outsideHome = "a path or account call outside its home; use WharfLinux's primitives"

    private static let pathHomes = [
        "Sources/Kernel/WharfLinux/RootFD.swift": "the home of openat2 below a root",
        "Sources/Kernel/WharfLinux/ProcFD.swift": "the home of procfs",
        "Sources/Kernel/WharfLinux/MountFD.swift": "the home of mounts",
        "Sources/Kernel/WharfLinux/HostPath.swift": "the home of paths that the administrator gave",
    ]

    /// Waiting for time instead of an event, and blocking a thread that others need.
    private static let waiting: [BannedWord] =
        ["sleep", "usleep", "nanosleep"].map {
            BannedWord(form: .call($0), reason: "waiting for time is not synchronisation; wait for the event")
        } + [
            BannedWord(form: .words(["Thread", ".", "sleep"]), reason: "waiting for time is not synchronisation; wait for the event"),
            BannedWord(form: .words(["Task", ".", "sleep"]), reason: "waiting for time is not synchronisation; wait for the event"),
            BannedWord(form: .words(["Task", ".", "detached"]), reason: "work without an owner can't be cancelled"),
            BannedWord(form: .words(["DispatchQueue"]), reason: "WharfBlocking is how async meets blocking"),
            BannedWord(form: .words(["DispatchSemaphore"]), reason: "blocks a cooperative thread; there are two of them"),
        ]

    /// What ends the process instead of the request.
    private static let traps: [BannedWord] = [
        BannedWord(form: .words(["try", "!"]), reason: "an error is thrown, never a trap"),
        BannedWord(form: .words(["as", "!"]), reason: "an error is thrown, never a trap"),
        BannedWord(form: .call("fatalError"), reason: "an error is thrown, never a trap"),
    ]

    /// A container's processes are made by single-threaded code.
    private static let concurrency: [BannedWord] = [
        BannedWord(form: .words(["await"]), reason: "this code is synchronous", scope: synchronous),
        BannedWord(form: .words(["async"]), reason: "this code is synchronous", scope: synchronous),
        BannedWord(form: .words(["Task", "{"]), reason: "this code is synchronous", scope: synchronous),
        BannedWord(form: .words(["Task", "("]), reason: "this code is synchronous", scope: synchronous),
    ]
}
