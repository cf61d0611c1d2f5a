/* text.c - what a person sees, against screens written by hand after the design. */
#include "unit/judge/scene.h"

static const struct check check_one = { .id = "ACC-01", .group = "ACC", .requirements = "" };
static const struct check check_two = { .id = "CRED-03", .group = "CRED", .requirements = "" };
static const struct text_view plain = { .utf8 = true, .image_name = "IMAGE", .only = -1 };

/* The image of the design's first screen: a header, a boot loader, a root, and three parts that
 * nobody understands. */
struct screen {
	struct scene_tree s;
	struct report r;
	struct verdict verdicts[40];
	struct evidence_ref shadow[11];
	struct node *shadow_node, *damaged;
};

static void add_verdicts(struct screen *x, enum outcome o, uint32_t n, const struct check *check)
{
	for (uint32_t i = 0; i < n; i++)
		x->verdicts[x->r.verdict_count++] = (struct verdict){
			.check = check, .outcome = o, .says = "a sentence", .searched = ""
		};
}

static void begin(struct screen *x)
{
	struct scene_tree *s = &x->s;
	struct node *image, *tplink, *root;
	struct identity_fact *id;
	struct fact *line;

	*x = (struct screen){ .s = { .tree = { .count = 0 } } };
	s->tree.nodes = s->nodes;
	image = s->tree.image = scene_node(s, NULL, KIND_REGION);
	image->has_place = true;
	image->length = image->size = 5701632;
	tplink = scene_region(s, image, &scene_tplink, 0, 5177344, STATE_UNDERSTOOD);
	scene_region(s, tplink, NULL, 0, 131072, STATE_UNDERSTOOD)->label = "header";
	root = scene_region(s, tplink, &scene_squashfs, 131072, 5006141, STATE_UNDERSTOOD);
	root->label = "4.0 gzip";
	scene_entry(s, root, KIND_DIRECTORY, "/etc", 0);
	x->shadow_node = scene_entry(s, root, KIND_FILE, "/etc/shadow", 600);
	scene_region(s, tplink, NULL, 5137213, 40131, STATE_PADDING)->label = "0xff";
	scene_region(s, image, NULL, 5177344, 65536, STATE_UNKNOWN)->entropy = 4400;
	scene_region(s, image, NULL, 5242880, 393216, STATE_ENCRYPTED)->entropy = 7999;
	x->damaged = scene_region(s, image, &scene_gzip, 5636096, 31403, STATE_DAMAGED);
	scene_fault(s, x->damaged, fault_at(FAULT_BROKEN, 0, "CRC-32", 1, 2));
	scene_region(s, image, NULL, 5667499, 34133, STATE_PADDING)->label = "0xff";
	id = scene_fact(s, x->shadow_node, FACT_IDENTITY, 0);
	id->vendor = span_text("acme");
	id->product = span_text("router AR-431");
	id->version = span_text("2.3.1");
	line = scene_fact(s, x->shadow_node, FACT_HASH, 7);
	assert_true(facts_collect(s->nodes, s->tree.count, &s->arena, &s->facts));
	assert_true(coverage_of(&s->tree, &s->arena, &s->coverage));
	for (int i = 0; i < 11; i++)
		x->shadow[i] = (struct evidence_ref){ line, x->shadow_node, 554, 24 };
	x->r = (struct report){ .tree = &s->tree,
				.facts = &s->facts,
				.coverage = &s->coverage,
				.verdicts = x->verdicts,
				.options = &s->options,
				.budget = &default_budget,
				.image_size = 5701632 };
	sha256_of(span_text("image"), x->r.image_sha256);
}

static void add_fails(struct screen *x)
{
	x->verdicts[0] = (struct verdict){
		.check = &check_one,
		.outcome = OUTCOME_FAIL,
		.says = "account \"tech\" has no password and can log in by telnet",
		.searched = "",
		.evidence = x->shadow,
		.evidence_count = 1
	};
	x->verdicts[1] = (struct verdict){
		.check = &check_two,
		.outcome = OUTCOME_FAIL,
		.says = "11 passwords stand in public lists; of \"root\": \"password\"",
		.searched = "",
		.evidence = x->shadow,
		.evidence_count = 11
	};
	x->r.verdict_count = 2;
}

static void expect(const char *want, const struct text *have)
{
	if (strcmp(want, have->p) != 0)
		fail_msg("want:\n%s\nhave:\n%s", want, have->p);
}

static const char first_screen[] =
	"acme router AR-431, version 2.3.1                      as the image names itself\n"
	"sha256 6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d\n"
	"5,701,632 bytes\n"
	"\n"
	"understood   90.1 %   5,137,213  tplink, squashfs, gzip; 2 entries\n"
	"padding       1.3 %      74,264\n"
	"NOT UNDERSTOOD          490,155 bytes, 8.6 %: nothing below speaks for them\n"
	"  encrypted   6.9 %     393,216  @0x500000\n"
	"  unknown     1.1 %      65,536  @0x4f0000\n"
	"  damaged     0.6 %      31,403  gzip@0x560000  CRC-32 does not agree\n"
	"\n"
	"Needs attention: 2 fail\n"
	" ■ ACC-01   account \"tech\" has no password and can log in by telnet\n"
	"            /etc/shadow line 7\n"
	" ■ CRED-03  11 passwords stand in public lists; of \"root\": \"password\"\n"
	"            /etc/shadow line 7 and 10 more\n"
	"\n"
	"Verdicts     ■ 2 fail  ◐ 3 review  ▨ 4 not evaluable  ✓ 5 pass\n"
	"             – 1 not applicable\n"
	"Compared with a declaration: none was given (--declaration FILE)\n"
	"Everything, with evidence:  evenhand scan -o report.html IMAGE\n";

static void the_first_screen_is_as_designed(void **state)
{
	struct screen x;
	struct text out = { 0 };

	(void)state;
	begin(&x);
	add_fails(&x);
	add_verdicts(&x, OUTCOME_REVIEW, 3, &check_one);
	add_verdicts(&x, OUTCOME_NOT_EVALUABLE, 4, &check_one);
	add_verdicts(&x, OUTCOME_PASS, 5, &check_one);
	add_verdicts(&x, OUTCOME_NOT_APPLICABLE, 1, &check_one);
	report_text(&x.r, &plain, &out);
	expect(first_screen, &out);
	text_free(&out);
	scene_end(&x.s);
}

static unsigned lines(const struct text *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->p[i] == '\n';
	return n;
}

static void it_fits_forty_lines_and_says_what_is_left_out(void **state)
{
	struct screen x;
	struct text out = { 0 };
	struct text_view view = plain;

	(void)state;
	begin(&x);
	add_fails(&x);
	add_verdicts(&x, OUTCOME_FAIL, 20, &check_one);
	for (int i = 0; i < 60; i++)
		scene_region(&x.s, x.s.tree.image, NULL, 5701632 + (uint64_t)i * 100, 100,
			     i % 2 ? STATE_UNKNOWN : STATE_ENCRYPTED);
	x.s.tree.image->size = x.s.tree.image->length = x.r.image_size = 5701632 + 6000;
	assert_true(coverage_of(&x.s.tree, &x.s.arena, &x.s.coverage));
	view.image_name = "my router.bin";
	report_text(&x.r, &view, &out);
	assert_true(lines(&out) <= 40);
	assert_non_null(strstr(out.p, "   15 more:  evenhand scan --only fail 'my router.bin'\n"));
	assert_non_null(strstr(out.p, "                             58  more parts\n"));
	text_free(&out);
	scene_end(&x.s);
}

static void a_whole_image_takes_one_line(void **state)
{
	struct scene_tree s;
	struct node *root = scene_begin(&s, 13828096, 13828000);
	struct text out = { 0 };
	struct report r = {
		.tree = &s.tree, .facts = &s.facts, .coverage = &s.coverage, .image_size = 13828096
	};

	(void)state;
	scene_region(&s, s.tree.image, NULL, 13828000, 96, STATE_PADDING);
	assert_non_null(root);
	assert_true(facts_collect(s.nodes, s.tree.count, &s.arena, &s.facts));
	assert_true(coverage_of(&s.tree, &s.arena, &s.coverage));
	report_text(&r, &plain, &out);
	assert_non_null(strstr(out.p, "\nunderstood  100.0 %  13,828,096  squashfs\n\n"));
	assert_non_null(strstr(out.p, "Needs attention: nothing failed; 0 reviews\n"));
	assert_non_null(strstr(out.p, "the image does not name itself\n"));
	text_free(&out);
	scene_end(&s);
}

/* A byte that was not understood never rounds away. */
static void nearly_all_is_not_all(void **state)
{
	struct scene_tree s;
	struct text out = { 0 };
	struct report r = { .tree = &s.tree, .facts = &s.facts, .coverage = &s.coverage };

	(void)state;
	scene_begin(&s, 100000000, 99999999);
	r.image_size = 100000000;
	scene_region(&s, s.tree.image, NULL, 99999999, 1, STATE_UNKNOWN);
	assert_true(facts_collect(s.nodes, s.tree.count, &s.arena, &s.facts));
	assert_true(coverage_of(&s.tree, &s.arena, &s.coverage));
	report_text(&r, &plain, &out);
	assert_non_null(strstr(out.p, "understood   99.9 %  99,999,999  squashfs\n"));
	assert_non_null(strstr(out.p, "  unknown     0.1 %           1  @0x5f5e0ff\n"));
	text_free(&out);
	scene_end(&s);
}

static void colours_take_no_room_and_mark_fail_alone(void **state)
{
	struct screen x;
	struct text out = { 0 };
	struct text_view view = plain;

	(void)state;
	begin(&x);
	add_fails(&x);
	view.colour = true;
	report_text(&x.r, &view, &out);
	assert_non_null(strstr(out.p, "Needs attention: \x1b[1;31m2 fail\x1b[0m\n"));
	assert_non_null(strstr(out.p, "\x1b[1mNOT UNDERSTOOD\x1b[0m          490,155 bytes"));
	text_free(&out);
	scene_end(&x.s);
}

static void only_one_outcome_with_its_places(void **state)
{
	static const char want[] = " + CRED-03  a sentence\n"
				   "            looked at: 3 hashes\n";
	struct screen x;
	struct text out = { 0 };
	struct text_view view = { .image_name = "IMAGE", .only = OUTCOME_PASS };

	(void)state;
	begin(&x);
	add_fails(&x);
	add_verdicts(&x, OUTCOME_PASS, 1, &check_two);
	x.verdicts[2].searched = "3 hashes";
	report_text(&x.r, &view, &out);
	expect(want, &out);
	out.n = 0;
	view.only = OUTCOME_REVIEW;
	report_text(&x.r, &view, &out);
	expect("no check ended in: review\n", &out);
	text_free(&out);
	scene_end(&x.s);
}

static void secrets_are_masked_unless_asked_for(void **state)
{
	static const struct check check = { .id = "SEC-01", .group = "SEC", .title = "t" };
	struct text_view view = { .image_name = "IMAGE", .only = OUTCOME_FAIL };
	struct text out = { 0 };
	struct secret_fact *secret;
	struct screen x;

	(void)state;
	begin(&x);
	secret = scene_fact(&x.s, x.s.nodes[x.s.tree.count - 1], FACT_SECRET, 7);
	secret->masked = span_text("Fa...23, 12 characters");
	secret->value = span_text("FakePass-123");
	x.verdicts[0] = (struct verdict){
		.check = &check,
		.outcome = OUTCOME_FAIL,
		.says = "in clear",
		.searched = "",
		.evidence = &(struct evidence_ref){ &secret->f, secret->f.node, 0, 10 },
		.evidence_count = 1,
	};
	x.r.verdict_count = 1;
	report_text(&x.r, &view, &out);
	assert_non_null(strstr(out.p, " line 7  Fa...23, 12 characters\n"));
	assert_null(strstr(out.p, "FakePass"));
	out.n = 0;
	view.reveal = true;
	report_text(&x.r, &view, &out);
	assert_non_null(strstr(out.p, " line 7  FakePass-123\n"));
	text_free(&out);
	scene_end(&x.s);
}

static void recipes_take_the_evidence_out(void **state)
{
	static const char want[] =
		" ■ ACC-01   account \"tech\" has no password and can log in by telnet\n"
		"            tplink@0x0!squashfs@0x20000!/etc/shadow  bytes 554-577, line 7\n"
		"            dd if=IMAGE bs=64K iflag=skip_bytes,count_bytes status=none \\\n"
		"               skip=0 count=5177344 of=part1\n"
		"            dd if=part1 bs=64K iflag=skip_bytes,count_bytes status=none \\\n"
		"               skip=131072 count=5006141 of=part2\n"
		"            unsquashfs -no-wildcards -cat part2 etc/shadow > part3\n"
		"            sha256sum < part3\n"
		"            # expect "
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
		"            tail -c +555 part3 | head -c 24   # the bytes that are meant\n";
	struct screen x;
	struct text out = { 0 };
	struct text_view view = plain;

	(void)state;
	begin(&x);
	add_fails(&x);
	x.r.verdict_count = 1;
	x.shadow_node->has_sha256 = true;
	sha256_of(span_text("test"), x.shadow_node->sha256);
	view.only = OUTCOME_FAIL;
	view.recipes = true;
	report_text(&x.r, &view, &out);
	expect(want, &out);
	text_free(&out);
	scene_end(&x.s);
}

static void exit_codes_follow_the_verdicts(void **state)
{
	static const struct {
		enum outcome outcome;
		enum reason reason;
		int code;
	} rows[] = {
		{ OUTCOME_PASS, REASON_NONE, 0 },
		{ OUTCOME_REVIEW, REASON_NONE, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_DOCUMENTS_NEEDED, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_VERSION_UNKNOWN, 0 },
		{ OUTCOME_NOT_EVALUABLE, REASON_OPAQUE_REGION, 3 },
		{ OUTCOME_NOT_EVALUABLE, REASON_UNKNOWN_FORMAT, 3 },
		{ OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED, 3 },
		{ OUTCOME_NOT_EVALUABLE, REASON_PARSER_FAILED, 3 },
		{ OUTCOME_NOT_EVALUABLE, REASON_LIMIT_REACHED, 3 },
		{ OUTCOME_NOT_EVALUABLE, REASON_QUARANTINED, 3 },
		{ OUTCOME_FAIL, REASON_NONE, 1 },
	};
	struct verdict both[2] = { { .outcome = OUTCOME_NOT_EVALUABLE, .reason = REASON_ENCRYPTED },
				   { .outcome = OUTCOME_FAIL } };
	struct report r = { .verdicts = both, .verdict_count = 2 };

	(void)state;
	assert_int_equal(report_exit(&r, NULL), 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v = { .outcome = rows[i].outcome, .reason = rows[i].reason };

		r.verdicts = &v;
		r.verdict_count = 1;
		assert_int_equal(report_exit(&r, NULL), rows[i].code);
	}
}

/* -- the tree -- */

static void the_summary_is_as_designed(void **state)
{
	static const char want[] =
		"image                                             5,701,632\n"
		"  tplink@0x0                                      5,177,344\n"
		"    @0x0  header                                    131,072\n"
		"    squashfs@0x20000  4.0 gzip                    5,006,141  2 entries\n"
		"      /etc/ … /etc/shadow                                    (--all lists them)\n"
		"    @0x4e633d  padding 0xff                          40,131\n"
		"  @0x4f0000  unknown, entropy 4.4 of 8  ▨            65,536\n"
		"  @0x500000  encrypted, entropy 7.9 of 8  ▨         393,216\n"
		"  gzip@0x560000  damaged, CRC-32  ▨                  31,403\n"
		"  @0x567aab  padding 0xff                            34,133\n";
	struct screen x;
	struct text out = { 0 };

	(void)state;
	begin(&x);
	report_tree(&x.s.tree, &plain, TREE_SUMMARY, &out);
	expect(want, &out);
	text_free(&out);
	scene_end(&x.s);
}

static void every_entry_takes_one_line(void **state)
{
	static const char want[] = "@region          100,000  image\n"
				   "@region          100,000  squashfs@0x0\n"
				   "-rw-r--r-- 0:0        25  /www/\\x20\n"
				   "-rwsr-xr-x 0:0     1,234  /bin/su\n"
				   "lrwxrwxrwx 0:0         -  /www/backup -> ../../etc/shadow\n"
				   "crw-rw-rw- 0:0       1,3  /dev/null\n"
				   "drwxrwxrwt 0:0         -  /tmp\n"
				   "hrwsr-xr-x 0:0     1,234  /bin/ping is /bin/su\n"
				   "-?         -:-         3  /x\n";
	struct scene_tree s;
	struct node *root = scene_begin(&s, 100000, 100000), *n, *su;
	struct text out = { 0 };

	(void)state;
	scene_entry(&s, root, KIND_FILE, "/www/ ", 25);
	su = scene_entry(&s, root, KIND_FILE, "/bin/su", 1234);
	su->mode = 04755;
	n = scene_entry(&s, root, KIND_SYMLINK, "/www/backup", 0);
	n->mode = 0777;
	n->target = span_text("../../etc/shadow");
	n = scene_entry(&s, root, KIND_CHAR_DEVICE, "/dev/null", 0);
	n->mode = 0666;
	n->major = 1;
	n->minor = 3;
	scene_entry(&s, root, KIND_DIRECTORY, "/tmp", 0)->mode = 01777;
	n = scene_entry(&s, root, KIND_HARDLINK, "/bin/ping", 1234);
	n->hardlink_of = su;
	n->mode = 04755;
	n = scene_entry(&s, root, KIND_FILE, "/x", 3);
	n->has_mode = n->has_owner = false;
	report_tree(&s.tree, &plain, TREE_ALL, &out);
	expect(want, &out);
	text_free(&out);
	scene_end(&s);
}

static void explanations_name_what_was_refused(void **state)
{
	static const char want[] = "0x000000     90,000  squashfs\n"
				   "                     recognised by   its header: SquashFS\n"
				   "                     as in           kernel\n"
				   "                     refused there   gzip at 0x10: method: "
				   "found 0x7, allowed 0x8\n"
				   "                                     tplink at 0x20: overlaps "
				   "with what was taken\n"
				   "0x015f90     10,000  unknown\n"
				   "                     tried           every one of ";
	struct scene_tree s;
	struct text out = { 0 };
	struct refusal second = { .offset = 0x20, .format = &scene_tplink };
	struct refusal first = { .next = &second,
				 .offset = 0x10,
				 .format = &scene_gzip,
				 .fault = { FAULT_UNKNOWN, 2, "method", 7, 8 } };

	(void)state;
	scene_begin(&s, 100000, 90000);
	scene_region(&s, s.tree.image, NULL, 90000, 10000, STATE_UNKNOWN);
	first.node = second.node = s.tree.image;
	s.tree.refusals = &first;
	report_tree(&s.tree, &plain, TREE_EXPLAIN, &out);
	assert_non_null(out.p);
	out.p[strlen(want)] = 0;
	expect(want, &out);
	text_free(&out);
	scene_end(&s);
}

/* -- hostile names -- */

static const char *hostile_name(size_t i)
{
	static char long_name[4097];
	static const char *const names[] = {
		"/\x1b[2J\x1b]0;owned\x07",
		"/<script>alert(1)</script>",
		"/\xe2\x80\xae"
		"cod.exe",
		"/a\nroot::0:0::/:/bin/sh",
		"/\r\b\x7f",
		"/\xc2\x9b"
		"31m",
		"/\xff\xfe\x80",
		"/e\xcc\x81\xe2\x80\x8b\xef\xbb\xbf",
		"/ ",
		"/\\x41!#'\"$(reboot)`",
	};

	if (i < sizeof(names) / sizeof(names[0]))
		return names[i];
	if (i > sizeof(names) / sizeof(names[0]))
		return NULL;
	memset(long_name, 'L', 4096);
	long_name[0] = '/';
	return long_name;
}

static void check_harmless(const struct text *t, bool ascii)
{
	struct span s = text_span(t);

	assert_false(t->failed);
	for (size_t at = 0; at < s.n;) {
		uint32_t code = 0;
		size_t n = utf8_decode(span_from(s, at), &code);

		assert_true(n > 0);
		assert_true(code == '\n' || code_point_visible(code));
		assert_true(!ascii || code < 0x80);
		at += n;
	}
}

static void write_all_forms(const struct report *r, bool utf8, int form, struct text *out)
{
	struct text_view view = { .utf8 = utf8, .image_name = "\x1b[2J.bin", .only = -1 };

	if (form < 3) {
		report_tree(r->tree, &view, (enum tree_form)form, out);
		return;
	}
	if (form == 3) {
		report_text(r, &view, out);
		return;
	}
	view.only = OUTCOME_FAIL;
	view.recipes = form == 5;
	report_text(r, &view, out);
}

static void hostile_names_reach_no_terminal(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = hostile_name(i)); i++) {
		struct screen x;
		struct identity_fact *id;

		begin(&x);
		add_fails(&x);
		x.shadow_node->path = span_text(name);
		x.s.nodes[3]->path = span_text(name);
		x.s.nodes[3]->kind = KIND_SYMLINK;
		x.s.nodes[3]->target = span_text(name);
		id = (struct identity_fact *)x.s.facts.of[FACT_IDENTITY][0];
		id->vendor = id->product = id->version = span_text(name);
		for (int form = 0; form < 12; form++) {
			struct text out = { 0 };

			write_all_forms(&x.r, form % 2, form / 2, &out);
			check_harmless(&out, form % 2 == 0);
			text_free(&out);
		}
		scene_end(&x.s);
	}
}

static void hostile_names_stay_within_json_strings(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = hostile_name(i)); i++) {
		struct screen x;
		struct xattr attribute;
		struct text out = { 0 };
		size_t quotes = 0;

		begin(&x);
		add_fails(&x);
		x.shadow_node->path = span_text(name);
		attribute = (struct xattr){ span_text(name), span_text("v") };
		x.shadow_node->xattrs = &attribute;
		x.shadow_node->xattr_count = 1;
		report_json(&x.r, &out);
		check_harmless(&out, false);
		assert_int_equal(lines(&out), 1);
		for (size_t at = 0; at < out.n; at++) {
			if (out.p[at] == '\\')
				at++;
			else
				quotes += out.p[at] == '"';
		}
		assert_int_equal(quotes % 2, 0);
		text_free(&out);
		scene_end(&x.s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_screen_is_as_designed),
		cmocka_unit_test(it_fits_forty_lines_and_says_what_is_left_out),
		cmocka_unit_test(a_whole_image_takes_one_line),
		cmocka_unit_test(nearly_all_is_not_all),
		cmocka_unit_test(colours_take_no_room_and_mark_fail_alone),
		cmocka_unit_test(only_one_outcome_with_its_places),
		cmocka_unit_test(secrets_are_masked_unless_asked_for),
		cmocka_unit_test(recipes_take_the_evidence_out),
		cmocka_unit_test(exit_codes_follow_the_verdicts),
		cmocka_unit_test(the_summary_is_as_designed),
		cmocka_unit_test(every_entry_takes_one_line),
		cmocka_unit_test(explanations_name_what_was_refused),
		cmocka_unit_test(hostile_names_reach_no_terminal),
		cmocka_unit_test(hostile_names_stay_within_json_strings),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
