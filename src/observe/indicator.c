/* indicator.c - values that were published as ways in which nobody documented, or as traces of an
 * intrusion: a hit says that the value stands there, and where it was published, no more. */
#include "observe/purpose.h"
#include "observe/system.h"

#define MOST_PLACES 4 /* of one value in one file */

static const char *const kinds[] = {
	[INDICATOR_LITERAL] = "literal",   [INDICATOR_HEX] = "hex",
	[INDICATOR_HOST] = "host",         [INDICATOR_ACCOUNT] = "account",
	[INDICATOR_LISTENER] = "listener", [INDICATOR_FILE] = "file",
	[INDICATOR_SWITCH] = "switch",     [INDICATOR_COMPONENT] = "component",
};

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_of_word(int c)
{
	return is_letter_or_digit(c) || c == '_';
}

/* Whether a word that goes on beyond one end is another word. */
static bool is_whole_word(struct span s, uint64_t at, size_t n)
{
	int before = at ? span_byte(s, at - 1) : -1, behind = span_byte(s, at + n);

	return !(is_of_word(before) && is_of_word(span_byte(s, at))) &&
	       !(is_of_word(behind) && is_of_word(span_byte(s, at + n - 1)));
}

/* "a.host.example" lies below "host.example"; "xhost.example" and "host.example.net" do not. A part
 * of another address is no address. */
static bool is_whole_host(struct span s, uint64_t at, size_t n)
{
	int before = at ? span_byte(s, at - 1) : -1, behind = span_byte(s, at + n);
	bool goes_on = behind == '.' && is_letter_or_digit(span_byte(s, at + n + 1));

	if (is_letter_or_digit(before) || before == '-' || before == '_')
		return false;
	if (before == '.' && is_digit(span_byte(s, at)))
		return false;
	return !is_letter_or_digit(behind) && behind != '-' && behind != '_' && !goes_on;
}

static uint32_t places_of(const struct node *n, const struct indicator_rule *r)
{
	uint32_t count = 0;

	for (const struct fact *f = n->facts; f; f = f->next)
		count += f->kind == FACT_INDICATOR &&
			 span_is(((const struct indicator_fact *)f)->indicator, r->id);
	return count;
}

static struct indicator_fact *add(struct arena *a, struct node *n, const struct indicator_rule *r,
				  uint64_t at, uint64_t length)
{
	struct indicator_fact *f = NULL;

	if (places_of(n, r) < MOST_PLACES)
		f = fact_new(a, n, FACT_INDICATOR, at, length);
	if (!f)
		return NULL;
	f->indicator = span_text(r->id);
	f->indicator_kind = kinds[r->kind];
	f->strength = r->is_unique ? "unique" : "supporting";
	f->what = span_text(r->meaning);
	f->reference = span_text(r->reference);
	return f;
}

/* -- what a script starts on a trigger -- */

#define LINES_OF_CONDITION 6
#define LONGEST_CONDITION  1024

/* Scripts that something from outside sets off, by where they stand. */
static const char *const triggered[] = { "/hotplug",  "/udev/",   "/mdev",   "/udhcpc",
					 "/cgi-bin/", "/cgi/",    "/ppp/",   "/rc.button",
					 "/acpi/",    "/goform/", "/button", "/automount",
					 "/usbmount", NULL };

/* What a condition asks for that somebody can bring about from outside. */
static const char *const triggers[] = {
	"/mnt/",         "/media/",   "usb",         "sdcard",       "mmc",
	"nvram get",     "nvram_get", "fw_printenv", "QUERY_STRING", "REQUEST_METHOD",
	"/proc/cmdline", "button",    NULL
};

/* The line of the place and some before it, up to the place. */
static struct span lines_up_to(struct span s, uint64_t at, unsigned lines)
{
	uint64_t from = at;

	while (from > 0 && at - from < LONGEST_CONDITION) {
		lines -= s.p[from - 1] == '\n';
		if (lines == 0)
			break;
		from--;
	}
	return span_sub(s, from, at - from);
}

/* Whether the condition around a start asks for something that comes from outside. */
static bool is_conditional(struct span before)
{
	static const char *const tests[] = { "if ", "[ ", "test ", "case ", "&&", "while ", NULL };

	return has_any(before, tests) && has_any(before, triggers);
}

static bool is_switch(const struct scene *s, uint64_t at, size_t n)
{
	struct span line = lines_up_to(s->bytes, at, 1);
	int behind = span_byte(s->bytes, at + n);

	if (!s->is_text || purpose_of(s->node) != PURPOSE_WORKING ||
	    !is_whole_word(s->bytes, at, n) ||
	    (behind > ' ' && behind != ';' && behind != '&' && behind != ')') ||
	    !is_command(line, line.n) || span_has(line, "#"))
		return false;
	return has_any(s->node->path, triggered) ||
	       is_conditional(lines_up_to(s->bytes, at, LINES_OF_CONDITION));
}

static void look_at_hit(struct scene *s, const struct hit *h)
{
	const struct indicator_rule *r = &indicator_rules[h->row];
	uint64_t at = h->end - r->len;
	struct indicator_fact *f;

	if (h->end < r->len)
		return;
	if (r->kind == INDICATOR_LITERAL && !is_whole_word(s->bytes, at, r->len))
		return;
	if (r->kind == INDICATOR_HOST && !is_whole_host(s->bytes, at, r->len))
		return;
	if (r->kind == INDICATOR_SWITCH && !is_switch(s, at, r->len))
		return;
	f = add(s->bench->arena, s->node, r, at, r->len);
	if (f)
		f->f.line = scene_line(s, at);
}

static void look(struct scene *s)
{
	struct span name = node_name(s->node);

	for (uint32_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].owner == OWNER_INDICATOR)
			look_at_hit(s, &s->hits[i]);
	for (size_t i = 0; s->node->kind == KIND_FILE && i < indicator_rules_count; i++)
		if (indicator_rules[i].kind == INDICATOR_FILE &&
		    span_is(name, indicator_rules[i].pattern))
			add(s->bench->arena, s->node, &indicator_rules[i], 0, s->bytes.n);
}

const struct observer observe_indicators = { "indicators", look };

static void relate_account(struct arena *a, struct node *n, const struct account_fact *account)
{
	for (size_t i = 0; i < indicator_rules_count; i++) {
		const struct indicator_rule *r = &indicator_rules[i];
		struct indicator_fact *f;

		if (r->kind != INDICATOR_ACCOUNT || !span_is(account->name, r->pattern))
			continue;
		f = add(a, n, r, account->f.offset, account->f.length);
		if (f)
			f->f.line = account->f.line;
	}
}

/* "tcp/9530" is tcp and 9530. */
static bool is_port(const struct indicator_rule *r, const struct service_fact *s)
{
	struct span rest = span_text(r->pattern), transport = field_next(&rest, '/');
	uint64_t port = 0;
	size_t used;

	return span_number(rest, 10, &port, &used) && port == s->port &&
	       span_starts(s->protocol, transport);
}

static void relate_listener(struct arena *a, struct node *n, const struct service_fact *s)
{
	for (size_t i = 0; i < indicator_rules_count; i++) {
		const struct indicator_rule *r = &indicator_rules[i];
		struct indicator_fact *f;

		if (r->kind != INDICATOR_LISTENER || !is_port(r, s))
			continue;
		f = add(a, n, r, s->f.offset, s->f.length);
		if (f)
			f->f.line = s->f.line;
	}
}

/* "vsftpd 2.3.4" is a component's name and version. */
static void relate_component(struct arena *a, struct node *n, const struct component_fact *c)
{
	for (size_t i = 0; i < indicator_rules_count; i++) {
		const struct indicator_rule *r = &indicator_rules[i];
		struct span version = span_text(r->pattern), name = field_next(&version, ' ');
		struct indicator_fact *f;

		if (r->kind != INDICATOR_COMPONENT || !span_equal(c->name, name) ||
		    !span_equal(c->version, version))
			continue;
		f = add(a, n, r, c->f.offset, c->f.length);
		if (f)
			f->f.line = c->f.line;
	}
}

void relate_indicators(struct tree *t, struct arena *a)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];

		for (const struct fact *f = n->facts; f; f = f->next) {
			if (f->kind == FACT_ACCOUNT)
				relate_account(a, n, (const struct account_fact *)f);
			if (f->kind == FACT_COMPONENT)
				relate_component(a, n, (const struct component_fact *)f);
			if (f->kind == FACT_LISTENER)
				relate_listener(a, n, (const struct service_fact *)f);
		}
	}
}
