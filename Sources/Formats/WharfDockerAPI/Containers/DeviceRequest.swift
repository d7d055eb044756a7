// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A request for devices that a driver hands out (`--gpus`).

public import WharfJSON

/// `HostConfig.DeviceRequests[]`.
public struct DeviceRequest: Sendable, Equatable, Decodable, JSONWritable {
    public var driver: String = ""
    /// -1 is all.
    public var count: Int = 0
    public var deviceIDs: [String]?
    /// A list of alternatives, each a list that must hold together.
    public var capabilities: [[String]]?
    public var options: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(
        driver: String, count: Int = 0, deviceIDs: [String]? = nil, capabilities: [[String]]? = nil, options: [String: String]? = nil
    ) {
        self.driver = driver
        self.count = count
        self.deviceIDs = deviceIDs
        self.capabilities = capabilities
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case driver = "Driver"
        case count = "Count"
        case deviceIDs = "DeviceIDs"
        case capabilities = "Capabilities"
        case options = "Options"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Driver", driver)
            o.field("Count", count)
            o.field("DeviceIDs", deviceIDs)
            o.field("Capabilities", capabilities)
            o.field("Options", options)
        }
    }
}
