/* page.c - see page.h. */
#include "log/page.h"

void page_say(struct page *p, const char *html)
{
	text_puts(p->out, html);
}

void page_put(struct page *p, struct span raw)
{
	struct text shown = { 0 };

	text_escape(&shown, raw, "");
	for (size_t i = 0; i < shown.n; i++) {
		switch (shown.p[i]) {
		case '&':
			text_puts(p->out, "&amp;");
			break;
		case '<':
			text_puts(p->out, "&lt;");
			break;
		case '>':
			text_puts(p->out, "&gt;");
			break;
		case '"':
			text_puts(p->out, "&quot;");
			break;
		case '\'':
			text_puts(p->out, "&#39;");
			break;
		default:
			text_char(p->out, shown.p[i]);
		}
	}
	p->out->failed |= shown.failed;
	text_free(&shown);
}

void page_put_digest(struct page *p, const uint8_t sha256[SHA256_SIZE])
{
	page_say(p, "sha256:");
	text_hex(p->out, (struct span){ sha256, SHA256_SIZE });
}

static void put_head(struct page *p)
{
	page_say(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	if (p->digest)
		page_put_digest(p, p->digest);
	else
		page_say(p, "What is logged");
	page_say(p, " - ");
	page_put(p, p->origin);
	page_say(p, "</title>\n<link rel=\"stylesheet\" href=\"");
	page_say(p, p->up);
	page_say(p, "log.css\">\n</head>\n<body>\n<header>\n<a href=\"");
	page_say(p, p->up[0] ? p->up : "./");
	page_say(p, "\"><bdi>");
	page_put(p, p->origin);
	page_say(p, "</bdi></a>\n<form action=\"");
	page_say(p, p->up);
	page_say(p, "search\" method=\"get\">\n<label for=\"digest\">SHA-256</label>\n"
		    "<input id=\"digest\" name=\"digest\" required size=\"36\" maxlength=\"71\" "
		    "pattern=\"(sha256:)?[0-9a-f]{64}\" autocomplete=\"off\" "
		    "placeholder=\"of an image, a report or a statement\">\n"
		    "<button>Look up</button>\n</form>\n</header>\n<main>\n");
}

/* What stands above the list. */
static void put_start(struct page *p)
{
	if (!p->digest) {
		page_say(p, "<h1>What is logged</h1>\n<p>The newest entries of this public log. "
			    "What is logged stays, and everybody is shown the same.</p>\n");
		return;
	}
	page_say(p, "<h1>What is logged about<br><code>");
	page_put_digest(p, p->digest);
	page_say(p, "</code></h1>\n");
	if (p->is_kept) {
		page_say(p, "<p><a href=\"");
		page_say(p, p->up);
		page_say(p, "api/file/");
		page_put_digest(p, p->digest);
		page_say(p, "\">The file itself</a> is kept here.</p>\n");
	}
	if (p->count == 0) {
		page_say(p, "<p>Nothing. Nobody whose statements this log takes has said anything "
			    "about it here.</p>\n");
		return;
	}
	text_format(p->out, "<p>%s%zu %s.", p->has_more ? "The newest " : "", p->count,
		    p->count == 1 ? "entry" : "entries");
	page_say(p, " That a statement is logged shows who made it, and that it was public; not "
		    "that it is true.</p>\n");
}

static void put_check(struct page *p)
{
	page_say(p, "<h2>Checking it yourself</h2>\n<p>Nothing on this page need be believed. ");
	if (p->digest) {
		page_say(p, "<a href=\"");
		page_say(p, p->up);
		page_say(p, "api/lookup/");
		page_put_digest(p, p->digest);
		page_say(p,
			 "\">The same as JSON</a> has each entry's proof of inclusion, <a href=\"");
		page_say(p, p->up);
		page_say(p, "api/bundle/");
		page_put_digest(p, p->digest);
		page_say(p, "\">the bundle</a> all that is said of an image, and ");
	}
	page_say(p, "<a href=\"");
	page_say(p, p->up);
	page_say(p, p->digest ? "checkpoint\">the checkpoint</a> all signatures. "
			      : "checkpoint\">The checkpoint</a> has all signatures. ");
	page_say(p, "<code>evenhand verify</code> checks them without a network, by a policy of "
		    "your own.</p>\n");
}

void page_write(struct page *p, struct text *out)
{
	p->out = out;
	put_head(p);
	put_start(p);
	if (p->count)
		page_put_entries(p);
	page_put_checkpoint(p);
	put_check(p);
	page_say(p, "</main>\n</body>\n</html>\n");
}
