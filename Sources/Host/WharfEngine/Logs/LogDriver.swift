// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The log drivers, one file each: what options they take, what the shim is told, what can be read back. A driver is added by a
// file beside this one, its line in `LogDrivers.all`, and, where it does not write files of a known form, its sink in the shim.

public import WharfDockerAPI
public import WharfError
import WharfLinux
import WharfLogs
import WharfShimProtocol

/// The log driver and options of containers that name none, in Docker's words.
public typealias LogDefaults = LogConfig

/// A log driver on the engine's side.
protocol LogDriver: Sendable {
    /// Docker's name.
    var name: String { get }

    /// Checks the options that are its own; those that all drivers have are taken out before.
    ///
    /// - Throws: `invalidArgument` with Docker's text.
    func validate(_ options: [String: String]) throws(WharfError)

    /// What the shim writes at a start.
    ///
    /// - Throws: as `validate`.
    func target(_ record: ContainerRecord, _ directory: ContainerDirectory) throws(WharfError) -> LogTarget

    /// The files that it leaves; nil where nothing can be read back.
    func files(_ record: ContainerRecord, _ directory: ContainerDirectory) -> ContainerLogFiles?
}

/// Where a container's log lies and how it is bounded.
struct ContainerLogFiles: Sendable {
    let path: HostPath
    let format: LogFormat
    let rotation: LogRotation
}

/// All drivers.
enum LogDrivers {
    static let all: [any LogDriver] = [JSONFileLogDriver(), LocalLogDriver(), NoLogDriver()]

    /// For info's `Plugins.Log`.
    static var names: [String] { all.map(\.name) }

    /// - Throws: `invalidArgument` with Docker's text.
    static func driver(_ name: String) throws(WharfError) -> any LogDriver {
        guard let driver = all.first(where: { $0.name == name }) else {
            throw WharfError(.invalidArgument, "logger: no log driver named '\(name)' is registered")
        }
        return driver
    }

    /// Checks a container's log configuration (moby, daemon/logger/factory.go, ValidateLogOpts).
    ///
    /// - Throws: `invalidArgument` with Docker's texts.
    static func validate(_ log: LogConfig) throws(WharfError) {
        let driver = try driver(log.type)
        guard driver.name != NoLogDriver().name else { return }
        _ = try LogMode(log)
        let own = (log.config ?? [:]).filter { !LogMode.options.contains($0.key) }
        try driver.validate(own)
    }
}

extension Containers {
    /// Checks what the daemon is configured with.
    ///
    /// - Throws: `invalidArgument` with Docker's texts.
    public static func logDefaults(driver: String, options: [String: String]) throws(WharfError) -> LogDefaults {
        let log = LogConfig(type: driver, config: options)
        try LogDrivers.validate(log)
        return log
    }

    /// The files of a container's log; nil for a driver that keeps none.
    func logFiles(_ record: ContainerRecord) -> ContainerLogFiles? {
        do throws(WharfError) {
            return try LogDrivers.driver(record.hostConfig.logConfig.type).files(record, directory)
        } catch {
            // A record of a daemon that had the driver.
            return nil
        }
    }
}
