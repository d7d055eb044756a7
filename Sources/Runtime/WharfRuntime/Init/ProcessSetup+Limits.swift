// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits, scheduling and labels of a process, set while it still has the rights to.

import Glibc
import WharfLinux
import WharfOCI

extension ProcessSetup {
    /// Everything that the program inherits from the process as it is now. `proc` is a private procfs that is at hand;
    /// without one it is made when it is needed.
    func limit(_ proc: ProcFD?) throws(RuntimeError) {
        if !hasOwnUsers {
            try ProcessSetup.setLimits(process.rlimits, of: 0)
            if let score = process.oomScoreAdj {
                try write("\(score)", to: "oom_score_adj", proc, step: "oom-score")
            }
        }
        if let scheduler = process.scheduler {
            let policy = try ProcessScheduling.policy(scheduler)
            try step("scheduler", "scheduler \(scheduler.policy)") { () throws(SyscallError) in try policy.apply() }
        }
        if let priority = process.ioPriority {
            let ioClass = try ProcessScheduling.ioClass(priority)
            try step("io-priority", "ioPriority \(priority.class) \(priority.priority)") { () throws(SyscallError) in
                try Scheduling.setIOPriority(class: ioClass, priority: priority.priority)
            }
        }
        try label(proc)
        umask(mode_t(process.user.umask ?? 0o022))
    }

    /// Sets limits of a process, 0 for the calling one.
    static func setLimits(_ limits: [RuntimeSpec.Rlimit], of pid: Int32) throws(RuntimeError) {
        for limit in limits {
            guard let resource = ResourceLimit(name: limit.type) else {
                throw RuntimeError(step: "spec", errno: EINVAL, text: "unknown rlimit \(limit.type)")
            }
            do throws(SyscallError) {
                try resource.set(soft: limit.soft, hard: limit.hard, of: pid)
            } catch {
                var text = "setting \(limit.type) to \(limit.soft):\(limit.hard): \(error)"
                if error.errno == EPERM { text += ": raising a hard limit needs CAP_SYS_RESOURCE" }
                throw RuntimeError(step: "rlimit", errno: error.errno, text: text)
            }
        }
    }

    /// Labels take effect at the next exec, which is the program's.
    private func label(_ proc: ProcFD?) throws(RuntimeError) {
        if SecurityLabels.wantsAppArmor(process) {
            try write("exec \(process.apparmorProfile)", to: "attr/apparmor/exec", proc, step: "apparmor")
        }
        if !process.selinuxLabel.isEmpty { try write(process.selinuxLabel, to: "attr/exec", proc, step: "selinux") }
    }

    /// RT-10: only through a procfs that nobody else has.
    private func write(_ text: String, to file: String, _ proc: ProcFD?, step name: String) throws(RuntimeError) {
        try step(name, "writing \"\(text)\" to \(file)") { () throws(SyscallError) in
            let own: ProcFD
            if let proc { own = proc } else { own = try ProcFD() }
            try own.openSelf(file, .write).writeOnce(text)
        }
    }
}
