// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Any datagram at the name server. What can be read is answered within the asker's limit, with its id and question, and an
// upstream that sent this answer would be believed; what can't be read is dropped or refused.

import Glibc
import WharfDNS

private let table: NameTable = {
    var names = NetworkNames(domain: DomainName("net") ?? { abort() }())
    for number in 0..<60 {
        names.add(
            ["a", "b\(number)"].compactMap { DomainName($0) }, addresses: [HostAddress(bytes: [10, 0, 0, UInt8(number)]) ?? { abort() }()])
    }
    return NameTable(networks: [names], keepsPlainNames: true)
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDNS(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let packet = Array(UnsafeBufferPointer(start: data, count: size))
    do throws(DNSError) {
        let query = try DNSQuery(packet)
        expect(query.datagramLimit >= 512, "a limit of \(query.datagramLimit)")
        expect(DomainName(labels: query.name.labels) == query.name, "the name \(query.name)")
        let response = table.answer(query, turn: size) ?? DNSResponse(to: query, .serverFailure)
        let answer = response.packet(limit: query.datagramLimit)
        expect(answer.count <= query.datagramLimit, "\(answer.count) bytes for \(query.datagramLimit)")
        let judged = UpstreamReply(answer, to: query)
        expect(judged == .answer || judged == .unable(.serverFailure), "our own answer is \(judged)")
        expect(UpstreamReply(packet, to: query) == .foreign, "the question is taken for an answer")
    } catch {
        expect(error.description.utf8.count < 200, "\(error)")
    }
    return 0
}
