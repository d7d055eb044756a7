// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Container ids and names: made, checked. A generated name is two words, as people know it from Docker; the words
// are our own.

import WharfError

/// A container's id: 64 lower-case hexadecimal digits.
enum ContainerID {
    /// 256 random bits. The first twelve digits become the host name, which must not look like a number.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        while true {
            var text: [UInt8] = []
            text.reserveCapacity(64)
            for _ in 0..<4 {
                let word = generator.next()
                for shift in stride(from: 60, through: 0, by: -4) { text.append(digits[Int(word >> UInt64(shift) & 15)]) }
            }
            if text.prefix(12).contains(where: { $0 > 0x39 }) { return String(decoding: text, as: UTF8.self) }
        }
    }

    /// The twelve digits that people see.
    static func short(_ id: String) -> String { String(id.prefix(12)) }

    /// Only hexadecimal digits, at most 64: what may be the beginning of an id.
    static func isPrefix(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

/// A container's name, without the slash that Docker puts before it.
enum ContainerName {
    /// Docker's grammar for names of containers, networks and volumes.
    static let allowed = "[a-zA-Z0-9][a-zA-Z0-9_.-]"

    /// Checks what a user wrote, with or without the leading slash.
    ///
    /// - Throws: `invalidArgument` with Docker's text.
    static func validate(_ text: String) throws(WharfError) -> String {
        let name = text.utf8.first == UInt8(ascii: "/") ? String(text.utf8.dropFirst()) ?? "" : text
        guard isValid(name) else {
            throw WharfError(.invalidArgument, "Invalid container name (\(text)), only \(allowed) are allowed")
        }
        return name
    }

    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`
    static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard bytes.count >= 2, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.dropFirst().allSatisfy { isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D }
    }

    /// Two words, and a digit when the first tries were taken.
    static func generate(attempt: Int) -> String {
        let pair = (adjectives.randomElement() ?? "plain") + "_" + (surnames.randomElement() ?? "noether")
        return attempt == 0 ? pair : pair + String(Int.random(in: 0..<10))
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static let adjectives = [
        "able", "airy", "amber", "ample", "apt", "azure", "balmy", "blithe", "bold", "brave", "breezy", "bright", "brisk", "calm",
        "candid", "cheery", "clear", "clever", "cosy", "crisp", "daring", "deft", "eager", "early", "earnest", "fair", "fleet", "fond",
        "frank", "free", "fresh", "gentle", "glad", "golden", "good", "grand", "handy", "hardy", "hearty", "honest", "humble", "jolly",
        "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "patient",
        "placid", "plucky", "polite", "proud", "prompt", "quick", "quiet", "ready", "robust", "rosy", "serene", "sharp", "smooth",
        "snug", "sober", "solid", "spry", "steady", "stout", "sunny", "sure", "swift", "tidy", "tender", "trim", "true", "upbeat",
        "vivid", "warm", "wary", "whole", "wise", "witty", "zesty",
    ]

    /// People of science, computing and the sea.
    private static let surnames = [
        "abel", "agnesi", "allen", "amundsen", "anning", "archimedes", "avogadro", "babbage", "backus", "banach", "bardeen", "bessel",
        "bohr", "boole", "bose", "brahe", "burnell", "cantor", "carson", "cauchy", "cavendish", "chandrasekhar", "chatelet", "cook",
        "copernicus", "curie", "darwin", "dijkstra", "dirac", "earhart", "einstein", "elion", "engelbart", "erdos", "euclid", "euler",
        "faraday", "fermat", "fermi", "feynman", "fourier", "franklin", "galileo", "galois", "gauss", "germain", "goodall", "hamilton",
        "hawking", "herschel", "hilbert", "hodgkin", "hopper", "hypatia", "jemison", "johnson", "kepler", "khayyam", "knuth",
        "kovalevskaya", "lagrange", "lamarr", "laplace", "leakey", "leavitt", "leibniz", "liskov", "lovelace", "magellan", "maxwell",
        "mayer", "mcclintock", "meitner", "mendel", "mendeleev", "mirzakhani", "mitchell", "moser", "nansen", "newton", "nightingale",
        "noether", "pascal", "pasteur", "payne", "planck", "poincare", "ptolemy", "ramanujan", "riemann", "ritchie", "rubin", "sagan",
        "shackleton", "shannon", "somerville", "tesla", "thompson", "torvalds", "turing", "volta", "wiles", "wirth", "wu", "zhukovsky",
    ]
}
