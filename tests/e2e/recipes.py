#!/usr/bin/env python3
"""recipes.py EVENHAND IMAGE...: replays what `scan --recipes` prints, in a fresh folder each, with
the tools it names and without evenhand; the digests must be those it says."""
import pathlib
import re
import subprocess
import sys
import tempfile

OUTCOMES = ["fail", "review", "not-evaluable", "pass"]
INDENT = " " * 12


def recipes(text):
    """Runs of lines between one place and the next: commands, and the digest to expect."""
    place, lines = None, []
    for line in text.splitlines():
        body = line[len(INDENT):] if line.startswith(INDENT) else ""
        command = re.match(r"(dd|sha256sum|tail|gzip|xz|bzip2|zstd|lz4|lzop|lzip|zlib-flate|"
                           r"unsquashfs|unzip|bsdtar|#| )", body)
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


def main(evenhand, images):
    agreed = stuck = without = 0
    seen = set()
    for image in images:
        for outcome in OUTCOMES:
            done = subprocess.run([evenhand, "scan", "--quiet", "--only", outcome, "--recipes",
                                   image], capture_output=True, check=False)
            if done.returncode not in (0, 1, 3):
                sys.exit(f"{image}: exit {done.returncode}")
            for place, lines in recipes(done.stdout.decode()):
                key = (image, tuple(lines))
                if key in seen:
                    continue
                seen.add(key)
                if any("no standard tool" in l for l in lines):
                    stuck += 1
                    continue
                wrong = replay(lines, image)
                if wrong:
                    sys.exit(f"{image}: {place}\n" + "\n".join(lines) + f"\n{wrong}")
                agreed += 1
                without += not any(l.startswith("# expect") for l in lines)
    print(f"{agreed} recipes agree ({without} state no digest), {stuck} need evenhand")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
