// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a shim's short-lived child (the maker) tells the loop that forked it: one frame, with descriptors, over a socket
// pair. The loop trusts the maker's bytes no further than these checked fields.

public import WharfLinux

/// The outcome of a create, an exec, or another piece of work that the loop does not do itself.
public struct MakerReport: Sendable, Equatable {
    /// A descriptor that rides on the frame, in the order of `parts`.
    public enum Part: UInt8, Sendable {
        /// A pidfd of the new process, a child of the shim.
        case process = 1
        /// The connection on which init waits for its start.
        case start = 2
        /// The master of the new process's terminal.
        case terminal = 3
    }

    /// The new process's id in the host's namespace; 0 when the work made none.
    public var processID: Int32 = 0
    /// Where the container's control groups are, for the managers of the loop's later children.
    public var cgroupPath = ""
    public var parts: [Part] = []
    /// What could not be applied and is done without.
    public var warnings: [String] = []
    /// Why it failed; everything else is then of no meaning.
    public var failure: ShimFailure?

    public init() {}

    private static let kind: UInt16 = 128

    /// The frame, with one descriptor for each of `parts`.
    public func frame(descriptors: [Descriptor] = []) -> Frame {
        Frame(kind: Self.kind, id: 0, body: body[...], descriptors: descriptors)
    }

    /// Reads a report; the descriptors are as many as its `parts`.
    public init(_ frame: Frame) throws(ShimProtocolError) {
        guard frame.kind == Self.kind else { throw .notIntroduced }
        try self.init(body: frame.body)
        guard parts.count == frame.descriptors.count else {
            throw .missingDescriptors(announced: parts.count, arrived: frame.descriptors.count)
        }
    }
}

extension MakerReport: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: processID = try field.signed()
        case 2: cgroupPath = try field.text()
        case 3:
            guard let part = Part(rawValue: try field.unsigned()) else { throw .outOfRange(field: 3) }
            parts.append(part)
        case 4: warnings.append(try field.text())
        case 5: failure = try field.message()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.signed(1, processID)
        fields.text(2, cgroupPath)
        for part in parts { fields.unsigned(3, part.rawValue) }
        fields.texts(4, warnings)
        fields.message(5, failure)
    }
}
