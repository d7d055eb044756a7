// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /system/df`: what images and containers take on the disk. Sizes of layers are known; those of containers' own files
// are counted.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

extension HostSystem {
    /// What the daemon's objects take.
    ///
    /// - Throws: what the stores can't read.
    public func diskUsage(_ options: DiskUsageOptions = DiskUsageOptions()) async throws -> DiskUsage {
        var usage = DiskUsage()
        usage.isVerbose = options.verbose
        if options.kinds.contains(.image) { usage.imageUsage = try await images.usage() }
        if options.kinds.contains(.container) { usage.containerUsage = try await containers.usage() }
        if options.kinds.contains(.volume) { usage.volumeUsage = ResourceUsage() }
        if options.kinds.contains(.buildCache) { usage.buildCacheUsage = ResourceUsage() }
        return usage
    }
}

extension Images {
    /// Images, with the bytes that they share counted once.
    func usage() async throws -> ResourceUsage<ImageSummary> {
        let found = try await store.diskUsage()
        let users = containersByImage()
        var usage = ResourceUsage<ImageSummary>()
        usage.totalSize = found.layers
        usage.reclaimable = found.reclaimable
        // Further platforms of a name count with it.
        usage.items = found.items.filter { !$0.image.isVariant }.map { item in
            var summary = ImageSummary(item.image)
            summary.containers = Int64(store.variants(of: item.image).reduce(0) { $0 + (users[$1.id.description]?.count ?? 0) })
            summary.sharedSize = item.shared
            return summary
        }
        usage.totalCount = Int64(usage.items?.count ?? 0)
        usage.activeCount = Int64(usage.items?.count { $0.containers > 0 } ?? 0)
        return usage
    }
}

extension Containers {
    /// Containers with the bytes of their own files.
    func usage() async throws -> ResourceUsage<ContainerSummary> {
        var usage = ResourceUsage<ContainerSummary>()
        var items: [ContainerSummary] = []
        let now = Timestamp.now()
        for record in table.all() {
            var summary = ContainerSummary(record, image: shownImage(record), now: now)
            do {
                let sizes = try await images.rootSize(record.id, image: record.imageID)
                summary.sizeRw = sizes.writable
                summary.sizeRootFs = sizes.total
                usage.totalSize += sizes.writable
                if record.state.isRunning { usage.activeCount += 1 } else { usage.reclaimable += sizes.writable }
            } catch let error as WharfError where error.code == .notFound {
                // Removed while the others were counted.
                continue
            }
            items.append(summary)
        }
        usage.items = items
        usage.totalCount = Int64(items.count)
        return usage
    }
}
