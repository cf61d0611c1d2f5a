#!/bin/sh
# Makes tests/samples/update: a device tree into which mkimage (U-Boot) put two public keys, one of
# them required, and the digests that openssl gives of them. Keys are new each time.
set -eu
out=${1:-tests/samples/update}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
for name in dev spare; do
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/$name.key"
	openssl req -batch -new -x509 -key "$work/$name.key" -subj "/CN=$name" -out "$work/$name.crt"
done
printf '/dts-v1/;\n/ { model = "keys"; };\n' >"$work/control.dts"
dtc -q -I dts -O dtb -p 4096 -o "$work/control.dtb" "$work/control.dts"
echo kernel >"$work/kernel"
sign() { # NAME OPTION...
	name=$1
	shift
	cat >"$work/$name.its" <<-END
		/dts-v1/;
		/ { description = "$name"; #address-cells = <1>;
		images { kernel-1 { description = "k"; data = /incbin/("$work/kernel"); type = "kernel";
		arch = "arm"; os = "linux"; compression = "none"; load = <0>; entry = <0>;
		hash-1 { algo = "sha256"; }; }; };
		configurations { default = "conf-1"; conf-1 { kernel = "kernel-1";
		signature-1 { algo = "sha256,rsa2048"; key-name-hint = "$name"; sign-images = "kernel"; }; }; };
		};
	END
	mkimage -f "$work/$name.its" -k "$work" -K "$work/control.dtb" "$@" "$work/$name.itb" >/dev/null
}
sign dev -r
sign spare
cp "$work/control.dtb" "$out/keys.dtb"
for name in dev spare; do
	printf '%s ' "$name"
	openssl pkey -in "$work/$name.key" -pubout -outform DER | sha256sum | cut -d' ' -f1
done
