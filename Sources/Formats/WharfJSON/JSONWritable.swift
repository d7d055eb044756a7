// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Types that write themselves as JSON, and the standard library's among them.

/// A value with a JSON form.
public protocol JSONWritable {
    /// Writes exactly one value.
    func write(to json: inout JSONWriter)
}

/// A value that Go's `omitempty` can leave out.
public protocol JSONOmittable: JSONWritable {
    /// Empty, zero or false.
    var isZeroValue: Bool { get }
}

extension JSONOmittable where Self: BinaryInteger {
    public func write(to json: inout JSONWriter) { json.integer(self) }
    public var isZeroValue: Bool { self == 0 }
}

extension Int: JSONOmittable {}
extension Int8: JSONOmittable {}
extension Int16: JSONOmittable {}
extension Int32: JSONOmittable {}
extension Int64: JSONOmittable {}
extension UInt: JSONOmittable {}
extension UInt8: JSONOmittable {}
extension UInt16: JSONOmittable {}
extension UInt32: JSONOmittable {}
extension UInt64: JSONOmittable {}

extension Bool: JSONOmittable {
    public func write(to json: inout JSONWriter) { json.bool(self) }
    public var isZeroValue: Bool { !self }
}

extension Double: JSONOmittable {
    public func write(to json: inout JSONWriter) { json.double(self) }
    public var isZeroValue: Bool { self == 0 }
}

extension String: JSONOmittable {
    public func write(to json: inout JSONWriter) { json.string(self) }
    public var isZeroValue: Bool { isEmpty }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    public func write(to json: inout JSONWriter) {
        guard let value = self else { return json.null() }
        value.write(to: &json)
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.array { json in
            for element in self { element.write(to: &json) }
        }
    }
}

extension Array: JSONOmittable where Element: JSONWritable {
    public var isZeroValue: Bool { isEmpty }
}

/// Keys are written in byte order, as Go writes maps: the same value always gives the same bytes.
extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            for (key, value) in self.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) { json.field(key, value) }
        }
    }
}

extension Dictionary: JSONOmittable where Key == String, Value: JSONWritable {
    public var isZeroValue: Bool { isEmpty }
}

extension JSONNumber: JSONWritable {
    public func write(to json: inout JSONWriter) { json.raw(text.utf8) }
}

extension JSONObject: JSONOmittable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            for member in members { json.field(member.key, member.value) }
        }
    }

    public var isZeroValue: Bool { members.isEmpty }
}

extension JSONValue: JSONWritable {
    public func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .number(let value): value.write(to: &json)
        case .string(let value): json.string(value)
        case .array(let value): value.write(to: &json)
        case .object(let value): value.write(to: &json)
        }
    }
}
