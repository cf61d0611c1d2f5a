#!/usr/bin/env python3
"""Every component that the index of the real images names is found in its image.

    real_components.py EVENHAND CORPUS/real

Each row is an image, what the index says of it, and the component that this means. A version stands
only where the index states one; such a component may have no other version there. A row whose
words the index no longer has is an error, and so is an image of the index without a row or a reason.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = """
ddwrt-v24-std-generic.bin | Linux 2.4.37; | linux_kernel | 2.4.37
ddwrt-v24-std-generic.bin | BusyBox v1.13.4 | busybox | 1.13.4
ddwrt-v24-std-generic.bin | Dropbear 0.52 | dropbear | 0.52
ddwrt-v24-std-generic.bin | olsrd 0.6.0 | olsrd | 0.6.0
ddwrt-v24-std-generic.bin | snmpd, | net-snmp |
ddwrt-v24-std-generic.bin | chilli, | chillispot |
ddwrt-v24-std-generic.bin | pptpd present | poptop |
ddwrt-v24-std-generic.bin | DD-WRT v24 | ddwrt |
dlink-dir300b5-2.15.b01.bin | Linux 2.6.33.2 | linux_kernel | 2.6.33.2
dlink-dir300b5-2.15.b01.bin | BusyBox v1.14.1 | busybox | 1.14.1
dlink-dir300b5-2.15.b01.bin | dnsmasq-2.45 | dnsmasq | 2.45
dlink-dir300b5-2.15.b01.bin | Mathopd/1.6b9 | mathopd | 1.6b9
dlink-dir300b5-2.15.b01.bin | uClibc 0.9.30.1 | uclibc | 0.9.30.1
docker-save-kaniko.tar | BusyBox v1.32.1 | busybox | 1.32.1
esp8266-nodemcu-0.9.5-integer.bin | NodeMCU 0.9.5 | nodemcu | 0.9.5
esp8266-nodemcu-0.9.5-integer.bin | Lua 5.1.4 | lua | 5.1.4
linksys-wrt54gv4-4.21.5.bin | Linux 2.4.20 (gcc | linux_kernel | 2.4.20
linksys-wrt54gv4-4.21.5.bin | BusyBox v0.60.0 | busybox | 0.60.0
linksys-wrt54gv4-4.21.5.bin | OpenSSL 0.9.6d | openssl | 0.9.6d
linksys-wrt54gv4-4.21.5.bin | dnsmasq 1.10 | dnsmasq | 1.10
linksys-wrt54gv4-4.21.5.bin | iptables 1.2.7a | iptables | 1.2.7a
linksys-wrt54gv4-4.21.5.bin | PPPoE 2.4.1 | ppp | 2.4.1
linksys-wrt54gv4-4.21.5.bin | cron, | vixie-cron |
linksys-wrt54gv4-4.21.5.bin | tftpd, | tftp-hpa |
linksys-wrt54gv4-4.21.5.bin | zebra, | zebra |
microbit-micropython-1.0.1.hex | micro:bit v1.0.1 | microbit-micropython | 1.0.1
microbit-micropython-1.0.1.hex | MicroPython v1.9.2 | micropython | 1.9.2
n745-ipcam-linux.zip | Linux 2.4.20-uc0 | linux_kernel | 2.4.20
n745-ipcam-romfs.img | pppd, | ppp |
n745-ipcam-romfs.img | dhcpcd, | dhcpcd |
n745-ipcam-romfs.img | wpa_supplicant, | wpa_supplicant |
n745-ipcam-romfs.img | iwconfig in /bin | wireless-tools |
netgear-wnr2000v5-1.0.0.34.zip | Linux 2.6.31 (gcc | linux_kernel | 2.6.31
netgear-wnr2000v5-1.0.0.34.zip | BusyBox v1.4.2 | busybox | 1.4.2
netgear-wnr2000v5-1.0.0.34.zip | dnsmasq-2.39 | dnsmasq | 2.39
netgear-wnr2000v5-1.0.0.34.zip | pppd 2.4.3 | ppp | 2.4.3
netgear-wnr2000v5-1.0.0.34.zip | hostapd v2.0-devel | hostapd | 2.0-devel
netgear-wnr2000v5-1.0.0.34.zip | miniupnpd/1.0 | miniupnpd | 1.0
netgear-wnr2000v5-1.0.0.34.zip | uhttpd/1.0.0 | uhttpd | 1.0.0
netgear-wnr2000v5-1.0.0.34.zip | uClibc 0.9.30.1 | uclibc | 0.9.30.1
netgear-wnr2000v5-1.0.0.34.zip | /usr/sbin/utelnetd | utelnetd |
opensbi-1.1-fw_dynamic.bin | OpenSBI v%d.%d | opensbi |
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | LEDE 17.01.7 | openwrt | 17.01.7
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | busybox 1.25.1-4 | busybox | 1.25.1-4
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | dnsmasq 2.78-6 | dnsmasq | 2.78-6
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | dropbear 2017.75-5 | dropbear | 2017.75-5
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | kernel 4.4.182-1 | kernel | 4.4.182-1
openwrt-lede-17.01.7-tl-wr703n-sysupgrade.bin | Linux 4.4.182 (gcc | linux_kernel | 4.4.182
seabios-1.16.2-bios-256k.bin | SeaBIOS strings | seabios |
tplink-mr3020-u-boot.srec | U-Boot 1.1.4 | u-boot | 1.1.4
tplink-wr-vxworks.bin | VxWorks 5.5.1 | vxworks | 5.5.1
tplink-wr-vxworks.bin | wpa_supplicant strings | wpa_supplicant |
u-boot-2023.01-dockstar.kwb | U-Boot 2023.01 | u-boot | 2023.01
vsol-v2801f-1.9.0-240614.tar | BusyBox v1.12.4 | busybox | 1.12.4
vsol-v2801f-1.9.0-240614.tar | Boa 0.93.15 | boa | 0.93.15
vsol-v2801f-1.9.0-240614.tar | uClibc 0.9.30.3 | uclibc | 0.9.30.3
vsol-v2801f-1.9.0-240614.tar | Linux 2.6.30.9 | linux_kernel | 2.6.30.9
wyze-cam-v2-4.9.1.60-rootfs.bin | BusyBox v1.22.1 | busybox | 1.22.1
wyze-cam-v2-4.9.1.60-rootfs.bin | uClibc 0.9.33.2 | uclibc | 0.9.33.2
wyze-cam-v2-4.9.1.60-rootfs.bin | mbedTLS libraries | mbedtls |
android-boot-issue54.img.xz | Magisk: | magisk |
"""
NONE = {  # images of which the index names no component
    "android-sparse-ext3.simg", "bosch-me7-06a906032ar.bin", "escam-g02-conf.jffs2", "ovmf-2022.11-vars-4m-ms.fd",
    "rauc-good-verity-bundle.raucb", "ubi-ubifs-sample.ubi", "wyze-cam-v2-rtsp-4.28.4.49-rootfs.bin",
    "zigbee-ikea-tradfri-dimmer.ota",
}
WRONG = {  # what the index says must not be reported
    "android-boot-issue54.img.xz": "linux_kernel", "wyze-cam-v2-rtsp-4.28.4.49-rootfs.bin": "dropbear",
}


def is_version(found: str, wanted: str) -> bool:
    """A package's revision may follow."""
    return found == wanted or found.startswith(f"{wanted}-")


def components(evenhand: str, image: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([evenhand, "scan", "--quiet", "-o", f"{tmp}/r.json", image], check=False)
        for c in json.loads(Path(tmp, "r.json").read_text())["facts"]["components"]:
            found.setdefault(c["name"], set()).add(c["version"] or "")
    return found


def main() -> int:
    evenhand, real = sys.argv[1], Path(sys.argv[2])
    index = (real / "INDEX.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")] for line in ROWS.strip().split("\n")]
    wrong = 0
    for image in sorted(p.name for p in real.iterdir() if p.name != "INDEX.md"):
        wanted = [row for row in rows if row[0] == image]
        if bool(wanted) == (image in NONE):
            print(f"{image}: neither a row nor a reason")
            wrong += 1
        found = components(evenhand, real / image)
        said = "\n".join(part for part in index.split("\n") if part.startswith(f"| {image} ")) + \
            index.split(f"### {image}\n", 1)[-1].split("###")[0]
        for _, words, name, version in wanted:
            if words not in said:
                print(f"{image}: the index does not say {words!r}")
            elif name not in found or (version and not any(is_version(v, version) for v in found[name])):
                print(f"{image}: {name} {version} is not found; {sorted(found.get(name, []))}")
            else:
                continue
            wrong += 1
        if WRONG.get(image) in found:
            print(f"{image}: {WRONG[image]} must not be there")
            wrong += 1
    print(f"{len(rows)} components of the index, {wrong} wrong or not found")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
