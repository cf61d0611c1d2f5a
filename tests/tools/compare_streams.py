#!/usr/bin/env python3
"""compare_streams.py LOOK CONTENT... - packs each CONTENT with the reference tools at all levels and
with all options, lets LOOK (build/<flavour>/look) open the result, and compares digests and lengths:
whole, twice in a row, with foreign bytes behind, cut short, with bits flipped. Prints each difference;
exit 1 when there is one. Needs gzip, xz, lzip, bzip2, zstd, lz4, lzop, compress."""
import hashlib
import random
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

XZ_FILTERS = ["--x86", "--arm", "--armthumb", "--powerpc", "--ia64", "--sparc", "--arm64",
              "--delta=dist=4"]


def tools():
    """(name, format, command)"""
    for level in "123456789":
        yield f"gzip -{level}", "gzip", ["gzip", "-c", f"-{level}"]
        yield f"bzip2 -{level}", "bzip2", ["bzip2", "-c", f"-{level}"]
        yield f"lzop -{level}", "lzop", ["lzop", "-c", f"-{level}"]
    for level in "0123456789":
        yield f"xz -{level}", "xz", ["xz", "-c", f"-{level}"]
        yield f"lzma -{level}", "lzma", ["xz", "--format=lzma", "-c", f"-{level}"]
        yield f"lzip -{level}", "lzip", ["lzip", "-c", f"-{level}"]
    for check in "none", "crc32", "crc64", "sha256":
        yield f"xz {check}", "xz", ["xz", "-c", "-1", f"--check={check}"]
    for one in XZ_FILTERS:
        yield f"xz {one}", "xz", ["xz", "-c", one, "--lzma2=preset=1"]
    yield "xz blocks", "xz", ["xz", "-c", "-1", "--block-size=65536"]
    yield "xz -T2", "xz", ["xz", "-c", "-1", "-T2", "--block-size=1MiB"]
    for options in "lc=0,lp=2,pb=2", "lc=1,lp=2,pb=2", "lc=4,lp=0,pb=0", "lc=2,lp=2,pb=4":
        yield f"lzma {options}", "lzma", ["xz", "--format=lzma", "-c",
                                          f"--lzma1=preset=1,dict=8MiB,{options}"]
    for level in 1, 3, 9, 15, 19:
        yield f"zstd -{level}", "zstd", ["zstd", "-q", "-c", f"-{level}"]
    yield "zstd no check", "zstd", ["zstd", "-q", "-c", "--no-check"]
    yield "zstd --fast", "zstd", ["zstd", "-q", "-c", "--fast=5"]
    yield "zstd --long", "zstd", ["zstd", "-q", "-c", "--long=27"]
    yield "zstd -T2", "zstd", ["zstd", "-q", "-c", "-T2", "-B1MiB"]
    for level in "1359":
        yield f"lz4 -{level}", "lz4", ["lz4", "-q", "-c", f"-{level}"]
        yield f"lz4 -l -{level}", "lz4-legacy", ["lz4", "-q", "-l", "-c", f"-{level}"]
    for options in ["-B4"], ["-B5"], ["-B6"], ["-B7"], ["-BD"], ["-BX"], ["--no-frame-crc"], ["-B4", "-BD", "-BX"]:
        yield f"lz4 {options}", "lz4", ["lz4", "-q", "-c", *options]
    for options in ["-F"], ["-CC"], ["-CC", "-9"]:
        yield f"lzop {options}", "lzop", ["lzop", "-c", *options]
    for bits in range(10, 17):  # what it writes with 9 no program can read, itself included
        yield f"compress -b {bits}", "compress", ["compress", "-f", "-c", "-b", str(bits)]
    yield "zlib", "zlib", None


def pack(command, content):
    if command is None:
        return zlib.compress(content)
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout


class Look:
    def __init__(self, program, folder):
        self.program, self.file = program, Path(folder) / "stream"

    def open(self, form, data):
        """None when refused, else (packed length, plain length, digest, faults); a crash raises."""
        self.file.write_bytes(data)
        done = subprocess.run([self.program, form, self.file], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        if done.returncode not in (0, 1):
            raise SystemExit(f"look {form} ended with {done.returncode}: kept in /tmp/crash.bin"
                             if self.file.rename("/tmp/crash.bin") else "")
        said = re.search(rb"stream, (\d+) packed, (\d+) plain bytes, sha256 (\w+)", done.stdout)
        faults = re.findall(rb"^(?:load|list): (.*)$", done.stderr, re.M)
        if not said:
            return None
        return int(said[1]), int(said[2]), said[3].decode(), [f.decode() for f in faults]


class Comparison:
    def __init__(self, look):
        self.look, self.cases, self.bad = look, 0, 0

    def expect(self, what, form, data, packed, plain):
        self.cases += 1
        got = self.look.open(form, data)
        want = (packed, len(plain), hashlib.sha256(plain).hexdigest(), [])
        if got != want:
            self.bad += 1
            print(f"{what}: expected {want}, got {got}")

    def prefix(self, what, form, data, plain):
        """A cut stream: whatever comes out is the beginning of the plain bytes, and a fault says so."""
        self.cases += 1
        got = self.look.open(form, data)
        if got and (got[2] != hashlib.sha256(plain[: got[1]]).hexdigest() or not got[3]):
            self.bad += 1
            print(f"{what}: {got} is no beginning with a fault")

    def survive(self, what, form, data, plain):
        """A flipped stream: other bytes than the plain ones without a fault are an error where the
        format has a checksum."""
        self.cases += 1
        got = self.look.open(form, data)
        if got and not got[3] and got[1:3] != (len(plain), hashlib.sha256(plain).hexdigest()) \
                and got[0] == len(data):
            self.bad += 1
            print(f"{what}: wrong bytes without a fault: {got}")


CHECKED = {"gzip", "zlib", "xz", "lzip", "bzip2", "lzop"}
JOINED = {"gzip", "xz", "lzip", "bzip2", "zstd", "lz4"}


def all_of(comparison, name, form, command, content, random_source):
    packed = pack(command, content)
    n = len(packed)
    comparison.expect(name, form, packed, n, content)
    if form != "compress":
        comparison.expect(f"{name} + tail", form, packed + b"\x5a\xa5 tail", n, content)
        comparison.expect(f"{name} + zeros", form, packed + bytes(4096), n, content)
    if form in JOINED:
        comparison.expect(f"{name} twice", form, packed * 2, 2 * n, content * 2)
    if form == "xz":
        comparison.expect(f"{name} padded", form, packed + bytes(8) + packed + bytes(4), 2 * n + 8,
                          content * 2)
    if form != "compress":
        for cut in {1, 2, 4, 8, 9, 12, 20, n // 2, n - 40} | {random_source.randrange(1, n) for _ in range(4)}:
            if 0 < n - cut < n:
                comparison.prefix(f"{name} cut by {cut}", form, packed[: n - cut], content)
    for _ in range(6):
        at = random_source.randrange(n)
        flipped = bytearray(packed)
        flipped[at] ^= 1 << random_source.randrange(8)
        if form in CHECKED and "xz none" not in name and "-F" not in name:
            comparison.survive(f"{name} flip at {at}", form, bytes(flipped), content)
        else:
            comparison.cases += 1
            comparison.look.open(form, bytes(flipped))


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    random_source = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(Look(sys.argv[1], folder))
        for path in sys.argv[2:]:
            content = Path(path).read_bytes()
            for name, form, command in tools():
                all_of(comparison, f"{Path(path).name}: {name}", form, command, content, random_source)
        print(f"{comparison.cases} cases, {comparison.bad} differ")
    raise SystemExit(comparison.bad > 0)


main()
