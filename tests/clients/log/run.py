#!/usr/bin/env python3
"""A log of 70,000 entries read by readers that other people wrote: run.py EVENHAND LOG_LOAD. Then a bit is flipped in one
file after the other, and they must refuse it."""
import hashlib
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST = HERE.parents[1] / "vectors/tiles/manifest-70000.tsv"


def main() -> int:
    evenhand, load = (Path(p).resolve() for p in sys.argv[1:3])
    if not shutil.which("go"):
        print("skip no go")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        d, reader = Path(folder), Path(folder) / "reader"
        if subprocess.run(["go", "build", "-o", reader, "."], cwd=HERE).returncode:
            print("skip the readers were not built")
            return 0
        subprocess.run([evenhand, "key", "new", "--type", "ed25519", d / "key"], check=True, capture_output=True)
        subprocess.run([evenhand, "log", "init", "--origin", "log.example", "--key", d / "key", d / "log"], check=True,
                       capture_output=True)
        subprocess.run([load, d / "key", d / "log", "0", "70000"], check=True, capture_output=True)
        public, vkey = d / "log/public", (d / "log/vkey").read_text().strip()
        files = {name: digest for name, _, digest in (line.split() for line in MANIFEST.read_text().splitlines())}
        same = all(hashlib.sha256((public / name).read_bytes()).hexdigest() == digest for name, digest in files.items())
        print(f"{'yes' if same else 'NO '} each of {len(files)} files is as others made it")
        done = subprocess.run([reader, public, vkey, "evenhand vector entry "], capture_output=True, text=True)
        print(done.stdout, end="")
        dice, missed = random.Random(7), 0
        for name in [*dice.sample(sorted(files), 30), "checkpoint"]:
            path = public / name
            before = path.read_bytes()
            bit = dice.randrange(8 * len(before))
            path.write_bytes(before[:bit // 8] + bytes([before[bit // 8] ^ 1 << bit % 8]) + before[bit // 8 + 1:])
            missed += subprocess.run([reader, public, vkey], capture_output=True).returncode == 0
            path.write_bytes(before)
        print(f"{'NO ' if missed else 'yes'} 31 files with a flipped bit: {31 - missed} refused")
        return int(done.returncode != 0 or missed or not same)


sys.exit(main())
