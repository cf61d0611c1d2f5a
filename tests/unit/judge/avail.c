/* avail.c - the checks of availability on facts made by hand: one row a case. */
#include "unit/judge/rows.h"

static struct node *file(struct scene_tree *s, struct node *root, const char *path)
{
	return scene_entry(s, root, KIND_FILE, path, 10);
}

static struct availability_fact *fact(struct scene_tree *s, struct node *n, const char *kind,
				      const char *name, const char *value)
{
	struct availability_fact *f = scene_fact(s, n, FACT_AVAILABILITY, 1);

	f->availability_kind = kind;
	f->name = span_text(name);
	f->value = span_text(value);
	return f;
}

static void kernel(struct scene_tree *s, struct node *root, const char *kind, const char *name,
		   const char *value)
{
	struct kernel_fact *k = scene_fact(s, file(s, root, "/boot/config"), FACT_KERNEL, 1);

	k->kernel_kind = kind;
	k->name = span_text(name);
	k->value = span_text(value);
	k->from = "file";
	k->is_signed = TRI_NULL;
}

static struct service_fact *service(struct scene_tree *s, struct node *n, const char *name,
				    const char *command)
{
	struct service_fact *f = scene_fact(s, n, FACT_SERVICE, 1);

	f->name = span_text(name);
	f->service_kind = "init.d";
	f->command = span_text(command);
	f->enabled = true;
	return f;
}

static void blind(struct scene_tree *s)
{
	struct node *n;

	s->tree.image->size = s->tree.image->length = 1100000;
	n = scene_region(s, s->tree.image, NULL, 1000000, 100000, STATE_ENCRYPTED);
	n->entropy = 7990;
}

static void program(struct scene_tree *s, struct node *root)
{
	struct executable_fact *x = scene_fact(s, file(s, root, "/bin/ls"), FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->endian = "little";
	x->type = "DYN";
	x->pie = "yes";
	x->relro = "full";
}

static void nothing(struct scene_tree *s, struct node *root)
{
	file(s, root, "/data");
}
static void unopened(struct scene_tree *s, struct node *root)
{
	nothing(s, root);
	blind(s);
}
static void read_only(struct scene_tree *s, struct node *root)
{
	fact(s, root, "read-only-root", "squashfs", "read-only");
}
static void writable(struct scene_tree *s, struct node *root)
{
	fact(s, root, "read-only-root", "ext", "writable");
}
static void mounted_read_only(struct scene_tree *s, struct node *root)
{
	writable(s, root);
	fact(s, file(s, root, "/etc/fstab"), "mount", "/", "/dev/root ext4 noatime,ro");
}
static void started_read_only(struct scene_tree *s, struct node *root)
{
	writable(s, root);
	kernel(s, root, "command-line", "bootargs", "root=/dev/sda1 ro rootwait");
}
static void started_writable(struct scene_tree *s, struct node *root)
{
	writable(s, root);
	kernel(s, root, "command-line", "bootargs", "root=/dev/rom0 rw");
}

static void watched(struct scene_tree *s, struct node *root)
{
	read_only(s, root);
	kernel(s, root, "module-load", "softdog", "");
	fact(s, file(s, root, "/etc/init.d/rcS"), "watchdog", "feeder", "watchdog /dev/watchdog");
}
static void watched_by_init(struct scene_tree *s, struct node *root)
{
	kernel(s, root, "option", "WATCHDOG_CORE", "y");
	fact(s, file(s, root, "/sbin/procd"), "watchdog", "program", "/dev/watchdog");
}
static void program_knows(struct scene_tree *s, struct node *root)
{
	kernel(s, root, "option", "WATCHDOG", "y");
	fact(s, file(s, root, "/bin/vendord"), "watchdog", "program", "/dev/watchdog");
}
static struct node *script(struct scene_tree *s, struct node *root)
{
	struct node *n = file(s, root, "/etc/init.d/dog");

	kernel(s, root, "option", "WATCHDOG", "y");
	fact(s, n, "watchdog", "feeder", "while :; do echo > /dev/watchdog; sleep 5; done &");
	return n;
}
static void script_unreached(struct scene_tree *s, struct node *root)
{
	struct service_fact *f = service(s, script(s, root), "dog", "/sbin/dog");

	f->enabled = false;
}
static void script_reached(struct scene_tree *s, struct node *root)
{
	service(s, script(s, root), "other", "/sbin/otherd");
}
static void fed_by_service(struct scene_tree *s, struct node *root)
{
	kernel(s, root, "option", "WATCHDOG", "y");
	service(s, file(s, root, "/etc/inittab"), "watchdog", "/sbin/watchdog -t 5 /dev/watchdog");
}
static void fed_at_times(struct scene_tree *s, struct node *root)
{
	struct service_fact *f;

	kernel(s, root, "option", "WATCHDOG", "y");
	f = service(s, file(s, root, "/etc/inittab"), "watchdog", "/sbin/watchdog /dev/watchdog");
	f->condition = span_text("[ -c /dev/watchdog ]");
}
static void unit_setting(struct scene_tree *s, struct node *root, const char *seconds)
{
	kernel(s, root, "option", "WATCHDOG", "y");
	fact(s, file(s, root, "/etc/systemd/system.conf"), "watchdog", "feeder", seconds);
}
static void fed_by_systemd(struct scene_tree *s, struct node *root)
{
	unit_setting(s, root, "30");
}
static void systemd_feeds_none(struct scene_tree *s, struct node *root)
{
	unit_setting(s, root, "0");
}
static void nameless(struct scene_tree *s, struct node *root)
{
	struct privilege_fact *p = scene_fact(s, file(s, root, "/dev/watchdog"), FACT_PRIVILEGE, 0);

	p->privilege_kind = NULL;
	read_only(s, root);
	fact(s, root, NULL, "", "");
	kernel(s, root, NULL, "", "");
}
static void only_driver(struct scene_tree *s, struct node *root)
{
	kernel(s, root, "module", "imx2_wdt", "");
}

static void two_slots(struct scene_tree *s, struct node *root)
{
	fact(s, root, "slot", "rootfs_a", "rootfs_b");
}
static void rescue_part(struct scene_tree *s, struct node *root)
{
	fact(s, root, "slot", "rootfs", "");
	fact(s, root, "recovery", "part", "recovery");
}
static void one_slot(struct scene_tree *s, struct node *root)
{
	fact(s, root, "slot", "rootfs", "");
}

static void waits(struct scene_tree *s, struct node *root)
{
	read_only(s, root);
	fact(s, file(s, root, "/etc/init.d/wan"), "remote-wait", "ping", "until ping x");
}

static void reset_by_others(struct scene_tree *s, struct node *root)
{
	program(s, root);
	fact(s, file(s, root, "/bin/cwmpd"), "remote-control", "FactoryReset", "FactoryReset");
}
static void ordinary_programs(struct scene_tree *s, struct node *root)
{
	program(s, root);
}
static void programs_and_blind(struct scene_tree *s, struct node *root)
{
	program(s, root);
	blind(s);
}

static void bounded(struct scene_tree *s, struct node *root)
{
	read_only(s, root);
	kernel(s, root, "sysctl", "kernel.panic", "3");
	fact(s, file(s, root, "/etc/init.d/rcS"), "limit", "syslogd", "-s 64");
}
static void never_restarts(struct scene_tree *s, struct node *root)
{
	read_only(s, root);
	kernel(s, root, "sysctl", "kernel.panic", "0");
	fact(s, file(s, root, "/etc/init.d/rcS"), "limit", "syslogd", "-s 64");
}
static void memory_without_limit(struct scene_tree *s, struct node *root)
{
	bounded(s, root);
	fact(s, file(s, root, "/etc/fstab"), "mount", "/var", "ramfs ramfs");
}

static void certificate(struct scene_tree *s, struct node *root, const char *path, const char *end)
{
	struct certificate_fact *x = scene_fact(s, file(s, root, path), FACT_CERTIFICATE, 1);

	x->subject = x->issuer = span_text("CN=router");
	x->not_before = span_text("2020-01-01T00:00:00Z");
	x->not_after = span_text(end);
	x->signature = span_text("sha256WithRSAEncryption");
	x->key_algorithm = "rsa";
	x->key_bits = 2048;
	x->sha256 = x->spki_sha256 = span_text("00");
}
static void ends_soon(struct scene_tree *s, struct node *root)
{
	certificate(s, root, "/etc/update.pem", "2030-06-01T00:00:00Z");
	s->options.as_of = "2024-02-29";
}
static void ends_late(struct scene_tree *s, struct node *root)
{
	certificate(s, root, "/etc/update.pem", "2034-03-01T00:00:00Z");
	certificate(s, root, "/etc/ssl/certs/a.pem", "2030-06-01T00:00:00Z");
	s->options.as_of = "2024-02-29";
}
static void ends_unknown(struct scene_tree *s, struct node *root)
{
	certificate(s, root, "/etc/update.pem", "2030-06-01T00:00:00Z");
}

static struct executable_fact *small_program(struct scene_tree *s, struct node *root, uint32_t bits)
{
	struct executable_fact *x = scene_fact(s, file(s, root, "/bin/date"), FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->bits = 32;
	x->endian = "little";
	x->type = "EXEC";
	x->pie = "no";
	x->relro = "full";
	x->time_bits = bits;
	return x;
}
static void time_of_32(struct scene_tree *s, struct node *root)
{
	small_program(s, root, 32);
}
static void time_of_64(struct scene_tree *s, struct node *root)
{
	small_program(s, root, 64);
}
static void time_in_static(struct scene_tree *s, struct node *root)
{
	small_program(s, root, 0)->is_static = TRI_YES;
}
static void kernel_of(struct scene_tree *s, struct node *root, const char *release)
{
	struct kernel_fact *f = scene_fact(s, file(s, root, "/boot/vmlinux"), FACT_KERNEL, 0);

	small_program(s, root, 64);
	f->kernel_kind = "version";
	f->name = span_text("linux");
	f->value = span_text(release);
	f->from = "banner";
}
static void old_kernel(struct scene_tree *s, struct node *root)
{
	kernel_of(s, root, "5.0.21");
}
static void new_kernel(struct scene_tree *s, struct node *root)
{
	kernel_of(s, root, "5.1");
}
static void voice(struct scene_tree *s, struct node *root)
{
	file(s, root, "/usr/sbin/asterisk");
}
static void reset_script(struct scene_tree *s, struct node *root)
{
	fact(s, file(s, root, "/sbin/firstboot"), "recovery", "reset", "/sbin/firstboot");
}

static const struct row rows[] = {
	{ "AVAIL-01", watched, OUTCOME_PASS },
	{ "AVAIL-01", watched_by_init, OUTCOME_PASS },
	{ "AVAIL-01", program_knows, OUTCOME_REVIEW },
	{ "AVAIL-01", script_unreached, OUTCOME_REVIEW },
	{ "AVAIL-01", script_reached, OUTCOME_PASS },
	{ "AVAIL-01", fed_by_service, OUTCOME_PASS },
	{ "AVAIL-01", fed_at_times, OUTCOME_REVIEW },
	{ "AVAIL-01", fed_by_systemd, OUTCOME_PASS },
	{ "AVAIL-01", systemd_feeds_none, OUTCOME_REVIEW },
	{ "AVAIL-01", nameless, OUTCOME_REVIEW },
	{ "AVAIL-01", only_driver, OUTCOME_REVIEW },
	{ "AVAIL-01", read_only, OUTCOME_REVIEW },
	{ "AVAIL-01", nothing, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-02", two_slots, OUTCOME_PASS },
	{ "AVAIL-02", rescue_part, OUTCOME_PASS },
	{ "AVAIL-02", one_slot, OUTCOME_REVIEW },
	{ "AVAIL-02", reset_script, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-03", read_only, OUTCOME_PASS },
	{ "AVAIL-03", mounted_read_only, OUTCOME_PASS },
	{ "AVAIL-03", started_read_only, OUTCOME_PASS },
	{ "AVAIL-03", started_writable, OUTCOME_REVIEW },
	{ "AVAIL-03", writable, OUTCOME_REVIEW },
	{ "AVAIL-03", nothing, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-04", waits, OUTCOME_REVIEW },
	{ "AVAIL-04", read_only, OUTCOME_PASS },
	{ "AVAIL-04", nothing, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-05", reset_by_others, OUTCOME_REVIEW },
	{ "AVAIL-05", ordinary_programs, OUTCOME_PASS },
	{ "AVAIL-05", nothing, OUTCOME_NOT_APPLICABLE },
	{ "AVAIL-05", programs_and_blind, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-06", read_only, OUTCOME_REVIEW },
	{ "AVAIL-06", never_restarts, OUTCOME_REVIEW },
	{ "AVAIL-06", memory_without_limit, OUTCOME_REVIEW },
	{ "AVAIL-06", bounded, OUTCOME_PASS },
	{ "AVAIL-06", nothing, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-07", ends_soon, OUTCOME_REVIEW },
	{ "AVAIL-07", ends_late, OUTCOME_PASS },
	{ "AVAIL-07", ends_unknown, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-07", time_of_32, OUTCOME_REVIEW },
	{ "AVAIL-07", time_of_64, OUTCOME_PASS },
	{ "AVAIL-07", old_kernel, OUTCOME_REVIEW },
	{ "AVAIL-07", new_kernel, OUTCOME_PASS },
	{ "AVAIL-07", time_in_static, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-08", voice, OUTCOME_NOT_EVALUABLE },
	{ "AVAIL-08", nothing, OUTCOME_NOT_APPLICABLE },
	{ "AVAIL-09", reset_script, OUTCOME_PASS },
	{ "AVAIL-09", read_only, OUTCOME_REVIEW },
	{ "AVAIL-09", unopened, OUTCOME_NOT_EVALUABLE },
};

static void every_row_ends_as_the_catalogue_says(void **state)
{
	(void)state;
	rows_run(rows, sizeof(rows) / sizeof(rows[0]));
}

static void checks_have_rows_of_all_kinds(void **state)
{
	(void)state;
	rows_cover("AVAIL", (const char *const[]){ "AVAIL-08", NULL }, rows,
		   sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_have_rows_of_all_kinds),
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
