#!/usr/bin/env python3
"""--knowledge: the shipped tables change nothing, not one byte; another row takes effect and another
digest; judge takes reports of the same observing tables only; what is wrong is said with its line."""
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from support import ROOT, SAMPLE, SANITIZED, check, end, run

DATA = ROOT / "data"
SAMPLES = [p for p in sorted((ROOT / "tests/samples").glob("*/*")) if p.is_file() and p.suffix != ".md"]
IMAGES = [SAMPLE, *SAMPLES[::25]]
KINDS = ("json", "html", "txt", "cdx.json", "spdx.json", "sarif")


def digests(*options, **more):
    out = run("version", *options, **more).stdout.decode()
    return tuple(re.findall(r"sha256 ([0-9a-f]{64})", out))


def given(folder, name, change=lambda text: text):
    """A folder that holds one table, changed."""
    tables = folder / f"only-{name}-{len(list(folder.iterdir()))}"
    tables.mkdir()
    (tables / f"{name}.tsv").write_text(change((DATA / f"{name}.tsv").read_text()))
    return tables


def add(*cells):
    return lambda text: text.rstrip("\n") + "\n" + "\t".join(cells) + "\n"


def image(folder, name, **files):
    """A root folder as an archive."""
    path = folder / name
    with tarfile.open(path, "w") as out:
        for where, text in files.items():
            entry = tarfile.TarInfo(where.replace("__", "/"))
            entry.size = len(text)
            out.addfile(entry, io.BytesIO(text))
    return path


def scan(image_, out, *options, **more):
    done = run("scan", "--quiet", "-o", out, *options, image_, **more)
    return json.loads(out.read_bytes()) if out.exists() else check("scan", False, done.stderr)


def shipped_tables(folder):
    check("the shipped tables have the compiled digests", digests("--knowledge", DATA) == digests())
    check("with sanitizers too", digests("--knowledge", DATA, program=SANITIZED) == digests())
    listing = run("knowledge").stdout.decode()
    again = run("knowledge", "--knowledge", DATA).stdout.decode()
    check("knowledge tells the same, and that tables were given",
          again.replace(", given\n", "\n") == listing and again.count(", given\n") == 15)
    for name in IMAGES:
        for kind in KINDS if name == SAMPLE else KINDS[:1]:
            a, b = folder / f"a.{kind}", folder / f"b.{kind}"
            code = run("scan", "--quiet", "-o", a, name).returncode
            done = run("scan", "--quiet", "-o", b, "--knowledge", DATA, name)
            same = a.exists() and b.exists() and a.read_bytes() == b.read_bytes()
            check(f"no byte changes: {name.name} {kind}", done.returncode == code and
                  (same or code == 2), done.stderr)
            a.unlink(missing_ok=True)
            b.unlink(missing_ok=True)
    listing = run("declare", "--quiet", SAMPLE).stdout
    check("declare tells the same", run("declare", "--quiet", "--knowledge", DATA, SAMPLE).stdout == listing != b"")
    catalogue = run("checks", "--catalogue", "33.117").stdout
    check("checks tells the same",
          run("checks", "--catalogue", "33.117", "--knowledge", DATA).stdout == catalogue != b"")


def the_rule_of_digests():
    """As data/ says it, by another program than the one that compiles it."""
    lines = {}
    for path in DATA.glob("*.tsv"):
        rows = [line.split("\t") for line in path.read_text().split("\n") if line and line[0] != "#"]
        cells = ["\t".join([path.stem] + [c for c, h in zip(row, rows[0]) if h != "remark"]) + "\n"
                 for row in rows[1:]]
        lines[path.stem] = hashlib.sha256("".join(cells).encode()).hexdigest() + f"  {path.stem}\n"
    listing = run("knowledge").stdout.decode()
    for number, purpose in enumerate(("observing", "judging")):
        names = re.findall(rf"^([a-z-]+): \d+ rows, for {purpose}", listing, re.M)
        whole = hashlib.sha256("".join(lines[n] for n in names).encode()).hexdigest()
        check(f"the digest for {purpose} is that of its tables", digests()[number] == whole)


def another_component(folder):
    row = ("acmed", "acme:acmed", "pkg:generic/acmed", "MIT", "-", "text", r"^acmed release ([0-9.]+)$",
           "acmed release 1.2", "acmed released 1.2")
    tables = given(folder, "component-names", add(*row))
    root = image(folder, "component.tar", bin__x=b"x", etc__banner=b"Welcome\nacmed release 4.5.6\nbye\n")
    old, new = folder / "old.json", folder / "new.json"
    names = [c["name"] for c in scan(root, old)["facts"]["components"]]
    found = [c for c in scan(root, new, "--knowledge", tables)["facts"]["components"] if c["name"] == "acmed"]
    check("a component of another table is found", "acmed" not in names and len(found) == 1 and
          found[0]["version"] == "4.5.6", found)
    check("with sanitizers too", len([c for c in scan(root, folder / "s.json", "--knowledge", tables,
                                                      program=SANITIZED)["facts"]["components"]
                                      if c["name"] == "acmed"]) == 1)
    ours, others = digests(), digests("--knowledge", tables)
    said = json.loads(new.read_text())["tool"]["knowledge"]
    check("the observing digest is another, the judging the same",
          ours[0] != others[0] and ours[1] == others[1] and
          (said["observing"], said["judging"]) == others)
    refused = run("judge", "-o", folder / "j.json", new)
    check("judge without those tables refuses the report",
          refused.returncode == 2 and b"Scan the image again" in refused.stderr, refused.stderr)
    refused = run("judge", "--knowledge", tables, "-o", folder / "j.json", old)
    check("judge with those tables refuses a report without", refused.returncode == 2)
    done = run("judge", "--knowledge", tables, "-o", folder / "j.json", new)
    check("judge with those tables gives what the scan gave",
          done.returncode != 2 and (folder / "j.json").read_bytes() == new.read_bytes(), done.stderr)


def another_password(folder):
    hashed = "$1$ab$CbhAOMdvEOAwM1ov5PtVR1"  # openssl passwd -1 -salt ab qx9-Nobody-Knows
    tables = given(folder, "default-passwords",
                   add("qx9-Nobody-Knows", "root", "ACME", "AR-7", "login", "common"))
    root = image(folder, "password.tar", bin__sh=b"x", etc__passwd=b"root:x:0:0::/root:/bin/sh\n",
                 etc__shadow=f"root:{hashed}:19000:0:99999:7:::\n".encode())

    def cracked(*options):
        report = scan(root, folder / "p.json", *options)
        return "qx9-Nobody-Knows" in json.dumps(report["facts"]["accounts"])
    check("a password of another table is tried", not cracked() and cracked("--knowledge", tables))


def another_secret(folder):
    tables = given(folder, "secrets",
                   add("acme-token", "token of ACME", "cloud", "text", "-", "acme_token",
                       "^acme_token=([0-9a-f]{16})$", "any", "acme_token=0123456789abcdef", "acme_token=no"))
    root = image(folder, "secret.tar", bin__x=b"x", etc__acme_conf=b"a=1\nacme_token=93a8c01bd2e4f576\n")

    def rules(*options):
        return [s["rule"] for s in scan(root, folder / "s.json", *options)["facts"]["secrets"]]
    check("a secret of another table is found",
          "acme-token" not in rules() and "acme-token" in rules("--knowledge", tables))


def another_requirement(folder):
    tables = given(folder, "requirements", add("House rules", "HR-1", "no test images", "yes", "-"))
    plain, mine, judged = (folder / f"{n}.json" for n in ("plain", "mine", "judged"))
    scan(SAMPLE, plain)
    scan(SAMPLE, mine, "--knowledge", tables)
    done = run("judge", "--knowledge", tables, "-o", judged, plain)
    check("a report is judged by other requirements, as a scan judges by them",
          done.returncode != 2 and judged.read_bytes() == mine.read_bytes() != plain.read_bytes(), done.stderr)
    check("and names them", "HR-1" in mine.read_text() and "HR-1" not in plain.read_text())
    back = run("judge", "-o", judged, mine)
    check("and back by the compiled ones", back.returncode != 2 and judged.read_bytes() == plain.read_bytes())
    check("checks lists them", b"HR-1" in run("checks", "--catalogue", "House", "--knowledge", tables).stdout)
    without = given(folder, "requirements", lambda text: text.split("\n3GPP")[0] + "\n")
    done = run("judge", "--knowledge", without, "-o", folder / "none.html", plain)
    check("without any requirement too", done.returncode != 2, done.stderr)


def heads_alone(folder):
    """Tables without any row take nothing for granted."""
    tables = folder / "heads"
    tables.mkdir()
    for path in DATA.glob("*.tsv"):
        lines = [line for line in path.read_text().split("\n") if line and line[0] != "#"]
        (tables / path.name).write_text(lines[0] + "\n")
    for kind in ("json", "html", "cdx.json", "sarif"):
        done = run("scan", "--quiet", "--knowledge", tables, "-o", folder / f"h.{kind}", SAMPLE)
        check(f"tables without rows: {kind}", done.returncode == 1 and not done.stderr, done.stderr)


def remarks(folder):
    tables = given(folder, "unsafe-functions",
                   lambda text: text.replace("removed from C11", "not in C11") + "# more\n\n")
    check("a remark changes no digest", digests("--knowledge", tables) == digests())


def refusals(folder):
    def refused(what, tables, says):
        done = run("knowledge", "--knowledge", tables)
        check(f"refused: {what}", done.returncode == 2 and says in done.stderr.decode() and not done.stdout,
              done.stderr)
        return done
    refused("no folder", folder / "absent", "cannot be read")
    (folder / "empty").mkdir()
    refused("a folder without tables", folder / "empty", "holds no table")
    odd = given(folder, "eol")
    shutil.copy(DATA / "eol.tsv", odd / "eool.tsv")
    refused("a table of another name", odd, "eool.tsv is none of the tables")
    short = given(folder, "eol", add("x", "1"))
    lines = (short / "eol.tsv").read_text().count("\n")
    refused("a short row", short, f"{short}/eol.tsv:{lines}: 2 cells, the head has 8")
    wide = given(folder, "component-names", add("x", "-", "-", "-", "-", "text", "(?<=v)([0-9])", "v1", "w"))
    lines = (wide / "component-names.tsv").read_text().count("\n")
    refused("a pattern with look-behind", wide, f"component-names.tsv:{lines}: (?<=v)([0-9]): ")
    many = given(folder, "backdoors", lambda text: text.rstrip("\n") + "\n" + "".join(
        f"ZZ-{i:05}\tliteral\trequest\tword{i:05}\tunique\tx\tr\tm\ty\tn\n" for i in range(3000)))
    refused("too many patterns", many, "more patterns than one database holds")
    link = folder / "loop"
    link.mkdir()
    os.mkdir(link / "eol.tsv")
    refused("a folder in place of a table", link, "cannot be read")
    done = run("scan", "--knowledge", short, "--quiet", SAMPLE)
    check("scan refuses as well, before it reads the image", done.returncode == 2 and not done.stdout)
    done = run("version", "--knowledge", DATA, "--knowledge", DATA)
    check("one folder in one call", done.returncode == 2 and b"one folder" in done.stderr)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped_tables(folder)
        the_rule_of_digests()
        another_component(folder)
        another_password(folder)
        another_secret(folder)
        another_requirement(folder)
        heads_alone(folder)
        remarks(folder)
        refusals(folder)
    end()


main()
