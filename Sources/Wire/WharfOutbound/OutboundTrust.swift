// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whom to trust on a TLS connection, and who we are there. A value per registry; NIOSSL's objects are made of it here.

internal import NIOSSL

/// How one host is trusted.
public struct OutboundTrust: Sendable, Hashable {
    /// PEM bundles that are trusted beside the system's certificates.
    public var roots: [[UInt8]]
    /// The PEM chain that we show, empty for none.
    public var clientChain: [UInt8]
    /// The PEM key of that chain.
    public var clientKey: [UInt8]
    /// Whether the other side must prove who it is.
    public var verifies: Bool

    public init(roots: [[UInt8]] = [], clientChain: [UInt8] = [], clientKey: [UInt8] = [], verifies: Bool = true) {
        self.roots = roots
        self.clientChain = clientChain
        self.clientKey = clientKey
        self.verifies = verifies
    }

    /// The system's certificates, and nothing to show.
    public static let system = OutboundTrust()

    /// The same without the client's certificate: for another host than the one it is meant for.
    public var withoutClientCertificate: OutboundTrust { OutboundTrust(roots: roots, verifies: verifies) }

    /// Throws `untrusted` when a bundle or key can't be read.
    func configuration() throws(OutboundError) -> TLSConfiguration {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if !verifies { configuration.certificateVerification = .none }
            if !roots.isEmpty {
                configuration.additionalTrustRoots = [.certificates(try roots.flatMap { try NIOSSLCertificate.fromPEMBytes($0) })]
            }
            if !clientChain.isEmpty {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(clientChain).map { .certificate($0) }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: clientKey, format: .pem))
            }
            return configuration
        } catch {
            throw OutboundError(.untrusted, "certificates for TLS can't be read: \(error)")
        }
    }
}
