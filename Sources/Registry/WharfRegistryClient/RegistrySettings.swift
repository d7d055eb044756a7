// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon's configuration and environment say about registries.

public import WharfOutbound

/// Settings of a client.
public struct RegistrySettings: Sendable {
    /// Mirrors of Docker Hub, in order, each an `http://` or `https://` address (daemon.json `registry-mirrors`).
    public var mirrors: [String] = []
    /// Registries that may be plain HTTP or have any certificate: `host`, `host:port` or a network `10.0.0.0/8`
    /// (daemon.json `insecure-registries`). Loopback addresses always are.
    public var insecureRegistries: [String] = []
    /// Folders with a folder per registry, Docker's `certs.d` or containerd's with `hosts.toml`. The first that has a
    /// registry's folder counts.
    public var certificateFolders = ["/etc/wharf/certs.d", "/etc/docker/certs.d", "/etc/containerd/certs.d"]
    public var proxies = ProxySettings()
    public var retries = RetryPolicy()
    /// Less than 1 KiB in so long means that the connection is dead.
    public var stallTime = Duration.seconds(30)
    /// How long a registry may take to answer an upload that it has whole: it hashes and moves it first.
    public var answerTime = Duration.seconds(120)
    public var connectTime = Duration.seconds(15)
    /// Bytes of one request of an upload; nil sends a blob in one.
    public var uploadChunk: Int64?
    /// A blob of more bytes than this comes in parts, over several connections, where the registry knows ranges.
    public var partsFrom: Int64 = 32 << 20
    /// Bytes of a part; so many times `partConnections` is held in memory at most.
    public var partSize: Int64 = 4 << 20
    /// Parts of one blob that come at once; 1 asks for no parts.
    public var partConnections = 3
    public var userAgent = "wharf"

    public init() {}
}

/// How often something is tried, and how long the pauses are: they double, and each is drawn between half of that and all.
public struct RetryPolicy: Sendable {
    /// Attempts in all, the first one among them (daemon.json `max-download-attempts`).
    public var attempts = 5
    public var firstDelay = Duration.milliseconds(500)
    public var longestDelay = Duration.seconds(30)
    /// A registry may ask for a longer pause (`Retry-After`), up to this.
    public var longestRetryAfter = Duration.seconds(120)

    public init() {}
}
