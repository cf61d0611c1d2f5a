#!/usr/bin/env python3
"""make bench: evenhand beside the peers that are on this machine, in turn, medians of five.

    bench.py EVENHAND [IMAGE]...

Without images it makes a SquashFS of this machine's own programs (gzip and xz) in a temporary folder;
where EVENHAND_CORPUS names a corpus, its real images follow, with the share of bytes understood.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
REPORTED = (0, 1, 3)  # exit codes of a scan that wrote its report


def once(command: list[str], folder: Path, good: tuple[int, ...]) -> float:
    """Wall seconds of a whole process. A run that fails is no measurement."""
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=False)
    took = time.monotonic() - began
    if done.returncode not in good:
        sys.exit(f"bench: {' '.join(command)} ended with {done.returncode}")
    return took


def paired(ours: list[str], other: list[str], folder: Path, runs: int) -> tuple[float, float, float]:
    """Medians of both and of their ratio, run in turn."""
    out, pairs = folder / "out", []
    for run in range(runs + 1):
        first = once(ours, folder, REPORTED)
        shutil.rmtree(out, ignore_errors=True)
        second = once([part.replace("OUT", str(out)) for part in other], folder, (0, 1))
        if run:  # the first warms caches
            pairs.append((first, second))
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


def anonymous(process: int) -> int:
    """KiB of memory that is no file's, of a process and its children."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")), 0)
    return own + sum(anonymous(int(child)) for child in children)


def peak_memory(command: list[str], folder: Path) -> int:
    """MiB of anonymous memory of supervisor and worker, sampled each 2 ms (DESIGN.md 12 counts it so)."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    peak = 0
    while process.poll() is None:
        peak = max(peak, anonymous(process.pid))
        time.sleep(0.002)
    return peak >> 10


def make_images(folder: Path) -> list[Path]:
    tree = folder / "tree"
    shutil.copytree("/usr/bin", tree / "bin", symlinks=True)
    if Path("/usr/share/perl").exists():
        shutil.copytree("/usr/share/perl", tree / "perl", symlinks=True)
    images = []
    for codec in ("gzip", "xz"):
        image = folder / f"programs-{codec}.sqfs"
        subprocess.run(["mksquashfs", tree, image, "-comp", codec, "-noappend", "-quiet", "-no-progress"],
                       check=True, stdout=subprocess.DEVNULL)
        images.append(image)
    return images


def understood(report: dict) -> float:
    """Share of the image's bytes in regions that were opened, or are padding."""
    return (report["coverage"]["understood"] + report["coverage"]["padding"]) / report["image"]["size"]


def peers_of(image: Path) -> list[tuple[str, list[str]]]:
    """Those that are here; unsquashfs only for what it opens."""
    all_peers = [("unblob", ["unblob", "-e", "OUT", str(image)]),
                 ("binwalk -Me", ["binwalk", "-Me", "--run-as=root", "-C", "OUT", str(image)])]
    if image.open("rb").read(4) == b"hsqs":
        all_peers.insert(0, ("unsquashfs -p 2", ["unsquashfs", "-n", "-q", "-p", "2", "-d", "OUT", str(image)]))
    return [(name, command) for name, command in all_peers if shutil.which(command[0])]


def measure(evenhand: str, image: Path, folder: Path, runs: int) -> None:
    report = folder / "r.json"
    scan = [evenhand, "scan", "--quiet", "-o", str(report), str(image)]
    took = statistics.median(once(scan, folder, REPORTED) for _ in range(3))
    share = understood(json.loads(report.read_bytes()))
    print(f"{image.name}: scan {took:.2f} s, peak {peak_memory(scan, folder)} MiB, "
          f"{share:.1%} understood", flush=True)
    for name, command in peers_of(image):
        a, b, ratio = paired(scan, command, folder, runs)
        print(f"    scan {a:.2f} s, {name} {b:.2f} s: {ratio:.2f} of its time, {1 / ratio:.1f} times as fast", flush=True)


def start_up(evenhand: str, folder: Path) -> None:
    small = folder / "small.bin"
    small.write_bytes(b"\x55\xaa" * 2048)
    for name, command in (("version", [evenhand, "version"]),
                          ("scan of 4 KB", [evenhand, "scan", "--quiet", str(small)])):
        took = statistics.median(once(command, folder, REPORTED) for _ in range(20))
        print(f"start-up: {name} {took * 1000:.1f} ms")


def main() -> None:
    evenhand = str(Path(sys.argv[1]).resolve())
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    corpus = Path(os.environ.get("EVENHAND_CORPUS") or "/nonexistent") / "real"
    with tempfile.TemporaryDirectory(dir=base) as name:
        folder = Path(name)
        print(f"{os.cpu_count()} processors, {RUNS} runs each in turn (real images: 3), medians")
        start_up(evenhand, folder)
        for image in [Path(p).resolve() for p in sys.argv[2:]] or make_images(folder):
            measure(evenhand, image, folder, RUNS)
        for image in sorted(corpus.glob("*.*")) if len(sys.argv) == 2 else []:
            if image.suffix != ".md":
                measure(evenhand, image.resolve(), folder, 3)


main()
