#!/usr/bin/env python3
"""Many releases in one call: what came and went, from images and from their reports, the same bytes
every time; what is no image and no report is refused, and nothing is written."""
import base64
import hashlib
import json
import re
import tempfile
from pathlib import Path

from support import ROOT, SAMPLE, SANITIZED, check, end, run
from webdriver import CHROMEDRIVER, CHROMIUM, Browser

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = json.loads((ROOT / "docs/lineage.schema.json").read_text())
SHELLS = {True: "/bin/sh", False: "/bin/false"}
# Version, accounts (True: can log in), started at boot.
RELEASES = [
    ("1.2", {"root": True, "support": True, "old": True}, ["/usr/sbin/telnetd -p 2323"]),
    ("1.10", {"root": True, "support": False}, []),
    ("1.9", {"root": True, "new<b>": True}, ["/usr/sbin/telnetd -p 2323"]),
]


def release(folder, number, version, accounts, started):
    """An unpacked root."""
    root = folder / f"r{number}"
    (root / "etc").mkdir(parents=True)
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/telnetd").write_bytes(b"#!/bin/sh\n")
    passwd = [f"{name}:{'x' if can else '*'}:{i}:{i}::/:{SHELLS[can]}\n"
              for i, (name, can) in enumerate(sorted(accounts.items()))]
    (root / "etc/passwd").write_text("".join(passwd))
    shadow = [f"{name}:{'$1$abcdefgh$KqCsOUmUaG9jgbJCTmLLa0' if can else '*'}:1:0:99999:7:::\n"
              for name, can in sorted(accounts.items())]
    (root / "etc/shadow").write_text("".join(shadow))
    (root / "etc/inittab").write_text("".join(f"::respawn:{line}\n" for line in started))
    (root / "etc/os-release").write_text(f'NAME="router"\nID=router\nVERSION_ID="{version}"\n'
                                         if version else "")
    return root


def lineage(*arguments, **more):
    return run("lineage", "--quiet", *arguments, **more)


def as_json(folder, *arguments, **more):
    out = folder / "out.json"
    done = lineage("-o", out, *arguments, **more)
    return (json.loads(out.read_bytes()) if done.returncode == 0 else {}), done


def present(document, what):
    for thing in document.get("things", []):
        if thing["what"] == what:
            return [(p["from"], p["to"], p["active"]) for p in thing["present"]]
    return None


def came_and_went(folder, roots):
    d, done = as_json(folder, *roots, program=SANITIZED)
    check("three roots give a lineage", done.returncode == 0, done.stderr[:300])
    check("an account that stays", present(d, "account root") == [(1, 3, True)])
    check("an account that went", present(d, "account old") == [(1, 1, True)])
    check("one that is locked is there still",
          present(d, "account support") == [(1, 1, True), (2, 2, False)], d)
    check("one that came", present(d, "account new<b>") == [(3, 3, True)])
    check("a service with a gap", present(d, "service telnetd, port 2323, inittab") ==
          [(1, 1, True), (3, 3, True)])
    check("and its listener", present(d, "listener tcp 2323, telnetd") ==
          [(1, 1, True), (3, 3, True)])
    check("releases name themselves", [r["version"] for r in d.get("releases", [])] ==
          ["1.2", "1.10", "1.9"])
    if jsonschema:
        jsonschema.validate(d, SCHEMA)
        check("it holds to its schema", True)


def in_order(folder, roots):
    d, _ = as_json(folder, "--by-version", *roots)
    check("in the order of versions", d.get("order") == "version" and
          [r["given"] for r in d["releases"]] == [1, 3, 2])
    check("and the things with it", present(d, "account new<b>") == [(2, 2, True)])
    nameless = release(folder, 9, "", {"root": True}, [])
    d, _ = as_json(folder, "--by-version", *roots, nameless)
    check("without a version the order given is kept, and said", d.get("order") == "given" and
          d["names_no_version"] == 4 and [r["given"] for r in d["releases"]] == [1, 2, 3, 4])
    done = lineage("--by-version", *roots, nameless)
    check("in the text too", b"in the order given, as the image given as number 4 names no version"
          in done.stdout, done.stdout[:200])


def reports(folder, roots):
    stored = []
    for root in roots:
        stored.append(folder / f"{root.name}.json")
        run("scan", "--quiet", "-o", stored[-1], root)
    images, _ = as_json(folder, *roots)
    both, done = as_json(folder, roots[0], *stored[1:], program=SANITIZED)
    check("reports stand for their images", done.returncode == 0, done.stderr[:300])
    check("which is said", [r["from"] for r in both.get("releases", [])] ==
          ["image", "report", "report"])
    for r in [*images["releases"], *both.get("releases", [])]:
        del r["from"]
    check("and say the same", images == both)
    bad = folder / "bad.json"
    for what, raw in [("of other rules", re.sub(rb'"observing":"....', b'"observing":"0000',
                                                stored[0].read_bytes())),
                      ("cut in half", stored[0].read_bytes()[:4000])]:
        bad.write_bytes(raw)
        out = folder / "kept.json"
        out.write_bytes(b"old")
        done = lineage("-o", out, roots[0], bad, program=SANITIZED)
        check(f"a report {what} is refused", done.returncode == 2 and b"bad.json" in done.stderr and
              out.read_bytes() == b"old", done.stderr[:300])


def same_bytes(folder, roots):
    outs = []
    for jobs in 1, 1, 4:
        names = [folder / f"same.{ending}" for ending in ("json", "html", "txt")]
        lineage("--jobs", jobs, *(word for n in names for word in ("-o", n)), *roots)
        outs.append([n.read_bytes() for n in names])
    check("the same bytes, whatever the jobs", outs[0] == outs[1] == outs[2])
    check("no name of a file in a report", not any(b"same." in o or str(folder).encode() in o
                                                   for o in outs[0]))
    return outs[0][1].decode()


def the_page(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    styles = re.findall(r"<style>(.*?)</style>", page, re.S)
    hashes = ["'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
              for s in styles]
    check("the policy lets its styles in and nothing else",
          f"style-src {' '.join(hashes)};" in policy and "default-src 'none'" in policy and
          "script-src" not in policy)
    check("no script, no inline style", "<script" not in page and " style=" not in page)
    check("names of the image are no markup", "new<b>" not in page and "new&lt;b&gt;" in page)
    cells = re.search(r"<bdi>account support</bdi></td>.*?</tr>", page)
    check("a row of the picture", cells is not None and cells[0].count('<td class="c"') == 3 and
          "cannot log in 2" in cells[0], cells)


def in_a_browser(folder, page):
    if not CHROMIUM or not CHROMEDRIVER:
        print("skip the lineage in a browser: chromium and chromedriver are not installed")
        return
    (folder / "page.html").write_text(page)
    with Browser(folder / "profile") as b:
        b.size(360, 900)
        b.open(folder / "page.html")
        check("no overflow on a phone",
              b.ask("return document.documentElement.scrollWidth <= innerWidth"))
        check("the picture is drawn", b.ask("return document.querySelector('.c i:not(.none)')"
                                            ".getBoundingClientRect().height") > 5)
        check("the console stays empty", not b.console())


def refusals(folder, roots):
    out = folder / "kept.html"
    out.write_bytes(b"old")
    for what, words in [("one image alone", [roots[0]]), ("no image", []),
                        ("an image that is not there", [roots[0], folder / "none"]),
                        ("a report of another kind", ["-o", folder / "x.sarif", *roots]),
                        ("an option of another command", ["--reveal", *roots])]:
        done = lineage("-o", out, *words)
        check(f"refused: {what}", done.returncode == 2 and done.stderr.startswith(b"evenhand: ") and
              out.read_bytes() == b"old", done.stderr[:200])
    left = [p.name for p in folder.iterdir() if ".XXXXXX" in p.name or p.name.startswith(".kept")]
    check("nothing is left behind", not left, left)


def the_sample(folder):
    d, done = as_json(folder, SAMPLE, SAMPLE)
    check("an image against itself: nothing came or went", done.returncode == 0 and d["things"] and
          all(t["first"] == 1 and t["last"] == 2 and len(t["present"]) == 1 for t in d["things"]))
    done = lineage("--all", SAMPLE, SAMPLE)
    check("--all lists what every release has", done.returncode == 0 and
          b"in every release" not in done.stdout and b"account root" in done.stdout)


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        roots = [release(folder, i, *r) for i, r in enumerate(RELEASES)]
        came_and_went(folder, roots)
        in_order(folder, roots)
        reports(folder, roots)
        page = same_bytes(folder, roots)
        the_page(page)
        in_a_browser(folder, page)
        refusals(folder, roots)
        the_sample(folder)
    end()


main()
