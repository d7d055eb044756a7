// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A profile from config.json to the kernel's program, and what that program answers. Bytes either are the JSON itself or
// choose rules from a table (which reaches deep filters much sooner). The program runs in an interpreter that, like the
// kernel, takes no jump out of bounds; its verdicts must be those that the profile's words mean.

import WharfJSON
import WharfLinux
import WharfOCI
@testable import WharfRuntime

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSeccomp(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    if input.byte() & 1 == 0 {
        compileText(input.remainder())
        return 0
    }
    let profile = chosenProfile(&input)
    guard let document = try? JSON.parse(JSON.encode(profile)), let again = try? JSON.decode(RuntimeSpec.Seccomp.self, from: document)
    else {
        expect(false, "a profile that can't be read again")
        return 0
    }
    expect(again == profile, "reading changed the profile")
    guard let program = try? SeccompCompiler.compile(profile) else {
        expect(profile.syscalls.contains { $0.args.contains { $0.index > 5 } }, "a legal profile is refused: \(profile)")
        return 0
    }
    let instructions = FilterRun(program)
    expect(instructions.isSound, "the kernel would refuse this program of \(program.count / 8) instructions")
    for call in calls(of: profile, &input) {
        let verdict = instructions.verdict(on: call)
        let meant = meaning(of: profile, call)
        expect(verdict == meant, "\(call): \(String(verdict, radix: 16)), not \(String(meant, radix: 16)); \(profile)")
    }
    return 0
}

/// Whatever the text is, compiling it ends, and what comes out is a sound program.
private func compileText(_ text: [UInt8]) {
    guard let document = try? JSON.parse(text), let profile = try? JSON.decode(RuntimeSpec.Seccomp.self, from: document) else { return }
    // A long list is a matter of time only.
    guard profile.syscalls.reduce(0, { $0 + $1.names.count + $1.args.count }) < 200 else { return }
    do throws(SeccompError) {
        let program = try SeccompCompiler.compile(profile)
        expect(FilterRun(program).isSound, "the kernel would refuse the program")
    } catch {
        expect(!error.description.isEmpty && error.description.utf8.count < 16_384, "an error of \(error.description.utf8.count) bytes")
    }
}
