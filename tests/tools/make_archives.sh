#!/bin/sh
# Makes tests/samples/archives and tests/samples/ext anew with the reference tools of Debian 12, as
# root: make_archives.sh SAMPLES. Needs cpio, zip, p7zip-full, gcab,
# libarchive-tools, binutils, rpm, e2fsprogs, libcap2-bin, python3.
set -eu
out=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archives=$out/archives
long=$(printf 'n%.0s' $(seq 1 120))
export TZ=UTC SOURCE_DATE_EPOCH=1612325106

cd "$work"
mkdir -p tree/dir/deep "tree/dir/$long"
cd tree
seq 1 300 >a.txt
echo first >dir/one
ln dir/one dir/two
ln -s a.txt link
ln -s "$(printf 'x%.0s' $(seq 1 70))" longlink
mknod null c 1 3
mknod disk b 179 300
mkfifo pipe
printf tiny >dir/deep/inline
echo long >"dir/$long/$long"
chown 70000:80000 a.txt
chmod 4755 a.txt
setcap cap_net_raw+ep dir/one
python3 -c 'import os; os.setxattr("a.txt", "user.key", b"value")'
find . -exec touch -h -d '2021-02-03 04:05:06.789 UTC' {} +
find . -mindepth 1 | LC_ALL=C sort >../all
grep -v nnn ../all >../short

pack() {
	tar --no-recursion --numeric-owner -b1 -c "$@"
}
pack --format=v7 -T ../short -f "$archives/v7.tar" 2>/dev/null || true
pack --format=ustar -T ../short -f "$archives/ustar.tar"
pack --format=gnu -T ../all -f "$archives/gnu.tar"
pack --format=pax --xattrs --xattrs-include='*' -T ../all -f "$archives/pax.tar" \
	--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime
bsdtar --format=pax --xattrs --numeric-owner -n -b 1 -cf "$archives/libarchive.tar" a.txt dir/one
for format in newc crc odc bin; do
	cpio --quiet --reproducible -o -H $format <../all >"$archives/$format.cpio"
done
cpio --quiet -o -H newc <../short | head -c 700 >"$archives/cut.cpio"
zip -qry "$archives/deflate.zip" a.txt dir link
zip -qr0 "$archives/stored.zip" a.txt
zip -q -P secret "$archives/encrypted.zip" a.txt
zip -q -fz "$archives/zip64.zip" - <a.txt
7z a -bd -y -mm=LZMA "$archives/lzma.zip" a.txt >/dev/null
7z a -bd -y -mm=BZip2 "$archives/bzip2.zip" a.txt >/dev/null
head -c 600 "$archives/deflate.zip" >"$archives/cut.zip"
7z a -bd -y "$archives/tree.7z" a.txt dir >/dev/null
7z a -bd -y -psecret "$archives/encrypted.7z" a.txt dir >/dev/null
7z a -bd -y -psecret -mhe=on "$archives/encrypted-names.7z" a.txt dir >/dev/null
gcab -c -z "$archives/tree.cab" a.txt dir/one
name=$(printf 'e\314\201te')
printf x >"$name"
touch -d '2021-02-03 04:05:06 UTC' "$name"
7z a -bd -y "$archives/nfd.7z" a.txt dir "$name" >/dev/null
7z a -bd -y -mhc=off "$archives/plainheader.7z" a.txt dir "$name" >/dev/null
gcab -c "$archives/nfd.cab" a.txt dir/one "$name"
rm "$name"
cp -p a.txt a_name_of_more_than_sixteen.txt
ar rcU "$archives/gnu.a" a.txt a_name_of_more_than_sixteen.txt
rm a_name_of_more_than_sixteen.txt
cat >../small.spec <<'SPEC'
Name: small
Version: 1.2
Release: 3
Summary: a sample
License: CC0-1.0
BuildArch: noarch
%description
%install
install -D -m 640 /dev/null %{buildroot}/etc/small.conf
%files
/etc/small.conf
SPEC
rpmbuild --quiet -bb --define "_topdir $work/rpm" --define '_buildhost none' \
	--define '_binary_payload w9.gzdio' ../small.spec
cp "$work/rpm/RPMS/noarch/small-1.2-3.noarch.rpm" "$archives/small.rpm"

# Sparse files: 4 bytes, a hole, 4 bytes.
printf head >sparse
truncate -s 40000 sparse
printf tail >>sparse
for version in 0.0 0.1 1.0; do
	tar --format=pax -b1 -S --sparse-version=$version -cf "$archives/sparse-$version.tar" sparse
done
tar --format=gnu -b1 -S -cf "$archives/sparse-old.tar" sparse

image() {
	name=$1
	shift
	truncate -s 64K "$out/ext/$name.img"
	mke2fs -q -F -d . -b 1024 -N 32 -O ^resize_inode,^has_journal "$@" "$out/ext/$name.img" 2>/dev/null
	e2fsck -fn "$out/ext/$name.img" >/dev/null 2>&1
}
image ext2 -t ext2 -I 128
image ext4 -t ext4 -I 256 -O 64bit,flex_bg
image inline -t ext4 -I 256 -O inline_data
image metabg -t ext4 -I 256 -O meta_bg,^flex_bg,ea_inode -g 256
