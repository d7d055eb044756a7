// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The query of `GET /containers/json`.

/// Which containers to list.
public struct ContainerListOptions: Sendable, Equatable {
    /// Also those that do not run.
    public var all = false
    /// The most recently created ones, running or not; 0 or less is no limit.
    public var limit = 0
    /// Compute sizes.
    public var size = false
    public var filters = Filters()

    /// The running ones.
    public init(all: Bool = false, limit: Int = 0, size: Bool = false, filters: Filters = Filters()) {
        self.all = all
        self.limit = limit
        self.size = size
        self.filters = filters
    }
}
