/* web_program.c - formats of commands in programs of a web interface: which of them a request fills
 * is for a reader. */
#include "observe/component.h"
#include "observe/web.h"

#define MOST_FORMATS 128

/* Commands that programs of network equipment are known to build, in the order of strcmp. */
static const char *const commands[] = {
	/* clang-format off */
	"adduser", "arp", "arping", "at", "awk", "base64", "basename", "brctl", "bridge",
	"busybox", "cat", "cd", "chmod", "chown", "chpasswd", "cmp", "cp", "crontab", "curl",
	"cut", "date", "dd", "deluser", "devmem", "df", "dhcpcd", "diff", "dirname", "dnsmasq",
	"ebtables", "echo", "egrep", "eject", "ethtool", "fdisk", "fgrep", "find", "flash",
	"flashcp", "ftpget", "ftpput", "fw_printenv", "fw_setenv", "grep", "gunzip", "gzip",
	"head", "hostname", "hwclock", "i2cset", "ifconfig", "ifdown", "ifup", "insmod", "ip",
	"ip6tables", "iptables", "iw", "iwconfig", "iwlist", "iwpriv", "kill", "killall", "ln",
	"logger", "ls", "md5sum", "mkdir", "mkfs", "mktemp", "modprobe", "mount", "mtd",
	"mtd_write", "mv", "nc", "netstat", "nohup", "nslookup", "ntpclient", "ntpdate", "nvram",
	"openssl", "opkg", "passwd", "pgrep", "pidof", "ping", "ping6", "pkill", "pppd", "ps",
	"reboot", "rm", "rmdir", "rmmod", "route", "rsync", "scp", "sed", "sendmail", "service",
	"sh", "sleep", "smbpasswd", "sort", "ssh", "stat", "su", "sudo", "swconfig", "sysctl",
	"syslogd", "sysupgrade", "tail", "tar", "tc", "tcpdump", "tee", "telnetd", "tftp",
	"touch", "tr", "traceroute", "uci", "udhcpc", "udhcpd", "umount", "unzip", "vconfig",
	"vi", "wc", "wget", "wl", "wlanconfig", "wpa_cli", "xargs", "xmldbc", "xxd",
	/* clang-format on */
};

static bool is_listed(struct span word)
{
	size_t low = 0, high = sizeof(commands) / sizeof(commands[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = span_compare(word, span_text(commands[middle]));

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool web_is_command(struct span word)
{
	return is_listed(word) || span_byte(word, 0) == '/' || span_byte(word, 0) == '$';
}

/* "ping -c 4 %s > %s &", "/sbin/ifconfig %s down"; not "mount %s failed" and not "<b>%s". */
static bool is_format_of_command(struct span s)
{
	static const char *const said[] = { "fail", "rror", "nvalid",  "not ",  "an't",  "<",
					    "!",    "...",  "success", "Usage", "usage", NULL };
	struct span rest = s, word;

	if (span_find(s, 0, span_text("%s")) == SIZE_MAX)
		return false;
	word = field_next(&rest, ' ');
	if (rest.n == 0 || word.n == 0)
		return false;
	if (word.p[0] == '(' || word.p[0] == '`')
		word = span_from(word, 1);
	if (span_byte(word, 0) == '/') {
		if (word.n < 4 || span_find(word, 0, span_text("%")) != SIZE_MAX ||
		    span_find(word, 1, span_text("/")) == SIZE_MAX)
			return false;
	} else if (!is_listed(word)) {
		return false;
	}
	/* What is sent to a file is said to no person. */
	return span_find(s, 0, span_text(" >")) != SIZE_MAX || !has_any(s, said);
}

/* The functions that run a shell, of those that the program calls. */
static void put_callers(const struct node *n, struct text *t)
{
	for (const struct fact *f = n->facts; f; f = f->next) {
		const struct executable_fact *x = (const void *)f;

		if (f->kind != FACT_EXECUTABLE)
			continue;
		for (uint32_t i = 0; i < x->unsafe_calls.n; i++) {
			const struct call_rule *r = call_rule_find(x->unsafe_calls.p[i]);

			if (!r || strcmp(r->mode, "web") != 0)
				continue;
			text_puts(t, t->n ? ", " : "");
			text_put(t, x->unsafe_calls.p[i]);
		}
	}
}

void web_formats(struct web_file *w)
{
	struct text callers = { 0 };
	uint64_t at = 0, begin = 0;
	struct span s;
	int left = MOST_FORMATS;

	put_callers(w->s->node, &callers);
	if (callers.n && !callers.failed)
		web_say(w, "call", span_text("runs a shell"), text_span(&callers), 0,
			w->s->bytes.n);
	while (callers.n && left && (s = string_next(w->s->bytes, &at, 6, &begin)).n)
		if (is_format_of_command(s)) {
			web_say(w, "call", span_text("command format"), s, begin, s.n);
			left--;
		}
	text_free(&callers);
}
