// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// wharf-shim: the process beside one container. See WharfShim.

import Glibc
import WharfShim

exit(ShimProgram.run(CommandLine.arguments))
