#!/usr/bin/env python3
"""requirements.py: every row of data/requirements.tsv is accounted for in a report and by `evenhand
checks --catalogue`: answered by a check, not evaluable by static means, or left to a person with a
sentence. EVENHAND names the program."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from support import RELEASE, ROOT, SAMPLE, check, end

EVENHAND = os.environ.get("EVENHAND", RELEASE)
# What checks call a catalogue, and how much of that is not the requirement's own id.
MARKS = {"33.117 ": ("3GPP TS 33.117", 7), "EN ": ("ETSI EN 303 645 V3.1.3", 3),
         "CRA ": ("EU CRA Annex I", 4), "TR.": ("BSI TR-03148", 0), "N8425 ": ("NIST IR 8425", 6),
         "ISVS ": ("OWASP ISVS 1.0", 5), "PSTI ": ("UK PSTI (SI 2023/1007 Schedule 1)", 5)}
NAMES = ("33.117", "EN", "CRA", "TR", "N8425", "8259A", "ISVS", "PSTI")


def rows() -> dict[tuple[str, str], str]:
    lines = [l.split("\t") for l in (ROOT / "data/requirements.tsv").read_text().splitlines()
             if l and not l.startswith("#")]
    return {(r[0], r[1]): r[3] for r in lines[1:]}


def answered(report: dict) -> set[tuple[str, str]]:
    found = set()
    for verdict in report["verdicts"]:
        for one in verdict["requirements"]:
            for mark, (catalogue, skip) in MARKS.items():
                if one.startswith(mark):
                    found.add((catalogue, one.split(" (")[0][skip:]))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "r.json"
        subprocess.run([EVENHAND, "scan", "--quiet", "-o", out, SAMPLE], check=False, capture_output=True)
        report = json.loads(out.read_bytes())
    table, mapped = rows(), answered(report)
    never = {(r["catalogue"], r["id"]) for r in report["not_evaluable_requirements"]}
    left = {(r["catalogue"], r["id"]) for r in report["unanswered_requirements"]}
    check("what no image can tell is what the table says",
          never == {r for r, static in table.items() if static == "no"})
    check("every requirement is accounted for in the report", table.keys() <= mapped | never | left,
          table.keys() - mapped - never - left)
    check("none is called unanswered that a check answers to", not left & (mapped | never),
          left & (mapped | never))
    check("what is left to a person says what to do", all(r["by_hand"]
          for r in report["unanswered_requirements"]))
    printed = ""
    for name in NAMES:
        done = subprocess.run([EVENHAND, "checks", "--catalogue", name], capture_output=True, text=True,
                              check=False)
        check(f"checks --catalogue {name} lists requirements", done.returncode == 0, done.stderr)
        printed += "\n" + done.stdout
    ids = {line.split()[0] for line in printed.splitlines() if line and not line.startswith(" ")}
    check("checks --catalogue lists every requirement", {i for _, i in table} <= ids,
          {i for _, i in table} - ids)
    text = subprocess.run([EVENHAND, "checks", "--catalogue", "nobody"], capture_output=True, check=False)
    check("a catalogue that nobody knows is refused", text.returncode == 2)
    end()


main()
