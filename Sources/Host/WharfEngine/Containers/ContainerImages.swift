// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What containers need of images, and nothing else of them: a reference becomes a configuration, a configuration a root
// file system. `StoredContainerImages` stands behind it; tests put a fake there.

public import WharfOCI
public import WharfShimProtocol

/// An image as a container sees it.
public struct ContainerImage: Sendable, Equatable {
    /// `sha256:…`
    public var id: String
    /// `linux`
    public var platform: String
    /// What its config says about containers.
    public var defaults: ContainerDefaults

    public init(id: String, platform: String, defaults: ContainerDefaults) {
        self.id = id
        self.platform = platform
        self.defaults = defaults
    }
}

/// Images for containers. A root file system has the container's id as its key.
public protocol ContainerImages: Sendable {
    /// The driver's name as inspect and info show it: `overlay2`.
    var driver: String { get }

    /// The id of the image that a reference means now; nil for none. From memory.
    func id(of reference: String) -> String?

    /// Finds an image by name or id.
    ///
    /// - Throws: `notFound` with Docker's text `No such image: x:latest`.
    func resolve(_ reference: String) async throws -> ContainerImage

    /// Makes a writable root file system on top of an image.
    func prepareRoot(_ container: String, image: ContainerImage) async throws

    /// How the maker mounts it.
    func rootMounts(_ container: String) async throws -> [RootMount]

    /// Removes it; one that is not there is no error.
    func removeRoot(_ container: String) async throws

    /// Bytes of the writable layer, and of all layers together.
    func rootSize(_ container: String, image: String) async throws -> (writable: Int64, total: Int64)

    /// The containers that have one, for the reconciler at start.
    func roots() async throws -> [String]
}
