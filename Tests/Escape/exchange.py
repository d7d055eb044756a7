# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Exchanges `a` and `b` of a folder as fast as it can, until it is killed: the attacker of a race between look and use.
#
#   exchange.py FOLDER
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
folder = os.open(sys.argv[1], os.O_RDONLY)
RENAME_EXCHANGE = 2
print("exchanging", flush=True)
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(10000):
        libc.renameat2(folder, b"a", folder, b"b", RENAME_EXCHANGE)
