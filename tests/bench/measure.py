"""How long commands take: by the clock, and of the processor."""
import os
import subprocess
import sys
import time
from typing import NamedTuple


class Spent(NamedTuple):
    wall: float
    cpu: float


def spent(*commands: list[str]) -> Spent:
    began, before = time.monotonic(), os.times()
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"bench: {' '.join(command)} ended with {done.returncode}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(time.monotonic() - began, cpu or 0.01)
