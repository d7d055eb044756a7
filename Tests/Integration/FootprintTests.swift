// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container costs beside itself: the two small programs are static, and a shim's own memory is small.

import Foundation
import Testing
import WharfTestKit

extension Integration {
    @Suite("Footprint", .containers, .enabled(if: Programs.reference == nil))
    struct FootprintTests {
        @Test("wharf-shim and wharf-runtime need no loader", arguments: [Programs.shim, Programs.runtime])
        func isStatic(program: String) throws {
            let types = try ELF.segmentTypes(of: program)
            #expect(types.contains(ELF.load))
            #expect(!types.contains(ELF.interpreter), "\(program) has a PT_INTERP")
            // The reader sees one where there is one.
            #expect(try ELF.segmentTypes(of: Programs.wharfd).contains(ELF.interpreter))
        }

        @Test("ten shims with idle containers: at most 600 KB each by proportion, 150 KiB private dirty")
        func memory() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                var shims: [pid_t] = []
                for _ in 0..<10 { shims.append(try await daemon.shim(of: try await daemon.runBeside(.docker, "idle"))) }
                // What a start needed is given back a moment later.
                let usage = try await eventually(within: .seconds(5), "the shims have come to rest") { [shims] in
                    let usage = try shims.map { try Rollup(process: $0) }
                    return usage.allSatisfy { $0.privateDirty <= 160 } && usage.map(\.proportional).reduce(0, +) / usage.count <= 586
                        ? usage : nil
                }
                let mean = usage.map(\.proportional).reduce(0, +) / usage.count
                print("shims: mean PSS \(mean) KiB, private dirty \(usage.map(\.privateDirty)) KiB")
                // 600 KB are 586 KiB.
                #expect(mean <= 586)
                #expect(usage.map(\.privateDirty).reduce(0, +) / usage.count <= 150, "\(usage.map(\.privateDirty))")
                let threads = try shims.map { try FileManager.default.contentsOfDirectory(atPath: "/proc/\($0)/task").count }
                #expect(threads.allSatisfy { $0 == 1 })
            }
        }
    }
}

/// What /proc/PID/smaps_rollup says, in KiB.
private struct Rollup {
    let proportional: Int
    let privateDirty: Int

    init(process: pid_t) throws {
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        func value(_ name: String) throws -> Int {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
                let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
            else { throw TestFailure("no \(name) in smaps_rollup of \(process)") }
            return number
        }
        proportional = try value("Pss")
        privateDirty = try value("Private_Dirty")
    }
}

/// The program headers of a 64-bit little-endian ELF file.
private enum ELF {
    static let load: UInt32 = 1
    static let interpreter: UInt32 = 3

    static func segmentTypes(of path: String) throws -> [UInt32] {
        guard let data = FileManager.default.contents(atPath: path), data.prefix(4) == Data([0x7f, 0x45, 0x4c, 0x46]) else {
            throw TestFailure("\(path) is no ELF file")
        }
        func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
            data.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
        }
        let (offset, size, count) = (number(UInt64.self, at: 32), number(UInt16.self, at: 54), number(UInt16.self, at: 56))
        return (0..<Int(count)).map { number(UInt32.self, at: Int(offset) + $0 * Int(size)) }
    }
}
