// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is called what in one network, and what a container in several of them is told. Names of a network that a container
// is not in are nowhere in its table: there is nothing to keep from it.

/// The names of one network.
public struct NetworkNames: Sendable, Equatable {
    /// The network's own name, the domain of all names in it: `db.backend` is `db` in `backend`.
    public let domain: DomainName
    private var hosts: [DomainName: [HostAddress]] = [:]
    private var pointers: [HostAddress: DomainName] = [:]

    public init(domain: DomainName) { self.domain = domain }

    /// Adds a member. All members of one name share it: the addresses are given in turn.
    ///
    /// - Parameters:
    ///   - names: the first one is what its addresses are called when asked backwards.
    public mutating func add(_ names: [DomainName], addresses: [HostAddress]) {
        for name in names where !name.labels.isEmpty {
            for address in addresses where hosts[name]?.contains(address) != true { hosts[name, default: []].append(address) }
            if addresses.isEmpty, hosts[name] == nil { hosts[name] = [] }
        }
        guard let first = names.first else { return }
        for address in addresses { pointers[address] = first }
    }

    /// The addresses of a name; nil when it is not in this network.
    func addresses(of name: DomainName) -> [HostAddress]? {
        if let found = hosts[name] { return found }
        guard name.labels.count > domain.labels.count, name.labels.suffix(domain.labels.count).elementsEqual(domain.labels),
            !domain.labels.isEmpty, let short = DomainName(labels: Array(name.labels.dropLast(domain.labels.count)))
        else { return nil }
        return hosts[short]
    }

    /// The full name of an address: `db.backend`.
    func name(of address: HostAddress) -> DomainName? {
        pointers[address].flatMap { DomainName(labels: $0.labels + domain.labels) }
    }
}

/// What one container's questions are answered from.
public struct NameTable: Sendable, Equatable {
    /// The container's networks, the one whose addresses are preferred first.
    public var networks: [NetworkNames]
    /// Whether names of one label that are in no network stay here: when the container's own resolver is set to try such
    /// names with its search domains first (`ndots`).
    public var keepsPlainNames: Bool

    public init(networks: [NetworkNames], keepsPlainNames: Bool = false) {
        self.networks = networks
        self.keepsPlainNames = keepsPlainNames
    }

    /// The answer to a query; nil when this table does not know, and an upstream is to be asked.
    ///
    /// A name of the networks is never asked elsewhere, whatever type is asked for: an answer without records says that
    /// there is nothing of that type. `turn` chooses which of several addresses comes first.
    public func answer(_ query: DNSQuery, turn: Int) -> DNSResponse? {
        guard query.recordClass == 1 else { return nil }
        if query.type == .ptr, let address = HostAddress(reverse: query.name) {
            guard let name = networks.lazy.compactMap({ $0.name(of: address) }).first else { return nil }
            return DNSResponse(to: query, records: [.pointer(name)])
        }
        let found = networks.compactMap { $0.addresses(of: query.name) }
        if found.isEmpty {
            let isAddress = query.type == .a || query.type == .aaaa
            return keepsPlainNames && isAddress && query.name.labels.count == 1 ? DNSResponse(to: query) : nil
        }
        let wanted: (HostAddress) -> Bool
        switch query.type {
        case .a: wanted = \.isIPv4
        case .aaaa: wanted = { !$0.isIPv4 }
        default: return DNSResponse(to: query)
        }
        let addresses = found.lazy.map { $0.filter(wanted) }.first { !$0.isEmpty } ?? []
        let first = addresses.isEmpty ? 0 : turn % addresses.count
        return DNSResponse(to: query, records: (addresses[first...] + addresses[..<first]).map { .address($0) })
    }
}
