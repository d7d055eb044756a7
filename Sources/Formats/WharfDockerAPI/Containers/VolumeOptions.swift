// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of a volume mount in the long form.

public import WharfJSON

/// `Mounts[].VolumeOptions`.
public struct VolumeOptions: Sendable, Equatable, Decodable, JSONWritable {
    public var noCopy: Bool = false
    public var labels: [String: String]?
    public var subpath: String = ""
    public var driverConfig: VolumeDriverConfig?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(noCopy: Bool, labels: [String: String]? = nil, subpath: String = "", driverConfig: VolumeDriverConfig? = nil) {
        self.noCopy = noCopy
        self.labels = labels
        self.subpath = subpath
        self.driverConfig = driverConfig
    }

    private enum CodingKeys: String, CodingKey {
        case noCopy = "NoCopy"
        case labels = "Labels"
        case subpath = "Subpath"
        case driverConfig = "DriverConfig"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("NoCopy", noCopy)
            o.nonEmpty("Labels", labels ?? [:])
            o.nonEmpty("Subpath", subpath)
            o.optional("DriverConfig", driverConfig)
        }
    }
}
