// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lists of a repository: its tags, and what refers to one of its manifests.

public import WharfError
internal import WharfHTTP
internal import WharfOutbound
internal import WharfJSON
public import WharfOCI

extension RepositorySession {
    /// More tags than this are refused.
    private static let tagLimit = 100_000
    /// The longest page.
    private static let pageLimit = 8 << 20

    public func tags() async throws(WharfError) -> [String] {
        do {
            return try await ask(.resolve) { host throws(RegistryProblem) in
                var tags: [String] = []
                var next: WebURL? = host.url("/\(self.repository.path)/tags/list").adding("n", "1000")
                var seen: Set<WebURL> = []
                while let url = next {
                    guard seen.insert(url).inserted else { throw RegistryProblem(.lie, "the registry's pages of tags go in a circle") }
                    let request = RegistryRequest("GET", url, scopes: [self.scope])
                    let reply = try await self.send(request, to: host, expecting: [200])
                    let page = try await self.document(reply)["tags"]?.array ?? []
                    tags += page.compactMap(\.string).filter { self.repository.with(tag: $0) != nil }
                    guard tags.count <= Self.tagLimit else {
                        throw RegistryProblem(.lie, "the repository has more than \(Self.tagLimit) tags")
                    }
                    next = try Self.next(reply)
                }
                return tags
            }
        } catch {
            throw error.error(.pull, repository)
        }
    }

    public func referrers(of digest: Digest) async throws(WharfError) -> [ContentDescriptor] {
        do {
            return try await ask(.resolve) { host throws(RegistryProblem) in
                var request = self.request("GET", host, "/referrers/\(digest)")
                request.headers["Accept"] = MediaType.ociIndex
                var reply = try await self.requester.send(request, to: host, as: self.authorizer)
                if reply.status == 404 || reply.status == 400 || reply.status == 405 {
                    // Registries before 1.1: the list is an index under a tag made of the digest.
                    request = self.request("GET", host, "/manifests/\(digest.algorithm.rawValue)-\(digest.hex)")
                    request.headers["Accept"] = MediaType.ociIndex
                    reply = try await self.requester.send(request, to: host, as: self.authorizer)
                    if reply.status == 404 { return [] }
                }
                guard reply.status == 200 else { throw await reply.problem() }
                let bytes = try await reply.collect(upTo: ManifestCheck.limit, "the list of referrers")
                do {
                    return try Index.parse(bytes).manifests
                } catch {
                    throw RegistryProblem(.lie, "\(request.what): \(error)")
                }
            }
        } catch {
            throw error.error(.pull, repository)
        }
    }

    private func document(_ reply: RegistryReply) async throws(RegistryProblem) -> JSONValue {
        let bytes = try await reply.collect(upTo: Self.pageLimit, "the list of tags")
        do {
            return try JSON.parse(bytes, limits: JSONLimits(bytes: Self.pageLimit, depth: 32))
        } catch {
            throw RegistryProblem(.lie, "\(reply.what): \(error)")
        }
    }

    /// The next page (RFC 8288): `Link: </v2/…>; rel="next"`, on the same server only.
    static func next(_ reply: RegistryReply) throws(RegistryProblem) -> WebURL? {
        for link in reply.headers.all("Link") {
            guard link.utf8.first == UInt8(ascii: "<"), let close = link.utf8.firstIndex(of: UInt8(ascii: ">")) else { continue }
            let parameters = String(Substring(link.utf8[close...])).lowercased()
            guard parameters.contains("rel=\"next\"") || parameters.contains("rel=next") else { continue }
            guard let url = reply.url.resolving(String(link[link.utf8.index(after: link.utf8.startIndex)..<close])),
                url.isSameOrigin(as: reply.url)
            else { throw RegistryProblem(.lie, "\(reply.what): the next page is on another server") }
            return url
        }
        return nil
    }
}
