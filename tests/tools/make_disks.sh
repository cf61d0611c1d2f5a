#!/bin/sh
# Makes the samples of disk file systems and disk images anew with the reference tools of Debian 12,
# as root: make_disks.sh SAMPLES. Needs util-linux-extra (mkfs.cramfs),
# genromfs, dosfstools, mtools, fdisk (sfdisk), exfatprogs, python3,
# android-sdk-libsparse-utils, qemu-utils, mkbootimg, cpio,
# erofs-utils, makefs.
set -eu
out=$(realpath "$1")
tools=$(realpath "$(dirname "$0")")
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

# FAT: of the tree what it can hold, a deleted file, a long name beyond ASCII.
mkdir -p "$out/fat"
fat() {
	name=$1
	sectors=$2
	shift 2
	truncate -s "$((sectors * 512))" "$name.fat"
	mkfs.fat -n SMALL -i 12345678 "$@" "$name.fat" >/dev/null
	mcopy -m -s -i "$name.fat" tree/dir tree/a.txt tree/empty tree/sparse ::
	mcopy -m -i "$name.fat" tree/dir/one "::grün and more than eight.txt"
	mcopy -m -i "$name.fat" tree/dir/one ::gone.txt
	mdel -i "$name.fat" ::gone.txt
	gzip -9nc "$name.fat" >"$out/fat/$name.fat.gz"
}
export LC_ALL=C.UTF-8
fat fat12 160 -F 12 -s 1 -r 16
fat fat16 4200 -F 16 -s 1 -r 16
fat fat32 68000 -F 32 -s 1 -f 1
head -c 384K fat32.fat | gzip -9nc >"$out/fat/fat32.fat.gz" # zeros follow

# A disk with two primary and two logical partitions, a volume in the first and in the last.
mkdir -p "$out/mbr"
truncate -s 512K disk.img
sfdisk -q --no-reread disk.img <<'TABLE' >/dev/null 2>&1
label: dos
label-id: 0x12345678
unit: sectors
1: start=8, size=160, type=1, bootable
2: start=168, size=8, type=83
3: start=176, size=800, type=5
5: start=184, size=40, type=83
6: start=232, size=160, type=1
TABLE
dd if=fat12.fat of=disk.img bs=512 seek=8 conv=notrunc status=none
dd if=fat12.fat of=disk.img bs=512 seek=232 conv=notrunc status=none
gzip -9nc disk.img >"$out/mbr/logical.img.gz"

mkdir -p "$out/exfat"
cp -a tree extree
printf 'head' >extree/sparse
truncate -s 20000 extree/sparse
mv extree/dir/one "extree/dir/grün and 😀"
truncate -s 1M small.exfat
mkfs.exfat -L Small -c 1K -b 4K small.exfat >/dev/null
python3 "$tools/fill_exfat.py" small.exfat extree
fsck.exfat -n small.exfat >/dev/null
gzip -9nc small.exfat >"$out/exfat/small.exfat.gz"

# A disk of 256 KiB: a raw block, a filled one, holes, a raw one.
mkdir -p "$out/simg"
{
	seq 1 700
	head -c 8000 /dev/zero | tr '\0' U
} | head -c 8192 >plain.disk
truncate -s 200K plain.disk
seq 701 1400 | head -c 2048 >>plain.disk
truncate -s 256K plain.disk
img2simg plain.disk plain.simg 4096
python3 "$tools/make_simg.py" plain.simg "$out/simg/small.simg"
gzip -9nc plain.disk >"$out/simg/plain.disk.gz"

# The same disk in every image that QEMU makes of it.
mkdir -p "$out/disk"
convert() {
	name=$1
	format=$2
	shift 2
	qemu-img convert -f raw -O "$format" "$@" plain.disk "$name"
	gzip -9nc "$name" >"$out/disk/$name.gz"
}
convert v2.qcow2 qcow2 -o compat=0.10,cluster_size=4K
convert v3.qcow2 qcow2 -o compat=1.1,cluster_size=4K
convert zlib.qcow2 qcow2 -c -o cluster_size=4K
convert zstd.qcow2 qcow2 -c -o cluster_size=4K,compression_type=zstd
convert parts.qcow2 qcow2 -o cluster_size=16K,extended_l2=on
convert dynamic.vdi vdi
convert fixed.vdi vdi -o static=on
convert dynamic.vhd vpc -o force_size=on
convert fixed.vhd vpc -o subformat=fixed,force_size=on
convert dynamic.vhdx vhdx -o block_size=1M,log_size=1M
convert fixed.vhdx vhdx -o subformat=fixed,block_size=1M,log_size=1M
convert sparse.vmdk vmdk
convert stream.vmdk vmdk -o subformat=streamOptimized
qemu-img create -q -f qcow2 -F raw -b plain.disk over.qcow2
gzip -9nc over.qcow2 >"$out/disk/over.qcow2.gz"
qemu-img convert -f raw -O qcow2 --object secret,id=s,data=secret \
	-o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10,cluster_size=64K plain.disk luks.qcow2
head -c 128K luks.qcow2 | gzip -9nc >"$out/disk/luks.qcow2.gz" # its header

mkdir -p "$out/android"
cd "$work"
seq 1 100 >kernel
# Its divisions want whole numbers in Python 3.
sed 's| / | // |' "$(command -v mkbootimg)" >mkbootimg.py
(cd tree && find . -type f -size -4k | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc) | gzip -9n >ramdisk
echo second >second
cp kernel recovery
boot() {
	name=$1
	shift
	python3 mkbootimg.py "$@" --board small --cmdline 'console=ttyS0' --os_version 11.0.0 --os_patch_level 2021-02 \
		-o "$out/android/$name.img"
}
boot v0 --header_version 0 --kernel kernel --ramdisk ramdisk --second second
boot v1 --header_version 1 --kernel kernel --ramdisk ramdisk --recovery_dtbo recovery
boot v2 --header_version 2 --kernel kernel --ramdisk ramdisk --dtb "$out/headers/good.dtb"
boot v3 --header_version 3 --kernel kernel --ramdisk ramdisk
python3 mkbootimg.py --header_version 3 --board small --vendor_cmdline 'console=ttyS0' --vendor_ramdisk ramdisk \
	--dtb "$out/headers/good.dtb" --vendor_boot "$out/android/vendor.img"

mkdir -p "$out/minix"
cp -a tree mintree
ln mintree/dir/one mintree/dir/two
rm mintree/sparse
{ seq 1 3000; head -c 600000 /dev/zero; seq 1 99; } >mintree/large
for version in 1 2 3; do
	truncate -s 200K small.minix
	mkfs.minix "-$version" -i 32 small.minix >/dev/null
	python3 "$tools/fill_minix.py" small.minix mintree
	fsck.minix -f small.minix >/dev/null
	gzip -9nc small.minix >"$out/minix/v$version.minix.gz"
	rm small.minix
done

mkdir -p "$out/ufs"
cp -a mintree ufstree
cp tree/sparse ufstree/sparse
find ufstree -exec touch -h -d '2021-02-03 04:05:06.789 UTC' {} +
ufs() {
	makefs -t ffs -B "$2" -o "version=$3" "$1.ufs" ufstree >/dev/null
	gzip -9nc "$1.ufs" >"$out/ufs/$1.ufs.gz"
}
ufs le1 le 1
ufs be1 be 1
ufs le2 le 2
ufs be2 be 2

mkdir -p "$out/erofs"
cp -a mintree erotree
cp tree/sparse erotree/sparse
python3 -c 'import os; os.setxattr("erotree/a.txt", "user.key", b"value")'
find erotree -exec touch -h -d '2021-02-03 04:05:06.789 UTC' {} +
mkfs_erofs=mkfs.erofs
erofs() {
	name=$1
	shift
	"$mkfs_erofs" --quiet -U 12345678-1234-1234-1234-123456789abc -T 1612325106 --preserve-mtime "$@" \
		"$out/erofs/$name.img" erotree
	gzip -9nf "$out/erofs/$name.img"
}
erofs plain
erofs chunks --chunksize=4096
erofs lz4 -zlz4hc,9
erofs legacy -zlz4hc,9 -Elegacy-compress
erofs big -zlz4hc,9 -C65536
erofs tail -zlz4hc,9 -Eztailpacking
erofs compact -zlz4hc,9 -Eforce-inode-compact
# Debian 12's knows LZ4 alone: MKFS_EROFS names a newer one, built with liblzma, zlib and libzstd.
if [ "${MKFS_EROFS:-}" ]; then
	mkfs_erofs=$MKFS_EROFS
	erofs lzma -zlzma
	erofs deflate -zdeflate -Elegacy-compress
	erofs zstd -zzstd -C65536
	erofs fragments -zlz4hc -Efragments --xattr-prefix=user.k
	erofs all-fragments -zlzma -Eall-fragments,ztailpacking
	erofs dedupe-lzma -zlzma -Ededupe,fragments -C65536
fi
