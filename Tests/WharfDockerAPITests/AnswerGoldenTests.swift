// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Answers byte for byte as dockerd 28 writes them: which keys, in which order, null or left out.

import Testing
import WharfDockerAPI
import WharfJSON

@Suite struct AnswerGoldenTests {
    private func text(_ value: some JSONWritable) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }

    @Test func containerSummary() {
        var summary = ContainerSummary()
        summary.id = "abc"
        summary.names = ["/x"]
        summary.image = "busybox"
        summary.imageID = "sha256:1"
        summary.command = "sh"
        summary.created = 5
        summary.state = "running"
        summary.status = "Up 5 seconds"
        summary.hostConfig.networkMode = "none"
        summary.ports = [PortSummary(ip: "", privatePort: 80, publicPort: 0, type: "tcp")]
        summary.networkSettings = NetworkSettingsSummary(networks: [:])
        #expect(
            text(summary)
                == #"{"Id":"abc","Names":["/x"],"Image":"busybox","ImageID":"sha256:1","Command":"sh","Created":5,"#
                + #""Ports":[{"PrivatePort":80,"Type":"tcp"}],"Labels":{},"State":"running","Status":"Up 5 seconds","#
                + #""HostConfig":{"NetworkMode":"none"},"NetworkSettings":{"Networks":{}},"Mounts":[]}"#)
    }

    @Test func containerState() {
        #expect(
            text(ContainerState())
                == #"{"Status":"","Running":false,"Paused":false,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":0,"ExitCode":0,"#
                + #""Error":"","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"}"#)
    }

    @Test func mountPoint() {
        var mount = MountPoint()
        mount.type = "bind"
        mount.source = "/a"
        mount.destination = "/b"
        mount.readWrite = true
        mount.propagation = "rprivate"
        #expect(
            text(mount) == #"{"Type":"bind","Source":"/a","Destination":"/b","Mode":"","RW":true,"Propagation":"rprivate"}"#)
    }

    @Test func networkSettingsKeepTheOldFieldsUpTo151() throws {
        var inspect = ContainerInspect()
        inspect.networkSettings.networks["none"] = EndpointSettings()
        let old = try JSON.parse(JSON.encode(inspect.shaped(for: APIVersion(1, 51))))
        let oldKeys = old["NetworkSettings"]?.object?.keys ?? []
        #expect(oldKeys.contains("IPAddress") && oldKeys.contains("Bridge") && oldKeys.contains("SecondaryIPAddresses"))
        let new = try JSON.parse(JSON.encode(inspect.shaped(for: APIVersion(1, 52))))
        #expect(new["NetworkSettings"]?.object?.keys == ["SandboxID", "SandboxKey", "Ports", "Networks"])
        // Both forms are read back.
        #expect(try JSON.decode(ContainerInspect.self, from: JSON.encode(inspect)) == inspect)
        let shaped = inspect.shaped(for: APIVersion(1, 52))
        #expect(try JSON.decode(ContainerInspect.self, from: JSON.encode(shaped)) == shaped)
    }

    @Test func waitResponse() {
        #expect(text(ContainerWaitResponse(error: nil, statusCode: 137)) == #"{"StatusCode":137}"#)
    }

    @Test func execInspect() {
        var exec = ExecInspect()
        exec.id = "e"
        exec.running = true
        exec.processConfig.entrypoint = "sh"
        exec.processConfig.privileged = false
        exec.detachKeys = Base64Bytes([16, 17])
        #expect(
            text(exec)
                == #"{"ID":"e","Running":true,"ExitCode":null,"ProcessConfig":{"tty":false,"entrypoint":"sh","arguments":[],"privileged":false},"#
                + #""OpenStdin":false,"OpenStderr":false,"OpenStdout":false,"CanRemove":false,"ContainerID":"","DetachKeys":"EBE=","Pid":0}"#
        )
    }

    @Test func imageAnswers() {
        #expect(text(ImageDeleteItem(deleted: "", untagged: "a:b")) == #"{"Untagged":"a:b"}"#)
        #expect(text([ImageDeleteItem(deleted: "sha256:1")]) == #"[{"Deleted":"sha256:1"}]"#)
        var image = ImageSummary()
        image.id = "sha256:1"
        image.size = 9
        #expect(
            text(image)
                == #"{"Containers":-1,"Created":0,"Id":"sha256:1","Labels":null,"ParentId":"","RepoDigests":[],"RepoTags":[],"SharedSize":-1,"Size":9}"#
        )
    }

    @Test func eventsLoseTheirOldFieldsIn152() {
        var event = EventMessage()
        event.type = "container"
        event.action = "start"
        event.actor = EventActor(id: "i", attributes: ["name": "n"])
        event.status = "start"
        event.id = "i"
        event.from = "busybox"
        event.time = 1
        event.timeNano = 1_000_000_001
        let tail =
            #""Type":"container","Action":"start","Actor":{"ID":"i","Attributes":{"name":"n"}},"scope":"local","time":1,"timeNano":1000000001}"#
        #expect(text(event.shaped(for: APIVersion(1, 51))) == #"{"status":"start","id":"i","from":"busybox","# + tail)
        #expect(text(event.shaped(for: APIVersion(1, 52))) == "{" + tail)
    }

    @Test func inactiveSwarm() {
        #expect(
            text(SwarmInfo())
                == #"{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":false,"Error":"","RemoteManagers":null}"#)
    }

    @Test func progressAndErrors() {
        #expect(text(ErrorResponse(message: "No such container: x")) == #"{"message":"No such container: x"}"#)
        var message = ProgressMessage()
        message.status = "Loading layer"
        message.id = "abc"
        message.progressDetail = ProgressDetail(current: 5, total: 9)
        #expect(text(message) == #"{"status":"Loading layer","progressDetail":{"current":5,"total":9},"id":"abc"}"#)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(plain: String, encoded: String) throws {
        #expect(Base64Bytes(Array(plain.utf8)).text == encoded)
        let decoded = try JSON.decode(Base64Bytes.self, from: Array("\"\(encoded)\"".utf8))
        #expect(decoded.bytes == Array(plain.utf8))
    }

    @Test func brokenBase64IsRefused() {
        for text in ["Zg", "Z===", "Zg==Zg==", "Z g="] {
            #expect(throws: JSONError.self) { try JSON.decode(Base64Bytes.self, from: Array("\"\(text)\"".utf8)) }
        }
    }
}
