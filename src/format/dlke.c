/* dlke.c - D-Link's encrypted images with JBOOT headers (EAGLE PRO AI, DIR-LX): a header whose data
 * are a signature, then one that tells how many plain bytes are encrypted in one piece. A piece is
 * initial vector, ciphertext and its padding: AES-256 in CBC mode, the model's password is the key.
 */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/dlinkai.h"
#include "format/jboot.h"
#include "format/parts.h"

#define LARGEST_SIGNATURE 0x4000
#define KEY               32

struct dlke {
	uint64_t from;          /* where the pieces begin */
	uint64_t length, piece; /* of all of them, of one */
	uint8_t padding;        /* of a full one */
	bool summed;            /* the sums of both headers hold */
};

static struct fault read_headers(struct span in, struct dlke *d)
{
	struct jboot first = { 0 }, second = { 0 };
	struct fault bad = jboot_read(in, &first);

	if (bad.kind)
		return bad;
	if (first.block || first.length > LARGEST_SIGNATURE)
		return fault_at(FAULT_BROKEN, 44, "length of the signature", first.length,
				LARGEST_SIGNATURE);
	bad = jboot_read(span_from(in, JBOOT_HEADER + first.length), &second);
	if (bad.kind)
		return bad;
	if (second.block == 0 || second.length < 3 * AES_BLOCK)
		return fault_at(FAULT_BROKEN, JBOOT_HEADER + first.length + 16, "piece",
				second.block, 0);
	d->summed = first.summed && second.summed;
	d->from = 2ull * JBOOT_HEADER + first.length;
	d->length = second.length;
	d->piece = 2ull * AES_BLOCK + second.block;
	d->padding = (uint8_t)(AES_BLOCK - second.block % AES_BLOCK);
	return fine;
}

static struct span piece_at(struct span in, const struct dlke *d, uint64_t at)
{
	return span_head(span_head(span_from(in, d->from + at), d->length - at), d->piece);
}

/* The password under which the first piece has its padding; NULL if none is. */
static const struct dlinkai_password *find_key(struct span in, const struct dlke *d)
{
	struct span piece = piece_at(in, d, 0);
	bool full = piece.n == d->piece;

	if (piece.n < 3 * AES_BLOCK || piece.n % AES_BLOCK)
		return NULL;
	for (size_t i = 0; i < DLINKAI_PASSWORDS; i++) {
		uint8_t padding;

		if (decrypt_ends_padded(span_text(dlinkai_passwords[i].text), piece, &padding) &&
		    (!full || padding == d->padding))
			return &dlinkai_passwords[i];
	}
	return NULL;
}

static struct fault probe(struct span in, struct found *f)
{
	struct dlke d = { 0 };
	struct fault bad = read_headers(in, &d);
	const struct dlinkai_password *password;

	if (bad.kind)
		return bad;
	f->len = part_bound(d.from + d.length, in);
	password = find_key(in, &d);
	f->proof = d.summed || password ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_add(f->label, "AES-256-CBC", (struct span){ 0 });
	if (password)
		label_add(f->label, ", published key of ", span_text(password->model));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct dlke d = { 0 };
	struct fault bad = read_headers(l->in, &d);
	const struct dlinkai_password *password;
	bool cut;

	(void)e;
	if (bad.kind)
		return bad;
	cut = d.length > l->in.n - d.from;
	password = find_key(l->in, &d);
	if (!password)
		return fault_at(FAULT_ENCRYPTED, d.from, "content", 0, 0);
	for (uint64_t at = 0; at < d.length; at += d.piece) {
		struct span piece = piece_at(l->in, &d, at);
		size_t before = out->n;

		if (piece.n < 2 * AES_BLOCK && !cut)
			return fault_at(FAULT_BROKEN, d.from + at, "piece", piece.n, 2 * AES_BLOCK);
		if (piece.n < 2 * AES_BLOCK)
			break;
		if (!decrypt_into(out, span_text(password->text), span_head(piece, AES_BLOCK),
				  span_from(piece, AES_BLOCK)))
			return out->fault;
		if (!decrypt_unpad(out, before) && (!cut || piece.n == d.piece))
			return fault_at(FAULT_BROKEN, d.from + at, "padding of a piece", 0, 0);
	}
	if (cut)
		return fault_at(FAULT_SHORT, d.from - 36, "length", l->in.n - d.from, d.length);
	return fine;
}

const struct format format_dlke = {
	.name = "dlke",
	.says = "D-Link encrypted image with JBOOT headers",
	.domain = DOMAIN_BROADBAND,
	.spec = "devttys0/delink src/dlk.rs; ReFirmLabs/binwalk src/signatures/dlke.rs",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "DLK6" } },
	.probe = probe,
	.load = load,
};
