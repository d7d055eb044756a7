// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Go's templates. Texts and messages are those that docker's client printed for the same template and the same document.

import Testing
import WharfJSON

@testable import WharfCLI

@Suite struct TemplateTests {
    private static let data = #"""
        {"Id":"abc","State":{"Running":true,"Pid":7},"Names":["a","b"],"Labels":{"z":"1","com.x/y":"v"},"Config":{"Cmd":null,"Env":["A=b"]},
        "Empty":"","Ports":{"80/tcp":[{"HostPort":"8080"}],"90/tcp":null},"Nothing":null,"Size":4261550}
        """#

    private func fill(_ template: String) throws -> String {
        try Template(template).fill(try JSON.parse(Array(Self.data.utf8)))
    }

    private static let fieldsCases: [(String, String)] = [
        ("{{.Id}}", "abc"), ("{{.ID}}", "abc"), ("{{ .State.Pid }}", "7"), ("{{.State}}", "map[Pid:7 Running:true]"),
        ("{{.Names}}", "[a b]"),
        ("{{json .Names}}", #"["a","b"]"#), ("{{json .State}}", #"{"Running":true,"Pid":7}"#), ("{{index .Names 1}}", "b"),
        (#"{{index .Labels "com.x/y"}}"#, "v"), (#"{{index .Labels "none"}}"#, ""), ("{{.Config.Cmd}}", "[]"),
        ("{{.Nothing}}", "<nil>"), ("{{json .Config.Cmd}}", "null"), ("{{if .State.Health}}a{{else}}b{{end}}", "b"),
        ("{{.Labels.z}} {{.Labels.none}}", "1 <no value>"), ("{{(.State).Pid}}", "7"), ("{{(index .Names 1) | upper}}", "B"),
        ("{{len .Id}} {{len .Names}} {{len .Labels}}", "3 2 2"), ("{{with .State}}{{.Pid}} {{$.Id}}{{end}}", "7 abc"),
    ]

    private static let wantsCases: [(String, Set<String>?)] = [
        ("{{.ID}}", ["ID"]), ("{{.A}}\t{{if .B}}{{upper .C}}{{else}}{{.D}}{{end}}", ["A", "B", "C", "D"]), ("plain", []),
        ("{{$.A}}{{(.B)}}", ["A", "B"]), ("{{json .}}", nil), ("{{.}}", nil), ("{{range .A}}{{.}}{{end}}", nil),
        ("{{with .A}}{{.B}}{{end}}", nil), ("{{$x := .A}}{{$x}}", nil), ("{{define \"x\"}}{{.A}}{{end}}{{.B}}", nil),
    ]

    @Test(arguments: wantsCases)
    func whatATemplateAsksFor(text: String, fields: Set<String>?) throws {
        #expect(try Template(text).wantedFields == fields)
    }

    @Test(arguments: fieldsCases)
    func fields(template: String, text: String) throws { #expect(try fill(template) == text) }

    private static let controlCases: [(String, String)] = [
        ("{{range .Names}}<{{.}}>{{end}}", "<a><b>"), ("{{range $i, $n := .Names}}{{$i}}={{$n}};{{end}}", "0=a;1=b;"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "com.x/y=v z=1 "), ("{{range .Config.Cmd}}x{{else}}none{{end}}", "none"),
        ("{{range 3}}{{.}}{{end}}", "012"), (#"{{range .Names}}{{if eq . "b"}}{{break}}{{end}}{{.}};{{end}}"#, "a;"),
        ("{{range $i, $e := .Names}}{{if eq $i 0}}{{continue}}{{end}}{{$i}}{{$e}}{{end}}", "1b"),
        ("{{range .Names}}{{range $.Names}}{{break}}{{end}}{{.}}{{end}}", "ab"),
        ("{{if .State.Running}}up{{else}}down{{end}}", "up"), ("{{if .Empty}}a{{else if .Id}}b{{else}}c{{end}}", "b"),
        ("{{with .State}}{{.Pid}}{{end}}", "7"), ("{{with .Empty}}x{{else}}y{{end}}", "y"),
        ("{{with .Empty}}p{{else with .Id}}{{.}}{{end}}", "abc"), ("{{with $a := .Id}}{{$a}}{{end}}", "abc"),
        ("{{$x := .Id}}{{$x}}{{$x}}", "abcabc"), ("{{$x := .Id | upper}}{{$x}}", "ABC"), ("{{range .Names}}{{$.Id}}{{end}}", "abcabc"),
        ("{{$n := 0}}{{range .Names}}{{$n = len .}}{{end}}{{$n}}", "1"), ("a {{- .Id -}} b", "aabcb"), ("{{/* note */}}x", "x"),
        (#"{{/* c */}}a{{- " b " -}} c"#, "a b c"), (#"{{define "x"}}[{{.}}]{{end}}{{template "x" .Id}}"#, "[abc]"),
        (#"{{block "b" .Id}}<{{.}}>{{end}}"#, "<abc>"), (#"{{define "x"}}y{{end}}{{range .Names}}{{template "x"}}{{end}}"#, "yy"),
    ]

    @Test(arguments: controlCases)
    func control(template: String, text: String) throws { #expect(try fill(template) == text) }

    private static let functionCases: [(String, String)] = [
        (#"{{join .Names ","}}"#, "a,b"), (#"{{.Id | upper}}"#, "ABC"), (#"{{split "a:b" ":"}}"#, "[a b]"),
        (#"{{printf "%s-%5d|%-4s|%q" .Id .State.Pid "x" "y"}}"#, #"abc-    7|x   |"y""#),
        (#"{{(index (index .Ports "80/tcp") 0).HostPort}}"#, "8080"), (#"{{if eq .Id "x" "abc"}}1{{end}}"#, "1"),
        ("{{if and .Id (not .Empty)}}1{{end}}", "1"), ("{{or .Empty .Id}}", "abc"), ("{{if gt .State.Pid 6}}1{{end}}", "1"),
        ("{{println .Id}}", "abc\n"), (#"{{print 1 2 "a" "b" 3}}"#, "1 2ab3"), (#"{{println "a" 1}}"#, "a 1\n"),
        (#"{{title "ab cd"}} {{truncate .Id 2}}[{{pad .Id 1 2}}]"#, "Ab Cd ab[ abc  ]"), (#"{{"quoted"}}{{`raw\n`}}"#, #"quotedraw\n"#),
        ("{{slice .Id 0 2}} {{slice .Names 1}}", "ab [b]"),
        ("{{eq .Size 4261550}} {{ne .Id \"x\"}} {{lt .Size 5}} {{ge .Size 5}}", "true true false true"),
        (
            #"{{html "<a&'\">"}} {{js "<a'\"&=\n>"}} {{urlquery "a b&c/d"}}"#,
            #"&lt;a&amp;&#39;&#34;&gt; \u003Ca\'\"\u0026\u003D\u000A\u003E a+b%26c%2Fd"#
        ),
        (#"{{'a'}} {{0x1F}} {{1.5}} {{1e3}} {{"\u00e9\x41\t|"}}"#, "97 31 1.5 1000 éA\t|"), ("{{true}} {{false | not}}", "true true"),
        (#"{{printf "%d %v %x" .Size .Size .Size}}"#, "4261550 4261550 4106ae"), (#"{{printf "%s" 3}}"#, "%!s(int=3)"),
        (#"{{printf "%s %d" .Id}}"#, "abc %!d(MISSING)"), (#"{{printf "%s" .Id 3}}"#, "abc%!(EXTRA int=3)"),
        (#"{{printf "%q %q" .Id .Names}}"#, #""abc" ["a" "b"]"#),
        (#"{{printf "%5.1f|%e|%g" 3.14159 3.14159 3.14159}}"#, "  3.1|3.141590e+00|3.14159"),
        (#"{{printf "%c %U %o %b %X" 65 65 8 5 255}}"#, "A U+0041 10 101 FF"),
        (#"{{printf "%6d|%-6d|%06d|%+d" 42 42 42 42}}"#, "    42|42    |000042|+42"),
        (#"{{printf "%10s|%-10s|%.3s|%*d" "abc" "abc" "abcdef" 5 42}}"#, "       abc|abc       |abc|   42"),
        (#"{{printf "%t %v %d" true false "x"}}"#, "true false %!d(string=x)"), (#"{{printf "%%|%z" 3}}"#, "%|%!z(int=3)"),
        (#"{{printf "%T %T %T" .Id .Names .Labels}}"#, "string []interface {} map[string]interface {}"),
        ("{{.Size | printf \"%d-%d\" 3}}", "3-4261550"),
    ]

    @Test(arguments: functionCases)
    func functions(template: String, text: String) throws { #expect(try fill(template) == text) }

    private static let refusedCases: [(String, String)] = [
        ("{{.ID", "unclosed action"), ("{{foo}}", #"function "foo" not defined"#), ("{{.Id | foo}}", #"function "foo" not defined"#),
        ("{{if .Id}}x", "unexpected EOF"), ("{{end}}", "unexpected {{end}}"), ("{{else}}", "unexpected {{else}}"),
        ("{{}}", "missing value for command"),
        ("{{$x}}", #"undefined variable "$x""#), ("{{if .Id}}{{$x := 1}}{{end}}{{$x}}", #"undefined variable "$x""#),
        ("{{.}", "bad character U+007D '}'"),
        ("{{.Os$x}}", "bad character U+0024 '$'"), (#"{{ "unterminated }}"#, "unterminated quoted string"),
        ("{{(.Id}}", "unclosed left paren"),
        ("{{.Id)}}", "unexpected right paren"), ("{{range .Id}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"),
        ("{{break}}", "{{break}} outside {{range}}"), (#"{{"a" | 3}}"#, "non executable command in pipeline stage 2"),
        ("{{if}}a{{end}}", "missing value for if"),
        ("{{range}}a{{end}}", "missing value for range"), ("{{.Id:}}", "expected :="),
    ]

    @Test(arguments: refusedCases)
    func refusedWhileReading(template: String, message: String) {
        #expect {
            try Template(template)
        } throws: {
            "\($0)" == "template: :1: \(message)"
        }
    }

    private static let failingCases: [(String, String)] = [
        ("{{.Missing}}", #"1:2: executing "" at <.Missing>: map has no entry for key "Missing""#),
        ("{{.Id.X}}", #"1:5: executing "" at <.Id.X>: can't evaluate field X in type interface {}"#),
        ("{{.Config.Env.Foo}}", #"1:9: executing "" at <.Config.Env.Foo>: can't evaluate field Foo in type interface {}"#),
        ("{{index .Names 9}}", #"1:2: executing "" at <index .Names 9>: error calling index: index out of range: 9"#),
        (
            #"{{index .Names "a"}}"#,
            #"1:2: executing "" at <index .Names "a">: error calling index: cannot index slice/array with type string"#
        ),
        ("{{index .Labels 3}}", #"1:2: executing "" at <index .Labels 3>: error calling index: value has type int; should be string"#),
        ("{{range .Id}}x{{end}}", #"1:8: executing "" at <.Id>: range can't iterate over abc"#),
        ("{{eq .Id 1}}", #"1:2: executing "" at <eq .Id 1>: error calling eq: incompatible types for comparison"#),
        ("{{eq .Id}}", #"1:2: executing "" at <eq .Id>: error calling eq: missing argument for comparison"#),
        ("{{eq .Names .Names}}", #"1:2: executing "" at <eq .Names .Names>: error calling eq: non-comparable type [a b]: []interface {}"#),
        (#"{{join .Id ","}}"#, #"1:7: executing "" at <.Id>: wrong type for value; expected []string; got string"#),
        ("{{nil}}", #"1:2: executing "" at <nil>: nil is not a command"#),
        (#"{{template "no"}}"#, #"1:11: executing "" at <{{template "no"}}>: template "no" not defined"#),
        ("{{.Id . }}", #"1:2: executing "" at <.Id>: Id is not a method but has arguments"#),
        ("{{.Config.Env 1}}", #"1:9: executing "" at <.Config.Env>: Env is not a method but has arguments"#),
        ("{{3 | .Id}}", #"1:6: executing "" at <.Id>: Id is not a method but has arguments"#),
        ("{{1 2}}", #"1:2: executing "" at <1>: can't give argument to non-function 1"#),
        ("{{len 3}}", #"1:2: executing "" at <len 3>: error calling len: len of type int"#),
        ("{{upper 3}}", #"1:8: executing "" at <3>: expected string; found 3"#),
        (#"{{truncate .Id "x"}}"#, #"1:15: executing "" at <"x">: expected integer; found "x""#),
        ("{{printf}}", #"1:2: executing "" at <printf>: wrong number of args for printf: want at least 1 got 0"#),
        ("{{len}}", #"1:2: executing "" at <len>: wrong number of args for len: want 1 got 0"#),
        ("{{not}}", #"1:2: executing "" at <not>: wrong number of args for not: want 1 got 0"#),
        ("{{slice .Id 2 1}}", #"1:2: executing "" at <slice .Id 2 1>: error calling slice: invalid slice index: 2 > 1"#),
        ("{{slice .Id 0 999}}", #"1:2: executing "" at <slice .Id 0 999>: error calling slice: index out of range: 999"#),
        ("{{call .Id}}", #"1:2: executing "" at <call .Id>: error calling call: non-function .Id of type string"#),
        ("{{$x = 3}}", #"1:7: executing "" at <3>: undefined variable: $x"#),
        (
            #"{{define "r"}}{{template "r"}}{{end}}{{template "r"}}"#,
            #"1:25: executing "" at <{{template "r"}}>: exceeded maximum template depth (1000)"#
        ),
    ]

    @Test(arguments: failingCases)
    func failingWhileFilling(template: String, message: String) {
        #expect {
            try fill(template)
        } throws: {
            "\($0)" == "template: :\(message)"
        }
    }

    @Test func brokenTemplatesAreRefusedNotTrapped() {
        for text in [
            "{{", "{{}}", "{{|}}", "{{(}}", "{{.a | }}", "{{\"x}}", "{{$}}{{$y}}", "{{range}}{{end}}", "{{-}}", "{{/* }}", "{{else}}",
            "{{)}}", "{{'}}", "{{'ab'}}", "{{\"\\x4\"}}", "{{\"\\uD800\"}}", "{{0x}}", "{{1.2.3}}", "{{define}}", "{{block \"x\"}}",
            "{{template}}",
            "{{define \"x\"}}", "{{if .a}}{{else}}", "{{$x := }}", "{{$a, $b := .Id}}", "{{\"\\", "{{`",
        ] {
            #expect(throws: (any Error).self, "\(text)") { try fill(text) }
        }
    }
}

@Suite struct ListFormatTests {
    private func text(_ format: String, _ rows: [ListRow], headers: [String: String] = ["ID": "IMAGE ID", "Tag": "TAG"]) throws -> String {
        try ListFormat(format, standard: "{{.ID}}", headers: headers, rowType: "*formatter.imageContext").text(rows)
    }

    private func failure(_ format: String) -> String {
        do { return try text(format, [ListRow(["ID": "1", "Tag": "x"])]) } catch { return "\(error)" }
    }

    @Test func tablesAndDocuments() throws {
        let rows = [ListRow(["ID": "1", "Tag": "x"], labels: ["com.my-key": "v"])]
        #expect(try text("table {{.ID}}\\t{{.Label \"com.my-key\"}}", rows) == "IMAGE ID   my key\n1          v\n")
        #expect(try text("json", [ListRow(["ID": "<1>", "B": "2"])]) == "{\"B\":\"2\",\"ID\":\"\\u003c1\\u003e\"}\n")
        #expect(try text("{{.ID}}\\n-", rows) == "1\n-\n")
    }

    @Test func functionsLeaveHeadersAlone() throws {
        let rows = [ListRow(["ID": "a1", "Tag": "latest"])]
        #expect(
            try text("table {{upper .ID}}\\t{{json .Tag}}\\t{{truncate .Tag 2}}", rows)
                == "IMAGE ID   TAG        TAG\nA1         \"latest\"   la\n")
    }

    @Test func whatARowLacksIsBlamedOnDockersType() {
        #expect(
            failure("{{.Foo}}")
                == #"template parsing error: template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type *formatter.imageContext"#
        )
        #expect(
            failure("{{.ID.Foo}}")
                == #"template parsing error: template: :1:5: executing "" at <.ID.Foo>: can't evaluate field Foo in type string"#)
        #expect(failure("{{") == "template parsing error: template: :1: unclosed action")
        #expect(
            failure("{{.Label}}")
                == #"template parsing error: template: :1:2: executing "" at <.Label>: wrong number of args for Label: want 1 got 0"#)
    }

    @Test func anEmptyListMeetsNoUnknownField() throws {
        #expect(try text("{{.Foo}}", []) == "")
        #expect(throws: ExitError.self) {
            try ListFormat("{{.Bogus}}", standard: "", headers: ["ID": ""], rowType: "*formatter.ContainerContext", checksEarly: true)
        }
    }
}
