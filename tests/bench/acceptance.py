#!/usr/bin/env python3
"""Processor time of an offline verification: a bundle with five cosignatures out of a log of a million entries, the
image neither read nor hashed. acceptance.py PROGRAM... (as evenhand has it, as evenhand-verify has it)"""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))
import bundles  # noqa: E402

ENTRIES, TIMES = 1_000_000, 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        image = b"firmware"
        for kind, p256 in (("P-256", True), ("Ed25519", False)):
            log = bundles.Log(folder, witnesses=("vendor", "operator", "lab", "government", "users"))
            lab = bundles.Key(folder, "lab.example", p256=p256)
            log.fill(ENTRIES // 3)
            log.add(bundles.evaluation(image, lab), lab)
            log.fill(ENTRIES - len(log.leaves))
            files = {"bundle": bundles.lines_of(log.bundles(1795600000)), "policy": log.policy("5"), "image": image.decode(),
                     "rules": lab.roster("lab") + "need 1 lab evaluation\nallow review all\nallow opaque all\nage 30\n"}
            for name, text in files.items():
                (folder / name).write_text(text)
            paths = [folder / name for name in ("bundle", "policy", "rules", "image")]
            for program in sys.argv[1:]:
                took = sorted(int(subprocess.run([program, *paths, str(TIMES)], capture_output=True, text=True,
                                                 check=True).stdout) for _ in range(5))
                print(f"{Path(program).name:20} statement of {kind:8} {took[2]:6,} us of processor time a judgement "
                      f"(median of 5 runs of {TIMES:,})", flush=True)


main()
