#!/usr/bin/env python3
"""Makes a seed of tests/fuzz/btrfs.c from a sample whose nodes have 4096 bytes: seeds.py SAMPLE.xz
SEED.

Kept are the superblock and the nodes in use of all trees that are read, in pieces of 512 bytes:
number of the piece, length (2 bytes each, little-endian), bytes without the zeros they end with. Of
contents only compressed extents are kept, up to a limit.
"""
import lzma
import struct
import sys

PIECE = 512
SUPER = 65536
NODE = 4096
MOST_CONTENT = 6


def main() -> None:
    image = lzma.open(sys.argv[1]).read()
    chunks = []
    kept = {SUPER: 4096}
    content = 0

    def add_chunk(logical: int, item: int) -> None:
        chunks.append((logical, struct.unpack_from("<Q", image, item)[0],
                       struct.unpack_from("<Q", image, item + 56)[0]))

    def place(logical: int) -> int:
        return next(at + logical - first for first, length, at in chunks
                    if first <= logical < first + length)

    def walk(logical: int) -> None:
        nonlocal content
        at = place(logical)
        kept[at] = NODE
        count, level = struct.unpack_from("<IB", image, at + 96)
        for k in range(count):
            if level:
                walk(struct.unpack_from("<Q", image, at + 101 + 33 * k + 17)[0])
                continue
            number, kind, offset, start, _ = struct.unpack_from("<QBQII", image,
                                                                at + 101 + 25 * k)
            item = at + 101 + start
            if kind == 228:
                add_chunk(offset, item)
            elif kind == 132 and (number == 5 or 256 <= number < 1 << 63):
                walk(struct.unpack_from("<Q", image, item + 176)[0])
            elif kind == 108 and image[item + 20] == 1 and image[item + 16]:
                disk, length = struct.unpack_from("<QQ", image, item + 21)
                if disk and content < MOST_CONTENT and length <= 4096:
                    kept[place(disk)] = length
                    content += 1

    at = SUPER + 811
    end = at + struct.unpack_from("<I", image, SUPER + 160)[0]
    while at < end:
        add_chunk(struct.unpack_from("<Q", image, at + 9)[0], at + 17)
        at += 17 + 48 + 32 * struct.unpack_from("<H", image, at + 17 + 44)[0]
    walk(struct.unpack_from("<Q", image, SUPER + 88)[0])
    walk(struct.unpack_from("<Q", image, SUPER + 80)[0])
    seed = b""
    for start, length in sorted(kept.items()):
        for at in range(start, start + length, PIECE):
            piece = image[at:at + PIECE].rstrip(b"\0")
            seed += struct.pack("<HH", at // PIECE, len(piece)) + piece
    with open(sys.argv[2], "wb") as out:
        out.write(seed)


main()
