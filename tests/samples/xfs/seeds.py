#!/usr/bin/env python3
"""Makes a seed of tests/fuzz/xfs.c from a sample whose log is elsewhere: seeds.py SAMPLE.xz SEED.

Kept are the headers, the first inodes and the blocks of metadata, in pieces of 512 bytes: number of
the piece, length (2 bytes each, little-endian), bytes without the zeros they end with.
"""
import lzma
import struct
import sys

PIECE = 512
MOST_INODES = 20
MOST = 30
MAGICS = {b"XDB3", b"XDD3", b"XD2B", b"XD2D", b"BMA3", b"BMAP", b"XSLM", b"XARM"}
TREES = {b"\x3b\xee", b"\x3e\xbe", b"\xfb\xee", b"\xfe\xbe"}


def main() -> None:
    image = lzma.open(sys.argv[1]).read()
    size, = struct.unpack_from(">I", image, 4)
    inode, = struct.unpack_from(">H", image, 104)
    directory = size << image[192]
    kept = {0: 4 * PIECE}
    inodes = 0
    for at in range(0, len(image), inode):
        if image[at:at + 2] == b"IN" and image[at + 2:at + 4] != b"\0\0" and inodes < MOST_INODES:
            kept[at] = inode
            inodes += 1
        if at % size == 0 and image[at:at + 2] == b"XD" and image[at:at + 4] in MAGICS:
            kept[at] = directory
        elif at % size == 0 and (image[at:at + 4] in MAGICS or image[at + 8:at + 10] in TREES):
            kept[at] = size if len(kept) < MOST else 0
    seed = b""
    for start, length in sorted(kept.items()):
        for at in range(start // PIECE * PIECE, start + length, PIECE):
            piece = image[at:at + PIECE].rstrip(b"\0")
            seed += struct.pack("<HH", at // PIECE, len(piece)) + piece
    with open(sys.argv[2], "wb") as out:
        out.write(seed)


main()
