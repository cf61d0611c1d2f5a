#!/usr/bin/env python3
"""Runs the tests: unit tests of both builds, fuzz corpora, end-to-end tests. Ends with
"N passed, N failed". Started by `make test`, in the repository's root."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

BUILDS = ("test", "plain")
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
               "UBSAN_OPTIONS": "print_stacktrace=1", "LC_ALL": "C.UTF-8"}


def unit(program: Path) -> tuple[int, int, str]:
    """cmocka prints a line for each case."""
    done = subprocess.run([program], capture_output=True, text=True, errors="replace",
                          env=ENVIRONMENT, timeout=900)
    output = done.stdout + done.stderr
    passed = len(re.findall(r"^\[       OK \]", output, re.M))
    failed = len(set(re.findall(r"^\[  FAILED  \] (\S+)$", output, re.M)))
    if done.returncode and not failed:
        failed = 1
    return passed, failed, f"{program}: exit {done.returncode}\n{output}" if failed else ""


def script(path: Path) -> tuple[int, int, str]:
    """An end-to-end test prints "ok WHAT" or "not ok WHAT" lines, and "skip WHY"."""
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, errors="replace",
                          env=ENVIRONMENT, timeout=1800)
    passed = len(re.findall(r"^ok ", done.stdout, re.M))
    failed = len(re.findall(r"^not ok ", done.stdout, re.M))
    for line in re.findall(r"^skip .*", done.stdout, re.M):
        print(f"{path.name}: {line}")
    if done.returncode and not failed:
        failed = 1
    return passed, failed, f"{path}: exit {done.returncode}\n{done.stdout}{done.stderr}" if failed else ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--unit", help="only unit tests of this name")
    wanted = parser.parse_args().unit
    sources = sorted(Path("tests/unit").glob("*/*.c"))
    jobs = [(unit, Path("build") / build / source.with_suffix("")) for build in BUILDS
            for source in sources if not wanted or source.stem == wanted]
    if not wanted:
        jobs += [(script, path) for path in sorted(Path("tests/e2e").glob("[a-z]*.py"))
                 if path.name not in ("support.py", "serving.py", "log_scene.py", "webdriver.py", "world.py")]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for future in [pool.submit(run, path) for run, path in jobs]:
            good, bad, output = future.result()
            passed += good
            failed += bad
            if output:
                print(output)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
