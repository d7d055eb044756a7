// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Fields of config.json, one after the other, seen from inside.

import Testing
import WharfTestKit

extension Integration {
    @Suite("Fields of config.json", .enabled(if: EscapeRuntime.isAvailable, "needs root, busybox and the static wharf-runtime"))
    struct FieldTests {
        @Test("do what they say", arguments: FieldCase.all)
        func field(field: FieldCase) async throws {
            var bundle = try await EscapeBundle()
            bundle.overrides = field.changes
            let result = try await bundle.run(EscapeRuntime.make(.wharf), field.script)
            #expect(result.lines == field.prints, "\(field.field): \(result)")
        }
    }
}
