#!/usr/bin/env python3
"""Makes good-journal.ubifs.gz, as root on a Linux with nandsim, ubi and ubifs: journal.py FILE.

A file system as a running device leaves it when its power is cut: the tree of the last commit, and
changes that stand in the journal alone. Blocks of 16 KiB with pages of 512 bytes.
"""
import gzip
import os
import subprocess
import sys

ROOT = "/mnt"


def call(*command: str) -> None:
    subprocess.run(command, check=True)


def write(name: str, content: bytes) -> None:
    with open(f"{ROOT}/{name}", "wb") as f:
        f.write(content)


def settle() -> None:
    """Writes all out, but commits nothing."""
    for folder, _, names in os.walk(ROOT):
        for path in [folder, *(f"{folder}/{name}" for name in names)]:
            if not os.path.isfile(path) and not os.path.isdir(path):
                continue
            fd = os.open(path, os.O_RDONLY)
            os.fsync(fd)
            os.close(fd)


def main() -> None:
    call("ubiattach", "-m", "0", "-O", "512")
    call("ubimkvol", "/dev/ubi0", "-N", "data", "-S", "24")
    call("mount", "-t", "ubifs", "ubi0:data", ROOT)
    os.mkdir(f"{ROOT}/dir")
    write("kept", b"kept\n")
    write("gone", b"gone\n")
    write("dir/old", b"moved\n")
    write("cut", b"A" * 10000)
    os.setxattr(f"{ROOT}/kept", "user.key", b"value")
    os.setxattr(f"{ROOT}/kept", "user.other", b"value")
    os.sync()  # the commit
    write("kept", b"kept, changed\n")
    os.setxattr(f"{ROOT}/kept", "user.key", b"new")
    os.removexattr(f"{ROOT}/kept", "user.other")
    os.link(f"{ROOT}/kept", f"{ROOT}/two")
    os.unlink(f"{ROOT}/gone")
    os.rename(f"{ROOT}/dir/old", f"{ROOT}/dir/new")
    os.truncate(f"{ROOT}/cut", 5000)
    os.truncate(f"{ROOT}/cut", 12000)
    os.mknod(f"{ROOT}/disk", 0o60640, os.makedev(259, 70000))
    settle()
    with open("/dev/ubi0_0", "rb") as volume, open(sys.argv[1], "wb") as out:
        out.write(gzip.compress(volume.read(), 9, mtime=0))
    call("umount", ROOT)


main()
