// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What this build is called.

/// The product's version, as `wharfd --version` and the Engine API tell it.
enum Version {
    static let number = "0.1.0"
    static let text = "wharfd version \(number)"
}
