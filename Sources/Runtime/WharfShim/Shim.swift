// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The shim beside one container: what it is doing now, who is connected, and what becomes of signals. Its verbs are in
// Shim+Create, +Start, +Exec, +Requests, +Exit and +Shutdown.

import Glibc
import WharfLinux
import WharfShimProtocol

/// One container's shim.
final class Shim {
    /// What there is.
    enum Phase {
        /// No container; the shim ends at the deadline.
        case empty(deadline: UInt64)
        /// A maker works on it.
        case making
        case live(Container)
        /// The container has ended and its record is on disk.
        case stopped(Stopped)
    }

    /// What is left of a container that has ended.
    struct Stopped {
        let record: ExitRecord
        let state: TaskState
        /// Its control groups are gone.
        var isSwept: Bool
        let exitPath: String
        /// The exit survives a power cut: its file is on the disk, or a daemon has written it down.
        var isSafe: Bool
    }

    /// A child that ended before anybody said what it was.
    private struct Unclaimed {
        let processID: Int32
        let exit: ProcessExit
    }

    /// How long a shim waits for its create request.
    static let patience = Duration.seconds(10)

    let loop: EventLoop
    let hello: Hello
    let socketName: String
    let directory: Descriptor
    private let listener: Descriptor
    private let signals: SignalFD
    private var watches: [Watch] = []
    private var listening: Watch?
    var phase = Phase.empty(deadline: 0)
    var connections: [ShimConnection] = []
    /// Streams of ended processes whose clients have not taken everything.
    var lingering: [ProcessStreams] = []
    /// This process has nothing else to do than to serve `lingering`.
    var endsWhenDrained = false
    /// Children of the loop that still work, by process id.
    private var helpers: [Int32] = []
    /// Ends of processes that a maker may still report.
    private var unclaimed: [Unclaimed] = []
    /// Who waits for the sweep to be told that the shim ends.
    var shutdownRequest: (connection: ShimConnection, id: UInt64)?

    /// Binds the socket, takes the first connection over and says hello on it.
    init(_ arguments: ShimArguments, bootID: String) throws(SyscallError) {
        loop = try EventLoop()
        hello = Hello(containerID: arguments.containerID, bootID: bootID, processID: getpid())
        socketName = arguments.socketName
        directory = arguments.directory
        signals = try SignalFD([SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2])
        listener = try UnixSocket.listen(in: directory, name: socketName)
        watches.append(try loop.watch(signals.descriptor, .readable) { [unowned self] _ in handleSignals() })
        listening = try loop.watch(listener, .readable) { [unowned self] _ in acceptConnections() }
        loop.onQuiet = { [unowned self] in shrink() }
        becomeEmpty()
        connections.append(try ShimConnection(arguments.connection, self, in: loop))
    }

    func run() throws(SyscallError) { try loop.run() }

    /// Waits for a create request, for the first time or after one that failed.
    func becomeEmpty() {
        phase = .empty(deadline: loop.after(Self.patience) { [unowned self] in end() })
    }

    /// Lets go of every daemon, of the socket and of the signals: for a child that only serves clients.
    func closeDoors() {
        for watch in watches { watch.cancel() }
        watches = []
        listening?.cancel()
        listening = nil
        for connection in connections { connection.close() }
        listener.close()
    }

    /// Ends the shim; its socket goes with it.
    func end() {
        // A name that is already gone is as good.
        try? removeTree(in: directory, socketName)
        loop.stop()
    }

    var container: Container? {
        if case .live(let container) = phase { container } else { nil }
    }

    // MARK: Daemons

    private func acceptConnections() {
        do throws(SyscallError) {
            while let socket = try UnixSocket.accept(listener) {
                // The folder is closed to others already; a descriptor that got out of it does not help them either.
                let peer = try UnixSocket.peer(of: socket)
                guard peer.userID == geteuid() || peer.userID == 0 else { continue }
                connections.append(try ShimConnection(socket, self, in: loop))
            }
        } catch {
            // No descriptor or memory is left: the daemon waits in the queue until there is.
            report("connection: \(error)")
            listening?.change(to: nil)
            loop.after(.seconds(1)) { [unowned self] in listening?.change(to: .readable) }
        }
    }

    func connectionClosed(_ connection: ShimConnection) {
        connections.removeAll { $0 === connection }
        if !connections.contains(where: \.acknowledges) { makeExitSafe() }
        // Nobody is left who could want this shim.
        if connections.isEmpty, case .empty = phase { end() }
    }

    /// Whether a daemon listens.
    var isHeard: Bool { connections.contains(where: \.isIntroduced) }

    func tell(_ event: ShimEvent) {
        for connection in connections where connection.isIntroduced { connection.send(.event(event)) }
    }

    // MARK: Children

    /// Runs `work` in a child; see `Helper.run`. The child is known when it is reaped.
    func help(
        _ name: String, keeping kept: [Descriptor] = [], deadline: Duration = .seconds(60),
        work: () throws(ShimFailure) -> (MakerReport, [Descriptor]), completion: @escaping (Helper.Outcome) -> Void
    ) throws(ShimFailure) {
        var pid: Int32 = 0
        let helper = try Helper.run(name, in: loop, keeping: kept, deadline: deadline, work: work) { [unowned self] outcome in
            completion(outcome)
            helpers.removeAll { $0 == pid }
            if helpers.isEmpty { unclaimed = [] }
        }
        pid = helper.processID
        helpers.append(pid)
    }

    private func handleSignals() {
        // Which one it was does not matter: a look for ended children is cheap, and other signals are only taken out of
        // the way, because a shim is ended by its daemon and never by a terminal. A failed read has the same answer.
        _ = try? signals.read()
        reap()
    }

    /// Takes every child that has ended: the container's processes, makers, and orphans that the subreaper got.
    func reap() {
        // An error would mean that there is nobody to reap, which is the end of the list as well.
        while let (pid, exit) = (try? PidFD.reapAny()) ?? nil {
            if let process = container?.process(pid) {
                process.ended(exit)
                processEnded(process)
            } else if !helpers.isEmpty, !helpers.contains(pid) {
                unclaimed.append(Unclaimed(processID: pid, exit: exit))
            }
        }
    }

    /// How a process ended that a maker has only now reported.
    func claimEnd(of pid: Int32) -> ProcessExit? {
        // The newest, should the number have been given twice meanwhile.
        guard let index = unclaimed.lastIndex(where: { $0.processID == pid }) else { return nil }
        return unclaimed.remove(at: index).exit
    }

    /// What the making of the container needed is not needed while it runs.
    func shrinkSoon() { loop.after(.milliseconds(100)) { [weak self] in self?.shrink() } }

    private func shrink() {
        if let container {
            container.initProcess.streams?.shrink()
            for exec in container.execs.values { exec.streams?.shrink() }
        }
        releaseFreeMemory()
        releaseProgramText()
        releaseFreeStack()
    }
}
