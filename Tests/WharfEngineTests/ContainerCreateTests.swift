// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What create fills in, refuses and leaves behind, over fakes for images and shims.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI

@testable import WharfEngine

@Suite("create") struct ContainerCreateTests {
    @Test("a created container has the image's and the daemon's defaults") func defaults() async throws {
        let fixture = try EngineFixture()
        fixture.images.change { $0.entrypoint = ["/entry"] }
        let id = try await fixture.create("web") { config, _ in
            config.cmd = nil
            config.env = ["LANG=de", "OWN=1"]
            config.labels = ["both": "user"]
        }
        let inspect = try await fixture.containers.inspect(id)
        #expect(inspect.name == "/web")
        #expect(inspect.path == "/entry")
        #expect(inspect.arguments == ["sh"])
        #expect(inspect.config.env == ["LANG=de", "OWN=1", "PATH=/bin"])
        #expect(inspect.config.labels == ["both": "user", "from": "image"])
        #expect(inspect.config.hostname == String(id.prefix(12)))
        #expect(inspect.hostConfig.shmSize == 67_108_864)
        #expect(inspect.hostConfig.ipcMode == "private")
        #expect(inspect.hostConfig.cgroupnsMode == "host")
        #expect(inspect.hostConfig.logConfig.type == "json-file")
        #expect(inspect.hostConfig.maskedPaths?.contains("/proc/kcore") == true)
        #expect(inspect.state.status == "created")
        #expect(inspect.state.startedAt == .zero)
        #expect(inspect.image == FakeImages.imageID)
        #expect(try await fixture.actions(of: id) == ["create"])
    }

    @Test("an own entry point drops the image's command, an empty one too") func entrypoint() throws {
        var image = ContainerDefaults()
        image.entrypoint = ["/entry"]
        image.command = ["arg"]
        var own = ContainerConfig()
        own.entrypoint = ["/mine"]
        #expect(try own.merged(over: image).command() == ("/mine", []))
        own.entrypoint = [""]
        own.cmd = ["echo", "x"]
        #expect(try own.merged(over: image).command() == ("echo", ["x"]))
        own.entrypoint = nil
        own.cmd = ["x"]
        #expect(try own.merged(over: image).command() == ("/entry", ["x"]))
    }

    @Test("what a process finds in its environment") func environment() {
        var config = ContainerConfig()
        config.hostname = "h"
        config.env = ["PATH=/own", "A=1", "HOSTNAME"]
        #expect(config.processEnvironment(terminal: true, adding: ["A=2"]) == ["PATH=/own", "TERM=xterm", "A=2"])
    }

    @Test("no command at all is refused") func noCommand() async throws {
        let fixture = try EngineFixture()
        fixture.images.change { $0.command = nil }
        let text = await failure(.invalidArgument) { _ = try await fixture.create { config, _ in config.cmd = nil } }
        #expect(text == "no command specified")
    }

    @Test("an unknown image is Docker's 404") func unknownImage() async throws {
        let fixture = try EngineFixture()
        let text = await failure(.notFound) { _ = try await fixture.create { config, _ in config.image = "nope" } }
        #expect(text == "No such image: nope:latest")
    }

    @Test("a name that is taken is Docker's 409, and nothing is left behind") func conflict() async throws {
        let fixture = try EngineFixture()
        let first = try await fixture.create("web")
        let text = await failure(.conflict) { _ = try await fixture.create("/web") }
        #expect(
            text == "Conflict. The container name \"/web\" is already in use by container \"\(first)\". "
                + "You have to remove (or rename) that container to be able to reuse that name.")
        #expect(try await fixture.images.roots() == [first])
        #expect(try fixture.containers.directory.ids() == [first])
        try await fixture.containers.remove(first)
        _ = try await fixture.create("web")
    }

    @Test("of many creates with one name exactly one wins") func race() async throws {
        let fixture = try EngineFixture()
        let won = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { (try? await fixture.create("web")) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
        #expect(try await fixture.images.roots().count == 1)
    }

    @Test("names") func names() async throws {
        for name in ["a", "-x", "a b", "ä", "a/b", "_a"] {
            #expect(throws: WharfError.self) { try ContainerName.validate(name) }
        }
        #expect(try ContainerName.validate("/Web_1.x-y") == "Web_1.x-y")
        for attempt in 0..<4 { #expect(ContainerName.isValid(ContainerName.generate(attempt: attempt))) }
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        #expect(ContainerName.isValid(String(try await fixture.containers.inspect(id).name.dropFirst())))
    }

    @Test("ids are 64 hexadecimal digits and don't begin like a number") func ids() {
        for _ in 0..<200 {
            let id = ContainerID.make()
            #expect(id.utf8.count == 64 && ContainerID.isPrefix(id))
            #expect(UInt64(id.prefix(12)) == nil)
        }
    }

    @Test("containers are found by id, name and beginning") func references() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web")
        for reference in [id, "web", "/web", String(id.prefix(12)), String(id.prefix(5))] {
            #expect(try await fixture.containers.inspect(reference).id == id)
        }
        let text = await failure(.notFound) { _ = try await fixture.containers.inspect("nobody") }
        #expect(text == "No such container: nobody")
        _ = await failure(.invalidArgument) { _ = try await fixture.containers.inspect("") }
        for _ in 0..<40 { _ = try await fixture.create() }
        // Among 41 ids at least two begin with the same digit.
        let firsts = Dictionary(grouping: fixture.containers.table.all(), by: { $0.id.prefix(1) })
        let shared = try #require(firsts.first { $0.value.count > 1 }?.key)
        let ambiguous = await failure(.invalidArgument) { _ = try await fixture.containers.inspect(String(shared)) }
        #expect(ambiguous == "multiple IDs found with provided prefix: \(shared)")
    }

    @Test("the image is held while the container exists") func holds() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        let image = Containers.image(FakeImages.imageID)
        #expect(try fixture.store.read { try $0.holders(of: image) } == ["container/\(id)"])
        try await fixture.containers.remove(id)
        #expect(try fixture.store.read { try $0.holders(of: image) }.isEmpty)
    }

    @Test("limits and modes that can't be are refused in Docker's words") func validation() async throws {
        let cases: [(String, (inout ContainerConfig, inout HostConfig) -> Void)] = [
            ("Minimum memory limit allowed is 6MB", { $1.resources.memory = 1 << 20 }),
            (
                "Minimum memoryswap limit should be larger than memory limit, see usage",
                {
                    $1.resources.memory = 64 << 20
                    $1.resources.memorySwap = 32 << 20
                }
            ),
            (
                "You should always set the Memory limit when using Memoryswap limit, see usage", { $1.resources.memorySwap = 32 << 20 }
            ),
            (
                "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", { $1.resources.nanoCPUs = 3_000_000_000 }
            ),
            ("Requested CPUs are not available - requested 7, available: 0-1", { $1.resources.cpusetCpus = "7" }),
            ("the working directory 'rel' is invalid, it needs to be an absolute path", { config, _ in config.workingDirectory = "rel" }),
            ("invalid signal: NOPE", { config, _ in config.stopSignal = "NOPE" }),
            ("invalid environment variable: =x", { config, _ in config.env = ["=x"] }),
            (
                "can't create 'AutoRemove' container with restart policy",
                {
                    $1.autoRemove = true
                    $1.restartPolicy.name = "always"
                }
            ),
            (
                "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
                { $1.restartPolicy.name = "sometimes" }
            ),
            ("invalid CapAdd: unknown capability: \"CAP_NONSENSE\"", { $1.capAdd = ["NONSENSE"] }),
            ("invalid --security-opt 2: \"nonsense=1\"", { $1.securityOpt = ["nonsense=1"] }),
            ("logger: no log driver named 'nonsense' is registered", { $1.logConfig.type = "nonsense" }),
            ("unknown log opt 'nonsense' for json-file log driver", { $1.logConfig.config = ["nonsense": "1"] }),
            ("unknown or invalid runtime name: no-such-rt", { $1.runtime = "no-such-rt" }),
            ("Duplicate mount point: /m", { $1.binds = ["/tmp:/m", "/etc:/m"] }),
            (
                "invalid volume specification: '/tmp:m': invalid mount config for type \"bind\": invalid mount path: 'm' mount path must be absolute",
                { $1.binds = ["/tmp:m"] }
            ),
            ("invalid volume specification: '/tmp:/m:odd': invalid mode: odd", { $1.binds = ["/tmp:/m:odd"] }),
            ("invalid volume specification: '/tmp:/': invalid specification: destination can't be '/'", { $1.binds = ["/tmp:/"] }),
            ("Invalid value 1001, range for oom score adj is [-1000, 1000]", { $1.oomScoreAdj = 1001 }),
            (
                "conflicting options: hostname and the UTS mode",
                {
                    $0.hostname = "x"
                    $1.utsMode = "host"
                }
            ),
        ]
        let fixture = try EngineFixture()
        for (text, change) in cases {
            #expect(await failure(.invalidArgument) { _ = try await fixture.create(nil, change) } == text)
        }
        #expect(try await fixture.containers.list(.init(all: true)).isEmpty)
    }

    @Test("what comes later is refused as such") func notYet() async throws {
        let fixture = try EngineFixture()
        let cases: [(inout ContainerConfig, inout HostConfig) -> Void] = [
            { $1.networkMode = "container:x" }, { $1.networkMode = "mine" }, { $1.binds = ["data:/d"] },
            { config, _ in config.volumes = [String: EmptyObject](members: ["/d"]) },
            {
                $1.networkMode = "default"
                $1.portBindings = ["80/tcp": [PortBinding()]]
            },
        ]
        for change in cases { _ = await failure(.notImplemented) { _ = try await fixture.create(nil, change) } }
    }

    @Test("the default network gives a warning, none gives none") func warnings() async throws {
        let fixture = try EngineFixture()
        #expect(try await fixture.containers.create(fixture.request()).warnings.isEmpty)
        let warned = try await fixture.containers.create(fixture.request { $1.networkMode = "default" }).warnings
        #expect(warned.count == 1)
        #expect(warned.first?.contains("loopback") == true)
    }

    @Test("a bind's source must be there for --mount and need not for -v") func bindSources() async throws {
        let fixture = try EngineFixture()
        let missing = (fixture.folder / "missing").description
        let text = await failure(.invalidArgument) {
            _ = try await fixture.create { config, host in
                var mount = MountRequest()
                mount.type = "bind"
                mount.source = missing
                mount.target = "/m"
                host.mounts = [mount]
            }
        }
        #expect(text == "invalid mount config for type \"bind\": bind source path does not exist: \(missing)")
        let (id, _) = try await fixture.run { $1.binds = ["\(missing):/m:ro"] }
        #expect(try HostPath(missing).status().kind == .directory)
        let mount = try #require(try await fixture.containers.inspect(id).mounts.first)
        #expect(mount.type == "bind" && mount.destination == "/m" && mount.mode == "ro" && !mount.readWrite)
        #expect(fixture.tasks.lastRequest?.spec.mounts.first?.readOnly == true)
    }

    @Test("records survive their row") func coding() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web") { config, host in
            config.labels = ["a": "b"]
            host.binds = ["/tmp:/m:ro"]
            host.tmpfs = ["/t": "size=1m"]
        }
        let record = try #require(fixture.containers.table.record(id))
        #expect(try JSON.decode(ContainerRecord.self, from: JSON.encode(record)) == record)
    }
}
