// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one container of a shim while it lives: from the maker's report to the moment when its end is told.

import WharfCgroups
import WharfLinux
import WharfShimProtocol

/// A container that exists, started or not.
final class Container {
    /// How far it is.
    enum Status {
        /// Init waits on this connection, or, with another runtime, for that one's `start`.
        case created(start: Descriptor?)
        /// Init has been told to go on; the watch is on the same connection.
        case starting
        case running
        case paused
        /// Its program could not be run; init is about to end.
        case failed
    }

    let containerID: String
    let exitPath: String
    let runtime: RuntimeChoice
    /// Where every exec finds the spec, and the filter that comes with it.
    let bundle: String
    let filterCache: String
    let initProcess: TaskProcess
    /// Running ones, and ended ones of which no daemon has heard.
    var execs: [String: TaskProcess] = [:]
    /// Ids of execs that a maker works on.
    var execsBeingMade: Set<String> = []
    var status: Status
    /// The times and numbers that a daemon is told; `status` says how far it really is.
    var facts = TaskState()
    /// Below the hierarchies; empty for none.
    let cgroupPath: String
    /// nil on a host without control groups.
    let cgroups: (any CgroupManager)?
    private let oomWatch: OOMWatch?
    private var oomReports: Watch?
    private var knownKills: UInt64 = 0

    // MARK: The end

    /// No process of the container is left.
    var isEmptied = false
    /// The control groups are gone, or could not be removed.
    var isSwept = false
    /// The second that late output gets has passed.
    var isOutOfTime = false
    /// Set with the record: whether the kernel killed in here for want of memory.
    private(set) var wasOutOfMemory = false
    /// Read when the kernel has killed, before the group goes.
    private(set) var memoryPeak: UInt64 = 0
    private(set) var memoryLimit: UInt64 = 0

    init(_ request: CreateRequest, _ initProcess: TaskProcess, start: Descriptor?, cgroupPath: String) throws(SyscallError) {
        (exitPath, runtime, self.cgroupPath) = (request.exitPath, RuntimeChoice(request), cgroupPath)
        containerID = request.containerID
        (bundle, filterCache) = (request.bundle, request.filterCache)
        self.initProcess = initProcess
        facts.processID = initProcess.processID
        status = .created(start: start)
        if cgroupPath.isEmpty {
            (cgroups, oomWatch) = (nil, nil)
        } else {
            let manager = try Cgroups.manager(path: cgroupPath, hierarchies: .current())
            cgroups = manager
            oomWatch = try manager.watchOOM()
        }
    }

    /// Calls `report` whenever the kernel has killed in here. From now on, so that a fast death is not missed.
    func watchMemory(in loop: EventLoop, _ report: @escaping () -> Void) throws(SyscallError) {
        guard let oomWatch else { return }
        oomReports = try loop.watch(oomWatch.descriptor, .readable) { [weak self] _ in
            oomWatch.drain()
            if self?.learnKills() ?? false { report() }
        }
    }

    /// Reads the count; true when it has risen.
    private func learnKills() -> Bool {
        guard let kills = oomWatch?.killCount(), kills > knownKills else { return false }
        knownKills = kills
        wasOutOfMemory = true
        return true
    }

    /// Init has ended: the last look at the count, before the group goes. True when there is news.
    func stopWatchingMemory() -> Bool {
        oomReports?.cancel()
        oomReports = nil
        let isNews = learnKills()
        // Numbers for people: without them the exit is as true.
        if wasOutOfMemory, let memory = try? cgroups?.stats().memory.usage {
            (memoryPeak, memoryLimit) = (memory.maximum, memory.limit)
        }
        return isNews
    }

    /// What the maker needs for later work on this container.
    var target: MakerTarget {
        MakerTarget(
            containerID: containerID, initProcess: initProcess.process, initProcessID: initProcess.processID, cgroupPath: cgroupPath,
            bundle: HostPath(bundle), filterCache: filterCache.isEmpty ? nil : HostPath(filterCache))
    }

    /// Init (empty) or an exec.
    func process(named id: String) -> TaskProcess? { id.isEmpty ? initProcess : execs[id] }

    func process(_ processID: Int32) -> TaskProcess? {
        // An ended one's number may have been given to somebody else.
        if initProcess.ending == nil, initProcess.processID == processID { return initProcess }
        return execs.values.first { $0.ending == nil && $0.processID == processID }
    }

    var hasStarted: Bool {
        switch status {
        case .created, .starting, .failed: false
        case .running, .paused: true
        }
    }
}
