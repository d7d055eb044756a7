// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One manifest of an image, as list and inspect show it when they are asked for manifests.

public import WharfJSON

/// An element of `Manifests`: an image for one platform, or something that comes along with it.
public struct ImageManifestSummary: Sendable, Equatable, Decodable, JSONWritable {
    /// The manifest's digest.
    public var id: String = ""
    public var descriptor: OCIDescriptor = OCIDescriptor()
    /// Everything below it is here.
    public var available: Bool = false
    public var size: Size = Size()
    /// `image`, `attestation` or `unknown`.
    public var kind: String = "image"
    /// For the kind `image`.
    public var imageData: ImageData?
    /// For the kind `attestation`.
    public var attestationData: AttestationData?

    /// What can be said about an attestation.
    public struct AttestationData: Sendable, Equatable, Decodable, JSONWritable {
        /// The digest of the manifest that it is about.
        public var of: String = ""

        /// All fields.
        public init(of: String) { self.of = of }

        private enum CodingKeys: String, CodingKey { case of = "For" }

        /// Docker's key.
        public func write(to json: inout JSONWriter) { json.object { $0.field("For", of) } }
    }

    /// Bytes.
    public struct Size: Sendable, Equatable, Decodable, JSONWritable {
        /// With unpacked files.
        public var total: Int64 = 0
        /// Blobs alone.
        public var content: Int64 = 0

        /// All fields, in the order of the description.
        public init(total: Int64 = 0, content: Int64 = 0) {
            self.total = total
            self.content = content
        }

        private enum CodingKeys: String, CodingKey {
            case total = "Total"
            case content = "Content"
        }

        /// Docker's keys in the daemon's own order.
        public func write(to json: inout JSONWriter) {
            json.object { o in
                o.field("Content", content)
                o.field("Total", total)
            }
        }
    }

    /// What can be said about a manifest that containers are made of.
    public struct ImageData: Sendable, Equatable, Decodable, JSONWritable {
        public var platform: OCIPlatform = OCIPlatform()
        /// Ids of the containers that use it.
        public var containers: [String] = []
        /// Bytes of its unpacked files.
        public var unpackedSize: Int64 = 0

        /// All fields, in the order of the description.
        public init(platform: OCIPlatform, containers: [String] = [], unpackedSize: Int64 = 0) {
            self.platform = platform
            self.containers = containers
            self.unpackedSize = unpackedSize
        }

        private enum CodingKeys: String, CodingKey {
            case platform = "Platform"
            case containers = "Containers"
            case size = "Size"
        }

        private enum SizeKeys: String, CodingKey { case unpacked = "Unpacked" }

        /// Reads the nested size too.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            platform = try values.decode(OCIPlatform.self, forKey: .platform)
            containers = try values.decode([String].self, forKey: .containers)
            unpackedSize = try values.nestedContainer(keyedBy: SizeKeys.self, forKey: .size).decode(Int64.self, forKey: .unpacked)
        }

        /// Docker's keys in the daemon's own order.
        public func write(to json: inout JSONWriter) {
            json.object { o in
                o.field("Platform", platform)
                o.field("Containers", containers)
                o.object("Size") { $0.field("Unpacked", unpackedSize) }
                // Clients of API 1.47 read it here.
                o.field("UnpackedSize", unpackedSize)
            }
        }
    }

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case descriptor = "Descriptor"
        case available = "Available"
        case size = "Size"
        case kind = "Kind"
        case imageData = "ImageData"
        case attestationData = "AttestationData"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ID", id)
            o.field("Descriptor", descriptor)
            o.field("Available", available)
            o.field("Size", size)
            o.field("Kind", kind)
            o.optional("ImageData", imageData)
            o.optional("AttestationData", attestationData)
        }
    }
}
