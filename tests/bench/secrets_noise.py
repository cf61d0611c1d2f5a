#!/usr/bin/env python3
"""False hits of the secrets rules: secrets_noise.py EVENHAND FILE_OR_FOLDER...

Scans ordinary packages (Debian's, or anything whose files nobody keeps a secret in), counts the bytes of
the files that were looked into, and prints each secret that was reported. Whatever it prints is a false
hit, also a key that somebody made up for an example. Exit 1 when there are more than 5 in 1 GB.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

ALLOWED = 5  # a gigabyte
ENDINGS = {".deb", ".ipk", ".apk", ".rpm", ".tar", ".xz", ".zst", ".gz"}


def packages(names):
    for name in names:
        path = pathlib.Path(name)
        if path.is_dir():
            yield from sorted(f for f in path.rglob("*") if f.suffix in ENDINGS and f.is_file())
        else:
            yield path


def scan(evenhand, package):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "report.json"
        done = subprocess.run([evenhand, "scan", "--quiet", "--jobs", "1", "-o", out, package],
                              check=False, capture_output=True)
        if done.returncode == 2:
            return package, 0, [], collections.Counter(), done.stderr.decode(errors="replace")
        report = json.loads(out.read_text(encoding="utf-8"))
    nodes, facts = report["nodes"], report["facts"]
    opened = {n["parent"] for n in nodes}
    size = sum(n["size"] for n in nodes if n["kind"] == "file" and n["id"] not in opened)
    hits = [(nodes[f["node"]]["locator"], f) for f in facts["secrets"]]
    dismissed = collections.Counter()
    for f in facts["dismissed"]:
        dismissed[f["rule"], f["why"]] += f["count"]
    return package, size, hits, dismissed, None


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--dismissed", action="store_true", help="print what was dismissed, by rule")
    options.add_argument("evenhand")
    options.add_argument("files", nargs="+")
    chosen = options.parse_args()
    files, size, false, dismissed = 0, 0, 0, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        for package, n, hits, dropped, failed in pool.map(
                lambda p: scan(chosen.evenhand, p), packages(chosen.files)):
            if failed:
                print(f"{package}: {failed}", file=sys.stderr)
            files += not failed
            size += n
            false += len(hits)
            dismissed += dropped
            for locator, f in hits:
                print(f"{f['rule']}\t{f['masked']}\t{package.name}\t{locator}:{f.get('line', '-')}"
                      f"\t{f['offset']}+{f['length']}", flush=True)
    if chosen.dismissed:
        for (rule, why), n in dismissed.most_common():
            print(f"dismissed\t{rule}\t{why}\t{n}")
    allowed = ALLOWED * max(size / 1e9, 1)
    print(f"{files} packages, {size} bytes of files: {false} hits, {allowed:.0f} allowed")
    return 1 if false > allowed else 0


if __name__ == "__main__":
    sys.exit(main())
