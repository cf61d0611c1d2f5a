#!/usr/bin/env python3
"""Makes a seed of tests/fuzz/ubifs.c from a sample: seeds.py SAMPLE.gz SEED.

Only nodes are kept, without the zeros they end with.
"""
import gzip
import struct
import sys

MAGIC = bytes.fromhex("31181006")
LEB = 15360
PADDING = 5


def main() -> None:
    image = gzip.open(sys.argv[1]).read()
    seed = b""
    at = 0
    while at + 24 <= len(image):
        if image[at:at + 4] != MAGIC:
            at += 8
            continue
        length, kind = struct.unpack_from("<IB", image, at + 16)
        node = image[at:at + length].rstrip(b"\0")
        if kind != PADDING:
            seed += struct.pack("<BHH", at // LEB, at % LEB // 8, len(node)) + node
        at += (length + 7) // 8 * 8
    with open(sys.argv[2], "wb") as out:
        out.write(seed)


main()
