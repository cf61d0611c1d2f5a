/* endpoint_text.c - bare hosts of texts. A dotted word is a host only where the line says so: by
 * the name of a setting, or by a command that connects. */
#include "observe/endpoint.h"
#include "observe/system.h"

#define MOST_TEXT   (1u << 20)
#define LONGEST_KEY 64
#define MOST_WORDS  32768 /* of one file */
#define MOST_GROUP  1024  /* bytes between a group's name and its settings */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool endpoint_word(struct span word, const char *globs)
{
	char small[LONGEST_KEY];

	if (word.n == 0 || word.n > sizeof(small))
		return false;
	for (size_t i = 0; i < word.n; i++)
		small[i] = (char)lower(word.p[i]);
	return name_matches((struct span){ (const uint8_t *)small, word.n }, globs);
}

/* What a setting or command uses the host for. */
static const struct {
	const char *globs, *use;
} uses[] = {
	{ "*ddns*,*dyndns*", "ddns" },
	{ "*ntp*,*timeserver*,*time_server*,*time-server*,rdate,htpdate", "ntp" },
	{ "*nameserver*,*dns*,forwarders", "dns" },
	{ "*syslog*,logger,log_ip,log_host,log_server,log_remote,remote_log*", "syslog" },
	{ "*acs*,*cwmp*,*tr069*", "cwmp" },
};

const char *endpoint_use(const struct search *x, struct span key)
{
	bool time = name_matches(node_name(x->s->node), "*ntp*,*chrony*,*timesync*");

	if (span_byte(key, key.n - 1) == ':')
		key.n--;
	if (time && endpoint_word(key, "server,pool,peer,*server*,host"))
		return "ntp";
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (endpoint_word(key, uses[i].globs))
			return uses[i].use;
	return NULL;
}

bool endpoint_is_log_file(const struct node *n)
{
	return name_matches(node_name(n), "*syslog*.conf*") || span_has(n->path, "/rsyslog.d/") ||
	       span_has(n->path, "/syslog-ng/");
}

/* Options and members whose value is where logs go, by what else the line names. */
static const struct {
	const char *key, *names;
} log_keys[] = {
	{ "-R", "syslogd" }, /* busybox */
	{ "-R", "SYSLOGD" },
	{ "-r", "logread" },
	{ "target", "omfwd" }, /* rsyslog */
};

const char *endpoint_use_at(const struct search *x, uint64_t at, struct span key)
{
	struct span line = line_around(x->s->bytes, at);
	const char *use = endpoint_use(x, key);

	for (size_t i = 0; !use && i < sizeof(log_keys) / sizeof(log_keys[0]); i++)
		if (span_is(key, log_keys[i].key) && span_has(line, log_keys[i].names))
			use = "syslog";
	if (!use && endpoint_is_log_file(x->s->node) &&
	    (span_byte(x->s->bytes, at - 1) == '@' || endpoint_word(key, "tcp,udp,network,ip")))
		use = "syslog";
	return use;
}

/* -- hosts -- */

/* Settings whose value is a host. */
static const char keys[] =
	"*server*,*_host,*-host,*.host,host,*nameserver*,ntp*,*_ntp*,*dns*,*syslog*,*_acs*,acs*,"
	"remote,peer,pool,endpoint,relay,upstream,proxy,*broker*,*registrar*,forwarders,*"
	"domainname";

/* Settings of that kind whose value is no host of somebody else. */
static const char own_keys[] = "*server_name*,*servername*,*hostname*,*server_root*,*server.*";

/* Commands that connect to what they are given. */
static const char commands[] =
	"ntpd,ntpdate,ntpclient,msntp,sntp,rdate,ping,ping6,wget,curl,tftp,ftpget,ftpput,nc,ncat,"
	"telnet,ssh,scp,dbclient,sftp,nslookup,dig,traceroute,rsync,syslogd,logger,mosquitto_pub,"
	"mosquitto_sub,uclient-fetch,openvpn,s_client,htpdate,iperf,iperf3";

/* Domains at the top, besides those of countries, that names of hosts end in. Names of files and of
 * members of objects end in other words. */
static const char domains[] = "com,net,org,edu,gov,mil,int,info,biz,pro,mobi,asia,tel,xyz,online,"
			      "site,top,app,dev,cloud,tech,store,shop,live,club,space,world,"
			      "network,systems,zone,link,group,example,test";

/* Domains of countries, two letters each. */
static const char countries[] =
	"acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbwbybzca"
	"cccdcfcgchcickclcmcncocrcucvcwcxcyczdedjdkdmdodzeceeegereseteufifjfkfmfo"
	"frgagdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieiliminioiqirisitje"
	"jmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemgmhmkmlmmmnmo"
	"mpmqmrmsmtmumvmwmxmymznancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpspt"
	"pwpyqarerorsrurwsasbscsdsesgshsiskslsmsnsosrssstsusvsxsysztctdtftgthtjtk"
	"tltmtntotrtttvtwtzuaugukusuyuzvavcvevgvivnvuwfwsyeytzazmzw";

/* Those that names of files end in too, some of them mostly: a host has more labels then. */
static const char both[] = "py,pl,rs,cc,md,in,so,ac,id,mk,pm,vi,my,to,is,do,no,at,by,as,am,ar,la";
static const char files[] = "sh,gz,bz,mo,ps,cf,ph,bb";

static bool is_country(struct span label)
{
	for (size_t i = 0; i + 1 < sizeof(countries); i += 2)
		if (((label.p[0] | 0x20) == countries[i]) &&
		    ((label.p[1] | 0x20) == countries[i + 1]))
			return true;
	return false;
}

/* Whether a name of several labels is one of the internet. */
bool endpoint_is_domain(struct span host)
{
	struct span rest = host, label = { 0 };
	unsigned labels = 0;

	while (rest.n) {
		label = field_next(&rest, '.');
		labels++;
	}
	if (label.n != 2)
		return endpoint_word(label, domains);
	if (!is_country(label))
		return false;
	return labels > (endpoint_word(label, files) ? 3u : endpoint_word(label, both) ? 2u : 1u);
}

static bool is_between(int c)
{
	return c <= ' ' || is_any(c, "=,;\"'()[]{}<>|&`\\");
}

static struct span base_name(struct span word)
{
	for (size_t i = word.n; i > 0; i--)
		if (word.p[i - 1] == '/')
			return span_from(word, i);
	return word;
}

/* Whether what follows the word are hosts. */
static bool wants_host(struct span word)
{
	if (span_byte(word, word.n - 1) == ':')
		word.n--;
	if (endpoint_word(base_name(word), commands))
		return true;
	return endpoint_word(word, keys) && !endpoint_word(word, own_keys) &&
	       host_of(word) != HOST_ADDRESS;
}

/* user@host:port/path is the host. */
static bool look_at_host(struct search *x, struct span word, const char *use)
{
	struct url u = { .is = HOST_NAME, .use = use };
	size_t at = span_find(word, 0, span_text("@")), end = 0;
	uint64_t port;
	size_t used;

	u.host = at == SIZE_MAX ? word : span_from(word, at + 1);
	while (end < u.host.n && u.host.p[end] != ':' && u.host.p[end] != '/' &&
	       u.host.p[end] != '#')
		end++;
	if (span_byte(u.host, end) == ':' &&
	    span_number(span_from(u.host, end + 1), 10, &port, &used) && port < 65536)
		u.port = (uint32_t)port;
	u.host.n = end;
	if (u.host.n && u.host.p[u.host.n - 1] == '.')
		u.host.n--;
	if (host_of(u.host) != HOST_NAME || !endpoint_is_domain(u.host) ||
	    span_find(u.host, 0, span_text("_")) != SIZE_MAX)
		return false;
	u.raw = u.host;
	endpoint_take(x, "host", &u);
	return true;
}

/* The group of settings that the line belongs to: "config timeserver" on a line before. */
static const char *use_of_group(const struct search *x, struct span line)
{
	struct span all = x->s->bytes, mark = span_text("\nconfig ");
	uint64_t at = span_place(all, line);
	uint64_t from = at > MOST_GROUP ? at - MOST_GROUP : 0;
	struct span before = span_sub(all, from, at - from), word;
	size_t last = span_starts(before, span_from(mark, 1)) ? 7 : SIZE_MAX;

	for (size_t i = 0; (i = span_find(before, i, mark)) != SIZE_MAX; i++)
		last = i + mark.n;
	if (last == SIZE_MAX)
		return NULL;
	before = span_from(before, last);
	word = span_head(before, span_find(before, 0, span_text("\n")));
	word = span_head(word, span_find(word, 0, span_text(" ")));
	return endpoint_use(x, word);
}

static void look_at_line(struct search *x, struct span line)
{
	const char *use = NULL, *group = NULL;
	bool wanted = false, grouped = false;
	size_t at = 0;

	while (at < line.n && x->words++ < MOST_WORDS) {
		size_t from;
		struct span word;

		for (; at < line.n && is_between(line.p[at]); at++)
			wanted &= !is_any(line.p[at], "|&;");
		for (from = at; at < line.n && !is_between(line.p[at]);)
			at++;
		word = span_sub(line, from, at - from);
		if (span_byte(word, 0) == '@' && endpoint_is_log_file(x->s->node)) {
			word = span_from(word, span_byte(word, 1) == '@' ? 2 : 1);
			look_at_host(x, word, "syslog");
			continue;
		}
		if ((wanted && look_at_host(x, word, use)) || !wants_host(word))
			continue;
		wanted = true;
		use = endpoint_use(x, base_name(word));
		if (!use && !grouped)
			group = use_of_group(x, line);
		grouped |= !use;
		use = use ? use : group;
	}
}

/* Texts of programming languages name members of objects as others name hosts. */
static bool is_program_text(const struct node *n)
{
	return name_matches(node_name(n),
			    "*.py,*.pl,*.pm,*.rb,*.tcl,*.lua,*.uc,*.cgi,*.ko,*.inc,*.ph");
}

/* Whether the dot before `at` may be the last of a host's name: a word of the right length follows,
 * and nothing that makes it a name of something else. */
static bool may_be_domain(struct span s, uint64_t at)
{
	uint64_t to = at;
	int behind;

	while (to - at < 8 && is_letter(span_byte(s, to)))
		to++;
	behind = span_byte(s, to);
	return to - at >= 2 && !is_letter(behind) && !is_any(behind, "_=(0123456789") &&
	       (to - at == 2 || endpoint_word(span_sub(s, at, to - at), domains));
}

/* Every dot: between digits it may stand in an address, before a domain in a host. Lines without
 * either are not read. */
void endpoints_of_text(struct search *x)
{
	struct span s = x->s->bytes, line = { 0 };
	bool hosts = !is_program_text(x->s->node);
	const uint8_t *end = s.p + s.n, *dot = s.p;
	uint64_t done = 0;

	if (s.n > MOST_TEXT)
		return;
	while (dot < end && (dot = memchr(dot, '.', (size_t)(end - dot)))) {
		uint64_t at = (uint64_t)(dot++ - s.p);
		int before = at ? s.p[at - 1] : ' ', behind = span_byte(s, at + 1);

		if (is_digit(before) && is_digit(behind)) {
			endpoint_address(x, at, &at);
			dot = s.p + at;
		} else if (hosts && at >= done && before > ' ' && is_letter(behind) &&
			   may_be_domain(s, at + 1)) {
			line = line_around(s, at);
			done = span_place(s, line) + line.n;
			look_at_line(x, line);
		}
	}
	x->read = 0;
	x->in_comment = false;
	endpoints_of_text6(x);
}
