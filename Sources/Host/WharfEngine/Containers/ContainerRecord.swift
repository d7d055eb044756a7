// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container as it is stored: what was asked for, completed with the image's and the daemon's defaults, and the state
// it is in. It exists while the container is stopped; the live side is a `ContainerTask`. All of it is a value.

public import WharfDockerAPI
public import WharfJSON
public import WharfMetadata

/// The record of one container.
public struct ContainerRecord: Sendable, Equatable {
    /// 64 lower-case hexadecimal digits.
    public let id: String
    /// Without Docker's leading slash.
    public var name: String
    public let created: Timestamp
    /// Docker's Config with the image's defaults merged in, as inspect shows it.
    public var config: ContainerConfig
    /// Docker's HostConfig with the daemon's defaults filled in.
    public var hostConfig: HostConfig
    /// What was asked for at each network.
    public var networking: NetworkingConfig
    /// The image's id, `sha256:…`.
    public let imageID: String
    /// `linux`, the image's.
    public let platform: String
    /// The program; the first word of entry point and command.
    public let path: String
    public let arguments: [String]
    public var mounts: [ContainerMount]
    public internal(set) var state: ContainerRunState
    /// How often the restart policy has acted since a person started it.
    public var restartCount: Int
    /// A person stopped or killed it: `unless-stopped` leaves it alone, also over restarts of the daemon.
    public var wasStoppedByHand: Bool
    /// A person ended this run: no restart policy acts on its exit.
    var exitsForGood = false
    /// How long the last restart by the policy waited; the next one waits twice as long.
    var restartDelay = Duration.zero
    /// The results of the health probes; nil where nothing is probed.
    var health: Health?
    /// Who of us last sent this run a signal.
    var lastSignal: SentSignal?

    init(
        id: String, name: String, created: Timestamp, config: ContainerConfig, hostConfig: HostConfig,
        networking: NetworkingConfig = NetworkingConfig(), imageID: String, platform: String = "linux", path: String,
        arguments: [String], mounts: [ContainerMount] = [], state: ContainerRunState = .created(nil)
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.config = config
        self.hostConfig = hostConfig
        self.networking = networking
        self.imageID = imageID
        self.platform = platform
        self.path = path
        self.arguments = arguments
        self.mounts = mounts
        self.state = state
        restartCount = 0
        wasStoppedByHand = false
    }

    /// The twelve digits that people see.
    public var shortID: String { ContainerID.short(id) }
}

extension ContainerRecord: MetadataRecord {
    public static let kind = "container"
    public static let schemaVersion = 1

    private enum CodingKeys: String, CodingKey {
        case id, name, created, config, hostConfig, networking, image, platform, path, arguments, mounts, state, restartCount, stoppedByHand
        case exitsForGood, restartDelay, health, lastSignal
    }

    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("id", id)
            o.field("name", name)
            o.field("created", created)
            o.field("config", config)
            o.field("hostConfig", hostConfig)
            o.field("networking", networking)
            o.field("image", imageID)
            o.field("platform", platform)
            o.field("path", path)
            o.field("arguments", arguments)
            o.field("mounts", mounts)
            o.field("state", state)
            o.field("restartCount", restartCount)
            o.field("stoppedByHand", wasStoppedByHand)
            if exitsForGood { o.field("exitsForGood", true) }
            if restartDelay > .zero { o.field("restartDelay", restartDelay.wholeNanoseconds) }
            o.optional("health", health)
            o.optional("lastSignal", lastSignal)
        }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let id = try values.decode(String.self, forKey: .id)
        guard id.utf8.count == 64, ContainerID.isPrefix(id) else { throw JSONError.invalid("\"\(id)\" is not the id of a container") }
        self.init(
            id: id,
            name: try values.decode(String.self, forKey: .name),
            created: try values.decode(Timestamp.self, forKey: .created),
            config: try values.decode(ContainerConfig.self, forKey: .config),
            hostConfig: try values.decode(HostConfig.self, forKey: .hostConfig),
            networking: try values.decode(NetworkingConfig.self, forKey: .networking),
            imageID: try values.decode(String.self, forKey: .image),
            platform: try values.decode(String.self, forKey: .platform),
            path: try values.decode(String.self, forKey: .path),
            arguments: try values.decode([String].self, forKey: .arguments),
            mounts: try values.decode([ContainerMount].self, forKey: .mounts),
            state: try values.decode(ContainerRunState.self, forKey: .state))
        restartCount = try values.decode(Int.self, forKey: .restartCount)
        wasStoppedByHand = try values.decode(Bool.self, forKey: .stoppedByHand)
        // Since this version; a row of an older one has none of them.
        exitsForGood = try values.decodeIfPresent(Bool.self, forKey: .exitsForGood) ?? false
        restartDelay = .nanoseconds(try values.decodeIfPresent(Int64.self, forKey: .restartDelay) ?? 0)
        health = try values.decodeIfPresent(Health.self, forKey: .health)
        lastSignal = try values.decodeIfPresent(SentSignal.self, forKey: .lastSignal)
    }
}
