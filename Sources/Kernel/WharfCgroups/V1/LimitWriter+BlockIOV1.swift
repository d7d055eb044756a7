// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Block devices on version 1. Weights are the bfq scheduler's on today's kernels and the cfq scheduler's before.

import WharfLinux
import WharfOCI

extension LimitWriter {
    func blockIOV1(_ blockIO: RuntimeSpec.BlockIO) throws(SyscallError) {
        if let weight = blockIO.weight, weight != 0 { try write("blkio", anyOf: ["blkio.weight", "blkio.bfq.weight"], weight) }
        if let weight = blockIO.leafWeight, weight != 0 { try write("blkio", "blkio.leaf_weight", weight) }
        for device in blockIO.weightDevice {
            let number = try LimitWriter.number(device.major, device.minor, "weightDevice")
            if let weight = device.weight, weight != 0 {
                try write("blkio", anyOf: ["blkio.weight_device", "blkio.bfq.weight_device"], "\(number) \(weight)")
            }
            if let weight = device.leafWeight, weight != 0 { try write("blkio", "blkio.leaf_weight_device", "\(number) \(weight)") }
        }
        for (devices, name, file) in [
            (blockIO.throttleReadBpsDevice, "throttleReadBpsDevice", "read_bps_device"),
            (blockIO.throttleWriteBpsDevice, "throttleWriteBpsDevice", "write_bps_device"),
            (blockIO.throttleReadIOPSDevice, "throttleReadIOPSDevice", "read_iops_device"),
            (blockIO.throttleWriteIOPSDevice, "throttleWriteIOPSDevice", "write_iops_device"),
        ] {
            for device in devices {
                // 0 takes the device's limit away.
                try write(
                    "blkio", "blkio.throttle.\(file)", "\(try LimitWriter.number(device.major, device.minor, name)) \(device.rate)")
            }
        }
    }

    /// `8:16`
    static func number(_ major: Int64, _ minor: Int64, _ field: String) throws(SyscallError) -> String {
        guard let major = UInt32(exactly: major), let minor = UInt32(exactly: minor) else {
            throw invalid("linux.resources.blockIO.\(field) has an invalid device \(major):\(minor)")
        }
        return "\(major):\(minor)"
    }
}
