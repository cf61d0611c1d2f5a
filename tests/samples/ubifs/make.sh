#!/bin/sh
# Makes the samples that mkfs.ubifs writes, as root: make.sh FOLDER. Needs mtd-utils, libcap2-bin,
# python3. The tree is that of tests/tools/make_archives.sh, and a sparse file.
set -eu
out=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC SOURCE_DATE_EPOCH=1612325106
mkdir -p "$work/tree/dir/deep"
cd "$work/tree"
seq 1 300 >a.txt
echo first >dir/one
ln dir/one dir/two
ln -s a.txt link
mknod null c 1 3
mknod disk b 179 300
mkfifo pipe
printf tiny >dir/deep/inline
python3 - <<'EOF'
import os, socket
os.setxattr("a.txt", "user.key", b"value")
socket.socket(socket.AF_UNIX).bind("sock")
with open("sparse", "wb") as f:
    f.write(b"head")
    f.seek(40000)
    f.write(b"tail")
EOF
chown 70000:80000 a.txt
chmod 4755 a.txt
find . -exec touch -h -d '2021-02-03 04:05:06.789 UTC' {} +
make() {
	name=$1
	shift
	mkfs.ubifs -m 8 -e 15360 -c 40 -r . -o "$work/$name" "$@"
	gzip -9n <"$work/$name" >"$out/$name.gz"
}
for method in none lzo zlib zstd; do
	make "good-$method.ubifs" -x $method
done
seq 1000 1020 | head -c 64 >"$work/key"
make odd-encrypted.ubifs --key="$work/key" --key-descriptor=0011223344556677 --cipher=AES-256-XTS
