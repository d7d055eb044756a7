// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of the form `a:b:c` for devices, their limits, resource limits and GPUs.

import WharfDockerAPI

/// Reads device-like options.
enum DeviceSpecs {
    /// `/dev/x[:/dev/y][:rwm]`; `/dev/x:rw` has permissions behind the first colon. Docker's refusals.
    static let device: @Sendable (String) throws(InvalidValue) -> DeviceMapping = { text throws(InvalidValue) in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts[0].isEmpty else { throw InvalidValue(reason: "bad format for path: \(text)") }
        let hasModeOnly = parts.count == 2 && isMode(parts[1])
        let inside = parts.count == 1 || hasModeOnly ? parts[0] : parts[1]
        if parts.count == 3, !isMode(parts[2]) { throw InvalidValue(reason: "bad mode specified: \(parts[2])") }
        guard inside.hasPrefix("/") else { throw InvalidValue(reason: "\(inside) is not an absolute path") }
        return DeviceMapping(
            pathOnHost: parts[0], pathInContainer: inside, cgroupPermissions: parts.count == 3 ? parts[2] : hasModeOnly ? parts[1] : "rwm")
    }

    /// `c 1:3 rwm`, with `*` for any number.
    static let cgroupRule: @Sendable (String) throws(InvalidValue) -> String = { text throws(InvalidValue) in
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let numbers = words.count == 3 ? words[1].split(separator: ":", omittingEmptySubsequences: false) : []
        let areNumbers = numbers.count == 2 && numbers.allSatisfy { $0 == "*" || !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }
        guard areNumbers, ["a", "b", "c"].contains(words[0]), (1...3).contains(words[2].utf8.count),
            words[2].utf8.allSatisfy({ "rwm".utf8.contains($0) })
        else { throw InvalidValue(reason: "invalid device cgroup format '\(text)'") }
        return text
    }

    private static func isMode(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 3 && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
    }

    private static let limitNames: Set<String> = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime",
        "sigpending", "stack",
    ]

    /// `nofile=1024[:2048]`; -1 is no limit.
    static let ulimit: @Sendable (String) throws(InvalidValue) -> Ulimit = { text throws(InvalidValue) in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw InvalidValue(reason: "invalid ulimit argument: \(text)") }
        guard limitNames.contains(parts[0]) else { throw InvalidValue(reason: "invalid ulimit type: \(parts[0])") }
        let limits = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard limits.count <= 2 else {
            throw InvalidValue(reason: "too many limit value arguments - \(parts[1]), can only have up to two, `soft[:hard]`")
        }
        let soft = try parseInt(limits[0])
        let hard = limits.count == 2 ? try parseInt(limits[1]) : soft
        if hard != -1, soft == -1 {
            throw InvalidValue(
                reason: "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: \(hard)")
        }
        guard hard == -1 || soft <= hard else {
            throw InvalidValue(reason: "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
        }
        return Ulimit(name: parts[0], hard: hard, soft: soft)
    }

    /// `/dev/sda:500`
    static let weight: @Sendable (String) throws(InvalidValue) -> WeightDevice = { text throws(InvalidValue) in
        let (path, value) = try pair(text)
        guard let weight = UInt16(value), weight == 0 || (10...1000).contains(weight) else {
            throw InvalidValue(reason: "invalid weight for device: \(text)")
        }
        return WeightDevice(path: path, weight: weight)
    }

    /// `/dev/sda:1mb`
    static let bytesRate: @Sendable (String) throws(InvalidValue) -> ThrottleDevice = { text throws(InvalidValue) in
        let (path, value) = try pair(text)
        guard case .success(let rate) = ByteSize.parse(value) else {
            throw InvalidValue(
                reason:
                    "invalid rate for device: \(text). The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. "
                    + "Unit is optional and can be kb, mb, or gb")
        }
        return ThrottleDevice(path: path, rate: UInt64(rate))
    }

    /// `/dev/sda:1000`
    static let operationsRate: @Sendable (String) throws(InvalidValue) -> ThrottleDevice = { text throws(InvalidValue) in
        let (path, value) = try pair(text)
        guard let rate = UInt64(value) else {
            throw InvalidValue(
                reason: "invalid rate for device: \(text). The correct format is <device-path>:<number>. Number must be a positive integer")
        }
        return ThrottleDevice(path: path, rate: rate)
    }

    private static func pair(_ text: String) throws(InvalidValue) -> (String, String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw InvalidValue(reason: "bad format: \(text)") }
        guard parts[0].hasPrefix("/dev/") else { throw InvalidValue(reason: "bad format for device path: \(text)") }
        return (parts[0], parts[1])
    }

    /// `all`, `2`, `device=0` with `driver`, `capabilities`, `options` and `count` as other keys.
    static let gpus: @Sendable (String) throws(InvalidValue) -> DeviceRequest = { text throws(InvalidValue) in
        guard !text.isEmpty else { throw InvalidValue(reason: "EOF") }
        var request = DeviceRequest(driver: "", count: 1, deviceIDs: nil, capabilities: [["gpu"]], options: [:])
        var hasCount = false
        for field in CommaFields.split(text) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let (key, value) = parts.count == 2 ? (parts[0], parts[1]) : ("count", parts[0])
            let list = value.split(separator: ",").map(String.init)
            switch key {
            case "count":
                guard let count = value == "all" ? -1 : Int(value) else {
                    throw InvalidValue(reason: "invalid count (\(value)): value must be either \"all\" or an integer")
                }
                request.count = count
                hasCount = true
            case "driver": request.driver = value
            case "device":
                request.deviceIDs = list
                if !hasCount { request.count = 0 }
            case "capabilities": request.capabilities = [list.contains("gpu") ? list : list + ["gpu"]]
            case "options": request.options = EnvironmentFile.map(list)
            default: throw InvalidValue(reason: "unexpected key '\(key)' in '\(field)'")
            }
        }
        return request
    }
}

/// One line of comma-separated values, as `--mount` and `--gpus` take: a field may stand in double quotes.
enum CommaFields {
    /// The fields without their quotes.
    static func split(_ text: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var rest = Array(text)[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                field.append("\"")
                rest.removeFirst()
            case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        return fields + [field]
    }
}
