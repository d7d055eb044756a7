// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How one limit reaches one control file, and what is said when it can't. The rules for each version are in V1/ and V2/.

import Glibc
import WharfLinux
import WharfOCI

/// Writes limits into control files.
struct LimitWriter {
    /// The directory of a controller, made when it is used first; nil when the host has no such controller.
    private let place: (String) throws(SyscallError) -> CgroupDirectory?
    /// Whether a running container is changed: what is not given goes by the value in force.
    let isUpdate: Bool
    /// What the kernel has given up, in words for people.
    var warnings: [String] = []

    init(isUpdate: Bool, place: @escaping (String) throws(SyscallError) -> CgroupDirectory?) {
        self.isUpdate = isUpdate
        self.place = place
    }

    /// Where `controller` lives; ENODEV, naming the file that was wanted, when the host lacks it.
    func directory(_ controller: String, for file: String) throws(SyscallError) -> CgroupDirectory {
        guard let directory = try place(controller) else {
            throw SyscallError("cgroup", "controller \(controller) is not available for \(file)", errno: ENODEV)
        }
        return directory
    }

    /// One write. A file that is missing or closed is told with its controller.
    func write(_ controller: String, _ file: String, _ value: some CustomStringConvertible) throws(SyscallError) {
        let directory = try directory(controller, for: file)
        do {
            try directory.write(file, value.description)
        } catch  where error.errno == ENOENT || error.errno == EPERM || error.errno == EACCES {
            throw missing(controller, file, in: directory, error)
        } catch {
            throw SyscallError("cgroup", "\(controller): writing \(value) to \(directory.path / file)", errno: error.errno)
        }
    }

    /// Writes to the first of `files` that the kernel has; names differ with its version and configuration.
    func write(_ controller: String, anyOf files: [String], _ value: some CustomStringConvertible) throws(SyscallError) {
        let directory = try directory(controller, for: files[0])
        try write(controller, files.first { directory.has($0) } ?? files[0], value)
    }

    /// The value in force.
    func read(_ controller: String, _ file: String) throws(SyscallError) -> String {
        let directory = try directory(controller, for: file)
        do { return try directory.read(file) } catch  where error.errno == ENOENT {
            throw missing(controller, file, in: directory, error)
        }
    }

    /// Whether the host's kernel has `file`.
    func has(_ controller: String, _ file: String) throws(SyscallError) -> Bool { try place(controller)?.has(file) ?? false }

    private func missing(
        _ controller: String, _ file: String, in directory: CgroupDirectory, _ error: SyscallError
    ) -> SyscallError {
        // A version 2 directory has the files of the controllers that its parent offers.
        if directory.controllers == ["unified"], let offered = try? directory.read("cgroup.controllers"),
            !offered.utf8.split(separator: UInt8(ascii: " ")).contains(where: { $0.elementsEqual(controller.utf8) })
        {
            return SyscallError("cgroup", "controller \(controller) is not available for \(file) in \(directory.path)", errno: ENODEV)
        }
        return SyscallError("cgroup", "controller \(controller) has no usable \(file) in \(directory.path)", errno: error.errno)
    }

    /// The error for a value that can't be right.
    static func invalid(_ text: String) -> SyscallError { SyscallError("cgroup", text, errno: EINVAL) }

    /// The error for a limit that version 2 has no words for.
    static func onlyV1(_ name: String) -> SyscallError {
        SyscallError("cgroup", "\(name) can't be set on cgroup version 2", errno: EOPNOTSUPP)
    }
}
