// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The registry server: the OCI distribution API as routes (Routes/) over the nouns of a registry (Services/), which stand on a
// `BlobStore`, a `RecordStore` and an index that can be made again (Storage/). The program wharf-registry composes it.

/// The registry server.
public enum Registry {
    /// The version that `wharf-registry --version` prints.
    public static let version = "0.1.0"
}
