// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `eq ne lt le gt ge` of templates.

import WharfJSON

/// Compares values as Go's templates do.
enum TemplateComparison {
    /// `eq` holds when the first is equal to any of the others. Throws `fail` with Go's words.
    static func compare(_ name: String, _ values: [JSONValue], _ fail: (String) -> TemplateError) throws -> Bool {
        guard values.count >= 2 else { throw fail("missing argument for comparison") }
        let (left, right) = (values[0], values[1])
        switch name {
        case "eq": return try values.dropFirst().contains { try same(left, $0, fail) }
        case "ne": return try !same(left, right, fail)
        default:
            let isLess = try less(left, right, fail)
            if name == "lt" { return isLess }
            if name == "ge" { return !isLess }
            let isSame = try same(left, right, fail)
            return name == "le" ? isLess || isSame : !isLess && !isSame
        }
    }

    private static func less(_ left: JSONValue, _ right: JSONValue, _ fail: (String) -> TemplateError) throws -> Bool {
        if let one = left.double, let two = right.double { return one < two }
        if let one = left.string, let two = right.string { return one.utf8.lexicographicallyPrecedes(two.utf8) }
        if left.bool != nil, right.bool != nil { throw fail("invalid type for comparison") }
        throw fail("incompatible types for comparison")
    }

    private static func same(_ left: JSONValue, _ right: JSONValue, _ fail: (String) -> TemplateError) throws -> Bool {
        for value in [left, right] where value.array != nil || value.object != nil {
            // One of them may be nothing at all, which can be asked for.
            if left == .null || right == .null { return false }
            throw fail("non-comparable type \(TemplateFunctions.show(value)): \(TemplateFunctions.typeName(value))")
        }
        if let one = left.int, let two = right.int { return one == two }
        if let one = left.double, let two = right.double { return one == two }
        if let one = left.string, let two = right.string { return one.utf8.elementsEqual(two.utf8) }
        if left == .null || right == .null { return left == right }
        guard left.bool != nil, right.bool != nil else { throw fail("incompatible types for comparison") }
        return left == right
    }
}
