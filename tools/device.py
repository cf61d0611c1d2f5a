#!/usr/bin/env python3
"""evenhand-verify asks for no memory once it runs and uses no stdio: what its own parts and those of the
libraries want of the C library is exactly this, and the program is small. device.py OBJECT PROGRAM."""
import subprocess
import sys
from pathlib import Path

MOST_BYTES = 1_500_000  # stripped
WANTED = set("""
    memchr memcmp memcpy memmem memmove memset strchr strcmp strlen
    close open open64 prctl read syscall time write
    abort __errno_location __stack_chk_fail __memcpy_chk __memmove_chk __memset_chk __read_chk __popcountdi2
    _GLOBAL_OFFSET_TABLE_
""".split())


def undefined(path: str) -> set:
    out = subprocess.run(["nm", "-u", path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in out.splitlines() if line.strip()}


def stripped_size(path: str) -> int:
    copy = Path(path + ".stripped")
    subprocess.run(["strip", "-o", copy, path], check=True)
    size = copy.stat().st_size
    copy.unlink()
    return size


def main() -> int:
    extra = sorted(undefined(sys.argv[1]) - WANTED)
    size = stripped_size(sys.argv[2])
    for name in extra:
        why = "it asks for memory" if name in ("malloc", "calloc", "realloc", "free") else "it is not in the list of tools/device.py"
        print(f"device: {name} is wanted of the C library: {why}")
    if size > MOST_BYTES:
        print(f"device: {size:,} bytes stripped, more than {MOST_BYTES:,}")
    if not extra and size <= MOST_BYTES:
        print(f"device: {size:,} bytes stripped, no memory is asked for")
    return bool(extra) or size > MOST_BYTES


sys.exit(main())
