# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Read by every script with `.`: where the project and the toolchain are, and a few words for people.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PROJECT=$PWD

# The toolchain: the one on PATH, else the usual place.
if ! command -v swift >/dev/null && [ -x /opt/swift/usr/bin/swift ]; then PATH=$PATH:/opt/swift/usr/bin; fi
# The Debian docker, client and daemon, that bootstrap unpacks when there is none.
PATH=$PATH:$PROJECT/.build/tools/usr/bin:$PROJECT/.build/tools/usr/sbin
export PATH

DEBUG_BIN=$PROJECT/.build/debug            # daemon and client of run and test
STATIC_BIN=$PROJECT/.build-static/release  # wharf-shim and wharf-runtime of both; every program of `make build`

RUN_ROOT=$PROJECT/.wharf
RUN_SOCKET=$RUN_ROOT/run/wharf.sock

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "needs root (containers need mounts, namespaces and cgroups)"; }
