#!/usr/bin/env python3
"""Makes a seed of tests/fuzz/jfs.c, reiserfs.c, hfsplus.c or qnx6.c from a sample: seeds.py SAMPLE.xz SEED.

Kept are the pieces of 512 bytes within the first 8 MiB that are neither text of files nor zeros, nor a journal: number
of the piece, length (2 bytes each, little-endian), bytes without the zeros they end with.
"""
import lzma
import struct
import sys

PIECE, MOST_PIECES, MOST = 512, 16384, 160


def journal(image: bytes) -> range:
    if image[0x8000:0x8004] == b"JFS1":
        length, place = struct.unpack_from("<II", image, 0x8000 + 72)
        return range(place * 4096, (place + (length & 0xffffff)) * 4096)
    if image[65536 + 52:65536 + 58] == b"ReIsEr":
        first, _, size = struct.unpack_from("<III", image, 65536 + 12)
        return range(first * 4096, (first + size + 1) * 4096)
    return range(0)


def main() -> None:
    image = lzma.open(sys.argv[1]).read()
    waits, seed, count = journal(image), b"", 0
    for number in range(min(len(image) // PIECE, MOST_PIECES)):
        piece = image[number * PIECE:(number + 1) * PIECE].rstrip(b"\0")
        is_text = all(byte in b"0123456789\nhead tail" for byte in piece)
        is_map = piece.count(0xff) > len(piece) * 3 // 4
        if not is_text and not is_map and number * PIECE not in waits and count < MOST:
            seed += struct.pack("<HH", number, len(piece)) + piece
            count += 1
    with open(sys.argv[2], "wb") as out:
        out.write(seed)
    print(count, "pieces")


main()
