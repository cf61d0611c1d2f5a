#!/usr/bin/env python3
"""compare.py [PROGRAM]: pairs of images, made here, of which the way they were made says what the
answer is and why. Then exit codes, --accept, --latest, --verdicts, errors, swapped arguments, the
schema, the page."""
import base64
import gzip
import hashlib
import html.parser
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support import RELEASE, ROOT, check, end, run
from webdriver import CHROMEDRIVER, CHROMIUM, Browser

try:
    import jsonschema
except ImportError:
    jsonschema = None

PROGRAM = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else RELEASE
SCHEMA = json.loads((ROOT / "docs/comparison.schema.json").read_text())
EXITS = {"identical": 0, "equivalent": 0, "different": 1, "undecided": 3}
DAY = 86400
T0 = 1700000000
HIDDEN = b"#!/bin/sh\n# a text that no format has anything to do with\nnc -l -p 4444 -e /bin/sh\n" * 3
NAME = "<script>alert(1)</script>"  # a folder, and a file in it
SOURCE = r"""
#include <assert.h>
#include <stdio.h>
#include <string.h>
static int twice(int n) { assert(n < 4096); return n * 2; }
int main(int n, char **v)
{
#ifdef WHEN
	puts("built " __DATE__ " " __TIME__);
#endif
	for (int i = 1; i < n; i++)
		printf("%s %d\n", v[i], twice((int)strlen(v[i])));
	return n > 7;
}
"""
FILES = {
    "etc/passwd": (0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:99:99::/:/bin/false\n"),
    "etc/network.conf": (0o600, b"mode=router\naddress=192.0.2.1\nmask=255.255.255.0\n"),
    "etc/init.d/S50run": (0o755, b"#!/bin/sh\n/usr/sbin/run start\n"),
    "www/" + NAME: (0o644, b"<html><body>router</body></html>\n"),
    "usr/share/words": (0o644, "\n".join(hashlib.sha256(b"%d" % n).hexdigest() for n in range(2000)).encode()),
    **{f"usr/share/doc/{n:02}.txt": (0o644, b"%02d lines of a manual\n" % n * (n + 3)) for n in range(24)},
}


def tool(*words, cwd=None, stdin=None, **environment):
    done = subprocess.run([*map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=True,
                          env={**os.environ, "LC_ALL": "C", **{k: str(v) for k, v in environment.items()}})
    return done.stdout


class Made:
    """Trees and images in one folder, each made once."""

    def __init__(self, folder):
        self.folder = folder
        self.count = self.now = 0
        self.plain = self.tree()

    def next(self, suffix=""):
        self.count += 1
        return self.folder / f"{self.count:03}{suffix}"

    def program(self, source_folder="/src/first", flags=(), date=T0):
        """A small program, as if its source had stood in that folder."""
        here = self.next("-build")
        here.mkdir()
        (here / "tool.c").write_text(SOURCE)
        out = here / "tool"
        tool("gcc", "-O1", "-g0", "-o", out, f"-ffile-prefix-map={here}={source_folder}",
             "-Wl,--build-id=none", *flags, here / "tool.c", SOURCE_DATE_EPOCH=date)
        return out.read_bytes()

    def tree(self, change=None, program=None, when=T0):
        root = self.next("-root")
        for name, (mode, content) in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(mode)
        (root / "etc/resolv.conf").symlink_to("/tmp/resolv.conf")
        (root / "usr/sbin").mkdir()
        (root / "usr/sbin/tool").write_bytes(program or self.program())
        (root / "usr/sbin/tool").chmod(0o755)
        if change:
            change(root)
        for path in [*root.rglob("*"), root]:
            os.utime(path, (when, when), follow_symlinks=False)
        return root

    def squashfs(self, root=None, *options, when=T0):
        out = self.next(".squashfs")
        tool("mksquashfs", root or self.plain, out, "-noappend", "-all-root", "-quiet", "-no-progress",
             "-no-xattrs", "-processors", 1, "-mkfs-time", when, *(options or ("-comp", "gzip")))
        return out

    def cpio(self, root=None, pack=("gzip", "-9nc"), reverse=False, more=b""):
        root = root or self.plain
        names = sorted(str(p.relative_to(root)) for p in root.rglob("*"))
        names = ["."] + (names[::-1] if reverse else names)
        plain = tool("cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0", "--renumber-inodes",
                     "--ignore-devno", "-0", cwd=root, stdin="\0".join(names).encode() + b"\0")
        out = self.next(".cpio" + (f".{pack[0]}" if pack else ""))
        out.write_bytes((tool(*pack, stdin=plain) if pack else plain) + more)
        return out

    def ext4(self, root=None, *options, uuid="11111111-2222-3333-4444-555555555555"):
        out = self.next(".ext4")
        out.write_bytes(bytes(4 << 20))
        tool("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal,^resize_inode", "-m", 0, "-d",
             root or self.fresh(), "-U", uuid, "-E", f"hash_seed={uuid},root_owner=0:0", *options, out,
             E2FSPROGS_FAKE_TIME=self.now or T0)
        return out

    def fresh(self):
        """mke2fs takes the times of the last change and access too, which nobody can set: they lie
        between the oldest file and the youngest."""
        if not self.now:
            self.now = int(time.time())
            self.recent = self.tree(lambda root: (root / "lost+found").mkdir(0o700), when=self.now)
            os.utime(self.recent / "etc/passwd", (self.now, self.now + 600))
        return self.recent

    def bytes(self, raw):
        out = self.next(".bin")
        out.write_bytes(raw)
        return out


# -- changes of a tree, of a program, of an image ----------------------------------------------------

def write(name, content=None, old=b"", new=b"", mode=None):
    def change(root):
        path = root / name
        if content is not None:
            path.write_bytes(content)
        if old:
            raw = path.read_bytes()
            assert raw.count(old) == 1
            path.write_bytes(raw.replace(old, new))
        if mode is not None:
            path.chmod(mode)
    return change


def link(name, target):
    def change(root):
        (root / name).unlink()
        (root / name).symlink_to(target)
    return change


def renamed(old, new):
    return lambda root: (root / old).rename(root / new)


def section(raw, name):
    """Offset and size of a section of an ELF file of 64 bits, least byte first."""
    table, size, count, names = struct.unpack_from("<Q", raw, 40) + struct.unpack_from("<HHH", raw, 58)
    rows = [struct.unpack_from("<IIQQQQ", raw, table + i * size) for i in range(count)]
    for row in rows:
        start = rows[names][4] + row[0]
        if raw[start:raw.index(b"\0", start)] == name:
            return row[4], row[5]
    raise ValueError(name)


def bit_of(raw, name):
    """One bit in the middle of a section."""
    at, size = section(raw, name)
    changed = bytearray(raw)
    changed[at + size // 2] ^= 4
    return bytes(changed)


def stripped(folder, raw):
    path = folder / "strip.elf"
    path.write_bytes(raw)
    tool("strip", path)
    return path.read_bytes()


def dense(seed):
    """As if encrypted."""
    return random.Random(seed).randbytes(96 << 10)


def padded(image, into=None):
    """The end of a squashfs is filled up to 4,096 bytes."""
    raw = bytearray(image.read_bytes())
    used = struct.unpack_from("<Q", raw, 40)[0]
    assert len(raw) - used > len(into or b"")
    raw[used:used + len(into or b"")] = into or b""
    return bytes(raw)


def with_extra_field(raw, field):
    """A gzip file with a field of its own in the header (RFC 1952, 2.3.1.1)."""
    return raw[:3] + b"\4" + raw[4:10] + struct.pack("<H", len(field)) + field + raw[10:]


def pairs(m):
    """(name, answer, causes that must be named, left, right); more causes may be named only where
    they are accepted."""
    tool_0 = m.program()
    sq, cpio, plain_cpio = m.squashfs(), m.cpio(), m.cpio(pack=None)

    def changed(change):
        return m.squashfs(m.tree(change))

    def compiled(raw):
        return m.squashfs(m.tree(program=raw))

    yield "the same image", "identical", set(), sq, m.bytes(sq.read_bytes())
    yield "packed again, same arguments", "identical", set(), sq, m.squashfs()

    yield "another compressor", "equivalent", {"compression"}, sq, m.squashfs(None, "-comp", "xz")
    yield "zstd", "equivalent", {"compression"}, sq, m.squashfs(None, "-comp", "zstd")
    yield "another block size", "equivalent", {"compression"}, sq, m.squashfs(None, "-comp", "gzip", "-b", 4096)
    yield "the time of the file system", "equivalent", {"timestamp"}, sq, m.squashfs(when=T0 + DAY)
    yield "times of files", "equivalent", {"mtime"}, sq, m.squashfs(m.tree(when=T0 + DAY))
    yield "another effort", "equivalent", {"compression"}, cpio, m.cpio(pack=("gzip", "-1nc"))
    yield "another order", "equivalent", {"order"}, plain_cpio, m.cpio(pack=None, reverse=True)
    yield "another file system", "equivalent", {"container"}, sq, cpio
    yield "cpio in xz", "equivalent", {"container"}, sq, m.cpio(pack=("xz", "-c", "--check=crc32"))
    yield "gzip against xz", "equivalent", {"compression"}, cpio, m.cpio(pack=("xz", "-c"))
    yield "gzip against zstd", "equivalent", {"compression"}, cpio, m.cpio(pack=("zstd", "-qc"))
    yield "another UUID", "equivalent", {"file-system identifier"}, m.ext4(), \
        m.ext4(uuid="99999999-8888-3777-4666-555555555555")
    yield "squashfs against ext4", "equivalent", {"container"}, m.squashfs(m.fresh()), m.ext4()
    yield "without lost+found", "equivalent", {"container"}, sq, m.ext4(m.plain)
    yield "padding", "equivalent", {"padding"}, sq, m.bytes(sq.read_bytes() + b"\xff" * 4096)
    yield "another folder", "equivalent", {"embedded path"}, sq, compiled(m.program("/build/777"))
    yield "another build-id", "equivalent", {"build-id"}, \
        compiled(m.program(flags=("-Wl,--build-id=0x" + "ab" * 20,))), \
        compiled(m.program(flags=("-Wl,--build-id=0x" + "5d" * 20,)))
    yield "another date", "equivalent", {"timestamp"}, compiled(m.program(flags=("-DWHEN",))), \
        compiled(m.program(flags=("-DWHEN",), date=T0 + 40 * DAY + 7))
    yield "stripped", "equivalent", {"symbol table", "section headers"}, sq, compiled(stripped(m.folder, tool_0))
    yield "compiled and packed otherwise", "equivalent", {"embedded path", "container", "mtime"}, sq, \
        m.cpio(m.tree(program=m.program("/build/777"), when=T0 + DAY))

    yield "a bit of code", "different", {"code"}, sq, compiled(bit_of(tool_0, b".text"))
    yield "a bit of a constant", "different", {"read-only data"}, sq, compiled(bit_of(tool_0, b".rodata"))
    yield "a setting", "different", {"text"}, sq, changed(write("etc/network.conf", old=b"router", new=b"bridge"))
    yield "a script's blank", "different", {"text"}, sq, changed(write("etc/init.d/S50run", old=b" start", new=b"  start"))
    yield "a mode bit", "different", {"mode"}, sq, changed(write("usr/sbin/tool", mode=0o4755))
    yield "where a link leads", "different", {"link target"}, sq, changed(link("etc/resolv.conf", "/mnt/resolv.conf"))
    yield "a file added", "different", {"file added"}, sq, changed(write("etc/init.d/S99x", b"#!/bin/sh\n", mode=0o755))
    yield "a file removed", "different", {"file removed"}, changed(write("etc/S99x", b"#!/bin/sh\n")), sq
    yield "a file moved", "different", {"file removed"}, sq, \
        changed(renamed("usr/share/doc/20.txt", "usr/share/doc/moved.txt"))
    yield "text behind the file system", "different", {"padding"}, sq, m.bytes(sq.read_bytes() + HIDDEN)
    yield "text in its padding", "different", {"padding"}, sq, m.bytes(padded(sq, HIDDEN))
    yield "text behind an archive", "different", {"padding"}, plain_cpio, \
        m.bytes(plain_cpio.read_bytes() + HIDDEN)
    yield "a time long after the limit", "different", {"timestamp"}, sq, m.squashfs(when=4000000000)
    yield "code under another compressor", "different", {"code", "compression"}, sq, \
        m.squashfs(m.tree(program=bit_of(tool_0, b".text")), "-comp", "xz")
    yield "a setting in another file system", "different", {"text", "container"}, sq, \
        m.cpio(m.tree(write("etc/network.conf", old=b"router", new=b"bridge")))

    packed = gzip.compress(b"".join(b"line %d\n" % n for n in range(99)), mtime=0)
    other = gzip.compress(b"".join(b"line %d\n" % n for n in range(98)), mtime=0)
    raw = bytes(range(7, 250)) * 9
    turned = raw[:900] + bytes([raw[900] ^ 4]) + raw[901:]
    yield "a line of a packed text", "different", {"text"}, changed(write("etc/list.gz", packed)), \
        changed(write("etc/list.gz", other))
    yield "a bit of a packed table", "different", {"data"}, \
        changed(write("etc/table.gz", gzip.compress(raw, mtime=0))), \
        changed(write("etc/table.gz", gzip.compress(turned, mtime=0)))
    yield "text behind an archive in another format", "different", {"padding"}, sq, \
        m.bytes(gzip.compress(plain_cpio.read_bytes() + HIDDEN, mtime=0))
    yield "text in a header in between", "undecided", {"unknown"}, sq, \
        m.bytes(with_extra_field(cpio.read_bytes(), HIDDEN))

    yield "an encrypted file", "undecided", {"encrypted"}, changed(write("etc/blob.bin", dense("a"))), \
        changed(write("etc/blob.bin", dense("b")))
    yield "an encrypted region", "undecided", {"encrypted"}, m.bytes(sq.read_bytes() + dense("a")), \
        m.bytes(sq.read_bytes() + dense("b"))
    yield "a truncated image", "undecided", {"truncated"}, sq, m.bytes(sq.read_bytes()[:40000])
    yield "a change beside an encrypted file", "different", {"encrypted", "text"}, \
        changed(write("etc/blob.bin", dense("a"))), \
        changed(lambda root: (write("etc/blob.bin", dense("b"))(root),
                              write("etc/network.conf", old=b"router", new=b"bridge")(root)))


# -- what is asked of every pair ---------------------------------------------------------------------

def compare(*arguments, **more):
    return run("compare", "--quiet", *arguments, program=PROGRAM, **more)


def as_json(folder, *arguments):
    out = folder / "out.json"
    out.unlink(missing_ok=True)
    done = compare("-o", out, *arguments)
    raw = out.read_bytes() if out.exists() else b""
    return (json.loads(raw) if raw else {}), raw, done


def mirrored(d):
    """The same comparison, seen from the other side."""
    d = json.loads(json.dumps(d))
    d["left"], d["right"] = d["right"], d["left"]
    entries = d["entries"]
    entries["left"], entries["right"] = entries["right"], entries["left"]
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    other = {"file added": "file removed", "file removed": "file added"}
    for x in d["differences"]:
        x["left"], x["right"] = x["right"], x["left"]
        x["cause"] = other.get(x["cause"], x["cause"])
        if "code_left" in x:
            x["code_left"], x["code_right"] = x["code_right"], x["code_left"]
    for f in d["facts"]:
        f["left"], f["right"] = f["right"], f["left"]
        f["change"] = turned[f["change"]]
        for field in f["fields"]:
            field["left"], field["right"] = field["right"], field["left"]
    for row in d["calls"]["totals"]:
        row["left"], row["right"] = row["right"], row["left"]
    for row in d["calls"]["executables"]:
        for sets in row["unsafe"], row["safe"]:
            sets["left"], sets["right"] = sets["right"], sets["left"]
    for v in d["verdicts"] or []:
        v["left"], v["right"] = v["right"], v["left"]
    return d


def comparable(d):
    """What a mirror must keep. The order of differences follows the left tree; a sentence has its
    two values the other way round."""
    def key(x):
        places = [(p and (p["locator"], p["offset"], p["length"])) for p in (x["left"], x["right"])]
        moved = x["says"].startswith("moved to ")
        return json.dumps(["moved" if moved else [x["cause"], places, x["unit"]], x["weight"], x["proven"]])
    return (d["answer"], d["left"], d["right"], d["entries"], sorted(map(key, d["differences"])),
            sorted(json.dumps(f, sort_keys=True) for f in d["facts"]), d["calls"], d["verdicts"])


def one_pair(folder, name, answer, causes, left, right):
    d, raw, done = as_json(folder, left, right)
    found = {x["cause"] for x in d.get("differences", [])}
    heavy = {x["cause"] for x in d.get("differences", []) if x["weight"] == "change"}
    check(f"{name}: {answer}", d.get("answer") == answer and done.returncode == EXITS[answer],
          [d.get("says"), done.returncode, done.stderr[:200]] +
          [(x["cause"], x["weight"], x["unit"], x["says"]) for x in d.get("differences", [])
           if x["weight"] != "accepted"][:6])
    if not d:
        return
    check(f"{name}: its causes", causes <= found, (causes, found))
    if answer == "different":
        check(f"{name}: nothing else changed", heavy <= causes, (causes, heavy))
    check(f"{name}: everything accepted is proven",
          all(x["proven"] for x in d["differences"] if x["weight"] == "accepted"))
    if jsonschema:
        wrong = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(d))
        check(f"{name}: holds to the schema", not wrong, wrong[:1])
    check(f"{name}: canonical",
          raw.decode() == json.dumps(d, ensure_ascii=False, separators=(",", ":")) + "\n")
    _, four, _ = as_json(folder, "--jobs", 4, left, right)
    _, one, _ = as_json(folder, "--jobs", 1, left, right)
    check(f"{name}: the same bytes, whatever the jobs", raw == four == one)
    other, _, _ = as_json(folder, right, left)
    check(f"{name}: swapped, the mirror image", comparable(mirrored(d)) == comparable(other),
          first_difference(comparable(mirrored(d)), comparable(other)))


def first_difference(a, b):
    for x, y in zip(a, b):
        if x != y and isinstance(x, list):
            return [v for v in x if v not in y][:2], [v for v in y if v not in x][:2]
        if x != y:
            return str(x)[:400], str(y)[:400]
    return None


# -- what is said of a difference --------------------------------------------------------------------

def of(d, cause):
    return [x for x in d.get("differences", []) if x["cause"] == cause]


def places(folder, m):
    sq, tool_0 = m.squashfs(), m.program()
    code = m.squashfs(m.tree(program=bit_of(tool_0, b".text")))
    at, size = section(tool_0, b".text")
    d, _, _ = as_json(folder, sq, code)
    x = (of(d, "code") or [{}])[0]
    check("a bit of code: the file and the byte", x and x["left"]["locator"].endswith("!/usr/sbin/tool") and
          x["left"]["offset"] <= at + size // 2 < x["left"]["offset"] + x["left"]["length"], x)
    check("a bit of code: both listings", x and x["code_left"] and x["code_right"] and
          x["code_left"] != x["code_right"], x)
    d, _, _ = as_json(folder, sq, m.squashfs(m.tree(write("usr/sbin/tool", mode=0o4755))))
    check("a mode: both values", [x["says"] for x in of(d, "mode")] == ["0755 -> 4755"], of(d, "mode"))
    d, _, _ = as_json(folder, sq, m.squashfs(m.tree(link("etc/resolv.conf", "/mnt/x"))))
    check("a link: both targets", [x["says"] for x in of(d, "link target")] == ["/tmp/resolv.conf -> /mnt/x"])
    d, _, _ = as_json(folder, sq, m.squashfs(m.tree(write("etc/network.conf", old=b"192.0.2.1", new=b"192.0.2.7"))))
    check("a setting: its line", [(x["says"], x["left"]["locator"]) for x in of(d, "text")] ==
          [("line 2", "squashfs@0x0!/etc/network.conf")], of(d, "text"))
    check("entries are counted", d["entries"]["left"] == d["entries"]["right"] == d["entries"]["paired"] ==
          d["entries"]["same"] + 1)
    d, _, _ = as_json(folder, sq, m.squashfs(m.tree(renamed("usr/share/doc/20.txt", "usr/share/doc/moved.txt"))))
    check("a moved file: where to", [x["says"] for x in of(d, "file removed")] ==
          ["moved to /usr/share/doc/moved.txt"] and not of(d, "file added"), d.get("differences"))


# -- options -----------------------------------------------------------------------------------------

def options(folder, m):
    sq, later = m.squashfs(), m.squashfs(when=T0 + DAY)
    d, _, done = as_json(folder, "--accept", "mtime", sq, later)
    check("--accept narrows what is accepted", done.returncode == 1 and d["answer"] == "different" and
          d["tool"]["accepted"] == ["mtime"], d)
    d, _, done = as_json(folder, "--accept", "mtime,timestamp", sq, later)
    check("--accept takes several", done.returncode == 0 and d["answer"] == "equivalent" and
          set(d["tool"]["accepted"]) == {"mtime", "timestamp"}, d)
    coded = m.squashfs(m.tree(program=bit_of(m.program(), b".text")))
    for bad in "speed", "code":
        done = compare("--accept", bad, sq, coded)
        check(f"--accept {bad} is refused", done.returncode == 2 and bad.encode() in done.stderr, done.stderr)
    d, _, done = as_json(folder, "--latest", "2023-11-14", sq, later)
    check("--latest: a later time proves nothing", done.returncode == 1 and d["answer"] == "different" and
          [x["weight"] for x in of(d, "timestamp")] == ["change"], d)
    d, _, done = as_json(folder, "--latest", "2023-11-15", sq, later)
    check("--latest: a time before it does", done.returncode == 0 and d["answer"] == "equivalent", d)
    check("--latest stands in the report", d["tool"]["latest"] == 1700092799, d.get("tool"))
    done = compare("--latest", "yesterday", sq, later)
    check("--latest wants a date", done.returncode == 2 and b"yesterday" in done.stderr, done.stderr)


OPEN = b"root:x:0:0:root:/root:/bin/sh\ntech::0:0::/:/bin/sh\nnobody:x:99:99::/:/bin/false\n"


def verdicts(folder, m):
    sq, opened = m.squashfs(), m.squashfs(m.tree(write("etc/passwd", OPEN)))
    d, _, _ = as_json(folder, sq, opened)
    check("without --verdicts there are none", d.get("verdicts", 0) is None)
    check("an account that came", [(f["change"], f["what"]) for f in d["facts"] if f["list"] == "accounts"] ==
          [("added", "account tech")], d["facts"])
    d, raw, done = as_json(folder, "--verdicts", sq, opened)
    check("--verdicts: checks that say something else", done.returncode == 1 and
          any(v["check"] == "ACC-01" and v["left"] == "pass" != v["right"] and v["requirements"]
              for v in d["verdicts"]), d.get("verdicts"))
    if jsonschema:
        jsonschema.validate(d, SCHEMA)
    other, _, _ = as_json(folder, "--verdicts", opened, sq)
    check("--verdicts, swapped: the mirror image", comparable(mirrored(d)) == comparable(other),
          first_difference(comparable(mirrored(d)), comparable(other)))
    check("--verdicts: the same bytes, whatever the jobs",
          raw == as_json(folder, "--verdicts", "--jobs", 4, sq, opened)[1])
    return sq, opened


def against(folder, m):
    """A report stands for the left image."""
    sq, report = m.squashfs(), folder / "left.json"
    run("scan", "--quiet", "-o", report, sq, program=PROGRAM)
    d, _, done = as_json(folder, "--against", report, sq)
    check("--against its own report: identical", done.returncode == 0 and d["answer"] == "identical", done.stderr)
    changed = m.squashfs(m.tree(write("etc/passwd", OPEN), program=bit_of(m.program(), b".text")))
    d, _, done = as_json(folder, "--against", report, changed)
    named = {x["left"]["locator"] for x in d.get("differences", []) if x["weight"] != "accepted" and x["left"]}
    check("--against a report: what is another is named", done.returncode in (1, 3) and
          {"squashfs@0x0!/etc/passwd", "squashfs@0x0!/usr/sbin/tool"} <= named, (d.get("answer"), named))
    check("--against a report: the facts that changed", ("added", "account tech") in
          [(f["change"], f["what"]) for f in d["facts"]], d.get("facts"))
    if jsonschema:
        jsonschema.validate(d, SCHEMA)
    text, tags, raw = page_of(folder, "--against", report, changed)
    every_page(d["answer"], text, tags, raw)
    check("--against a report: the page says so", "known by its report alone" in text and 'id="trees"' in text)
    broken = folder / "broken.json"
    broken.write_bytes(report.read_bytes()[:3000])
    for what, words in [("a report cut in half", ["--against", broken, sq]),
                        ("two images and a report", ["--against", report, sq, sq]),
                        ("an image as its report", ["--against", sq, sq])]:
        done = compare(*words)
        check(f"refused: {what}", done.returncode == 2 and done.stderr.startswith(b"evenhand: "), done.stderr[:200])


def errors(folder, m):
    sq, out = m.squashfs(), folder / "kept.html"
    out.write_bytes(b"old")
    for what, words in [("one image", [sq]), ("no image", []), ("three images", [sq, sq, sq]),
                        ("an image that is not there", [sq, folder / "none"]),
                        ("both not there", [folder / "none", folder / "nothing"]),
                        ("a cause that is none", ["--accept", "everything", sq, sq]),
                        ("an option of another command", ["--reveal", sq, sq]),
                        ("a report of another kind", ["-o", folder / "x.sarif", sq, sq])]:
        done = compare("-o", out, *words)
        check(f"refused: {what}", done.returncode == 2 and done.stderr.startswith(b"evenhand: ") and
              out.read_bytes() == b"old", (done.returncode, done.stderr[:200]))
    left = [p.name for p in folder.iterdir() if ".XXXXXX" in p.name or p.name.startswith(".kept")]
    check("nothing is left behind", not left, left)


def text_view(m):
    sq = m.squashfs()
    done = compare(sq, m.squashfs(m.tree(write("usr/share/doc/03.txt", b"x\x1b[31mred\n\nname: \xe2\x80\xae\n"))))
    check("the text: the answer comes first", done.stdout.startswith(b"DIFFERENT   "), done.stdout[:100])
    check("the text: no control bytes", not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", done.stdout))
    for answer, image in [(b"IDENTICAL", sq), (b"EQUIVALENT", m.squashfs(when=T0 + DAY)),
                          (b"UNDECIDED", m.bytes(sq.read_bytes() + dense("a")))]:
        done = compare(sq, image)
        check(f"the text says {answer.decode()}", done.stdout.startswith(answer + b"   "), done.stdout[:100])


# -- the page ----------------------------------------------------------------------------------------

class Tags(html.parser.HTMLParser):
    """Elements, ids, links, and what is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.ids, self.links, self.words = [], [], [], [], ""

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
            if name == "style" or name.startswith("on"):
                self.wrong.append((tag, name))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words += data


HASH = "$1$abcdefgh$KqCsOUmUaG9jgbJCTmLLa0"
EVIL = "<img src=x onerror=alert(2)>"


def hostile(root):
    """Names and lines that try to be markup, an account, and a hash that no report may show."""
    page = FILES["www/" + NAME][1]
    write("www/" + NAME, page + b"<script>alert(3)</script>\n")(root)
    write("etc/" + EVIL, b"#!/bin/sh\n</pre><script>alert(4)</script>\n")(root)
    write("etc/passwd", OPEN)(root)
    write("etc/shadow", f"root:{HASH}:1:0:99999:7:::\n".encode())(root)
    (root / "etc/</script><script>alert(5)<").mkdir(parents=True)
    write("etc/</script><script>alert(5)</script>", b"plain\n")(root)


def page_of(folder, *arguments):
    page, raw = folder / "out.html", folder / "out.json"
    compare("-o", page, "-o", raw, *arguments)
    text = page.read_text() if page.exists() else ""
    tags = Tags()
    tags.feed(text)
    return text, tags, raw.read_bytes()


def every_page(answer, text, tags, raw):
    check(f"the page says {answer} first", f"<h1>{answer.capitalize()}</h1>" in text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    for tag in "style", "script":
        hashes = ["'sha256-" + base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() + "'"
                  for x in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)]
        check(f"{answer}: the policy lets in its {tag} and no other", hashes and
              f"{tag}-src {' '.join(hashes)};" in policy, policy)
    check(f"{answer}: every element is closed, none has style or handlers", not tags.wrong and not tags.open,
          (tags.wrong[:3], tags.open))
    check(f"{answer}: every id is there once", len(tags.ids) == len(set(tags.ids)))
    dead = [x for x in tags.links if not x.startswith("#") or x[1:] not in tags.ids]
    check(f"{answer}: every link has its target", not dead, dead[:5])
    check(f"{answer}: it names the digest of the JSON", hashlib.sha256(raw).hexdigest() in text)


def pages(folder, m):
    sq = m.squashfs()
    changed = m.squashfs(m.tree(hostile, program=bit_of(m.program(), b".text")), "-comp", "xz")
    for answer, right in [("identical", sq), ("equivalent", m.squashfs(when=T0 + DAY)),
                          ("undecided", m.bytes(sq.read_bytes() + dense("a"))), ("different", changed)]:
        text, tags, raw = page_of(folder, sq, right)
        every_page(answer, text, tags, raw)
    again, _, _ = page_of(folder, "--jobs", 4, sq, changed)
    check("the page: the same bytes, whatever the jobs", text == again)
    check("the page: no name or line of an image is markup", text.count("<script") == 2 and "<img" not in text and
          not re.search(r"<script>alert|</pre><script", text))
    check("the page: the names are there all the same", "/www/" + NAME in tags.words and EVIL in tags.words)
    check("the page: lines of both sides", "tech::0:0::/:/bin/sh" in tags.words and "alert(3)" in tags.words)
    check("the page: no hash of a password", HASH[12:] not in text and "root:····" in tags.words)
    raw = bit_of(m.program(), b".text")
    at, size = section(raw, b".text")
    check("the page: the byte that differs is marked", f"<mark>{raw[at + size // 2]:02x}</mark>" in text)
    check("the page: nothing of verdicts", 'id="verdicts"' not in text)
    text, tags, raw = page_of(folder, "--verdicts", sq, changed)
    every_page("different", text, tags, raw)
    check("the page: verdicts by catalogue", 'id="verdicts"' in text and "<summary>ETSI EN 303 645" in text)
    return text


PRESS = """const tree = document.querySelector('#tree');
    for (const key of arguments[0]) tree.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"""
ROWS = "return [...document.querySelectorAll('#tree .trow')].map(r => r.textContent)"


def in_a_browser(folder, page):
    if not CHROMIUM or not CHROMEDRIVER:
        print("skip the comparison in a browser: chromium and chromedriver are not installed")
        return
    (folder / "page.html").write_text(page)
    with Browser(folder / "profile") as b:
        for width in 360, 1440:
            b.size(width, 900)
            b.open(folder / "page.html")
            check(f"no overflow at {width} pixels",
                  b.ask("return document.documentElement.scrollWidth <= innerWidth"))
        rows = b.ask(ROWS)
        check("the tree shows what differs", any("passwd" in r and "≠" in r for r in rows), rows)
        check("and counts what is equal", any(re.fullmatch(r"▸\d+ =", r) for r in rows), rows)
        check("the table gives way to it", b.ask("return !document.querySelector('table.tw').offsetHeight"))
        b.ask(PRESS, ["End", "ArrowUp", "*"])
        check("what is equal unfolds", len(b.ask(ROWS)) > len(rows))
        b.press("/")
        b.press("20.txt")
        check("names are found", [r.count("20.txt") for r in b.ask(ROWS)] == [2], b.ask(ROWS))
        b.press("escape")
        target = b.ask("return document.querySelector('#causes a[href^=\"#d-\"]').hash")
        b.click(f'#causes a[href="{target}"]')
        check("a cause leads to its bytes", b.ask("return location.hash === arguments[0] && "
                                                  "document.querySelector(':target').tagName === 'ARTICLE'", target))
        b.devtools("Emulation.setEmulatedMedia", {"media": "print"})
        check("on paper the table is there, not the tree",
              b.ask("return document.querySelector('table.tw').offsetHeight > 0 && "
                    "!document.querySelector('#both').offsetHeight"))
        check("nothing ran, the console stays empty", not b.console())


def main():
    missing = [t for t in ("mksquashfs", "cpio", "mke2fs", "xz", "zstd", "gcc", "strip") if not shutil.which(t)]
    if missing:
        print("skip " + ", ".join(missing) + " not installed")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        m = Made(folder)
        for pair in pairs(m):
            one_pair(folder, *pair)
        places(folder, m)
        options(folder, m)
        verdicts(folder, m)
        against(folder, m)
        errors(folder, m)
        text_view(m)
        in_a_browser(folder, pages(folder, m))
    end()


if __name__ == "__main__":
    main()
