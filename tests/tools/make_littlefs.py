#!/usr/bin/env python3
"""make_littlefs.py SAMPLES: littlefs volumes by littlefs-python 0.19 (the reference implementation, version
2.1): files written, moved, written over and removed, until logs were compacted and split."""
import gzip
import sys
from pathlib import Path

from littlefs import LittleFS


def build(block_size: int, block_count: int) -> bytes:
    fs = LittleFS(block_size=block_size, block_count=block_count, prog_size=16, read_size=16, cache_size=512)

    def put(name: str, data: str) -> None:
        with fs.open(name, "wb") as f:
            f.write(data.encode())

    fs.mkdir("/dir")
    fs.mkdir("/dir/deep")
    put("/a.txt", "".join(f"{i}\n" for i in range(1, 301)))
    put("/dir/one", "first\n")
    put("/dir/deep/inline", "tiny")
    put("/empty", "")
    put("/gone", "x")
    fs.remove("/gone")
    put("/old", "moved")
    fs.rename("/old", "/dir/new")
    put("/large", "".join(f"{i}\n" for i in range(1, 4001)))
    for i in range(40):
        put(f"/dir/file{i:02}", f"number {i}\n")
    for i in range(0, 40, 3):
        fs.remove(f"/dir/file{i:02}")
    for i in range(30):
        put("/changed", f"version {i}\n")
    fs.setattr("/a.txt", "t", b"attribute")
    return bytes(fs.context.buffer)


out = Path(sys.argv[1]) / "littlefs"
out.mkdir(exist_ok=True)
for file, size in (("small", 512), ("big", 4096)):
    (out / f"{file}.lfs.gz").write_bytes(gzip.compress(build(size, (128 << 10) // size), 9, mtime=0))
