/* kernel.c - what is said of Linux kernels: version and options of images and of their
 * configurations. Modules, settings and command lines have files of their own. */
#include "format/kernel.h"

#include "observe/component.h"
#include "observe/system.h"

#define MOST_CONFIG_LINES 32768
#define CONFIG_HEAD       512

/* -- configurations -- */

/* "# Linux/arm64 6.1.0 Kernel Configuration", and before 2.6.36 "# Linux kernel version: 2.6.31".
 * Other projects use the same format, with their own names. */
static bool read_head(struct span bytes, struct span *release)
{
	struct span head = span_head(bytes, CONFIG_HEAD), line, rest;
	size_t at = 0;

	while (line_next(head, &at, &line) && span_byte(line, 0) == '#') {
		rest = span_from(line, 1);
		*release = word_next(&rest);
		if (starts_with(*release, "Linux/") && span_has(rest, "Kernel Configuration")) {
			*release = word_next(&rest);
			return release->n > 0;
		}
		if (span_is(*release, "Linux") && starts_with(trimmed(rest), "kernel version:")) {
			rest = span_from(trimmed(rest), strlen("kernel version:"));
			*release = word_next(&rest);
			return release->n > 0;
		}
	}
	return false;
}

/* "CONFIG_NAME=value" or "# CONFIG_NAME is not set"; false for any other line. */
static bool read_option(struct span line, struct span *name, struct span *value)
{
	struct span rest = line;

	if (starts_with(line, "CONFIG_")) {
		*name = span_from(field_next(&rest, '='), strlen("CONFIG_"));
		*value = unquoted(rest);
		return name->n > 0;
	}
	if (!starts_with(line, "# CONFIG_") || !span_ends(line, span_text(" is not set")))
		return false;
	*name = span_sub(line, 9, line.n - 9 - strlen(" is not set"));
	*value = span_text("n");
	return true;
}

static void add_option(struct scene *s, struct span line)
{
	struct kernel_entry e = { .kind = "option", .from = "config" };

	if (!read_option(line, &e.name, &e.value))
		return;
	if (span_is(e.name, "CMDLINE") && e.value.n)
		e.kind = "command-line";
	else if (!kernel_option_find(e.name))
		return;
	kernel_add(s, e, stand_of(s, line));
}

static bool look_at_config(struct scene *s)
{
	struct span release, line;
	size_t at = 0;

	if (span_byte(s->bytes, 0) != '#' || !read_head(s->bytes, &release))
		return false;
	kernel_add(s,
		   (struct kernel_entry){ .kind = "version",
					  .name = span_text("linux"),
					  .value = release,
					  .from = "config" },
		   stand_of(s, release));
	for (int i = 0; i < MOST_CONFIG_LINES && line_next(s->bytes, &at, &line); i++)
		add_option(s, line);
	return true;
}

/* -- images -- */

static bool is_part_of_kernel(const struct node *n)
{
	const struct format *f = n->parent ? n->parent->format : NULL;

	return f && (strcmp(f->name, "linux") == 0 || strcmp(f->name, "vmlinux") == 0);
}

static bool look_at_banner(struct scene *s)
{
	struct span release, banner;
	uint64_t at, begin;
	uint32_t i = 0;

	if (!mark_next(s, MARK_BANNER, &i) || !kernel_banner(s->bytes, &at, &release))
		return false;
	banner = string_around(s->bytes, at, &begin);
	kernel_add(s,
		   (struct kernel_entry){ .kind = "version",
					  .name = span_text("linux"),
					  .value = release,
					  .from = "banner" },
		   stand_of(s, banner));
	return true;
}

/* The first place of each sign. */
static void look_at_signs(struct scene *s)
{
	bool *seen = arena_take(s->bench->arena, kernel_options_count, sizeof(*seen));

	for (uint32_t i = 0; seen && i < s->hit_count; i++) {
		const struct hit *h = &s->hits[i];
		const struct kernel_option *o;

		if (h->owner != OWNER_SYSTEM || h->row < MARKS || seen[h->row - MARKS])
			continue;
		o = &kernel_options[h->row - MARKS];
		seen[h->row - MARKS] = true;
		kernel_add(s,
			   (struct kernel_entry){ .kind = "option",
						  .name = span_text(o->option),
						  .value = span_text("y"),
						  .from = "inferred" },
			   (struct stand){ h->end - o->sign_size, o->sign_size });
	}
}

static void look(struct scene *s)
{
	if (s->is_text) {
		if (look_at_config(s))
			return;
		module_lists_look(s);
		sysctl_look(s);
	} else if (s->node->kind == KIND_REGION) {
		bool is_kernel = look_at_banner(s);

		if (is_kernel || is_part_of_kernel(s->node))
			look_at_signs(s);
		device_tree_look(s);
	}
	if (!s->is_text)
		modules_look(s);
	arguments_look(s);
}

const struct observer observe_kernels = { "kernels", look };
