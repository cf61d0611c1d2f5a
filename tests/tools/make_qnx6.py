#!/usr/bin/env python3
"""Makes a QNX6 file system as the kernel's include/linux/qnx6_fs.h has it: make_qnx6.py IMAGE little|big.

Blocks of 1024 bytes; the second superblock is the newer one; /large has two levels of tables, /sparse a block that
is not used, /deleted nothing that names it, and one name more than 27 bytes."""
import struct
import sys

BLOCK, BLOCKS, UNUSED = 1024, 600, 0xffffffff
MTIME = 1612325106
LONG = b"a-name-of-more-than-twenty-seven-bytes"
DIRECTORY, FILE = 0x01, 0x03

order = "<" if sys.argv[2] == "little" else ">"
data = bytearray(BLOCKS * BLOCK)
used = 1  # block 0 stays empty


def put(content: bytes) -> list[int]:
    """The blocks of a content."""
    global used
    numbers = []
    for at in range(0, len(content), BLOCK):
        part = content[at:at + BLOCK]
        data[used * BLOCK:used * BLOCK + len(part)] = part
        numbers.append(used)
        used += 1
    return numbers


def pointers(numbers: list[int], levels: int = 0) -> tuple[bytes, int]:
    """Sixteen of them, by way of tables where there are more."""
    while len(numbers) > 16:
        per, levels = BLOCK // 4, levels + 1
        tables = [numbers[at:at + per] for at in range(0, len(numbers), per)]
        numbers = [put(struct.pack(f"{order}{per}I", *t, *[UNUSED] * (per - len(t))))[0] for t in tables]
    return struct.pack(f"{order}16I", *numbers, *[UNUSED] * (16 - len(numbers))), levels


def inode(mode: int, size: int, numbers: list[int], owner: tuple[int, int] = (0, 0)) -> bytes:
    where, levels = pointers(numbers)
    status = DIRECTORY if mode & 0o170000 == 0o40000 else FILE
    return struct.pack(f"{order}QIIIIIIHH", size, *owner, MTIME - 1, MTIME, MTIME + 1, MTIME + 2, mode, 0) + where + \
        bytes([levels, status, 0, 0]) + bytes(24)


def short(number: int, name: bytes) -> bytes:
    return struct.pack(f"{order}IB27s", number, len(name), name)


def long(number: int, name: bytes, block: int) -> bytes:
    total = 0
    for byte in name:
        total = ((total >> 1) + byte & 0xffffffff) ^ (total & 1) << 31
    return struct.pack(f"{order}IBxxxII16x", number, 0xff, block, total)


def crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04c11db7 if value >> 31 else 0)) & 0xffffffff
    return value


def lines(last: int) -> bytes:
    return b"".join(b"%d\n" % i for i in range(1, last + 1))


def content(text: bytes, mode: int = 0o100644, owner: tuple[int, int] = (0, 0)) -> bytes:
    return inode(mode, len(text), put(text), owner)


def folder(records: list[bytes]) -> bytes:
    body = b"".join(records)
    return inode(0o40755, -(-len(body) // BLOCK) * BLOCK, put(body.ljust(-(-len(body) // BLOCK) * BLOCK, b"\0")))


def tree() -> list[bytes]:
    sparse = put(b"head".ljust(BLOCK, b"\0")) + [UNUSED] * 38 + put(b"\0" * 64 + b"tail")
    names = [b".", b"..", b"a.txt", b"dir", b"link", b"null", b"pipe", b"empty", b"large", b"sparse"]
    numbers = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    root = [short(n, name) for n, name in zip(numbers, names)]
    root += [long(10, LONG, 0), short(0, b"deleted"), short(2, b"again")]
    return [folder(root), content(lines(300), 0o104755, (700, 80)),
            folder([short(3, b"."), short(1, b".."), short(11, b"one"), short(12, b"deep")]),
            content(b"a.txt", 0o120777), inode(0o20644, 0, []), inode(0o10644, 0, []), inode(0o100644, 0, []),
            content(lines(60000)), inode(0o100644, 39 * BLOCK + 68, sparse),
            content(b"long\n"), content(b"first\n"),
            folder([short(12, b"."), short(3, b".."), short(13, b"inline")]), content(b"tiny"),
            content(b"nobody names this\n")]


def root_node(size: int, numbers: list[int]) -> bytes:
    where, levels = pointers(numbers)
    return struct.pack(f"{order}Q", size) + where + bytes([levels, 1, 0, 0, 0, 0, 0, 0])


def super_block(serial: int, inodes: bytes, names: bytes) -> bytes:
    body = struct.pack(f"{order}QIIIHH16sIIIIII", serial, MTIME, MTIME, 0, 3, 0, b"small".ljust(16, b"\0"), BLOCK, 64, 40,
                       BLOCKS, 10, 1) + inodes + bytes(80) + names + bytes(80)
    body = body.ljust(504, b"\0")
    return struct.pack(f"{order}II", 0x68191122, crc(body)) + body


def main() -> None:
    table = b"".join(tree())
    inodes = root_node(len(table), put(table))
    name = struct.pack(f"{order}H", len(LONG)) + LONG
    names = root_node(BLOCK, put(name.ljust(BLOCK, b"\0")))
    with open(sys.argv[1], "wb") as out:
        out.write(bytes(0x2000) + super_block(7, inodes, names).ljust(0x1000, b"\0"))
        out.write(data)
        out.write(super_block(8, inodes, names).ljust(0x1000, b"\0"))


main()
