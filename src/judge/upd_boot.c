/* upd_boot.c - the boot chain, the root file system, package feeds, keys and the factory reset. */
#include "judge/key.h"
#include "judge/upd.h"
#include "observe/observe.h"

static bool holds(struct span s, const char *word)
{
	return span_find(s, 0, span_text(word)) != SIZE_MAX;
}

static bool is_format(const struct node *n, const char *name)
{
	return n->format && strcmp(n->format->name, name) == 0;
}

/* -- UPD-06 -- */

static bool is_boot_loader(const struct node *n)
{
	return is_format(n, "uboot") || is_format(n, "kwbimage") ||
	       (n->kind == KIND_FILE &&
		name_matches(node_name(n), "u-boot*.bin,u-boot*.img,uboot*.bin,u-boot.itb"));
}

/* A signature of the image that one of the boot loader's required keys verifies. */
static bool is_chained(const struct ruling *r, const struct update_fact *key)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "signature") && u->verified == TRI_YES && key->spki_sha256.n &&
	    span_equal(u->spki_sha256, key->spki_sha256))
		return true;
	return false;
}

static void look_at_stages(struct ruling *r)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		if (!upd_is(u, "verified-boot") || span_is(u->what, "dm-verity hash tree"))
			continue;
		if (span_is(u->what, "Android verified boot") &&
		    (holds(u->value, "not verified") || holds(u->value, "no hash trees")))
			rule_fact(r, OUTCOME_FAIL, &u->f);
		else if (span_is(u->what, "required key in a device tree") && is_chained(r, u))
			rule_fact(r, OUTCOME_PASS, &u->f);
		else
			rule_fact(r, OUTCOME_REVIEW, &u->f);
	}
}

static void judge_boot(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t loaders = 0;

	for (uint32_t i = 0; i < t->count; i++)
		loaders += is_boot_loader(t->nodes[i]);
	look_at_stages(r);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "a flag of vbmeta says that nothing is verified");
	if (rule_count(r, OUTCOME_PASS)) {
		r->of[OUTCOME_REVIEW].n = 0;
		rule_passed(r, "device trees and signatures");
		rule_says(r, OUTCOME_PASS, "a required key verifies a signature of the image");
	} else if (rule_count(r, OUTCOME_REVIEW)) {
		rule_says(r, OUTCOME_REVIEW, "parts of verified boot are here, not a whole chain");
	} else if (loaders) {
		rule_says(r, OUTCOME_REVIEW, "a boot loader is here and verifies nothing we know");
	} else {
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no boot loader is in the image");
	}
}

const struct check check_upd_06 = {
	.id = "UPD-06",
	.group = "UPD",
	.title = "Verified boot chain",
	.rule = "fail if a flag in the image says that verification is off; pass if a key that a "
		"device tree requires verifies a signature of the image; review if parts of a "
		"chain are here, or a boot loader without any; not evaluable without a boot "
		"loader",
	.does_not_prove = "fuses, and what the ROM checks",
	.requirements = "EN 5.7-1 (R); 33.117 4.2.3.3.2; CRA I(2)(f); ISVS 1.2.7; ISVS 3.1.5; "
			"ISVS 3.1.4 (L2); CWE-347",
	.reads = READS(UPDATE) | READS_GAPS | READS_TREE,
	.judge = judge_boot,
};

/* -- UPD-07 -- */

static bool is_root(const struct node *n)
{
	return n->kind == KIND_DIRECTORY && (span_is(n->path, "/sbin") || span_is(n->path, "/bin"));
}

static void judge_integrity(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t roots = 0;

	for (uint32_t i = 0; i < t->count; i++)
		roots += is_root(t->nodes[i]);
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		const struct node *around = u->f.node->parent;

		if (upd_tells(u, "verified-boot", "dm-verity hash tree") &&
		    !(around && is_format(around, "rauc")))
			rule_fact(r, OUTCOME_PASS, &u->f);
		else if (upd_is(u, "verified-boot") && holds(u->value, "verity") &&
			 holds(u->value, "root"))
			rule_fact(r, OUTCOME_PASS, &u->f);
	}
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "hash trees and command lines");
		rule_says(r, OUTCOME_PASS, "a hash tree stands over a file system");
	} else if (roots) {
		rule_says(r, OUTCOME_REVIEW, "no hash tree over the root file system was found");
	} else {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no root file system was found");
	}
}

const struct check check_upd_07 = {
	.id = "UPD-07",
	.group = "UPD",
	.title = "Root file system integrity",
	.rule = "pass if a hash tree (dm-verity) stands over a file system; review if a root file "
		"system has none; not applicable without a root file system",
	.does_not_prove = "that the root hash is signed and checked",
	.requirements = "EN 5.7-1 (R); EN 5.7-2 (R); ISVS 3.2.10 (L3); CRA I(2)(f)",
	.reads = READS(UPDATE) | READS_GAPS | READS_TREE,
	.judge = judge_integrity,
};

/* -- UPD-08 -- */

static bool is_feed(const struct update_fact *u)
{
	return upd_is(u, "feed") && !span_is(u->what, "signature check") &&
	       !span_is(u->what, "certificate check");
}

/* How a file system's package manager checks: on, off, or what the manager does by itself. */
static enum tri is_checked(const struct ruling *r, const struct node *root, struct span manager)
{
	enum tri checked = span_is(manager, "opkg") || span_is(manager, "yum") ? TRI_NO : TRI_YES;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_tells(u, "feed", "signature check") && node_root(u->f.node) == root)
		checked = span_is(u->value, "off") ? TRI_NO : TRI_YES;
	return checked;
}

static void judge_feeds(struct ruling *r)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		bool safe = span_starts(u->value, span_text("https://"));

		if (!is_feed(u))
			continue;
		if (is_checked(r, node_root(u->f.node), u->what) == TRI_YES)
			rule_fact(r, safe ? OUTCOME_PASS : OUTCOME_REVIEW, &u->f);
		else
			rule_fact(r, safe ? OUTCOME_REVIEW : OUTCOME_FAIL, &u->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in clear, and signatures are not checked",
			  counted(r, rule_count(r, OUTCOME_FAIL), "feed is fetched",
				  "feeds are fetched"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s protected by TLS or by signatures alone",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "feed is", "feeds are"));
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "%s", counted(r, rule_count(r, OUTCOME_PASS), "feed", "feeds"));
		rule_says(r, OUTCOME_PASS, "feeds are https, and signatures are checked");
	} else {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no package feed is configured");
	}
}

const struct check check_upd_08 = {
	.id = "UPD-08",
	.group = "UPD",
	.title = "Package feeds",
	.rule = "fail if a feed is fetched over http while signatures are not checked; review if "
		"one of both protects it; pass if both do; not applicable without feeds. opkg and "
		"yum check only where they are told to, apt and apk by themselves",
	.does_not_prove = "who signs, and that the keys are the distributor's",
	.requirements = "EN 5.3-10 (M); EN 5.5-1 (M); TR.E.3; CRA I(2)(c); CRA II(7); "
			"ISVS 3.4.12 (L1); CWE-494",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_feeds,
};

/* -- UPD-09 -- */

static void judge_test_keys(struct ruling *r)
{
	uint32_t keys = 0;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		if (!upd_is_key(u))
			continue;
		keys++;
		if (key_published(u->spki_sha256))
			rule_fact(r, OUTCOME_FAIL, &u->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s published with its private half",
			  counted(r, rule_count(r, OUTCOME_FAIL), "key that checks is",
				  "keys that check are"));
	if (keys)
		rule_passed(r, "%s", counted(r, keys, "key that checks", "keys that check"));
	else
		rule_open(r, REASON_DOCUMENTS_NEEDED, "which key checks updates is not known");
}

const struct check check_upd_09 = {
	.id = "UPD-09",
	.group = "UPD",
	.title = "Test or development keys",
	.rule = "fail if a key that checks updates or boot stages is one whose private half is "
		"published; pass if none is; not evaluable if no such key is known",
	.does_not_prove = "secrecy of a key that is in no list",
	.requirements = "ISVS 1.3.13 (L2); ISVS 3.4.8 (L1); EN 5.3-7 (M); CWE-321; CWE-1394",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_test_keys,
};

/* -- UPD-10 -- */

/* Commands after which nothing of the settings is left. */
static bool is_whole(struct span line)
{
	static const char *const words[] = { "jffs2reset",  "firstboot",   "nvram erase",
					     "rootfs_data", "flash_erase", "rm -rf /overlay",
					     "ubirmvol",    "mtd erase" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (holds(line, words[i]))
			return true;
	return false;
}

static void judge_reset(struct ruling *r)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is(u, "reset"))
		rule_fact(r, is_whole(u->value) ? OUTCOME_PASS : OUTCOME_REVIEW, &u->f);
	if (rule_count(r, OUTCOME_PASS)) {
		r->of[OUTCOME_REVIEW].n = 0;
		rule_passed(r, "scripts");
		rule_says(r, OUTCOME_PASS, "%s a partition of settings",
			  counted(r, rule_count(r, OUTCOME_PASS), "line of a script erases",
				  "lines of scripts erase"));
	} else if (rule_count(r, OUTCOME_REVIEW)) {
		rule_says(
			r, OUTCOME_REVIEW, "%s settings; what stays is for a reader",
			counted(r, rule_count(r, OUTCOME_REVIEW), "line removes", "lines remove"));
	} else {
		rule_open(r, REASON_NO_SYMBOLS, "no script that restores defaults was found");
	}
}

const struct check check_upd_10 = {
	.id = "UPD-10",
	.group = "UPD",
	.title = "Factory reset",
	.rule = "pass if a script erases the partition of settings; review if scripts remove "
		"settings otherwise; not evaluable if no script does",
	.does_not_prove = "that data elsewhere is erased; that erased flash cannot be read",
	.requirements = "TR.I.1 (MUST); EN 5.11-1 (M); CRA I(2)(b); CRA I(2)(m); ISVS 2.3.2 (L1)",
	.reads = READS(UPDATE) | READS_GAPS,
	.judge = judge_reset,
};
