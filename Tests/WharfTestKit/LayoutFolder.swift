// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images as folders in OCI's layout, written by hand for tests: for several platforms, with the layers, compressions and
// media types that a test wants. skopeo brings them into a registry as they are.
//
//   oci-layout   index.json   blobs/sha256/<hex>

import Foundation

/// Writes one layout.
public struct LayoutFolder: Sendable {
    /// How a layer's blob is packed.
    public enum Packing: String, Sendable, CaseIterable { case plain, gzip, zstd }

    /// One image of the layout.
    public struct Image: Sendable {
        public var architecture = BusyboxImage.architecture
        /// Tars, the lowest first.
        public var layers: [[UInt8]]
        public var packing = Packing.gzip
        public init(layers: [[UInt8]], architecture: String = BusyboxImage.architecture, packing: Packing = .gzip) {
            self.layers = layers
            self.architecture = architecture
            self.packing = packing
        }
    }

    public let path: String

    public init(_ path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: "\(path)/blobs/sha256", withIntermediateDirectories: true)
        try Data(#"{"imageLayoutVersion":"1.0.0"}"#.utf8).write(to: URL(fileURLWithPath: "\(path)/oci-layout"))
    }

    /// Writes the images under one name: one image alone, several behind an index.
    public func write(_ images: [Image], tag: String) async throws {
        var entries: [String] = []
        for image in images {
            let manifest = try await write(image)
            let platform = #""platform":{"architecture":"\#(image.architecture)","os":"linux"}"#
            entries.append(String(manifest.dropLast()) + ",\(platform)}")
        }
        var top = entries[0]
        if images.count > 1 {
            let type = "application/vnd.oci.image.index.v1+json"
            top = try put(type, Array(#"{"schemaVersion":2,"mediaType":"\#(type)","manifests":[\#(entries.joined(separator: ","))]}"#.utf8))
        }
        let annotated = String(top.dropLast()) + #","annotations":{"org.opencontainers.image.ref.name":"\#(tag)"}}"#
        try Data(#"{"schemaVersion":2,"manifests":[\#(annotated)]}"#.utf8).write(to: URL(fileURLWithPath: "\(path)/index.json"))
    }

    /// A layer of one busybox and some files: what `run` needs.
    public static func busyboxLayer(_ files: [BusyboxImage.File] = []) throws -> [UInt8] { try BusyboxImage(files: files).rootFileSystem() }

    /// A layer of files with bytes that don't compress, the same for the same seed.
    public static func noise(_ path: String, count: Int, seed: UInt64) -> [UInt8] {
        var tar = UstarWriter()
        tar.file(path, noiseBytes(count, seed: seed))
        return tar.finish()
    }

    /// Bytes that don't compress (splitmix64).
    public static func noiseBytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            word ^= word >> 31
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        return Array(bytes.prefix(count))
    }

    /// Writes one image; gives its manifest's descriptor.
    private func write(_ image: Image) async throws -> String {
        var layers: [String] = []
        for layer in image.layers { layers.append(try put(layerType(image), try await pack(layer, image.packing))) }
        let diffIDs = image.layers.map { "\"sha256:\(BusyboxImage.digest($0))\"" }.joined(separator: ",")
        let history = image.layers.map { _ in #"{"created":"2024-02-03T04:05:06Z","created_by":"a layout"}"# }.joined(separator: ",")
        let config = try put(
            "application/vnd.oci.image.config.v1+json",
            Array(
                #"""
                {"architecture":"\#(image.architecture)","os":"linux","created":"2024-02-03T04:05:06Z",
                "config":{"Env":["PATH=/bin"],"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[\#(diffIDs)]},"history":[\#(history)]}
                """#.utf8))
        let type = "application/vnd.oci.image.manifest.v1+json"
        let manifest = #"{"schemaVersion":2,"mediaType":"\#(type)","config":\#(config),"layers":[\#(layers.joined(separator: ","))]}"#
        return try put(type, Array(manifest.utf8))
    }

    private func layerType(_ image: Image) -> String {
        "application/vnd.oci.image.layer.v1.tar" + (image.packing == .plain ? "" : "+\(image.packing)")
    }

    private func pack(_ layer: [UInt8], _ packing: Packing) async throws -> [UInt8] {
        switch packing {
        case .plain: layer
        case .gzip: try await CommandLine.run("gzip", ["-n", "-1"], stdin: layer).expecting(0).stdout
        case .zstd: try await CommandLine.run("zstd", ["-q", "-1"], stdin: layer).expecting(0).stdout
        }
    }

    /// Writes a blob; gives its descriptor.
    private func put(_ type: String, _ bytes: [UInt8]) throws -> String {
        let digest = BusyboxImage.digest(bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/blobs/sha256/\(digest)"))
        return #"{"mediaType":"\#(type)","digest":"sha256:\#(digest)","size":\#(bytes.count)}"#
    }
}
