/* indicator.c - every row's own lines, and what is told of accounts, listeners and files. */
#include "unit/observe/scenery.h"

static struct span unhex(struct span text, struct arena *a)
{
	uint8_t *p = arena_take(a, text.n / 2 + 1, 1);

	assert_non_null(p);
	for (size_t i = 0; i + 1 < text.n; i += 2) {
		uint64_t value;
		size_t used;

		assert_true(span_number(span_sub(text, i, 2), 16, &value, &used) && used == 2);
		p[i / 2] = (uint8_t)value;
	}
	return (struct span){ p, text.n / 2 };
}

/* "tcp/9530" as a listener that something started. */
static void listen_on(struct scenery *s, struct span line)
{
	struct node *n = scenery_add(s, "/etc/init.d/S50x", span_text("x &\n"));
	struct service_fact *f = fact_new(&s->arena, n, FACT_LISTENER, 0, 3);
	uint64_t port = 0;
	size_t used;

	assert_non_null(f);
	f->f.line = 1;
	f->protocol = field_next(&line, '/');
	assert_true(span_number(line, 10, &port, &used));
	f->port = (uint32_t)port;
}

static void name_component(struct scenery *s, struct span line)
{
	struct node *n = scenery_add(s, "/bin/x", span_text("x"));
	struct component_fact *f = fact_new(&s->arena, n, FACT_COMPONENT, 0, 1);

	assert_non_null(f);
	f->name = field_next(&line, ' ');
	f->version = line;
	f->source = "banner";
	f->nodes.n = 1;
}

static void show(struct scenery *s, const struct indicator_rule *r, const char *line)
{
	struct text t = { 0 };

	switch (r->kind) {
	case INDICATOR_LITERAL:
	case INDICATOR_HOST:
		text_format(&t, "first\n%s\n", line);
		scenery_add(s, "/etc/x.conf", text_span(&t));
		break;
	case INDICATOR_SWITCH:
		text_format(&t, "#!/bin/sh\n%s\n", line);
		scenery_add(s, "/etc/hotplug.d/usb/10-x", text_span(&t));
		break;
	case INDICATOR_COMPONENT:
		name_component(s, span_text(line));
		break;
	case INDICATOR_HEX:
		scenery_add(s, "/bin/x", unhex(span_text(line), &s->arena));
		break;
	case INDICATOR_ACCOUNT:
		text_format(&t, "root:x:0:0::/:/bin/sh\n%s:x:0:0::/:/bin/sh\n", line);
		scenery_add(s, "/etc/passwd", text_span(&t));
		break;
	case INDICATOR_LISTENER:
		listen_on(s, span_text(line));
		break;
	case INDICATOR_FILE:
		scenery_add(s, line,
			    span_text("\x7f"
				      "ELF"));
		break;
	}
	scenery_finish(s);
	text_free(&t);
}

static uint32_t hits_of(const struct scenery *s, const char *id)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < s->facts.count[FACT_INDICATOR]; i++)
		count += span_is(
			((const struct indicator_fact *)s->facts.of[FACT_INDICATOR][i])->indicator,
			id);
	return count;
}

static void every_row_finds_its_line_and_leaves_the_other(void **state)
{
	(void)state;
	assert_true(indicator_rules_count > 50);
	for (size_t i = 0; i < indicator_rules_count; i++) {
		const struct indicator_rule *r = &indicator_rules[i];
		struct scenery s;

		scenery_init(&s);
		show(&s, r, r->yes);
		if (hits_of(&s, r->id) != 1)
			fail_msg("%s does not find %s", r->id, r->yes);
		scenery_free(&s);
		scenery_init(&s);
		show(&s, r, r->no);
		if (hits_of(&s, r->id) != 0)
			fail_msg("%s finds %s", r->id, r->no);
		scenery_free(&s);
	}
}

static void says_where_it_was_published_and_where_it_stands(void **state)
{
	static const char text[] = "#!/bin/sh\ntelnetd -u Alphanetworks:$sign -i br0 &\n";
	const struct indicator_fact *f;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/init0.d/S80telnetd.sh", span_text(text));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_INDICATOR], 1);
	f = (const struct indicator_fact *)s.facts.of[FACT_INDICATOR][0];
	assert_true(span_is(f->indicator, "BD-019"));
	assert_string_equal(f->indicator_kind, "literal");
	assert_string_equal(f->strength, "unique");
	assert_true(span_is(f->reference, "CVE-2017-14421"));
	assert_int_equal(f->f.line, 2);
	assert_int_equal(f->f.offset, 18);
	assert_int_equal(f->f.length, 17);
	scenery_free(&s);
}

static void names_four_places_of_one_value_at_most(void **state)
{
	struct scenery s;
	struct text t = { 0 };

	(void)state;
	scenery_init(&s);
	for (int i = 0; i < 9; i++)
		text_puts(&t, "HELODBG\n");
	scenery_add(&s, "/bin/x.sh", text_span(&t));
	scenery_finish(&s);
	assert_int_equal(hits_of(&s, "BD-008"), 4);
	text_free(&t);
	scenery_free(&s);
}

static void tells_what_a_trigger_starts(void **state)
{
	static const struct {
		const char *path, *text;
		uint32_t wanted;
	} examples[] = {
		{ "/etc/init.d/rcS", "telnetd -l /bin/login &\n", 0 },
		{ "/etc/init.d/rcS", "if [ -f /mnt/usb/debug ]; then\n\ttelnetd &\nfi\n", 1 },
		{ "/etc/init.d/rcS", "[ \"$(nvram get t)\" = 1 ] && /usr/sbin/telnetd\n", 1 },
		{ "/etc/init.d/rcS", "[ -f /mnt/usb/debug ] && busybox telnetd\n", 1 },
		{ "/etc/init.d/rcS", "[ -f /mnt/usb/debug ] && pidof -x telnetd\n", 0 },
		{ "/etc/init.d/rcS", "if [ -f /mnt/usb/debug ]; then\n\t# telnetd &\nfi\n", 0 },
		{ "/etc/init.d/rcS", "if [ -f /mnt/usb/x ]; then\n\tkillall telnetd\nfi\n", 0 },
		{ "/usr/share/udhcpc/default.script", "[ -n \"$opt43\" ] && dropbear\n", 1 },
		{ "/etc/hotplug.d/usb/10", "echo telnetd is off\n", 0 },
		{ "/usr/share/doc/hotplug/x", "telnetd\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		scenery_add(&s, examples[i].path, span_text(examples[i].text));
		scenery_finish(&s);
		if (s.facts.count[FACT_INDICATOR] != examples[i].wanted)
			fail_msg("%s", examples[i].text);
		scenery_free(&s);
	}
}

/* The tables must not speak of more than a place and a publication. */
static void no_row_passes_judgement(void **state)
{
	(void)state;
	for (size_t i = 0; i < indicator_rules_count; i++) {
		struct span meaning = span_text(indicator_rules[i].meaning);

		assert_int_equal(span_find(meaning, 0, span_text("backdoor")), SIZE_MAX);
		assert_true(strlen(indicator_rules[i].reference) > 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_finds_its_line_and_leaves_the_other),
		cmocka_unit_test(says_where_it_was_published_and_where_it_stands),
		cmocka_unit_test(names_four_places_of_one_value_at_most),
		cmocka_unit_test(tells_what_a_trigger_starts),
		cmocka_unit_test(no_row_passes_judgement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
