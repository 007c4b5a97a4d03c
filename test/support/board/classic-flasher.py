"""Flashes a K210 through the classic dialect of kflash, with nothing but the standard library.

Written from the protocol alone, as a client that shares no code with the board it talks to.
Usage: classic-flasher.py PORT FILE ADDRESS. Prints one JSON object.
"""

import json
import os
import select
import struct
import sys
import time
import tty
import zlib

CHUNK = 1024
BLOCK = 65536
SECTOR = 4096
LOAD_ADDRESS = 0x80000000


class Port:
    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor)
        self.received = b""

    def write(self, data):
        while data:
            data = data[os.write(self.descriptor, data):]

    def read_frame(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            start = self.received.find(b"\xc0")
            end = self.received.find(b"\xc0", start + 1)
            if start >= 0 and end == start + 1:
                self.received = self.received[end:]
                continue
            if end > start >= 0:
                frame = self.received[start + 1:end]
                self.received = self.received[end + 1:]
                return frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
            if not select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                return None
            self.received += os.read(self.descriptor, 4096)


def frame(payload):
    return b"\xc0" + payload.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def packet(op, address, data=b"", length=None):
    body = struct.pack("<II", address, len(data) if length is None else length) + data
    return struct.pack("<HHI", op, 0, zlib.crc32(body)) + body


def command(port, op, address, data=b"", seconds=10):
    port.write(frame(packet(op, address, data)))
    while True:
        reply = port.read_frame(seconds)
        if reply is None:
            sys.exit("no reply to %02X" % op)
        if reply[0] == op:
            if reply[1] != 0xE0:
                sys.exit("reply to %02X is %02X" % (op, reply[1]))
            return reply


def greet(port):
    for _ in range(20):
        port.write(frame(b"\xc2" + b"\x00" * 13))
        reply = port.read_frame(0.5)
        while reply is not None and reply[:1] != b"\xc2":
            reply = port.read_frame(0.5)
        if reply == b"\xc2\xe0":
            return
    sys.exit("no reply to the greeting")


def main():
    path, file, address = sys.argv[1], sys.argv[2], int(sys.argv[3], 0)
    with open(file, "rb") as source:
        content = source.read()
    port = Port(path)
    greet(port)
    program = bytes(range(256)) * 9
    for offset in range(0, len(program), CHUNK):
        command(port, 0xC3, LOAD_ADDRESS + offset, program[offset:offset + CHUNK])
    port.write(frame(packet(0xC5, LOAD_ADDRESS)))
    time.sleep(0.1)
    command(port, 0xD2, 0)
    command(port, 0xD7, 1)
    blocks = 0
    for offset in range(0, len(content), BLOCK):
        block = content[offset:offset + BLOCK]
        block += b"\x00" * (-len(block) % SECTOR)
        command(port, 0xD4, address + offset, block)
        blocks += 1
    port.write(frame(packet(0xD5, 0)))
    print(json.dumps({"blocks": blocks, "bytes": len(content)}))


main()
