#!/usr/bin/env python3
"""Fills the empty volumes of make_f2fs.sh, mounted at a folder, and packs the images:

    fill_f2fs.py tree|large FOLDER
    fill_f2fs.py pack IMAGE PACKED

A packed image has, in gzip, its length and then each block of 4 KiB that is not all zeros behind its
number, all numbers in four bytes, the lowest first: what is packed is a few MiB, the image at least
40 MiB."""
import gzip
import os
import socket
import struct
import sys

TIME = 1612325106_789000000  # 2021-02-03 04:05:06.789 UTC
BLOCK = 4096


def write(name: str, *pieces: bytes) -> None:
    with open(name, "wb") as out:
        for piece in pieces:
            out.write(piece)


def numbers(first: int, last: int) -> bytes:
    return b"".join(b"%d\n" % n for n in range(first, last + 1))


def stamp() -> None:
    for folder, folders, files in os.walk("."):
        for name in folders + files + ["."]:
            os.utime(os.path.join(folder, name), ns=(TIME, TIME), follow_symlinks=False)


def large() -> None:
    write("large", numbers(1, 3000), bytes(600000), numbers(1, 99))


def far(name: str, *blocks: int) -> None:
    """A file of holes, with a line in each of these blocks."""
    with open(name, "wb") as out:
        for block in blocks:
            out.seek(block * BLOCK)
            out.write(b"block %d\n" % block)


def tree() -> None:
    os.makedirs("dir/deep")
    write("a.txt", numbers(1, 300))
    os.chown("a.txt", 700, 80)
    os.chmod("a.txt", 0o4755)
    os.setxattr("a.txt", "user.key", b"value")
    write("dir/one", b"first\n")
    os.link("dir/one", "dir/two")
    write("dir/deep/inline", b"tiny")
    os.setxattr("dir/deep/inline", "user.first", b"a" * 150)
    os.setxattr("dir/deep/inline", "trusted.second", numbers(1, 500))
    os.setxattr("dir/deep/inline", "security.third", b"")
    write("empty")
    os.symlink("a.txt", "link")
    os.symlink("segment/" * 500, "longlink")
    os.mknod("null", 0o20644, os.makedev(1, 3))
    os.mknod("disk", 0o60644, os.makedev(179, 200))
    os.mknod("new", 0o20644, os.makedev(10, 300))
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind("socket")
    with open("sparse", "wb") as out:
        out.write(b"head")
        out.seek(40000)
        out.write(b"tail")
    large()
    # the inode's own blocks, two nodes, two trees of nodes, a tree of trees
    far("far", 0, 900, 1000, 2000, 3000, 3000 + 1018 * 1018, 3000 + 2 * 1018 * 1018 + 77)
    os.mkdir("many")
    for n in range(300):
        write("many/%03d a name that takes some room" % n, b"%d\n" % n)
    write(b"latin-\xe9", b"first\n")


def pack(image: str, packed: str) -> None:
    with open(image, "rb") as file, gzip.GzipFile(packed, "wb", 9, mtime=0) as out:
        out.write(struct.pack("<I", os.path.getsize(image) // BLOCK))
        for number in range(os.path.getsize(image) // BLOCK):
            block = file.read(BLOCK)
            if block.strip(b"\0"):
                out.write(struct.pack("<I", number) + block)


def main() -> None:
    kind, *words = sys.argv[1:]
    if kind == "pack":
        pack(*words)
        return
    os.chdir(words[0])
    {"tree": tree, "large": large}[kind]()
    stamp()


main()
