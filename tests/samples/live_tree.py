#!/usr/bin/env python3
"""Fills a mounted file system with the tree that tests/unit/format/live_tree.h wants: as root,
live_tree.py DIRECTORY xfs|btrfs|jfs|reiserfs|hfsplus."""
import os
import subprocess
import sys

MTIME = 1612325106_789000000


def write(name: str, content: bytes) -> None:
    with open(name, "wb") as out:
        out.write(content)


def lines(first: int, last: int) -> bytes:
    return b"".join(b"%d\n" % i for i in range(first, last + 1))


def small_tree() -> None:
    os.makedirs("dir/deep")
    write("a.txt", lines(1, 300))
    write("dir/one", b"first\n")
    os.link("dir/one", "dir/two")
    os.symlink("a.txt", "link")
    os.mknod("null", 0o20644, os.makedev(1, 3))
    os.mknod("disk", 0o60644, os.makedev(179, 200))
    os.mkfifo("pipe", 0o644)
    write("dir/deep/inline", b"tiny")
    write("empty", b"")
    with open("sparse", "wb") as out:
        out.write(b"head")
        out.seek(40000)
        out.write(b"tail")
    write("large", lines(1, 6000))
    os.chown("a.txt", 700, 80)
    os.chmod("a.txt", 0o4755)
    os.setxattr("a.txt", "user.key", b"value")


def pieces() -> None:
    """Two files that take turns, block by block."""
    with open("odd", "wb") as odd, open("even", "wb") as even:
        for i in range(60):
            for out in (odd, even):
                out.seek(4096 * 2 * i if out is odd else 4096 * i)
                out.write(b"%04d" % i * 1024)
                out.flush()
                os.fdatasync(out.fileno())
    with open("reserved", "wb") as out:
        out.write(lines(1, 1000))
        os.posix_fallocate(out.fileno(), 0, 100000)


def names(count: int) -> None:
    os.mkdir("names")
    for i in range(count):
        write(f"names/{i:03}-{'n' * (i % 50)}", b"")
    for i in range(0, count, 3):
        os.unlink(f"names/{i:03}-{'n' * (i % 50)}")


def attributes(count: int, large: int) -> None:
    write("attributes", b"")
    for i in range(count):
        os.setxattr("attributes", f"user.{i:03}", b"%d" % i * 10)
    os.setxattr("attributes", "trusted.large", lines(1, 4000)[:large])
    os.setxattr("attributes", "security.none", b"")


def main() -> None:
    os.chdir(sys.argv[1])
    small_tree()
    pieces()
    names(150)
    attributes(120 if sys.argv[2] == "xfs" else 12, 5000 if sys.argv[2] == "xfs" else 500)
    os.symlink("l" * 600, "long")
    subprocess.run(["cp", "--reflink=auto", "large", "same"], check=True)
    with open("same", "r+b") as out:
        out.seek(8192)
        out.write(b"changed")
    for where, directories, files in os.walk(".", topdown=False):
        for name in directories + files:
            os.utime(os.path.join(where, name), ns=(MTIME, MTIME), follow_symlinks=False)
    os.utime(".", ns=(MTIME, MTIME))


main()
