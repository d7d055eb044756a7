# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The other end of --console-socket for tests: takes a terminal's master over a unix socket and prints what is said there.
#
#   console.py SOCKET
import array
import os
import socket
import sys

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
print("listening", flush=True)
connection, _ = listener.accept()
_, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
master = array.array("i", ancillary[0][2][:4])[0]
while True:
    try:
        data = os.read(master, 4096)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
