// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where the programs under test are. The scripts say so by environment; by default they are where the two builds of the
// project put them, found from this file.

import Foundation

/// Paths of programs.
public enum Programs {
    /// The folder of Package.swift.
    public static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private static let debug = ProcessInfo.processInfo.environment["WHARF_BIN"] ?? project + "/.build/debug"
    private static let release = ProcessInfo.processInfo.environment["WHARF_STATIC_BIN"] ?? project + "/.build-static/release"

    public static var wharf: String { debug + "/wharf" }
    public static var wharfd: String { debug + "/wharfd" }
    public static var registry: String { debug + "/wharf-registry" }
    public static var shim: String { release + "/wharf-shim" }
    public static var runtime: String { release + "/wharf-runtime" }

    /// Another daemon to run the tests against, so that they are proved on what they compare with: the path of a dockerd
    /// in the variable WHARF_REFERENCE. Only docker's client is driven then, and what is Wharf's own is skipped.
    public static let reference = ProcessInfo.processInfo.environment["WHARF_REFERENCE"]

    /// Whether real containers can be made: root, and both builds are there.
    public static var canRunContainers: Bool {
        geteuid() == 0 && (reference.map { [$0] } ?? [wharf, wharfd, shim]).allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// The two clients that drive the daemon in tests.
public enum Client: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Docker's own, from PATH.
    case docker
    /// Ours.
    case wharf

    /// The clients to test with.
    public static let tested: [Client] = Programs.reference == nil ? allCases : [.docker]

    public var program: String { self == .docker ? "docker" : Programs.wharf }
    public var description: String { rawValue }
}
