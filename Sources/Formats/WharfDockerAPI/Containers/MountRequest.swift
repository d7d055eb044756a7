// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A mount asked for in the long form (`--mount`).

public import WharfJSON

/// `HostConfig.Mounts[]` (API description: Mount).
public struct MountRequest: Sendable, Equatable, Decodable, JSONWritable {
    /// `bind`, `volume`, `tmpfs`, `image`.
    public var type: String = ""
    /// Host path, volume name or image.
    public var source: String = ""
    /// Path in the container.
    public var target: String = ""
    public var readOnly: Bool = false
    public var consistency: String = ""
    public var bindOptions: BindOptions?
    public var volumeOptions: VolumeOptions?
    public var imageOptions: ImageMountOptions?
    public var tmpfsOptions: TmpfsOptions?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case consistency = "Consistency"
        case bindOptions = "BindOptions"
        case volumeOptions = "VolumeOptions"
        case imageOptions = "ImageOptions"
        case tmpfsOptions = "TmpfsOptions"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Type", type)
            o.nonEmpty("Source", source)
            o.nonEmpty("Target", target)
            o.nonEmpty("ReadOnly", readOnly)
            o.nonEmpty("Consistency", consistency)
            o.optional("BindOptions", bindOptions)
            o.optional("VolumeOptions", volumeOptions)
            o.optional("ImageOptions", imageOptions)
            o.optional("TmpfsOptions", tmpfsOptions)
        }
    }
}
