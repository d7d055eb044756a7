// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one error of the runtime: it crosses from init to the maker, from the maker to the shim and from there to wharfd,
// so it is plain data.

public import WharfLinux

/// Why a container or process could not be made or started.
public struct RuntimeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done: `spec`, `cgroup`, `clone`, `rootfs`, `mount`, `user`, `cwd`, `exec`… `exec` means that
    /// everything but the program itself was in order.
    public var step: String
    /// The kernel's number; EINVAL where the spec is at fault.
    public var errno: Int32
    /// For people, complete without the step: what and which.
    public var text: String

    public init(step: String, errno: Int32, text: String) {
        self.step = step
        self.errno = errno
        self.text = text
    }

    /// From a failed call; `what` names the object where the call's own words don't.
    public init(step: String, _ error: SyscallError, _ what: String? = nil) {
        self.init(step: step, errno: error.errno, text: what.map { "\($0): \(error)" } ?? error.description)
    }

    public var description: String { "\(step): \(text)" }
}

/// Runs one step; a failed call becomes the step's error.
@discardableResult
func step<Result>(
    _ name: String, _ what: @autoclosure () -> String? = nil, _ body: () throws(SyscallError) -> Result
) throws(RuntimeError) -> Result {
    do { return try body() } catch { throw RuntimeError(step: name, error, what()) }
}
