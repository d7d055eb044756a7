// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// wharf-runtime: containers from OCI bundles, without a daemon of its own. The command line is runc's, so that podman,
// containerd, dockerd and CRI-O can call it; the work is WharfRuntime's, the same library that the shim's maker uses.

import Glibc

exit(Program().run())
