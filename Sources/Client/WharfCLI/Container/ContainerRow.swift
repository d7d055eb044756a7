// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fields of a container in lists, as docker shows them.

import WharfDockerAPI
import WharfJSON

/// Makes rows of containers.
enum ContainerRow {
    static let columns = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

    static let headers = [
        "ID": "CONTAINER ID", "Names": "NAMES", "Image": "IMAGE", "Command": "COMMAND", "CreatedAt": "CREATED AT", "RunningFor": "CREATED",
        "Ports": "PORTS", "State": "STATE", "Status": "STATUS", "Size": "SIZE", "Labels": "LABELS", "Mounts": "MOUNTS",
        "LocalVolumes": "LOCAL VOLUMES", "Networks": "NETWORKS",
    ]

    /// One row. `truncated` shortens ids, images, commands and mounts.
    static func row(_ container: ContainerSummary, truncated: Bool, now: Timestamp = Timestamp.now()) -> ListRow {
        let age = now.seconds - container.created
        let mounts = container.mounts.map { $0.name.isEmpty ? $0.source : $0.name }
        return ListRow(
            [
                "ID": truncated ? shortID(container.id) : container.id, "Names": names(container, truncated),
                "Image": image(container, truncated),
                "Command": quoted(truncated ? ellipsis(container.command, 20) : container.command),
                "CreatedAt": TimeText.listed(container.created), "RunningFor": GoDuration.inWords(seconds: age) + " ago",
                "Ports": ports(container.ports), "State": container.state, "Status": container.status, "Size": size(container),
                "Labels": labels(container.labels), "Mounts": mounts.map { truncated ? ellipsis($0, 15) : $0 }.joined(separator: ","),
                "LocalVolumes": String(container.mounts.filter { $0.driver == "local" }.count),
                "Networks": (container.networkSettings?.networks ?? [:]).keys.sorted().joined(separator: ","),
            ], labels: container.labels)
    }

    /// Without the slash in front; links of other containers (`/a/b`) only untruncated.
    private static func names(_ container: ContainerSummary, _ truncated: Bool) -> String {
        container.names.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }.filter { !truncated || !$0.contains("/") }
            .joined(separator: ",")
    }

    private static func image(_ container: ContainerSummary, _ truncated: Bool) -> String {
        guard !container.image.isEmpty else { return "<no image>" }
        guard truncated else { return container.image }
        let short = shortID(container.imageID)
        if shortID(container.image) == short { return short }
        // A digest behind a tag only fills the column.
        guard let at = container.image.firstIndex(of: "@"), container.image[..<at].contains(":") else { return container.image }
        return String(container.image[..<at])
    }

    private static func size(_ container: ContainerSummary) -> String {
        let written = ByteSize.decimal(container.sizeRw ?? 0)
        guard let total = container.sizeRootFs, total > 0 else { return written }
        return "\(written) (virtual \(ByteSize.decimal(total)))"
    }

    /// `a=1,b=2`
    static func labels(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// `0.0.0.0:8080->80/tcp, 443/tcp`
    private static func ports(_ ports: [PortSummary]) -> String {
        ports.sorted { ($0.privatePort, $0.type, $0.publicPort, $0.ip) < ($1.privatePort, $1.type, $1.publicPort, $1.ip) }.map { port in
            guard port.publicPort > 0 else { return "\(port.privatePort)/\(port.type)" }
            let address = port.ip.contains(":") ? "[\(port.ip)]" : port.ip
            return "\(address):\(port.publicPort)->\(port.privatePort)/\(port.type)"
        }.joined(separator: ", ")
    }
}
