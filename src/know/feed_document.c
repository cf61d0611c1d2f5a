/* feed_document.c - documents in which statements refer to products that stand elsewhere in them:
 * CSAF 2.0 (docs.oasis-open.org/csaf), OpenVEX 0.2.0, CycloneDX 1.6; and CISA's KEV catalogue,
 * whose entries share a name with theirs. Statements are resolved when the document ends. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed_inside.h"

#define MOST_BRANCHES 30

static bool is_sha256(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789abcdefABCDEF", s.p[i]) || !s.p[i])
			return false;
	return s.n == 64;
}

/* -- products -- */

static void read_hash_object(struct reader *r, struct product *p)
{
	struct word algorithm = { 0, 0 }, value = { 0, 0 };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "algorithm") || span_is(key, "alg"))
			algorithm = read_word(r);
		else if (span_is(key, "value") || span_is(key, "content"))
			value = read_word(r);
		else
			json_skip(&r->json);
	}
	if ((span_is(words_at(&r->words, algorithm), "sha256") ||
	     span_is(words_at(&r->words, algorithm), "SHA-256")) &&
	    is_sha256(words_at(&r->words, value)))
		p->sha256 = value;
}

static void read_hash_list(struct reader *r, struct product *p)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_hash_object(r, p);
}

/* [{"filename": "a.bin", "file_hashes": [...]}] */
static void read_files(struct reader *r, struct product *p)
{
	struct span key;

	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		if (!json_enter_object(&r->json))
			continue;
		while (json_next_member(&r->json, &key)) {
			if (span_is(key, "file_hashes"))
				read_hash_list(r, p);
			else
				json_skip(&r->json);
		}
	}
}

static void read_helper(struct reader *r, struct product *p)
{
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "purl"))
			p->purl = read_word(r);
		else if (span_is(key, "cpe"))
			p->cpe = read_word(r);
		else if (span_is(key, "hashes"))
			read_files(r, p);
		else
			json_skip(&r->json);
	}
}

/* CSAF's full_product_name_t. */
static void read_full_name(struct reader *r, struct product *p)
{
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "product_id"))
			p->ref = read_word(r);
		else if (span_is(key, "product_identification_helper"))
			read_helper(r, p);
		else
			json_skip(&r->json);
	}
}

static void keep_product(struct reader *r, const struct product *p)
{
	struct product *mine = p->ref.n ? product_add(r) : NULL;

	if (mine)
		*mine = *p;
}

/* -- CSAF -- */

static void read_branches(struct reader *r, int depth);

static void read_branch(struct reader *r, int depth)
{
	struct product p = { .same = { 0, 0 } };
	struct word category = { 0, 0 }, name = { 0, 0 };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "branches"))
			read_branches(r, depth + 1);
		else if (span_is(key, "product"))
			read_full_name(r, &p);
		else if (span_is(key, "category"))
			category = read_word(r);
		else if (span_is(key, "name"))
			name = read_word(r);
		else
			json_skip(&r->json);
	}
	if (span_is(words_at(&r->words, category), "product_version_range"))
		p.range = name;
	keep_product(r, &p);
}

static void read_branches(struct reader *r, int depth)
{
	if (depth > MOST_BRANCHES) {
		json_skip(&r->json);
		return;
	}
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_branch(r, depth);
}

static void read_relationship(struct reader *r)
{
	struct product p = { .same = { 0, 0 } };
	struct word part = { 0, 0 };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "full_product_name"))
			read_full_name(r, &p);
		else if (span_is(key, "product_reference"))
			part = read_word(r);
		else
			json_skip(&r->json);
	}
	p.same = part;
	keep_product(r, &p);
}

static void read_full_names(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		struct product p = { .same = { 0, 0 } };

		read_full_name(r, &p);
		keep_product(r, &p);
	}
}

void csaf_read_tree(struct reader *r)
{
	struct span key;

	note_format(r, FEED_CSAF);
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "branches")) {
			read_branches(r, 0);
		} else if (span_is(key, "full_product_names")) {
			read_full_names(r);
		} else if (span_is(key, "relationships") && json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_relationship(r);
		} else if (!span_is(key, "relationships")) {
			json_skip(&r->json);
		}
	}
}

void csaf_read_document(struct reader *r)
{
	struct span key, date;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "csaf_version")) {
			note_format(r, FEED_CSAF);
			json_skip(&r->json);
		} else if (!span_is(key, "tracking") || !json_enter_object(&r->json)) {
			if (!span_is(key, "tracking"))
				json_skip(&r->json);
		} else {
			while (json_next_member(&r->json, &key))
				if (!span_is(key, "current_release_date"))
					json_skip(&r->json);
				else if (json_take_string(&r->json, &date))
					note_date(r, date);
		}
	}
}

/* -- OpenVEX -- */

static void read_identifiers(struct reader *r, struct product *p)
{
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "purl"))
			p->purl = read_word(r);
		else if (span_is(key, "cpe23"))
			p->cpe = read_word(r);
		else
			json_skip(&r->json);
	}
}

static void read_hashes(struct reader *r, struct product *p)
{
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		bool is_ours = span_is(key, "sha-256");
		struct word value = read_word(r);

		if (is_ours && is_sha256(words_at(&r->words, value)))
			p->sha256 = value;
	}
}

/* A product and the parts of it that are meant; in drafts before 0.2.0 it is a string. What stands
 * at [first, end) of the products is then what is said something of; *image is what holds it. */
static void read_product(struct reader *r, bool is_part, struct word *image)
{
	struct product p = { .same = { 0, 0 } };
	size_t first = r->products.n;
	struct span key;

	if (json_peek(&r->json) == JSON_IS_STRING) {
		p.ref = read_word(r);
		keep_product(r, &p);
		return;
	}
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "@id")) {
			p.ref = read_word(r);
		} else if (span_is(key, "identifiers")) {
			read_identifiers(r, &p);
		} else if (span_is(key, "hashes")) {
			read_hashes(r, &p);
		} else if (!is_part && span_is(key, "subcomponents") &&
			   json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_product(r, true, image);
		} else if (is_part || !span_is(key, "subcomponents")) {
			json_skip(&r->json);
		}
	}
	if (r->products.n > first) {
		*image = p.sha256;
		return;
	}
	if (p.ref.n == 0)
		p.ref = p.purl.n ? p.purl : p.cpe.n ? p.cpe : p.sha256;
	keep_product(r, &p);
}

static const struct {
	const char *word;
	enum said said;
} states[] = {
	{ "not_affected", SAID_NOT_AFFECTED },
	{ "affected", SAID_AFFECTED },
	{ "fixed", SAID_FIXED },
	{ "under_investigation", SAID_UNDER_INVESTIGATION },
	{ "exploitable", SAID_AFFECTED },
	{ "resolved", SAID_FIXED },
	{ "resolved_with_pedigree", SAID_FIXED },
	{ "false_positive", SAID_NOT_AFFECTED },
	{ "in_triage", SAID_UNDER_INVESTIGATION },
	{ "known_affected", SAID_AFFECTED },
	{ "first_affected", SAID_AFFECTED },
	{ "last_affected", SAID_AFFECTED },
	{ "known_not_affected", SAID_NOT_AFFECTED },
	{ "first_fixed", SAID_FIXED },
};

enum said said_of(struct span word)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (span_is(word, states[i].word))
			return states[i].said;
	return SAIDS;
}

static void read_name(struct reader *r, struct word *name)
{
	struct span key;

	if (json_peek(&r->json) == JSON_IS_STRING) {
		*name = read_word(r);
		return;
	}
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key))
		if (span_is(key, "name"))
			*name = read_word(r);
		else
			json_skip(&r->json);
}

static struct product *product_at(struct reader *r, size_t i)
{
	return (struct product *)r->products.p + i;
}

/* Every product of a statement has a ref of its own: the same @id may stand in many statements. */
static void read_statement(struct reader *r)
{
	struct statement s = { .said = SAIDS };
	size_t first = r->products.n;
	struct span key, status;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "vulnerability")) {
			read_name(r, &s.vulnerability);
		} else if (span_is(key, "status") && json_take_string(&r->json, &status)) {
			s.said = said_of(status);
		} else if (span_is(key, "justification") ||
			   (span_is(key, "impact_statement") && s.note.n == 0)) {
			s.note = read_word(r);
		} else if (span_is(key, "products") && json_enter_array(&r->json)) {
			while (json_next_element(&r->json)) {
				size_t from = r->products.n;
				struct word image = { 0, 0 };

				read_product(r, false, &image);
				for (size_t i = from; i < r->products.n; i++)
					product_at(r, i)->range = image;
			}
		} else if (!span_is(key, "status") && !span_is(key, "products")) {
			json_skip(&r->json);
		}
	}
	for (size_t i = first; i < r->products.n && s.said < SAIDS; i++) {
		s.ref = product_at(r, i)->ref;
		s.image = product_at(r, i)->range;
		product_at(r, i)->range = (struct word){ 0, 0 };
		statement_add(r, &s);
	}
}

void openvex_read_statements(struct reader *r)
{
	note_format(r, FEED_OPENVEX);
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_statement(r);
}

/* -- CycloneDX -- */

static void read_component(struct reader *r, int depth)
{
	struct product p = { .same = { 0, 0 } };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "bom-ref")) {
			p.ref = read_word(r);
		} else if (span_is(key, "purl")) {
			p.purl = read_word(r);
		} else if (span_is(key, "cpe")) {
			p.cpe = read_word(r);
		} else if (span_is(key, "hashes")) {
			read_hash_list(r, &p);
		} else if (span_is(key, "components") && depth < MOST_BRANCHES &&
			   json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_component(r, depth + 1);
		} else if (!span_is(key, "components") || depth >= MOST_BRANCHES) {
			json_skip(&r->json);
		}
	}
	keep_product(r, &p);
}

void cyclonedx_read_components(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_component(r, 0);
}

void cyclonedx_read_metadata(struct reader *r)
{
	struct span key, date;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "component"))
			read_component(r, 0);
		else if (!span_is(key, "timestamp"))
			json_skip(&r->json);
		else if (json_take_string(&r->json, &date))
			note_date(r, date);
	}
}
