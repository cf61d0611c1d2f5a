/* system.h - inside observe/: facts of kernel and availability, and how observers read lines of
 * settings and scripts. */
#ifndef EVENHAND_OBSERVE_SYSTEM_H
#define EVENHAND_OBSERVE_SYSTEM_H

#include "base/text.h"
#include "observe/observe.h"

#define LONGEST_VALUE 2048

/* Where in the leaf a fact stands. */
struct stand {
	uint64_t at, length;
};

struct kernel_entry {
	const char *kind, *from;
	struct span name, value;
};

struct kernel_fact *kernel_add(struct scene *s, struct kernel_entry e, struct stand where);
struct availability_fact *availability_add(struct scene *s, const char *kind, struct span name,
					   struct span value, struct stand where);

static inline struct stand stand_of(const struct scene *s, struct span part)
{
	return (struct stand){ span_place(s->bytes, part), part.n };
}

/* Without blanks at both ends. */
struct span trimmed(struct span s);
/* Without the quotes around it. */
struct span unquoted(struct span s);
/* The next word up to a blank or tabulator; empty at the end. */
struct span word_next(struct span *rest);
bool span_has(struct span s, const char *what);
bool starts_with(struct span s, const char *what);
/* Whether a word of the list (NULL at its end) stands in s. */
bool has_any(struct span s, const char *const *words);

/* The line of a text, or the string of a binary, that byte `at` lies in. */
struct span line_around(struct span s, uint64_t at);

/* Whether a shell takes the word at `at` of a line for a command: nothing stands before it, or what
 * parts commands, or a word that takes one. The word may have a path before it. */
bool is_command(struct span line, size_t at);

/* Whether the text is more than documentation: manuals show what nobody runs. */
bool is_in_use(const struct node *n);

/* The first hit of that mark from *i on; NULL when there is none. *i moves behind it. */
const struct hit *mark_next(const struct scene *s, enum system_mark_kind kind, uint32_t *i);

/* Parts of the kernel's observer, one file each. */
void modules_look(struct scene *s);
void module_lists_look(struct scene *s);
void sysctl_look(struct scene *s);
void arguments_look(struct scene *s);
/* The environment of a boot loader that a byte lies in: settings of its console; where it ends, or
 * the byte where there is none. */
uint64_t boot_environment(struct scene *s, uint64_t inside);
/* A tree of devices: its command line. */
void device_tree_look(struct scene *s);

#endif
