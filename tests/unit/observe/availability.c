/* availability.c - mounts, watchdogs, limits, ways back, and what the layout shows. */
#include "unit/observe/scenery.h"

static struct text told(const struct scenery *s)
{
	struct text t = { 0 };

	for (uint32_t i = 0; i < s->facts.count[FACT_AVAILABILITY]; i++) {
		const struct availability_fact *f = (const void *)s->facts.of[FACT_AVAILABILITY][i];

		text_format(&t, "%s ", f->availability_kind);
		text_put(&t, f->name);
		text_puts(&t, " [");
		text_put(&t, f->value);
		text_char(&t, ']');
		if (f->f.line)
			text_format(&t, " %u", f->f.line);
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

static void mounts_of_fstab_are_told(void **state)
{
	(void)state;
	one_file("/etc/fstab",
		 "# <fs> <place>\n/dev/root / ext2 ro 0 1\ntmpfs\t/tmp\ttmpfs\tsize=1m,nosuid\n"
		 "#tmpfs /x tmpfs\nbroken line\n",
		 "mount / [/dev/root ext2 ro] 2\nmount /tmp [tmpfs tmpfs size=1m,nosuid] 3\n");
	one_file("/etc/init.d/fstab", "#!/bin/sh\nconfig_get device x y z\n", "");
	one_file("/etc/config/fstab",
		 "config global automount\n\toption from_fstab 1\n\n"
		 "config mount\n\toption target '/home'\n\toption device /dev/sda1\n"
		 "\toption fstype\text3\n\toption options \"rw,sync\"\n\n"
		 "config swap\n\toption device /dev/sda2\n",
		 "mount /home [/dev/sda1 ext3 rw,sync] 4\n");
}

static void commands_of_scripts_are_told(void **state)
{
	(void)state;
	one_file("/etc/init.d/rcS",
		 "#!/bin/sh\n"
		 "mount -t tmpfs -o size=4m tmpfs /tmp; echo done\n"
		 "# mount /dev/sda1 /mnt\n"
		 "umount /tmp\n"
		 "echo please mount /dev/sda1 now\n"
		 "[ -d /x ] && /bin/mount -t \"vfat\" /dev/$MDEV /media/usb 2>/dev/null\n"
		 "mount -o remount,rw /\n"
		 "mount -a\n",
		 "mount /tmp [tmpfs tmpfs size=4m] 2\n"
		 "mount /media/usb [/dev/$MDEV \"vfat\"] 6\n"
		 "mount / [remount,rw] 7\n");
	one_file("/etc/init.d/watchdog",
		 "#!/bin/sh\n[ -c /dev/watchdog ] && [ -x /sbin/watchdog ] && \\\n"
		 "watchdog -t 5 /dev/watchdog\nps | grep watchdog\necho V > /dev/watchdog\n"
		 "#watchdog /dev/watchdog\n",
		 "watchdog feeder [watchdog -t 5 /dev/watchdog] 3\n"
		 "watchdog feeder [echo V > /dev/watchdog] 5\n");
	one_file("/etc/init.d/S01log", "#!/bin/sh\nsyslogd -s 64 -b 2 &\nsyslogd -n\n",
		 "limit syslogd [-s 64 -b 2 &] 2\n");
	one_file("/etc/init.d/wan",
		 "#!/bin/sh\nuntil ping -c 1 cloud.example; do sleep 1; done\nping -c 1 a\n",
		 "remote-wait ping [until ping -c 1 cloud.example; do sleep 1; done] 2\n");
	one_file("/etc/init.d/map", "#!/bin/sh\nwhile mapping x; do :; done\n", "");
	one_file("/usr/share/doc/x", "mount -t tmpfs tmpfs /tmp\n", "");
}

static void scripts_that_run_what_is_plugged_in_are_told(void **state)
{
	(void)state;
	one_file("/etc/hotplug/usb",
		 "#!/bin/sh\nsh /mnt/usb/update.sh\n. $MOUNTPOINT/run.sh\n"
		 ". ${IPKG_INSTROOT}/lib/functions.sh\ncp /mnt/usb/a /tmp\n# /media/x.sh\n",
		 "autorun sh /mnt/usb/update.sh [] 2\nautorun . $MOUNTPOINT/run.sh [] 3\n");
	one_file("/etc/init.d/usb", "#!/bin/sh\nsh /mnt/usb/update.sh\n", "");
}

static void settings_that_bound_are_told(void **state)
{
	(void)state;
	one_file("/etc/logrotate.d/a",
		 "/var/log/a {\n  rotate 4\n  size 100k\n  sizes 3\n#size 1\n}\n",
		 "limit logrotate count [4] 2\nlimit logrotate size [100k] 3\n");
	one_file("/etc/config/system", "config system\n\toption log_size '64'\n",
		 "limit log_size [64] 2\n");
	one_file("/etc/systemd/system.conf", "#RuntimeWatchdogSec=0\nRuntimeWatchdogSec=20s\n",
		 "watchdog feeder [20s] 2\n");
}

static void texts_of_programs_and_boot_loaders_are_told(void **state)
{
	static const char program[] =
		"\x7f"
		"ELF\1\2\3\0open /dev/watchdog\0/dev/watchdog\0cwmp:FactoryReset\0\x80\x81";
	static const char loader[] =
		"\x01\x02\x03\0altbootcmd=run rescue\0\x80\x81\0tftpboot\0\x82";
	struct scenery s;
	struct bench b = { 0, &s.arena, NULL };
	struct node *n;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/sbin/init",
		    (struct span){ (const uint8_t *)program, sizeof(program) - 1 });
	n = scenery_add(&s, "", span_text(""));
	n->kind = KIND_REGION;
	observe_leaf(&s.o, &b, n, (struct span){ (const uint8_t *)loader, sizeof(loader) - 1 });
	says(&s, "watchdog program [/dev/watchdog]\n"
		 "remote-control FactoryReset [cwmp:FactoryReset]\n"
		 "recovery altbootcmd [altbootcmd=run rescue]\n"
		 "recovery tftpboot [tftpboot]\n");
}

static void parts_that_come_in_pairs_are_told(void **state)
{
	static const char line[] = "\x01\x02\0console=ttyS0,115200 root=/dev/mtdblock2 "
				   "mtdparts=nand:1m(u-boot)ro,4m(kernel_a),4m(kernel_b),"
				   "8m(rootfs),1m(Rescue),-(data) quiet\0\x80\x81";
	struct scenery s;
	struct bench b = { 0, &s.arena, NULL };
	struct node *n;

	(void)state;
	scenery_init(&s);
	n = scenery_add(&s, "", span_text(""));
	n->kind = KIND_REGION;
	observe_leaf(&s.o, &b, n, (struct span){ (const uint8_t *)line, sizeof(line) - 1 });
	says(&s, "slot kernel_a [kernel_b]\nslot kernel_b [kernel_a]\nslot rootfs []\n"
		 "recovery part [Rescue]\n");
}

static const struct format ubi = { .name = "ubi", .shape = SHAPE_CONTAINER };
static const struct format squashfs = { .name = "squashfs", .shape = SHAPE_CONTAINER };
static const struct format ext = { .name = "ext", .shape = SHAPE_CONTAINER };

static void names_of_a_table_are_parts(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	s.root.format = &ubi;
	scenery_add(&s, "/rootfs1", span_text("x"));
	scenery_add(&s, "/rootfs2", span_text("x"));
	scenery_add(&s, "/recovery", span_text("x"));
	says(&s, "slot rootfs1 [rootfs2]\nslot rootfs2 [rootfs1]\nrecovery part [recovery]\n");
}

static void a_root_file_system_is_one_with_programs_and_settings(void **state)
{
	static const struct {
		const struct format *format;
		const char *second, *wanted;
	} cases[] = {
		{ &squashfs, "/bin", "read-only-root squashfs [read-only]\n" },
		{ &ext, "/sbin", "read-only-root ext [writable]\n" },
		{ &ext, "/data", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		s.root.format = cases[i].format;
		scenery_add(&s, "/etc", span_text(""))->kind = KIND_DIRECTORY;
		scenery_add(&s, cases[i].second, span_text(""))->kind = KIND_DIRECTORY;
		says(&s, cases[i].wanted);
	}
}

static void scripts_that_reset_are_told(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/rc.button/reset", span_text("#!/bin/sh\n"));
	scenery_add(&s, "/etc/scripts/reset_default.sh", span_text("#!/bin/sh\n"));
	scenery_add(&s, "/etc/reset", span_text("#!/bin/sh\n"));
	says(&s, "recovery reset [/etc/rc.button/reset]\n"
		 "recovery reset [/etc/scripts/reset_default.sh]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_of_fstab_are_told),
		cmocka_unit_test(commands_of_scripts_are_told),
		cmocka_unit_test(scripts_that_run_what_is_plugged_in_are_told),
		cmocka_unit_test(settings_that_bound_are_told),
		cmocka_unit_test(texts_of_programs_and_boot_loaders_are_told),
		cmocka_unit_test(parts_that_come_in_pairs_are_told),
		cmocka_unit_test(names_of_a_table_are_parts),
		cmocka_unit_test(a_root_file_system_is_one_with_programs_and_settings),
		cmocka_unit_test(scripts_that_reset_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
