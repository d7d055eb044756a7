// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A system call profile in Docker's form: rules that apply only with or without some capability, architecture or kernel.
// Resolving it for one container gives the plain filter of the OCI runtime spec.

import WharfError
import WharfJSON
import WharfOCI

/// What `--security-opt seccomp=` carries, and Docker's default.
struct SeccompProfile: Sendable, JSONReadable {
    var defaultAction: String
    var defaultErrnoRet: UInt32?
    /// Explicit architectures; excludes `archMap`.
    var architectures: [String] = []
    /// Which further architectures come with a native one.
    var archMap: [ArchitectureMap] = []
    var flags: [String] = []
    var listenerPath = ""
    var listenerMetadata = ""
    var syscalls: [Rule] = []

    init(reading json: JSONFields) throws(JSONError) {
        defaultAction = try json.read("defaultAction")
        defaultErrnoRet = try json.optional("defaultErrnoRet")
        architectures = try json.read("architectures")
        archMap = try json.read("archMap")
        flags = try json.read("flags")
        listenerPath = try json.read("listenerPath")
        listenerMetadata = try json.read("listenerMetadata")
        syscalls = try json.read("syscalls")
    }

    init(defaultAction: String, defaultErrnoRet: UInt32?, archMap: [ArchitectureMap], syscalls: [Rule]) {
        self.defaultAction = defaultAction
        self.defaultErrnoRet = defaultErrnoRet
        self.archMap = archMap
        self.syscalls = syscalls
    }

    /// A native architecture and those whose programs it runs too.
    struct ArchitectureMap: Sendable, JSONReadable {
        var architecture: String
        var subArchitectures: [String]

        init(reading json: JSONFields) throws(JSONError) {
            architecture = try json.read("architecture")
            subArchitectures = try json.read("subArchitectures")
        }

        init(_ architecture: String, _ subArchitectures: [String]) {
            self.architecture = architecture
            self.subArchitectures = subArchitectures
        }
    }

    /// A rule with the circumstances in which it applies.
    struct Rule: Sendable, JSONReadable {
        /// The old single name.
        var name = ""
        var names: [String]
        var action: String
        var errnoRet: UInt32?
        var args: [RuntimeSpec.Seccomp.Condition] = []
        var includes = Circumstances()
        var excludes = Circumstances()

        init(reading json: JSONFields) throws(JSONError) {
            name = try json.read("name")
            names = try json.read("names")
            action = try json.read("action")
            errnoRet = try json.optional("errnoRet")
            args = try json.read("args")
            includes = try json.read("includes")
            excludes = try json.read("excludes")
        }

        init(
            _ names: [String], action: String = "SCMP_ACT_ALLOW", errnoRet: UInt32? = nil, args: [RuntimeSpec.Seccomp.Condition] = [],
            includes: Circumstances = Circumstances(), excludes: Circumstances = Circumstances()
        ) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
            self.includes = includes
            self.excludes = excludes
        }
    }

    /// Capabilities, architectures (Go's names: `amd64`) and the oldest kernel.
    struct Circumstances: Sendable, JSONReadable {
        var caps: [String] = []
        var arches: [String] = []
        var minKernel = ""

        init(reading json: JSONFields) throws(JSONError) {
            caps = try json.read("caps")
            arches = try json.read("arches")
            minKernel = try json.read("minKernel")
        }

        init(caps: [String] = [], arches: [String] = [], minKernel: String = "") {
            self.caps = caps
            self.arches = arches
            self.minKernel = minKernel
        }
    }

    /// Reads the JSON text that a client sends with `--security-opt seccomp=`.
    static func parse(_ text: String) throws(WharfError) -> SeccompProfile {
        do {
            return try JSON.decode(SeccompProfile.self, from: Array(text.utf8))
        } catch {
            throw WharfError(.invalidArgument, "decoding seccomp profile failed: \(error)", cause: error)
        }
    }

    /// Where a container will run.
    struct Target: Sendable {
        /// `CAP_SYS_ADMIN`: the container's bounding set.
        var capabilities: Set<String>
        /// Go's name of the architecture: `amd64`.
        var architecture: String
        /// Of `uname -r`: major and minor.
        var kernel: (Int, Int)
    }

    /// The filter for one container.
    ///
    /// - Throws: `invalidArgument` for a profile that contradicts itself.
    func resolved(for target: Target) throws(WharfError) -> RuntimeSpec.Seccomp {
        guard architectures.isEmpty || archMap.isEmpty else {
            throw WharfError(.invalidArgument, "seccomp profile: use either 'architectures' or 'archMap'")
        }
        var rules: [RuntimeSpec.Seccomp.Rule] = []
        for rule in syscalls {
            guard rule.name.isEmpty || rule.names.isEmpty else {
                throw WharfError(.invalidArgument, "seccomp profile: use either 'name' or 'names' in the rule for \(rule.name)")
            }
            guard applies(rule.includes, target), !isExcluded(rule.excludes, target) else { continue }
            rules.append(
                .init(
                    rule.name.isEmpty ? rule.names : [rule.name], action: rule.action, errnoRet: rule.errnoRet, args: rule.args))
        }
        return RuntimeSpec.Seccomp(
            defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet,
            architectures: architectures.isEmpty ? mapped(target.architecture) : architectures, flags: flags,
            listenerPath: listenerPath, listenerMetadata: listenerMetadata, syscalls: rules)
    }

    private func mapped(_ architecture: String) -> [String] {
        let native = ["amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64", "riscv64": "SCMP_ARCH_RISCV64"][architecture]
        guard let entry = archMap.first(where: { $0.architecture == native }) else { return [] }
        return [entry.architecture] + entry.subArchitectures
    }

    private func applies(_ includes: Circumstances, _ target: Target) -> Bool {
        (includes.arches.isEmpty || includes.arches.contains(target.architecture))
            && includes.caps.allSatisfy { target.capabilities.contains($0) }
            && (includes.minKernel.isEmpty || target.kernel >= Self.version(includes.minKernel))
    }

    private func isExcluded(_ excludes: Circumstances, _ target: Target) -> Bool {
        excludes.arches.contains(target.architecture) || excludes.caps.contains { target.capabilities.contains($0) }
            || (!excludes.minKernel.isEmpty && target.kernel >= Self.version(excludes.minKernel))
    }

    /// `4.8` and `6.18.44-fc`: major and minor, 0 where there is no number.
    static func version(_ text: String) -> (Int, Int) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 2).map { part in
            part.prefix { $0 >= 0x30 && $0 <= 0x39 }.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1_000_000) }
        }
        return (parts.first ?? 0, parts.count > 1 ? parts[1] : 0)
    }
}
