// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The way from HTTP to WebSocket (RFC 6455, section 4): checked, proved, and then plain bytes for whoever answers.

public import WharfError
public import WharfLinux

extension HTTPResponse {
    /// Leaves HTTP for WebSocket; `run` gets a plain connection, whose other end is the client's frames.
    ///
    /// - Parameter isText: what `run` writes goes out as text, else as bytes.
    /// - Throws: `invalidArgument` for a request that asks for something else.
    public static func webSocket(
        _ request: HTTPRequest, isText: Bool = false, _ run: @escaping @Sendable (HijackedConnection) async -> Void
    ) throws(WharfError) -> HTTPResponse {
        guard let upgrade = request.upgrade, upgrade.utf8.elementsEqual("websocket".utf8) || upgrade.lowercased() == "websocket" else {
            throw WharfError(.invalidArgument, "not a websocket handshake")
        }
        guard request.headers["Sec-WebSocket-Version"] == "13" else {
            throw WharfError(.invalidArgument, "only version 13 of websocket is spoken")
        }
        guard let key = request.headers["Sec-WebSocket-Key"], key.utf8.count == 24 else {
            throw WharfError(.invalidArgument, "a websocket handshake needs a Sec-WebSocket-Key of 16 bytes")
        }
        let headers: HTTPHeaders = [
            "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": webSocketProof(of: key),
        ]
        return HTTPResponse(
            101, headers: headers,
            content: .hijack { connection in
                // Out of descriptors or threads: the connection closes, which is all that can still be said.
                guard let inner = try? WebSocketPump.start(connection, kind: isText ? .text : .binary) else { return }
                await run(inner)
            })
    }

    /// What shows a client that its key was read by somebody who knows WebSocket.
    static func webSocketProof(of key: String) -> String {
        text(of: SHA1.hash(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// Base64 with padding (RFC 4648) of the hash.
    private static func text(of bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
