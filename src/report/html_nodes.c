/* html_nodes.c - all nodes as one compact table for the script. */
#include "base/json.h"
#include "report/html.h"
#include "tree/locator.h"

/* The last step of the locator: "/etc/passwd" or "squashfs@0x20000". */
static void put_name(struct json *j, const struct node *n)
{
	struct text name = { 0 };

	if (n->container)
		text_escape(&name, n->path, "!#");
	else if (n->parent)
		text_format(&name, "%s@0x%llx", n->format ? n->format->name : "",
			    (unsigned long long)n->offset);
	if (n->twin)
		text_format(&name, "#%u", n->twin);
	json_text(j, text_span(&name));
	j->out->failed |= name.failed;
	text_free(&name);
}

static void put_node(struct json *j, const struct node *n)
{
	json_array(j);
	json_u64(j, n->parent ? n->parent->id : 0);
	put_name(j, n);
	json_text(j, span_text(kind_name(n->kind)));
	json_u64(j, n->size);
	json_text(j, span_text(n->state == STATE_UNDERSTOOD ? "" : state_name(n->state)));
	json_text(j, n->kind == KIND_SYMLINK ? span_text("") : span_text(n->label ? n->label : ""));
	if (n->has_sha256)
		json_hex(j, (struct span){ n->sha256, 32 });
	json_array_end(j);
}

void html_nodes(struct text *t, const struct tree *tree)
{
	struct json j = { .out = t, .for_html = true };

	json_object(&j);
	json_key(&j, "nodes");
	json_array(&j);
	for (uint32_t i = 0; i < tree->count; i++)
		put_node(&j, tree->nodes[i]);
	json_array_end(&j);
	json_object_end(&j);
}
