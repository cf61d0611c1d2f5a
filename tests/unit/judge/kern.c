/* kern.c - the checks of kernels on facts made by hand: one row a case. */
#include "unit/judge/rows.h"

static struct kernel_fact *fact(struct scene_tree *s, struct node *n, const char *kind,
				const char *name, const char *value)
{
	struct kernel_fact *k = scene_fact(s, n, FACT_KERNEL, 1);

	k->kernel_kind = kind;
	k->name = span_text(name);
	k->value = span_text(value);
	k->from = "config";
	k->is_signed = TRI_NULL;
	return k;
}

static void blind(struct scene_tree *s)
{
	struct node *n;

	s->tree.image->size = s->tree.image->length = 1100000;
	n = scene_region(s, s->tree.image, NULL, 1000000, 100000, STATE_ENCRYPTED);
	n->entropy = 7990;
}

/* A configuration: release, then options that are on, parted by blanks. */
static struct node *config(struct scene_tree *s, struct node *root, const char *release,
			   const char *on)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/boot/config", 1000);
	struct span rest = span_text(on);

	fact(s, n, "version", "linux", release);
	while (rest.n) {
		size_t end = span_find(rest, 0, span_text(" "));
		struct span one = span_head(rest, end);

		fact(s, n, "option", "", "y")->name = one;
		rest = span_from(rest, end < rest.n ? end + 1 : rest.n);
	}
	return n;
}

static struct node *image(struct scene_tree *s, struct node *root, const char *release)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/boot/vmlinux", 1000);

	fact(s, n, "version", "linux", release)->from = "banner";
	return n;
}

static void sysctl(struct scene_tree *s, struct node *root, const char *name, const char *value)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/etc/sysctl.conf", 100);

	fact(s, n, "sysctl", name, value)->from = "file";
}

static void module(struct scene_tree *s, struct node *root, const char *name, const char *license,
		   enum tri is_signed)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/lib/modules/a.ko", 100);
	struct kernel_fact *k = fact(s, n, "module", name, "5.10.0");

	k->from = "vermagic";
	k->license = span_text(license);
	k->is_signed = is_signed;
}

static void nothing(struct scene_tree *s, struct node *root)
{
	scene_entry(s, root, KIND_FILE, "/bin/ls", 100);
}
static void unopened(struct scene_tree *s, struct node *root)
{
	nothing(s, root);
	blind(s);
}
static void only_an_image(struct scene_tree *s, struct node *root)
{
	image(s, root, "5.10.0");
}
static void only_a_command_line(struct scene_tree *s, struct node *root)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/boot/vmlinux", 1000);

	fact(s, n, "command-line", "bootargs", "console=ttyS0")->from = "file";
}

#define ARM64_ALL                                                                                  \
	"ARM64 MMU MODULES STRICT_KERNEL_RWX STRICT_MODULE_RWX VMAP_STACK HARDENED_USERCOPY "      \
	"STACKPROTECTOR STACKPROTECTOR_STRONG FORTIFY_SOURCE INIT_ON_ALLOC_DEFAULT_ON "            \
	"SLAB_FREELIST_RANDOM SLAB_FREELIST_HARDENED RANDOMIZE_BASE UNMAP_KERNEL_AT_EL0"

static void all_protected(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", ARM64_ALL);
}
static void rwx_off(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM64 MMU");
}
/* The option came with 4.11; before, another name held. */
static void rwx_by_its_old_name(struct scene_tree *s, struct node *root)
{
	config(s, root, "4.9.1", "ARM64 MMU DEBUG_RODATA");
}
static void mips_without_rwx(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "MIPS MMU");
}
/* Of 2.4 only what it had is asked. */
static void old_and_bare(struct scene_tree *s, struct node *root)
{
	config(s, root, "2.4.37", "MIPS");
}

static void open_memory(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM DEVMEM");
}
static void open_kmem(struct scene_tree *s, struct node *root)
{
	config(s, root, "4.9.0", "ARM DEVKMEM");
}
static void strict_memory(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM DEVMEM STRICT_DEVMEM IO_STRICT_DEVMEM");
}
static void kcore(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM STRICT_DEVMEM IO_STRICT_DEVMEM PROC_KCORE");
}

static void debugger_waits(struct scene_tree *s, struct node *root)
{
	struct node *n = config(s, root, "5.10.0", "ARM KGDB KGDB_SERIAL_CONSOLE");

	fact(s, n, "command-line", "CMDLINE", "console=ttyS0 kgdboc=ttyS0,115200");
}
static void debugger_built_in(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM KGDB KGDB_SERIAL_CONSOLE");
}
static void inferred_debugging(struct scene_tree *s, struct node *root)
{
	fact(s, image(s, root, "5.10.0"), "option", "KPROBES", "y")->from = "inferred";
}

static void signatures_forced(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM MODULES MODULE_SIG MODULE_SIG_FORCE");
}
static void signatures_asked(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM MODULES MODULE_SIG");
}
static void unsigned_modules(struct scene_tree *s, struct node *root)
{
	image(s, root, "5.10.0");
	module(s, root, "a", "GPL", TRI_NO);
}
static void signed_modules(struct scene_tree *s, struct node *root)
{
	image(s, root, "5.10.0");
	module(s, root, "a", "GPL", TRI_YES);
}
static void no_modules(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM");
}

static void not_randomised(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "kernel.randomize_va_space", "0");
}
static void not_randomised_at_start(struct scene_tree *s, struct node *root)
{
	fact(s, image(s, root, "5.10.0"), "command-line", "a", "ro norandmaps");
}
static void partly_randomised(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "kernel.randomize_va_space", "1");
}
static void randomised(struct scene_tree *s, struct node *root)
{
	image(s, root, "5.10.0");
	sysctl(s, root, "kernel.randomize_va_space", "2");
}
static void old_image(struct scene_tree *s, struct node *root)
{
	image(s, root, "2.4.37");
}
static void without_mmu(struct scene_tree *s, struct node *root)
{
	image(s, root, "2.4.20-uc0");
}

static void protocol_built_in(struct scene_tree *s, struct node *root)
{
	config(s, root, "5.10.0", "ARM MMU TIPC");
}
static void protocol_module(struct scene_tree *s, struct node *root)
{
	module(s, root, "sctp", "GPL", TRI_NO);
}

static void source_routes(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "net.ipv4.conf.all.accept_source_route", "1");
}
static void answers_broadcasts(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "net.ipv4.icmp_echo_ignore_broadcasts", "0");
}
static void no_rp_filter(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "net.ipv4.conf.default.rp_filter", "0");
}
static void safe_network(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "net.ipv4.conf.all.rp_filter", "1");
}
static void other_setting(struct scene_tree *s, struct node *root)
{
	sysctl(s, root, "net.ipv4.ip_forward", "1");
}

static struct availability_fact *mount(struct scene_tree *s, struct node *root, const char *kind,
				       const char *name, const char *value)
{
	struct node *n = scene_entry(s, root, KIND_FILE, "/etc/fstab", 100);
	struct availability_fact *f = scene_fact(s, n, FACT_AVAILABILITY, 1);

	f->availability_kind = kind;
	f->name = span_text(name);
	f->value = span_text(value);
	return f;
}
static void nameless(struct scene_tree *s, struct node *root)
{
	scene_fact(s, root, FACT_AVAILABILITY, 1);
	scene_fact(s, root, FACT_PRIVILEGE, 1);
	fact(s, root, NULL, "", "")->from = NULL;
}
static void runs_media(struct scene_tree *s, struct node *root)
{
	mount(s, root, "autorun", "sh /mnt/usb/update.sh", "");
}
static void mounts_media(struct scene_tree *s, struct node *root)
{
	mount(s, root, "mount", "/media/usb", "/dev/sda1 vfat defaults");
}
static void mounts_media_tight(struct scene_tree *s, struct node *root)
{
	mount(s, root, "mount", "/media/usb", "/dev/sda1 vfat nosuid,nodev,noexec");
}
static void mounts_proc(struct scene_tree *s, struct node *root)
{
	mount(s, root, "mount", "/proc", "proc proc defaults");
}

static void all_silent(struct scene_tree *s, struct node *root)
{
	image(s, root, "5.10.0");
	sysctl(s, root, "kernel.kptr_restrict", "1");
	sysctl(s, root, "kernel.dmesg_restrict", "1");
	sysctl(s, root, "kernel.perf_event_paranoid", "3");
	sysctl(s, root, "kernel.unprivileged_bpf_disabled", "1");
}
static void one_loud(struct scene_tree *s, struct node *root)
{
	all_silent(s, root);
	sysctl(s, root, "kernel.kptr_restrict", "0");
}

static void closed_module(struct scene_tree *s, struct node *root)
{
	module(s, root, "wl", "Proprietary", TRI_NO);
}
static void free_module(struct scene_tree *s, struct node *root)
{
	module(s, root, "wl", "Dual BSD/GPL", TRI_NO);
}
static void local_device(struct scene_tree *s, struct node *root)
{
	struct node *n = scene_entry(s, root, KIND_CHAR_DEVICE, "/dev/gpio", 0);
	struct privilege_fact *p = scene_fact(s, n, FACT_PRIVILEGE, 0);

	p->privilege_kind = "device";
	n->mode = p->mode = 0666;
	n->major = 252;
}

static const struct row rows[] = {
	{ "KERN-01", rwx_off, OUTCOME_FAIL },
	{ "KERN-01", mips_without_rwx, OUTCOME_REVIEW },
	{ "KERN-01", rwx_by_its_old_name, OUTCOME_REVIEW },
	{ "KERN-01", all_protected, OUTCOME_PASS },
	{ "KERN-01", old_and_bare, OUTCOME_PASS },
	{ "KERN-01", only_an_image, OUTCOME_NOT_EVALUABLE },
	{ "KERN-01", nothing, OUTCOME_NOT_APPLICABLE },
	{ "KERN-02", open_memory, OUTCOME_FAIL },
	{ "KERN-02", open_kmem, OUTCOME_FAIL },
	{ "KERN-02", kcore, OUTCOME_REVIEW },
	{ "KERN-02", strict_memory, OUTCOME_PASS },
	{ "KERN-02", only_an_image, OUTCOME_NOT_EVALUABLE },
	{ "KERN-03", debugger_waits, OUTCOME_FAIL },
	{ "KERN-03", debugger_built_in, OUTCOME_REVIEW },
	{ "KERN-03", inferred_debugging, OUTCOME_REVIEW },
	{ "KERN-03", strict_memory, OUTCOME_PASS },
	{ "KERN-03", only_an_image, OUTCOME_NOT_EVALUABLE },
	{ "KERN-04", signatures_asked, OUTCOME_REVIEW },
	{ "KERN-04", unsigned_modules, OUTCOME_REVIEW },
	{ "KERN-04", signatures_forced, OUTCOME_PASS },
	{ "KERN-04", no_modules, OUTCOME_NOT_APPLICABLE },
	{ "KERN-04", signed_modules, OUTCOME_NOT_EVALUABLE },
	{ "KERN-05", not_randomised, OUTCOME_FAIL },
	{ "KERN-05", not_randomised_at_start, OUTCOME_FAIL },
	{ "KERN-05", partly_randomised, OUTCOME_REVIEW },
	{ "KERN-05", old_image, OUTCOME_REVIEW },
	{ "KERN-05", randomised, OUTCOME_PASS },
	{ "KERN-05", only_an_image, OUTCOME_PASS },
	{ "KERN-05", without_mmu, OUTCOME_NOT_APPLICABLE },
	{ "KERN-05", only_a_command_line, OUTCOME_NOT_APPLICABLE },
	{ "KERN-05", unopened, OUTCOME_NOT_EVALUABLE },
	{ "KERN-06", protocol_built_in, OUTCOME_REVIEW },
	{ "KERN-06", protocol_module, OUTCOME_REVIEW },
	{ "KERN-06", no_modules, OUTCOME_PASS },
	{ "KERN-06", only_an_image, OUTCOME_NOT_EVALUABLE },
	{ "KERN-07", source_routes, OUTCOME_FAIL },
	{ "KERN-07", answers_broadcasts, OUTCOME_FAIL },
	{ "KERN-07", no_rp_filter, OUTCOME_REVIEW },
	{ "KERN-07", safe_network, OUTCOME_PASS },
	{ "KERN-07", only_an_image, OUTCOME_PASS },
	{ "KERN-07", other_setting, OUTCOME_NOT_EVALUABLE },
	{ "KERN-08", runs_media, OUTCOME_FAIL },
	{ "KERN-08", mounts_media, OUTCOME_REVIEW },
	{ "KERN-08", mounts_media_tight, OUTCOME_PASS },
	{ "KERN-08", mounts_proc, OUTCOME_NOT_APPLICABLE },
	{ "KERN-08", nameless, OUTCOME_NOT_APPLICABLE },
	{ "KERN-10", nameless, OUTCOME_NOT_APPLICABLE },
	{ "KERN-08", unopened, OUTCOME_NOT_EVALUABLE },
	{ "KERN-09", only_an_image, OUTCOME_REVIEW },
	{ "KERN-09", one_loud, OUTCOME_REVIEW },
	{ "KERN-09", all_silent, OUTCOME_PASS },
	{ "KERN-09", old_image, OUTCOME_NOT_APPLICABLE },
	{ "KERN-09", unopened, OUTCOME_NOT_EVALUABLE },
	{ "KERN-10", closed_module, OUTCOME_REVIEW },
	{ "KERN-10", local_device, OUTCOME_REVIEW },
	{ "KERN-10", free_module, OUTCOME_PASS },
	{ "KERN-10", nothing, OUTCOME_NOT_APPLICABLE },
	{ "KERN-10", unopened, OUTCOME_NOT_EVALUABLE },
};

static void every_row_ends_as_the_catalogue_says(void **state)
{
	(void)state;
	rows_run(rows, sizeof(rows) / sizeof(rows[0]));
}

static void checks_have_rows_of_all_kinds(void **state)
{
	(void)state;
	rows_cover("KERN", NULL, rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(checks_have_rows_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
