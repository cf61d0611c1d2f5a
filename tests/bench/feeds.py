#!/usr/bin/env python3
"""Feeds of vulnerabilities, measured: feeds.py EVENHAND FOLDER [MEGABYTES]

Makes a feed of NVD's form and size from seeded numbers (the members of real records, their usual
lengths; products and versions made up, the sample's own among them), and measures import, memory,
and what a scan of the sample costs more with the index and with the published file.
"""
import gzip
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "samples/acme-ar7.bin"
OURS = [("busybox", "busybox"), ("zlib", "zlib"), ("gnu", "glibc"), ("denx", "u-boot"),
        ("dropbear_ssh_project", "dropbear_ssh"), ("linux", "linux_kernel")]
WORDS = ("a remote attacker could cause denial of service via crafted packet in the component before "
         "version allows out of bounds read heap overflow when parsing improper validation").split()


def matches(r: random.Random, products: list[tuple[str, str]]) -> list[dict]:
    """As records have them: one product or two; a range, or one version after the other."""
    found = []
    for _ in range(r.choice((1, 1, 2))):
        vendor, product = r.choice(products)
        name, major, minor = f"cpe:2.3:a:{vendor}:{product}:", r.randrange(20), r.randrange(30)
        for k in range(min(60, int(r.expovariate(0.12)) + 1) if r.random() < 0.5 else 0):
            found.append({"criteria": f"{name}{major}.{minor}.{k}:*:*:*:*:*:*:*"})
        for k in range(r.choice((1, 1, 2, 3))):
            found.append({"criteria": name + "*:*:*:*:*:*:*:*",
                          "versionStartIncluding": f"{major + k}.{minor}",
                          "versionEndExcluding": f"{major + k}.{minor}.{r.randrange(300)}"})
    return [{"vulnerable": True, **m, "matchCriteriaId": f"{r.getrandbits(128):032X}"} for m in found]


def record(r: random.Random, number: int, products: list[tuple[str, str]]) -> dict:
    configurations = [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": matches(r, products)}]}]
    if r.random() < 0.1:
        configurations[0]["operator"] = "AND"
        configurations[0]["nodes"].append({"operator": "OR", "negate": False, "cpeMatch": [
            {"vulnerable": False, "criteria": "cpe:2.3:h:acme:ar7:-:*:*:*:*:*:*:*"}]})
    score = {"source": "nvd@nist.gov", "type": "Primary", "cvssData": {
        "version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
        "baseScore": 8.8, "baseSeverity": "HIGH", "attackVector": "NETWORK",
        "attackComplexity": "LOW", "privilegesRequired": "NONE", "userInteraction": "REQUIRED",
        "scope": "UNCHANGED", "confidentialityImpact": "HIGH", "integrityImpact": "HIGH",
        "availabilityImpact": "HIGH"}, "exploitabilityScore": 2.8, "impactScore": 5.9}
    text = " ".join(r.choices(WORDS, k=r.randrange(20, 90)))
    return {"cve": {
        "id": f"CVE-{1999 + number % 26}-{number:05d}", "sourceIdentifier": "cve@mitre.org",
        "published": "2022-04-03T21:15:08.207", "lastModified": "2026-06-17T04:38:29.550",
        "vulnStatus": "Modified", "cveTags": [],
        "descriptions": [{"lang": "en", "value": text}, {"lang": "es", "value": text + " \u00f3"}],
        "metrics": {"cvssMetricV31": [score, score]},
        "weaknesses": [{"source": "nvd@nist.gov", "type": "Primary",
                        "description": [{"lang": "en", "value": "CWE-88"}]}],
        "configurations": configurations if r.random() < 0.9 else [],
        "references": [{"url": f"https://example.org/{r.getrandbits(64):x}", "source": "cve@mitre.org",
                        "tags": ["Patch", "Vendor Advisory"]} for _ in range(r.randrange(2, 9))]}}


def make(path: Path, size: int) -> None:
    r = random.Random(7)
    products = [(f"vendor{i % 9000}", f"product_{i}") for i in range(40000)]
    done, number = 0, 0
    with path.open("w") as out:
        done += out.write('{"resultsPerPage":0,"format":"NVD_CVE","version":"2.0",'
                          '"timestamp":"2026-11-20T00:00:00.000","vulnerabilities":[')
        while done < size:
            pool = OURS if r.random() < 0.05 else products
            done += out.write(("," if number else "") +
                              json.dumps(record(r, number, pool), separators=(",", ":")))
            number += 1
        out.write("]}")


def run(command: list[str]) -> tuple[float, float, int]:
    """Wall-clock and processor seconds, and the largest resident size in MB of a child's child."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(program.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) == 2:
        sys.exit(f"feeds: {' '.join(command)} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, usage.ru_maxrss // 1024


def best(command: list[str], times: int = 7) -> tuple[float, float]:
    runs = [run(command) for _ in range(times)]
    return min(r[0] for r in runs), min(r[1] for r in runs)


def main() -> None:
    evenhand, folder = sys.argv[1], Path(sys.argv[2])
    size = int(sys.argv[3] if len(sys.argv) > 3 else 500) * 1000000
    feed, packed, index = folder / f"nvd-{size}.json", folder / f"nvd-{size}.json.gz", folder / "nvd.index"
    folder.mkdir(parents=True, exist_ok=True)
    if not feed.exists():
        make(feed, size)
        with gzip.open(packed, "wb", compresslevel=6) as out, feed.open("rb") as whole:
            shutil.copyfileobj(whole, out)
    plain = feed.stat().st_size
    for name in (feed, packed):
        wall, cpu, memory = run([evenhand, "knowledge", "import", str(name), "-o", str(index)])
        print(f"import {name.suffix:5} {plain / 1e6:.0f} MB of JSON: {wall:.2f} s, {cpu:.2f} s of processor, "
              f"{plain / 1e6 / cpu:.0f} MB/s of processor, {memory} MB")
    print(f"index {index.stat().st_size / 1e6:.1f} MB, sha256 {hashlib.sha256(index.read_bytes()).hexdigest()[:16]}")
    scan = [evenhand, "scan", "--quiet", "-o", str(folder / "report.json"), str(SAMPLE)]
    bare, with_index = best(scan), best(scan + ["--feed", str(index)])
    print(f"scan: {bare[0] * 1e3:.0f} ms ({bare[1] * 1e3:.0f} of processor); with the index "
          f"{(with_index[0] - bare[0]) * 1e3:+.0f} ms ({(with_index[1] - bare[1]) * 1e3:+.0f} of processor)")
    report = json.loads((folder / "report.json").read_text())
    print(f"      {len(report['facts']['vulnerabilities'])} facts of vulnerabilities")
    wall, cpu, memory = run(scan + ["--feed", str(packed)])
    print(f"scan with the .gz as published: {wall:.2f} s, {plain / 1e6 / (cpu - bare[1]):.0f} MB/s, {memory} MB")
    run(scan + ["--feed", str(index)])
    a = (folder / "report.json").read_text()
    run(scan + ["--feed", str(packed)])
    b = (folder / "report.json").read_text()
    same = json.loads(a)["facts"] == json.loads(b)["facts"]
    print(f"facts by index and by published file: {'equal' if same else 'DIFFERENT'}")


main()
