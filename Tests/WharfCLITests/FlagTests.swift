// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Command lines as docker's client reads them, and its words for those that it refuses.

import Testing
import WharfDockerAPI

@testable import WharfCLI

@Suite struct FlagTests {
    private static let name = Flag.text("name", "n", "")
    private static let rm = Flag.on("rm", nil, "")
    private static let tty = Flag.on("tty", "t", "")
    private static let interactive = Flag.on("interactive", "i", "")
    private static let proxy = Flag.on("sig-proxy", nil, "", default: true)
    private static let env = Flag.list("env", "e", "")
    private static let memory = Flag.bytes("memory", "m", "")
    private static let time = Flag.int("timeout", "T", "").alias("time", notice: "use --timeout instead")
    private static let flags: [any AnyFlag] = [name, rm, tty, interactive, proxy, env, memory, time]

    private func parse(_ arguments: String..., interspersed: Bool = false) throws(FlagError) -> ParsedArguments {
        try FlagParser(Self.flags, interspersed: interspersed).parse(arguments)
    }

    @Test func shortsMayBeJoined() throws {
        let parsed = try parse("-it", "-eA=b", "-e", "C=d", "-e=E", "-m512m", "-nx", "image")
        #expect(parsed.values[Self.interactive] && parsed.values[Self.tty])
        #expect(parsed.values[Self.env] == ["A=b", "C=d", "E"])
        #expect(parsed.values[Self.memory] == 512 << 20)
        #expect(parsed.values[Self.name] == "x")
        #expect(try parse("-itn", "x").values[Self.name] == "x")
        #expect(try parse("-itnx").values[Self.name] == "x")
        #expect(try !parse("-i=false").values[Self.interactive])
    }

    @Test func switchesTakeValuesOnlyWithAnEqualsSign() throws {
        #expect(try parse("--rm").values[Self.rm])
        #expect(try !parse("--rm=false").values[Self.rm])
        let parsed = try parse("--rm", "false")
        #expect(parsed.values[Self.rm] && parsed.operands == ["false"])
        #expect(try parse().values[Self.proxy])
        #expect(try !parse("--sig-proxy=0").values[Self.proxy])
    }

    @Test func optionsStopAtTheFirstOperand() throws {
        let parsed = try parse("--rm", "image", "--name", "x", "-it")
        #expect(parsed.operands == ["image", "--name", "x", "-it"])
        #expect(!parsed.values.isSet(Self.name))
        let mixed = try parse("a", "--name", "x", "b", interspersed: true)
        #expect(mixed.operands == ["a", "b"] && mixed.values[Self.name] == "x")
        #expect(try parse("--", "--rm", interspersed: true).operands == ["--rm"])
        #expect(try parse("-", interspersed: true).operands == ["-"])
    }

    @Test func valuesMayLookLikeOptions() throws {
        #expect(try parse("--name", "--rm").values[Self.name] == "--rm")
        #expect(try parse("--timeout", "-1").values[Self.time] == -1)
        #expect(try parse("--name=").values[Self.name] == "")
        #expect(try parse("--name=a=b").values[Self.name] == "a=b")
    }

    @Test func aliasesAndTheirNotices() throws {
        let parsed = try parse("--time", "3")
        #expect(parsed.values[Self.time] == 3)
        #expect(parsed.notices == ["Flag --time has been deprecated, use --timeout instead"])
    }

    private static let refusalsCases: [([String], String)] = [
        (["--bogus"], "unknown flag: --bogus"), (["-Z"], "unknown shorthand flag: 'Z' in -Z"),
        (["-iZx"], "unknown shorthand flag: 'Z' in -Zx"),
        (["--name"], "flag needs an argument: --name"), (["-e"], "flag needs an argument: 'e' in -e"), (["--=x"], "bad flag syntax: --=x"),
        (["--rm=foo"], #"invalid argument "foo" for "--rm" flag: strconv.ParseBool: parsing "foo": invalid syntax"#),
        (["-m", "foo"], #"invalid argument "foo" for "-m, --memory" flag: invalid size: 'foo'"#),
        (["--memory=1z"], #"invalid argument "1z" for "-m, --memory" flag: invalid suffix: 'z'"#),
        (["--timeout", "a"], #"invalid argument "a" for "-T, --timeout" flag: strconv.ParseInt: parsing "a": invalid syntax"#),
        (
            ["--timeout", "99999999999999999999"],
            #"invalid argument "99999999999999999999" for "-T, --timeout" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range"#
        ),
    ]

    @Test(arguments: refusalsCases)
    func refusals(arguments: [String], message: String) {
        #expect {
            try FlagParser(Self.flags, interspersed: false).parse(arguments)
        } throws: {
            ($0 as? FlagError)?.message == message
        }
    }

    @Test(arguments: [("0", 0), ("1.5", 1_500_000_000), (".5", 500_000_000), ("3/2", 1_500_000_000), ("2.", 2_000_000_000)])
    func processors(text: String, billionths: Int64) throws {
        #expect(try parseNanoCPUs(text) == billionths)
    }

    @Test func refusedProcessors() {
        for text in ["x", "", ".", "1.2.3", "-1", "1/0", "1/2/3"] {
            #expect(throws: InvalidValue.self, "\(text)") { try parseNanoCPUs(text) }
        }
        #expect {
            try parseNanoCPUs("0.0000000001")
        } throws: {
            ($0 as? InvalidValue)?.reason == "value is too precise"
        }
    }

    @Test func numbersInOtherBases() throws {
        #expect(try parseInt("0x10") == 16)
        #expect(try parseInt("010") == 8)
        #expect(try parseInt("-0b11") == -3)
        for text in ["", "-", "0x", "1_0", "１", "08"] { #expect(throws: InvalidValue.self, "\(text)") { try parseInt(text) } }
    }
}
