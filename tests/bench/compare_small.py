"""Small pairs, built with this machine's tools: the same few files in each kind of wrapping, where the
second has another constant and one function more in its program, another setting, mode and time."""
import os
import shutil
import subprocess
from pathlib import Path

PROGRAM = """#include <stdio.h>
#include <stdlib.h>
static int key(int n) {{ return n * {factor} + 7; }}
{more}
int main(int argc, char **argv)
{{
	if (argc > {least})
		printf("{text} %d\\n", key(atoi(argv[1])));
	return argc > 3;
}}
"""
SIDES = (
    {"factor": 31, "least": 1, "text": "key", "more": ""},
    {"factor": 33, "least": 1, "text": "the key", "more": "int twice(int n) { return 2 * key(n); }"},
)
TIMES = (1600000000, 1700000000)
CONTROL = "Package: small\nVersion: 1.{}\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: small\n"


def run(*command: str | Path, cwd: Path | None = None, given: str | None = None) -> None:
    subprocess.run(command, cwd=cwd, input=given, text=True, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_tree(tree: Path, side: int) -> None:
    for folder in ("bin", "etc", "lib"):
        (tree / folder).mkdir(parents=True)
    source = tree.parent / f"{tree.name}.c"
    source.write_text(PROGRAM.format(**SIDES[side]))
    run("cc", "-O2", "-o", tree / "bin/key", source)
    (tree / "etc/key.conf").write_text(f"port = {8080 + side}\nname = key\n")
    (tree / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (tree / "lib/table.txt").write_text("".join(f"{i} {i * i}\n" for i in range(2000)))
    (tree / "etc/key.conf").chmod(0o600 if side else 0o644)
    if side:
        (tree / "etc/new").write_text("1\n")
    for path in sorted(tree.rglob("*")):
        os.utime(path, (TIMES[side], TIMES[side]))


def files(tree: Path) -> str:
    return "".join(f"{path.relative_to(tree)}\n" for path in sorted(tree.rglob("*")))


def make_cpio(tree: Path, out: Path) -> None:
    run("cpio", "-o", "-H", "newc", "-R", "0:0", "-F", out, cwd=tree, given=files(tree))


def make_squashfs(tree: Path, out: Path) -> None:
    run("mksquashfs", tree, out, "-all-root", "-quiet", "-no-progress")


def make_tar(tree: Path, out: Path) -> None:
    run("tar", "-czf", out, "--owner=0", "--group=0", "--sort=name", "-C", tree, ".")


def make_deb(tree: Path, out: Path) -> None:
    package = tree.parent / f"{tree.name}.package"
    shutil.copytree(tree, package)
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN/control").write_text(CONTROL.format(tree.name[-1]))
    run("dpkg-deb", "--root-owner-group", "-b", package, out)


def make_program(tree: Path, out: Path) -> None:
    shutil.copy(tree / "bin/key", out)


KINDS = {"elf": make_program, "cpio": make_cpio, "tar.gz": make_tar, "deb": make_deb, "squashfs": make_squashfs}


def small_pairs(folder: Path) -> list[tuple[str, str]]:
    trees = [folder / "side0", folder / "side1"]
    for side, tree in enumerate(trees):
        make_tree(tree, side)
    pairs = []
    for ending, make in KINDS.items():
        images = [folder / f"small{side}.{ending}" for side in range(2)]
        for tree, image in zip(trees, images):
            make(tree, image)
        pairs.append((str(images[0]), str(images[1])))
    return pairs
