#!/usr/bin/env python3
"""evenhand compare beside diffoscope, on the same pair in the same run, and beside reading both images.

    compare.py EVENHAND [LEFT RIGHT]...
    compare.py EVENHAND --small

Says for each pair how long both take, their ratio (medians of three runs in turn, and of processor
time), and what diffoscope shows that evenhand does not name: by file and kind of difference. --small
builds small pairs with this machine's tools: programs, archives, packages, file systems. Without
pairs it makes two SquashFS images of this machine's own programs, some 100 MB each, that differ in
one file near the end, and holds compare against `openssl dgst -sha256` over both and `unsquashfs -ll`
of each.
"""
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare_small import small_pairs  # noqa: E402
from compare_shown import missed  # noqa: E402
from measure import Spent, spent  # noqa: E402

RUNS = 3
ENOUGH = 300 << 20  # unpacked bytes: some 100 MB packed


def median(runs: list[tuple[Spent, Spent]], side: int, what: str) -> float:
    return statistics.median(getattr(run[side], what) for run in runs)


def against_diffoscope(evenhand: str, left: str, right: str) -> None:
    if not shutil.which("diffoscope"):
        print("diffoscope is not there")
        return
    with tempfile.TemporaryDirectory() as folder:
        out, shown = f"{folder}/c.json", f"{folder}/d.json"
        ours = [evenhand, "compare", "--quiet", "-o", out, left, right]
        other = ["diffoscope", "--json", shown, left, right]
        runs = [(spent(ours), spent(other)) for _ in range(RUNS)]
        report = json.loads(Path(out).read_text())
        lacks = missed(json.loads(Path(shown).read_text()), report)
    wall = statistics.median(b.wall / a.wall for a, b in runs)
    cpu = statistics.median(b.cpu / a.cpu for a, b in runs)
    print(f"{Path(left).name} {Path(right).name}: {report['answer']}, {median(runs, 0, 'wall'):.2f} s, diffoscope "
          f"{median(runs, 1, 'wall'):.2f} s, ratio {wall:.0f} (processor time {median(runs, 0, 'cpu'):.3f} s, "
          f"{median(runs, 1, 'cpu'):.2f} s, {cpu:.0f}); shown there and not here: {'; '.join(lacks) or 'nothing'}",
          flush=True)


def make_pair(folder: Path) -> tuple[str, str]:
    tree, done = folder / "tree", 0
    (tree / "bin").mkdir(parents=True)
    (tree / "zz").mkdir()
    for path in sorted(Path("/usr/bin").iterdir()) + sorted(Path("/usr/lib").glob("*/*.so*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 12 << 20:
            continue
        shutil.copy(path, tree / "bin")
        done += path.stat().st_size
        if done > ENOUGH:
            break
    images = []
    for text in ("hello\n", "hullo\n"):
        (tree / "zz/last").write_text(text)
        images.append(f"{folder}/{text[:5]}.sqfs")
        subprocess.run(["mksquashfs", tree, images[-1], "-comp", "xz", "-quiet", "-no-progress"], check=True)
    return images[0], images[1]


def against_reading(evenhand: str, left: str, right: str) -> None:
    ours = [evenhand, "compare", "--quiet", left, right]
    reading = [["openssl", "dgst", "-sha256", left, right], ["unsquashfs", "-ll", left],
               ["unsquashfs", "-ll", right]]
    spent(ours)
    runs = [(spent(ours), spent(*reading)) for _ in range(5)]
    print(f"{Path(left).stat().st_size:,} bytes each, one file differs: "
          f"{median(runs, 0, 'wall'):.2f} s, digests and lists {median(runs, 1, 'wall'):.2f} s, ratio "
          f"{statistics.median(a.wall / b.wall for a, b in runs):.2f}")


def main() -> None:
    evenhand, images = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        if not images:
            against_reading(evenhand, *make_pair(Path(name)))
        elif images == ["--small"]:
            images = [path for pair in small_pairs(Path(name)) for path in pair]
        for left, right in zip(images[::2], images[1::2]):
            against_diffoscope(evenhand, left, right)


if __name__ == "__main__":
    main()
