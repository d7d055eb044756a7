// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Finds the handler of a request in a table of patterns. A capture may hold several segments in the middle of a
// pattern, because names of images and repositories contain slashes: `/images/{name...}/json`.

/// One line of a route table.
public struct HTTPRoute<Handler: Sendable>: Sendable {
    public let method: String
    /// `/containers/{id}/json`: `{id}` takes one segment, `{name...}` one or more.
    public let pattern: String
    public let handler: Handler

    public init(_ method: String, _ pattern: String, _ handler: Handler) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
    }
}

/// A table of routes, in order: the first one that fits is taken.
public struct HTTPRouter<Handler: Sendable>: Sendable {
    private enum Part: Sendable {
        case literal(String)
        case one(String)
        case many(String)
    }

    private struct Line: Sendable {
        let method: String
        let parts: [Part]
        let handler: Handler
    }

    /// By first segment, which is always a literal; the empty string stands for `/`.
    private var lines: [String: [Line]] = [:]

    public init(_ routes: [HTTPRoute<Handler>]) {
        for route in routes {
            let parts = route.pattern.split(separator: "/").map(Self.part)
            var key = ""
            if case .literal(let first)? = parts.first { key = first }
            lines[key, default: []].append(Line(method: route.method, parts: parts, handler: route.handler))
        }
    }

    private static func part(_ text: Substring) -> Part {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return .literal(String(text)) }
        let name = text.dropFirst().dropLast()
        return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(String(name))
    }

    /// The handler and what the pattern captured; nil when no line fits. `{name...}` takes as much as it can.
    public func match(_ method: String, _ path: [String]) -> (handler: Handler, parameters: [String: String])? {
        for line in lines[path.first ?? ""] ?? [] where line.method == method {
            var parameters: [String: String] = [:]
            if Self.match(line.parts[...], path[...], &parameters) { return (line.handler, parameters) }
        }
        return nil
    }

    private static func match(_ parts: ArraySlice<Part>, _ path: ArraySlice<String>, _ parameters: inout [String: String]) -> Bool {
        guard let part = parts.first else { return path.isEmpty }
        guard let segment = path.first else { return false }
        switch part {
        case .literal(let text):
            return text.utf8.elementsEqual(segment.utf8) && match(parts.dropFirst(), path.dropFirst(), &parameters)
        case .one(let name):
            parameters[name] = segment
            return match(parts.dropFirst(), path.dropFirst(), &parameters)
        case .many(let name):
            for count in stride(from: path.count - (parts.count - 1), through: 1, by: -1)
            where match(parts.dropFirst(), path.dropFirst(count), &parameters) {
                parameters[name] = path.prefix(count).joined(separator: "/")
                return true
            }
            return false
        }
    }
}
