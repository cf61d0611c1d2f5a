"""How long commands take: by the clock, and of the processor."""
import resource
import subprocess
import sys
import time
from typing import NamedTuple


class Spent(NamedTuple):
    wall: float
    cpu: float


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spent(*commands: list[str]) -> Spent:
    began, before = time.monotonic(), children()
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"bench: {' '.join(command)} ended with {done.returncode}")
    return Spent(time.monotonic() - began, children() - before)
