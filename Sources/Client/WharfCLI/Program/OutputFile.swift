// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A file that the user wants something written to (`-o`): checked before the daemon begins, and whole when it appears.

import Glibc
import WharfClient
import WharfLinux

/// The place of a download.
struct OutputFile: Sendable {
    private let target: HostPath
    private let failure: String

    /// - Parameter failure: what docker puts in front of the reason: `failed to save image`.
    /// - Throws: for a place that can't be written to.
    init(_ text: String, failing failure: String) throws {
        target = HostPath(text)
        self.failure = failure
        do { _ = try target.parent.status() } catch {
            throw ExitError("\(failure): invalid output path: stat \(target.parent): \(error.reason)")
        }
        // Nothing is there: it will be made.
        guard let status = try? target.status() else { return }
        switch status.kind {
        case .regular: return
        case .directory: throw ExitError("\(failure): cannot write to a directory")
        case .characterDevice: throw ExitError("\(failure): cannot write to a character device file")
        case .blockDevice: throw ExitError("\(failure): cannot write to a block device file")
        case .fifo: throw ExitError("\(failure): cannot write to a named pipe file")
        default: throw ExitError("\(failure): cannot write to \(target)")
        }
    }

    /// Under another name first: whoever finds the file finds it whole.
    func write(_ stream: ByteStream) async throws {
        let temporary = target.parent / (Array(".".utf8) + target.name + Array(".\(getpid()).tmp".utf8))
        do {
            let file = try temporary.open([.write, .create, .exclusive, .noFollow], permissions: 0o600)
            do {
                for try await chunk in stream { try file.writeAll(chunk) }
                try temporary.rename(to: target)
            } catch {
                try? temporary.unlink()  // The error that led here is the one to tell.
                throw error
            }
        } catch let error as SyscallError {
            throw ExitError("\(failure): \(error)")
        }
    }
}
