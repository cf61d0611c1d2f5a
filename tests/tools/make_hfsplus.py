#!/usr/bin/env python3
"""Makes an empty HFS+ or HFSX volume as Apple's Technical Note TN1150 has it, which Linux mounts and
fills: make_hfsplus.py IMAGE MIB [x]. With x it is HFSX, which tells letters of two cases apart."""
import struct
import sys

BLOCK = 4096
ALLOCATION, EXTENTS, CATALOG = (1, 1), (2, 8), (10, 64)  # first block, blocks
FIRST_FREE = 74
TIME = 3695169906  # of 1904


def fork(first: int, count: int) -> bytes:
    return struct.pack(">QIIII", count * BLOCK, BLOCK, count, first, count) + bytes(56)


def node(kind: int, height: int, records: list[bytes]) -> bytes:
    body, places = struct.pack(">IIbBHH", 0, 0, kind, height, len(records), 0), []
    for record in records:
        places.append(len(body))
        body += record
    places.append(len(body))
    end = b"".join(struct.pack(">H", place) for place in reversed(places))
    return body + bytes(BLOCK - len(body) - len(end)) + end


def tree(blocks: int, leaf: list[bytes], longest: int, flags: int, order: int) -> bytes:
    used = 2 if leaf else 1
    first = 1 if leaf else 0
    header = struct.pack(">HIIIIHHIIHIBBI", first, first, len(leaf), first, first, BLOCK, longest, blocks,
                         blocks - used, 0, BLOCK, 0, order, flags) + bytes(64)
    bits = bytes([0xff << (8 - used) & 0xff]) + bytes(BLOCK - 14 - 106 - 128 - 8 - 1)
    nodes = node(1, 0, [header, bytes(128), bits])
    if leaf:
        nodes += node(-1, 1, leaf)
    return nodes + bytes(blocks * BLOCK - len(nodes))


def key(parent: int, name: str) -> bytes:
    text = name.encode("utf-16-be")
    return struct.pack(">HIH", 6 + len(text), parent, len(text) // 2) + text


def main() -> None:
    blocks, is_x = (int(sys.argv[2]) << 20) // BLOCK, len(sys.argv) > 3
    folder = struct.pack(">HHIIIIIIIIIBBHI", 1, 0, 0, 2, TIME, TIME, TIME, TIME, 0, 0, 0, 0, 0, 0o40755, 0)
    folder += bytes(88 - len(folder))
    name = "small".encode("utf-16-be")
    thread = struct.pack(">HHIH", 3, 0, 1, len(name) // 2) + name
    header = struct.pack(">2sH17IQ", b"HX" if is_x else b"H+", 5 if is_x else 4, 1 << 8, 0x31302e30, 0,
                         TIME, TIME, 0, TIME, 0, 0, BLOCK, blocks, blocks - FIRST_FREE - 1, FIRST_FREE, BLOCK, BLOCK,
                         16, 0, 1)
    header += bytes(32) + fork(*ALLOCATION) + fork(*EXTENTS) + fork(*CATALOG) + bytes(160)
    used = bytearray(BLOCK)
    for block in [*range(FIRST_FREE), blocks - 1]:
        used[block // 8] |= 0x80 >> block % 8
    catalog = tree(CATALOG[1], [key(1, "small") + folder, key(2, "") + thread], 516, 6, 0xbc if is_x else 0xcf)
    with open(sys.argv[1], "wb") as out:
        out.write(bytes(1024) + header.ljust(BLOCK - 1024, b"\0"))
        out.write(used + tree(EXTENTS[1], [], 10, 2, 0) + catalog)
        out.truncate(blocks * BLOCK)
        out.seek(blocks * BLOCK - 1024)
        out.write(header)


main()
