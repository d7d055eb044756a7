// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The spec's way out of a bundle's config.json, for programs that read it without knowing JSON.

import WharfJSON

extension RuntimeSpec {
    /// Reads config.json. Throws `JSONError` for bytes that are no spec.
    public init(json document: [UInt8]) throws {
        self = try JSON.decode(RuntimeSpec.self, from: document)
    }
}

extension RuntimeSpec.Process {
    /// Reads a `process` object of its own, as exec has it. Throws `JSONError` for bytes that are none.
    public init(json document: [UInt8]) throws {
        self = try JSON.decode(RuntimeSpec.Process.self, from: document)
    }
}

extension RuntimeSpec.Process {
    /// The object as JSON, for a runtime that is another program.
    public var json: [UInt8] { JSON.encode(self) }
}

extension RuntimeSpec.Resources {
    /// Reads a `linux.resources` object of its own, as update has it. Throws `JSONError` for bytes that are none.
    public init(json document: [UInt8]) throws {
        self = try JSON.decode(RuntimeSpec.Resources.self, from: document)
    }
}
