/* kernel_line.c - command lines of kernels: in device trees, environments and settings of boot
 * loaders, and in the code of kernels and boot loaders themselves. */
#include "format/fdt.h"
#include "observe/component.h"
#include "observe/system.h"

#define MOST_STEPS 65536 /* of a device tree */

static void add_line(struct scene *s, const char *name, struct span value, const char *from)
{
	kernel_add(s,
		   (struct kernel_entry){ .kind = "command-line",
					  .name = span_text(name),
					  .value = value,
					  .from = from },
		   stand_of(s, value));
}

void device_tree_look(struct scene *s)
{
	struct fdt t;
	struct fdt_walk w;

	if (!s->node->format || strcmp(s->node->format->name, "dtb") != 0 ||
	    fdt_open(s->bytes, &t).kind)
		return;
	fdt_begin(&t, &w);
	for (int i = 0; i < MOST_STEPS; i++) {
		struct fdt_step step = fdt_next(&w);

		if (step.event == FDT_DONE || step.event == FDT_BROKEN)
			break;
		if (step.event != FDT_PROPERTY || step.depth != 2)
			continue;
		if (span_is(step.name, "bootargs") || starts_with(step.name, "bootargs-"))
			add_line(s, "bootargs", fdt_text(step.value), "file");
	}
}

/* -- text files -- */

/* What a line of a boot loader's settings begins with, before the arguments. */
static const struct {
	const char *word, *name;
} keywords[] = {
	{ "append ", "append" },
	{ "APPEND ", "append" },
	{ "options ", "options" },
	{ "linux ", "linux" },
	{ "linux16 ", "linux" },
	{ "kernel ", "kernel" },
	{ "setenv bootargs ", "bootargs" },
	{ "bootargs=", "bootargs" },
	{ "optargs=", "optargs" },
	{ "GRUB_CMDLINE_LINUX=", "GRUB_CMDLINE_LINUX" },
	{ "GRUB_CMDLINE_LINUX_DEFAULT=", "GRUB_CMDLINE_LINUX_DEFAULT" },
};

#define SETTINGS                                                                                   \
	"uEnv*.txt,extlinux.conf,syslinux.cfg,isolinux.cfg,grub.cfg,menu.lst,grub,cmdline.txt,"    \
	"boot.cmd,*.env,*.scr,fw_env*,env.txt,armbianEnv.txt,*.its"

static void look_at_line(struct scene *s, struct span line)
{
	struct span text = trimmed(line);

	if (text.n == 0 || text.p[0] == '#')
		return;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (starts_with(text, keywords[i].word)) {
			text = span_from(text, strlen(keywords[i].word));
			add_line(s, keywords[i].name, unquoted(text), "file");
			return;
		}
	if (name_matches(node_name(s->node), "cmdline.txt"))
		add_line(s, "cmdline", text, "file");
}

static bool is_setting(const struct node *n)
{
	return n->kind == KIND_REGION || name_matches(node_name(n), SETTINGS);
}

/* -- strings of binaries -- */

/* Where a packer writes them over (OpenWrt's patch-cmdline), and what an environment calls them. */
static const char *const prefixes[] = { "CMDLINE:", "bootargs=", "console=console=",
					"mtdparts=mtdparts=" };

static struct span without_prefix(struct span text)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (starts_with(text, prefixes[i])) {
			const char *again = strchr(prefixes[i], '=');

			return span_from(text, again && again[1] ? (size_t)(again + 1 - prefixes[i])
								 : strlen(prefixes[i]));
		}
	return text;
}

/* "console=ttyS0,115200 root=/dev/mtdblock2". A message or a script of a boot loader is none, and
 * neither is the bare name of a console. */
static bool is_command_line(struct span text)
{
	struct span rest = text, first = word_next(&rest);

	if (!span_has(first, "=") || first.p[0] == '=' || span_has(text, "%") ||
	    span_has(text, ";") || span_has(text, "${") || span_has(text, "<"))
		return false;
	return span_has(text, "root=") || span_has(text, ":") || trimmed(rest).n > 0;
}

static void look_at_string(struct scene *s, struct span text)
{
	bool named = starts_with(text, "bootargs=");
	struct span value = trimmed(without_prefix(text));

	if (is_command_line(value))
		add_line(s, named ? "bootargs" : "built in", value, named ? "file" : "inferred");
}

void arguments_look(struct scene *s)
{
	const struct hit *h;
	uint32_t i = 0;
	uint64_t behind = 0, begin = 0, environment = 0;

	if (s->is_text ? !is_setting(s->node) : s->node->kind != KIND_REGION)
		return;
	while ((h = mark_next(s, MARK_ARGUMENTS, &i))) {
		struct span text;

		if (!s->is_text && h->end > environment)
			environment = boot_environment(s, h->end - 1);
		if (h->end <= behind)
			continue; /* the same line, by another word */
		text = s->is_text ? line_around(s->bytes, h->end - 1)
				  : string_around(s->bytes, h->end - 1, &begin);
		behind = span_place(s->bytes, text) + text.n;
		if (s->is_text)
			look_at_line(s, text);
		else
			look_at_string(s, text);
	}
}
