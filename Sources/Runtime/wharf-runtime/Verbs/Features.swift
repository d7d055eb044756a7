// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `features`: what may stand in a config.json for this runtime on this host.

import WharfJSON
import WharfLinux
import WharfRuntime

/// The verb.
let featuresVerb = Verb(
    name: "features", summary: "show what this runtime supports", operands: "", count: 0...0,
    description: "Prints the features document of the OCI runtime specification.", flags: []
) { _ in
    // Without the file there are no security modules, or nobody may see them.
    let modules = (try? HostPath("/sys/kernel/security/lsm").read(limit: 4096)) ?? []
    let names = modules.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") }
    let features = RuntimeFeatures(
        hasAppArmor: names.contains { $0.elementsEqual("apparmor".utf8) }, hasSELinux: names.contains { $0.elementsEqual("selinux".utf8) })
    print(indented(JSON.encode(features), by: "    ") + "\n", to: standardOutput)
    return 0
}
