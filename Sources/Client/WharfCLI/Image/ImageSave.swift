// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf save`, `wharf image save`: images as an archive for `wharf load`.

import Glibc
import WharfClient
import WharfDockerAPI
import WharfLinux

/// Saves images.
enum ImageSave {
    static let output = Flag.text("output", "o", "Write to a file, instead of STDOUT")
    static let platform = Flag.list(
        "platform", nil,
        "Save only the given platform(s). Formatted as a comma-separated list of \"os[/arch[/variant]]\" (e.g., \"linux/amd64,linux/arm64/v8\")",
        value: "strings")

    static let command = Command(
        name: "save", usage: "[OPTIONS] IMAGE [IMAGE...]",
        summary: "Save one or more images to a tar archive (streamed to STDOUT by default)", aliases: ["wharf image save", "wharf save"],
        operands: .atLeast(1), flags: [output, platform]
    ) { call in
        let wanted = try PlatformText.parse(list: call[platform])
        guard !call[output].isEmpty else {
            guard !LocalTerminal.outputIsTerminal else {
                throw ExitError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
            }
            for try await chunk in try await call.client.saveImages(call.operands, platforms: wanted) {
                call.console.write(chunk, to: .standard)
            }
            return 0
        }
        let target = try target(call[output])
        let stream = try await call.client.saveImages(call.operands, platforms: wanted)
        do { try await write(stream, to: target) } catch let error as SyscallError {
            throw ExitError("failed to save image: \(error)")
        }
        return 0
    }

    /// Checks the place before the daemon begins.
    private static func target(_ text: String) throws -> HostPath {
        let path = HostPath(text)
        do { _ = try path.parent.status() } catch {
            throw ExitError("failed to save image: invalid output path: stat \(path.parent): \(error.reason)")
        }
        // Nothing is there: it will be made.
        guard let status = try? path.status() else { return path }
        switch status.kind {
        case .regular: return path
        case .directory: throw ExitError("failed to save image: cannot write to a directory")
        case .characterDevice: throw ExitError("failed to save image: cannot write to a character device file")
        case .blockDevice: throw ExitError("failed to save image: cannot write to a block device file")
        case .fifo: throw ExitError("failed to save image: cannot write to a named pipe file")
        default: throw ExitError("failed to save image: cannot write to \(path)")
        }
    }

    /// Under another name first: whoever finds the file finds it whole.
    private static func write(_ stream: ByteStream, to target: HostPath) async throws {
        let temporary = target.parent / (Array(".".utf8) + target.name + Array(".\(getpid()).tmp".utf8))
        let file = try temporary.open([.write, .create, .exclusive, .noFollow], permissions: 0o600)
        do {
            for try await chunk in stream { try file.writeAll(chunk) }
            try temporary.rename(to: target)
        } catch {
            try? temporary.unlink()  // The error that led here is the one to tell.
            throw error
        }
    }
}
