// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a user typed, against passwd and group files of an attacker. The files are written below a root on tmpfs and read
// the product's way; a second reading of the same rules, written to be obvious, must agree on every id. An id that appears
// from nowhere, or root for text that is not root's, is a hole.
//
//   input: user NUL passwd NUL group      (byte 1 stands for NUL inside the files)

import Glibc
import WharfLinux

/// A root directory with /etc, made once per run of the program.
private let root: RootFD = {
    var template = Array("/dev/shm/wharf-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { abort() }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
        try (HostPath(folder) / "etc").mkdir()
        return RootFD(try HostPath(folder).openDirectory())
    } catch { abort() }
}()

/// The two files, emptied and written again each time.
private let files: (passwd: Descriptor, group: Descriptor) = {
    do {
        return (try root.create("etc/passwd", permissions: 0o644), try root.create("etc/group", permissions: 0o644))
    } catch { abort() }
}()

private func fill(_ file: Descriptor, _ bytes: [UInt8]) {
    do {
        try file.truncate(to: 0)
        try file.seek(to: 0)
        try file.writeAll(bytes.map { $0 == 1 ? 0 : $0 })
    } catch { abort() }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUsers(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    var input = FuzzInput(data, size)
    let user = String(decoding: input.piece(), as: UTF8.self)
    let passwd = input.piece()
    let group = input.remainder()
    fill(files.passwd, passwd)
    fill(files.group, group)
    let expected = ObviousLookup(passwd: passwd, group: group).resolve(Array(user.utf8))
    do {
        let found = try UserLookup(root).resolve(user)
        guard let expected else {
            expect(false, "\(user.debugDescription) is nobody, but became \(found)")
            return 0
        }
        expect(found.uid == expected.uid && found.gid == expected.gid, "\(user.debugDescription): \(found), not \(expected)")
        expect(found.groups.contains(found.gid), "the primary group is not among the groups: \(found)")
        expect(found.uid <= 0x7fff_ffff && found.gid <= 0x7fff_ffff, "an id beyond 2^31: \(found)")
        expect(Set(found.groups) == expected.groups, "groups \(found.groups), not \(expected.groups)")
    } catch {
        expect(expected == nil, "\(user.debugDescription) is \(expected.map { "\($0)" } ?? ""), but: \(error)")
        expect(error.description.utf8.count < 16_384, "an error of \(error.description.utf8.count) bytes")
    }
    return 0
}
