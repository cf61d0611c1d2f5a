#!/bin/sh
# The programs of this folder, from tiny.c: GCC 12.2.0 and GNU ld 2.40 of Debian 12.
set -eu
cd "$(dirname "$0")"
make_one() { # TRIPLET NAME FOLDER USER HOST CLOCK
	SOURCE_DATE_EPOCH=$6 "$1-gcc" -g -Os -fPIE -pie -nostdlib -ffreestanding -falign-functions=16 \
		-fno-asynchronous-unwind-tables -fno-record-gcc-switches -Wl,--build-id=sha1 \
		-Wl,-z,max-page-size=0x100,-z,common-page-size=0x100,-z,norelro,--hash-style=gnu \
		-DUSER="\"$4\"" -DHOST="\"$5\"" -ffile-prefix-map="$PWD=$3" "$PWD/tiny.c" -o "$2.full"
	"$1-strip" -o "$2" "$2.full"
}
arm="arm-linux-gnueabihf"
long=/home/jenkins/workspace/nightly
make_one $arm base /build/a-1.4.2 build vm-17 1650000000
make_one $arm folder /build/a-1.4.3 build vm-17 1650000000
make_one $arm clock /build/a-1.4.2 build vm-17 1650435723
make_one $arm user /build/a-1.4.2 robot vm-23 1650000000
make_one $arm long $long build vm-17 1650000000
make_one aarch64-linux-gnu base64 /build/a-1.4.2 build vm-17 1650000000
make_one aarch64-linux-gnu long64 $long build vm-17 1650000000
$arm-strip -g -o symbols base.full
mv base.full full
$arm-objcopy -O binary --only-section .debug_str --set-section-flags .debug_str=alloc full part
$arm-objcopy --remove-section .debug_str full order
$arm-objcopy --add-section .debug_str=part order
rm -f part ./*.full
