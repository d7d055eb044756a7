// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The command line. Names of dockerd are taken as well where they mean the same.

import ArgumentParser

/// wharfd's flags. What isn't given comes from the configuration file, then from the defaults.
struct DaemonFlags: ParsableArguments {
    @Option(name: [.long, .customLong("data-root")], help: "Where images, containers and the database lie (default /var/lib/wharf).")
    var root: String?

    @Option(help: "Where sockets and the state of running containers lie (default /run/wharf).")
    var execRoot: String?

    @Option(
        name: [.customShort("H"), .long],
        help: "Listen there: unix:///path or tcp://address:port. May be given again (default unix://<exec-root>/wharf.sock).")
    var host: [String] = []

    @Flag(help: "Allow tcp:// without TLS: whoever reaches the port is root on this machine.")
    var insecureTcp = false

    @Option(name: [.long, .customLong("config-file")], help: "Configuration file in dockerd's form (default /etc/wharf/daemon.json).")
    var config: String?

    @Option(help: "The program that stands beside each container (default: wharf-shim beside wharfd, then in ../libexec/wharf).")
    var shim: String?

    @Option(help: "The program that --init puts into containers (default: wharf-init beside wharf-shim).")
    var initPath: String?

    @Option(help: "Another OCI runtime, as name=path, for docker run --runtime name. May be given again.")
    var addRuntime: [String] = []

    @Option(help: "The runtime of containers that name none (default wharf-runtime, which is built in).")
    var defaultRuntime: String?

    @Option(help: "A mirror of Docker Hub, an http:// or https:// address. May be given again.")
    var registryMirror: [String] = []

    @Option(help: "A registry (host, host:port or network) that may be without TLS, or with any certificate. May be given again.")
    var insecureRegistry: [String] = []

    @Option(help: "Blobs that are downloaded at once (default 3).")
    var maxConcurrentDownloads: Int?

    @Option(help: "Blobs that are uploaded at once (default 5).")
    var maxConcurrentUploads: Int?

    @Option(help: "How often a registry is asked before a transfer is given up (default 5).")
    var maxDownloadAttempts: Int?

    @Flag(help: "Containers go on when the daemon ends (default true).")
    var liveRestore = false

    @Option(help: "Seconds that containers get to end with the daemon, where live-restore is false (default 15).")
    var shutdownTimeout: Int?

    @Option(help: "The log driver of containers that name none: json-file, local or none (default json-file).")
    var logDriver: String?

    @Option(help: "An option of the log driver, as name=value. May be given again.")
    var logOpt: [String] = []

    @Option(name: [.customShort("G"), .long], help: "Group that may use the unix socket (default wharf, root where there is none).")
    var group: String?

    @Option(name: [.customShort("l"), .long], help: "debug, info, warn, error or fatal (default info).")
    var logLevel: String?

    @Flag(name: [.customShort("D"), .long], help: "Same as --log-level debug.")
    var debug = false
}
