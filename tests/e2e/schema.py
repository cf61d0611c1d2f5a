#!/usr/bin/env python3
"""schema.py EVENHAND IMAGE...: each image's JSON report holds to docs/report.schema.json, is
canonical (no blanks, keys in a fixed order), and speaks only of nodes that it lists."""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())


def fail(image, text):
    sys.exit(f"{image}: {text}")


def check_references(image, report):
    nodes = report["nodes"]
    if [n["id"] for n in nodes] != list(range(len(nodes))):
        fail(image, "ids are not positions")
    for n in nodes[1:]:
        if not 0 <= n["parent"] < n["id"]:
            fail(image, f"node {n['id']} stands before its parent")
    for name, facts in report["facts"].items():
        for i, f in enumerate(facts):
            if f["id"] != i or f["node"] >= len(nodes):
                fail(image, f"{name}: fact {i} has a wrong id or node")
    for v in report["verdicts"]:
        for e in v["evidence"]:
            if e["node"] >= len(nodes):
                fail(image, f"{v['check']}: evidence in no node")


def check_coverage(image, report):
    coverage, at = report["coverage"], 0
    sums = dict.fromkeys(k for k in coverage if k != "regions")
    for key in sums:
        sums[key] = 0
    for region in coverage["regions"]:
        if region["offset"] != at:
            fail(image, f"regions do not tile the image at {at}")
        at += region["length"]
        sums[region["state"]] += region["length"]
    if at != report["image"]["size"] or any(coverage[k] != sums[k] for k in sums):
        fail(image, "coverage does not add up")


def main(evenhand, images):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for image in images:
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "report.json"
            done = subprocess.run([evenhand, "scan", "--quiet", "-o", out, image], check=False)
            if done.returncode not in (0, 1, 3):
                fail(image, f"exit {done.returncode}")
            raw = out.read_text(encoding="utf-8")
        report = json.loads(raw)
        if raw != json.dumps(report, ensure_ascii=False, separators=(",", ":")) + "\n":
            fail(image, "not canonical")
        for error in validator.iter_errors(report):
            fail(image, f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
        check_references(image, report)
        check_coverage(image, report)
    print(f"{len(images)} reports hold to the schema")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
