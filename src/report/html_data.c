/* html_data.c - what the script builds on demand: the file list and the views by catalogue. Rows
 * are arrays and names stand in tables, so that a node costs about a hundred bytes. */
#include <openssl/evp.h>

#include "know/know.h"
#include "report/html.h"
#include "report/member.h"

#define MOST_FAULTS 4 /* of one node; the JSON report has all */

/* Whether the parent's locator and the name make the locator. Archives may leave folders out. */
static bool is_in_folder(const struct node *n)
{
	const struct node *up = n->parent;
	struct span name = node_name(n), folder = span_head(n->path, n->path.n - name.n);

	if (!n->container || !up || up->container != n->container || name.n == 0)
		return false;
	if (up->path.n > 1) /* all but the root directory's path have no slash at the end */
		folder = span_head(folder, folder.n - 1);
	return span_equal(folder, up->path);
}

/* The last step of the locator: "squashfs@0x20000"; of an entry in a folder "passwd", else the
 * path "/etc/passwd". */
static void put_name(struct json *j, const struct node *n)
{
	struct text name = { 0 };

	if (n->container)
		text_escape(&name, is_in_folder(n) ? node_name(n) : n->path, "!#");
	else if (n->parent)
		text_format(&name, "%s@0x%llx", n->format ? n->format->name : "",
			    (unsigned long long)n->offset);
	if (n->twin)
		text_format(&name, "#%u", n->twin);
	json_text(j, text_span(&name));
	j->out->failed |= name.failed;
	text_free(&name);
}

static void put_digest(struct json *j, const struct node *n)
{
	char base64[48] = "";

	if (n->has_sha256)
		EVP_EncodeBlock((unsigned char *)base64, n->sha256, SHA256_SIZE);
	json_text(j, span_head(span_text(base64), 43)); /* the 44th is always "=" */
}

/* What is wrong with a node, each in words. */
static void put_faults(struct json *j, const struct node *n)
{
	uint32_t count = 0;

	json_array(j);
	for (const struct node_fault *f = n->faults; f && count < MOST_FAULTS; f = f->next) {
		char line[200];

		fault_describe(f->fault, line, sizeof(line));
		json_text(j, span_text(line));
		count++;
	}
	json_array_end(j);
}

/* [parent, name, kind, size, digest, label, state, faults] without what is empty at the end. */
static void put_node(struct json *j, const struct node *n)
{
	const char *label = n->label && n->kind != KIND_SYMLINK ? n->label : "";
	bool is_odd = n->state != STATE_UNDERSTOOD || n->faults;

	json_array(j);
	json_u64(j, n->parent ? n->parent->id : 0);
	put_name(j, n);
	json_u64(j, n->kind);
	json_u64(j, n->size);
	if (n->has_sha256 || *label || is_odd)
		put_digest(j, n);
	if (*label || is_odd)
		json_text(j, span_text(label));
	if (is_odd)
		json_u64(j, n->state);
	if (n->faults)
		put_faults(j, n);
	json_array_end(j);
}

/* The checks that speak to a requirement, as positions among the verdicts. */
static void put_answers(struct json *j, const struct report *r, const struct requirement *row)
{
	json_array(j);
	for (uint32_t i = 0; i < r->verdict_count; i++) {
		size_t at = 0;
		struct span one;

		while (requirement_next(r->verdicts[i].check->requirements, &at, &one))
			if (requirement_row(one) == row) {
				json_u64(j, i);
				break;
			}
	}
	json_array_end(j);
}

/* [which of the page's choice of catalogues, id, title, checks, whether an image answers only a
 * part]; those that no check answers stand in the page itself. */
static void put_requirements(struct json *j, const struct report *r)
{
	uint32_t catalogue = 0;

	member_array(j, "requirements");
	for (size_t i = 0; i < requirements_count; i++) {
		catalogue += html_begins_catalogue(i);
		if (html_is_beyond(&requirements[i]))
			continue;
		json_array(j);
		json_u64(j, catalogue);
		json_text(j, span_text(requirements[i].id));
		json_text(j, span_text(requirements[i].title));
		put_answers(j, r, &requirements[i]);
		json_u64(j, strcmp(requirements[i].evaluable, "yes") != 0);
		json_array_end(j);
	}
	json_array_end(j);
}

void html_data(struct text *t, const struct report *r)
{
	struct json j = { .out = t, .for_html = true };

	json_object(&j);
	member_array(&j, "kinds");
	for (int k = KIND_REGION; k <= KIND_SOCKET; k++)
		json_text(&j, span_text(kind_name((enum kind)k)));
	json_array_end(&j);
	member_array(&j, "states");
	for (int s = STATE_UNDERSTOOD; s <= STATE_QUARANTINED; s++)
		json_text(&j, span_text(state_name((enum state)s)));
	json_array_end(&j);
	put_requirements(&j, r);
	html_more_facts(&j, r);
	member_array(&j, "nodes");
	for (uint32_t i = 0; i < r->tree->count; i++)
		put_node(&j, r->tree->nodes[i]);
	json_array_end(&j);
	json_object_end(&j);
}
