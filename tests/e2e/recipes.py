#!/usr/bin/env python3
"""recipes.py [IMAGE...]: replays what `scan --recipes` prints, in a fresh folder each, with the tools
it names and without evenhand; the digests must be those it says. Without arguments the shipped
sample, and images packed here from one small root. EVENHAND names the program."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENHAND = os.environ.get("EVENHAND", ROOT / "build/release/evenhand")
OUTCOMES = ["fail", "review", "not-evaluable", "pass"]
INDENT = " " * 12
COMMAND = re.compile(r"(dd|sha256sum|tail|gzip|xz|bzip2|zstd|lz4|lzop|lzip|zlib-flate|unsquashfs|"
                     r"unzip|bsdtar|#| ) ")


def recipes(text):
    """Runs of lines between one place and the next: commands, and the digest to expect."""
    place, lines = None, []
    for line in text.splitlines():
        body = line[len(INDENT):] if line.startswith(INDENT) else ""
        command = COMMAND.match(body)
        if command:
            lines.append(body)
            continue
        if place and lines:
            yield place, lines
        place, lines = body or None, []
    if place and lines:
        yield place, lines


def replay(lines, image):
    """None, or what went wrong."""
    expect = next((l.split()[2] for l in lines if l.startswith("# expect")), None)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "IMAGE").symlink_to(pathlib.Path(image).resolve())
        done = subprocess.run(["bash", "-c", "\n".join(lines)], cwd=folder, capture_output=True,
                              check=False)
    digest = re.search(rb"^([0-9a-f]{64})  -$", done.stdout, re.M)
    if not digest:
        return "no digest: " + done.stderr.decode(errors="replace")[:300]
    if expect and digest[1].decode() != expect:
        return f"digest {digest[1].decode()}, not {expect}"
    return None


def tools_missing(lines):
    words = {l.split()[0] for l in lines if l[0] not in "# "}
    return [w for w in sorted(words) if not shutil.which(w)]


def check(image):
    """Numbers of recipes that agree, that need evenhand, that need a tool which is not here."""
    counts = {"agree": 0, "need evenhand": 0, "need a tool that is missing": 0}
    seen = set()
    for outcome in OUTCOMES:
        done = subprocess.run([EVENHAND, "scan", "--quiet", "--only", outcome, "--recipes", image],
                              capture_output=True, check=False)
        if done.returncode not in (0, 1, 3):
            raise ValueError(f"exit {done.returncode}")
        for place, lines in recipes(done.stdout.decode()):
            if tuple(lines) in seen:
                continue
            seen.add(tuple(lines))
            if any("no standard tool" in l for l in lines):
                counts["need evenhand"] += 1
            elif tools_missing(lines):
                counts["need a tool that is missing"] += 1
            else:
                wrong = replay(lines, image)
                if wrong:
                    raise ValueError(f"{place}\n" + "\n".join(lines) + f"\n{wrong}")
                counts["agree"] += 1
    return counts


# A root that several checks speak of, with names that a shell must not misread.
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ntech::7:7::/:/bin/sh\n",
    "etc/shadow": "root:ab2QBOlE9tWbc:1::::::\n",
    "etc/$(id) 'x'/shadow": "root:$1$abcdefgh$1vS1kgXvoUw2XbpS2cNPL.:1::::::\n",
    "etc/[a]*?/passwd": "tech::7:7::/:/bin/sh\n",
    "etc/\u00e9\n/passwd": "tech::7:7::/:/bin/sh\n",
}

# How the root is packed, and what then wraps the result. {0} is the input, {1} the output.
PACKERS = {
    "sqfs": "mksquashfs {0} {1} -noappend -quiet -no-progress -all-root",
    "tar": "tar -C {0} --sort=name -cf {1} .",
    "cpio": "cd {0} && find . -print0 | LC_ALL=C sort -z | cpio -0 --quiet -o -H newc > {1}",
    "zip": "cd {0} && zip -qr {1} .",
}
WRAPPERS = {
    "gz": "gzip -c {0} > {1}", "bz2": "bzip2 -c {0} > {1}", "xz": "xz -c {0} > {1}",
    "lzma": "xz --format=lzma -c {0} > {1}", "zst": "zstd -qc {0} > {1}",
    "lz4": "lz4 -qc {0} > {1}", "lzo": "lzop -c {0} > {1}", "lz": "lzip -c {0} > {1}",
}


def run(command, source, target):
    done = subprocess.run(["bash", "-c", command.format(source, target)], capture_output=True,
                          check=False)
    return done.returncode == 0


def packed(folder):
    """Images of the root, as far as the tools are here."""
    root = folder / "root"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for ending, command in PACKERS.items():
        image = folder / f"image.{ending}"
        if run(command, root, image):
            yield image
        else:
            print(f"skip no {ending} could be packed")
    inner = folder / "image.sqfs"
    for ending, command in WRAPPERS.items():
        image = folder / f"image.sqfs.{ending}"
        if inner.exists() and run(command, inner, image):
            yield image
        else:
            print(f"skip no {ending} could be packed")


def report(image, least):
    try:
        counts = check(image)
        if counts["agree"] < least:
            raise ValueError(f"only {counts['agree']} recipes could be replayed")
        print(f"ok recipes of {image}: " + ", ".join(f"{n} {k}" for k, n in counts.items()))
    except ValueError as wrong:
        print(f"not ok recipes of {image}: {wrong}")


def main(images):
    for image in images or sorted(ROOT.glob("samples/*.bin")):
        report(image, 0)
    if images:
        return
    with tempfile.TemporaryDirectory() as folder:
        for image in packed(pathlib.Path(folder)):
            report(image, 3)


if __name__ == "__main__":
    main(sys.argv[1:])
