/* list.h - the one list of formats, most specific first. Declarations, dispatch, search patterns,
 * `evenhand formats` and the table in the docs come from it. */
#ifdef EVENHAND_TEST_FORMAT
#define TEST_FORMATS(X) X(testing)
#else
#define TEST_FORMATS(X)
#endif

#define FORMATS(X)                                                                                 \
	TEST_FORMATS(X)                                                                            \
	X(nandoob)                                                                                 \
	X(tplink)                                                                                  \
	X(tplink2)                                                                                 \
	X(safeloader)                                                                              \
	X(fwtool)                                                                                  \
	X(endmark)                                                                                 \
	X(uefifv)                                                                                  \
	X(chk)                                                                                     \
	X(dni)                                                                                     \
	X(seama)                                                                                   \
	X(packimg)                                                                                 \
	X(cybertan)                                                                                \
	X(img0file)                                                                                \
	X(img0)                                                                                    \
	X(memfs)                                                                                   \
	X(kwbimage)                                                                                \
	X(zigbee)                                                                                  \
	X(esp)                                                                                     \
	X(cms)                                                                                     \
	X(ihex)                                                                                    \
	X(srec)                                                                                    \
	X(trx)                                                                                     \
	X(uimage)                                                                                  \
	X(fit)                                                                                     \
	X(dtb)                                                                                     \
	X(gpt)                                                                                     \
	X(simg)                                                                                    \
	X(android)                                                                                 \
	X(qcow2)                                                                                   \
	X(vdi)                                                                                     \
	X(vhd)                                                                                     \
	X(vmdk)                                                                                    \
	X(ubi)                                                                                     \
	X(ubifs)                                                                                   \
	X(squashfs)                                                                                \
	X(ext)                                                                                     \
	X(minix)                                                                                   \
	X(erofs)                                                                                   \
	X(xfs)                                                                                     \
	X(btrfs)                                                                                   \
	X(f2fs)                                                                                    \
	X(ntfs)                                                                                    \
	X(cramfs)                                                                                  \
	X(romfs)                                                                                   \
	X(jffs2)                                                                                   \
	X(yaffs)                                                                                   \
	X(iso9660)                                                                                 \
	X(fat)                                                                                     \
	X(exfat)                                                                                   \
	X(mbr)                                                                                     \
	X(rpm)                                                                                     \
	X(sevenzip)                                                                                \
	X(cab)                                                                                     \
	X(ar)                                                                                      \
	X(zip)                                                                                     \
	X(cpio)                                                                                    \
	X(tar)                                                                                     \
	X(tarv7)                                                                                   \
	X(vmlinux)                                                                                 \
	X(elf)                                                                                     \
	X(zimage)                                                                                  \
	X(bzimage)                                                                                 \
	X(arm64)                                                                                   \
	X(zboot)                                                                                   \
	X(linux)                                                                                   \
	X(uboot)                                                                                   \
	X(gzip)                                                                                    \
	X(xz)                                                                                      \
	X(bzip2)                                                                                   \
	X(zstd)                                                                                    \
	X(lz4)                                                                                     \
	X(lz4legacy)                                                                               \
	X(lzop)                                                                                    \
	X(lzip)                                                                                    \
	X(lzma)                                                                                    \
	X(zlib)                                                                                    \
	X(compress)
