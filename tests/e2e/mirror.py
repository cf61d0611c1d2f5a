#!/usr/bin/env python3
"""log mirror: a copy that is the original byte for byte, also while it grows, and none of a log that
lies."""
import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support import ROOT, SAMPLE, SANITIZED, check, end, run
from world import Site, World, signed

SMALL = ROOT / "tests/vectors/log-small"
SMALL_LOG = "log log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ\nquorum none\n"


def mirror(d: Path, site: Site, name: str = "mirror", policy: str = "policy") -> tuple[int, str]:
    done = run("log", "mirror", "--policy", d / policy, site.url, d / name, program=SANITIZED)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def tiles(root: Path) -> dict:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and "tile" in p.parts}


def expected(size: int) -> dict:
    """The files that a log of that size has, by C2SP tlog-tiles; from those of the published vectors, where the
    partial ones of all these sizes are."""
    files, level = {}, 0
    while size >> 8 * level:
        full, part = size >> 8 * level + 8, size >> 8 * level & 255
        for kind in [str(level)] + (["entries"] if level == 0 else []):
            for i in range(full):
                files[f"tile/{kind}/{i:03}"] = None
            if part:
                files[f"tile/{kind}/{full:03}.p/{part}"] = None
        level += 1
    return {name: (SMALL / name).read_bytes() for name in files}


def holds(root: Path, size: int) -> bool:
    """All files that a log of that size has, and of earlier sizes only what the original has too."""
    there = tiles(root)
    return expected(size).items() <= there.items() and all((SMALL / k).read_bytes() == v for k, v in there.items())


def vectors(d: Path) -> None:
    """A log of others, at each size of which it has a checkpoint."""
    site = Site()
    site.root = SMALL
    (d / "small").write_text(SMALL_LOG)
    for size in (0, 1, 2, 255, 256, 257, 511, 512, 600):
        site.files["checkpoint"] = (ROOT / f"tests/vectors/checkpoints/small-{size}").read_bytes()
        code, out = mirror(d, site, "copy", "small")
        copy = d / "copy/public"
        check(f"a log of {size} entries, byte for byte", code == 0 and holds(copy, size)
              and (copy / "checkpoint").read_bytes() == site.files["checkpoint"], out)
    site.asked.clear()
    code, out = mirror(d, site, "copy", "small")
    check("nothing new costs one request", code == 0 and site.asked == ["checkpoint"], site.asked)
    site.files["checkpoint"] = (SMALL / "checkpoint").read_bytes()
    check("cosignatures that came later are taken", mirror(d, site, "copy", "small")[0] == 0
          and (d / "copy/public/checkpoint").read_bytes() == site.files["checkpoint"])
    check("in one run as in many", mirror(d, site, "once", "small")[0] == 0
          and tiles(d / "once/public") == expected(600))
    site.files["checkpoint"] = (ROOT / "tests/vectors/checkpoints/small-512").read_bytes()
    code, out = mirror(d, site, "copy", "small")
    check("less than before", code == 1 and out.startswith("REWOUND") and holds(d / "copy/public", 600), out)
    serves_in_place(d, site)
    full_for_partial(d)
    damaged(d, site)


def serves_in_place(d: Path, site: Site) -> None:
    """A second mirror of the first one."""
    other = Site()
    other.root = d / "copy/public"
    code, out = mirror(d, other, "second", "small")
    check("a mirror serves in the log's place", code == 0 and tiles(d / "second/public") == expected(600), out)


def full_for_partial(d: Path) -> None:
    """A log that has grown may have no partial files any more."""
    site = Site()
    site.root = SMALL
    site.files |= {"checkpoint": (ROOT / "tests/vectors/checkpoints/small-257").read_bytes(),
                   "tile/entries/001.p/1": None}
    code, out = mirror(d, site, "early", "small")
    check("the beginning of a full bundle is the partial one", code == 0
          and tiles(d / "early/public") == expected(257), out)


def damaged(d: Path, site: Site) -> None:
    site.files["checkpoint"] = (SMALL / "checkpoint").read_bytes()
    for name in ("tile/0/002.p/88", "tile/1/000.p/2"):
        shutil.rmtree(d / "copy")
        mirror(d, site, "copy", "small")
        file = d / "copy/public" / name
        file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
        code, out = mirror(d, site, "copy", "small")
        check(f"a damaged {name} is found", code == 2 and "its tiles are not those" in out, out)
    bundle = bytearray((SMALL / "tile/entries/001").read_bytes())
    bundle[5] ^= 1
    site.files["tile/entries/001"] = bytes(bundle)
    code, out = mirror(d, site, "false", "small")
    check("entries that were not signed", code == 1 and out.startswith("FALSE")
          and not (d / "false/public/checkpoint").exists(), out)
    site.files["checkpoint"] = (ROOT / "tests/vectors/checkpoints/small-257").read_bytes()
    mirror(d, site, "half", "small")
    partial = bytearray((SMALL / "tile/entries/001").read_bytes())
    partial[5] ^= 1
    site.files["tile/entries/001"] = bytes(partial)
    site.files["checkpoint"] = (SMALL / "checkpoint").read_bytes()
    code, out = mirror(d, site, "half", "small")
    check("other entries than before", code == 1 and out.startswith("FALSE")
          and (d / "half/public/checkpoint").read_bytes().split(b"\n")[1] == b"257", out)
    del site.files["tile/entries/001"]
    code, out = mirror(d, site, "half", "small")
    check("what a failed run left does no harm", code == 0 and holds(d / "half/public", 600), out)


def large(d: Path) -> None:
    """Bundles of 70,000 entries and a checkpoint are all that is served; the tiles that come of them are known."""
    site, size = Site(), 70000
    entries = [b"evenhand vector entry %d\n" % i for i in range(size)]
    for i in range(0, size, 256):
        part = entries[i:i + 256]
        name = f"tile/entries/{i // 256:03}" + (f".p/{len(part)}" if len(part) < 256 else "")
        site.files[name] = b"".join(len(e).to_bytes(2, "big") + e for e in part)
    root = bytes.fromhex(next(line.split()[2] for line in (ROOT / "tests/samples/merkle/vectors.txt").read_text()
                              .splitlines() if line.startswith("root 70000 ")))
    site.files["checkpoint"], vkey = signed(d, b"large.example\n70000\n" + base64.b64encode(root) + b"\n")
    (d / "large").write_text(f"log {vkey}\nquorum none\n")
    site.root = d
    code, out = mirror(d, site, "many", "large")
    manifest = [line.split("\t") for line in (ROOT / "tests/vectors/tiles/manifest-70000.tsv").read_text().splitlines()]
    there = tiles(d / "many/public")
    wrong = [name for name, _, digest in manifest if hashlib.sha256(there.get(name, b"")).hexdigest() != digest]
    check("70,000 entries give all files that are known of them", code == 0 and not wrong
          and len(there) == len(manifest), (out, wrong[:5]))
    done = run("log", "watch", "--policy", d / "large", "--state", d / "state", site.url, program=SANITIZED)
    check("and are watched", done.returncode == 0 and b"70,000 are new" in done.stdout, done.stderr)


def ours(d: Path) -> None:
    """Envelopes and reports, and forks."""
    w = World(d)
    report, published = d / "report.json", d / "published.json"
    run("scan", "--quiet", "-o", report, SAMPLE)
    w.add(w.release("1.0", "one"), w.sign("--publish", published, report, key="lab"))
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    w.site.files[f"api/file/sha256:{digest}"] = published.read_bytes()
    code, out = mirror(d, w.site)
    public = d / "mirror/public"
    envelopes = {k: v for k, v in w.site.files.items() if k.startswith("api/envelope")}
    check("envelopes are mirrored", code == 0 and envelopes
          and all((public / k).read_bytes() == v for k, v in envelopes.items()), out)
    check("so are reports", (public / f"api/file/sha256:{digest}").read_bytes() == published.read_bytes(), out)
    check("what is not to be had is said", "files        1, and 1 that the log does not give" in out, out)
    w.add(w.sign("--reveal", report, key="vendor"), w.sign("--reveal", report, key="lab"))
    code, out = mirror(d, w.site)
    check("two who signed the same have one envelope", code == 0 and "envelopes    1\n" in out, out)
    w.copy("left")
    w.copy("right")
    w.add(w.release("3.0", "three"), w.release("3.1", "more"), log="left")
    w.add(w.release("4.0", "four"), log="right")
    w.site.root = d / "left/public"
    check("the left history", mirror(d, w.site)[0] == 0)
    before = tiles(public)
    w.site.root = d / "right/public"
    code, out = mirror(d, w.site)
    check("another history that is smaller is a fork all the same", code == 1 and out.startswith("FORKED"), out)
    code, out = w.fork(d / "mirror/fork")
    check("its proof holds", code == 0 and out.startswith("SHOWN"), out)
    w.add(w.release("4.1", "four and one"), w.release("4.2", "four and two"), log="right")
    code, out = mirror(d, w.site)
    check("and so is one that is larger", code == 1 and w.fork(d / "mirror/fork")[0] == 0, out)
    check("the copy stays as it was", tiles(public) == before)
    swapped(w)


def swapped(w: World) -> None:
    w.site.root = w.d / "left/public"
    name = next(k for k in w.site.files if k.startswith("api/envelope"))
    right, w.site.files[name] = w.site.files[name], b"{}"
    code, out = mirror(w.d, w.site, "swapped")
    check("an envelope that is another is not taken", code == 0 and not (w.d / "swapped/public" / name).exists()
          and "1 that the log does not give" in out, out)
    w.site.files[name] = right
    read_only = w.d / "file"
    read_only.write_text("x")
    code, out = mirror(w.d, w.site, "file/below")
    check("where nothing can be written", code == 2 and out.startswith("evenhand: "), out)


def main() -> None:
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        vectors(Path(folder))
        large(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        ours(Path(folder))
    end()


main()
