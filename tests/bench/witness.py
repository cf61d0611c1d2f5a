#!/usr/bin/env python3
"""How many requests to cosign a witness answers in a second: witness.py EVENHAND LOAD. Software keys, distinct
logs, each request a tree that grew by an entry, on the disk that TMPDIR lies on."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
from serving import Server  # noqa: E402

CONNECTIONS, LOGS, REQUESTS = 32, 320, 20000


def cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    evenhand, load = (Path(p).resolve() for p in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        d = Path(folder)
        subprocess.run([evenhand, "key", "new", "--type", "ed25519", d / "key"], check=True, capture_output=True)
        subprocess.run([evenhand, "witness", "init", "--name", "witness.example", "--key", d / "key", d / "w"], check=True,
                       capture_output=True)
        with (d / "w/logs").open("a") as logs:
            logs.write(subprocess.run([load, "keys", str(LOGS)], check=True, capture_output=True, text=True).stdout)
        with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", d / "w", program=evenhand) as s:
            os.sched_setaffinity(s.process.pid, {0})
            for task in Path(f"/proc/{s.process.pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {0})
            before = cpu(s.process.pid)
            done = subprocess.run([load, "run", s.address, str(CONNECTIONS), str(LOGS), str(REQUESTS)],
                                  capture_output=True, text=True)
            used = cpu(s.process.pid) - before
            print(f"witness, one core, {CONNECTIONS} connections, {LOGS} logs: {done.stdout.strip()}{done.stderr}")
            print(f"  its own time {used / REQUESTS * 1e6:.0f} us a request, {s.memory()} KiB in memory")
        return done.returncode


sys.exit(main())
