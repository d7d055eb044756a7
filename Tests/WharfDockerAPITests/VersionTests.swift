// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// API versions and the shapes that differ between them.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@Suite struct VersionTests {
    @Test func parsing() {
        #expect(APIVersion("1.41") == APIVersion(1, 41))
        #expect(APIVersion("v1.9") == APIVersion(1, 9))
        #expect(APIVersion(1, 9) < APIVersion(1, 24))
        for text in ["", "1", "1.", ".1", "1.2.3", "vv1.2", "1.x", "-1.2", "1.99999", "１.2", "1. 2"] {
            #expect(APIVersion(text) == nil, "\(text)")
        }
        #expect(APIVersion(1, 56).description == "1.56")
    }

    @Test func supportedRange() throws {
        try APIVersion.minimum.requireSupported()
        try APIVersion.current.requireSupported()
        #expect {
            try APIVersion(1, 23).requireSupported()
        } throws: {
            "\($0)"
                == "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
        }
        #expect {
            try APIVersion(1, 57).requireSupported()
        } throws: {
            "\($0)" == "client version 1.57 is too new. Maximum supported API version is 1.56"
        }
    }

    @Test func hostConfigOfOldClients() {
        var host = HostConfig()
        host.consoleSize = ConsoleSize(height: 1, width: 2)
        host.annotations = ["a": "b"]
        host.resources.pidsLimit = 0
        host.resources.memorySwappiness = -1
        let old = host.shaped(for: APIVersion(1, 39))
        #expect(old.ipcMode == "shareable")
        #expect(old.consoleSize == ConsoleSize())
        #expect(old.annotations == nil)
        let new = host.shaped(for: .current)
        #expect(new.ipcMode == "")
        #expect(new.consoleSize == ConsoleSize(height: 1, width: 2))
        #expect(new.annotations == ["a": "b"])
        #expect(new.resources.pidsLimit == nil)
        #expect(new.resources.memorySwappiness == nil)
    }

    @Test func macAddressMovesToTheEndpoint() {
        var request = ContainerCreateRequest()
        request.config.macAddress = "02:00:00:00:00:01"
        request.hostConfig = HostConfig()
        request.hostConfig?.networkMode = "mynet"
        let old = request.shaped(for: APIVersion(1, 43))
        #expect((old.networkingConfig?.endpointsConfig?["mynet"] ?? nil)?.macAddress == "02:00:00:00:00:01")
        #expect(request.shaped(for: APIVersion(1, 44)).networkingConfig == nil)
    }

    @Test func readOnlyBindsWereNotRecursive() {
        var mount = MountRequest()
        mount.type = "bind"
        mount.readOnly = true
        #expect(mount.shaped(for: APIVersion(1, 43)).bindOptions?.readOnlyNonRecursive == true)
        #expect(mount.shaped(for: APIVersion(1, 44)).bindOptions == nil)
    }

    @Test func imagesOfOldClients() {
        var image = ImageSummary()
        image.size = 7
        #expect(image.shaped(for: APIVersion(1, 42)).repoTags == ["<none>:<none>"])
        #expect(image.shaped(for: APIVersion(1, 43)).repoTags == [])
        #expect(image.shaped(for: APIVersion(1, 43)).virtualSize == 7)
        #expect(image.shaped(for: APIVersion(1, 44)).virtualSize == nil)
    }

    @Test func imageInspectConfig() throws {
        var image = ImageInspect()
        var config = ContainerConfig()
        config.cmd = ["sh"]
        image.config = config
        let old = try JSON.parse(JSON.encode(image.shaped(for: APIVersion(1, 49))))
        #expect(old["Config"]?["Hostname"]?.string == "")
        #expect(old["Parent"]?.string == "")
        let new = try JSON.parse(JSON.encode(image.shaped(for: APIVersion(1, 52))))
        #expect(new["Config"]?.object?.keys == ["Cmd"])
        #expect(new["Parent"] == nil)
    }

    @Test func aliasesOfOldClientsHoldTheShortID() {
        var inspect = ContainerInspect()
        inspect.id = String(repeating: "ab", count: 32)
        inspect.config.hostname = "h"
        inspect.networkSettings.networks = ["bridge": EndpointSettings(), "mynet": EndpointSettings()]
        let old = inspect.shaped(for: APIVersion(1, 44))
        #expect(old.networkSettings.networks["mynet"]?.aliases == ["abababababab", "h"])
        #expect(old.networkSettings.networks["bridge"]?.aliases == nil)
        #expect(inspect.shaped(for: APIVersion(1, 45)).networkSettings.networks["mynet"]?.aliases == nil)
    }

    @Test func infoOfOldClients() {
        var info = SystemInfo()
        info.securityOptions = ["name=seccomp,profile=builtin", "name=cgroupns"]
        info.runcCommit.id = "x"
        #expect(info.shaped(for: APIVersion(1, 24)).securityOptions == ["seccomp", "cgroupns"])
        #expect(info.shaped(for: APIVersion(1, 48)).runcCommit.expected == "x")
        #expect(info.shaped(for: APIVersion(1, 49)).runcCommit.expected == nil)
        #expect(info.shaped(for: APIVersion(1, 49)).bridgeNfIptables == false)
        #expect(info.shaped(for: APIVersion(1, 50)).bridgeNfIptables == nil)
    }
}
