/* svc.c - checks of services: for each an image that fails it or needs review, one that passes it,
 * one that cannot be evaluated. */
#include "unit/judge/scene.h"

struct parts {
	struct scene_tree s;
	struct node *root, *file;
	uint64_t next; /* offset of the next fact */
};

static struct service_fact *fact(struct parts *p, enum fact_kind list, const char *kind,
				 const char *name, const char *command)
{
	struct service_fact *f = scene_fact(&p->s, p->file, list, 1);

	f->f.offset = p->next++;
	f->service_kind = kind;
	f->name = span_text(name);
	f->command = span_text(command);
	return f;
}

static struct service_fact *started(struct parts *p, const char *name, const char *command)
{
	struct service_fact *f = fact(p, FACT_SERVICE, "init.d", name, command);

	f->enabled = true;
	return f;
}

static struct service_fact *listens(struct parts *p, const char *name, const char *command,
				    uint32_t port)
{
	struct service_fact *f = fact(p, FACT_LISTENER, "init.d", name, command);

	f->enabled = true;
	f->port = port;
	f->protocol = span_text("tcp");
	return f;
}

static struct service_fact *setting(struct parts *p, const char *name, const char *command)
{
	return fact(p, FACT_SERVICE, "setting", name, command);
}

static struct node *program(struct parts *p, const char *path)
{
	return scene_entry(&p->s, p->root, KIND_FILE, path, 100);
}

static void nothing(struct parts *p)
{
	(void)p;
}
static void opaque(struct parts *p)
{
	struct node *n = scene_region(&p->s, p->s.nodes[0], NULL, 1000, 9000, STATE_UNKNOWN);

	n->entropy = 7900;
}
static void telnet_started(struct parts *p)
{
	started(p, "telnetd", "/usr/sbin/telnetd -l /bin/login");
}
static void telnet_by_other_name(struct parts *p)
{
	started(p, "network", "telnetd");
}
static void telnet_conditional(struct parts *p)
{
	started(p, "telnetd", "telnetd")->condition = span_text("[ -f /tmp/debug ]");
}
static void telnet_off(struct parts *p)
{
	fact(p, FACT_SERVICE, "inetd", "telnet", "/bin/telnetd");
}
static void telnet_of_no_kind(struct parts *p)
{
	telnet_started(p);
	started(p, "x", "x")->service_kind = NULL;
}
static void telnet_as_applet(struct parts *p)
{
	fact(p, FACT_SERVICE, "applet", "telnetd", "telnetd");
}
static void telnet_present(struct parts *p)
{
	program(p, "/usr/sbin/telnetd");
}
static void telnet_with_nothing_that_starts_it(struct parts *p)
{
	telnet_as_applet(p);
	telnet_present(p);
}
static void telnet_client(struct parts *p)
{
	program(p, "/usr/bin/telnet");
	program(p, "/usr/lib/opkg/info/telnetd.list");
}
static void tftp_started(struct parts *p)
{
	started(p, "tftp", "/bin/tftpd");
}
static void snmp_started(struct parts *p)
{
	started(p, "snmpd", "/usr/sbin/snmpd");
}
static void snmp_with_community(struct parts *p)
{
	struct secret_fact *x = scene_fact(&p->s, p->file, FACT_SECRET, 1);

	x->rule = span_text("snmp-community");
	snmp_started(p);
}
static void web_plain(struct parts *p)
{
	listens(p, "httpd", "httpd", 80);
}
static void web_both(struct parts *p)
{
	listens(p, "httpd", "httpd", 80);
	listens(p, "httpd", "httpd", 443);
}
static void adb_started(struct parts *p)
{
	started(p, "adbd", "/sbin/adbd");
}
static void inspect(struct parts *p)
{
	started(p, "app", "/usr/bin/node --inspect app.js");
}
static void shell_on_console(struct parts *p)
{
	struct service_fact *f = started(p, "console shell without login", "/bin/sh");

	f->service_kind = "inittab";
}
static void getty_on_console(struct parts *p)
{
	started(p, "getty", "/sbin/getty -L ttyS0 115200")->service_kind = "inittab";
}
static void getty_with_shell(struct parts *p)
{
	started(p, "getty", "getty -n -l /bin/sh ttyS0 9600")->service_kind = "inittab";
}
static void other_service(struct parts *p)
{
	started(p, "crond", "crond");
}
static void boot_waits(struct parts *p)
{
	setting(p, "u-boot", "bootdelay 3");
}
static void boot_goes_on(struct parts *p)
{
	setting(p, "u-boot", "bootdelay -2");
}
static void boot_stays(struct parts *p)
{
	setting(p, "u-boot", "bootdelay -1");
}
static void boot_says_nothing(struct parts *p)
{
	struct component_fact *c = scene_fact(&p->s, p->file, FACT_COMPONENT, 0);

	c->name = span_text("u-boot");
	c->version = span_text("2023.01");
	c->source = "banner";
}
static void cwmp_unverified(struct parts *p)
{
	started(p, "cwmpd", "cwmpd");
	setting(p, "cwmp", "acs.ssl_verify 0");
}
static void cwmp_in_clear(struct parts *p)
{
	started(p, "cwmpd", "cwmpd");
	setting(p, "cwmp", "url http://acs.example.net");
}
static void cwmp_with_tls(struct parts *p)
{
	started(p, "cwmpd", "cwmpd");
	setting(p, "cwmp", "url https://acs.example.net");
}
static void upnp_started(struct parts *p)
{
	started(p, "miniupnpd", "miniupnpd -f /etc/x");
}
static void upnp_to_wan(struct parts *p)
{
	upnp_started(p);
	setting(p, "upnpd", "upnpd.internal_iface wan");
}
static void remote_on(struct parts *p)
{
	setting(p, "remote management", "remote_management 1");
}
static void remote_off(struct parts *p)
{
	setting(p, "remote management", "remote_management 0");
}
static void web_started(struct parts *p)
{
	started(p, "httpd", "httpd -h /www");
}
static void wan_open(struct parts *p)
{
	setting(p, "firewall", "zone.name wan");
	setting(p, "firewall", "zone.input ACCEPT");
}
static void wan_closed(struct parts *p)
{
	setting(p, "firewall", "zone.name lan");
	setting(p, "firewall", "zone.input ACCEPT");
	setting(p, "firewall", "zone.name wan");
	setting(p, "firewall", "zone.input REJECT");
}
static void one_family(struct parts *p)
{
	setting(p, "firewall", "iptables -P FORWARD DROP");
}
static void both_families(struct parts *p)
{
	setting(p, "firewall", "iptables -P FORWARD DROP");
	setting(p, "firewall", "ip6tables -P FORWARD DROP");
}
static void forwarded(struct parts *p)
{
	setting(p, "firewall", "redirect.src wan");
}
static void forward_off(struct parts *p)
{
	setting(p, "firewall", "redirect.src wan");
	setting(p, "firewall", "redirect.enabled 0");
}
static void ssh_one(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
	setting(p, "sshd", "Protocol 2,1");
}
static void ssh_old(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
	setting(p, "sshd", "Ciphers aes128-ctr,aes128-cbc");
}
static void ssh_new(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
	setting(p, "sshd", "Ciphers aes128-ctr");
}
static void tls_three(struct parts *p)
{
	setting(p, "nginx", "ssl_protocols SSLv3 TLSv1.2");
}
static void tls_one(struct parts *p)
{
	setting(p, "apache2", "SSLProtocol all -SSLv3 +TLSv1");
	setting(p, "nginx", "ssl_protocols TLSv1 TLSv1.2");
}
static void tls_new(struct parts *p)
{
	setting(p, "apache2", "SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1");
	setting(p, "nginx", "ssl_protocols TLSv1.2 TLSv1.3");
}
static void tls_weak(struct parts *p)
{
	setting(p, "nginx", "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-RC4-SHA");
}
static void tls_strong(struct parts *p)
{
	setting(p, "nginx", "ssl_ciphers HIGH:!RC4:-3DES");
}
static void tls_quoted(struct parts *p)
{
	setting(p, "lighttpd", "ssl.openssl.ssl-conf-cmd (\"MinProtocol\" => \"TLSv1\")");
}
static void strange_listener(struct parts *p)
{
	listens(p, "xmldb", "xmldb -n x", 0);
}
static void local_listener(struct parts *p)
{
	listens(p, "xmldb", "xmldb -n x", 4000)->address = span_text("127.0.0.1");
}
static void with_strace(struct parts *p)
{
	program(p, "/usr/bin/strace");
}
static void names_fixed_port(struct parts *p)
{
	started(p, "dnsmasq", "dnsmasq");
	setting(p, "dnsmasq", "query-port 53");
}
static void names_open(struct parts *p)
{
	started(p, "dnsmasq", "dnsmasq");
}
static void names_guarded(struct parts *p)
{
	started(p, "dnsmasq", "dnsmasq");
	setting(p, "dnsmasq", "dnsmasq.rebind_protection 1");
	setting(p, "dnsmasq", "dnsmasq.localservice 1");
}

static struct span *texts(struct parts *p, const char *a, const char *b)
{
	struct span *list = arena_take(&p->s.arena, 2, sizeof(*list));

	list[0] = span_text(a);
	list[1] = span_text(b);
	return list;
}

static struct executable_fact *code(struct parts *p, const char *path)
{
	struct executable_fact *x = scene_fact(&p->s, program(p, path), FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->type = "EXEC";
	x->endian = "little";
	x->pie = "no";
	return x;
}

static void agent(struct parts *p)
{
	struct executable_fact *x = code(p, "/usr/sbin/agent");

	x->needed = (struct spans){ texts(p, "libssl.so.3", "libc.so.6"), 2 };
	x->calls = (struct spans){ texts(p, "connect", "system"), 2 };
	started(p, "agent", "/usr/sbin/agent")->program = x->f.node;
}
static void quiet_agent(struct parts *p)
{
	struct executable_fact *x = code(p, "/usr/sbin/agent");

	x->needed = (struct spans){ texts(p, "libssl.so.3", "libc.so.6"), 2 };
	x->calls = (struct spans){ texts(p, "connect", "fork"), 2 };
	started(p, "agent", "/usr/sbin/agent")->program = x->f.node;
}

static struct account_fact *account(struct parts *p, const char *state)
{
	struct account_fact *a = scene_fact(&p->s, p->file, FACT_ACCOUNT, 1);

	a->name = span_text("root");
	a->shell = span_text("/bin/sh");
	a->state = state;
	a->can_log_in = true;
	a->hash_node = strcmp(state, "empty") == 0 ? NULL : p->file;
	a->scheme = a->hash_node ? "md5crypt" : NULL;
	return a;
}

static void account_without_rule(struct parts *p)
{
	account(p, "enabled");
}
static void empty_with_telnet(struct parts *p)
{
	account(p, "empty");
	telnet_started(p);
}
static void empty_with_ssh(struct parts *p)
{
	account(p, "empty");
	started(p, "dropbear", "dropbear");
}
static void known_with_telnet(struct parts *p)
{
	account(p, "enabled")->has_password = true;
	telnet_started(p);
}
static void hash_with_telnet(struct parts *p)
{
	account(p, "enabled");
	telnet_started(p);
}
static void hash_that_is_replaced(struct parts *p)
{
	hash_with_telnet(p);
	setting(p, "accounts", "chpasswd");
}
static void root_is_made(struct parts *p)
{
	setting(p, "accounts", "writes root with a password and uid 0 into /etc/passwd");
}
static void user_is_made(struct parts *p)
{
	setting(p, "accounts", "adduser support");
}
static void root_by_ssh(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
	setting(p, "sshd", "PermitRootLogin yes");
}
static void root_by_default(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
}
static void root_by_key(struct parts *p)
{
	started(p, "sshd", "/usr/sbin/sshd");
	setting(p, "sshd", "PermitRootLogin prohibit-password");
	setting(p, "sshd", "MaxAuthTries 3");
}
static void limit_without_server(struct parts *p)
{
	setting(p, "sshd", "MaxAuthTries 3");
}
static void root_refused_elsewhere(struct parts *p)
{
	struct node *root =
		scene_region(&p->s, p->s.nodes[0], &scene_squashfs, 1000, 500, STATE_UNDERSTOOD);

	p->file = scene_entry(&p->s, root, KIND_FILE, "/etc/ssh/sshd_config", 100);
	setting(p, "sshd", "PermitRootLogin no");
	p->file = scene_entry(&p->s, root, KIND_FILE, "/etc/ssh/sshd_config2", 100);
	setting(p, "sshd", "PermitRootLogin yes");
	p->file = p->s.nodes[2];
	root_by_default(p);
}
static void derived(struct parts *p)
{
	setting(p, "password of the address", "wpa_passphrase=$(md5sum)");
}
static void long_passwords(struct parts *p)
{
	setting(p, "login", "PASS_MIN_LEN 8");
}
static void short_passwords(struct parts *p)
{
	setting(p, "pam", "password requisite pam_pwquality.so minlen=6");
}
static void key_made(struct parts *p)
{
	setting(p, "key generation", "dropbearkey -t rsa -f /etc/x");
}
static void key_made_with_seed(struct parts *p)
{
	key_made(p);
	started(p, "rngd", "rngd -r /dev/hwrng");
}
static void web_as_root(struct parts *p)
{
	listens(p, "boa", "boa", 80)->user = span_text("0");
	setting(p, "boa", "ScriptAlias /cgi-bin/ /web");
}
static void web_as_nobody(struct parts *p)
{
	listens(p, "boa", "boa", 80)->user = span_text("nobody");
}

static void job(struct parts *p, const char *line)
{
	struct privilege_fact *f = scene_fact(&p->s, p->file, FACT_PRIVILEGE, 1);

	f->privilege_kind = "scheduled";
	f->detail = span_text(line);
}
static void job_in_tmp(struct parts *p)
{
	job(p, "*/5 * * * * /tmp/run.sh");
}
static void job_in_a_shell(struct parts *p)
{
	job(p, "@daily cat /etc/x >/tmp/log; [ -x /tmp/a ] && sh -c \"/tmp/a -x\"");
}
static void job_with_variables(struct parts *p)
{
	job(p, "0 3 * * * PATH=/bin nice -n 5 /tmp/run.sh");
}
static void job_of_a_user(struct parts *p)
{
	p->file = scene_entry(&p->s, p->root, KIND_FILE, "/etc/crontab", 100);
	job(p, "0 3 * * * root /tmp/run.sh");
}
static void job_that_writes(struct parts *p)
{
	job(p, "0 3\t* * * cp /etc/x /tmp/x && rm -f /var/tmp/y");
}
static void job_that_fetches(struct parts *p)
{
	job(p, "0 3 * * * wget -O /root/x http://example.net/x && sh /root/x");
}
static void job_of_its_own(struct parts *p)
{
	job(p, "0 3 * * * /usr/sbin/logrotate > /tmp/log");
}

static void host_key(struct parts *p)
{
	struct key_fact *k =
		scene_fact(&p->s, program(p, "/etc/dropbear/dropbear_rsa_host_key"), FACT_KEY, 0);

	k->key_kind = "private";
	k->algorithm = "rsa";
	k->bits = 2048;
	k->encoding = "dropbear";
}
static void host_key_in_use(struct parts *p)
{
	host_key(p);
	started(p, "dropbear", "dropbear");
}
static void host_key_made_anew(struct parts *p)
{
	host_key_in_use(p);
	key_made(p);
}

#define OPEN OUTCOME_NOT_EVALUABLE
/* clang-format off */
static const struct {
	const char *check;
	void (*put)(struct parts *p);
	enum outcome outcome;
	enum reason reason;
} table[] = {
	{ "SVC-01", telnet_started, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-01", telnet_by_other_name, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-01", telnet_conditional, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-01", telnet_off, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-01", telnet_of_no_kind, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-01", telnet_as_applet, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-01", telnet_present, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-01", telnet_client, OUTCOME_PASS, REASON_NONE },
	{ "SVC-01", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-02", tftp_started, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-02", snmp_with_community, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-02", snmp_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-02", web_plain, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-02", web_both, OUTCOME_PASS, REASON_NONE },
	{ "SVC-02", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-03", adb_started, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-03", inspect, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-03", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SVC-03", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-04", shell_on_console, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-04", getty_with_shell, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-04", getty_on_console, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-04", other_service, OUTCOME_PASS, REASON_NONE },
	{ "SVC-04", nothing, OPEN, REASON_RUNTIME_ONLY },
	{ "SVC-04", telnet_as_applet, OPEN, REASON_RUNTIME_ONLY },
	{ "SVC-05", boot_waits, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-05", boot_stays, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-05", boot_says_nothing, OPEN, REASON_NO_DATA_TABLE },
	{ "SVC-05", boot_goes_on, OUTCOME_PASS, REASON_NONE },
	{ "SVC-05", nothing, OPEN, REASON_RUNTIME_ONLY },
	{ "SVC-06", cwmp_in_clear, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-06", cwmp_unverified, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-06", cwmp_with_tls, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-06", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SVC-06", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-07", upnp_to_wan, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-07", upnp_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-07", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SVC-07", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-08", remote_on, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-08", web_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-08", remote_off, OUTCOME_PASS, REASON_NONE },
	{ "SVC-08", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "SVC-08", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-09", wan_open, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-09", one_family, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-09", wan_closed, OUTCOME_PASS, REASON_NONE },
	{ "SVC-09", both_families, OUTCOME_PASS, REASON_NONE },
	{ "SVC-09", nothing, OPEN, REASON_RUNTIME_ONLY },
	{ "SVC-10", forwarded, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-10", forward_off, OUTCOME_PASS, REASON_NONE },
	{ "SVC-10", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-11", ssh_one, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-11", ssh_old, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-11", ssh_new, OUTCOME_PASS, REASON_NONE },
	{ "SVC-11", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "SVC-11", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-12", tls_three, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-12", tls_one, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-12", tls_new, OUTCOME_PASS, REASON_NONE },
	{ "SVC-12", tls_weak, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-12", tls_quoted, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-12", tls_strong, OUTCOME_PASS, REASON_NONE },
	{ "SVC-12", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "SVC-12", web_started, OPEN, REASON_NO_DATA_TABLE },
	{ "SVC-13", strange_listener, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-13", local_listener, OUTCOME_PASS, REASON_NONE },
	{ "SVC-13", web_plain, OUTCOME_PASS, REASON_NONE },
	{ "SVC-13", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-14", with_strace, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-14", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SVC-14", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-15", names_fixed_port, OUTCOME_FAIL, REASON_NONE },
	{ "SVC-15", names_open, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-15", names_guarded, OUTCOME_PASS, REASON_NONE },
	{ "SVC-15", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "SVC-15", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "SVC-16", agent, OUTCOME_REVIEW, REASON_NONE },
	{ "SVC-16", quiet_agent, OUTCOME_PASS, REASON_NONE },
	{ "SVC-16", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "ACC-01", empty_with_telnet, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-01", empty_with_ssh, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-04", known_with_telnet, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-04", hash_with_telnet, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-05", root_is_made, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-05", user_is_made, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-05", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "ACC-09", root_by_ssh, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-09", root_by_default, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-09", root_by_key, OUTCOME_PASS, REASON_NONE },
	{ "ACC-09", root_refused_elsewhere, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-09", telnet_with_nothing_that_starts_it, OPEN, REASON_RUNTIME_ONLY },
	{ "ACC-09", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "ACC-10", limit_without_server, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "ACC-10", telnet_with_nothing_that_starts_it, OPEN, REASON_RUNTIME_ONLY },
	{ "ACC-10", root_by_default, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-10", root_by_key, OUTCOME_PASS, REASON_NONE },
	{ "CRED-04", hash_with_telnet, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-04", hash_that_is_replaced, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-05", derived, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-05", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "CRED-06", long_passwords, OUTCOME_PASS, REASON_NONE },
	{ "CRED-06", short_passwords, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-06", account_without_rule, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-06", nothing, OPEN, REASON_RUNTIME_ONLY },
	{ "KEY-02", host_key_in_use, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-02", host_key_made_anew, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-10", host_key_in_use, OUTCOME_FAIL, REASON_NONE },
	{ "KEY-10", host_key_made_anew, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-11", key_made, OUTCOME_REVIEW, REASON_NONE },
	{ "KEY-11", key_made_with_seed, OUTCOME_PASS, REASON_NONE },
	{ "KEY-11", nothing, OPEN, REASON_RUNTIME_ONLY },
	{ "PRIV-05", web_as_root, OUTCOME_FAIL, REASON_NONE },
	{ "PRIV-05", strange_listener, OUTCOME_REVIEW, REASON_NONE },
	{ "PRIV-05", web_as_nobody, OUTCOME_PASS, REASON_NONE },
	{ "PRIV-05", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "PRIV-05", opaque, OPEN, REASON_OPAQUE_REGION },
	{ "PRIV-07", job_in_tmp, OUTCOME_FAIL, REASON_NONE },
	{ "PRIV-07", job_in_a_shell, OUTCOME_FAIL, REASON_NONE },
	{ "PRIV-07", job_with_variables, OUTCOME_FAIL, REASON_NONE },
	{ "PRIV-07", job_of_a_user, OUTCOME_FAIL, REASON_NONE },
	{ "PRIV-07", job_that_writes, OUTCOME_PASS, REASON_NONE },
	{ "PRIV-07", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "PRIV-07", job_that_fetches, OUTCOME_REVIEW, REASON_NONE },
	{ "PRIV-07", job_of_its_own, OUTCOME_PASS, REASON_NONE },
	{ "PRIV-07", opaque, OPEN, REASON_OPAQUE_REGION },
};
/* clang-format on */

static void services_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct parts p = { .next = 1 };
		const struct verdict *v;

		p.root = scene_begin(&p.s, 10000, 1000);
		p.file = scene_entry(&p.s, p.root, KIND_FILE, "/etc/rc", 100);
		table[i].put(&p);
		if (table[i].put != opaque)
			p.s.nodes[0]->size = p.s.nodes[0]->length = 1000;
		scene_judge(&p.s);
		v = scene_verdict(&p.s, table[i].check);
		if (v->outcome != table[i].outcome || v->reason != table[i].reason)
			fail_msg("row %zu, %s: %s, %s: %s", i, table[i].check,
				 outcome_name(v->outcome), v->reason ? reason_name(v->reason) : "-",
				 v->says);
		if (strlen(v->says) > 66)
			fail_msg("row %zu, %s: too long: %s", i, table[i].check, v->says);
		scene_end(&p.s);
	}
}

static void every_check_of_services_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count; i++) {
		size_t k = 0;

		if (strcmp(checks[i]->group, "SVC") != 0)
			continue;
		while (k < sizeof(table) / sizeof(table[0]) &&
		       strcmp(table[k].check, checks[i]->id) != 0)
			k++;
		if (k == sizeof(table) / sizeof(table[0]))
			fail_msg("%s is not tested", checks[i]->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_judged),
		cmocka_unit_test(every_check_of_services_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
