// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an image says about running it: the `config` object of its document. `create` lays the user's wishes over it.

public import WharfJSON

/// Defaults for containers of an image (OCI image spec, config.md, and Docker's Healthcheck, OnBuild, Shell).
///
/// `entrypoint` and `command` keep the difference between absent and empty; everything else reads absent as empty.
public struct ContainerDefaults: Sendable, Equatable {
    public var user: String
    /// `80/tcp`, sorted.
    public var exposedPorts: [String]
    /// `NAME=value`, in order.
    public var environment: [String]
    public var entrypoint: [String]?
    public var command: [String]?
    /// The command line is one string in the first element already (Windows).
    public var argsEscaped: Bool
    /// Paths that get an anonymous volume, sorted.
    public var volumes: [String]
    public var workingDirectory: String
    public var labels: [String: String]
    public var stopSignal: String
    /// Seconds.
    public var stopTimeout: Int?
    public var healthcheck: Healthcheck?
    /// Instructions that a build on top of this image runs first.
    public var onBuild: [String]
    public var shell: [String]

    public init() {
        user = ""
        exposedPorts = []
        environment = []
        argsEscaped = false
        volumes = []
        workingDirectory = ""
        labels = [:]
        stopSignal = ""
        onBuild = []
        shell = []
    }

    /// How the image says that its health is checked; durations are nanoseconds, 0 means the default.
    public struct Healthcheck: Sendable, Equatable, Decodable, JSONWritable {
        /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
        public var test: [String]
        public var interval: Int64
        public var timeout: Int64
        public var startPeriod: Int64
        public var startInterval: Int64
        public var retries: Int

        public init(
            test: [String], interval: Int64 = 0, timeout: Int64 = 0, startPeriod: Int64 = 0,
            startInterval: Int64 = 0, retries: Int = 0
        ) {
            self.test = test
            self.interval = interval
            self.timeout = timeout
            self.startPeriod = startPeriod
            self.startInterval = startInterval
            self.retries = retries
        }

        private enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("Test", test)
                json.nonEmpty("Interval", interval)
                json.nonEmpty("Timeout", timeout)
                json.nonEmpty("StartPeriod", startPeriod)
                json.nonEmpty("StartInterval", startInterval)
                json.nonEmpty("Retries", retries)
            }
        }
    }
}

extension ContainerDefaults: Decodable, JSONWritable {
    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case environment = "Env"
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case argsEscaped = "ArgsEscaped"
        case volumes = "Volumes"
        case workingDirectory = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case healthcheck = "Healthcheck"
        case onBuild = "OnBuild"
        case shell = "Shell"
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        user = try members.decode(String.self, forKey: .user)
        exposedPorts = try members.decode(JSONValue.self, forKey: .exposedPorts).sortedKeys
        environment = try members.decode([String].self, forKey: .environment)
        entrypoint = try members.decodeIfPresent(Words.self, forKey: .entrypoint)?.words
        command = try members.decodeIfPresent(Words.self, forKey: .command)?.words
        argsEscaped = try members.decode(Bool.self, forKey: .argsEscaped)
        volumes = try members.decode(JSONValue.self, forKey: .volumes).sortedKeys
        workingDirectory = try members.decode(String.self, forKey: .workingDirectory)
        labels = try members.decode([String: String].self, forKey: .labels)
        stopSignal = try members.decode(String.self, forKey: .stopSignal)
        stopTimeout = try members.decodeIfPresent(Int.self, forKey: .stopTimeout)
        healthcheck = try members.decodeIfPresent(Healthcheck.self, forKey: .healthcheck)
        onBuild = try members.decode([String].self, forKey: .onBuild)
        shell = try members.decode([String].self, forKey: .shell)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.nonEmpty("User", user)
            Self.set("ExposedPorts", exposedPorts, &json)
            json.nonEmpty("Env", environment)
            json.optional("Entrypoint", entrypoint)
            json.optional("Cmd", command)
            json.nonEmpty("ArgsEscaped", argsEscaped)
            Self.set("Volumes", volumes, &json)
            json.nonEmpty("WorkingDir", workingDirectory)
            json.nonEmpty("Labels", labels)
            json.nonEmpty("StopSignal", stopSignal)
            json.optional("StopTimeout", stopTimeout)
            json.optional("Healthcheck", healthcheck)
            json.nonEmpty("OnBuild", onBuild)
            json.nonEmpty("Shell", shell)
        }
    }

    /// Go's form of a set: an object with an empty object for each member.
    private static func set(_ key: String, _ members: [String], _ json: inout JSONWriter) {
        guard !members.isEmpty else { return }
        json.object(key) { json in
            for member in members { json.object(member) { _ in } }
        }
    }
}

/// A list of words that old documents also write as one string.
private struct Words: Decodable {
    let words: [String]

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let word = try value.decode(JSONValue.self).string {
            words = [word]
        } else {
            words = try value.decode([String].self)
        }
    }
}

extension JSONValue {
    /// The members of a set in Go's form, in byte order.
    fileprivate var sortedKeys: [String] {
        (object?.keys ?? []).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
