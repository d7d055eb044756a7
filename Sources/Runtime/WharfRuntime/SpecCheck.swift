// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a spec must be before anything is opened for it. The kernel would refuse most of this too, but later and with a
// number instead of words. The texts are runc's where it has one, because tools look for them.

import Glibc
import WharfJSON
import WharfLinux
import WharfOCI

/// Refuses specs that can't be right.
enum SpecCheck {
    /// Checks everything that does not need the host.
    static func check(_ spec: RuntimeSpec, id: String) throws(RuntimeError) {
        guard NameGrammar.isContainerName(id) else { throw invalid("invalid container id \"\(id)\"") }
        guard spec.ociVersion.utf8.starts(with: "1.".utf8) else {
            throw invalid("ociVersion \"\(spec.ociVersion)\" is not supported, only 1.x")
        }
        try check(spec.process)
        if !spec.hostname.isEmpty && !NameGrammar.isHostname(spec.hostname) { throw invalid("invalid hostname \"\(spec.hostname)\"") }
        if spec.domainname.utf8.count > 64 || spec.domainname.utf8.contains(0) { throw invalid("invalid domainname") }
        if !spec.linux.cgroupsPath.isEmpty && !NameGrammar.isCgroupPath(spec.linux.cgroupsPath) {
            throw invalid("invalid cgroupsPath \"\(spec.linux.cgroupsPath)\"")
        }
        for mount in spec.mounts where mount.destination.utf8.isEmpty || mount.destination.utf8.contains(0) {
            throw invalid("a mount of \"\(mount.source)\" has no valid destination")
        }
        try checkPaths(spec)
        if let personality = spec.linux.personality { _ = try ProcessScheduling.domain(personality) }
        if let rdt = spec.linux.intelRdt?.object, !rdt.members.isEmpty {
            throw RuntimeError(step: "spec", errno: ENOTSUP, text: "intelRdt is not supported: resource control groups are not used")
        }
        if let hooks = spec.hooks { try check(hooks) }
        try checkNamespaces(spec)
    }

    private static func check(_ hooks: RuntimeSpec.Hooks) throws(RuntimeError) {
        for moment in RuntimeSpec.HookMoment.allCases {
            for (index, hook) in hooks[moment].enumerated() {
                let name = "\(moment.rawValue) hook #\(index)"
                guard hook.path.utf8.first == UInt8(ascii: "/") else { throw invalid("\(name): the path \"\(hook.path)\" is not absolute") }
                if let timeout = hook.timeout, timeout <= 0 { throw invalid("\(name): the timeout must be greater than 0, not \(timeout)") }
                if ([hook.path] + hook.args + hook.env).contains(where: { $0.utf8.contains(0) }) {
                    throw invalid("\(name) holds a NUL byte")
                }
            }
        }
    }

    private static func checkNamespaces(_ spec: RuntimeSpec) throws(RuntimeError) {
        // A handful: a set would cost more than it saves.
        var seen: [String] = []
        var isNewTime = false
        for namespace in spec.linux.namespaces {
            _ = try NamespacePlan.kind(namespace.type)
            guard !seen.contains(namespace.type) else { throw invalid("the namespace \(namespace.type) is listed twice") }
            seen.append(namespace.type)
            if namespace.path.isEmpty {
                if namespace.type == "time" { isNewTime = true }
            } else if namespace.path.utf8.first != UInt8(ascii: "/") || namespace.path.utf8.contains(0) {
                throw invalid("the path \"\(namespace.path)\" of the \(namespace.type) namespace is not absolute")
            }
        }
        guard seen.contains("mount") else { throw invalid("a container needs a mount namespace of its own") }
        if !spec.hostname.isEmpty && !seen.contains("uts") { throw invalid("unable to set hostname without a private UTS namespace") }
        if !spec.domainname.isEmpty && !seen.contains("uts") { throw invalid("unable to set domainname without a private UTS namespace") }
        try checkTimeOffsets(spec.linux.timeOffsets, isListed: seen.contains("time"), isNew: isNewTime)
        for key in spec.linux.sysctl.keys { try checkParameter(key, namespaces: seen) }
        for (key, value) in spec.linux.sysctl where value.utf8.contains(0) || value.utf8.contains(UInt8(ascii: "\n")) {
            throw invalid("the value of sysctl \"\(key)\" holds a line end or a NUL byte")
        }
    }

    private static func checkTimeOffsets(
        _ offsets: [String: RuntimeSpec.TimeOffset], isListed: Bool, isNew: Bool
    ) throws(RuntimeError) {
        if offsets.isEmpty { return }
        if !isListed { throw invalid("time namespace offsets specified, but time namespace isn't enabled in the config") }
        if !isNew {
            throw invalid("time namespace enabled, but both namespace path and time offsets specified - you may only provide one")
        }
        for (clock, offset) in offsets {
            guard clock == "monotonic" || clock == "boottime" else {
                throw invalid("timeOffsets: unknown clock \"\(clock)\", only monotonic and boottime")
            }
            if offset.nanosecs > 999_999_999 { throw invalid("timeOffsets.\(clock): nanosecs \(offset.nanosecs) is a second or more") }
        }
    }

    static func invalid(_ text: String) -> RuntimeError { RuntimeError(step: "spec", errno: EINVAL, text: text) }
}
