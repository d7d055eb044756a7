// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a push says when not all platforms of an image are here: docker's client draws a note from it.

public import WharfJSON

/// The `aux` of a push that sent one image in the place of an index (Docker 27's auxprogress).
public struct PushedInsteadOfIndex: Sendable, Equatable, JSONWritable {
    /// What the name means here.
    public var original: OCIDescriptor
    /// What was sent.
    public var selected: OCIDescriptor

    /// All fields, in the order of the wire.
    public init(original: OCIDescriptor, selected: OCIDescriptor) {
        self.original = original
        self.selected = selected
    }

    /// Docker's keys.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("manifestPushedInsteadOfIndex", true)
            o.field("originalIndex", original)
            o.field("selectedManifest", selected)
        }
    }

    /// The same as a value of an `aux`; nil is none.
    public var value: JSONValue? {
        // What was just written can be read.
        try? JSON.parse(JSON.encode(self))
    }

    /// Reads an `aux`; nil for one of another kind.
    public init?(_ aux: JSONValue) {
        guard aux["manifestPushedInsteadOfIndex"]?.bool == true, let original = aux["originalIndex"],
            let selected = aux["selectedManifest"],
            let first = try? JSON.decode(OCIDescriptor.self, from: original),  // another kind
            let second = try? JSON.decode(OCIDescriptor.self, from: selected)
        else { return nil }
        self.init(original: first, selected: second)
    }
}
