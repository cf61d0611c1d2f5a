#!/usr/bin/env python3
"""scan, tree and extract as a person uses them: what is planted is found, bad input is refused with a
sentence, nothing is lost, hostile names reach no terminal and no page."""
import gzip
import hashlib
import io
import json
import os
import random
import re
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support import CORPUS, RELEASE, ROOT, SAMPLE, check, end, report, run


def planted() -> None:
    """samples/README.md says what is in the sample."""
    code, r, _ = report(SAMPLE)
    accounts = {a["name"]: a for a in r["facts"]["accounts"]}
    check("the sample fails", code == 1)
    check("root's published password is named", accounts["root"]["password"] == "letmein")
    check("support has uid 0 and its own name as password",
          (accounts["support"]["uid"], accounts["support"]["password"]) == (0, "support"))
    check("tech has no password", accounts["tech"]["state"] == "empty")
    check("old is locked", accounts["old"]["state"] == "locked" and not accounts["old"]["can_log_in"])
    check("daemon is disabled", accounts["daemon"]["state"] == "disabled")
    check("the web account opens with 1234", accounts["admin"]["password"] == "1234"
          and accounts["admin"]["scheme"] == "apr1")
    where = {n["id"]: n["locator"].rpartition("!")[2] for n in r["nodes"]}
    private = {where[k["node"]] for k in r["facts"]["keys"] if k["kind"] == "private"}
    public = {where[k["node"]] for k in r["facts"]["keys"] if k["kind"] == "public"}
    check("private keys are found", private == {"/etc/ssl/device.key", "/etc/dropbear/dropbear_ed25519_host_key"},
          private)
    check("a public key is not called private", "/etc/ssl/update.pub" in public)
    names = {(c["name"], c["version"]) for c in r["facts"]["components"]}
    check("components have their versions", {("busybox", "1.35.0"), ("dropbear", "2022.83"), ("zlib", "1.2.13")} <= names,
          names)
    check("identity is the image's own claim",
          any(i["product"] == "AR-7" and i["version"] == "7.1.0" for i in r["identity"]))
    check("what no header speaks of is unknown",
          any(g["state"] == "unknown" and g["offset"] == 2576384 for g in r["coverage"]["regions"]))


def evidence() -> None:
    """Every fact in stored bytes is confirmed by reading the image at its place."""
    _, r, _ = report(SAMPLE)
    data = SAMPLE.read_bytes()
    good = bad = 0
    for region in r["coverage"]["regions"]:
        node = r["nodes"][region["node"]]
        stream = node["format"] in ("gzip", "xz", "lzma", "bzip2", "zstd", "lz4", "lzop")
        if "sha256" not in node or stream:
            continue
        piece = data[region["offset"]:region["offset"] + region["length"]]
        good += hashlib.sha256(piece).hexdigest() == node["sha256"]
        bad += hashlib.sha256(piece).hexdigest() != node["sha256"]
    check("digests of regions are those of the image's bytes", good > 3 and bad == 0, f"{good} good, {bad} bad")


def masked() -> None:
    """What hides bytes without encrypting them well is told by what it leaves to be seen, and only that."""
    rng = random.Random(3)
    key, entry = rng.randbytes(13), rng.randbytes(12)
    plain = b"".join(rng.randbytes(3000) + bytes(500) for _ in range(8))
    cases = {"one byte": (bytes(b ^ 0x5a for b in b"hsqs" + rng.randbytes(20_000)), "masked with one byte"),
             "a key of 13 bytes": (bytes(b ^ key[i % 13] for i, b in enumerate(plain)), "a short block repeats"),
             "the same without a key": (plain, None),
             "a table of equal entries": (rng.randbytes(20_000) + entry * 200 + rng.randbytes(20_000), None),
             "a filling of four bytes": (b"".join(rng.randbytes(3000) + b"\xde\xad\xbe\xef" * 125 for _ in range(8)), None)}
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "image.bin"
        for what, (data, label) in cases.items():
            image.write_bytes(data)
            _, r, _ = report(image)
            found = {n.get("label") for n in r["nodes"] if n["state"] == "unknown"}
            outcome = next(v["outcome"] for v in r["verdicts"] if v["check"] == "IMG-02")
            check(f"{what}: {label or 'nothing is said'}", found == {label} and (outcome == "review") == bool(label), (found, outcome))


def large_images() -> None:
    """Of an image over 80 MB the end is hashed last, in the same pass as a region at its start."""
    gap = bytes(97 << 20)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("a")
        entry.size = len(gap)
        tar.addfile(entry, io.BytesIO(gap))
    for what, data in (("a sample and nothing", SAMPLE.read_bytes() + gap), ("an archive that fills it", archive.getvalue())):
        with tempfile.TemporaryDirectory() as name:
            image = Path(name) / "large.bin"
            image.write_bytes(data)
            _, r, _ = report(image)
        check(f"{what}: the image's digests", r["image"] == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
                                                             "sha512": hashlib.sha512(data).hexdigest()}, r["image"])
        regions = [n for n in r["nodes"] if n["parent"] == 0]
        wrong = [n["locator"] for n in regions if n.get("sha256") != hashlib.sha256(
            data[n["offset"]:n["offset"] + n["length"]]).hexdigest() and n["state"] != "padding"]
        check(f"{what}: the digest of each region", regions and not wrong, wrong)


def whole_pieces() -> None:
    """What a compressed file holds in one piece has its digest, in the archive of a tree and alone."""
    plain = b"a line of text\n" * 500
    with tempfile.TemporaryDirectory() as name:
        for what, data in (("alone", gzip.compress(plain)), ("twice", gzip.compress(gzip.compress(plain)))):
            image = Path(name) / "text.gz"
            image.write_bytes(data)
            _, r, _ = report(image)
            inner = [n for n in r["nodes"] if n["size"] == len(plain)]
            check(f"a compressed text, {what}: stream and text have the digest of the text",
                  len(inner) == 2 and {n["sha256"] for n in inner} == {hashlib.sha256(plain).hexdigest()}, r["nodes"])


def hard_links() -> None:
    """A hard link has the digest of its first name, however late that is computed."""
    with tempfile.TemporaryDirectory() as folder:
        image, content = Path(folder) / "links.tar", os.urandom(40 << 20)
        with tarfile.open(image, "w") as tar:
            first, link = tarfile.TarInfo("first"), tarfile.TarInfo("link")
            first.size, link.type, link.linkname = len(content), tarfile.LNKTYPE, "first"
            tar.addfile(first, io.BytesIO(content))
            tar.addfile(link)
        _, r, _ = report(image)
    digests = {n["locator"].rpartition("!")[2]: n.get("sha256") for n in r["nodes"]}
    check("a hard link repeats the digest of its first name",
          digests["/first"] == digests["/link"] == hashlib.sha256(content).hexdigest(), digests)


def sameness() -> None:
    reports = {report(SAMPLE, "--jobs", jobs)[2] for jobs in (1, 2, 8, 32)}
    check("the report is the same for 1, 2 and 8 threads", len(reports) == 1)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "another name.img"
        copy.write_bytes(SAMPLE.read_bytes())
        os.utime(copy, (1, 1))
        check("name and time of the file do not matter", report(copy)[2] in reports)
    piped = run("scan", "-", stdin=SAMPLE.open("rb"))
    check("standard input gives what the file gives", piped.stdout == run("scan", SAMPLE).stdout)
    environment = {**os.environ, "LC_ALL": "C", "TZ": "Asia/Tokyo", "HOME": "/nonexistent"}
    check("locale and time zone do not matter", run("scan", SAMPLE, env=environment).stdout == run("scan", SAMPLE).stdout)


def not_opened() -> None:
    """Encrypted contents are said to be such, and no digest is given of them."""
    archives = ROOT / "tests/samples/archives"
    for name in ("encrypted.zip", "encrypted.7z"):
        _, r, _ = report(archives / name)
        files = [n for n in r["nodes"] if n["kind"] == "file"]
        check(f"{name}: contents are encrypted", files and all(n["state"] == "encrypted" and "sha256" not in n
                                                              for n in files), files)


def own_parts() -> None:
    """What a container has beside its parts goes by the name that its format gives it."""
    _, r, _ = report(ROOT / "tests/samples/vendor/good.dni")
    check("the byte of a checksum is called so", [n.get("label") for n in r["nodes"]][-1] == "checksum",
          [n.get("label") for n in r["nodes"]])


def neutral() -> None:
    """One rule for all: another vendor's name of the same length changes no verdict."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = folder / "root"
        subprocess.run(["unsquashfs", "-q", "-n", "-d", tree, "-o", str(root_offset()), SAMPLE], check=True,
                       capture_output=True)
        verdicts = []
        for vendor in (b"Acme Networks", b"Zorg Networks"):
            for path in tree.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    data = path.read_bytes()
                    if b"Acme Networks" in data or b"Zorg Networks" in data:
                        path.write_bytes(re.sub(b"(Acme|Zorg) Networks", vendor, data))
            image = folder / "image.sqfs"
            image.unlink(missing_ok=True)
            subprocess.run(["mksquashfs", tree, image, "-quiet", "-no-progress", "-noappend"], check=True,
                           capture_output=True)
            found = report(image)[1]
            verdicts.append([(v["check"], v["outcome"], v["reason"]) for v in found["verdicts"]])
        check("the vendor's name changes no verdict", verdicts[0] == verdicts[1])


def root_offset() -> int:
    tree = run("tree", SAMPLE).stdout.decode()
    return int(re.search(r"squashfs@(0x[0-9a-f]+)", tree)[1], 16)


def bad_input() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = folder / "empty.bin"
        empty.touch()
        cut = folder / "cut.bin"
        cut.write_bytes(SAMPLE.read_bytes()[:1500000])
        for what, argument, words in (("no file", folder / "none.bin", b"no such file"),
                                      ("an empty file", empty, b"empty"),
                                      ("a device", "/dev/null", b"device")):
            done = run("scan", argument)
            check(f"{what} is refused with a sentence", done.returncode == 2 and words in done.stderr
                  and not done.stdout, done.stderr)
        code, r, _ = report(cut)
        check("a cut image is examined, and the missing bytes are said first",
              code in (1, 3) and any(f["kind"] == "short" for f in r["nodes"][0].get("faults", [])))
        done = run("scan", "--jobs", "fast", SAMPLE)
        check("a number that is none is refused", done.returncode == 2 and b"--jobs" in done.stderr)
        done = run("scna", SAMPLE)
        check("a wrong command gets a hint", done.returncode == 2 and b"Did you mean scan?" in done.stderr)
        outputs(folder)


def outputs(folder: Path) -> None:
    old = folder / "old.json"
    old.write_text("kept")
    done = run("scan", "-o", old, folder / "none.bin")
    check("an old report stays whole when there is no new one", done.returncode == 2 and old.read_text() == "kept")
    done = run("scan", "-o", folder / "nowhere/x.json", SAMPLE)
    check("a folder that is not there is an error", done.returncode == 2 and b"cannot be written" in done.stderr)
    done = run("scan", "-o", folder / "x.doc", SAMPLE)
    check("an unknown ending is an error", done.returncode == 2 and b".html" in done.stderr)
    check("no temporary file is left", sorted(p.name for p in folder.iterdir()) == ["cut.bin", "empty.bin", "old.json"])
    with open("/dev/full", "wb") as full:
        done = subprocess.run([RELEASE, "scan", SAMPLE], stdout=full, stderr=subprocess.PIPE)
    check("a full standard output is an error", done.returncode == 2 and b"standard output" in done.stderr)
    unpacked = folder / "unpacked"
    (unpacked / "etc").mkdir(parents=True)
    (unpacked / "etc/passwd").write_text("root::0:0:root:/root:/bin/sh\n")
    code, r, _ = report(unpacked)
    check("a folder is scanned like a file system", [a["state"] for a in r["facts"]["accounts"]] == ["empty"])


def hostile_names() -> None:
    for arguments in (("scan", SAMPLE), ("tree", "--all", SAMPLE), ("tree", "--explain", SAMPLE),
                      ("scan", "--only", "review", SAMPLE)):
        out = run(*arguments).stdout
        bad = [b for b in out if (b < 0x20 and b != 0x0a) or b == 0x7f]
        check(f"{arguments[0]} {arguments[1] if len(arguments) > 2 else ''}: no control byte reaches the terminal",
              not bad and "\u202e".encode() not in out)
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "r.html"
        run("scan", "--quiet", "-o", page, SAMPLE)
        text = page.read_text()
        check("a name with markup stays a name", "<script>alert" not in text and "&lt;script&gt;" in text or
              "\\u003cscript" in text)
        check("the page asks for nothing", not re.search(r"""(src|href)=["'](https?:)?//""", text))


def extraction() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "out"
        done = run("extract", SAMPLE, "/etc/passwd")
        check("one file is written out", done.returncode == 0 and done.stdout.startswith(b"root:x:0:0:"))
        done = run("extract", "--all", "-o", folder, SAMPLE)
        _, r, _ = report(SAMPLE)
        wanted = {n["sha256"] for n in r["nodes"] if n["kind"] == "file" and n["size"]}
        have = {hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}
        check("all files are written out", done.returncode == 0 and wanted <= have, len(wanted - have))
        check("nothing but files and folders is made",
              all(stat.S_ISREG(p.lstat().st_mode) or p.is_dir() for p in folder.rglob("*")))
        lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
        check("the manifest names each file's place", any(l["locator"].endswith("!/etc/passwd") for l in lines))
        nested = Path(name) / "nested"
        volume = ROOT / "tests/samples/uefi/good.fv"
        done = run("extract", "--all", "-o", nested, volume)
        _, r, _ = report(volume)
        wanted = {n["sha256"] for n in r["nodes"] if n["kind"] == "file" and n["size"]}
        have = {hashlib.sha256(p.read_bytes()).hexdigest() for p in nested.rglob("*") if p.is_file()}
        check("files within files are written out", done.returncode == 0 and wanted <= have, len(wanted - have))
        done = run("extract", SAMPLE, "/no/such")
        check("a path that is not there is an error", done.returncode == 2 and b"no such entry" in done.stderr)


def corpus() -> None:
    """Real images, where EVENHAND_CORPUS names them: file counts as its index says."""
    if not CORPUS:
        print("skip real images: EVENHAND_CORPUS is not set")
        return
    counts = {"ddwrt-v24-std-generic.bin": 438, "dlink-dir300b5-2.15.b01.bin": 1169,
              "linksys-wrt54gv4-4.21.5.bin": 385, "netgear-wnr2000v5-1.0.0.34.zip": 912,
              "openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin": 576, "vsol-v2801f-1.9.0-240614.tar": 259,
              "wyze-cam-v2-4.9.1.60-rootfs.bin": 61, "wyze-cam-v2-rtsp-4.28.4.49-rootfs.bin": 67,
              "rauc-good-verity-bundle.raucb": 6}
    for name, files in counts.items():
        _, r, _ = report(CORPUS / "real" / name)
        roots: dict[str, int] = {}
        for n in r.get("nodes", []):
            head, _, last = n["locator"].rpartition("!")
            if last.startswith("/") and "squashfs@" in head and n["kind"] in ("file", "hardlink"):
                roots[head] = roots.get(head, 0) + 1
        check(f"{name}: {files} files in its root", max(roots.values(), default=0) in (files, files + 1), roots)
    done = subprocess.run([ROOT / "tests/tools/real_components.py", RELEASE, CORPUS / "real"], capture_output=True, text=True)
    check("every component of the index is found", done.returncode == 0, done.stdout)


def main() -> None:
    planted()
    not_opened()
    own_parts()
    evidence()
    large_images()
    masked()
    whole_pieces()
    hard_links()
    sameness()
    neutral()
    bad_input()
    hostile_names()
    extraction()
    corpus()
    end()


main()
