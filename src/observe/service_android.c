/* service_android.c - services of Android's init (system/core/init/README.md): each "service" line
 * with its options; those that are not disabled start with their class, others where an action
 * says "start". */
#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES   8192
#define MOST_STARTED 256

struct start { /* "start NAME" in an action */
	struct span name, trigger;
};

struct starts {
	struct start p[MOST_STARTED];
	uint32_t n;
};

static bool is_init_file(const struct node *n)
{
	return span_ends(n->path, span_text(".rc")) &&
	       (span_starts(n->path, span_text("/init")) ||
		span_find(n->path, 0, span_text("/etc/init/")) != SIZE_MAX ||
		span_starts(node_name(n), span_text("init")));
}

static void gather(const struct node *n, struct starts *s)
{
	struct span line, trigger = { 0 };
	size_t at = 0;

	for (int i = 0; i < MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest);

		if (span_is(first, "on"))
			trigger = bare_value(rest);
		else if (span_is(first, "service"))
			trigger = (struct span){ 0 };
		else if (trigger.n &&
			 (span_is(first, "start") || span_is(first, "enable") ||
			  span_is(first, "exec_start")) &&
			 s->n < MOST_STARTED)
			s->p[s->n++] = (struct start){ word_next(&rest), trigger };
	}
}

/* Stages of every boot, in any order. */
static bool is_stage(struct span trigger)
{
	return name_matches(trigger,
			    "early-init,init,late-init,early-fs,fs,post-fs,late-fs,"
			    "post-fs-data,zygote-start,early-boot,boot,charger,nonencrypted");
}

/* Whether an action starts it: no condition where it is a stage of the boot. */
static const struct start *started_by(const struct starts *s, struct span name)
{
	const struct start *found = NULL;

	for (uint32_t i = 0; i < s->n; i++)
		if (span_equal(s->p[i].name, name) && (!found || is_stage(s->p[i].trigger)))
			found = &s->p[i];
	return found;
}

struct service {
	struct service_new s;
	struct shell_words words;
	bool open, disabled;
};

static void end_service(struct boot *b, struct service *k, const struct starts *starts)
{
	const struct start *by;

	if (!k->open)
		return;
	k->open = false;
	by = started_by(starts, k->s.name);
	k->s.kind = "android";
	k->s.enabled = !k->disabled || by;
	if (k->disabled && by && !is_stage(by->trigger))
		k->s.condition = by->trigger;
	k->s.program = boot_program(b, k->words.p[0].text);
	k->s.command = launch_text(b, &k->words);
	service_port(b, &k->s, &k->words);
	service_add(b, &k->s);
}

static void begin_service(struct service *k, struct span rest, struct service_place at)
{
	*k = (struct service){ .open = true, .s = { .at = at } };
	k->s.name = word_next(&rest);
	while (k->words.n < SHELL_WORDS) {
		struct span word = word_next(&rest);

		if (word.n == 0)
			break;
		k->words.p[k->words.n++] = (struct shell_word){ word, true };
	}
	k->open = k->words.n > 0;
}

static void read_file(struct boot *b, const struct node *n, const struct starts *starts)
{
	struct service k = { .open = false };
	struct span line;
	size_t at = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest);
		struct service_place here = { n, span_place(n->kept, line), line.n, i };

		if (span_is(first, "service") || span_is(first, "on") || span_is(first, "import"))
			end_service(b, &k, starts);
		if (span_is(first, "service"))
			begin_service(&k, rest, here);
		else if (span_is(first, "user"))
			k.s.user = word_next(&rest);
		else if (span_is(first, "disabled"))
			k.disabled = true;
	}
	end_service(b, &k, starts);
}

void boot_android(struct boot *b)
{
	struct starts *starts = arena_take(&b->scratch, 1, sizeof(*starts));

	if (!starts)
		return;
	for (uint32_t i = 0; i < b->file_count; i++)
		if (is_init_file(b->files[i]))
			gather(b->files[i], starts);
	for (uint32_t i = 0; i < b->file_count; i++)
		if (is_init_file(b->files[i]))
			read_file(b, b->files[i], starts);
}
