// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P5: a program that a container can't change although it can see it as /proc/PID/exe. The file is opened through a
// read-only overlay that nobody else has; where that is not possible, it is copied once into sealed memory.

import CWharfLinux
import Glibc

/// An executable behind a descriptor whose bytes nobody can change through it.
public struct SealedExecutable: Sendable {
    /// For `spawn` and execveat; every process started from it shares one page cache.
    public let descriptor: Descriptor

    /// How it was sealed.
    public enum Method: Sendable, Equatable {
        case overlay
        /// One copy in memory: costs the file's size as long as the descriptor lives.
        case memory
    }
    public let method: Method

    /// Seals the program at a trusted path.
    public init(_ path: HostPath) throws(SyscallError) {
        do {
            descriptor = try SealedExecutable.throughOverlay(path)
            method = .overlay
        } catch {
            descriptor = try SealedExecutable.inMemory(path)
            method = .memory
        }
    }

    /// Seals the calling program itself.
    public static func current() throws(SyscallError) -> SealedExecutable {
        let own = HostPath("/proc/self/exe")
        do throws(SyscallError) {
            return try SealedExecutable(HostPath(try own.readLink()))
        } catch {
            // The file has lost its name, as in an upgrade: its bytes are still behind the link.
            return SealedExecutable(descriptor: try inMemory(own), method: .memory)
        }
    }

    private init(descriptor: Descriptor, method: Method) {
        self.descriptor = descriptor
        self.method = method
    }

    /// A read-only overlay of the program's directory and a second layer (overlay wants two), never attached.
    ///
    /// Only the one file is kept open; the mount lives as long as it.
    static func throughOverlay(_ path: HostPath) throws(SyscallError) -> Descriptor {
        let directory = try HostPath(path).parent.open([.handle, .directory])
        let context = try FileSystemContext(type: "overlay")
        try context.set(.string("source", Array("wharf-sealed".utf8)))
        let name = Array("/proc/self/fd/\(directory.raw)".utf8)
        // The second layer is never looked at: names in the first win. It must not overlap with it, and /dev is there
        // on every host.
        try context.set(.string("lowerdir", name + Array(":/dev".utf8)))
        let mount = try context.mount([.readOnly, .noSetuid, .noDevices])
        let file = try openBeneath(mount.descriptor, path.name, .read)
        guard try file.status().kind == .regular, try file.fileSystemMagic() == FileSystemMagic.overlay else {
            throw SyscallError("openat2", path.description, errno: EINVAL)
        }
        return file
    }

    /// A copy in a memory file with every seal, opened again for reading only.
    static func inMemory(_ path: HostPath) throws(SyscallError) -> Descriptor {
        let source = try path.open(.read)
        guard try source.status().kind == .regular else { throw SyscallError("openat", path.description, errno: EINVAL) }
        let memory = try memoryFile()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBufferPointer { chunk throws(SyscallError) -> Int in
                try source.read(into: UnsafeMutableRawBufferPointer(chunk))
            }
            if count == 0 { break }
            try memory.writeAll(Array(buffer[..<count]))
        }
        try memory.setPermissions(0o555)
        // F_SEAL_SEAL 1, SHRINK 2, GROW 4, WRITE 8, EXEC 0x20 (since 6.3).
        if wharf_add_seals(memory.raw, 0x2f) < 0 { try syscall("fcntl", "F_ADD_SEALS") { wharf_add_seals(memory.raw, 0x0f) } }
        return try HostPath("/proc/self/fd/\(memory.raw)").open(.read)
    }

    private static func memoryFile() throws(SyscallError) -> Descriptor {
        // MFD_CLOEXEC 1, MFD_ALLOW_SEALING 2, MFD_EXEC 0x10 (since 6.3; refused before).
        let number = wharf_memfd_create("wharf-sealed", 0x13)
        if number >= 0 { return Descriptor(owning: number) }
        return Descriptor(owning: try syscall("memfd_create") { wharf_memfd_create("wharf-sealed", 0x3) })
    }
}
