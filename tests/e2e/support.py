"""What the end-to-end tests share: running evenhand, and a line for each case."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build/release/evenhand"
SANITIZED = ROOT / "build/test/evenhand"
SAMPLE = ROOT / "samples/acme-ar7.bin"
CORPUS = Path(os.environ["EVENHAND_CORPUS"]) if os.environ.get("EVENHAND_CORPUS") else None
_failed = 0


def check(what: str, holds: bool, why: object = "") -> bool:
    """One case: a line that tests/run.py counts."""
    global _failed
    print(f"{'ok' if holds else 'not ok'} {what}" + (f": {why}" if why and not holds else ""), flush=True)
    _failed += not holds
    return holds


def end() -> None:
    sys.exit(1 if _failed else 0)


def run(*arguments, program: Path = RELEASE, **options) -> subprocess.CompletedProcess:
    """evenhand with these arguments; output as bytes."""
    options.setdefault("timeout", 120)
    return subprocess.run([program, *map(str, arguments)], capture_output=True,
                          stdin=options.pop("stdin", subprocess.DEVNULL), **options)


def report(image: Path, *arguments, program: Path = RELEASE) -> tuple[int, dict, bytes]:
    """The JSON report of an image: exit code, report, its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "r.json"
        done = run("scan", "--quiet", "-o", out, *arguments, image, program=program)
        raw = out.read_bytes() if out.exists() else b"{}"
        if not out.exists():
            print(done.stderr.decode(errors="replace")[:500])
        return done.returncode, json.loads(raw), raw
