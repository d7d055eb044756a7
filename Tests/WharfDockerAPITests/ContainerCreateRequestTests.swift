// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Create bodies: what docker's client sends is read and written back byte for byte, odd spellings are understood.

import Testing
import WharfDockerAPI
import WharfJSON

@Suite struct ContainerCreateRequestTests {
    private func decode(_ text: String) throws -> ContainerCreateRequest {
        try JSON.decode(ContainerCreateRequest.self, from: Array(text.utf8), keys: .caseInsensitive)
    }

    @Test func dockersBodyComesBackByteForByte() throws {
        let request = try decode(GoldenCreateBody.docker28)
        #expect(request.config.cmd == ["echo", "hi"])
        #expect(request.hostConfig?.resources.memory == 67_108_864)
        #expect(request.hostConfig?.mounts?.first?.tmpfsOptions?.sizeBytes == 1_048_576)
        #expect(String(decoding: JSON.encode(request), as: UTF8.self) == GoldenCreateBody.docker28)
    }

    @Test func commandMayBeOneString() throws {
        let request = try decode(#"{"Cmd": "true", "Entrypoint": "sh", "HostConfig": {"CapAdd": "NET_ADMIN"}}"#)
        #expect(request.config.cmd == ["true"])
        #expect(request.config.entrypoint == ["sh"])
        #expect(request.hostConfig?.capAdd == ["NET_ADMIN"])
        #expect(throws: JSONError.self) { try decode(#"{"Cmd": 5}"#) }
        #expect(throws: JSONError.self) { try decode(#"{"Cmd": ["a", 5]}"#) }
    }

    @Test func nullAndAbsentMeanZeroAndKeysIgnoreCase() throws {
        let request = try decode(
            #"{"image": "x", "TTY": true, "Env": null, "Unknown": {"a": [1]}, "hostconfig": {"memory": 5, "BINDS": ["a:b"]}}"#)
        #expect(request.config.image == "x")
        #expect(request.config.tty)
        #expect(request.config.env == nil)
        #expect(request.config.cmd == nil)
        #expect(request.hostConfig?.resources.memory == 5)
        #expect(request.hostConfig?.binds == ["a:b"])
        #expect(request.networkingConfig == nil)
        #expect(try decode("{}") == ContainerCreateRequest())
    }

    @Test func setsAreMapsToEmptyObjects() throws {
        let request = try decode(#"{"ExposedPorts": {"80/tcp": {}, "53/udp": null}, "Volumes": {"/data": {"x": 1}}}"#)
        #expect(request.config.exposedPorts?.keys.sorted() == ["53/udp", "80/tcp"])
        #expect(request.config.volumes?.keys.sorted() == ["/data"])
        #expect(throws: JSONError.self) { try decode(#"{"Volumes": {"/data": 1}}"#) }
    }

    @Test func wrongTypesNameTheirPlace() throws {
        let error = try #require(throws: JSONError.self) { try decode(#"{"HostConfig": {"Memory": "64m"}}"#) }
        #expect(error.description == "HostConfig.Memory: expected a whole number, found a string")
    }

    @Test func consoleSizeIsAPair() throws {
        let request = try decode(#"{"HostConfig": {"ConsoleSize": [24, 80]}}"#)
        #expect(request.hostConfig?.consoleSize == ConsoleSize(height: 24, width: 80))
        #expect(try decode(#"{"HostConfig": {"ConsoleSize": [24]}}"#).hostConfig?.consoleSize == ConsoleSize(height: 24, width: 0))
    }

    @Test func responseNeverHasNullWarnings() {
        #expect(String(decoding: JSON.encode(ContainerCreateResponse(id: "a")), as: UTF8.self) == #"{"Id":"a","Warnings":[]}"#)
    }
}
