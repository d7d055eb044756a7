// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/json`: a record in Docker's words. From the view alone, but for `size`.

public import WharfDockerAPI
import WharfJSON
import WharfLinux

extension Containers {
    /// All about a container.
    ///
    /// - Parameter size: also walk its writable layer.
    /// - Throws: `notFound`.
    public func inspect(_ reference: String, size: Bool = false) async throws -> ContainerInspect {
        let record = try table.resolve(reference)
        var inspect = ContainerInspect()
        inspect.id = record.id
        inspect.created = record.created
        inspect.path = record.path
        inspect.arguments = record.arguments
        inspect.state = ContainerState(record.state)
        inspect.state.health = record.health
        inspect.image = record.imageID
        let hasRun = !record.state.hasNeverRun
        inspect.resolvConfPath = hasRun ? directory.resolvConf(record.id).description : ""
        inspect.hostnamePath = hasRun ? directory.hostname(record.id).description : ""
        inspect.hostsPath = hasRun ? directory.hosts(record.id).description : ""
        inspect.logPath = hasRun && record.hostConfig.logConfig.type == "json-file" ? directory.log(record.id).description : ""
        inspect.name = "/" + record.name
        inspect.restartCount = record.restartCount
        inspect.driver = images.driver
        inspect.platform = record.platform
        let running = execs.running(of: record.id)
        inspect.execIDs = running.isEmpty ? nil : running
        inspect.hostConfig = record.hostConfig
        inspect.graphDriver = DriverData(data: nil, name: images.driver)
        inspect.mounts = record.mounts.filter(\.isListed).map(MountPoint.init)
        inspect.config = record.config
        inspect.networkSettings = NetworkSettings(record)
        if size {
            let sizes = try await images.rootSize(record.id, image: record.imageID)
            inspect.sizeRw = sizes.writable
            inspect.sizeRootFs = sizes.total
        }
        return inspect
    }
}

extension ContainerRunState {
    /// Created, whether or not a start was tried.
    var hasNeverRun: Bool {
        if case .created = self { true } else { false }
    }
}

extension ContainerState {
    /// Docker's State object.
    init(_ state: ContainerRunState) {
        self.init()
        status = state.status
        running = state.isActive
        restarting = state.isRestarting
        paused = state.isPaused
        exitCode = Int(state.exitCode)
        error = state.error
        startedAt = state.startedAt
        finishedAt = state.finishedAt
        switch state {
        case .created, .removing: break
        case .running(let running):
            pid = Int(running.pid)
            oomKilled = running.sawOOM
        case .exited(let exited), .restarting(let exited): oomKilled = exited.wasOOMKilled
        case .dead: dead = true
        }
    }
}

extension MountPoint {
    init(_ mount: ContainerMount) {
        self.init()
        type = mount.kind.rawValue
        source = mount.source
        destination = mount.destination
        mode = mount.mode
        readWrite = !mount.isReadOnly
        propagation = mount.propagation
    }
}

extension NetworkSettings {
    /// Until there are networks: the one entry that the mode names, without addresses.
    init(_ record: ContainerRecord) {
        self.init()
        let name = record.networkName
        var endpoint = EndpointSettings()
        if let wanted = record.networking.endpointsConfig?[name] ?? nil { endpoint = wanted }
        networks = [name: endpoint]
        for port in (record.config.exposedPorts ?? [:]).keys where record.state.isRunning { ports[port] = .some(nil) }
    }
}

extension ContainerRecord {
    /// The network that the mode stands for.
    var networkName: String {
        switch hostConfig.networkMode {
        case "", "default": "bridge"
        default: hostConfig.networkMode
        }
    }
}
