/* page.h - what is logged, as a page that a person reads: no script, every text escaped. */
#ifndef EVENHAND_LOG_PAGE_H
#define EVENHAND_LOG_PAGE_H

#include "log/policy.h"
#include "log/shown.h"

/* What a browser is told may be loaded: our style sheet, and the form leads here. */
#define PAGE_POLICY                                                                                \
	"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "              \
	"frame-ancestors 'none'"

struct page {
	const char *up; /* to the log's own address: "", "../" */
	struct span origin;
	const uint8_t *digest; /* that it is about; NULL: the newest entries */
	bool is_kept;          /* a file of that digest is here */
	const struct shown *entries;
	size_t count;
	bool has_more;          /* than are shown */
	struct span checkpoint; /* the public one; empty: none */
	const struct policy *const *policies;
	uint32_t policy_count;
	/* Filled in while it is written. */
	struct text *out;
};

void page_write(struct page *p, struct text *out);

/* -- page_entries.c: the tables in it -- */
void page_put_entries(struct page *p);
void page_put_checkpoint(struct page *p);
/* Text of others, as text of HTML. */
void page_put(struct page *p, struct span raw);
void page_put_digest(struct page *p, const uint8_t sha256[SHA256_SIZE]);
/* Of the log's own words. */
void page_say(struct page *p, const char *html);

#endif
