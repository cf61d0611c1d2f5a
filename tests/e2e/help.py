"""Help, manual and completion name the same commands and options, within 80 columns."""
import re
import subprocess

from support import RELEASE, ROOT, check, end

COMPLETION = (ROOT / "completion/evenhand.bash").read_text()
MANUAL = (ROOT / "man/evenhand.1").read_text().replace("\\-", "-")


def commands() -> list[str]:
    """As completion offers them: a group by its words."""
    groups = dict(re.findall(r"\[(\w+)\]='([^']+)'", COMPLETION))
    first = re.search(r"words='([^']+)'", COMPLETION)[1].split()
    return [name for word in first if word != "--help"
            for name in ([f"{word} {w}" for w in groups[word].split()]
                         if word in groups and word != "knowledge" else [word])]


def completed(name: str) -> set[str]:
    """The options that the shell offers behind a command."""
    words = [str(RELEASE), *name.split(), "-"]
    script = (f"source {ROOT}/completion/evenhand.bash; COMP_WORDS=({' '.join(words)}); "
              f"COMP_CWORD={len(words) - 1}; _evenhand; " 'printf "%s\\n" "${COMPREPLY[@]}"')
    return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              check=True).stdout.split())


def main() -> None:
    overview = subprocess.run([RELEASE, "--help"], capture_output=True, text=True).stdout
    wide = [line for line in overview.split("\n") if len(line) > 80]
    check("--help in 80 columns", overview and not wide, wide)
    for name in commands():
        done = subprocess.run([RELEASE, *name.split(), "--help"], capture_output=True, text=True)
        lines = done.stdout.split("\n")
        wide = [line for line in lines if len(line) > 80]
        check(f"{name} --help", done.returncode == 0 and done.stdout.startswith(f"evenhand {name}"),
              done.stderr)
        check(f"{name} --help in 80 columns", not wide, wide)
        check(f"{name} is in the manual", f".B evenhand {name}" in MANUAL)
        options = re.findall(r"^  (--?[a-z][-a-z]*) ", done.stdout, re.M)
        offered = completed(name)
        check(f"the shell completes the options of {name}", offered == set(options) | {"--help"},
              offered ^ set(options))
        check(f"{name} is in the overview", re.search(rf"\b{name.split()[0]}\b", overview))
        missing = [o for o in options if not re.search(rf"{o}(?![-a-z])", MANUAL)]
        check(f"the options of {name} are in the manual", not missing, missing)
    for group in ("log", "witness", "key", "policy"):
        done = subprocess.run([RELEASE, group, "--help"], capture_output=True, text=True)
        told = set(re.findall(rf"^evenhand ({group} [-a-z]+)", done.stdout, re.M))
        offered = {name for name in commands() if name.startswith(f"{group} ")}
        check(f"completion offers the words of {group}", told == offered, told ^ offered)
    done = subprocess.run([RELEASE, "log", "fidn"], capture_output=True, text=True)
    check("a word that is not there", done.returncode == 2 and "log find" in done.stderr, done.stderr)
    done = subprocess.run([RELEASE, "log"], capture_output=True, text=True)
    check("a group alone", done.returncode == 2 and "log find" in done.stdout)


main()
end()
