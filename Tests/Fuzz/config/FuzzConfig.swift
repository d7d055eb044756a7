// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// config.json from bytes to what the runtime acts on: decode, write, decode again, check, resolve. Nothing is opened. What
// decodes must survive being written; what the check lets through must hold no byte that the kernel would cut at.

import WharfJSON
import WharfLinux
import WharfOCI
@testable import WharfRuntime

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfig(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    guard let spec = try? RuntimeSpec(json: input.remainder()) else { return 0 }
    let written = JSON.encode(spec)
    guard let again = try? RuntimeSpec(json: written) else {
        expect(false, "what was written can't be read: \(String(decoding: written, as: UTF8.self))")
        return 0
    }
    expect(JSON.encode(again) == written, "writing changed it: \(String(decoding: written, as: UTF8.self))")
    for mount in spec.mounts { _ = MountOptions(mount.options).parameters }
    if let document = spec.linux.seccomp { _ = try? JSON.decode(RuntimeSpec.Seccomp.self, from: document) }
    _ = try? ContainerPlan.capabilities(spec.process.capabilities)
    do throws(RuntimeError) {
        try SpecCheck.check(spec, id: "fuzz")
    } catch {
        expect(!error.text.isEmpty && !error.step.isEmpty, "an error without words")
        expect(error.text.utf8.count < 16_384, "an error of \(error.text.utf8.count) bytes")
        return 0
    }
    let texts = spec.process.args + spec.process.env + [spec.process.cwd, spec.hostname, spec.domainname] + spec.mounts.map(\.destination)
    expect(texts.allSatisfy { !$0.utf8.contains(0) }, "a NUL byte passed the check")
    expect(spec.process.cwd.utf8.first == UInt8(ascii: "/"), "a relative cwd passed the check")
    for key in spec.linux.sysctl.keys { expect(!key.utf8.elementsEqual("kernel.core_pattern".utf8), "a host parameter passed the check") }
    return 0
}
