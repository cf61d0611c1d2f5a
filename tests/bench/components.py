#!/usr/bin/env python3
"""Which components come out of one unpacked tree, beside the tools that are here.

    components.py EVENHAND FOLDER... [--cve-bin-tool PYTHON] [--syft SYFT] > docs/COMPONENTS.md

Each FOLDER holds IMAGE.bin, one SquashFS, and truth.json (the corpus' build.py, layout raw-squashfs-*,
without package database). unsquashfs unpacks it once; every tool then looks at that folder. Right is an
upstream package of the truth with its version; wrong is a name with a version that the truth does not
have. A name without a version is neither. Names count by any of their aliases: upstream's, Debian's
source and binary packages, and the product of the CPE name.

PYTHON is an interpreter that can import cve_bin_tool: its checkers are run over every binary, without its
database of vulnerabilities, which cannot be fetched offline; the checker of SQLite needs the network too.
"""
import argparse
import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKERS = """
import json, os, sqlite3, sys
from cve_bin_tool.file import is_binary
from cve_bin_tool.strings import parse_strings
from cve_bin_tool.checkers import BUILTIN_CHECKERS
checkers = []
for entry in BUILTIN_CHECKERS.values():
    try:
        checkers.append(entry.load())
    except (sqlite3.Error, OSError):  # the checker of SQLite fetches its versions from the network
        pass
found = set()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.islink(path) or not os.path.isfile(path) or not is_binary(path):
            continue
        lines = parse_strings(path)
        for kind in checkers:
            checker = kind()
            result = checker.get_version(lines, path)
            for r in [result] if "is_or_contains" in result else result:
                if "is_or_contains" in r and r.get("version", "UNKNOWN") != "UNKNOWN":
                    found |= {(product, r["version"]) for _, product in checker.VENDOR_PRODUCT}
print(json.dumps(sorted(found)))
"""


def run(*argv: object) -> str:
    """Exit codes of scanners tell what they found."""
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False).stdout


def evenhand(binary: str, folder: Path) -> set[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as tmp:
        run(binary, "scan", "--quiet", "-o", Path(tmp) / "r.json", folder)
        report = json.loads((Path(tmp) / "r.json").read_text())
    return {(c["name"], c["version"]) for c in report["facts"]["components"] if c["version"]}


def cve_bin_tool(python: str, folder: Path) -> set[tuple[str, str]]:
    return {(n, v) for n, v in json.loads(run(python, "-c", CHECKERS, folder))}


def syft(binary: str, folder: Path) -> set[tuple[str, str]]:
    found = json.loads(run(binary, "scan", "-q", "-o", "json", f"dir:{folder}"))["artifacts"]
    return {(a["name"], a["version"]) for a in found if a["version"] not in ("", "UNKNOWN")}


def products() -> dict[str, str]:
    """CPE product -> name, of our own table."""
    rows = [line.split("\t") for line in (ROOT / "data/component-names.tsv").read_text().split("\n")
            if line and not line.startswith("#")]
    return {row[1].split(":")[1]: row[0] for row in rows[1:] if ":" in row[1]}


def aliases(truth: dict) -> dict[str, dict]:
    """Any name of a component -> the component. What only a kernel outside the tree shows is left out."""
    names = {}
    by_product = products()
    for c in truth["components"]:
        if not c["elf"]:
            continue
        words = {c["name"], c.get("debian_source")} | {p["name"] for p in c["packages"]}
        words |= {product for product, name in by_product.items() if name in words}
        words |= {name for product, name in by_product.items() if product in words}
        for word in words | ({"linux_kernel"} if "linux" in words else set()) | ({"libcap"} if "libcap2" in words else set()):
            names[word] = c
    return names


def count(found: set[tuple[str, str]], names: dict[str, dict]) -> tuple[int, list[str]]:
    """How many of the truth are right, and what is wrong."""
    right, wrong = set(), []
    for name, version in sorted(found):
        c = names.get(name)
        if c and version == c["version"]:
            right.add(c["name"])
        else:
            wrong.append(f"{name} {version}")
    return len(right), wrong


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("evenhand")
    p.add_argument("folders", nargs="+", type=Path)
    p.add_argument("--cve-bin-tool")
    p.add_argument("--syft")
    args = p.parse_args()
    tools = {"evenhand": lambda d: evenhand(args.evenhand, d)}
    if args.cve_bin_tool:
        tools["cve-bin-tool"] = lambda d: cve_bin_tool(args.cve_bin_tool, d)
    if args.syft:
        tools["syft"] = lambda d: syft(args.syft, d)
    print("# Components\n\nWhich upstream packages are found with their version in trees without a package database, "
          "beside\nother tools on the same unpacked trees. Made by `tests/bench/components.py`, which says what "
          "counts as\nright and wrong.\n")
    print("| tree | packages | " + " | ".join(f"{t}: right | wrong" for t in tools) + " |")
    print("| --- | --- |" + " --- | --- |" * len(tools))
    total: dict[str, list[int]] = {t: [0, 0] for t in tools}
    every: dict[str, set[str]] = {t: set() for t in tools}
    packages = 0
    for folder in args.folders:
        truth = json.loads((folder / "truth.json").read_text())
        names = aliases(truth)
        cells = []
        wanted = len({id(c) for c in names.values()})
        packages += wanted
        with tempfile.TemporaryDirectory() as tmp:
            run("unsquashfs", "-q", "-n", "-d", f"{tmp}/root", folder / truth["image"]["file"])
            for tool, look in tools.items():
                right, wrong = count(look(Path(tmp) / "root"), names)
                total[tool][0] += right
                total[tool][1] += len(wrong)
                every[tool] |= set(wrong)
                cells += [str(right), str(len(wrong))]
        spec = truth["spec"]
        print(f"| {spec['arch']} {spec['profile']}, seed {spec['seed']} | {wanted} | " + " | ".join(cells) + " |", flush=True)
    print(f"| all | {packages} | " + " | ".join(f"{a} | {b}" for a, b in total.values()) + " |\n")
    for tool, wrong in every.items():
        right, bad = total[tool]
        print(f"- {tool}: recall {right / packages:.3f}, precision {right / max(1, right + bad):.3f}; wrong: "
              f"{', '.join(sorted(wrong)) or 'none'}")


main()
