/* kern_run.c - what kernels are told when they start: settings, command lines, drivers, mounts. */
#include "judge/kern.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE                                                                             \
	"settings that programs change at run time; that the device boots this kernel; what a "    \
	"vendor has added or taken back"

static bool has(struct span s, const char *what)
{
	return span_find(s, 0, span_text(what)) != SIZE_MAX;
}

/* A kernel, modules or settings of one; a boot loader's command line alone is none. */
static bool has_kernel(const struct ruling *r)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	if (!kernel_is(f, "command-line"))
		return true;
	return false;
}

static void no_kernel(struct ruling *r)
{
	rule_says(r, OUTCOME_NOT_APPLICABLE, "no kernel was found");
}

/* -- KERN-05 -- */

static enum outcome outcome_of_randomisation(const struct kernel_fact *f)
{
	if (kernel_is(f, "command-line"))
		return has(f->value, "norandmaps") ? OUTCOME_FAIL : OUTCOME_NOT_APPLICABLE;
	if (!kernel_is(f, "sysctl") || !span_is(f->name, "kernel.randomize_va_space"))
		return OUTCOME_NOT_APPLICABLE;
	if (span_is(f->value, "2"))
		return OUTCOME_PASS;
	return span_is(f->value, "0") ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

/* Kernels for processors without memory management call themselves so. */
static bool is_without_mmu(struct ruling *r)
{
	struct kernel k;
	uint32_t at = 0, n = 0, without = 0;

	while (kernel_next(r, &at, &k)) {
		n++;
		without += k.is_inferred ? k.release && has(k.release->value, "-uc")
					 : !option_is_on(&k, "MMU");
	}
	return n && n == without;
}

static void judge_randomisation(struct ruling *r)
{
	uint32_t newest = newest_release(r);

	if (!has_kernel(r)) {
		no_kernel(r);
		return;
	}
	if (is_without_mmu(r)) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "the kernel has no memory management");
		return;
	}
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		enum outcome o = outcome_of_randomisation(f);

		if (o != OUTCOME_NOT_APPLICABLE)
			rule_fact(r, o, &f->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "addresses of programs are not randomised, by setting");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "addresses are randomised only in part");
	else if (newest && newest < RELEASE(2, 6, 12))
		rule_says(r, OUTCOME_REVIEW, "a kernel of before 2.6.12 randomises no addresses");
	rule_passed(r, "settings and command lines");
	r->of[OUTCOME_PASS].says = "nothing turns the kernel's default off";
}

const struct check check_kern_05 = {
	.id = "KERN-05",
	.group = "KERN",
	.title = "Address-space layout randomisation of programs",
	.rule = "fail if kernel.randomize_va_space is set to 0 or a command line has norandmaps; "
		"review if it is set to 1, or the kernel is older than 2.6.12; pass if it is 2 or "
		"the default; not applicable without memory management or a kernel",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "ISVS 3.2.7 (L2); 33.117 4.3.3.1.5; CRA I(2)(k)",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_randomisation,
};

/* -- KERN-06 -- */

static bool is_unneeded(struct span module)
{
	for (size_t i = 0; i < kernel_options_count; i++) {
		const struct kernel_option *o = &kernel_options[i];

		if (o->check && strcmp(o->check, "KERN-06") == 0 && o->modules &&
		    name_matches(module, o->modules))
			return true;
	}
	return false;
}

static bool is_unneeded_option(const struct kernel_fact *f)
{
	const struct kernel_option *o = kernel_is(f, "option") ? kernel_option_find(f->name) : NULL;

	return o && o->check && strcmp(o->check, "KERN-06") == 0 &&
	       (span_is(f->value, "y") || span_is(f->value, "m"));
}

static void judge_unneeded(struct ruling *r)
{
	struct span first = { 0 };

	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		bool module = kernel_is(f, "module") || kernel_is(f, "module-load");

		if (!is_unneeded_option(f) && !(module && is_unneeded(f->name)))
			continue;
		first = first.n ? first : f->name;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (first.n)
		rule_says(r, OUTCOME_REVIEW, "%s: few devices need it",
			  shown_of(r, first, rule_count(r, OUTCOME_REVIEW)));
	if (has_fact(r, "module") || has_fact(r, "option"))
		rule_passed(r, "options and modules");
	else
		lacks_configuration(r);
}

const struct check check_kern_06 = {
	.id = "KERN-06",
	.group = "KERN",
	.title = "Unneeded protocols and drivers",
	.rule = "review for each of DCCP, SCTP, TIPC, RDS, AX.25, X.25, AppleTalk, IPX, DECnet, "
		"ATM, Bluetooth, USB gadgets, FireWire, binfmt_misc and user namespaces that is "
		"built in or a module of the image; pass if there is none; never fails",
	.does_not_prove = DOES_NOT_PROVE "; that nothing uses it",
	.requirements = "33.117 4.3.2.4; 33.117 4.3.3.1.2; ISVS 3.6.2 (L1); EN 5.6-6 (R)",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_unneeded,
};

/* -- KERN-07 -- */

static const struct {
	const char *end; /* of a name */
	uint8_t value;
	enum outcome outcome;
} network_settings[] = {
	{ ".accept_source_route", '1', OUTCOME_FAIL },
	{ ".icmp_echo_ignore_broadcasts", '0', OUTCOME_FAIL },
	{ ".rp_filter", '0', OUTCOME_REVIEW },
	{ ".tcp_syncookies", '0', OUTCOME_REVIEW },
	{ ".accept_redirects", '1', OUTCOME_REVIEW },
};

/* Not applicable: it is none of these settings. */
static enum outcome outcome_of_setting(const struct kernel_fact *f)
{
	for (size_t i = 0; i < sizeof(network_settings) / sizeof(network_settings[0]); i++) {
		if (!span_ends(f->name, span_text(network_settings[i].end)))
			continue;
		return f->value.n == 1 && f->value.p[0] == network_settings[i].value
			       ? network_settings[i].outcome
			       : OUTCOME_PASS;
	}
	return OUTCOME_NOT_APPLICABLE;
}

static void judge_network(struct ruling *r)
{
	const struct kernel_fact *worst[OUTCOMES] = { NULL };

	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		enum outcome o =
			kernel_is(f, "sysctl") ? outcome_of_setting(f) : OUTCOME_NOT_APPLICABLE;

		if (o == OUTCOME_NOT_APPLICABLE)
			continue;
		worst[o] = worst[o] ? worst[o] : f;
		rule_fact(r, o, &f->f);
	}
	for (int o = OUTCOME_FAIL; o <= OUTCOME_REVIEW; o++)
		if (worst[o])
			rule_says(r, (enum outcome)o, "%s is set to %s",
				  shown_of(r, worst[o]->name, rule_count(r, (enum outcome)o)),
				  worst[o]->value.p[0] == '0' ? "0" : "1");
	if (rule_count(r, OUTCOME_PASS) || newest_release(r) >= RELEASE(2, 6, 14))
		rule_passed(r, "sysctl files and start scripts");
	else if (has_kernel(r))
		rule_open(r, REASON_VERSION_UNKNOWN,
			  "nothing is set, and the kernel's defaults are "
			  "not known");
	else
		no_kernel(r);
}

const struct check check_kern_07 = {
	.id = "KERN-07",
	.group = "KERN",
	.title = "Network sysctls",
	.rule = "fail if a setting accepts source routes or answers pings to broadcast addresses; "
		"review if one turns rp_filter or SYN cookies off or accepts redirects; otherwise "
		"pass where something is set or the kernel is 2.6.14 or later; else not evaluable",
	.does_not_prove = DOES_NOT_PROVE "; routers with several uplinks need a loose rp_filter",
	.requirements = "33.117 4.3.3.1.1; 33.117 4.3.3.1.2; 33.117 4.3.3.1.4; "
			"33.117 4.2.4.1.1.2; 33.117 4.2.4.1.1.3; TR.J.2; CWE-290",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_network,
};

/* -- KERN-08 -- */

/* Storage that somebody plugs in: by device, or by where it is mounted. */
static bool is_media(const struct availability_fact *m)
{
	struct span path = m->f.node->path;

	if (has(m->value, "usbfs") || has(m->value, "proc ") || has(m->value, "sysfs"))
		return false;
	return has(path, "hotplug") || has(path, "/mdev") || has(path, "automount") ||
	       has(m->value, "/dev/sd") || has(m->value, "/dev/mmcblk") ||
	       has(m->value, "/dev/usb") || has(m->value, "vfat") || has(m->value, "exfat") ||
	       has(m->value, "ntfs") || has(m->name, "/media/") || has(m->name, "/mnt/usb") ||
	       has(m->name, "usb") || has(m->name, "sdcard");
}

static bool is_restricted(const struct availability_fact *m)
{
	return has(m->value, "nosuid") && has(m->value, "nodev") && has(m->value, "noexec");
}

static void judge_media(struct ruling *r)
{
	const struct availability_fact *first = NULL;
	uint32_t count = 0;

	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, m)
	{
		bool runs = word_is(m->availability_kind, "autorun");

		if (runs)
			rule_fact(r, OUTCOME_FAIL, &m->f);
		if (!word_is(m->availability_kind, "mount") || !is_media(m))
			continue;
		count++;
		if (is_restricted(m))
			continue;
		first = first ? first : m;
		rule_fact(r, OUTCOME_REVIEW, &m->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "a script runs files from media that are plugged in");
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: mounted with all rights",
			  shown_of(r, first->name.n ? first->name : first->value,
				   rule_count(r, OUTCOME_REVIEW)));
	if (count)
		rule_passed(r, "%s", counted(r, count, "mount of media", "mounts of media"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE,
			  "nothing that mounts plugged-in media was found");
}

const struct check check_kern_08 = {
	.id = "KERN-08",
	.group = "KERN",
	.title = "Mounts of external media",
	.rule = "fail if a hotplug script runs files from media; review if media are mounted "
		"without nosuid, nodev and noexec; otherwise pass; not applicable where nothing "
		"mounts media",
	.does_not_prove = DOES_NOT_PROVE "; mounts that programs make by themselves",
	.requirements = "33.117 4.3.3.1.3; 33.117 4.3.3.1.6; CWE-732",
	.reads = READS(AVAILABILITY) | READS_GAPS,
	.judge = judge_media,
};

/* -- KERN-09 -- */

static const struct {
	const char *name, *option; /* option: whose default it is */
	uint32_t since;
} silent_settings[] = {
	{ "kernel.kptr_restrict", NULL, RELEASE(2, 6, 38) },
	{ "kernel.dmesg_restrict", "SECURITY_DMESG_RESTRICT", RELEASE(2, 6, 37) },
	{ "kernel.perf_event_paranoid", NULL, RELEASE(2, 6, 31) },
	{ "kernel.unprivileged_bpf_disabled", "BPF_UNPRIV_DEFAULT_OFF", RELEASE(4, 4, 0) },
};

static bool is_default(struct ruling *r, const char *option)
{
	struct kernel k;
	uint32_t at = 0;

	while (option && kernel_next(r, &at, &k))
		if (option_is_on(&k, option))
			return true;
	return false;
}

static void judge_silence(struct ruling *r)
{
	uint32_t newest = newest_release(r), missing = 0;
	const char *first = NULL;

	if (!has_kernel(r)) {
		no_kernel(r);
		return;
	}
	if (newest && newest < RELEASE(2, 6, 31)) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "the kernel is older than these settings");
		return;
	}
	for (size_t i = 0; i < sizeof(silent_settings) / sizeof(silent_settings[0]); i++) {
		const struct kernel_fact *f = sysctl_of(r, silent_settings[i].name);

		if ((newest && newest < silent_settings[i].since) ||
		    is_default(r, silent_settings[i].option))
			continue;
		if (f && !span_is(f->value, "0")) {
			rule_fact(r, OUTCOME_PASS, &f->f);
			continue;
		}
		if (f)
			rule_fact(r, OUTCOME_REVIEW, &f->f);
		missing++;
		first = first ? first : silent_settings[i].name;
	}
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: not set", shown_of(r, span_text(first), missing));
	rule_passed(r, "sysctl files and start scripts");
	r->of[OUTCOME_PASS].says = "all that this kernel has are set";
}

const struct check check_kern_09 = {
	.id = "KERN-09",
	.group = "KERN",
	.title = "Kernel pointers and logs",
	.rule = "review if kptr_restrict, dmesg_restrict, perf_event_paranoid or "
		"unprivileged_bpf_disabled, as far as the release has them, is set to 0 or not "
		"set and not the configured default; otherwise pass; never fails; not applicable "
		"without a kernel",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "ISVS 3.2.1 (L1); CWE-200",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_silence,
};

/* -- KERN-10 -- */

/* Drivers of numbers that are left to whoever makes a device. */
static bool is_local_device(const struct privilege_fact *p)
{
	const struct node *n = p->f.node;

	return word_is(p->privilege_kind, "device") && n->kind == KIND_CHAR_DEVICE &&
	       n->major >= 240 && n->major <= 254 && n->has_mode && n->mode & 0002;
}

static bool is_closed(const struct kernel_fact *f)
{
	return kernel_is(f, "module") && f->is_signed != TRI_NULL && f->license.n &&
	       !has(f->license, "GPL");
}

static void judge_drivers(struct ruling *r)
{
	const struct kernel_fact *first = NULL;
	uint32_t modules = 0, closed = 0;

	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		modules += kernel_is(f, "module") && f->is_signed != TRI_NULL;
		if (!is_closed(f))
			continue;
		closed++;
		first = first ? first : f;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	if (is_local_device(p))
		rule_fact(r, OUTCOME_REVIEW, &p->f);
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: not under the kernel's licence",
			  shown_of(r, first->name, closed));
	else if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s of its own drivers to every user",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "device opens one",
				  "devices open some"));
	if (modules)
		rule_passed(r, "%s", counted(r, modules, "module", "modules"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no module of a kernel was found");
}

const struct check check_kern_10 = {
	.id = "KERN-10",
	.group = "KERN",
	.title = "Old kernel interfaces of vendor drivers",
	.rule = "review for each module whose licence is not that of the kernel, and each device "
		"of a local driver (character majors 240 to 254) that every user may write to; "
		"pass if there is none; not applicable without modules",
	.does_not_prove = DOES_NOT_PROVE "; that a closed driver has a fault, or an open one none",
	.requirements = "ISVS 3.6.2 (L1); CRA II(1)",
	.reads = READS(KERNEL) | READS(PRIVILEGE) | READS_GAPS,
	.judge = judge_drivers,
};
