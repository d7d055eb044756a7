# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Exchanges two names of a folder, `a` and `b` unless told others, as fast as it can, until it is killed: the attacker of a race between look and use.
#
#   exchange.py FOLDER [NAME NAME]
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
folder = os.open(sys.argv[1], os.O_RDONLY)
one, other = (os.fsencode(name) for name in sys.argv[2:4] or ["a", "b"])
RENAME_EXCHANGE = 2
print("exchanging", flush=True)
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(10000):
        libc.renameat2(folder, one, folder, other, RENAME_EXCHANGE)
