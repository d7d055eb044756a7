// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What docker's client 28.2.2 sends for
//   run -d -e A=b -p 80:80 -v /a:/b:ro --ulimit nofile=1:2 --mount type=tmpfs,dst=/t,tmpfs-size=1m --health-cmd x
//   --init -m 64m --network none busybox echo hi

/// A create body, byte for byte.
enum GoldenCreateBody {
    static let docker28 = #"""
        {"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,\#
        "ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["A=b"],"Cmd":["echo",\#
        "hi"],"Healthcheck":{"Test":["CMD-SHELL","x"]},"Image":"busybox","Volumes":{},"WorkingDir":"",\#
        "Entrypoint":null,"OnBuild":null,"Labels":{},"HostConfig":{"Binds":["/a:/b:ro"],"ContainerIDFile":"",\#
        "LogConfig":{"Type":"","Config":{}},"NetworkMode":"none","PortBindings":{"80/tcp":[{"HostIp":"",\#
        "HostPort":"80"}]},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",\#
        "VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"","Dns":[],\#
        "DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,\#
        "OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,\#
        "SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":67108864,\#
        "NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],\#
        "BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,\#
        "CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],\#
        "DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":-1,\#
        "OomKillDisable":false,"PidsLimit":0,"Ulimits":[{"Name":"nofile","Hard":2,"Soft":1}],"CpuCount":0,\#
        "CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,"Mounts":[{"Type":"tmpfs","Target":"/t",\#
        "TmpfsOptions":{"SizeBytes":1048576}}],"MaskedPaths":null,"ReadonlyPaths":null,"Init":true},\#
        "NetworkingConfig":{"EndpointsConfig":{}}}
        """#
}
