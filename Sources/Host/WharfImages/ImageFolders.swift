// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where an image's layers lie, in the words of Docker's overlay2 driver: what `inspect` shows as the driver's data.

import WharfBlocking
import WharfError
import WharfLinux
import WharfOCI
import WharfSnapshots

extension ImageStore {
    /// `UpperDir`, `WorkDir` and, above the first layer, `LowerDir`; empty for an image without layers.
    public func layerFolders(_ image: Image) async throws -> [String: String] {
        guard let top = image.layers.last else { return [:] }
        return try await blocking.own { [snapshots] in
            try converting("layers of \(image.id)") {
                let folders = try snapshots.layers(top.chainID.description).map(\.description)
                guard let upper = folders.first else { return [:] }
                var data = ["UpperDir": upper]
                if folders.count > 1 { data["LowerDir"] = folders.dropFirst().joined(separator: ":") }
                if upper.utf8.reversed().starts(with: "/fs".utf8.reversed()) { data["WorkDir"] = upper.dropLast(2) + "work" }
                return data
            }
        }
    }
}
