// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The part of Go's templates that formats are written in.

import Testing
import WharfJSON

@testable import WharfCLI

@Suite struct TemplateTests {
    private static let data = #"""
        {"Id":"abc","State":{"Running":true,"Pid":7},"Names":["a","b"],"Labels":{"z":"1","com.x/y":"v"},"Config":{"Cmd":null,"Env":["A=b"]},
        "Empty":"","Ports":{"80/tcp":[{"HostPort":"8080"}],"90/tcp":null},"Nothing":null}
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
        ("{{range .Names}}<{{.}}>{{end}}", "<a><b>"), ("{{range $i, $n := .Names}}{{$i}}={{$n}};{{end}}", "0=a;1=b;"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "com.x/y=v z=1 "), ("{{range .Config.Cmd}}x{{else}}none{{end}}", "none"),
        ("{{if .State.Running}}up{{else}}down{{end}}", "up"), ("{{if .Empty}}a{{else if .Id}}b{{else}}c{{end}}", "b"),
        ("{{with .State}}{{.Pid}}{{end}}", "7"), ("{{with .Empty}}x{{else}}y{{end}}", "y"), ("{{$x := .Id}}{{$x}}{{$x}}", "abcabc"),
        (#"{{join .Names ","}}"#, "a,b"), (#"{{.Id | upper}}"#, "ABC"),
        (#"{{printf "%s-%5d|%-4s|%q" .Id .State.Pid "x" "y"}}"#, #"abc-    7|x   |"y""#),
        (#"{{(index (index .Ports "80/tcp") 0).HostPort}}"#, "8080"), ("{{len .Names}}", "2"), (#"{{if eq .Id "x" "abc"}}1{{end}}"#, "1"),
        ("{{if and .Id (not .Empty)}}1{{end}}", "1"), ("{{or .Empty .Id}}", "abc"), ("{{if gt .State.Pid 6}}1{{end}}", "1"),
        ("a {{- .Id -}} b", "aabcb"), ("{{/* note */}}x", "x"), ("{{println .Id}}", "abc\n"),
        (#"{{range (split "a:b" ":")}}{{.}} {{end}}"#, "a b "),
        (#"{{title "ab cd"}} {{truncate .Id 2}}[{{pad .Id 1 2}}]"#, "Ab Cd ab[ abc  ]"), (#"{{"quoted"}}{{`raw`}}"#, "quotedraw"),
        ("{{range .Names}}{{$.Id}}{{end}}", "abcabc"), ("{{$n := 0}}{{range .Names}}{{$n = len .}}{{end}}{{$n}}", "1"),
    ]

    @Test(arguments: fieldsCases)
    func fields(template: String, text: String) throws {
        #expect(try fill(template) == text)
    }

    private static let errorsCases: [(String, String)] = [
        ("{{.ID", "template: :1: unclosed action"), ("{{foo}}", #"template: :1: function "foo" not defined"#),
        ("{{if .Id}}x", "template: :1: unexpected EOF"), ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{.Missing}}", #"template: :1:2: executing "" at <.Missing>: map has no entry for key "Missing""#),
        ("{{.Id.X}}", #"template: :1:5: executing "" at <.X>: can't evaluate field X in type string"#),
        ("{{index .Names 9}}", #"template: :1:2: executing "" at <index>: error calling index: index out of range: 9"#),
    ]

    @Test(arguments: errorsCases)
    func errors(template: String, message: String) {
        #expect {
            try fill(template)
        } throws: {
            "\($0)" == message
        }
    }

    @Test func brokenTemplatesAreRefusedNotTrapped() {
        for text in [
            "{{", "{{}}", "{{|}}", "{{(}}", "{{.a | }}", "{{\"x}}", "{{$}}{{$y}}", "{{range}}{{end}}", "{{-}}", "{{/* }}", "{{else}}",
            "{{)}}",
        ] {
            #expect(throws: (any Error).self, "\(text)") { try fill(text) }
        }
    }

    @Test func lists() throws {
        let format = try ListFormat("table {{.ID}}\\t{{.Label \"com.my-key\"}}", standard: "", headers: ["ID": "CONTAINER ID"])
        let rows = [ListRow(["ID": "1"], labels: ["com.my-key": "v"])]
        #expect(try format.text(rows) == "CONTAINER ID   my key\n1              v\n")
        #expect(
            try ListFormat("json", standard: "", headers: ["ID": "", "B": ""]).text([ListRow(["ID": "1", "B": "2"])])
                == "{\"B\":\"2\",\"ID\":\"1\"}\n")
        #expect(throws: ExitError.self) { try ListFormat("{{.Bogus}}", standard: "", headers: ["ID": ""]) }
    }
}
