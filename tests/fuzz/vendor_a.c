/* vendor_a.c - headers of broadband vendors: D-Link, Linksys, Sercomm, Buffalo, Edimax, AVM and
 * others. */
#include "base/hash.h"
#include "format/sums.h"
#include "fuzz/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Both headers of an encrypted image; in a plain one the second is data. */
static void mend_mh01(uint8_t *p)
{
	for (size_t at = 0; at < 32; at += 16) {
		struct span summed = { p + at, 14 };

		memcpy(p + at, "MH01", 4);
		p[at + 14] = (uint8_t)sum_of_bytes(summed);
		p[at + 15] = xor_of_bytes(0, summed);
	}
}

static void mend_sch2(uint8_t *p)
{
	put_le32(p + 32, 0);
	put_le32(p + 32, crc32_of((struct span){ p, 40 }));
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void mend_belkin(uint8_t *p)
{
	put_be32(p + 4, 0);
	put_be32(p + 4, crc32_bare((struct span){ p, 64 }));
}

static void mend_edimax(uint8_t *p)
{
	p[49] = 0;
	p[49] = (uint8_t)sum_of_bytes((struct span){ p, 94 }) ^ 0xb9;
}

static void mend_sercomm(uint8_t *p)
{
	memset(p, 0xff, 4);
	memset(p + 8, 0xff, 4);
	put_le32(p + 8, crc32_of((struct span){ p, 256 }));
	memcpy(p, "Ser", 4);
}

static void mend_jcg(uint8_t *p)
{
	put_be32(p + 508, 0);
	put_be32(p + 508, crc32_of((struct span){ p, 512 }));
}

static void mend_uimage(uint8_t *p)
{
	put_be32(p + 4, 0);
	put_be32(p + 4, crc32_of((struct span){ p, 96 }));
}

static void mend_iodata(uint8_t *p)
{
	memset(p + 110, 0, 6);
	put_be32(p + 110, crc32_of((struct span){ p, 116 }));
}

static void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void mend_store(uint8_t *p)
{
	put_be16(p + 84, crc16_ccitt(0, (struct span){ p, 84 }));
}

static void mend_mono(uint8_t *p)
{
	mend_store(p + 16);
}

static void mend_h3c(uint8_t *p)
{
	put_be16(p + 6178, crc16_1021(0, (struct span){ p, 6176 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"shrs",
		"dlke",
		"jboot",
		"jboot-stag",
		"encrpted-img",
		"dlink-tlv",
		"dlink-tlv-encrypted",
		"alpha-encimg",
		"alpha-encimg-wrgg",
		"deafbead",
		"fpkg",
		"openssl-enc",
		"linksys-footer",
		"linksys-chdr",
		"asus-tail",
		"asus-footer",
		"sercomm",
		"sercomm-payload",
		"sercomm-factory",
		"sercomm-part",
		"sercomm-encrypted",
		"buffalo-enc",
		"buffalo-tag",
		"buffalo-dhp",
		"csys",
		"csys-adm",
		"eva",
		"eva-dual",
		"titan",
		"ti-cksum",
		"meraki",
		"meraki-old",
		"zcomax",
		"luxul",
		"usr",
		"edimax-ps16",
		"motorola-wr850",
		"gemtek",
		"poray",
		"planex",
		"mylo",
		"dlink-dap1350",
		"dlink-dap1330",
		"cameo",
		"iptime-nas",
		"xiaomi",
		"gemtek-wrt400n",
		"elx",
		"elecom",
		"nec-enc",
		"nec-aterm",
		"cellvision",
		"nos-img",
		"gemtek-trailer",
		"netgear-encrypted",
		"qding",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fuzz_format(format_named(names[i]), data, size);
	fuzz_mended("mh01", mend_mh01, 32, data, size);
	fuzz_mended("mh01-signed", mend_mh01, 32, data, size);
	fuzz_mended("jboot-sch2", mend_sch2, 40, data, size);
	fuzz_mended("belkin", mend_belkin, 64, data, size);
	fuzz_mended("edimax", mend_edimax, 94, data, size);
	fuzz_mended("sercomm-kernel", mend_sercomm, 256, data, size);
	fuzz_mended("jcg", mend_jcg, 512, data, size);
	fuzz_mended("uimage-long", mend_uimage, 96, data, size);
	fuzz_mended("programstore", mend_store, 92, data, size);
	fuzz_mended("bcm-mono", mend_mono, 108, data, size);
	fuzz_mended("iodata-mstc", mend_iodata, 116, data, size);
	fuzz_mended("h3c", mend_h3c, 6180, data, size);
	return 0;
}
