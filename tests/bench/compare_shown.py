"""What diffoscope shows of a pair (its --json), held against a comparison of evenhand: by file and kind.

diffoscope nests: each unit has a name (a file, or the command whose output differs), perhaps a diff of
lines, and units inside. A unit that is a command speaks of the file it lies in.
"""
import re
from typing import Iterator, NamedTuple

COMMAND = re.compile(r"^(readelf|objdump|strings|file list|stat |unsquashfs|zipinfo|cpio|lsattr|getfacl|superblock|"
                     r"zipdetails|filetype |bsdtar|metadata|nm |xxd|hexdump)")
LISTED = re.compile(r"^(?P<mode>[-dlcbpsh][-rwxsStT]{9})\s+(?P<owner>.*?)\s+(?P<size>\d+|\d+,\s*\d+)\s+"
                    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?)\s+(?P<name>.*)$")
# What a command shows of a program, and units of which one must be named for it.
UNITS = [
    (r"--file-header", {"ELF header", "section headers"}),
    (r"--program-header", {"program headers"}),
    (r"--sections", {"section headers"}),
    (r"--symbols", {".dynsym", ".symtab", ".dynstr", ".strtab"}),
    (r"--relocs", {".rel.dyn", ".rela.dyn", ".rel.plt", ".rela.plt", ".dynsym"}),
    (r"--dynamic", {".dynamic", ".dynstr"}),
    (r"--notes", {".note.gnu.build-id", ".note.ABI-tag", ".note.gnu.property"}),
    (r"--version-info", {".gnu.version", ".gnu.version_r", ".gnu.version_d", ".dynsym"}),
    (r"--debug-dump=frames", {".eh_frame", ".debug_frame"}),
]
SECTION = re.compile(r"(?:--hex-dump=|--string-dump=|--section=)(\S+)")
ADDRESS = re.compile(r"^[-+][0-9a-f]+ <.*>:$|^[-+]  0x[0-9a-f]+ ")


class Named(NamedTuple):
    """What a comparison names: causes and units of each file, where content stands alone."""
    causes: dict[str, set[str]]
    units: dict[str, set[str]]


def plain(name: str) -> str:
    return "/" + name.removeprefix("./").strip("/") if name not in (".", "./", "/") else "/"


def named(report: dict) -> Named:
    """Each difference counts for its own file and for those that this lies in; "" is the image."""
    out = Named({}, {})
    for d in report["differences"]:
        for side in filter(None, (d["left"], d["right"])):
            steps = [step.rstrip("/") or "/" for step in side["locator"].split("!") if step.startswith("/")]
            for path in [""] + steps:
                out.causes.setdefault(path, set()).add(d["cause"])
                out.units.setdefault(path, set()).add(d["unit"] or "")
    return out


def lines_of(diff: str, sign: str) -> list[str]:
    return [line[1:] for line in diff.splitlines() if line.startswith(sign) and not line.startswith(sign * 3)]


def listed(diff: str, sign: str) -> dict[str, re.Match]:
    rows = [LISTED.match(line) for line in lines_of(diff, sign)]
    return {plain(row["name"].split(" -> ")[0]): row for row in rows if row}


def lacks_of_list(diff: str, file: str, have: Named) -> Iterator[str]:
    """A list of entries: who came, who went, whose mode, owner, size or time is another."""
    left, right = listed(diff, "-"), listed(diff, "+")
    for path in sorted(left.keys() | right.keys()):
        causes = have.causes.get(path, set())
        if path not in left or path not in right:
            if not causes & {"file added", "file removed", "order", "kind"}:
                yield f"{file}{path}: {'added' if path in right else 'removed'}"
            continue
        a, b = left[path], right[path]
        around = have.causes.get(file, set())
        if a["mode"] != b["mode"] and not causes & {"mode", "kind"}:
            yield f"{file}{path}: mode"
        if a["owner"].split() != b["owner"].split() and not (causes | around) & {"owner", "device", "order"}:
            yield f"{file}{path}: owner"
        if a["size"] != b["size"] and not causes and a["mode"][0] == "-":
            yield f"{file}{path}: size"
        if a["time"] != b["time"] and not around & {"mtime", "timestamp"}:
            yield f"{file}{path}: time"


def lacks_of_command(command: str, diff: str, file: str, have: Named) -> Iterator[str]:
    units, section = have.units.get(file, set()), SECTION.search(command)
    if section:
        changed = [line for line in diff.splitlines() if line[:1] in ("-", "+") and line[1:].strip()]
        moved = all(ADDRESS.match(line) for line in changed)
        if section[1] not in units and not (moved and "section headers" in units):
            yield f"{file}: {section[1]}"
        return
    for pattern, wanted in UNITS:
        if re.search(pattern, command):
            if not units & wanted:
                yield f"{file}: {command.split(' {')[0]}"
            return
    if not have.causes.get(file):
        yield f"{file}: {command.split(' {')[0]}"


def is_inside(name: str, stream: str) -> bool:
    """Whether it is what a stream holds: named as this without its ending, or with "-content" behind."""
    name = name.rsplit("/", 1)[-1]
    return bool(stream) and (stream.startswith(name) or name == f"{stream}-content")


def lacks(unit: dict, file: str, stream: str, have: Named) -> Iterator[str]:
    """`file`: the innermost entry of ours that the unit lies in; `stream`: its name, where it is packed."""
    name = unit["source1"]
    diff = unit.get("unified_diff") or ""
    if COMMAND.match(name):
        of_list = bool(listed(diff, "-") or listed(diff, "+"))
        yield from (lacks_of_list if of_list else lambda d, f, h: lacks_of_command(name, d, f, h))(diff, file, have)
    else:
        if plain(name) in have.causes:
            file = plain(name)
        elif not is_inside(name, stream) and "/" + name != file:
            yield f"{plain(name)}: not named"
        if diff and not have.causes.get(file):
            yield f"{file}: content"
        stream = name.rsplit("/", 1)[-1]
    for inner in unit.get("details", []):
        yield from lacks(inner, file, stream, have)


def missed(shown: dict, report: dict) -> list[str]:
    have = named(report)
    out = []
    if shown.get("unified_diff") and not report["differences"]:
        out.append("content")
    for unit in shown.get("details", []):
        out += lacks(unit, "", shown["source1"].rsplit("/", 1)[-1], have)
    return sorted(set(out))
