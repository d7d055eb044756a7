// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Terminals: the ioctls of pseudo-terminals and window sizes.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static inline int wharf_tty_set_size(int fd, unsigned short rows, unsigned short columns) {
    struct winsize size = { .ws_row = rows, .ws_col = columns };
    return ioctl(fd, TIOCSWINSZ, &size);
}

static inline int wharf_tty_size(int fd, unsigned short *rows, unsigned short *columns) {
    struct winsize size = { 0 };
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

static inline int wharf_tty_unlock(int master) {
    int locked = 0;
    return ioctl(master, TIOCSPTLCK, &locked);
}

static inline int wharf_tty_number(int master, unsigned *number) { return ioctl(master, TIOCGPTN, number); }

static inline int wharf_tty_peer(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

static inline int wharf_tty_control(int fd) { return ioctl(fd, TIOCSCTTY, 0); }
