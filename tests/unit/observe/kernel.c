/* kernel.c - what is said of kernels: configurations, images, modules, settings, command lines. */
#include "unit/observe/scenery.h"

static struct text told(const struct scenery *s)
{
	struct text t = { 0 };

	for (uint32_t i = 0; i < s->facts.count[FACT_KERNEL]; i++) {
		const struct kernel_fact *k = (const void *)s->facts.of[FACT_KERNEL][i];

		text_format(&t, "%s ", k->kernel_kind);
		text_put(&t, k->name);
		text_puts(&t, " [");
		text_put(&t, k->value);
		text_format(&t, "] %s", k->from);
		if (k->license.n) {
			text_char(&t, ' ');
			text_put(&t, k->license);
		}
		if (k->is_signed != TRI_NULL)
			text_puts(&t, k->is_signed == TRI_YES ? " signed" : " unsigned");
		if (k->f.line)
			text_format(&t, " %u", k->f.line);
		text_char(&t, '\n');
	}
	text_char(&t, '\0');
	return t;
}

static void says(struct scenery *s, const char *wanted)
{
	struct text t;

	scenery_finish(s);
	t = told(s);
	assert_string_equal(t.p, wanted);
	text_free(&t);
	scenery_free(s);
}

static void one_file(const char *path, const char *text, const char *wanted)
{
	struct scenery s;

	scenery_init(&s);
	scenery_add(&s, path, span_text(text));
	says(&s, wanted);
}

static void a_configuration_gives_the_options_of_the_table(void **state)
{
	(void)state;
	one_file("/boot/config-6.1.0",
		 "#\n# Automatically generated file; DO NOT EDIT.\n"
		 "# Linux/arm64 6.1.0 Kernel Configuration\n#\n"
		 "CONFIG_ARM64=y\nCONFIG_NO_SUCH_OPTION=y\n# CONFIG_DEVMEM is not set\n"
		 "CONFIG_TIPC=m\nCONFIG_PANIC_TIMEOUT=5\n"
		 "CONFIG_CMDLINE=\"console=ttyS0 ro\"\n",
		 "version linux [6.1.0] config 3\noption ARM64 [y] config 5\n"
		 "option DEVMEM [n] config 7\noption TIPC [m] config 8\n"
		 "option PANIC_TIMEOUT [5] config 9\n"
		 "command-line CMDLINE [console=ttyS0 ro] config 10\n");
	one_file("/config",
		 "#\n# Automatically generated make config: don't edit\n"
		 "# Linux kernel version: 2.6.31\n# Tue\n#\nCONFIG_MIPS=y\n",
		 "version linux [2.6.31] config 3\noption MIPS [y] config 6\n");
}

/* The same file format, of other projects. */
static void configurations_of_others_are_left_alone(void **state)
{
	(void)state;
	one_file("/config",
		 "#\n# Automatically generated make config: don't edit\n"
		 "# Busybox version: 1.22.1\n#\nCONFIG_MODULES=y\n",
		 "");
	one_file("/config",
		 "#\n# Automatically generated file; DO NOT EDIT.\n"
		 "# U-Boot 2023.01 Configuration\n#\nCONFIG_ARM=y\n",
		 "");
}

static struct node *add_region(struct scenery *s, struct span bytes)
{
	struct bench b = { 0, &s->arena, NULL };
	struct node *n = scenery_add(s, "", span_text(""));

	n->kind = KIND_REGION;
	observe_leaf(&s->o, &b, n, bytes);
	return n;
}

static void an_image_shows_version_options_and_command_line(void **state)
{
	static const char image[] =
		"\x01\x02\x03\0Linux version 5.10.1-x (a@b) (gcc 10) #1 SMP Mon\n\0\x01\x02"
		"\0unregister_kprobe\0my_unregister_sysrq_key\0unregister_sysrq_key2\0"
		"~Module signature appended~\n\0"
		"CMDLINE:board=X  console=ttyS0,115200\0"
		"root=/dev/sda1 %s\0bootcmd=run a; setenv bootargs root=/dev/sda1\0"
		"console=tty0\0\x80\x81\x82\x83\x84\x85\x86\x87";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	add_region(&s, (struct span){ (const uint8_t *)image, sizeof(image) - 1 });
	says(&s, "version linux [5.10.1-x] banner\n"
		 "option KPROBES [y] inferred\n"
		 "option MODULE_SIG [y] inferred\n"
		 "command-line built in [board=X  console=ttyS0,115200] inferred\n");
}

static uint32_t settings_of(const struct scenery *s, const char *command)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->facts.count[FACT_SERVICE]; i++) {
		const struct service_fact *f = (const void *)s->facts.of[FACT_SERVICE][i];

		n += span_is(f->name, "u-boot") && span_is(f->command, command);
	}
	return n;
}

/* The default environment in Debian's u-boot.kwb of the DockStar, shortened; and strings of the
 * same names that stand among others. */
static void an_environment_within_a_program_tells_of_its_console(void **state)
{
	static const char program[] =
		"\x01\x02\x03 bad key format %d\n\0bootcmd=ubi part root; bootm 0x800000\0"
		"bootdelay=3\0baudrate=115200\0bootstopkeysha256=00112233\0"
		"mtdparts=mtdparts=orion_nand:1m(uboot),-(root)\0console=console=ttyS0,115200\0\0"
		"\x80\x81\x82\x83";
	static const char other[] =
		"\x01\x02\x03\0bootdelay=3\0usage: console=ttyS0,115200 root=/dev/sda1\0"
		"a\0bootdelay=5\0mtdparts=orion_nand:1m(uboot),-(root)\0\x80\x81\x82\x83";
	struct scenery s;
	struct span bytes = { (const uint8_t *)program, sizeof(program) - 1 };

	(void)state;
	scenery_init(&s);
	add_region(&s, bytes);
	scenery_finish(&s);
	assert_int_equal(settings_of(&s, "bootdelay 3"), 1);
	assert_int_equal(settings_of(&s, "bootstopkeysha256 (set)"), 1);
	assert_int_equal(s.facts.count[FACT_SERVICE], 2);
	assert_true(
		span_is(span_sub(bytes, s.facts.of[FACT_SERVICE][0]->offset, 11), "bootdelay=3"));
	scenery_free(&s);
	scenery_init(&s);
	add_region(&s, (struct span){ (const uint8_t *)other, sizeof(other) - 1 });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_SERVICE], 0);
	scenery_free(&s);
}

/* Signs mean something in kernels only: modules import the same names. */
static void signs_in_other_bytes_mean_nothing(void **state)
{
	static const char bytes[] = "\x01\x02\0unregister_kprobe\0\x80\x81\x82\x83";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	add_region(&s, (struct span){ (const uint8_t *)bytes, sizeof(bytes) - 1 });
	says(&s, "");
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* A little-endian 32-bit ELF file of type REL with .modinfo and .shstrtab, by the book. */
static size_t make_module(uint8_t *p, const char *info, size_t info_size, bool is_signed)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	static const char trailer[] = "~Module signature appended~\n";
	size_t at_info = 52, at_names = at_info + info_size, at_table = at_names + sizeof(names);
	uint8_t *table;

	at_table = (at_table + 3) & ~(size_t)3;
	memset(p, 0, 1024);
	memcpy(p,
	       "\x7f"
	       "ELF\1\1\1",
	       7);
	put16(p + 16, 1);  /* ET_REL */
	put16(p + 18, 40); /* EM_ARM */
	put16(p + 20, 1);
	put16(p + 32, (unsigned)at_table);
	put16(p + 40, 52);
	put16(p + 46, 40); /* e_shentsize */
	put16(p + 48, 3);
	put16(p + 50, 2); /* e_shstrndx */
	memcpy(p + at_info, info, info_size);
	memcpy(p + at_names, names, sizeof(names));
	table = p + at_table + 40;
	put16(table, 1);
	put16(table + 4, 1);
	put16(table + 16, (unsigned)at_info);
	put16(table + 20, (unsigned)info_size);
	table += 40;
	put16(table, 10);
	put16(table + 4, 3);
	put16(table + 16, (unsigned)at_names);
	put16(table + 20, sizeof(names));
	if (!is_signed)
		return at_table + 120;
	memcpy(p + at_table + 120, trailer, sizeof(trailer) - 1);
	return at_table + 120 + sizeof(trailer) - 1;
}

static void modules_tell_licence_and_signature(void **state)
{
	static const char info[] = "license=GPL\0vermagic=5.10.0 SMP mod_unload \0name=crypt_a";
	static const char stripped[] = "alias=x\0license=Proprietary";
	uint8_t file[1024];
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/lib/modules/5.10.0/crypt-a.ko",
		    (struct span){ file, make_module(file, info, sizeof(info), true) });
	scenery_add(&s, "/lib/modules/wl.ko",
		    (struct span){ file, make_module(file, stripped, sizeof(stripped), false) });
	says(&s, "module crypt_a [5.10.0 SMP mod_unload] vermagic GPL signed\n"
		 "module wl [] file Proprietary unsigned\n");
}

static void lists_name_what_is_loaded_and_built_in(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/modules", span_text("# none\n\nsoftdog nowayout=1\n"));
	scenery_add(&s, "/lib/modules/6.1/modules.builtin",
		    span_text("kernel/net/core/sock.ko\nkernel/net/tipc/tipc.ko\n"));
	scenery_add(&s, "/etc/other", span_text("softdog\n"));
	says(&s, "module-load softdog [nowayout=1] file 3\n"
		 "module tipc [built in] file 2\n");
}

static void settings_are_read_from_sysctl_files(void **state)
{
	(void)state;
	one_file("/etc/sysctl.d/10.conf",
		 "# kernel.panic=1\n;a=b\nkernel.panic = 3\r\n-net/ipv4/ip_forward=1\nbroken\n",
		 "sysctl kernel.panic [3] file 3\nsysctl net.ipv4.ip_forward [1] file 4\n");
}

static void settings_are_read_from_scripts(void **state)
{
	(void)state;
	one_file("/etc/init.d/rcS",
		 "#!/bin/sh\n"
		 "echo 1 > /proc/sys/net/ipv4/ip_forward\n"
		 "# echo 0 > /proc/sys/kernel/panic\n"
		 "[ -f /x ] && echo -n \"0\" >\"/proc/sys/net/ipv4/conf/all/rp_filter\"; true\n"
		 "cat /proc/sys/kernel/hostname\n"
		 "if [ 1 ]; then echo '2 3' >> /proc/sys/vm/x; fi\n"
		 "sysctl -q -w kernel.randomize_va_space=0 net.a.b=\"1\"; echo a.b=c\n"
		 "sysctl -p /etc/sysctl.conf\n",
		 "sysctl net.ipv4.ip_forward [1] file 2\n"
		 "sysctl net.ipv4.conf.all.rp_filter [0] file 4\n"
		 "sysctl vm.x [2 3] file 6\n"
		 "sysctl kernel.randomize_va_space [0] file 7\n"
		 "sysctl net.a.b [1] file 7\n");
	one_file("/usr/share/doc/x", "echo 1 > /proc/sys/net/ipv4/ip_forward\n", "");
}

static void settings_of_boot_loaders_give_command_lines(void **state)
{
	(void)state;
	one_file("/boot/extlinux/extlinux.conf",
		 "LABEL a\n  KERNEL /vmlinuz\n# APPEND root=/dev/sdz\n"
		 "  APPEND root=/dev/mmcblk0p2 ro\n",
		 "command-line append [root=/dev/mmcblk0p2 ro] file 4\n");
	one_file("/uEnv.txt", "bootargs=console=ttyS0 root=/dev/ram\n",
		 "command-line bootargs [console=ttyS0 root=/dev/ram] file 1\n");
	one_file("/etc/notes", "bootargs=console=ttyS0 root=/dev/ram\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_gives_the_options_of_the_table),
		cmocka_unit_test(configurations_of_others_are_left_alone),
		cmocka_unit_test(an_image_shows_version_options_and_command_line),
		cmocka_unit_test(an_environment_within_a_program_tells_of_its_console),
		cmocka_unit_test(signs_in_other_bytes_mean_nothing),
		cmocka_unit_test(modules_tell_licence_and_signature),
		cmocka_unit_test(lists_name_what_is_loaded_and_built_in),
		cmocka_unit_test(settings_are_read_from_sysctl_files),
		cmocka_unit_test(settings_are_read_from_scripts),
		cmocka_unit_test(settings_of_boot_loaders_give_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
