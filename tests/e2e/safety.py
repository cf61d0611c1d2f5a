#!/usr/bin/env python3
"""The jail holds, a parser that dies costs one node, limits do not depend on threads."""
import bz2
import gzip
import io
import json
import os
import random
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

from support import RELEASE, SAMPLE, SANITIZED, check, end, report, run

HARM = ["open", "socket", "exec", "fork", "ptrace", "crash", "abort", "deep"]


def tar_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def jail(folder: Path) -> None:
    """Each act is tried by a parser inside an archive; the other members are examined all the same."""
    for word in HARM:
        image = folder / f"{word}.tar"
        image.write_bytes(tar_of({"before": b"first " * 20, "bad": b"EVENHAND-TEST:" + word.encode() + b" " * 64,
                                  "after": b"last " * 20}))
        code, found, _ = report(image, program=SANITIZED)
        nodes = {n["locator"].rpartition("!")[2]: n for n in found.get("nodes", [])}
        gone = [n for n in nodes.values() if n["state"] == "quarantined"]
        check(f"a parser that tries {word} costs one node", len(gone) == 1 and "/after" in nodes and code == 3,
              f"exit {code}, {len(gone)} quarantined")
        check(f"a parser that tries {word} did not get through", not any("survived" in k for k in nodes))


def several_deaths(folder: Path) -> None:
    image = folder / "several.tar"
    image.write_bytes(tar_of({f"bad{i}": b"EVENHAND-TEST:crash" + bytes([65 + i]) * 64 for i in range(4)}))
    reports = {report(image, "--jobs", jobs, program=SANITIZED)[2] for jobs in (1, 2, 8)}
    check("four parsers die and the report does not depend on which died first", len(reports) == 1)


def deaths_on_both_sides(folder: Path) -> None:
    """The sides of a comparison are opened at once: each death is told from those of the other side."""
    sides = [folder / "left.tar", folder / "right.tar"]
    for side, shift in zip(sides, (65, 75)):
        image = {f"bad{i}": b"EVENHAND-TEST:crash" + bytes([shift + i]) * 64 for i in range(2)}
        side.write_bytes(tar_of(image | {"text": bytes([shift]) * 40}))
    out, found = folder / "sides.json", set()
    for jobs in (1, 2, 8):
        out.unlink(missing_ok=True)
        done = run("compare", "--jobs", jobs, "-o", out, *sides, program=SANITIZED)
        found.add(out.read_bytes() if out.exists() else done.stderr)
    check("parsers die on both sides and the comparison does not depend on threads", len(found) == 1, found)
    text = found.pop()
    check("it names each pair that was given up", text.count(b'"says":"quarantined"') == 2, text[:400])
    check("and says so while it works", done.returncode == 1 and done.stderr.count(b"its parser died") >= 2,
          (done.returncode, done.stderr))


def watchdog(folder: Path) -> None:
    image = folder / "hang.bin"
    image.write_bytes(b"EVENHAND-TEST:hang" + b" " * 64)
    done = run("scan", "--watchdog", 2, image, program=SANITIZED)
    check("a parser that hangs ends the command with a sentence",
          done.returncode == 2 and b"no progress" in done.stderr, done.stderr)


def bombs(folder: Path) -> None:
    layer = b"\0" * (64 << 20)
    for depth in range(3):
        layer = gzip.compress(tar_of({f"{depth}-{i}": layer for i in range(8)}) if depth else layer, 9, mtime=0)
    nested = folder / "nested.gz"
    nested.write_bytes(layer)
    flat = folder / "flat.zip"
    with zipfile.ZipFile(flat, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(30):
            z.writestr(f"{i}", b"\0" * (64 << 20))
    # A tar that claims 2^63 bytes.
    claim = bytearray(tar_of({"huge": b"x" * 100}))
    claim[124:136] = b"\x80\0\0\0" + struct.pack(">Q", 1 << 63)
    claim[148:156] = b" " * 8
    claim[148:156] = b"%06o\0 " % sum(claim[:512])
    huge = folder / "huge.tar"
    huge.write_bytes(claim)
    # Scripts are kept until all files are known, for who starts whom: 64 MiB of them in all.
    kept = folder / "kept.tar"
    kept.write_bytes(tar_of({f"etc/init.d/{i:03}": b"#!/bin/sh\n" + b"# a line of a script\n" * 12000 for i in range(270)}))
    results = [report(kept, "--jobs", jobs) for jobs in (1, 2, 8)]
    said = [n for n in results[0][1]["nodes"] for f in n.get("faults", []) if f["what"] == "kept in all"]
    check("scripts beyond what is kept: the same bytes for 1, 2 and 8 threads", len({raw for _, _, raw in results}) == 1)
    check("scripts beyond what is kept: the limit is said of those beyond", len(said) == 270 - (64 << 20) // (10 + 21 * 12000), len(said))
    for image, limits in ((nested, ("--max-bytes", 200 << 20)), (flat, ("--max-bytes", 100 << 20)),
                          (flat, ("--max-content", 1 << 20)), (nested, ("--max-depth", 2)),
                          (SAMPLE, ("--max-entries", 50)), (SAMPLE, ("--max-depth", 3)), (huge, ())):
        results = [report(image, *limits, "--jobs", jobs) for jobs in (1, 2, 8)]
        name = f"{image.name} {' '.join(map(str, limits))}".strip()
        check(f"{name}: the same bytes for 1, 2 and 8 threads", len({raw for _, _, raw in results}) == 1)
        if limits:
            check(f"{name}: the limit is said", any(n["state"] == "limit" for n in results[0][1].get("nodes", [])))


def streams_of_blocks(folder: Path) -> None:
    """Their blocks are decoded side by side: whole, damaged, cut, and over a limit all is as one after the other."""
    lines = random.Random(7)
    plain = tar_of({f"texts/{i:02}": b"".join(b"%d lines\n" % lines.randrange(10 ** 9) for _ in range(4000))
                    for i in range(30)})
    xz = subprocess.run(["xz", "-1", "-T2", "--block-size=200000"], input=plain, stdout=subprocess.PIPE, check=True).stdout
    for name, packed in (("bz2", bz2.compress(plain, 1)), ("xz", xz)):
        damaged = bytearray(packed)
        damaged[len(packed) * 2 // 3] ^= 4
        for what, image, wanted, limits in (("whole", packed, 30, ()), ("twice", packed + packed, 60, ()),
                                            ("damaged", bytes(damaged), 0, ()), ("cut", packed[:-1000], 0, ()),
                                            ("limited", packed, 0, ("--max-content", 1 << 20))):
            path = folder / f"{what}.tar.{name}"
            path.write_bytes(image)
            results = [report(path, *limits, "--jobs", jobs) for jobs in (1, 2, 8)]
            check(f"{path.name}: the same bytes for 1, 2 and 8 threads", len({raw for _, _, raw in results}) == 1)
            texts = sum("!/texts/" in n["locator"] and n["state"] == "understood" for n in results[1][1]["nodes"])
            fits = texts == wanted if wanted else 0 < texts < 30
            check(f"{path.name}: the texts are there", fits, texts)


def empty_links(folder: Path) -> None:
    """Links whose text is empty, which lead nowhere: where programs and accounts are looked for."""
    image = folder / "empty-links.tar"
    with tarfile.open(image, "w") as tar:
        for name in ("bin/sh", "bin/login", "bin/su", "sbin/init", "usr/sbin/telnetd", "etc/passwd"):
            link = tarfile.TarInfo(name)
            link.type = tarfile.SYMTYPE
            tar.addfile(link)
        text = b"::sysinit:/etc/init.d/rcS\n::respawn:/usr/sbin/telnetd -l /bin/login\n"
        file = tarfile.TarInfo("etc/inittab")
        file.size = len(text)
        tar.addfile(file, io.BytesIO(text))
    done = run("scan", "--quiet", "-o", folder / "e.json", image, program=SANITIZED)
    check("links whose text is empty give a report", done.returncode in (0, 1, 3), done)


def mutant(base: bytes, rng: random.Random, kind: int) -> bytes:
    """The base with its end cut off, with flipped bits, or with a block of it in another place."""
    data = bytearray(base)
    if kind == 0:
        del data[rng.randrange(64, len(data)):]
    elif kind == 1:
        for _ in range(rng.choice((1, 8, 64))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    else:
        block = min(4096, len(data) // 4)
        a, b = rng.randrange(len(data) - block), rng.randrange(len(data) - block)
        data[a:a + block] = data[b:b + block]
    return bytes(data)


def mutations(folder: Path) -> None:
    """Cuts, flips and splices of the sample and of every format's samples: a report or a clear error,
    never a signal, and no parser that dies and is quarantined."""
    samples = sorted(p for p in (SAMPLE.parents[1] / "tests/samples").rglob("*")
                     if p.is_file() and 1024 <= p.stat().st_size <= 700_000)
    rng = random.Random(7)
    bad = []
    for i in range(int(os.environ.get("EVENHAND_MUTATIONS", "60"))):
        source = SAMPLE if i % 4 == 0 else rng.choice(samples)
        image, out = folder / "mutant.bin", folder / "m.json"
        image.write_bytes(mutant(source.read_bytes(), rng, rng.randrange(3)))
        out.unlink(missing_ok=True)
        done = run("scan", "--quiet", "-o", out, image, program=SANITIZED)
        states = {n["state"] for n in json.loads(out.read_bytes())["nodes"]} if out.exists() else {"no report"}
        if done.returncode not in (0, 1, 3) or b"ERROR" in done.stderr or b"runtime error" in done.stderr or \
                states & {"no report", "quarantined"}:
            bad.append((i, source.name, done.returncode, states, done.stderr[-300:]))
            shutil.copy(image, f"{tempfile.gettempdir()}/evenhand-mutant-{i}.bin")
    check("mutated images give reports", not bad, bad[:3])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jail(folder)
        several_deaths(folder)
        deaths_on_both_sides(folder)
        watchdog(folder)
        bombs(folder)
        streams_of_blocks(folder)
        empty_links(folder)
        mutations(folder)
    check("the shipped program has no format for tests", b"testing" not in run("formats", program=RELEASE).stdout)
    end()


main()
