#!/usr/bin/env python3
"""make_rar.py SAMPLES: RAR and LHA archives of stored files, as documented; there is no free program that
writes them. bsdtar and 7z read them back."""
import struct
import sys
import zlib
from pathlib import Path

OUT = Path(sys.argv[1]) / "archives"
FILES = [("a.txt", "".join(f"{i}\n" for i in range(1, 301)).encode(), 0o100755), ("dir/one", b"first\n", 0o100644)]
TIME = 1612325106
DOS_TIME = (2021 - 1980) << 25 | 2 << 21 | 3 << 16 | 4 << 11 | 5 << 5 | 6 >> 1


def block4(kind: int, flags: int, fields: bytes, data: bytes = b"") -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data


def rar4() -> bytes:
    archive = b"Rar!\x1a\x07\x00" + block4(0x73, 0, bytes(6))
    for name, data, mode in FILES:
        archive += block4(0x74, 0x8000, struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), DOS_TIME,
                                                    20, 0x30, len(name), mode) + name.encode(), data)
    return archive + block4(0x7B, 0x4000, b"")


def number(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block5(*fields: bytes, data: bytes = b"") -> bytes:
    head = b"".join(fields)
    head = number(len(head)) + head
    return struct.pack("<I", zlib.crc32(head)) + head + data


def rar5(encrypted: bool = False) -> bytes:
    archive = b"Rar!\x1a\x07\x01\x00"
    if encrypted:
        return archive + block5(number(4), number(0), number(0), number(0), bytes([15]) + bytes(range(16))) + bytes(64)
    archive += block5(number(1), number(0), number(0))
    for name, data, mode in FILES:
        archive += block5(number(2), number(2), number(len(data)), number(6), number(len(data)), number(mode),
                          struct.pack("<II", TIME, zlib.crc32(data)), number(0), number(1), number(len(name)),
                          name.encode(), data=data)
    return archive + block5(number(5), number(0), number(0))


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def lha0() -> bytes:
    archive = b""
    for name, data, _ in FILES:
        head = b"-lh0-" + struct.pack("<IIIBB", len(data), len(data), DOS_TIME, 0x20, 0) + bytes([len(name)])
        head += name.replace("/", "\\").encode() + struct.pack("<H", crc16(data))
        archive += bytes([len(head), sum(head) & 0xFF]) + head + data
    return archive + b"\0"


def lha2() -> bytes:
    archive = b""
    for name, data, _ in FILES:
        folder, _, last = name.rpartition("/")
        parts = [(0, bytes(2)), (1, last.encode())] + [(2, folder.encode() + b"\xff")] * bool(folder)
        more = b"".join(struct.pack("<HB", len(text) + 3, kind) + text for kind, text in parts) + bytes(2)
        head = b"-lh0-" + struct.pack("<III", len(data), len(data), TIME) + b"\x20\x02"
        head += struct.pack("<H", crc16(data)) + b"U"
        head = bytearray(struct.pack("<H", 2 + len(head) + len(more)) + head + more)
        struct.pack_into("<H", head, 2 + 22 + 3, crc16(bytes(head)))  # the common header's, taken as zeros
        archive += bytes(head) + data
    return archive + b"\0"


for file, content in (("stored.4.rar", rar4()), ("stored.5.rar", rar5()), ("names.5.rar", rar5(True)),
                      ("level0.lzh", lha0()), ("level2.lzh", lha2())):
    (OUT / file).write_bytes(content)
