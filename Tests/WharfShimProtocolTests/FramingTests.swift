// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Frames on a real socket pair, and everything that a broken or newer peer can send.

import Glibc
import Testing
import WharfLinux
import WharfShimProtocol

@Suite struct FramingTests {
    @Test func framesCrossASocketInPiecesWithTheirDescriptors() throws {
        let (near, far) = try UnixSocket.pair(nonBlocking: true)
        let pipes = try (0..<3).map { _ in try UnixSocket.pair() }
        var outbox = FrameOutbox()
        var big = Samples.exec
        big.process = Array(repeating: 7, count: 3 << 20)
        outbox.append(ShimMessage.request(.attach(Samples.attach)).frame(id: 1, descriptors: [pipes[0].0]))
        outbox.append(ShimMessage.request(.exec(big)).frame(id: 2, descriptors: [pipes[1].0, pipes[2].0]))
        outbox.append(ShimMessage.request(.start).frame(id: 3))
        var reader = FrameReader()
        var frames: [Frame] = []
        while frames.count < 3 {
            _ = try outbox.flush(to: near)
            #expect(try reader.fill(from: far) != .end)
            while let frame = try reader.next() { frames.append(frame) }
        }
        #expect(outbox.isEmpty)
        #expect(frames.map(\.id) == [1, 2, 3])
        #expect(frames.map(\.descriptors.count) == [1, 2, 0])
        guard case .request(.exec(let exec)) = try ShimMessage(frames[1]) else { return #expect(Bool(false)) }
        #expect(exec == big)
        // The descriptors are those that were sent, in order.
        try pipes[2].1.writeAll(Array("x".utf8))
        #expect(try frames[1].descriptors[1].waitReadable(timeout: .seconds(1)))
        #expect(try reader.fill(from: far) == .wouldBlock)
        near.close()
        #expect(try reader.fill(from: far) == .end)
    }

    @Test func unknownFieldsAndKindsAreSkipped() throws {
        // hello with a field 500 (bytes), a field 9 (varint), then its own container id.
        let body = Samples.bytes(hex: "a21f03aabbcc" + "48ffffffffffffffffff01" + "1206633066666565")
        var reader = FrameReader()
        reader.append(header(length: body.count, kind: 1) + body)
        guard case .hello(let hello) = try ShimMessage(#require(try reader.next())) else { return #expect(Bool(false)) }
        #expect(hello.containerID == "c0ffee")
        reader.append(header(length: 3, kind: 999) + [1, 2, 3])
        guard case .unknown(999) = try ShimMessage(#require(try reader.next())) else { return #expect(Bool(false)) }
    }

    @Test func framesThatCannotBeAreRefused() throws {
        func refused(_ bytes: [UInt8]) -> ShimProtocolError? {
            var reader = FrameReader()
            reader.append(bytes)
            do throws(ShimProtocolError) {
                _ = try reader.next()
                return nil
            } catch { return error }
        }
        #expect(refused(header(length: ShimProtocol.maximumBody + 1, kind: 1)) == .frameTooLarge(ShimProtocol.maximumBody + 1))
        #expect(refused(header(length: 0, kind: 17, descriptors: 1)) == .missingDescriptors(announced: 1, arrived: 0))
        #expect(refused(header(length: 0, kind: 17, descriptors: 200)) == .missingDescriptors(announced: 200, arrived: 0))
        #expect(refused([0, 0, 0, 0, 1, 0, 0, 1] + [UInt8](repeating: 0, count: 8)) == .badHeader)
        #expect(refused(Array(header(length: 4, kind: 1).dropLast())) == nil)
    }

    @Test func bodiesThatCannotBeAreRefused() {
        let cases: [(String, ShimProtocolError)] = [
            ("12", .truncated), ("1205", .truncated), ("1205616263", .truncated), ("08ff", .truncated), ("0d00000000", .badFieldType(5)),
            ("0b", .badFieldType(3)), ("12ffffffffffffffffff01", .truncated), ("08ffffffffffffffffffff01", .outOfRange(field: 0)),
            ("08ffffffff1f", .outOfRange(field: 1)), ("1202c328", .invalidText(field: 2)), ("1203610062", .invalidText(field: 2)),
            ("00", .outOfRange(field: 0)),
        ]
        for (hex, expected) in cases { #expect(refusal(hex) == expected, "\(hex)") }
    }

    private func refusal(_ hex: String) -> ShimProtocolError? {
        let body = Samples.bytes(hex: hex)
        var reader = FrameReader()
        reader.append(header(length: body.count, kind: 1) + body)
        do throws(ShimProtocolError) {
            if let frame = try reader.next() { _ = try ShimMessage(frame) }
            return nil
        } catch { return error }
    }

    /// Every truncation and every single-bit change of every message is understood or refused, and never traps.
    @Test(arguments: Samples.messages.map(\.name))
    func damagedMessagesNeverTrap(name: String) throws {
        let whole = try #require(Samples.messages.first { $0.name == name }).message.frame(id: 5).bytes
        for bit in 0..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            for bytes in [damaged, Array(whole.prefix(bit / 8))] {
                var reader = FrameReader()
                reader.append(bytes)
                do throws(ShimProtocolError) {
                    while let frame = try reader.next() { _ = try ShimMessage(frame) }
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
        }
    }

    @Test func pseudoRandomBytesNeverTrap() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let body = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            for kind: UInt16 in [1, 2, 16, 20, 22, 64] {
                var reader = FrameReader()
                reader.append(header(length: body.count, kind: kind) + body)
                // Only that it comes back matters here.
                _ = try? reader.next().map { frame throws(ShimProtocolError) in try ShimMessage(frame) }
            }
        }
    }

    @Test func multiplexedOutputHasDockersHeader() {
        #expect(StreamFraming.frame(.stderr, Array("hi".utf8)) == [2, 0, 0, 0, 0, 0, 0, 2, 0x68, 0x69])
        var bytes: [UInt8] = []
        StreamFraming.appendHeader(.stdout, count: 0x0102_0304, to: &bytes)
        #expect(bytes == [1, 0, 0, 0, 1, 2, 3, 4])
    }

    private func header(length: Int, kind: UInt16, descriptors: UInt8 = 0) -> [UInt8] {
        withUnsafeBytes(of: UInt32(length).littleEndian, Array.init) + withUnsafeBytes(of: kind.littleEndian, Array.init)
            + [descriptors, 0] + [UInt8](repeating: 0, count: 8)
    }
}
