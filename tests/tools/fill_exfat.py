#!/usr/bin/env python3
"""Puts a tree into the empty volume that mkfs.exfat made: fill_exfat.py VOLUME TREE.

For samples where no kernel driver is at hand; fsck.exfat -n must find the result sound. Files that
are listed in SPREAD get a chain through the table, every second cluster; "sparse" ends its valid
data behind its fourth byte.
"""
import os
import struct
import sys

SPREAD = ("a.txt",)
ZONE = 0x80 | 4  # one hour east of UTC


def stamp() -> int:
    """2021-02-03 05:05:06 in that zone."""
    return (2021 - 1980) << 25 | 2 << 21 | 3 << 16 | 5 << 11 | 5 << 5 | 6 // 2


def rotate16(total: int, byte: int) -> int:
    return ((total >> 1 | total << 15) + byte) & 0xFFFF


class Volume:
    def __init__(self, path: str) -> None:
        self.data = bytearray(open(path, "rb").read())
        sector = 1 << self.data[108]
        self.cluster = sector << self.data[109]
        self.table = struct.unpack_from("<I", self.data, 80)[0] * sector
        self.heap = struct.unpack_from("<I", self.data, 88)[0] * sector
        self.count = struct.unpack_from("<I", self.data, 92)[0]
        self.root = struct.unpack_from("<I", self.data, 96)[0]
        self.bitmap = self.heap + (struct.unpack_from("<I", self.data, self.find(0x81) + 20)[0] - 2) * self.cluster

    def find(self, kind: int) -> int:
        at = self.place(self.root)
        while self.data[at] != kind:
            at += 32
        return at

    def place(self, cluster: int) -> int:
        return self.heap + (cluster - 2) * self.cluster

    def take(self, count: int, step: int) -> list[int]:
        """Free clusters, marked in the bitmap."""
        first = next(c for c in range(2, self.count + 2) if all(
            not self.data[self.bitmap + (k - 2) // 8] >> (k - 2) % 8 & 1 for k in range(c, c + count * step)))
        chosen = list(range(first, first + count * step, step))
        for c in chosen:
            self.data[self.bitmap + (c - 2) // 8] |= 1 << (c - 2) % 8
        return chosen

    def store(self, content: bytes, spread: bool) -> int:
        clusters = self.take(-(-len(content) // self.cluster), 2 if spread else 1)
        for i, c in enumerate(clusters):
            part = content[i * self.cluster:(i + 1) * self.cluster]
            self.data[self.place(c):self.place(c) + len(part)] = part
            if spread:
                following = clusters[i + 1] if i + 1 < len(clusters) else 0xFFFFFFFF
                struct.pack_into("<I", self.data, self.table + c * 4, following)
        return clusters[0] if clusters else 0

    def records(self, name: str, attributes: int, first: int, size: int, valid: int, spread: bool) -> bytes:
        units = name.encode("utf-16-le")
        names = -(-len(units) // 30)
        upper = name.upper().encode("utf-16-le")
        digest = 0
        for byte in upper:
            digest = rotate16(digest, byte)
        flags = 1 if spread or not size else 3
        out = bytearray(struct.pack("<BBHHHIIIBBBBB7x", 0x85, 1 + names, 0, attributes, 0, stamp(), stamp(), stamp(),
                                    0, 150, ZONE, ZONE, ZONE))
        out += struct.pack("<BBBBHHQIIQ", 0xC0, flags, 0, len(units) // 2, digest, 0, valid, 0, first, size)
        for i in range(names):
            out += bytes([0xC1, 0]) + units[i * 30:i * 30 + 30].ljust(30, b"\0")
        total = 0
        for i, byte in enumerate(out):
            if i not in (2, 3):
                total = rotate16(total, byte)
        struct.pack_into("<H", out, 2, total)
        return bytes(out)

    def fill(self, folder: str) -> bytes:
        out = b""
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                content = self.fill(path).ljust(self.cluster, b"\0")
                out += self.records(name, 0x10, self.store(content, False), len(content), len(content), False)
            elif os.path.isfile(path) and not os.path.islink(path):
                content = open(path, "rb").read()
                valid = 4 if name == "sparse" else len(content)
                kept = content[:4] + b"\xee" * (len(content) - 4) if name == "sparse" else content
                first = self.store(kept, name in SPREAD)
                out += self.records(name, 0x20, first, len(content), valid, name in SPREAD)
        return out


def main() -> None:
    volume = Volume(sys.argv[1])
    records = volume.fill(sys.argv[2])
    at = volume.place(volume.root)
    while volume.data[at]:
        at += 32
    assert at + len(records) <= volume.place(volume.root) + volume.cluster
    volume.data[at:at + len(records)] = records
    open(sys.argv[1], "wb").write(volume.data)


main()
