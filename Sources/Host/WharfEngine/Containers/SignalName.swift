// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Signals as Docker's users write them: `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3`.

import WharfError

/// A signal's number by its name.
enum SignalName {
    /// Reads a name or number.
    ///
    /// - Throws: `invalidArgument`, `invalid signal: …`
    static func parse(_ text: String) throws(WharfError) -> Int32 {
        if let number = Int32(text) {
            guard number > 0, number <= realTimeLast else { throw WharfError(.invalidArgument, "invalid signal: \(text)") }
            return number
        }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = numbers[name] ?? realTime(name) { return number }
        throw WharfError(.invalidArgument, "invalid signal: \(text)")
    }

    /// A container's stop signal: SIGTERM where it has none, or where its image names one that does not exist.
    static func stop(_ name: String) -> Int32 {
        if name.isEmpty { return 15 }
        do { return try parse(name) } catch { return 15 }
    }

    /// `SIGTERM` for 15.
    static func name(_ number: Int32) -> String {
        let aliases: Set<String> = ["IOT", "CLD", "POLL"]
        if let name = numbers.first(where: { $0.value == number && !aliases.contains($0.key) })?.key { return "SIG\(name)" }
        return number >= realTimeFirst ? "SIGRTMIN+\(number - realTimeFirst)" : "signal \(number)"
    }

    /// The first and last real-time signal that the C library leaves to programs.
    private static let realTimeFirst: Int32 = 34
    private static let realTimeLast: Int32 = 64

    private static func realTime(_ name: String) -> Int32? {
        if name == "RTMIN" { return realTimeFirst }
        if name == "RTMAX" { return realTimeLast }
        let number: Int32? =
            if name.hasPrefix("RTMIN+"), let offset = Int32(name.dropFirst(6)), (0...15).contains(offset) {
                realTimeFirst + offset
            } else if name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), (0...14).contains(offset) {
                realTimeLast - offset
            } else {
                nil
            }
        return number
    }

    /// Linux on x86-64 and arm64 (signal(7)).
    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11,
        "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20,
        "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29,
        "PWR": 30, "SYS": 31,
    ]
}
