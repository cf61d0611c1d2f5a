/* svc_more.c - how servers are set, who listens beside what is known, tools that nobody needs, and
 * daemons that take orders from outside. */
#include "judge/object.h"
#include "judge/role.h"
#include "know/know.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a port is reachable, open, or filtered on a running device"

/* -- SVC-11 -- */

static enum outcome judge_ssh_setting(const struct service_fact *s)
{
	static const char *const broken[] = { "arcfour", "none" };
	static const char *const old[] = { "3des",    "-cbc",        "hmac-md5",
					   "sha1-96", "group1-sha1", "ssh-dss" };
	struct span value;

	if (setting_is(s, "Protocol", &value))
		return value_has(value, "1") ? OUTCOME_FAIL : OUTCOME_PASS;
	if (setting_is(s, "PermitEmptyPasswords", &value))
		return value_is(value, "yes") ? OUTCOME_FAIL : OUTCOME_PASS;
	if (!setting_is(s, "Ciphers,MACs,KexAlgorithms,HostKeyAlgorithms", &value) ||
	    (value.n && value.p[0] == '-')) /* these are taken away */
		return OUTCOME_PASS;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (value_has(value, broken[i]))
			return OUTCOME_FAIL;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (value_has(value, old[i]))
			return OUTCOME_REVIEW;
	return OUTCOME_PASS;
}

static void judge_ssh(struct ruling *r)
{
	EACH_SETTING(r, "sshd", s)
	{
		enum outcome o = judge_ssh_setting(s);

		if (o != OUTCOME_PASS)
			rule_fact(r, o, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s what is broken",
			  counted(r, rule_count(r, OUTCOME_FAIL), "setting of SSH allows",
				  "settings of SSH allow"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s old algorithms",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "setting of SSH allows",
				  "settings of SSH allow"));
	if (r->premises->program[PROGRAM_SSH] || started_role(r, "ssh", NULL))
		rule_passed(r, "settings of SSH servers; defaults of their versions are not known");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no SSH server was found");
}

const struct check check_svc_11 = {
	.id = "SVC-11",
	.group = "SVC",
	.title = "SSH server settings",
	.rule = "fail if protocol 1, empty passwords, arcfour or no cipher are allowed by a "
		"setting; review for other old algorithms; otherwise pass; not applicable without "
		"an SSH server",
	.does_not_prove = "what a version allows without being told",
	.requirements = "EN 5.5-1 (M); ISVS 2.4.2; CWE-327",
	.reads = READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_ssh,
};

/* -- SVC-12 -- */

/* "all -SSLv3" takes it away. */
static bool allows(struct span value, const char *version)
{
	size_t n = strlen(version);

	for (size_t i = 0; i + n <= value.n; i++) {
		struct span rest = span_from(value, i + n);
		int before = i ? value.p[i - 1] : ' ';

		if (!span_starts(span_from(value, i), span_text(version)) || before == '-' ||
		    before == '!' || before == '_')
			continue;
		if (!rest.n || memchr(" ,;\")", rest.p[0], 5))
			return true;
	}
	return false;
}

static enum outcome judge_versions(struct span value)
{
	if (allows(value, "SSLv2") || allows(value, "SSLv3"))
		return OUTCOME_FAIL;
	if (allows(value, "TLSv1") || allows(value, "TLSv1.0") || allows(value, "TLSv1.1"))
		return OUTCOME_REVIEW;
	return OUTCOME_PASS;
}

/* One of a list of ciphers, openssl-ciphers(1): "!RC4" and "-RC4" take away. */
static bool is_weak(struct span cipher)
{
	static const char *const weak[] = { "RC4",   "3DES",  "DES-CBC3", "EXP",
					    "aNULL", "eNULL", "ADH" };

	if (span_byte(cipher, 0) == '!' || span_byte(cipher, 0) == '-')
		return false;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		if (span_find(cipher, 0, span_text(weak[i])) != SIZE_MAX)
			return true;
	return false;
}

static enum outcome judge_ciphers(struct span value)
{
	for (size_t at = 0, end; at < value.n; at = end + 1) {
		for (end = at; end < value.n && !memchr(":, \"", value.p[end], 4);)
			end++;
		if (is_weak(span_sub(value, at, end - at)))
			return OUTCOME_REVIEW;
	}
	return OUTCOME_PASS;
}

/* OUTCOME_NOT_APPLICABLE: the setting speaks of something else. */
static enum outcome judge_tls_setting(const struct service_fact *s)
{
	struct span value;

	if (setting_is(s, "ssl.use-sslv2,ssl.use-sslv3,ssl_sslv2,ssl_sslv3", &value))
		return value_is(value, "enable,yes,1") ? OUTCOME_FAIL : OUTCOME_PASS;
	if (setting_is(s,
		       "ssl_protocols,SSLProtocol,sslVersion,sslVersionMin,"
		       "ssl.openssl.ssl-conf-cmd",
		       &value))
		return judge_versions(value);
	if (setting_is(s, "tls-version-min", &value))
		return value_is(value, "1.0,1.1") ? OUTCOME_REVIEW : OUTCOME_PASS;
	if (setting_is(s, "ssl_ciphers,ssl.cipher-list,SSLCipherSuite,ciphers,tls-cipher", &value))
		return judge_ciphers(value);
	return OUTCOME_NOT_APPLICABLE;
}

static void judge_tls(struct ruling *r)
{
	bool serves = started_role(r, "web,tls,vpn", NULL);

	EACH_SETTING(r, "lighttpd,nginx,apache2,stunnel,openvpn,vsftpd,uhttpd,thttpd", s)
	{
		enum outcome o = judge_tls_setting(s);

		if (o != OUTCOME_NOT_APPLICABLE)
			rule_fact(r, o, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "SSL 2 or 3 is allowed by a setting");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s old versions or weak ciphers",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "setting allows",
				  "settings allow"));
	if (rule_count(r, OUTCOME_PASS))
		rule_passed(r, "settings of TLS servers");
	else if (serves)
		rule_open(r, REASON_NO_DATA_TABLE, "the defaults of the server alone decide");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no server with TLS is started");
}

const struct check check_svc_12 = {
	.id = "SVC-12",
	.group = "SVC",
	.title = "TLS settings of servers",
	.rule = "fail if SSL 2 or 3 is allowed by a setting; review for TLS 1.0 and 1.1, RC4, "
		"3DES, export and anonymous ciphers; pass if settings allow none; not evaluable "
		"if only the server's defaults decide; not applicable without such a server",
	.does_not_prove = "what a version allows without being told",
	.requirements = "EN 5.5-1 (M); TR.D.3; ISVS 4.1.2 (L1); CWE-326; CWE-327",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_tls,
};

/* -- SVC-13 -- */

static bool is_local(const struct service_fact *s)
{
	return name_matches(s->address, "127.*,::1,localhost,lo");
}

static void judge_listeners(struct ruling *r)
{
	const struct service_fact *first = NULL;
	bool declared = r->c->options->declaration != NULL;
	enum outcome o = declared ? OUTCOME_FAIL : OUTCOME_REVIEW;

	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	{
		if (declared ? is_declared(r, &s->f) == DECLARED_YES
			     : has_role(s, "*") || is_local(s))
			continue;
		first = first ? first : s;
		rule_fact(r, o, &s->f);
	}
	if (first)
		rule_says(r, o, declared ? "%s: listens, not declared" : "%s: listens, in no table",
			  shown_of(r, first->name, rule_count(r, o)));
	rule_passed(r, "%s",
		    counted(r, r->c->facts->count[FACT_LISTENER], "listener", "listeners"));
}

const struct check check_svc_13 = {
	.id = "SVC-13",
	.group = "SVC",
	.title = "Undocumented listeners",
	.rule = "fail for a listener that a declaration does not name; without one, review for "
		"each started listener whose program is in no table of common services; pass if "
		"all are known",
	.does_not_prove = "that a program binds no other port; what it takes there",
	.requirements = "TR.A.4; TR.B.5 (MUST); TR.C.2; 33.117 4.4.2; EN 5.6-1 (M); "
			"ISVS 3.2.2 (L1); ISVS 1.1.2 (L1); CWE-912",
	.reads = READS(ACCOUNT) | READS(COMPONENT) | READS(ENDPOINT) | READS(KEY) |
		 READS(LISTENER) | READS(PRIVILEGE) | READS(SERVICE) | READS_GAPS,
	.judge = judge_listeners,
};

/* -- SVC-14 -- */

static void judge_tools(struct ruling *r)
{
	uint32_t n = rule_programs(r, "gcc,cc,c++,g++,tcc,clang,make,as,ld,gdb,gdbserver,strace,"
				      "ltrace,tcpdump,nmap,nc,netcat,ncat,socat,hping*,ettercap,"
				      "objdump,perf,test-cgi,printenv.cgi");

	if (n)
		rule_says(r, OUTCOME_REVIEW, "%s there that a product rarely needs",
			  counted(r, n, "tool is", "tools are"));
	rule_passed(r, "programs by their names");
}

const struct check check_svc_14 = {
	.id = "SVC-14",
	.group = "SVC",
	.title = "Unused programs",
	.rule = "review if compilers, debuggers, packet tools or sample handlers are in the image; "
		"pass if there are none; parts of a program of many names are left out",
	.does_not_prove = "that nothing uses them",
	.requirements = "33.117 4.3.4.5; EN 5.6-6 (R); ISVS 1.3.12 (L1); CWE-489",
	.reads = READS_GAPS | READS_TREE,
	.judge = judge_tools,
};

/* -- SVC-16 -- */

static bool loads(const struct executable_fact *x, const char *names)
{
	for (uint32_t i = 0; i < x->needed.n; i++)
		if (name_matches(x->needed.p[i], names))
			return true;
	return false;
}

static bool takes_orders(const struct executable_fact *x)
{
	bool runs = object_calls(x, "system,popen,exec*");
	bool agent = loads(x, "libmosquitto*,libpaho*,libwebsockets*,libuwsc*,libnats*,"
			      "libaws_iot*");
	bool tls = loads(x, "libssl*,libmbedtls*,libpolarssl*,libwolfssl*,libcyassl*,libgnutls*,"
			    "libcurl*,libustream-ssl*,libaxtls*");

	return runs &&
	       (agent || (tls && object_calls(x, "connect") && !object_calls(x, "listen")) ||
		(loads(x, "libcurl*") && !object_calls(x, "listen")));
}

static void judge_agents(struct ruling *r)
{
	const struct service_fact *first = NULL;

	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		const struct service_fact *s = takes_orders(x) ? service_of(r, x->f.node) : NULL;

		if (!s || has_role(s, "vpn,ssh,wifi,ntp,dns,ppp"))
			continue;
		first = first ? first : s;
		rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: calls out, runs commands",
			  shown_of(r, first->name, rule_count(r, OUTCOME_REVIEW)));
	rule_passed(r, "started programs, by what they load and call");
}

const struct check check_svc_16 = {
	.id = "SVC-16",
	.group = "SVC",
	.title = "Agents with outbound control",
	.rule = "review for each started daemon that calls out by TLS or a message broker and can "
		"run commands; pass if there is none",
	.does_not_prove = "that received commands are run; absence in static or stripped programs",
	.requirements = "TR.B.4; TR.C.2; TR.K.4; EN 5.6-5 (R); CRA I(2)(j); CWE-912",
	.reads = READS(EXECUTABLE) | READS(SERVICE) | READS_GAPS,
	.judge = judge_agents,
};
