#!/bin/sh
# Makes the samples of LUKS, dm-verity and RAUC anew: make_crypt.sh SAMPLES. Needs cryptsetup-bin, rauc,
# squashfs-tools, openssl, python3. Keys and salts of LUKS and RAUC are drawn anew each time.
set -eu
out=$(realpath "$1")/crypt
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
uuid=11111111-2222-3333-4444-555555555555

luks() {
	name=$1
	size=$2
	kept=$3
	shift 3
	truncate -s "$size" "$name"
	printf pw | cryptsetup luksFormat --batch-mode --uuid "$uuid" --pbkdf-force-iterations 1000 "$@" "$name" -
	head -c "$kept" "$name" | gzip -9nc >"$out/$name.gz"
}
luks luks1 4M 4096 --type luks1 --cipher aes-cbc-essiv:sha256 --key-size 256
luks luks2 20M 20480 --type luks2 --cipher aes-xts-plain64 --pbkdf pbkdf2 --hash sha512

# 100 blocks of 512 bytes: numbers of four bytes that count on.
python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<12800I", *range(12800)))' >data
verity() {
	name=$1
	shift
	veritysetup format data "$name" --uuid "$uuid" --salt 0123456789abcdef --data-block-size 512 "$@" >log
	gzip -9nc "$name" >"$out/$name.gz"
}
verity sha1.verity --format 0 --hash sha1 --hash-block-size 512
verity sha256.verity --hash sha256 --hash-block-size 512
verity sha512.verity --hash sha512 --hash-block-size 1024
verity sha384.verity --hash sha384 --hash-block-size 4096

mkdir content
cp sha512.verity content/rootfs.img # a bundle must have more than one block
cat >content/manifest.raucm <<END
[update]
compatible=Small
version=1
[bundle]
format=verity
[image.rootfs]
filename=rootfs.img
END
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 36500 -subj /CN=small 2>/dev/null
rauc bundle --cert cert.pem --key key.pem --keyring cert.pem content small.raucb >log 2>&1 || { cat log; exit 1; }
gzip -9nc small.raucb >"$out/small.raucb.gz"
