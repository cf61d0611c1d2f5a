#!/usr/bin/env python3
"""Stored reports judged again: what comes out is what a fresh scan writes, byte for byte; what is no
report, or one that contradicts itself, is refused with a sentence."""
import json
import tempfile
from pathlib import Path

from support import CORPUS, ROOT, SAMPLE, SANITIZED, check, end, run

SAMPLES = [p for p in sorted((ROOT / "tests/samples").glob("*/*")) if p.is_file() and p.suffix != ".md"]


def scan(image, out, *options):
    return run("scan", "--quiet", *options, "-o", out, image).returncode


def judge(report, out, *options, **more):
    return run("judge", *options, "-o", out, report, **more)


def same_again(folder):
    """Every tenth sample, the demo's image, and the corpus: JSON, page and exit code."""
    images = SAMPLES[::10] + [SAMPLE] + (sorted(CORPUS.glob("real/*.bin"))[:4] if CORPUS else [])
    for image in images:
        old, page = folder / "old.json", folder / "old.html"
        code = scan(image, old, "--as-of", "2026-01-01")
        if code == 2:
            continue
        scan(image, page, "--as-of", "2026-01-01")
        new, new_page = folder / "new.json", folder / "new.html"
        done = judge(old, new, "--as-of", "2026-01-01", program=SANITIZED)
        judge(old, new_page, "--as-of", "2026-01-01")
        check(f"judged again as scanned: {image.name}",
              done.returncode == code and new.read_bytes() == old.read_bytes()
              and new_page.read_bytes() == page.read_bytes(), done.stderr[:300])


def another_date(folder):
    old, dated, new = folder / "old.json", folder / "dated.json", folder / "new.json"
    scan(SAMPLE, old)
    scan(SAMPLE, dated, "--as-of", "2040-01-01")
    judge(old, new, "--as-of", "2040-01-01")
    check("another date gives what a scan with that date gives", new.read_bytes() == dated.read_bytes())
    check("and is another report", new.read_bytes() != old.read_bytes())


def many(folder):
    names = []
    for i in range(12):
        (folder / f"r{i}").write_bytes((folder / "old.json").read_bytes())
        names.append(folder / f"r{i}")
    (folder / "out").mkdir()
    done = run("judge", "--jobs", 3, "-o", folder / "out/{}.json", *names)
    outs = list((folder / "out").iterdir())
    check("many reports in one call", done.returncode == 1 and len(outs) == 12 and
          all(o.read_bytes() == (folder / "old.json").read_bytes() for o in outs))


def broken(report):
    """Reports that contradict themselves, and what each is refused for."""
    def change(what, path, value):
        copy = json.loads(report)
        at = copy
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        return what, json.dumps(copy, separators=(",", ":")).encode()

    yield change("another schema", ["schema"], "evenhand-report/2")
    yield change("other knowledge", ["tool", "knowledge", "observing"], "0" * 64)
    yield change("another version", ["tool", "version"], "0.0.0")
    yield change("a parent behind its child", ["nodes", 1, "parent"], 2)
    yield change("a locator of something else", ["nodes", 1, "locator"], "tar@0x0")
    yield change("a format of which nothing is known", ["nodes", 1, "format"], "nonsense")
    yield change("an image of another size", ["image", "size"], 1)
    yield change("a fact in no node", ["facts", "executables", 0, "node"], 4000000)
    yield change("a name that is missing", ["facts", "executables", 0, "endian"], None)
    yield change("a state that is none", ["nodes", 1, "state"], "fine")
    yield change("a number that is a text", ["nodes", 1, "size"], "12")
    yield change("a digest that is short", ["image", "sha512"], "00")
    yield "an empty object", b"{}"
    yield "no JSON", b"\x00\x01\x02"
    yield "half a report", report[:len(report) // 2]


def refusals(folder):
    report = (folder / "old.json").read_bytes()
    for what, raw in broken(report):
        path, out = folder / "bad.json", folder / "new.json"
        path.write_bytes(raw)
        out.write_bytes(b"old")
        done = judge(path, out, program=SANITIZED)
        check(f"refused: {what}", done.returncode == 2 and done.stderr.startswith(b"evenhand: ") and
              b"bad.json" in done.stderr and out.read_bytes() == b"old", done.stderr[:300])


def cuts(folder):
    report = (folder / "old.json").read_bytes()
    path = folder / "cut.json"
    codes = set()
    for at in range(1, len(report), len(report) // 40):
        path.write_bytes(report[:at])
        codes.add(judge(path, folder / "new.json", program=SANITIZED).returncode)
    check("a report that ends early is refused", codes == {2}, codes)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        same_again(folder)
        another_date(folder)
        many(folder)
        refusals(folder)
        cuts(folder)
    end()


main()
