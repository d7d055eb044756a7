// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The OCI runtimes of this daemon by name: the built-in one, and those that its configuration names. Looked at when a
// container is made, and again when it starts, for the configuration may have changed meanwhile.

public import WharfError

/// Which name stands for which runtime.
public struct RuntimeTable: Sendable {
    /// The name of the one that is built in.
    public static let builtIn = "wharf-runtime"

    /// What a container gets that names none.
    public let defaultName: String
    /// All but the built-in one.
    public let others: [String: TaskRuntime]

    /// - Throws: `invalidArgument` for a name that is taken or none, and for a default that is not in the table.
    public init(others: [String: TaskRuntime] = [:], defaultName: String = builtIn) throws(WharfError) {
        for name in others.keys.sorted() {
            guard !name.isEmpty, !name.utf8.elementsEqual(Self.builtIn.utf8) else {
                throw WharfError(.invalidArgument, "runtime name '\(name)' is reserved")
            }
        }
        guard defaultName.utf8.elementsEqual(Self.builtIn.utf8) || others[defaultName] != nil else {
            throw WharfError(.invalidArgument, "specified default runtime '\(defaultName)' does not exist")
        }
        self.others = others
        self.defaultName = defaultName
    }

    /// Only the built-in one.
    public static let standard = RuntimeTable()

    private init() { (others, defaultName) = ([:], Self.builtIn) }

    /// The runtime of a name; nil is the built-in one. - Throws: `invalidArgument` with Docker's text.
    public func runtime(named name: String) throws(WharfError) -> TaskRuntime? {
        if name.isEmpty || name.utf8.elementsEqual(Self.builtIn.utf8) { return nil }
        guard let runtime = others[name] else { throw WharfError(.invalidArgument, "unknown or invalid runtime name: \(name)") }
        return runtime
    }
}
