// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The hooks of a container: who runs them when. `createContainer` runs prestart and createRuntime, init runs createContainer
// and startContainer, and whoever starts and removes the container runs poststart and poststop.

import Glibc
import WharfLinux
public import WharfOCI

/// Runs hooks one after the other.
public enum Hooks {
    /// Runs hooks in their order. The first that fails ends it: the error says which one and what it said.
    ///
    /// Only for a single-threaded process, whose children the hooks are. They get the state on their standard input, the
    /// arguments and the environment of the spec and nothing else.
    public static func run(
        _ hooks: [RuntimeSpec.Hook], state: ContainerState, at moment: RuntimeSpec.HookMoment
    ) throws(RuntimeError) {
        try run(hooks, state: state, at: moment, while: nil)
    }

    /// Runs all hooks, also behind one that failed, and answers what went wrong: for poststop, where nothing is left to undo.
    public static func runAll(_ hooks: [RuntimeSpec.Hook], state: ContainerState, at moment: RuntimeSpec.HookMoment) -> [String] {
        var failures: [String] = []
        for (index, hook) in hooks.enumerated() {
            do {
                try HookProcess(hook, state: state, at: moment).run(while: nil)
            } catch {
                failures.append(named(error, index, moment).text)
            }
        }
        return failures
    }

    /// As the public one; the end of `owner`'s other side ends the hook and throws.
    static func run(
        _ hooks: [RuntimeSpec.Hook], state: ContainerState, at moment: RuntimeSpec.HookMoment, while owner: Descriptor?
    ) throws(RuntimeError) {
        for (index, hook) in hooks.enumerated() {
            do {
                try HookProcess(hook, state: state, at: moment).run(while: owner)
            } catch {
                throw named(error, index, moment)
            }
        }
    }

    private static func named(_ error: RuntimeError, _ index: Int, _ moment: RuntimeSpec.HookMoment) -> RuntimeError {
        RuntimeError(step: "hook", errno: error.errno, text: "error running \(moment.rawValue) hook #\(index): \(error.text)")
    }
}
