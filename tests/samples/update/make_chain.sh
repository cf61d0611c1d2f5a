#!/bin/sh
# Makes chain.itb, an image that mkimage (U-Boot 2023.01) signed, chain.dtb, a device tree in which it requires
# the key, and chain.crt, the key's certificate. The private key is thrown away: run anew, all of it changes.
set -eu
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl req -batch -new -x509 -newkey rsa:2048 -nodes -keyout chain.key -out chain.crt -subj "/CN=chain" -days 36500
printf '/dts-v1/;\n/ { model = "acme"; };\n' | dtc -q -O dtb -p 4096 -o chain.dtb
mkdir etc
echo acme >etc/hostname
echo etc/hostname | cpio -o -H newc --reproducible -R 0:0 >root.cpio
cat >chain.its <<'END'
/dts-v1/;
/ { description = "acme"; #address-cells = <1>;
images { root { data = /incbin/("root.cpio"); type = "ramdisk"; arch = "arm"; os = "linux"; compression = "none";
	hash-1 { algo = "sha256"; }; }; };
configurations { default = "one"; one { ramdisk = "root";
	signature-1 { algo = "sha256,rsa2048"; key-name-hint = "chain"; sign-images = "ramdisk"; }; }; };
};
END
mkimage -f chain.its -k . -K chain.dtb -r chain.itb
cp chain.itb chain.dtb chain.crt "$out"
