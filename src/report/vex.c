/* vex.c - OpenVEX 0.2.0: what is known of vulnerabilities in the image's components. OpenVEX has no
 * document without a statement: where no vulnerability is known, nothing is written. */
#include "report/export.h"

static void put_identifiers(struct json *j, const struct component_fact *c)
{
	if (!is_purl(c->purl) && !is_cpe(c->cpe))
		return;
	member_object(j, "identifiers");
	if (is_purl(c->purl))
		member_bytes(j, "purl", c->purl);
	if (is_cpe(c->cpe))
		member_bytes(j, "cpe23", c->cpe);
	json_object_end(j);
}

/* The image by its digest, and in it the component. */
static void put_products(struct export *x, const struct component_fact *c)
{
	struct json *j = &x->j;
	struct text image = { 0 }, part = { 0 };

	text_puts(&image, "pkg:generic/");
	text_percent(&image, image_name(x->r), "");
	text_puts(&image, "?checksum=sha256:");
	text_hex(&image, (struct span){ x->r->image_sha256, SHA256_SIZE });
	if (is_purl(c->purl)) {
		text_put(&part, c->purl);
	} else {
		text_puts(&part, "pkg:generic/");
		text_percent(&part, c->name, "");
	}
	member_array(j, "products");
	json_object(j);
	member_bytes(j, "@id", text_span(&image));
	member_object(j, "hashes");
	member_hex(j, "sha-256", x->r->image_sha256, SHA256_SIZE);
	member_hex(j, "sha-512", x->r->image_sha512, SHA512_SIZE);
	json_object_end(j);
	member_array(j, "subcomponents");
	json_object(j);
	member_bytes(j, "@id", text_span(&part));
	put_identifiers(j, c);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
	text_free(&image);
	text_free(&part);
}

/* The sentence that OpenVEX asks for with a status. */
static void put_sentence(struct json *j, const struct vulnerability_fact *v, const char *says)
{
	const char *key = "status_notes";

	if (v->status && strcmp(v->status, "affected") == 0)
		member_text(j, "action_statement",
			    "The version lies in an affected range. Update the component, or show "
			    "that the image is not affected.");
	else if (v->status && strcmp(v->status, "not-affected") == 0)
		key = "impact_statement";
	if (v->why.n)
		member_bytes(j, key, v->why);
	else
		member_text(j, key, says);
}

static void put_statement(struct export *x, const struct vulnerability_fact *v)
{
	const struct vulnerability_words *words = vulnerability_words(v);
	const struct justification *why = justification_of(v);
	struct json *j = &x->j;

	json_object(j);
	member_format(j, "@id", "urn:uuid:%s#vulnerability-%u", x->uuid, v->f.id);
	member_object(j, "vulnerability");
	member_bytes(j, "name", v->id);
	json_object_end(j);
	put_products(x, v->component);
	member_text(j, "status", words->openvex);
	if (why)
		member_text(j, "justification", why->openvex);
	put_sentence(j, v, words->says);
	json_object_end(j);
}

void report_vex(const struct report *r, struct span json, struct text *out)
{
	const struct facts *f = r->facts;
	struct export x;

	if (f->count[FACT_VULNERABILITY] == 0)
		return;
	export_begin(&x, r, "openvex", json, out);
	json_object(&x.j);
	member_text(&x.j, "@context", "https://openvex.dev/ns/v0.2.0");
	member_format(&x.j, "@id", "urn:uuid:%s", x.uuid);
	member_text(&x.j, "author", "evenhand " EVENHAND_VERSION);
	member_text(&x.j, "role", "tool");
	member_text(&x.j, "timestamp", x.time);
	member_u64(&x.j, "version", 1);
	member_text(&x.j, "tooling", "evenhand " EVENHAND_VERSION);
	member_array(&x.j, "statements");
	for (uint32_t i = 0; i < f->count[FACT_VULNERABILITY]; i++)
		put_statement(&x, (const void *)f->of[FACT_VULNERABILITY][i]);
	json_array_end(&x.j);
	json_object_end(&x.j);
	export_end(&x);
}
