// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What another runtime says when it fails, in the built-in runtime's terms: the engine derives 127 and 126 from the step
// and the number, whoever did the work.

import Glibc
import WharfLinux
import WharfShimProtocol

extension ShimFailure {
    /// - Parameters:
    ///   - complaint: the last error in the runtime's log; nil when it wrote none.
    ///   - exit: how it ended.
    init(complaint: String?, of program: HostPath, _ exit: ProcessExit) {
        guard let complaint, !complaint.isEmpty else {
            let end =
                switch exit {
                case .exited(let code): "exit status \(code)"
                case .signaled(let signal): "signal \(signal)"
                }
            self.init(step: "runtime", errno: 0, text: "\(displayPath(program.name)) did not terminate successfully: \(end)")
            return
        }
        let text = Self.withoutPreface(complaint, displayPath(program.name))
        let lower = text.lowercased()
        // runc: exec: "x": executable file not found in $PATH. crun 1.8: executable file `x` not found in $PATH; for a file
        // without the right: open executable: Permission denied; for a directory: open executable: Operation not permitted.
        let isOfProgram = ["exec: ", "exec ", "executable file", "open executable"].contains { lower.hasPrefix($0) }
        guard isOfProgram else {
            self.init(step: "runtime", errno: 0, text: text)
            return
        }
        let number: Int32 =
            if lower.contains("is a directory") {
                EISDIR
            } else if lower.contains("permission denied") || lower.contains("operation not permitted") {
                EACCES
            } else if lower.contains("not found") || lower.contains("no such file") {
                ENOENT
            } else if lower.contains("exec format error") {
                ENOEXEC
            } else {
                0
            }
        self.init(step: "exec", errno: number, text: text)
    }

    /// The words that say only that it was a create or an exec; the engine says that itself.
    private static func withoutPreface(_ complaint: String, _ program: String) -> String {
        var rest = complaint[...]
        let verbs = ["create", "start", "run", "exec"]
        let prefaces = verbs.map { "\(program) \($0) failed: " } + verbs.map { "runc \($0) failed: " } + ["exec failed: "]
        for preface in prefaces + ["unable to start container process: "] where rest.utf8.starts(with: preface.utf8) {
            rest = rest.dropFirst(preface.count)
        }
        return String(rest)
    }
}
