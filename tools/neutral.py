#!/usr/bin/env python3
"""neutral.py: no rule asks who made an image. Fails where src/observe or src/judge name a vendor, in
code or in texts; rows of data/ with a public reference are the only place for vendors' names, and
formats bear the names that they have. Comments may say what is met in the field."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("observe", "judge")
# Vendors of headers and of equipment that the table of default passwords may not name, and countries:
# nobody may ask where, either.
MORE = """aruba arista asus avm broadcom buffalo calix cambium ciena cisco commscope d-link dlink draytek
edgecore engenius ericsson fiberhome fortinet freebox fujitsu hikvision hirschmann hpe huawei infinera
ip-com juniper linksys mediatek meraki mercusys mikrotik moxa netgear nokia opengear palo-alto peplink
phicomm realtek ruckus ruijie sagemcom samsung sercomm siemens technicolor tenda tp-link tplink
trendnet ubiquiti ufispace wyze xiaomi zte zyxel america american china chinese european korea korean
russia russian taiwan usa""".split()
# Vendors whose names are words of the trade, and what they mean here.
WORDS = {
    "-": "no vendor", "all": "a word", "any": "a word", "check": "a verb", "generic": "a word",
    "next": "a word", "symbol": "of an executable", "intel": "a processor's architecture",
    "arm": "a processor's architecture", "open": "a word", "advance": "a verb", "test": "a word",
    "ge": "a comparison of shells",
}
# Names of files, variables and package ecosystems of an open system, whoever ships it.
FILES = {("observe/identity.c", "openwrt"), ("judge/vulnerability_key.c", "openwrt")}


def vendors() -> set[str]:
    lines = [l.split("\t") for l in (ROOT / "data/default-passwords.tsv").read_text().splitlines()
             if l and not l.startswith("#")]
    at = lines[0].index("vendor")
    names = {row[at].lower() for row in lines[1:]} | set(MORE)
    return {n for n in names if len(n) > 1 and n not in WORDS}


def main() -> int:
    names = vendors()
    # Longest first: "d-link" before "link".
    pattern = re.compile("(?<![a-z0-9])(?:" + "|".join(
        re.escape(n) for n in sorted(names, key=lambda n: (-len(n), n))) + ")(?![a-z0-9])")
    wrong = []
    for room in ROOMS:
        for path in sorted((ROOT / "src" / room).glob("*.[ch]")):
            text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), path.read_text(),
                          flags=re.S)
            for number, line in enumerate(text.lower().replace("_", " ").split("\n"), 1):
                for name in pattern.findall(line):
                    if (f"{room}/{path.name}", name) not in FILES:
                        wrong.append(f"src/{room}/{path.name}:{number}: names a vendor: {name}")
    print("\n".join(wrong) or f"neutral: no vendor of {len(names)} is named in {' or '.join(ROOMS)}/")
    return bool(wrong)


sys.exit(main())
