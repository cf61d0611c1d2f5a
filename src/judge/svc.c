/* svc.c - services that give a shell or a device away: telnet, old protocols, debuggers, consoles,
 * remote management by the operator, UPnP. Three levels are told apart: started, started on a
 * condition, present. */
#include "judge/role.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a port is reachable, open, or filtered on a running device"

static struct span name_of(const struct evidence_ref *e)
{
	if (e->fact && (e->fact->kind == FACT_SERVICE || e->fact->kind == FACT_LISTENER))
		return ((const struct service_fact *)e->fact)->name;
	return node_name(e->node);
}

/* "telnetd" and 2 more: is started by default */
static void say(struct ruling *r, enum outcome o, const char *what)
{
	if (rule_count(r, o))
		rule_says(r, o, "%s%s", shown_of(r, name_of(&r->of[o].p[0]), rule_count(r, o)),
			  what);
}

static void judge_role(struct ruling *r, const char *roles, const char *searched)
{
	rule_roles(r, roles, OUTCOME_FAIL);
	say(r, OUTCOME_FAIL, ": started by default");
	say(r, OUTCOME_REVIEW, ": there, or conditional");
	rule_passed(r, "%s", searched);
}

/* -- SVC-01 to SVC-03 -- */

static void judge_telnet(struct ruling *r)
{
	judge_role(r, "telnet", "services and programs: telnet servers");
}

const struct check check_svc_01 = {
	.id = "SVC-01",
	.group = "SVC",
	.title = "Telnet",
	.rule = "fail if a telnet server is started by default; review if one is present, or "
		"started on a condition; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE "; that a program of many names has no such part",
	.requirements = "33.117 4.3.2.1; EN 5.5-1 (M); EN 5.6-1 (M); EN 5.6-5 (R); TR.A.3; TR.B.2; "
			"CRA I(2)(b); CRA I(2)(j); ISVS 3.2.3 (L1); CWE-319; CWE-1188",
	.reads = READS(LISTENER) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_telnet,
};

static bool has_community(const struct ruling *r)
{
	EACH_FACT(r, FACT_SECRET, secret_fact, x)
	if (span_find(x->rule, 0, span_text("snmp")) != SIZE_MAX ||
	    span_find(x->what, 0, span_text("snmp")) != SIZE_MAX)
		return true;
	return false;
}

/* A web server on the plain port while none listens on the one of TLS. */
static void find_plain_web(struct ruling *r)
{
	const struct service_fact *plain = NULL;
	bool tls = false;

	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	{
		tls |= s->port == 443 || s->port == 8443;
		if (!plain && has_role(s, "web") && s->port == 80)
			plain = s;
	}
	if (plain && !tls)
		rule_fact(r, OUTCOME_REVIEW, &plain->f);
}

static void judge_old_protocols(struct ruling *r)
{
	rule_roles(r, "ftp,tftp,rlogin,finger", OUTCOME_FAIL);
	/* a version with keys may be all that it speaks, unless communities are set */
	rule_roles(r, "snmp", has_community(r) ? OUTCOME_FAIL : OUTCOME_REVIEW);
	find_plain_web(r);
	say(r, OUTCOME_FAIL, ": started by default");
	say(r, OUTCOME_REVIEW, ": there, or without TLS");
	rule_passed(r, "services and programs: FTP, TFTP, rsh, finger, SNMP");
}

const struct check check_svc_02 = {
	.id = "SVC-02",
	.group = "SVC",
	.title = "FTP, TFTP, rsh, rlogin, finger, SNMP v1 and v2c, plain HTTP",
	.rule = "fail if a server of FTP, TFTP, rsh, rlogin or finger, or of SNMP with "
		"communities, is started by default; review if one is present or conditional, for "
		"other SNMP, and for a web server without TLS; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements =
		"33.117 4.3.2.1; EN 5.5-1 (M); TR.D.3; TR.D.5; ISVS 3.2.3 (L1); ISVS 4.2.1 (L1); "
		"CWE-319",
	.reads = READS(LISTENER) | READS(SECRET) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_old_protocols,
};

/* Options that open a debugger of a runtime. */
static void find_debug_options(struct ruling *r)
{
	static const char *const options[] = { "jdwp", "--inspect", "-Xdebug" };

	EACH_SERVICE(r, s)
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (span_find(s->command, 0, span_text(options[i])) != SIZE_MAX)
			rule_fact(r, is_started(s) ? OUTCOME_FAIL : OUTCOME_REVIEW, &s->f);
}

static void judge_debug(struct ruling *r)
{
	find_debug_options(r);
	judge_role(r, "debug", "services and programs: debug servers");
}

const struct check check_svc_03 = {
	.id = "SVC-03",
	.group = "SVC",
	.title = "Remote debug servers",
	.rule = "fail if a debug server is started by default; review if one is present or "
		"conditional; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.6-4A (M); ISVS 1.3.12 (L1); ISVS 2.2.4 (L2); CRA I(2)(b); "
			"CRA I(2)(j); CWE-489",
	.reads = READS(LISTENER) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_debug,
};

/* -- SVC-04 -- */

static bool is_console(const struct service_fact *s)
{
	return word_is(s->service_kind, "inittab")
		       ? name_matches(s->name, "console shell without login,*getty,login,sulogin,"
					       "login.sh")
		       : name_matches(s->name, "serial-getty@*,console-getty,getty@*,*getty");
}

/* getty -n -l /bin/sh asks for nothing either. */
static bool asks_nobody(const struct service_fact *s)
{
	bool own = span_find(s->command, 0, span_text(" -l ")) != SIZE_MAX &&
		   span_find(s->command, 0, span_text("login")) == SIZE_MAX;

	return span_is(s->name, "console shell without login") ||
	       (span_find(s->command, 0, span_text("getty")) != SIZE_MAX && own &&
		span_find(s->command, 0, span_text("-n")) != SIZE_MAX);
}

static void judge_console(struct ruling *r)
{
	uint32_t services = 0;

	EACH_SERVICE(r, s)
	{
		services++;
		if (!is_console(s) || !s->enabled)
			continue;
		rule_fact(r, asks_nobody(s) && is_started(s) ? OUTCOME_FAIL : OUTCOME_REVIEW,
			  &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s a shell without login",
			  counted(r, rule_count(r, OUTCOME_FAIL), "console line gives",
				  "console lines give"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s, behind a login or on a condition",
			counted(r, rule_count(r, OUTCOME_REVIEW), "console line", "console lines"));
	if (services)
		rule_passed(r, "%s", counted(r, services, "service", "services"));
	else
		rule_open(r, REASON_RUNTIME_ONLY, "nothing here says what runs on a console");
}

const struct check check_svc_04 = {
	.id = "SVC-04",
	.group = "SVC",
	.title = "Serial console with shell",
	.rule = "fail if a shell is offered on a console without login; review if login is asked, "
		"or on a condition; pass if there is none; not evaluable without inittab, scripts "
		"and units",
	.does_not_prove = "that the pins are there",
	.requirements = "EN 5.6-4A (M); EN 5.6-4B (R); ISVS 3.1.3 (L2); ISVS 1.2.4 (L2); CWE-1191; "
			"CWE-306",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_console,
};

/* -- SVC-05 -- */

static bool has_boot_loader(const struct ruling *r)
{
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	if (name_matches(c->name, "u-boot*,uboot*,barebox*,redboot*,grub*,cfe"))
		return true;
	return false;
}

static void judge_boot_console(struct ruling *r)
{
	struct span value;
	bool seen = false;

	EACH_SETTING(r, "u-boot", s)
	{
		if (!setting_is(s, "bootdelay", &value))
			continue;
		seen = true;
		/* -2: at once and without a look at the keys; -1: it stays at its prompt */
		if (value.n && !value_is(value, "0,-2"))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "the boot loader waits at its console");
	else if (seen)
		rule_passed(r, "the environment of the boot loader");
	else if (has_boot_loader(r))
		rule_open(r, REASON_NO_DATA_TABLE, "the boot loader's waiting time was not found");
	else
		rule_open(r, REASON_RUNTIME_ONLY, "no boot loader is in the image");
}

const struct check check_svc_05 = {
	.id = "SVC-05",
	.group = "SVC",
	.title = "Bootloader console",
	.rule = "review if the boot loader waits for a key or stays at its prompt; pass if it does "
		"not; not evaluable if no boot loader, or none of its settings, is in the image",
	.does_not_prove = "that a password is asked or not; that the pins are there",
	.requirements = "ISVS 3.1.1 (L2); ISVS 3.1.2 (L2); ISVS 3.1.3 (L2); 33.117 4.2.3.3.2; "
			"EN 5.6-4A (M); CWE-1191",
	.reads = READS(COMPONENT) | READS(SERVICE) | READS_GAPS,
	.judge = judge_boot_console,
};

/* -- SVC-06 -- */

static bool is_unsafe_acs(const struct service_fact *s)
{
	struct span value;

	if (setting_is(s, "url,*.url,acs_url,*.acs_url,acsurl,acs-url", &value))
		return value_has(value, "http://");
	if (setting_is(s,
		       "ssl_verify,*.ssl_verify,ssl_verify_peer,*.ssl_verifypeer,verify,"
		       "cert_check",
		       &value))
		return value_is(value, "0,no,off,false");
	return setting_is(s, "insecure,*.insecure_enable", &value) &&
	       value_is(value, "1,yes,on,true");
}

static void judge_cwmp(struct ruling *r)
{
	bool started = started_role(r, "tr069,usp", NULL);

	rule_roles(r, "tr069,usp", OUTCOME_REVIEW);
	EACH_SETTING(r, "cwmp", s)
	{
		if (is_unsafe_acs(s))
			rule_fact(r, started ? OUTCOME_FAIL : OUTCOME_REVIEW, &s->f);
		else
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "it calls its operator unencrypted or unverified");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s of management by an operator",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "place tells", "places tell"));
	rule_passed(r, "services, programs and settings of TR-069");
}

const struct check check_svc_06 = {
	.id = "SVC-06",
	.group = "SVC",
	.title = "TR-069 / CWMP client",
	.rule = "fail if the client is started by default and its server's address is http: or "
		"checking of its certificate is switched off; review if a client or its settings "
		"are there; pass if not",
	.does_not_prove = "what an operator sets",
	.requirements = "TR.K.1; TR.K.2 (MUST); TR.B.4; EN 5.5-1 (M); EN 5.5-7 (M); "
			"ISVS 4.1.3 (L1); CWE-295; CWE-319",
	.reads = READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_cwmp,
};

/* -- SVC-07 -- */

static bool is_to_wan(const struct service_fact *s)
{
	struct span value;

	return setting_is(s, "upnpd.internal_iface,listening_ip", &value) &&
	       (value_has(value, "wan") || value_has(value, "ppp"));
}

static void judge_upnp(struct ruling *r)
{
	EACH_SERVICE(r, s)
	{
		if (s->enabled && has_role(s, "upnp,nat-pmp"))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	EACH_SETTING(r, "upnpd,miniupnpd", s)
	{
		if (is_to_wan(s) && rule_count(r, OUTCOME_REVIEW))
			rule_fact(r, OUTCOME_FAIL, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "it takes port mappings from the outer network");
	say(r, OUTCOME_REVIEW, ": opens ports on request");
	rule_passed(r, "services: UPnP IGD and NAT-PMP");
}

const struct check check_svc_07 = {
	.id = "SVC-07",
	.group = "SVC",
	.title = "UPnP IGD and NAT-PMP",
	.rule = "fail if such a service is started by default and bound to the outer network; "
		"review if it is started; pass if it is off or absent",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.B.2; TR.F.3 (MUST NOT); 33.117 4.3.2.1; ISVS 3.2.2 (L1); CWE-306",
	.reads = READS(LISTENER) | READS(SERVICE) | READS_GAPS,
	.judge = judge_upnp,
};
