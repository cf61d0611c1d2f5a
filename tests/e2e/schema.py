#!/usr/bin/env python3
"""schema.py [IMAGE...]: each image's JSON report holds to docs/report.schema.json, is canonical (no
blanks, keys in a fixed order), and speaks only of nodes that it lists. Without arguments every
sample. EVENHAND names the program."""
import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("skip python3-jsonschema is not installed")
    sys.exit(0)

from support import RELEASE, ROOT, check, end, report

SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())
EVENHAND = os.environ.get("EVENHAND", RELEASE)
NO_IMAGE = {".md", ".sh", ".txt", ".py", ".json"}


class Wrong(Exception):
    """What a report breaks."""


def samples():
    files = [*ROOT.glob("tests/samples/**/*"), *ROOT.glob("samples/*.bin")]
    return sorted(f for f in files if f.is_file() and f.suffix not in NO_IMAGE
                  and f.name != "README")


def fail(text):
    raise Wrong(text)


def check_references(found):
    nodes = found["nodes"]
    if [n["id"] for n in nodes] != list(range(len(nodes))):
        fail("ids are not positions")
    for n in nodes[1:]:
        if not 0 <= n["parent"] < n["id"]:
            fail(f"node {n['id']} stands before its parent")
    for name, facts in found["facts"].items():
        for i, f in enumerate(facts):
            if f["id"] != i or f["node"] >= len(nodes):
                fail(f"{name}: fact {i} has a wrong id or node")
    for v in found["verdicts"]:
        for e in v["evidence"]:
            if e["node"] >= len(nodes):
                fail(f"{v['check']}: evidence in no node")


def check_coverage(found):
    coverage, at = found["coverage"], 0
    sums = dict.fromkeys(k for k in coverage if k != "regions")
    for key in sums:
        sums[key] = 0
    for region in coverage["regions"]:
        if region["offset"] != at:
            fail(f"regions do not tile the image at {at}")
        at += region["length"]
        sums[region["state"]] += region["length"]
    if at != found["image"]["size"] or any(coverage[k] != sums[k] for k in sums):
        fail("coverage does not add up")


def check_report(validator, image):
    code, found, raw = report(image, program=EVENHAND)
    if code not in (0, 1, 3):
        fail(f"exit {code}")
    if raw.decode() != json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n":
        fail("not canonical")
    for error in validator.iter_errors(found):
        fail(f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
    check_references(found)
    check_coverage(found)


def main(images):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for image in images or samples():
        try:
            check_report(validator, image)
            check(f"report of {image} holds to the schema", True)
        except (Wrong, ValueError) as wrong:
            check(f"report of {image} holds to the schema", False, wrong)
    end()


main(sys.argv[1:])
