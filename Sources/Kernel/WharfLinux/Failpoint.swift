// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Named places where a test lets the process die, fail or stop: right behind what must survive it. Off unless the
// environment arms some when the process starts; then a place costs one load of a global.
//
//   WHARF_FAILPOINTS="image.pull.flush=kill;image.load.record=error;image.push.manifest=delay:5000"

import Glibc

/// Places named noun.verb.step.
public enum Failpoint {
    enum Action: Equatable {
        /// SIGKILL to the process itself.
        case kill
        /// EIO.
        case error
        /// Milliseconds; then it goes on.
        case delay(Int32)
    }

    private static let armed: [String: Action] = getenv("WHARF_FAILPOINTS").map { parse(String(cString: $0)) } ?? [:]
    private static let isArmed = !armed.isEmpty

    /// Does what the environment asks for at this place, which is nothing unless a test asked.
    ///
    /// - Throws: `SyscallError` with EIO for `error`.
    public static func hit(_ name: @autoclosure () -> String) throws(SyscallError) {
        guard isArmed else { return }
        let name = name()
        switch armed[name] {
        case nil: return
        case .kill:
            kill(getpid(), SIGKILL)
            // The signal is on its way; nothing may happen behind this place.
            while true { pause() }
        case .error: throw SyscallError("failpoint", name, errno: EIO)
        case .delay(let milliseconds): poll(nil, 0, milliseconds)
        }
    }

    /// Parts that make no sense are left out: a test that arms nothing finds out at once.
    static func parse(_ text: String) -> [String: Action] {
        var result: [String: Action] = [:]
        for part in text.utf8.split(separator: UInt8(ascii: ";")) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: part[..<equals], as: UTF8.self)
            let action = part[part.index(after: equals)...]
            if action.elementsEqual("kill".utf8) {
                result[name] = .kill
            } else if action.elementsEqual("error".utf8) {
                result[name] = .error
            } else if action.starts(with: "delay:".utf8), let time = Int32(String(decoding: action.dropFirst(6), as: UTF8.self)), time >= 0
            {
                result[name] = .delay(time)
            }
        }
        return result
    }
}
