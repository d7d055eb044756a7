// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Block devices on version 2: the bfq scheduler's weights where it is there, the kernel's own (another scale) else, and
// one file for all throttles.

import WharfLinux
import WharfOCI

extension LimitWriter {
    func blockIOV2(_ blockIO: RuntimeSpec.BlockIO) throws(SyscallError) {
        if blockIO.leafWeight ?? 0 != 0 { throw LimitWriter.onlyV1("linux.resources.blockIO.leafWeight") }
        if let weight = blockIO.weight, weight != 0 { try weightV2(weight, nil) }
        for device in blockIO.weightDevice {
            if device.leafWeight ?? 0 != 0 { throw LimitWriter.onlyV1("linux.resources.blockIO.weightDevice.leafWeight") }
            let number = try LimitWriter.number(device.major, device.minor, "weightDevice")
            if let weight = device.weight, weight != 0 { try weightV2(weight, number) }
        }
        for (devices, name, key) in [
            (blockIO.throttleReadBpsDevice, "throttleReadBpsDevice", "rbps"),
            (blockIO.throttleWriteBpsDevice, "throttleWriteBpsDevice", "wbps"),
            (blockIO.throttleReadIOPSDevice, "throttleReadIOPSDevice", "riops"),
            (blockIO.throttleWriteIOPSDevice, "throttleWriteIOPSDevice", "wiops"),
        ] {
            for device in devices {
                let number = try LimitWriter.number(device.major, device.minor, name)
                // 0 takes the limit away on version 1; here that is a word.
                try write("io", "io.max", "\(number) \(key)=\(device.rate == 0 ? "max" : "\(device.rate)")")
            }
        }
    }

    /// A weight for everything, or for one device.
    private func weightV2(_ weight: UInt16, _ device: String?) throws(SyscallError) {
        if weight < 10 || weight > 1000 { throw LimitWriter.invalid("linux.resources.blockIO: weight \(weight) is not in 10...1000") }
        let prefix = device.map { "\($0) " } ?? ""
        if try has("io", "io.bfq.weight") { return try write("io", "io.bfq.weight", "\(prefix)\(weight)") }
        try write("io", "io.weight", "\(prefix)\(LimitWriter.ioWeight(weight))")
    }

    /// 10...1000 to 1...10000, in a straight line as runc and crun do.
    static func ioWeight(_ weight: UInt16) -> UInt32 { 1 + (UInt32(max(weight, 10)) - 10) * 9999 / 990 }
}
