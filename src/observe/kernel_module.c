/* kernel_module.c - modules of the kernel, and the lists that name what is loaded or built in. */
#include "format/elf_read.h"
#include "observe/system.h"

#define MOST_LOADED 256

static const char trailer[] =
	"~Module signature appended~\n"; /* include/linux/module_signature.h */

/* .modinfo: texts "key=value", each ended by NUL. */
static struct span info_of(struct span info, const char *key)
{
	size_t length = strlen(key);

	while (info.n) {
		struct span text = field_next(&info, '\0');

		if (text.n > length && starts_with(text, key) && text.p[length] == '=')
			return span_from(text, length + 1);
	}
	return (struct span){ 0 };
}

/* What it calls itself; before 4.13 only its file does. */
static struct span module_name(const struct node *n, struct span info)
{
	struct span name = info_of(info, "name");
	size_t dot;

	if (name.n == 0)
		name = node_name(n);
	if (name.n == 0 && n->parent) /* the content of a packed file */
		name = node_name(n->parent);
	dot = span_find(name, 0, span_text(".ko"));
	if (dot == SIZE_MAX && span_ends(name, span_text(".o")))
		dot = name.n - 2;
	return span_head(name, dot);
}

static void add_module(struct scene *s, struct span info)
{
	struct kernel_entry e = { .kind = "module", .from = "vermagic" };
	struct kernel_fact *k;

	e.name = module_name(s->node, info);
	e.value = trimmed(info_of(info, "vermagic"));
	if (e.value.n == 0)
		e.value = info_of(info, "kernel_version"); /* 2.4 */
	if (e.value.n == 0)
		e.from = "file"; /* stripped */
	k = kernel_add(s, e, stand_of(s, info));
	if (!k)
		return;
	k->license = arena_copy(s->bench->arena, span_head(info_of(info, "license"), 64));
	k->is_signed = span_ends(s->bytes, span_text(trailer)) ? TRI_YES : TRI_NO;
}

void modules_look(struct scene *s)
{
	struct elf e;
	struct elf_section section;
	struct span info;

	if (elf_open(s->bytes, &e).kind || e.type != ELF_REL ||
	    !elf_section_named(&e, ".modinfo", &section))
		return;
	info = elf_section_bytes(&e, &section);
	if (info.n)
		add_module(s, info);
}

/* -- lists -- */

static bool is_load_list(struct span path)
{
	return span_ends(path, span_text("/etc/modules")) || span_has(path, "/modules-load.d/") ||
	       span_has(path, "/etc/modules.d/") || span_has(path, "/etc/modules-boot.d/");
}

static void look_at_loaded(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_LOADED && line_next(s->bytes, &at, &line); i++) {
		struct span rest = line, name = word_next(&rest);

		if (name.n == 0 || name.n > 64 || name.p[0] == '#' || name.p[0] == ';')
			continue;
		kernel_add(s,
			   (struct kernel_entry){ .kind = "module-load",
						  .name = name,
						  .value = trimmed(rest),
						  .from = "file" },
			   stand_of(s, line));
	}
}

/* Only what a row of the table asks for: a kernel has hundreds. */
static bool is_asked_for(struct span name)
{
	for (size_t i = 0; i < kernel_options_count; i++)
		if (kernel_options[i].modules && name_matches(name, kernel_options[i].modules))
			return true;
	return false;
}

static void look_at_built_in(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < 8192 && line_next(s->bytes, &at, &line); i++) {
		struct span name = line;

		for (size_t cut; (cut = span_find(name, 0, span_text("/"))) != SIZE_MAX;)
			name = span_from(name, cut + 1);
		name = span_head(name, span_find(name, 0, span_text(".ko")));
		if (is_asked_for(name))
			kernel_add(s,
				   (struct kernel_entry){ .kind = "module",
							  .name = name,
							  .value = span_text("built in"),
							  .from = "file" },
				   stand_of(s, line));
	}
}

void module_lists_look(struct scene *s)
{
	if (s->node->kind != KIND_FILE)
		return;
	if (is_load_list(s->node->path))
		look_at_loaded(s);
	else if (span_is(node_name(s->node), "modules.builtin"))
		look_at_built_in(s);
}
