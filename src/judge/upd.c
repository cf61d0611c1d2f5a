/* upd.c - updates: their signatures, the programs that take them, and where they come from. */
#include "judge/upd.h"

bool upd_is(const struct update_fact *u, const char *kind)
{
	return word_is(u->update_kind, kind);
}

bool upd_tells(const struct update_fact *u, const char *kind, const char *what)
{
	return upd_is(u, kind) && span_is(u->what, what);
}

uint32_t upd_count(const struct ruling *r, const char *kind, const char *what)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	n += what ? upd_tells(u, kind, what) : upd_is(u, kind);
	return n;
}

bool upd_is_key(const struct update_fact *u)
{
	return upd_tells(u, "verifier", "public key") ||
	       (upd_is(u, "verified-boot") && u->spki_sha256.n) ||
	       (upd_is(u, "signature") && u->spki_sha256.n);
}

bool upd_is_checked(const struct ruling *r, const struct fact *f)
{
	const struct node *root = node_root(f->node);

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_tells(u, "verifier", "checks a signature") && node_root(u->f.node) == root)
		return true;
	return false;
}

bool upd_is_signed(const struct ruling *r)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "signature") && u->verified == TRI_YES)
		return true;
	return false;
}

/* -- UPD-01 -- */

static void judge_signature(struct ruling *r)
{
	uint32_t n = upd_count(r, "signature", NULL);

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "signature"))
		rule_fact(r, u->verified == TRI_YES ? OUTCOME_PASS : OUTCOME_REVIEW, &u->f);
	if (n == 0)
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no signature is in this file");
	else if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s not verified: no key here fits",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "signature is",
				  "signatures are"));
	else {
		rule_passed(r, "%s", counted(r, n, "signature", "signatures"));
		rule_says(r, OUTCOME_PASS, "%s by a key that is here or was given",
			  counted(r, n, "signature is verified", "signatures are verified"));
	}
}

const struct check check_upd_01 = {
	.id = "UPD-01",
	.group = "UPD",
	.title = "A signature accompanies the update",
	.rule = "pass if every signature that was found verifies with a key of the image or one "
		"that was given; review if one does not, or no key fits; not evaluable without a "
		"signature, which may be detached",
	.does_not_prove = "that the device checks it",
	.requirements =
		"33.117 4.2.3.3.5; EN 5.3-7 (M); EN 5.3-9 (R); EN 5.3-10 (M); TR.E.5 (MUST); "
		"TR.E.6 (SHOULD); TR.E.7; CRA I(2)(c); CRA I(2)(f); CRA II(7); N8425 SU; "
		"ISVS 3.4.3 (L1); CWE-345; CWE-347",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_signature,
};

/* -- UPD-02 -- */

/* A check that a variable decides, and nothing of that file system sets it. */
static bool is_left_off(const struct ruling *r, const struct update_fact *may)
{
	const struct node *root = node_root(may->f.node);

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_tells(u, "verifier", "signature required") && span_is(u->value, "on") &&
	    node_root(u->f.node) == root)
		return false;
	return true;
}

static bool is_off(const struct ruling *r, const struct update_fact *u)
{
	if (upd_tells(u, "verifier", "signature required"))
		return span_is(u->value, "off");
	return upd_tells(u, "verifier", "signature may be required") && is_left_off(r, u);
}

static void judge_updater(struct ruling *r)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		if (is_off(r, u))
			rule_fact(r, OUTCOME_FAIL, &u->f);
		else if (upd_tells(u, "updater", "writes flash"))
			rule_fact(r, upd_is_checked(r, &u->f) ? OUTCOME_PASS : OUTCOME_FAIL, &u->f);
		else if (upd_tells(u, "verifier", "checks a signature"))
			rule_fact(r, OUTCOME_PASS, &u->f);
		else if (upd_tells(u, "updater", "writes a partition") ||
			 upd_tells(u, "updater", "hands over"))
			rule_fact(r, OUTCOME_REVIEW, &u->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s flash unsigned, or a check is off",
			  counted(r, rule_count(r, OUTCOME_FAIL), "updater line writes",
				  "updater lines write"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s a partition or leave it to a program",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "line writes", "lines write"));
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "scripts and settings of updaters");
		rule_says(r, OUTCOME_PASS, "the updater checks a signature");
	} else {
		rule_open(r, REASON_NO_SYMBOLS, "no script that writes flash was found");
	}
}

const struct check check_upd_02 = {
	.id = "UPD-02",
	.group = "UPD",
	.title = "The updater verifies",
	.rule = "fail if an updater's script writes flash and no script of that file system which "
		"updates checks a signature, or the check is switched off; review if other "
		"scripts write partitions or a program does; pass if a signature is checked; not "
		"evaluable without such a script",
	.does_not_prove = "that the check's result is honoured; what compiled updaters do",
	.requirements = "33.117 4.2.3.3.5; EN 5.3-2 (M); EN 5.3-7 (M); EN 5.3-10 (M); "
			"TR.E.5 (MUST); TR.E.7 (MUST NOT); ISVS 3.4.3 (L1); ISVS 3.4.8 (L1); "
			"CWE-494; CWE-347; CWE-345",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_updater,
};

/* -- UPD-03 -- */

static void judge_checksum(struct ruling *r)
{
	bool checked = false;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		checked |= upd_tells(u, "updater", "writes flash") && upd_is_checked(r, &u->f);
		if (upd_tells(u, "verifier", "compares a checksum") && !upd_is_checked(r, &u->f))
			rule_fact(r, OUTCOME_REVIEW, &u->f);
	}
	if (rule_count(r, OUTCOME_REVIEW) && upd_count(r, "updater", "writes flash")) {
		r->of[OUTCOME_FAIL] = r->of[OUTCOME_REVIEW];
		rule_says(r, OUTCOME_FAIL, "updaters compare checksums and no signature");
	} else if (rule_count(r, OUTCOME_REVIEW)) {
		rule_says(r, OUTCOME_REVIEW, "a script compares checksums; who writes is not seen");
	} else if (checked) {
		rule_passed(r, "updaters");
		rule_says(r, OUTCOME_PASS, "the updater checks a signature");
	} else if (upd_count(r, "updater", "writes flash")) {
		rule_says(r, OUTCOME_REVIEW, "updaters compare neither checksum nor signature");
	} else {
		rule_open(r, REASON_NO_SYMBOLS, "no script that writes flash was found");
	}
}

const struct check check_upd_03 = {
	.id = "UPD-03",
	.group = "UPD",
	.title = "Only a checksum protects the update",
	.rule = "fail if updaters' scripts write flash and compare a checksum, and none checks a "
		"signature; review if they compare nothing, or what writes is not seen; pass if a "
		"signature is checked; not evaluable without such a script",
	.does_not_prove = "what compiled programs compare",
	.requirements = "33.117 4.2.3.3.5; EN 5.3-2 (M); EN 5.3-7 (M); EN 5.3-10 (M); "
			"TR.E.5 (MUST); TR.E.7 (MUST NOT); ISVS 3.4.3 (L1); ISVS 3.4.8 (L1); "
			"CWE-328; CWE-354; CWE-345",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_checksum,
};

/* -- UPD-04 -- */

static bool starts(struct span s, const char *with)
{
	return span_starts(s, span_text(with));
}

static bool holds(struct span s, const char *word)
{
	return span_find(s, 0, span_text(word)) != SIZE_MAX;
}

/* A file that is fetched, or a host that is called after updates; not a page for people. */
static bool is_download(struct span url)
{
	static const char *const parts[] = { "%s",         ".bin",    ".img",   ".trx",
					     ".txt",       ".json",   ".ini",   ".chk",
					     ".zip",       ".tar",    ".dat",   "://update",
					     "://upgrade", "://fota", "://ota", "://fw",
					     "://firmware" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (holds(url, parts[i]))
			return true;
	return false;
}

static enum outcome of_source(const struct update_fact *u, bool is_signed)
{
	if (span_is(u->what, "certificate not checked"))
		return holds(u->value, "update") || holds(u->value, "upgrade") ||
				       holds(u->value, "firmware")
			       ? OUTCOME_FAIL
			       : OUTCOME_REVIEW;
	if (starts(u->value, "https://"))
		return OUTCOME_PASS;
	return is_signed || !is_download(u->value) ? OUTCOME_REVIEW : OUTCOME_FAIL;
}

static void judge_transport(struct ruling *r)
{
	bool is_signed = upd_is_signed(r);

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "url"))
		rule_fact(r, of_source(u, is_signed || upd_is_checked(r, &u->f)), &u->f);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in clear or from an unchecked server",
			  counted(r, rule_count(r, OUTCOME_FAIL), "update URL leads",
				  "update URLs lead"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s in clear or unchecked; what for is open",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "URL is", "URLs are"));
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "%s", counted(r, rule_count(r, OUTCOME_PASS), "URL", "URLs"));
		rule_says(r, OUTCOME_PASS, "update URLs are https");
	} else {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no URL of an update was found");
	}
}

const struct check check_upd_04 = {
	.id = "UPD-04",
	.group = "UPD",
	.title = "Update transport",
	.rule = "fail if an update is fetched without a look at the server's certificate, or over "
		"http or ftp while no signature is checked; review if over http with a signature, "
		"or the URL may be a page; pass if https; not applicable without such a URL",
	.does_not_prove = "that the URL is used, and what the server sends",
	.requirements = "EN 5.3-10 (M); EN 5.5-1 (M); TR.E.3; CRA I(2)(c); CRA II(7); "
			"ISVS 3.4.12 (L1); ISVS 3.4.10 (L1); ISVS 4.1.3 (L1); CWE-295; CWE-319; "
			"CWE-494",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_transport,
};

/* -- UPD-05 -- */

/* A line that only speaks of older versions compares nothing. */
static bool compares(struct span line)
{
	static const char *const marks[] = { " -gt ",  " -ge ", " -lt ", " -le ", " -ne ",
					     "!=",     "==",    " = ",   "\\>",   "\\<",
					     "sort -", "expr ", "cmp",   "case " };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (holds(line, marks[i]))
			return true;
	return false;
}

static void judge_rollback(struct ruling *r)
{
	bool open = upd_count(r, "updater", "writes flash") > 0;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "rollback"))
		rule_fact(r,
			  span_is(u->what, "line of a script") && compares(u->value)
				  ? OUTCOME_PASS
				  : OUTCOME_REVIEW,
			  &u->f);
	if (rule_count(r, OUTCOME_PASS)) {
		r->of[OUTCOME_REVIEW].n = 0;
		rule_passed(r, "scripts that update");
		rule_says(r, OUTCOME_PASS, "an updater's script compares versions");
	} else if (rule_count(r, OUTCOME_REVIEW)) {
		rule_says(r, OUTCOME_REVIEW, "%s of older versions; code decides",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "text speaks", "texts speak"));
	} else if (open) {
		rule_says(r, OUTCOME_REVIEW, "no comparison of versions in updaters' scripts");
	} else {
		rule_open(r, REASON_NO_SYMBOLS, "no script that writes flash was found");
	}
}

const struct check check_upd_05 = {
	.id = "UPD-05",
	.group = "UPD",
	.title = "Anti-rollback",
	.rule = "pass if a line of an updater's script compares and speaks of older versions; "
		"review if texts only speak of it, or updaters' scripts compare nothing; not "
		"evaluable for compiled updaters; never fail",
	.does_not_prove =
		"that the comparison is strict; an older version may be wanted to recover",
	.requirements = "ISVS 3.4.6 (L3); CWE-1328",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_rollback,
};
