// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Names of images: the grammar, Docker's defaults, and what it refuses in which words.

import Testing
import WharfOCI

@Suite("references") struct ReferenceTests {
    private static let hash = "sha256:" + String(repeating: "a", count: 64)

    @Test(
        "full and familiar forms",
        arguments: [
            ("busybox", "docker.io/library/busybox", "busybox"), ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("library/busybox", "docker.io/library/busybox", "busybox"), ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
            ("index.docker.io/library/busybox", "docker.io/library/busybox", "busybox"), ("user/app", "docker.io/user/app", "user/app"),
            ("docker.io/user/app:x", "docker.io/user/app:x", "user/app:x"), ("library/a/b", "docker.io/library/a/b", "library/a/b"),
            ("localhost/app", "localhost/app", "localhost/app"), ("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"),
            ("quay.io/a/b/c", "quay.io/a/b/c", "quay.io/a/b/c"), ("Registry/app", "Registry/app", "Registry/app"),
            ("[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"), ("127.0.0.1/app", "127.0.0.1/app", "127.0.0.1/app"),
            ("a_b/c__d/e-f/g---h/i.j", "docker.io/a_b/c__d/e-f/g---h/i.j", "a_b/c__d/e-f/g---h/i.j"),
            ("app@\(hash)", "docker.io/library/app@\(hash)", "app@\(hash)"),
            ("app:1@\(hash)", "docker.io/library/app:1@\(hash)", "app:1@\(hash)"),
            ("foo:5000", "docker.io/library/foo:5000", "foo:5000"), ("xn--n3h.com/app", "xn--n3h.com/app", "xn--n3h.com/app"),
            ("app:_t.a-g", "docker.io/library/app:_t.a-g", "app:_t.a-g"),
        ])
    func forms(_ text: String, _ full: String, _ familiar: String) throws {
        let reference = try Reference.parse(text)
        #expect(reference.description == full)
        #expect(reference.familiar == familiar)
        #expect(try Reference.parse(reference.description) == reference)
        #expect(try Reference.parse(reference.familiar) == reference)
    }

    @Test("the default tag") func defaultTag() throws {
        #expect(try Reference.parse("busybox").withDefaultTag.familiar == "busybox:latest")
        #expect(try Reference.parse("busybox:1").withDefaultTag.familiar == "busybox:1")
        #expect(try Reference.parse("busybox@\(Self.hash)").withDefaultTag.tag == nil)
        #expect(try Reference.parse("busybox@\(Self.hash)").withDefaultTag.digest?.description == Self.hash)
    }

    @Test(
        "refused names",
        arguments: [
            "", "/", "a/", "/a", "a//b", ":tag", "@", "a:", "a:b:c", "a@b", "a@sha256:abc", "-a", "a-", "a..b", "a._b", "a___b", ".a",
            "a/.b",
            "a b", "a\n", "a\0", "ä", "a\u{301}", "a/b\u{200D}", "localhost:5000x/app", "[::1/app", "[g]/app", "host:/app", "a.b-/app",
            "a:" + String(repeating: "t", count: 129), "app:-x", "app:.x", "foo/bar:baz/qux",
            "a@sha256:" + String(repeating: "A", count: 64),
        ])
    func refused(_ text: String) {
        #expect(throws: ReferenceError.self) { _ = try Reference.parse(text) }
    }

    @Test("words of Docker") func words() {
        func message(_ text: String) -> String? {
            do throws(ReferenceError) {
                _ = try Reference.parse(text)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(message("Foo") == "invalid reference format: repository name (library/Foo) must be lowercase")
        #expect(message("user/Foo:x") == "invalid reference format: repository name (user/Foo) must be lowercase")
        #expect(message("a:b:c") == "invalid reference format")
        #expect(
            message(String(repeating: "b", count: 64))
                == "invalid repository name (\(String(repeating: "b", count: 64))), cannot specify 64-byte hexadecimal strings")
        #expect(message(String(repeating: "z", count: 250)) == "repository name must not be more than 255 characters")
    }

    @Test("a name, an id, the digits of an id") func anyForm() throws {
        let digest = try #require(Digest(Self.hash))
        #expect(try ImageName.parse(Self.hash) == .id(digest))
        #expect(try ImageName.parse(digest.hex) == .id(digest))
        #expect(try ImageName.parse("aaaa") == .reference(Reference.parse("aaaa:latest")))
    }
}

@Suite("digests") struct DigestTests {
    @Test("accepted") func accepted() {
        let hex = String(repeating: "0123456789abcdef", count: 4)
        #expect(Digest("sha256:\(hex)")?.hex == hex)
        #expect(Digest("sha512:\(hex)\(hex)")?.algorithm == .sha512)
        #expect(Digest("sha256:\(hex)")?.short == "0123456789ab")
        #expect(Digest(hash: [UInt8](repeating: 0xAB, count: 32))?.hex == String(repeating: "ab", count: 32))
    }

    @Test(
        "refused",
        arguments: [
            "", "sha256:", "sha256", ":abc", "sha256:" + String(repeating: "a", count: 63), "sha256:" + String(repeating: "a", count: 65),
            "sha256:" + String(repeating: "A", count: 64), "md5:" + String(repeating: "a", count: 32),
            "sha512:" + String(repeating: "a", count: 64),
            "sha256:" + String(repeating: "a", count: 63) + "/", "SHA256:" + String(repeating: "a", count: 64),
            "sha256:../" + String(repeating: "a", count: 61),
        ])
    func refused(_ text: String) { #expect(Digest(text) == nil) }
}

@Suite("platforms") struct PlatformTests {
    @Test(
        "spellings",
        arguments: [
            ("linux/amd64", "linux/amd64"), ("amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("linux/arm64", "linux/arm64/v8"),
            ("aarch64", "linux/arm64/v8"), ("linux/arm", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"), ("armhf", "linux/arm/v7"),
            ("windows/amd64", "windows/amd64"), ("Linux/AMD64", "linux/amd64"),
        ])
    func spellings(_ text: String, _ shown: String) { #expect(Platform(text)?.description == shown) }

    @Test("refused", arguments: ["", "/", "linux/", "a/b/c/d", "linux/am d64", "linux/ä"]) func refused(_ text: String) {
        #expect(Platform(text) == nil)
    }

    @Test("matching") func matching() throws {
        let arm = try #require(Platform("linux/arm64"))
        #expect(arm.matches(Platform(architecture: "arm64")))
        #expect(arm.matches(Platform(architecture: "aarch64", variant: "v8")))
        #expect(!arm.matches(Platform(architecture: "amd64")))
        #expect(!arm.matches(Platform(os: "windows", architecture: "arm64")))
        #expect(try !#require(Platform("linux/arm/v6")).matches(Platform(architecture: "arm", variant: "v7")))
    }
}
