// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What went wrong between us and a registry, in a form that retries, mirrors and messages are decided by. It becomes a
// `WharfError` once, where a verb of a session ends.

internal import WharfError
internal import WharfHTTP
internal import WharfOutbound
internal import WharfOCI

/// A failed attempt.
struct RegistryProblem: Error {
    enum Kind: Equatable {
        /// The registry, or its token service, answered with this status.
        case status(Int)
        /// There was no answer, or half of one.
        case transport(OutboundError.Kind)
        /// An answer contradicts itself, its digest or its descriptor.
        case lie
        /// Nothing that we may show to this registry lets us in.
        case noCredentials
        /// A setting or certificate can't be used.
        case setting
        /// Nothing is wrong any more (a new token was fetched), but the attempt can't be repeated here.
        case again
        case cancelled
    }

    let kind: Kind
    /// The cause, in Docker's words where it has some.
    let text: String
    /// The first error code of the specification: `MANIFEST_UNKNOWN`.
    var code: String?
    /// How long the registry wants us to wait.
    var retryAfter: Duration?

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// What a request or the reading of its answer threw. `what` is Docker's `Get "https://…"`.
    init(_ error: any Error, _ what: String) {
        switch error {
        case let error as RegistryProblem: self = error
        case let error as OutboundError: self.init(error.kind == .invalid ? .setting : .transport(error.kind), "\(what): \(error)")
        case is CancellationError: self.init(.cancelled, "\(what): context canceled")
        case let error as WharfError:
            self.init(error.code == .cancelled ? .cancelled : .setting, "\(what): \(error.message)")
        default: self.init(.transport(.broken), "\(what): \(error)")
        }
    }

    /// Whether the same request may succeed in a moment.
    var isWorthRetrying: Bool {
        switch kind {
        case .again: true
        case .status(let status): [408, 425, 429, 500, 502, 503, 504].contains(status)
        case .transport(let kind):
            switch kind {
            case .unreachable, .broken, .stalled, .unknownHost: true
            case .notTLS, .untrusted, .malformed, .invalid: false
            }
        case .lie, .noCredentials, .setting, .cancelled: false
        }
    }

    /// Whether the registry said that what was asked for is not there.
    var isNotFound: Bool { kind == .status(404) }

    /// Whether the registry did not let us in.
    var isDenied: Bool { kind == .status(401) || kind == .status(403) || kind == .noCredentials }
}

/// Which verb failed, for the message.
enum RegistryVerb {
    case pull
    case push

    var name: String { self == .pull ? "pull" : "push" }
}

extension RegistryProblem {
    /// The error of a verb on a repository. `reference` is set where a manifest was asked for.
    func error(_ verb: RegistryVerb, _ repository: Reference, reference: Reference? = nil) -> WharfError {
        let name = repository.familiarName
        let place = "\(name) (registry \(repository.domain))"
        switch kind {
        case .cancelled: return WharfError(.cancelled, "\(verb.name) \(place): cancelled", cause: self)
        case .setting: return WharfError(.invalidArgument, "\(verb.name) \(place): \(text)", cause: self)
        case .lie: return WharfError(.dataLoss, "\(verb.name) \(place): \(text)", cause: self)
        case .again, .transport: return WharfError(.unavailable, "\(verb.name) \(place): \(text)", cause: self)
        case .noCredentials, .status(401), .status(403):
            // Docker answers "not found" to what is denied: a registry may hide that a repository exists.
            let denied: WharfError.Code = kind == .status(403) ? .forbidden : .unauthorized
            if verb == .push { return WharfError(denied, "push access denied for \(place): \(text)", cause: self) }
            return WharfError(
                code == "DENIED" ? .notFound : denied,
                "pull access denied for \(name), repository does not exist or may require 'docker login': \(text)", cause: self)
        case .status(404):
            if code == "NAME_UNKNOWN", verb == .pull { return WharfError(.notFound, "repository \(name) not found: \(text)", cause: self) }
            if let reference, verb == .pull {
                return WharfError(.notFound, "manifest for \(reference.familiar) not found: \(text)", cause: self)
            }
            return WharfError(.notFound, "\(verb.name) \(place): \(text)", cause: self)
        case .status: return WharfError(isWorthRetrying ? .unavailable : .internal, "\(verb.name) \(place): \(text)", cause: self)
        }
    }
}
