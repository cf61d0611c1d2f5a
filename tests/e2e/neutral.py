#!/usr/bin/env python3
"""neutral.py [IMAGE...]: one rule for all. The vendor is renamed throughout an image, in contents and
in names of files, to names of the same length that real vendors bear: every verdict must stay. Without
arguments the shipped sample and a root of many kinds of text. EVENHAND names the program."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support import RELEASE, ROOT, SAMPLE, check, end, report

EVENHAND = os.environ.get("EVENHAND", RELEASE)
OTHERS = ("huawei", "cisco", "netgear", "ericsson")
SAMPLES_VENDOR = b"acme"


def scan(target: Path) -> dict:
    return report(target, "--as-of", "2026-11-01", program=EVENHAND)[1]


# A password that is the maker's name is found by that name; its hash cannot be renamed with it.
OWN_NAME = {"CRED-03"}


def verdicts(found: dict) -> list[tuple]:
    return [(v["check"], v["outcome"], v["reason"], v["check"] in OWN_NAME or len(v["evidence"]))
            for v in found["verdicts"]]


def vendors(found: dict) -> list[bytes]:
    """As the image calls its maker; the samples' own is told by its first word, too."""
    names = {i["vendor"].encode() for i in found["identity"] if i["vendor"]}
    return sorted({n for n in names if len(n) > 2} | {SAMPLES_VENDOR}, key=lambda n: (-len(n), n))


def like(found: bytes, other: str) -> bytes:
    """The other's name in the length and the case of what it replaces."""
    name = (other * (len(found) // len(other) + 1))[:len(found)].encode()
    if found.isupper():
        return name.upper()
    return name.capitalize() if found[:1].isupper() else name


def renamer(names: list[bytes], other: str):
    pattern = re.compile(b"|".join(re.escape(n) for n in names), re.I)
    return lambda data: pattern.subn(lambda m: like(m[0], other), data)


def rename_all(source: Path, target: Path, rename) -> int:
    """A copy in which the vendor goes by another name; how often it was named."""
    count = 0
    for path in sorted(source.rglob("*")):
        inner, n = rename(os.fsencode(path.relative_to(source)))
        to = target / os.fsdecode(inner)
        count += n
        if path.is_symlink():
            link, n = rename(os.fsencode(os.readlink(path)))
            to.symlink_to(os.fsdecode(link))
        elif path.is_dir():
            to.mkdir(exist_ok=True)
            shutil.copystat(path, to)
        elif path.is_file():
            data, n = path.read_bytes(), 0
            # A container has checksums of its own; what is in it lies beside it.
            if not path.with_name(path.name + "!").exists():
                data, n = rename(data)
            to.write_bytes(data)
            shutil.copystat(path, to)
        count += n
    return count


def check_folder(what: str, source: Path, names: list[bytes]) -> None:
    before = verdicts(scan(source))
    for other in OTHERS:
        with tempfile.TemporaryDirectory() as folder:
            count = rename_all(source, Path(folder), renamer(names, other))
            after = verdicts(scan(Path(folder)))
        changed = [(a, b) for a, b in zip(before, after) if a != b]
        check(f"{what}: named {other} {count} times, every verdict stays", count > 0 and not changed,
              changed or "the vendor is not named")


def check_image(image: Path) -> None:
    """By what evenhand takes out of it, so that no checksum stands in the way."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([EVENHAND, "extract", "--all", "-o", folder, image], check=False,
                              capture_output=True)
        if not check(f"{image} is taken out", done.returncode in (0, 3), done.stderr[:300]):
            return
        check_folder(str(image), Path(folder), vendors(scan(image)))


ROOT_FILES = {
    "etc/os-release": "NAME=\"Acme Networks\"\nID=acme\nVERSION_ID=1.2\nHOME_URL=http://acme.example/\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nacme:x:0:0:Acme:/:/bin/sh\n",
    "etc/shadow": "root:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0:1::::::\nacme::1::::::\n",
    "etc/hosts.acme": "acme-cloud.example 192.0.2.1\n",
    "etc/inittab": "::sysinit:/etc/rc\n::respawn:/sbin/acme-telnetd -l /bin/sh\n",
    "etc/rc": "#!/bin/sh\ntelnetd -l /bin/acme-cli &\nwget http://update.acme.example/fw.bin\n",
    "etc/acme/wifi.conf": "vendor=ACME\nwpa_passphrase=AcmeAcme\npsk=acme1234\n",
    "www/cgi-bin/acme.cgi": "#!/bin/sh\neval \"$QUERY_STRING\"\n",
}


def check_root() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in ROOT_FILES.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        check_folder("a root of texts", Path(folder), [SAMPLES_VENDOR])


def check_statement() -> None:
    """Only checks whose title says so may read what an image says of its maker."""
    text = subprocess.run([EVENHAND, "checks", "--why-neutral"], capture_output=True, text=True,
                          check=True).stdout
    reads = re.findall(r"^(\S+)  .*\n  reads +(.*)$", text, re.M)
    listed = subprocess.run([EVENHAND, "checks"], capture_output=True, text=True, check=True).stdout
    ids = re.findall(r"^([A-Z]+-\d+)  ", listed, re.M)
    check("checks --why-neutral lists each check and what it reads",
          [r[0] for r in reads] == ids and all(r[1] for r in reads))
    makers = {name for name, what in reads if "identity" in what}
    check("only IMG-05 reads what an image says of its maker", makers <= {"IMG-05"}, makers)


def main() -> None:
    images = [Path(a) for a in sys.argv[1:]]
    for image in images or [SAMPLE]:
        check_image(image)
    if not images:
        check_root()
        check_statement()
        lint = subprocess.run([sys.executable, ROOT / "tools/neutral.py"], capture_output=True,
                              text=True, check=False)
        check("no vendor is named where facts and verdicts are made", lint.returncode == 0, lint.stdout)
    end()


main()
