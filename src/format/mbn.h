/* mbn.h - inside format/: Qualcomm's header of a signed image, of a file of its own and of the hash
 * segment of an ELF file. */
#ifndef EVENHAND_FORMAT_MBN_H
#define EVENHAND_FORMAT_MBN_H

#include "format/table.h"

#define MBN_HEADER     40
#define MBN_MOST_PARTS 8

/* What is signed, in the order in which it stands behind the header. */
enum mbn_part {
	MBN_METADATA_QTI,
	MBN_METADATA,
	MBN_CODE, /* of an ELF file: the hashes of its segments */
	MBN_SIGNATURE_QTI,
	MBN_CHAIN_QTI,
	MBN_SIGNATURE,
	MBN_CHAIN,
	MBN_PARTS,
};

struct mbn {
	uint32_t version, header;
	uint64_t length; /* with the header */
	uint32_t length_of[MBN_PARTS], from[MBN_PARTS], field[MBN_PARTS];
};

/* What the hashes that are signed bind. */
struct mbn_bound {
	const struct byte_range *list;
	uint32_t count;
};

/* Tells the maker's signature and Qualcomm's, over the header, metadata, and code or hashes. */
void mbn_signatures(struct listing *l, const struct mbn *m, uint64_t at, struct mbn_bound bound);

/* Reads the header at the start of `in`, versions 3 and 5 to 7. */
struct fault mbn_read(struct span in, struct mbn *m);

/* Adds the parts that are there, `at` further on: metadata, signature and certificates are the
 * container's own. Gives how many. */
size_t mbn_parts(const struct mbn *m, uint64_t at, const char *code,
		 struct table_part parts[MBN_MOST_PARTS]);

#endif
