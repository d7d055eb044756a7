// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The registry server: the OCI distribution API as routes over four services (blobs, manifests, tags, referrers), which
// stand on a `BlobStore`, and its authorisation. The program wharf-registry composes it.
//
// The room is nearly empty: serving comes with the Registry work. What is here is what the program says until then.

/// The registry server.
public enum Registry {
    /// The version that `wharf-registry --version` prints.
    public static let version = "0.1.0"

    /// Why the program can't serve yet, for people.
    public static let notServing = "wharf-registry \(version) can't serve images yet: this version has no registry"
}
