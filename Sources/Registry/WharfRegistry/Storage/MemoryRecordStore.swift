// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Records in memory: for tests, and for a registry that is to forget.

import Synchronization

/// A `RecordStore` without a disk.
public final class MemoryRecordStore: RecordStore {
    private let records = Mutex<[RecordKey: [UInt8]]>([:])

    public init() {}

    public func read(_ key: RecordKey) throws(RegistryError) -> [UInt8]? { records.withLock { $0[key] } }

    public func write(_ key: RecordKey, _ bytes: [UInt8]) throws(RegistryError) { records.withLock { $0[key] = bytes } }

    public func delete(_ key: RecordKey) throws(RegistryError) { records.withLock { $0[key] = nil } }

    public func keys() throws(RegistryError) -> [RecordKey] { records.withLock { Array($0.keys) } }
}
