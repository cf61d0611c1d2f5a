#!/usr/bin/env python3
"""How many statements a log takes in over HTTP in a second: log_http.py EVENHAND LOAD. Signatures (P-256) are
verified, each request waits until its entry is durable and under a signed checkpoint; the disk is TMPDIR's."""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
from serving import Server  # noqa: E402

CONNECTIONS, REQUESTS = (1, 32, 256), (200, 20000, 40000)


def main() -> int:
    evenhand, load = (Path(p).resolve() for p in sys.argv[1:3])
    worst = 0
    for connections, requests in zip(CONNECTIONS, REQUESTS):
        with tempfile.TemporaryDirectory() as folder:
            d = Path(folder)
            for name, kind in (("lab", "p256"), ("log", "ed25519")):
                subprocess.run([evenhand, "key", "new", "--type", kind, d / name], check=True, capture_output=True)
            spki = "".join((d / "lab.pub").read_text().split("\n")[1:-2])
            (d / "admission").write_text(f"key lab.example lab {spki}\n")
            subprocess.run([evenhand, "log", "init", "--origin", "log.example", "--key", d / "log", "--admission",
                            d / "admission", d / "dir"], check=True, capture_output=True)
            with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", d / "dir", program=evenhand) as s:
                done = subprocess.run([load, d / "lab", s.address, str(connections), str(requests)], capture_output=True,
                                      text=True)
                print(f"log over HTTP, {connections} connections: {done.stdout.strip()}{done.stderr}, {s.memory()} KiB")
                worst = max(worst, done.returncode)
    return worst


sys.exit(main())
