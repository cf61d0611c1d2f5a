#!/usr/bin/env python3
"""make bench: evenhand beside the peers that are on this machine, in turn, medians of five.

    bench.py EVENHAND [FILE SYSTEM or IMAGE]...

Without images it makes a SquashFS of this machine's own programs (gzip and xz) in a temporary folder.
"""
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5


def once(command: list[str], folder: Path) -> tuple[float, int]:
    """Wall seconds and peak memory (KiB) of a whole process."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - began, usage.ru_maxrss


def paired(ours: list[str], other: list[str], folder: Path) -> tuple[float, float, float, int]:
    """Medians of both and of the ratio, run in turn; our peak memory."""
    a, b, memory = [], [], 0
    for run in range(RUNS + 1):
        first, peak = once(ours, folder)
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        second, _ = once([part.replace("OUT", str(out)) for part in other], folder)
        if run:  # the first warms caches
            a.append(first)
            b.append(second)
            memory = max(memory, peak)
    return (statistics.median(a), statistics.median(b), statistics.median(x / y for x, y in zip(a, b)), memory)


def make_images(folder: Path) -> list[Path]:
    tree = folder / "tree"
    shutil.copytree("/usr/bin", tree / "bin", symlinks=True)
    shutil.copytree("/usr/share/perl", tree / "perl", symlinks=True, dirs_exist_ok=True) \
        if Path("/usr/share/perl").exists() else None
    images = []
    for codec in ("gzip", "xz"):
        image = folder / f"programs-{codec}.sqfs"
        subprocess.run(["mksquashfs", tree, image, "-comp", codec, "-noappend", "-quiet", "-no-progress"],
                       check=True, stdout=subprocess.DEVNULL)
        images.append(image)
    return images


def main() -> None:
    evenhand = str(Path(sys.argv[1]).resolve())
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base) as name:
        folder = Path(name)
        images = [Path(p).resolve() for p in sys.argv[2:]] or make_images(folder)
        print(f"{os.cpu_count()} processors, {RUNS} runs each in turn, medians")
        start = [once([evenhand, "version"], folder)[0] for _ in range(20)]
        small = folder / "small.bin"
        small.write_bytes(b"\x55\xaa" * 2048)
        scan4 = [once([evenhand, "scan", "--quiet", str(small)], folder)[0] for _ in range(20)]
        print(f"start-up: version {statistics.median(start) * 1000:.1f} ms, scan of 4 KB {statistics.median(scan4) * 1000:.1f} ms")
        for image in images:
            ours = [evenhand, "scan", "--quiet", "-o", str(folder / "r.json"), str(image)]
            peers = [("unsquashfs -p 2", ["unsquashfs", "-n", "-q", "-p", "2", "-d", "OUT", str(image)])]
            if shutil.which("binwalk"):
                peers.append(("binwalk -Me", ["binwalk", "-Me", "--run-as=root", "-C", "OUT", str(image)]))
            if shutil.which("unblob"):
                peers.append(("unblob", ["unblob", "-e", "OUT", str(image)]))
            for peer, command in peers:
                if not shutil.which(command[0]):
                    continue
                a, b, ratio, memory = paired(ours, command, folder)
                print(f"{image.name:28} scan {a:7.2f} s   {peer} {b:7.2f} s   ratio {ratio:5.2f}   peak {memory >> 10} MiB")


main()
