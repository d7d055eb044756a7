// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths of a spec that name nothing, or that the kernel would cut at a NUL byte and take for another place.

import WharfOCI

extension SpecCheck {
    static func checkPaths(_ spec: RuntimeSpec) throws(RuntimeError) {
        if spec.root.path.utf8.contains(0) { throw invalid("root.path holds a NUL byte") }
        for (index, device) in spec.linux.devices.enumerated() { try checkPath(device.path, "linux.devices[\(index)].path") }
        for (index, path) in spec.linux.maskedPaths.enumerated() { try checkPath(path, "linux.maskedPaths[\(index)]") }
        for (index, path) in spec.linux.readonlyPaths.enumerated() { try checkPath(path, "linux.readonlyPaths[\(index)]") }
    }

    private static func checkPath(_ path: String, _ field: String) throws(RuntimeError) {
        if path.isEmpty { throw invalid("\(field) is empty") }
        if path.utf8.contains(0) { throw invalid("\(field) \"\(path)\" holds a NUL byte") }
    }
}
