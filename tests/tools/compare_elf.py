#!/usr/bin/env python3
"""Compares what a scan says of the loading of ELF files with what readelf says of the same files.

compare_elf.py IMAGE...: build id, text relocations, properties of control flow, segments that are
writable and executable. One line for each difference, exit 1 if there is one. EVENHAND names the program.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENHAND = os.environ.get("EVENHAND", ROOT / "build/dev/evenhand")
PROPERTIES = {"x86 feature": ("ibt", "shstk"), "AArch64 feature": ("bti", "pac", "gcs")}


def run(*command):
    return subprocess.run(command, check=False, capture_output=True).stdout.decode(errors="replace")


def wanted(path):
    """The same facts from readelf."""
    text = run("readelf", "-lWdn", path)
    flows = []
    for word, names in PROPERTIES.items():
        found = ",".join(re.findall(word + r": ([^\n]*)", text)).lower()
        flows += [n for n in names if re.search(rf"\b{n}\b", found)]
    loads = re.findall(r"^ +LOAD .* 0x[0-9a-f]+ ([RWE ]{3}) ", text, re.M)
    build_id = re.search(r"Build ID: ([0-9a-f]+)", text)
    return {"build_id": build_id and build_id[1],
            "text_relocations": "TEXTREL" in text,
            "control_flow": flows,
            "writable_code": any("W" in f and "E" in f for f in loads)}


def said(fact):
    return {"build_id": fact["build_id"],
            "text_relocations": fact["text_relocations"],
            "control_flow": [f for f in fact["control_flow"] if f != "cfi"],
            "writable_code": fact["writable_code"] != "no"}


def compare(image, folder):
    subprocess.run([EVENHAND, "scan", "--quiet", "-o", folder / "r.json", image], check=False)
    subprocess.run([EVENHAND, "extract", "--all", "--quiet", "-o", folder / "all", image],
                   check=False)
    report = json.loads((folder / "r.json").read_text())
    manifest = map(json.loads, (folder / "all/manifest.jsonl").read_text().splitlines())
    files = {m["locator"]: m.get("file") for m in manifest}
    compared = differences = 0
    for fact in report["facts"]["executables"]:
        place = report["nodes"][fact["node"]]["locator"]
        if fact["type"] not in ("EXEC", "DYN") or not files.get(place):
            continue
        compared += 1
        ours, theirs = said(fact), wanted(folder / "all" / files[place])
        for name, value in theirs.items():
            if ours[name] != value:
                differences += 1
                print(f"{place}: {name} is {ours[name]!r}, readelf says {value!r}")
    print(f"{image}: {compared} files, {differences} differences")
    return differences


def main(images):
    differences = 0
    for image in images:
        with tempfile.TemporaryDirectory() as folder:
            differences += compare(image, pathlib.Path(folder))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
