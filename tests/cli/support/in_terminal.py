"""Runs a command in a terminal of its own.

in_terminal.py KEY TEXT TIMES COMMAND...

Presses KEY once TEXT was drawn TIMES times, prints all that was drawn, a record
separator, and the command's status.
"""
import os
import pty
import select
import struct
import fcntl
import sys
import termios
import time

key, text, times, command = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.pop("NO_COLOR", None)
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

drawn, pressed, until = b"", False, time.monotonic() + 50
while time.monotonic() < until:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if not ready:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:  # The command has ended, and its terminal with it.
        break
    if not piece:
        break
    drawn += piece
    if not pressed and drawn.count(text.encode()) >= times:
        os.write(terminal, key.encode())
        pressed = True
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(drawn + b"\x1e" + str(os.waitstatus_to_exitcode(status)).encode())
