/* endpoint.c - which hosts, addresses and URLs of a file are endpoints, and which are not. */
#include "unit/observe/scenery.h"

#include "observe/endpoint.h"

/* The endpoints of one file in order, "kind value", parted by a blank; set-aside left out. */
static void list(struct scenery *s, struct text *t)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_ENDPOINT]; i++) {
		const struct endpoint_fact *e =
			(const struct endpoint_fact *)s->facts.of[FACT_ENDPOINT][i];

		if (strcmp(e->endpoint_kind, "set-aside") == 0)
			continue;
		text_format(t, "%s%s ", t->n ? " " : "", e->endpoint_kind);
		text_put(t, e->value);
	}
}

/* What the image says it set aside; empty when nothing was. */
static struct span aside_of(const struct scenery *s)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_ENDPOINT]; i++) {
		const struct endpoint_fact *e =
			(const struct endpoint_fact *)s->facts.of[FACT_ENDPOINT][i];

		if (strcmp(e->endpoint_kind, "set-aside") == 0)
			return e->value;
	}
	return span_text("");
}

struct example {
	const char *path, *text, *wanted, *aside;
};

static void try(const struct example *e, struct span bytes)
{
	struct text t = { 0 };
	struct scenery s;

	scenery_init(&s);
	scenery_add(&s, e->path, bytes);
	scenery_finish(&s);
	list(&s, &t);
	if (!span_is(text_span(&t), e->wanted))
		fail_msg("%s: \"%s\", wanted \"%s\"", e->text, t.p ? t.p : "", e->wanted);
	if (!span_is(aside_of(&s), e->aside))
		fail_msg("%s: aside \"%.*s\", wanted \"%s\"", e->text, (int)aside_of(&s).n,
			 (const char *)aside_of(&s).p, e->aside);
	text_free(&t);
	scenery_free(&s);
}

static void finds_endpoints_of_texts(void **state)
{
	static const struct example examples[] = {
		{ "/etc/a.conf", "url=http://update.acme.example/fw.bin\n",
		  "url http://update.acme.example/fw.bin", "" },
		{ "/etc/a.conf", "url=HTTPS://Up.Acme.example:8443/A?key=secret#x\n",
		  "url https://up.acme.example:8443/A", "" },
		{ "/etc/a.conf", "url=https://user:secret@acs.acme.example:7547/cwmp\n",
		  "url https://acs.acme.example:7547/cwmp", "" },
		{ "/etc/a.conf", "u=http://[2001:db8::7]:80/x\n", "url http://[2001:db8::7]:80/x",
		  "" },
		{ "/etc/a.conf", "url=http://acs/\n", "url http://acs/", "" },
		{ "/etc/a.conf", "url=http://$HOST/x http://%s/y http://a.${B}.de/\n", "", "" },
		{ "/etc/a.conf", "url=http://localhost/x\nurl=http://127.0.0.1:80/\n", "",
		  "2: the device itself 2" },
		{ "/etc/a.conf", "# url=http://a.acme.example/\n;http://b.acme.example/\n", "",
		  "2: commented out 2" },
		{ "/etc/a.conf", "x=1 # http://a.acme.example/\ny='#' http://b.acme.example/\n",
		  "url http://b.acme.example/", "1: commented out 1" },
		{ "/etc/a.xml", "<a xmlns=\"http://acme.example/ns\"><b>http://c.acme.example</b>",
		  "url http://c.acme.example", "1: names of formats 1" },
		{ "/etc/a.xml", "<!DOCTYPE x SYSTEM \"http://acme.example/x\">\n", "",
		  "1: names of formats 1" },
		{ "/etc/a.conf",
		  "content://media file:///etc chrome://x.y nothttp://a.acme.example\n", "", "" },
		{ "/etc/a.conf", "see (http://a.acme.example/x(1)), <http://b.acme.example/>.\n",
		  "url http://a.acme.example/x(1) url http://b.acme.example/", "" },
		{ "/usr/share/doc/x/a.conf", "http://a.acme.example/\n", "", "1: in documents 1" },
		{ "/etc/README", "http://a.acme.example/\n", "", "1: in documents 1" },
		{ "/lib/systemd/system/x.service",
		  "[Unit]\nDocumentation=http://a.acme.example/\nExecStart=/x "
		  "http://b.acme.example\n",
		  "url http://b.acme.example", "1: in documents 1" },
		{ "/www/a.js",
		  "/* http://a.acme.example\n http://b.acme.example */ "
		  "u='http://c.acme.example'; // http://d.acme.example\n",
		  "url http://c.acme.example", "3: commented out 3" },
		{ "/www/a.html",
		  "<p>see http://a.acme.example</p><a href=\"http://b.acme.example\">",
		  "url http://b.acme.example", "1: within sentences 1" },
		{ "/www/a.html", "<a href=\"http://www.busybox.net/x\">", "",
		  "1: pages of projects 1" },
		{ "/etc/feeds.conf", "src/gz http://downloads.openwrt.org/x\n",
		  "url http://downloads.openwrt.org/x", "" },
		{ "/etc/twice.conf", "http://a.acme.example/ http://a.acme.example/\n",
		  "url http://a.acme.example/", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		try(&examples[i], span_text(examples[i].text));
}

static void finds_bare_hosts_where_a_setting_names_them(void **state)
{
	static const struct example examples[] = {
		{ "/etc/config/system", "config timeserver ntp\n\tlist server '0.pool.ntp.org'\n",
		  "host 0.pool.ntp.org", "" },
		{ "/etc/ntp.conf", "server time.acme.example iburst\n", "host time.acme.example",
		  "" },
		{ "/etc/ntp.ini", "ntpserver=\"time.nist.gov\";mode=1\n", "host time.nist.gov",
		  "" },
		{ "/etc/a.conf", "log_server=log.acme.example:514\n", "host log.acme.example", "" },
		{ "/etc/init.d/S1", "ntpd -p ntp.acme.example && echo a.acme.example\n",
		  "host ntp.acme.example", "" },
		{ "/etc/init.d/S1", "ping -c 1 www.acme.example | grep b.acme.example\n",
		  "host www.acme.example", "" },
		{ "/etc/init.d/S1", "scp f root@up.acme.example:/tmp\n", "host up.acme.example",
		  "" },
		{ "/etc/a.conf", "server.modules = mod_a.so\nserver=httpd.conf\nhost = a.b.c\n", "",
		  "" },
		{ "/etc/a.conf", "server_name www.acme.example;\nhostname=a.acme.example\n", "",
		  "" },
		{ "/etc/a.conf", "#server time.acme.example\n", "", "1: commented out 1" },
		{ "/etc/a.conf", "name www.acme.example\n", "", "" },
		{ "/usr/lib/x.py", "server = self.config.name\nhost = os.environ.get\n", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		try(&examples[i], span_text(examples[i].text));
}

/* Lines of Debian's dns-root-data, netbase and systemd-resolved (whose servers are commented out),
 * and what only looks alike. */
static void knows_addresses_of_version_6(void **state)
{
	static const struct example examples[] = {
		{ "/usr/share/dns/root.hints",
		  "A.ROOT-SERVERS.NET.      3600000      AAAA  2001:503:ba3e::2:30\n",
		  "address 2001:503:ba3e::2:30", "" },
		{ "/etc/resolv.conf", "nameserver 2606:4700:4700::1111\nnameserver FD12:3456::1\n",
		  "address 2606:4700:4700::1111 address fd12:3456::1", "" },
		{ "/etc/a.conf", "peer=[2a00:1450:4001:81b::200e]:8443\n",
		  "address 2a00:1450:4001:81b::200e", "" },
		{ "/etc/systemd/resolved.conf", "#FallbackDNS=2620:fe::fe 2620:fe::9\n", "",
		  "2: commented out 2" },
		{ "/etc/hosts",
		  "::1 localhost ip6-localhost\nfe00::0 ip6-localnet\nff02::1 ip6-allnodes\n", "",
		  "" },
		{ "/etc/a.conf",
		  "net=2001:503::/32 doc=2001:db8::1 at=2024:01:02 mac=aabb:ccdd:eeff\n"
		  "12:34:56 DBDB::DBDB::x map 2222:22 x2001:503::1y 20010:503::1\n",
		  "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		try(&examples[i], span_text(examples[i].text));
}

static void tells_addresses_from_other_numbers(void **state)
{
	static const struct example examples[] = {
		{ "/etc/config/network",
		  "option ipaddr '192.168.1.1'\noption netmask '255.255.255.0'\n",
		  "address 192.168.1.1", "" },
		{ "/etc/resolv.conf", "nameserver 9.9.9.9\nnameserver 2.3.4.5\n",
		  "address 9.9.9.9 address 2.3.4.5", "" },
		{ "/etc/a.conf", "peer=203.0.113.9:8080\n", "address 203.0.113.9", "" },
		{ "/etc/a.conf", "version=1.2.3.4\nfw_ver: 4.3.2.1\noid 1.3.6.1\nrev \"7.8.9.1\"\n",
		  "", "" },
		{ "/etc/a.conf", "a=10.0.0.0/8 b=192.168.1.255 c=224.0.0.1 d=0.0.0.0 e=127.0.0.1\n",
		  "", "" },
		{ "/etc/a.conf", "x=1.2.3.4.5 y=1.2.3 z=1.2.3.256 q=01.2.3.4 w=1.2.3.4-5\n", "",
		  "" },
		{ "/etc/a.conf", "#dns=9.9.9.9\n", "", "1: commented out 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		try(&examples[i], span_text(examples[i].text));
}

#define PROGRAM(text)                                                                              \
	(struct span)                                                                              \
	{                                                                                          \
		(const uint8_t *)("\x7f"                                                           \
				  "ELF\0\0" text),                                                 \
			sizeof(text) + 6                                                           \
	}

static void finds_endpoints_of_programs(void **state)
{
	static const struct example none = { "/bin/x", "sentence", "", "" };
	struct example e = none;

	(void)state;
	e.wanted = "url http://update.acme.example/%s/fw.bin";
	try(&e, PROGRAM("http://update.acme.example/%s/fw.bin\0"));
	e.wanted = "url https://a.acme.example/x";
	try(&e, PROGRAM("wget -q -O /tmp/some file https://a.acme.example/x now\0"));
	e.wanted = "";
	e.aside = "1: within sentences 1";
	try(&e, PROGRAM("Please report bugs to http://a.acme.example/x\0"));
	e.aside = "1: pages of projects 1";
	try(&e, PROGRAM("http://www.openssl.org/x\0"));
	e.aside = "1: names of formats 1";
	try(&e, PROGRAM("http://schemas.xmlsoap.org/soap/envelope/\0"));
	e.aside = "1: in certificates 1";
	try(&e, PROGRAM("\x30\x1b\x86\x19"
			"http://crl.acme.example/a0\x03\0"));
	e.aside = "";
	try(&e, PROGRAM("http://%s:%d/\0http://\0http://word/\0"));
	e.wanted = "address 208.67.222.222 address 8.8.8.8 address 192.168.1.2";
	try(&e, PROGRAM("208.67.222.222\0"
			"8.8.8.8\0serverip=192.168.1.2\0"));
	e.wanted = "address 203.0.113.7 host time.acme.example host acme.com";
	try(&e, PROGRAM("203.0.113.7:8080\0time.acme.example:123\0"
			"acme.com\0"));
	e.wanted = "";
	try(&e, PROGRAM("libc.so\0data.tar.xz\0msgfmt.net\0Acme.com\0 acme.com\0a.acme.com/\0"));
	try(&e, PROGRAM("1.2.3.4\0"
			"255.255.255.0\0"
			"192.168.1.1\0 203.0.113.7 is\0v203.0.113.7\0"));
}

static void says_what_a_host_is_for(void **state)
{
	static const struct {
		const char *path, *text, *use;
	} examples[] = {
		{ "/etc/config/system", "config timeserver 'ntp'\n\tlist server '0.pool.ntp.org'\n",
		  "ntp" },
		{ "/etc/ntp.conf", "server time.acme.example\n", "ntp" },
		{ "/etc/resolv.conf", "nameserver 9.9.9.9\n", "dns" },
		{ "/etc/a.conf", "syslog_server=log.acme.example\n", "syslog" },
		/* syslogd -R of busybox, rsyslog.conf(5), the omfwd module, syslog-ng.conf(5) */
		{ "/etc/init.d/log", "syslogd -n -R 10.1.2.3:514\n", "syslog" },
		{ "/etc/default/x", "SYSLOGD_ARGS=\"-R 10.1.2.3 -L\"\n", "syslog" },
		{ "/etc/rsyslog.conf", "*.* @@log.acme.example\n", "syslog" },
		{ "/etc/rsyslog.d/a.conf", "*.* @10.1.2.3:6514\n", "syslog" },
		{ "/etc/a.conf", "action(type=\"omfwd\" target=\"10.1.2.3\")\n", "syslog" },
		{ "/etc/syslog-ng.conf", "destination d { tcp(\"10.1.2.3\"); };\n", "syslog" },
		{ "/etc/a.conf", "x -R 10.1.2.3\n", "" },
		{ "/etc/a.conf", "acs_host=acs.acme.example\n", "cwmp" },
		{ "/etc/a.conf", "ddns_server=up.acme.example\n", "ddns" },
		{ "/etc/a.conf", "update_server=up.acme.example\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		scenery_add(&s, examples[i].path, span_text(examples[i].text));
		scenery_finish(&s);
		assert_int_equal(s.facts.count[FACT_ENDPOINT], 1);
		if (!span_is(((const struct endpoint_fact *)s.facts.of[FACT_ENDPOINT][0])->scheme,
			     examples[i].use))
			fail_msg("%s", examples[i].text);
		scenery_free(&s);
	}
}

static void finds_certificates_that_are_not_checked(void **state)
{
	static const struct example examples[] = {
		{ "/bin/u.sh", "wget --no-check-certificate https://a.acme.example/\n",
		  "unchecked --no-check-certificate url https://a.acme.example/", "" },
		{ "/bin/u.sh", "curl -sk https://a.acme.example/\n",
		  "unchecked -sk url https://a.acme.example/", "" },
		{ "/bin/u.sh", "curl -s -o k x; ls -k\n", "", "" },
		{ "/bin/u.sh", "# curl --insecure\n", "", "" },
		{ "/bin/u.py", "requests.get(u, verify=False)\n", "unchecked verify=False", "" },
		{ "/etc/m.conf", "tls_insecure true\n", "unchecked tls_insecure", "" },
		{ "/etc/m.conf", "tls_insecure false\n", "", "" },
		{ "/usr/share/doc/x", "wget --no-check-certificate\n", "", "" },
	};
	struct example e = { "/bin/x", "string", "unchecked --insecure", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		try(&examples[i], span_text(examples[i].text));
	try(&e, PROGRAM("curl -s --insecure %s\0"));
	e.wanted = "";
	try(&e, PROGRAM("-k, --insecure  Allow insecure server connections\0"));
}

static void keeps_so_many_of_one_file_and_says_so(void **state)
{
	struct scenery s;
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++)
		text_format(&t, "http://h%d.acme.example/\n", i);
	scenery_init(&s);
	scenery_add(&s, "/etc/a.conf", text_span(&t));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_ENDPOINT], 257);
	assert_true(span_is(aside_of(&s), "44: beyond what is kept 44"));
	text_free(&t);
	scenery_free(&s);
}

static void says_line_offset_and_parts(void **state)
{
	static const char text[] = "a=1\nurl=ftp://u:p@Files.acme.example:2121/fw\n";
	const struct endpoint_fact *e;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/a.conf", span_text(text));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_ENDPOINT], 1);
	e = (const struct endpoint_fact *)s.facts.of[FACT_ENDPOINT][0];
	assert_true(span_is(e->scheme, "ftp"));
	assert_true(span_is(e->host, "files.acme.example"));
	assert_int_equal(e->port, 2121);
	assert_int_equal(e->f.line, 2);
	assert_int_equal(e->f.offset, 8);
	assert_int_equal(e->f.length, 36);
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_endpoints_of_texts),
		cmocka_unit_test(finds_bare_hosts_where_a_setting_names_them),
		cmocka_unit_test(tells_addresses_from_other_numbers),
		cmocka_unit_test(knows_addresses_of_version_6),
		cmocka_unit_test(finds_endpoints_of_programs),
		cmocka_unit_test(says_what_a_host_is_for),
		cmocka_unit_test(finds_certificates_that_are_not_checked),
		cmocka_unit_test(keeps_so_many_of_one_file_and_says_so),
		cmocka_unit_test(says_line_offset_and_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
