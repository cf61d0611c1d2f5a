/* ep_log.c - time, names, logs and capture: what leaves the device by default. */
#include "judge/ep.h"
#include "observe/observe.h"

/* -- EP-06 -- */

static void say_servers(struct ruling *r, uint32_t time, uint32_t name)
{
	const char *times = counted(r, time, "time server", "time servers");
	const char *names = counted(r, name, "name server", "name servers");

	if (time && name)
		rule_says(r, OUTCOME_REVIEW, "%s and %s by default", times, names);
	else if (time || name)
		rule_says(r, OUTCOME_REVIEW, "%s by default", time ? times : names);
}

static void judge_servers(struct ruling *r)
{
	uint32_t time = 0;

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		bool is_time = span_is(e->scheme, "ntp");

		if (!is_time && !span_is(e->scheme, "dns"))
			continue;
		time += is_time;
		rule_fact(r, OUTCOME_REVIEW, &e->f);
	}
	say_servers(r, time, rule_count(r, OUTCOME_REVIEW) - time);
	rule_passed(r, "settings and commands of time and names");
}

const struct check check_ep_06 = {
	.id = "EP-06",
	.group = "EP",
	.title = "Time and name servers",
	.rule = "review with a list of the time and name servers that are set by default; pass if "
		"none is",
	.does_not_prove = EP_DOES_NOT_PROVE "; that users cannot set others",
	.requirements = "ISVS 1.4.3 (L2); TR.G.1; EN 5.9-1",
	.reads = READS(ENDPOINT) | READS_GAPS,
	.judge = judge_servers,
};

/* -- EP-07 -- */

static void judge_remote_log(struct ruling *r)
{
	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		if (span_is(e->scheme, "syslog"))
			rule_fact(r, OUTCOME_REVIEW, &e->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s sent to another machine",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "log is", "logs are"));
	rule_passed(r, "settings and commands of logging");
}

const struct check check_ep_07 = {
	.id = "EP-07",
	.group = "EP",
	.title = "Logging leaves the device",
	.rule = "review if a machine to which logs are sent is set by default; otherwise pass",
	.does_not_prove = EP_DOES_NOT_PROVE "; what is logged",
	.requirements = "33.117 4.2.3.6.2; 33.117 4.2.3.6.3; ISVS 1.4.4 (L2); ISVS 1.4.7 (L2); "
			"CWE-532",
	.reads = READS(ENDPOINT) | READS_GAPS,
	.judge = judge_remote_log,
};

/* -- EP-08 -- */

static const char loggers[] =
	"syslogd,rsyslogd,syslog-ng,logd,ulogd,metalog,socklog,busybox-syslogd,"
	"systemd-journald,systemd-journald.service,journald,rsyslog,"
	"rsyslog.service,syslog,sysklogd,log,logd.service";

static void judge_logger(struct ruling *r)
{
	const struct service_fact *s = service_named(r, loggers, true);

	if (s) {
		rule_fact(r, OUTCOME_PASS, &s->f);
		rule_passed(r, "what is started");
		r->of[OUTCOME_PASS].says = "a logger is started";
	} else if (r->c->facts->count[FACT_SERVICE]) {
		rule_says(r, OUTCOME_REVIEW, "no logger is among %s",
			  counted(r, r->c->facts->count[FACT_SERVICE], "service", "services"));
	} else {
		rule_open(r, REASON_RUNTIME_ONLY, "what is started is not known");
	}
}

const struct check check_ep_08 = {
	.id = "EP-08",
	.group = "EP",
	.title = "Security events are recorded",
	.rule = "pass if a logger is started by default; review if none is; not evaluable if what "
		"is "
		"started is not known",
	.does_not_prove = EP_DOES_NOT_PROVE "; which events are recorded, and for how long",
	.requirements = "33.117 4.2.3.6.1; 33.117 4.2.3.6.3; CRA I(2)(l); ISVS 1.4.1 (L2); "
			"N8425 CSA; CWE-778",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_logger,
};

/* -- EP-09 -- */

static void judge_contact(struct ruling *r)
{
	rule_open(r, REASON_DOCUMENTS_NEEDED, "contact, support period and privacy: by documents");
}

const struct check check_ep_09 = {
	.id = "EP-09",
	.group = "EP",
	.title = "Contact and support information",
	.rule = "not evaluable: a contact for reports, the support period and what is collected "
		"are "
		"told by documents and the maker's pages",
	.does_not_prove = "that documents say what these requirements ask for",
	.requirements = "EN 5.2-1 (M); EN 5.3-13 (M); EN 6-1 (M); PSTI 2; PSTI 3; TR.E.9; "
			"CRA II(5); CRA II(6)",
	.reads = READS_TREE,
	.blind = BLIND_NEVER,
	.judge = judge_contact,
};

/* -- EP-10 -- */

static const char captures[] =
	"tcpdump,tcpdump-mini,tshark,dumpcap,daemonlogger,mitmproxy,mitmdump,"
	"sslsplit,sslstrip,ettercap,dnsspoof,arpspoof,bettercap,softflowd,"
	"nprobe,pmacctd,squid,privoxy,netsniff-ng,horst";

static bool is_file(const struct node *n)
{
	return n->container &&
	       (n->kind == KIND_FILE || n->kind == KIND_SYMLINK || n->kind == KIND_HARDLINK);
}

static void judge_capture(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	const struct node *first = NULL;

	for (uint32_t i = 0; i < t->count; i++) {
		if (!is_file(t->nodes[i]) || !name_matches(node_name(t->nodes[i]), captures) ||
		    span_find(t->nodes[i]->path, 0, span_text("bin/")) == SIZE_MAX)
			continue;
		first = first ? first : t->nodes[i];
		rule_node(r, OUTCOME_REVIEW, t->nodes[i]);
	}
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s can look into traffic; %s",
			  shown_of(r, node_name(first), rule_count(r, OUTCOME_REVIEW)),
			  service_named(r, captures, true) ? "started by default"
							   : "none is seen started");
	rule_passed(r, "the names of %s", counted(r, t->count, "file", "files"));
}

const struct check check_ep_10 = {
	.id = "EP-10",
	.group = "EP",
	.title = "Traffic capture and interception functions",
	.rule = "review with a list of the known programs that capture, mirror or open traffic, "
		"started or not, without judgement; pass if there is none",
	.does_not_prove = EP_DOES_NOT_PROVE "; what programs of other names do",
	.requirements = "TR.C.2 (MUST NOT); CRA I(2)(g)",
	.reads = READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_capture,
};
