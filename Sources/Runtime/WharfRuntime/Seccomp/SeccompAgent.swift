// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The agent of a filter that notifies: a process of the host that answers the container's calls. It gets the listener over
// its unix socket, together with who the process is (OCI runtime spec, config-linux.md, "The Container Process State").

import Glibc
import WharfJSON
import WharfLinux
import WharfOCI

extension SeccompFilter {
    /// Takes the listener out of the process, where it is `number`, and hands it to the agent. `pid` as the host sees it.
    func sendListener(_ number: Int32, of process: PidFD, pid: Int32, state: ContainerState) throws(RuntimeError) {
        let path = HostPath(listenerPath)
        let document = ContainerProcessState(
            ociVersion: state.ociVersion, fds: [ContainerProcessState.listenerName], pid: pid, metadata: listenerMetadata, state: state)
        try step("seccomp", "handing the seccomp listener to \(listenerPath)") { () throws(SyscallError) in
            let listener = try process.copyDescriptor(number)
            let directory = try path.parent.open([.handle, .directory])
            let agent = try UnixSocket.connect(in: directory, name: String(decoding: path.name, as: UTF8.self))
            try UnixSocket.sendAll(JSON.encode(document), descriptors: [listener], to: agent)
        }
    }
}
