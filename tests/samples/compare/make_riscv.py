#!/usr/bin/env python3
"""make_riscv.py BITS FILE... > riscvBITS.txt: a few lines of each instruction, as objdump writes them.

Files are libraries of Debian's libc6-riscv64-cross and libgcc-s1-riscv64-cross, of which the bytes of
.text serve as 32-bit code too, and noise of a fixed seed. What objdump does not refuse although it is
reserved is left out: rounding modes that are none, shifts by 32 and more on 32 bits.
"""
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

OBJDUMP, OBJCOPY = "riscv64-linux-gnu-objdump", "riscv64-linux-gnu-objcopy"
EACH = 3
CONTROLS = re.compile(r"^csr\w+ \w+,(fflags|frm|fcsr|[sm](status|ie|tvec|scratch|epc|cause|tval|ip)|satp|m(hartid|isa)|"
                      r"pmpaddr\d+|pmpcfg\d+|cycle|time|instret),")
LINE = re.compile(r"^ +([0-9a-f]+):\t([0-9a-f]+) +\t(\S+)(?:\t([^<#]*))?")


def lines(bits: str, path: str) -> list[str]:
    out = subprocess.run([OBJDUMP, "-D", "-b", "binary", "-m", f"riscv:rv{bits}", "-M", "no-aliases", path],
                         capture_output=True, text=True, check=True).stdout
    return out.splitlines()


def is_reserved(bits: str, name: str, rest: str) -> bool:
    shift = re.search(r",0x([0-9a-f]+)$", rest)
    return "unknown" in rest or (name.startswith("csr") and not CONTROLS.match(f"{name} {rest}")) or \
        (bits == "32" and shift is not None and int(shift[1], 16) > 31 and re.match(r"(c\.)?s[lr][la]i", name))


def main() -> None:
    bits, seen = sys.argv[1], Counter()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for n, library in enumerate(sys.argv[2:]):
            paths.append(f"{folder}/{n}")
            subprocess.run([OBJCOPY, "-O", "binary", "-j", ".text", library, paths[-1]], check=True)
        paths.append(f"{folder}/noise")
        Path(paths[-1]).write_bytes(random.Random(0).randbytes(400000))
        for path in paths:
            for match in filter(None, map(LINE.match, lines(bits, path))):
                address, word, name, rest = match[1], match[2], match[3], (match[4] or "").strip()
                if name.startswith((".", "0x")) or is_reserved(bits, name, rest) or (name == "c.addi16sp" and rest == "sp,0"):
                    continue
                seen[name] += 1
                if seen[name] <= EACH:
                    print(address, word, name, rest)


main()
