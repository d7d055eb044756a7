// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Containers by the bare API: every answer is what the description of the Engine API says, and docker-py drives all of it.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Container API", .containers, .daemon, .enabled(if: Programs.reference == nil))
    struct ContainerAPITests {
        let daemon: DaemonFixture
        var api: UnixHTTP { daemon.api }

        init() throws { daemon = try theDaemon() }

        @Test(
            "refusals have docker's statuses",
            arguments: [
                ("GET", "/containers/none/top", 404), ("GET", "/containers/none/stats", 404), ("GET", "/containers/none/changes", 404),
                ("GET", "/containers/none/export", 404), ("GET", "/containers/none/archive?path=/", 404),
                ("HEAD", "/containers/none/archive?path=/", 404),
                ("PUT", "/containers/none/archive?path=/", 404), ("GET", "/containers/none/archive", 400),
                ("POST", "/containers/prune?filters=%7B%22x%22%3A%5B%22a%22%5D%7D", 400),
            ])
        func refusals(_ method: String, _ target: String, _ status: Int) async throws {
            #expect(try await api.send(method, target).status == status)
        }

        @Test("docker-py drives containers", .enabled(if: DockerPy.program != nil, "no python with docker-py"))
        func dockerPy() async throws {
            let python = try #require(DockerPy.program)
            let result = try await CommandLine.run(
                python, ["-c", Self.script, "unix://\(daemon.socket)", unique("py")], deadline: .seconds(180))
            #expect(result.exitCode == 0 && result.lines.last == "all done", "\(result)")
        }

        private static let script = """
            import sys, io, tarfile, time, threading, docker
            from docker.errors import NotFound, APIError, ContainerError
            from docker.types import LogConfig, Ulimit
            client = docker.DockerClient(base_url=sys.argv[1], version="auto", timeout=60)
            name = sys.argv[2]
            assert client.ping() and client.version()["ApiVersion"] and client.info()["OSType"] == "linux"
            assert client.containers.run("busybox", ["echo", "hi"], remove=True, network_mode="none") == b"hi\\n"
            try:
                client.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], remove=True, network_mode="none")
                raise SystemExit("no error")
            except ContainerError as e:
                assert e.exit_status == 3 and b"bad" in e.stderr, e
            c = client.containers.run(
                "busybox", ["sh", "-c", "echo one; echo two >&2; trap 'exit 7' TERM; while :; do sleep 0.1; done"], name=name, detach=True,
                network_mode="none", labels={"l": name}, environment={"A": "b"}, mem_limit="64m", tty=False, stdin_open=True,
                ulimits=[Ulimit(name="nofile", soft=64, hard=64)], hostname="ship", working_dir="/tmp", cap_drop=["NET_RAW"],
                log_config=LogConfig(type="json-file", config={"max-size": "1m"}), tmpfs={"/t": "size=1m"}, init=True, pids_limit=50)
            c.reload()
            assert c.status == "running" and c.name == name and c.attrs["Config"]["Hostname"] == "ship" and c.labels["l"] == name
            assert [x.id for x in client.containers.list(filters={"label": "l=" + name})] == [c.id]
            deadline = time.monotonic() + 30
            while c.logs() != b"one\\ntwo\\n" and time.monotonic() < deadline: pass
            assert c.logs(stdout=True, stderr=False) == b"one\\n" and c.logs(tail=1) == b"two\\n" and b"T" in c.logs(timestamps=True)
            code, output = c.exec_run(["sh", "-c", "echo $A; echo err >&2; exit 4"], demux=True)
            assert code == 4 and output == (b"b\\n", b"err\\n"), (code, output)
            assert c.exec_run("id -u", user="1000").output == b"1000\\n"
            top = c.top()
            assert "PID" in top["Titles"] and len(top["Processes"]) >= 2, top
            assert c.top(ps_args="-o pid,comm")["Titles"] == ["PID", "COMMAND"]
            one = c.stats(stream=False)
            assert one["memory_stats"]["limit"] == 64 << 20 and one["precpu_stats"]["cpu_usage"]["total_usage"] >= 0, one
            stream = c.stats(decode=True)
            first, second = next(stream), next(stream)
            assert second["preread"] == first["read"], (first["read"], second["preread"])
            stream.close()
            c.pause(); c.reload(); assert c.status == "paused"
            c.unpause(); c.reload(); assert c.status == "running"
            c.update(mem_limit="48m", memswap_limit="48m"); c.reload()
            assert c.attrs["HostConfig"]["Memory"] == 48 << 20
            c.rename(name + "x"); c.reload(); assert c.name == name + "x"
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as tar:
                info = tarfile.TarInfo("put/f"); info.size = 3; info.uid = 7; info.gid = 8
                tar.addfile(info, io.BytesIO(b"abc"))
            assert c.put_archive("/tmp", buffer.getvalue())
            bits, stat = c.get_archive("/tmp/put/f")
            got = tarfile.open(fileobj=io.BytesIO(b"".join(bits))).getmember("f")
            assert stat["name"] == "f" and stat["size"] == 3 and (got.uid, got.gid) == (7, 8), (stat, got)
            bits, stat = c.get_archive("/tmp/put", encode_stream=True)
            try:
                c.get_archive("/none"); raise SystemExit("no error")
            except NotFound:
                pass
            assert {"Path": "/tmp/put/f", "Kind": 1} in c.diff(), c.diff()
            names = tarfile.open(fileobj=io.BytesIO(b"".join(c.export()))).getnames()
            assert "tmp/put/f" in names and "bin/busybox" in names, names[:20]
            sock = client.api.attach_socket(c.id, params={"stdin": 1, "stdout": 1, "stream": 1}); sock.close()
            try:
                c.remove(); raise SystemExit("a running container was removed")
            except APIError as e:
                assert e.status_code == 409, e
            waiting = {}
            t = threading.Thread(target=lambda: waiting.update(c.wait(condition="next-exit"))); t.start()
            c.stop(timeout=10); t.join(30); c.reload()
            assert waiting["StatusCode"] == 7 and c.status == "exited" and c.attrs["State"]["ExitCode"] == 7, (waiting, c.attrs["State"])
            assert c.wait()["StatusCode"] == 7
            c.start(); c.reload(); assert c.status == "running"
            c.restart(timeout=5); c.reload(); assert c.status == "running"
            c.kill(); c.wait(); c.reload(); assert c.attrs["State"]["ExitCode"] == 137
            actions = [e["Action"] for e in client.events(since=1, until=int(time.time()) + 1, decode=True, filters={"container": c.id})]
            for wanted in ("create", "start", "exec_create: id -u", "pause", "unpause", "update", "rename", "archive-path", "extract-to-dir", "export", "top", "kill", "die", "stop", "restart"):
                assert wanted in actions, (wanted, actions)
            usage = client.df()
            assert usage
            gone = client.containers.prune(filters={"label": "l=" + name})
            assert gone["ContainersDeleted"] == [c.id] and gone["SpaceReclaimed"] > 0, gone
            try:
                client.containers.get(c.id); raise SystemExit("still there")
            except NotFound:
                pass
            print("all done")
            """
    }
}
