/* page_entries.c - the tables of a page: entries, and who cosigned the checkpoint over them. */
#include <time.h>

#include "log/page.h"

#define NAMED_CHECKS 6u

static void put_day(struct page *p, int64_t time, bool with_clock)
{
	char text[64] = "?";
	time_t t = (time_t)time;
	struct tm tm;

	if (time >= 0 && time < 253402300800 && gmtime_r(&t, &tm))
		strftime(text, sizeof(text), with_clock ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d",
			 &tm);
	page_say(p, text);
}

static void put_link(struct page *p, const uint8_t sha256[SHA256_SIZE])
{
	page_say(p, "<a href=\"");
	page_say(p, p->up);
	page_say(p, "digest/");
	page_put_digest(p, sha256);
	page_say(p, "\"><code>");
	text_hex(p->out, (struct span){ sha256, 8 });
	page_say(p, "\u2026</code></a>");
}

static void put_quoted(struct page *p, struct span text)
{
	page_say(p, "<q><bdi>");
	page_put(p, text);
	page_say(p, "</bdi></q>");
}

/* -- what each kind says -- */

static const char *const end_words[TEST_ENDS] = {
	[TEST_FAILED] = "fail",
	[TEST_WARNED] = "review",
	[TEST_NOT_EVALUABLE] = "not evaluable",
	[TEST_PASSED] = "pass",
	[TEST_NOT_APPLICABLE] = "not applicable",
};

static void put_counts(struct page *p, const struct statement *s)
{
	bool any = false;

	for (unsigned end = 0; end < TEST_ENDS; end++)
		if (s->counts[end]) {
			text_format(p->out, "%s%u %s", any ? ", " : "", s->counts[end],
				    end_words[end]);
			any = true;
		}
}

/* The first checks that failed, by name. */
static void put_failed(struct page *p, const struct statement *s)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < s->test_count; i++) {
		if (s->tests[i].end != TEST_FAILED || n++ >= NAMED_CHECKS)
			continue;
		page_say(p, n == 1 ? "<br>fail: <code>" : " <code>");
		page_put(p, s->tests[i].check);
		page_say(p, "</code>");
	}
	if (n > NAMED_CHECKS)
		text_format(p->out, " and %u more", n - NAMED_CHECKS);
}

static void put_report(struct page *p, const struct statement *s)
{
	if (s->kind == STATEMENT_EVALUATION) {
		put_counts(p, s);
		put_failed(p, s);
	} else if (s->kind == STATEMENT_COMPARISON) {
		page_say(p, "<bdi>");
		page_put(p, s->answer);
		page_say(p, "</bdi>");
	} else {
		page_say(p, "what is meant to be in it");
	}
	page_say(p, s->kind == STATEMENT_DECLARATION ? "<br>file " : "<br>report ");
	put_link(p, s->file.sha256);
}

static void put_said(struct page *p, const struct statement *s)
{
	if (s->kind == STATEMENT_RELEASE) {
		const struct span words[] = { s->vendor, s->product, s->release };

		for (unsigned i = 0; i < 3; i++) {
			page_say(p, i ? " <bdi>" : "<bdi>");
			page_put(p, words[i]);
			page_say(p, "</bdi>");
		}
		page_say(p, s->text.n ? "<br>" : "");
	}
	if (s->text.n)
		put_quoted(p, s->text);
	if (s->kind == STATEMENT_CLAIM && s->attached_count == 0)
		page_say(p, "<br>An allegation without evidence.");
	for (uint32_t i = 0; i < s->attached_count && i < 8; i++) {
		page_say(p, "<br>evidence ");
		put_link(p, s->attached[i].sha256);
	}
	if (s->kind == STATEMENT_RESPONSE || s->kind == STATEMENT_REVOCATION) {
		page_say(p, s->kind == STATEMENT_RESPONSE ? "<br>answers " : "<br>takes back ");
		put_link(p, s->pae_sha256);
	}
}

/* -- a row -- */

static void put_signer(struct page *p, const struct shown *s)
{
	if (s->signer) {
		page_say(p, "<bdi>");
		page_put(p, s->signer->name);
		text_format(p->out, "</bdi><br><span class=\"soft\">%s</span>",
			    role_name(s->signer->role));
	} else if (s->has_signer) {
		page_say(p, "key <code>");
		text_hex(p->out, (struct span){ s->signer_sha256, 8 });
		page_say(p, "\u2026</code><br><span class=\"soft\">no longer known here</span>");
	} else {
		page_say(p, "<span class=\"soft\">not known here</span>");
	}
}

static void put_subjects(struct page *p, const struct statement *s)
{
	for (uint32_t i = 0; i < s->subject_count; i++) {
		if (p->digest && memcmp(p->digest, s->subjects[i].sha256, SHA256_SIZE) == 0)
			continue;
		page_say(p, "<br>about ");
		put_link(p, s->subjects[i].sha256);
	}
}

static void put_row(struct page *p, const struct shown *s)
{
	bool is_revoked = s->revoked_by != UINT64_MAX;

	text_format(p->out, "<tr%s id=\"e%llu\"><td>%llu</td><td>",
		    is_revoked ? " class=\"revoked\"" : "", (unsigned long long)s->index,
		    (unsigned long long)s->index);
	put_day(p, s->time, false);
	page_say(p, "</td><td>");
	page_say(p, s->has_statement ? statement_name(s->statement.kind) : "unknown");
	page_say(p, "<br>");
	text_format(p->out,
		    "<a href=\"%sapi/envelope/%llu\">as signed</a><br>"
		    "<a href=\"%sapi/proof/%llu\">proof</a></td><td>",
		    p->up, (unsigned long long)s->index, p->up, (unsigned long long)s->index);
	put_signer(p, s);
	page_say(p, "</td><td>");
	if (is_revoked)
		text_format(p->out, "<strong>Taken back by its signer in entry %llu.</strong><br>",
			    (unsigned long long)s->revoked_by);
	if (!s->has_statement)
		page_say(p, "This log has no statement of a kind it knows for it.");
	else if (s->statement.kind <= STATEMENT_DECLARATION)
		put_report(p, &s->statement);
	else
		put_said(p, &s->statement);
	if (s->has_statement)
		put_subjects(p, &s->statement);
	page_say(p, "</td></tr>\n");
}

void page_put_entries(struct page *p)
{
	page_say(p, "<table class=\"entries\">\n<thead><tr><th>Entry</th><th>Taken in</th>"
		    "<th>Kind</th><th>Signed by</th><th>What it says</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < p->count; i++)
		put_row(p, &p->entries[i]);
	page_say(p, "</tbody>\n</table>\n");
}

/* -- the checkpoint -- */

static bool is_named_before(const struct page *p, uint32_t policy, uint32_t witness)
{
	const struct note_key *k = &p->policies[policy]->witnesses[witness].key;

	for (uint32_t i = 0; i <= policy; i++)
		for (uint32_t w = 0; w < p->policies[i]->witness_count; w++) {
			if (i == policy && w == witness)
				return false;
			if (note_keys_equal(&p->policies[i]->witnesses[w].key, k))
				return true;
		}
	return false;
}

static void put_witness(struct page *p, const struct checkpoint *c, const struct policy_witness *w)
{
	uint64_t time = 0;
	enum note_check check = checkpoint_check(c, &w->key, &time);

	page_say(p, "<tr><td><bdi>");
	page_put(p, w->name);
	page_say(p, "</bdi></td><td><bdi>");
	page_put(p, w->key.name);
	page_say(p, "</bdi></td><td>");
	if (check == NOTE_SIGNED)
		put_day(p, (int64_t)time, true);
	else
		page_say(p, check == NOTE_BROKEN ? "its signature does not hold" : "not yet");
	page_say(p, "</td></tr>\n");
}

static void put_witnesses(struct page *p, const struct checkpoint *c)
{
	page_say(p, "<table class=\"witnesses\">\n<thead><tr><th>Witness</th><th>Key</th>"
		    "<th>Cosigned</th></tr></thead>\n<tbody>\n");
	for (uint32_t i = 0; i < p->policy_count; i++)
		for (uint32_t w = 0; w < p->policies[i]->witness_count; w++)
			if (!is_named_before(p, i, w))
				put_witness(p, c, &p->policies[i]->witnesses[w]);
	page_say(p, "</tbody>\n</table>\n");
}

void page_put_checkpoint(struct page *p)
{
	struct checkpoint c;

	page_say(p, "<h2>Who vouches for the list</h2>\n");
	if (checkpoint_read(p->checkpoint, &c)) {
		page_say(p, "<p>No checkpoint is public yet.</p>\n");
		return;
	}
	page_say(p, "<p>The log has signed its <span class=\"size\">");
	text_number(p->out, c.head.size);
	page_say(p, c.head.size == 1 ? "</span> entry as one tree" : "</span> entries as one tree");
	page_say(p, ", with the root <code>");
	text_hex(p->out, (struct span){ c.head.root, SHA256_SIZE });
	page_say(p, "</code>.</p>\n");
	if (p->policy_count == 0) {
		page_say(p, "<p>It asks no witnesses: only the log vouches for it.</p>\n");
		return;
	}
	page_say(p, "<p>Witnesses cosign one history of the log. This page does not show whether "
		    "they are whom you trust: your policy does.</p>\n");
	put_witnesses(p, &c);
}
