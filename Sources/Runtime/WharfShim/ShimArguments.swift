// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a shim is started with: `wharf-shim --id ID --socket NAME`, descriptor 3 the first connection, descriptor 4 the
// directory of shim sockets.

import WharfLinux

/// The arguments, checked.
struct ShimArguments {
    let containerID: String
    /// The name of the shim's socket below `directory`.
    let socketName: String
    /// The daemon's end that it was spawned with.
    let connection: Descriptor
    let directory: Descriptor

    /// nil when the arguments are not those of a shim; then nothing has been taken over.
    init?(_ arguments: [String]) {
        var containerID = ""
        var socketName = ""
        var rest = arguments.dropFirst()[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            if name.utf8.elementsEqual("--id".utf8) {
                containerID = value
            } else if name.utf8.elementsEqual("--socket".utf8) {
                socketName = value
            } else {
                return nil
            }
        }
        guard NameGrammar.isContainerName(containerID), NameGrammar.isContainerName(socketName) else { return nil }
        (self.containerID, self.socketName) = (containerID, socketName)
        connection = Descriptor(owning: 3)
        directory = Descriptor(owning: 4)
    }
}
