// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What Docker does, as a struct of nouns. Each route group of WharfAPI gets the one or two that it needs. Made once,
// in wharfd's Composition.

/// The nouns of the engine.
public struct Engine: Sendable {
    public let containers: Containers
    public let exec: Execs
    public let images: Images
    public let events: Events
    public let system: HostSystem

    public init(containers: Containers, exec: Execs, images: Images, events: Events, system: HostSystem) {
        self.containers = containers
        self.exec = exec
        self.images = images
        self.events = events
        self.system = system
    }
}
