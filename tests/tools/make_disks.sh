#!/bin/sh
# Makes the samples of disk file systems and disk images anew with the reference tools of Debian 12,
# as root: make_disks.sh SAMPLES. Needs util-linux-extra (mkfs.cramfs),
# genromfs.
set -eu
out=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC SOURCE_DATE_EPOCH=1612325106

cd "$work"
mkdir -p tree/dir/deep
cd tree
seq 1 300 >a.txt
echo first >dir/one
ln -s a.txt link
mknod null c 1 3
mknod disk b 179 200
mkfifo pipe
printf tiny >dir/deep/inline
printf head >sparse
truncate -s 40000 sparse
printf tail >>sparse
: >empty
chown 700:80 a.txt
chmod 4755 a.txt
find . -exec touch -h -d '2021-02-03 04:05:06 UTC' {} +
cd ..

mkdir -p "$out/cramfs"
mkfs.cramfs -z -N little -n small -e 7 tree "$out/cramfs/le.cramfs"
mkfs.cramfs -z -N big -n small -e 7 tree "$out/cramfs/be.cramfs"
mkfs.cramfs -z -p -N little tree "$out/cramfs/boot.cramfs"
mkfs.cramfs -z -b 16384 -N little tree "$out/cramfs/pages.cramfs"

mkdir -p "$out/romfs"
cp -a tree romtree
rm romtree/sparse
ln romtree/dir/one romtree/dir/two
genromfs -V small -d romtree -f "$out/romfs/small.romfs"
