#!/usr/bin/env python3
"""How many statements a log takes in over HTTP in a second: log_http.py EVENHAND LOAD. Signatures (P-256) are
verified, each request waits until its entry is durable and under a signed checkpoint; the disk is TMPDIR's."""
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
from serving import Server  # noqa: E402
from log_scene import Scene, add, make_witness, policy_of, size_of  # noqa: E402

CONNECTIONS, REQUESTS = (1, 32, 256), (200, 20000, 40000)


def witnessed(d: Path) -> None:
    """From sending to the answer, and to a public checkpoint that two of three witnesses have cosigned."""
    scene, answers, public = Scene(d), [], []
    with ExitStack() as all_of:
        witnesses = []
        for name in ("w1", "w2", "w3"):
            folder, vkey = make_witness(scene, name)
            w = all_of.enter_context(Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", folder))
            witnesses.append((vkey, f"http://{w.address}"))
        policy = policy_of(scene, witnesses, 2)
        s = all_of.enter_context(Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--policy", policy,
                                        scene.log))
        for size, envelope in enumerate([scene.claim(f"Claim {i}.") for i in range(30)], 1):
            start = time.monotonic()
            add(s, envelope)
            answers.append(time.monotonic() - start)
            while size_of(s) < size:
                time.sleep(0.002)
            public.append(time.monotonic() - start)
    print(f"three witnesses: answered within {median(answers) * 1e3:.0f} ms (worst {max(answers) * 1e3:.0f}), public with a "
          f"quorum within {median(public) * 1e3:.0f} ms (worst {max(public) * 1e3:.0f}), of {len(public)}")


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
    with tempfile.TemporaryDirectory() as folder:
        witnessed(Path(folder))
    return worst


sys.exit(main())
