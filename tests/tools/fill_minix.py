#!/usr/bin/env python3
"""Puts a tree into the empty file system that mkfs.minix made: fill_minix.py IMAGE TREE.

For samples where no kernel driver is at hand; fsck.minix -f must find the result sound. Zones that
hold only zeros become holes; zones are taken every second one, so that no large file is in one piece.
"""
import os
import stat
import struct
import sys

MTIME = 1612325106


class Image:
    def __init__(self, path: str) -> None:
        self.data = bytearray(open(path, "rb").read())
        magic = struct.unpack_from("<H", self.data, 1040)[0]
        third = struct.unpack_from("<H", self.data, 1048)[0] == 0x4D5A
        self.version = 3 if third else 1 if magic in (0x137F, 0x138F) else 2
        self.name = 60 if third else 14 if magic in (0x137F, 0x2468) else 30
        at = 1030 if third else 1028
        maps, zone_maps, self.first = struct.unpack_from("<HHH", self.data, at)
        self.block = struct.unpack_from("<H", self.data, 1052)[0] if third else 1024
        self.inode_map, self.zone_map = 2 * self.block, (2 + maps) * self.block
        self.table = (2 + maps + zone_maps) * self.block
        self.inode_size, self.pointer = (32, 2) if self.version == 1 else (64, 4)
        self.seen: dict[tuple[int, int], int] = {}

    def take(self, where: int, step: int) -> int:
        bit = 1
        while self.data[where + bit // 8] >> bit % 8 & 1 or bit % step:
            bit += 1
        self.data[where + bit // 8] |= 1 << bit % 8
        return bit

    def zone(self, content: bytes) -> int:
        if not content.strip(b"\0"):
            return 0
        number = self.take(self.zone_map, 2) + self.first - 1
        self.data[number * self.block:number * self.block + len(content)] = content
        return number

    def pack(self, zones: list[int]) -> bytes:
        return struct.pack(f"<{len(zones)}{'H' if self.pointer == 2 else 'I'}", *zones)

    def zones(self, content: bytes) -> list[int]:
        blocks = [self.zone(content[at:at + self.block]) for at in range(0, len(content), self.block)]
        direct, per = blocks[:7] + [0] * (7 - len(blocks[:7])), self.block // self.pointer
        single, rest = blocks[7:7 + per], blocks[7 + per:]
        tables = [self.zone(self.pack(rest[at:at + per])) for at in range(0, len(rest), per)]
        return direct + [self.zone(self.pack(single)), self.zone(self.pack(tables))]

    def put(self, number: int, mode: int, links: int, owner: tuple[int, int], size: int, zones: list[int]) -> None:
        at = self.table + (number - 1) * self.inode_size
        zones += [0] * ((9 if self.version == 1 else 10) - len(zones))
        if self.version == 1:
            head = struct.pack("<HHIIBB", mode, owner[0], size, MTIME, owner[1], links)
        else:
            head = struct.pack("<HHHHIIII", mode, links, *owner, size, 0, MTIME, 0)
        self.data[at:at + self.inode_size] = head + self.pack(zones)

    def record(self, number: int, name: str) -> bytes:
        return struct.pack("<I" if self.version == 3 else "<H", number) + os.fsencode(name).ljust(self.name, b"\0")

    def add(self, path: str, parent: int, number: int) -> None:
        s = os.lstat(path)
        links, owner = s.st_nlink, (s.st_uid, s.st_gid)
        if stat.S_ISDIR(s.st_mode):
            content = self.record(number, ".") + self.record(parent, "..")
            for name in sorted(os.listdir(path)):
                content += self.record(self.enter(os.path.join(path, name), number), name)
            zones = self.zones(content)
            self.put(number, s.st_mode, links, owner, len(content), zones)
        elif stat.S_ISREG(s.st_mode) or stat.S_ISLNK(s.st_mode):
            content = os.fsencode(os.readlink(path)) if stat.S_ISLNK(s.st_mode) else open(path, "rb").read()
            self.put(number, s.st_mode, links, owner, len(content), self.zones(content))
        else:
            self.put(number, s.st_mode, links, owner, 0, [os.major(s.st_rdev) << 8 | os.minor(s.st_rdev)])

    def enter(self, path: str, parent: int) -> int:
        s = os.lstat(path)
        key = (s.st_dev, s.st_ino)
        if key not in self.seen:
            self.seen[key] = self.take(self.inode_map, 1)
            self.add(path, parent, self.seen[key])
        return self.seen[key]


def main() -> None:
    image = Image(sys.argv[1])
    # the root that mkfs.minix made gives its zone back
    image.data[image.zone_map] &= ~2
    image.data[image.first * image.block:(image.first + 1) * image.block] = bytes(image.block)
    image.add(sys.argv[2], 1, 1)
    open(sys.argv[1], "wb").write(image.data)


main()
