#!/usr/bin/env python3
"""How fast a log takes entries in, in one process, on the disk that TMPDIR lies on: log.py LOG_APPEND. Each figure beside
what fdatasync alone takes for the same bytes in as many syncs, in the same run."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = (("unverified", "entries of 440 bytes with envelopes of 2,000, signatures not verified", 5),
        ("verified", "envelopes of 2,000 bytes, each P-256 signature verified", 5),
        ("latency", "one each 5 ms: from submission to the signed checkpoint", 10))


def main() -> int:
    tool = Path(sys.argv[1]).resolve()
    print(f"log, in process, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    for mode, what, seconds in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([tool, mode, Path(folder) / "log", str(seconds)], capture_output=True, text=True)
        if done.returncode:
            print(done.stderr)
            return 1
        r = json.loads(done.stdout)
        alone = r["fdatasync_alone_seconds"]
        print(f"  {what}:")
        if mode == "latency":
            print(f"    p50 {r['p50_ms']} ms, p99 {r['p99_ms']} ms, max {r['max_ms']} ms; one sync alone "
                  f"{alone / max(1, r['batches']) * 1e3:.2f} ms on average")
        else:
            print(f"    {r['per_second']:,} a second ({r['entries']:,} in {r['batches']} batches, {r['bytes'] / 1e6:.0f} MB); "
                  f"{r['seconds'] / alone if alone else 0:.2f} x fdatasync alone; {r['cpu_us']} us of CPU an entry")
    return 0


sys.exit(main())
