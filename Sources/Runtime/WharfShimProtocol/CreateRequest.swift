// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What wharfd tells a shim about the container that it is to make. What the container may do stands in the bundle's
// config.json, which only the maker reads.

/// Makes the container, up to the moment before its program runs.
public struct CreateRequest: Sendable, Equatable {
    /// The whole id of the container, as in hello.
    public var containerID = ""
    /// The OCI bundle: a directory with config.json.
    public var bundle = ""
    /// The root file system, mounted by the maker as a detached mount, in order, each on top of the one before.
    public var rootMounts: [RootMount] = []
    public var terminal = false
    /// The terminal's first size; 0 leaves it unset.
    public var rows: UInt16 = 0
    public var columns: UInt16 = 0
    /// Standard input is a pipe (or the terminal) that attached clients write to; otherwise it is /dev/null.
    public var openStdin = false
    /// Standard input ends when the first attached client with stdin ends.
    public var stdinOnce = false
    public var log = LogTarget()
    /// The file that the exit record is written to; empty for none.
    public var exitPath = ""
    /// The OCI runtime program to run in the maker, as an absolute path; empty for the built-in one.
    public var runtime = ""
    /// Clients that are attached from the first byte on; their connections are the frame's descriptors.
    public var attaches: [AttachRequest] = []
    /// The folder of compiled system call filters; empty compiles each time.
    public var filterCache = ""
    /// Since version 2. Arguments for another runtime, before its verb.
    public var runtimeArguments: [String] = []
    /// Since version 2. The folder in which another runtime keeps its state (`--root`).
    public var runtimeRoot = ""

    public init() {}
}

/// One layer of how the root file system comes to be.
public struct RootMount: Sendable, Equatable {
    /// How it is mounted.
    public enum Kind: UInt8, Sendable {
        /// An overlay of `lower` (topmost first) and, when it is to be writable, `upper` and `work`.
        case overlay = 0
        /// The directory `lower[0]` itself.
        case bind = 1
    }

    public var kind = Kind.overlay
    /// Directories, topmost first.
    public var lower: [String] = []
    public var upper = ""
    public var work = ""
    public var readOnly = false
    /// Further options of the file system, as `name` or `name=value`.
    public var options: [String] = []

    public init() {}

    public init(lower: [String], upper: String, work: String, options: [String] = []) {
        (self.lower, self.upper, self.work, self.options) = (lower, upper, work, options)
    }

    public init(bind directory: String, readOnly: Bool = false) {
        kind = .bind
        lower = [directory]
        self.readOnly = readOnly
    }
}

/// Where the output goes besides the attached clients.
public struct LogTarget: Sendable, Equatable {
    /// The format; a number that this version does not know is `none`.
    public enum Driver: UInt8, Sendable {
        case none = 0
        /// Docker's json-file.
        case jsonFile = 1
        /// Docker's local.
        case local = 2
    }

    public var driver = Driver.none
    /// The file that is appended to; rotated ones lie beside it.
    public var path = ""
    /// Rotate before a file would grow over this many bytes; 0 never.
    public var maxSize: UInt64 = 0
    /// How many files to keep, the current one included. Only told: the shim rotates, wharfd expires.
    public var maxFiles: UInt32 = 0
    /// A JSON object that stands in each line (json-file); empty for none.
    public var attributes: [UInt8] = []
    /// Bytes that may wait for the log before output is dropped; 0: output waits for its log.
    public var bufferSize: UInt64 = 0

    public init() {}

    public init(jsonFile path: String, maxSize: UInt64, maxFiles: UInt32) {
        (driver, self.path, self.maxSize, self.maxFiles) = (.jsonFile, path, maxSize, maxFiles)
    }
}

extension CreateRequest: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: containerID = try field.text()
        case 2: bundle = try field.text()
        case 3: rootMounts.append(try field.message())
        case 4: terminal = field.flag
        case 5: rows = try field.unsigned()
        case 6: columns = try field.unsigned()
        case 7: openStdin = field.flag
        case 8: stdinOnce = field.flag
        case 9: log = try field.message()
        case 10: exitPath = try field.text()
        case 11: runtime = try field.text()
        case 12: attaches.append(try field.message())
        case 13: filterCache = try field.text()
        case 14: runtimeArguments.append(try field.text())
        case 15: runtimeRoot = try field.text()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.text(1, containerID)
        fields.text(2, bundle)
        fields.messages(3, rootMounts)
        fields.flag(4, terminal)
        fields.unsigned(5, rows)
        fields.unsigned(6, columns)
        fields.flag(7, openStdin)
        fields.flag(8, stdinOnce)
        fields.message(9, log)
        fields.text(10, exitPath)
        fields.text(11, runtime)
        fields.messages(12, attaches)
        fields.text(13, filterCache)
        fields.texts(14, runtimeArguments)
        fields.text(15, runtimeRoot)
    }
}

extension RootMount: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1:
            guard let known = Kind(rawValue: try field.unsigned()) else { throw .outOfRange(field: 1) }
            kind = known
        case 2: lower.append(try field.text())
        case 3: upper = try field.text()
        case 4: work = try field.text()
        case 5: readOnly = field.flag
        case 6: options.append(try field.text())
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.unsigned(1, kind.rawValue)
        fields.texts(2, lower)
        fields.text(3, upper)
        fields.text(4, work)
        fields.flag(5, readOnly)
        fields.texts(6, options)
    }
}

extension LogTarget: WireMessage {
    mutating func read(_ field: Field) throws(ShimProtocolError) {
        switch field.number {
        case 1: driver = Driver(rawValue: try field.unsigned()) ?? .none
        case 2: path = try field.text()
        case 3: maxSize = try field.unsigned()
        case 4: maxFiles = try field.unsigned()
        case 5: attributes = Array(field.bytes)
        case 6: bufferSize = try field.unsigned()
        default: break
        }
    }

    func write(to fields: inout FieldWriter) {
        fields.unsigned(1, driver.rawValue)
        fields.text(2, path)
        fields.unsigned(3, maxSize)
        fields.unsigned(4, maxFiles)
        fields.bytes(5, attributes)
        fields.unsigned(6, bufferSize)
    }
}
