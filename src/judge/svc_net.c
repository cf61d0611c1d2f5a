/* svc_net.c - what a network reaches: management from outside, the packet filter, forwards that are
 * set beforehand, names and addresses for the inner network. */
#include "judge/role.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a port is reachable, open, or filtered on a running device"

/* -- SVC-08 -- */

static void judge_remote(struct ruling *r)
{
	EACH_SETTING(r, "remote management", s)
	{
		enum tri on = value_switch(setting_value(s));

		if (on != TRI_NULL)
			rule_fact(r, on == TRI_YES ? OUTCOME_FAIL : OUTCOME_PASS, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s on by default",
			  counted(r, rule_count(r, OUTCOME_FAIL), "switch of remote management is",
				  "switches of remote management are"));
	else if (rule_count(r, OUTCOME_PASS))
		rule_passed(r, "switches of remote management");
	else if (started_role(r, "web", NULL))
		rule_says(r, OUTCOME_REVIEW, "whether it can be managed from outside is not said");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no web server is started");
}

const struct check check_svc_08 = {
	.id = "SVC-08",
	.group = "SVC",
	.title = "Web management from the WAN side",
	.rule = "fail if a switch of remote management is on by default; pass if such switches are "
		"off; review if none is found; not applicable without a started web server",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.D.4; TR.D.5 (MUST); EN 5.6-1 (M); CRA I(2)(b); CWE-1188",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_remote,
};

/* -- SVC-09 -- */

struct policies {
	bool four, six; /* whose default is said */
};

/* A zone's name stands before what it does. */
static void judge_zones(struct ruling *r, struct policies *p)
{
	struct span value, zone = { 0 };

	EACH_SETTING(r, "firewall", s)
	{
		if (setting_is(s, "zone.name", &value)) {
			zone = value;
			p->four = p->six = true; /* the tool makes rules of both families */
		} else if (setting_is(s, "zone.input,zone.forward", &value) &&
			   value_has(zone, "wan") && value_is(value, "accept")) {
			rule_fact(r, OUTCOME_FAIL, &s->f);
		}
	}
}

/* A script may accept all first and drop the rest by its last rule. */
static void judge_policies(struct ruling *r, struct policies *p)
{
	EACH_SETTING(r, "firewall", s)
	{
		bool six = span_find(s->command, 0, span_text("ip6tables")) != SIZE_MAX;
		bool four = !six && span_find(s->command, 0, span_text("iptables")) != SIZE_MAX;

		p->four |= four;
		p->six |= six;
		if ((four || six) && span_find(s->command, 0, span_text("OUTPUT")) == SIZE_MAX &&
		    span_ends(s->command, span_text(" ACCEPT")))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
}

static void judge_filter(struct ruling *r)
{
	struct policies p = { false, false };

	judge_zones(r, &p);
	judge_policies(r, &p);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "the outer network is let in by default");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s what no rule names",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "policy accepts",
				  "policies accept"));
	else if (p.four != p.six)
		rule_says(r, OUTCOME_REVIEW, "only IPv%d has a default policy", p.four ? 4 : 6);
	if (p.four && p.six)
		rule_passed(r, "default policies of both families");
	else if (!p.four && !p.six)
		rule_open(r, REASON_RUNTIME_ONLY, "no script or configuration sets a policy");
}

const struct check check_svc_09 = {
	.id = "SVC-09",
	.group = "SVC",
	.title = "Firewall default",
	.rule = "fail if a zone of the outer network accepts by default; review if a policy "
		"accepts what no rule names, or only one family has one; pass if both have one "
		"that drops; not evaluable if a closed program makes the rules",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.F.1; TR.F.5; TR.J.3; 33.117 4.2.6.2.1; CRA I(2)(j)",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_filter,
};

/* -- SVC-10 -- */

/* An inbound redirect that "enabled '0'" does not take back. */
static void judge_redirects(struct ruling *r)
{
	const struct service_fact *open = NULL;
	struct span value;

	EACH_SETTING(r, "firewall", s)
	{
		if (setting_is(s, "redirect.enabled", &value) && value_is(value, "0,no,off,false"))
			open = NULL;
		if (!setting_is(s, "redirect.src", &value))
			continue;
		if (open)
			rule_fact(r, OUTCOME_FAIL, &open->f);
		open = value_has(value, "wan") ? s : NULL;
	}
	if (open)
		rule_fact(r, OUTCOME_FAIL, &open->f);
}

static void judge_forwards(struct ruling *r)
{
	struct span value;

	judge_redirects(r);
	EACH_SETTING(r, "port forward", s)
	{
		if ((setting_is(s, "dmz_enable,vts_enable_x", &value) && value_is(value, "1,on")) ||
		    (setting_is(s, "forward_port,forward_spec,vts_rulelist", &value) && value.n &&
		     !value_is(value, "0,off,none")))
			rule_fact(r, OUTCOME_FAIL, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s set beforehand",
			  counted(r, rule_count(r, OUTCOME_FAIL), "inbound forward is",
				  "inbound forwards are"));
	rule_passed(r, "redirects and forwards of default configurations");
}

const struct check check_svc_10 = {
	.id = "SVC-10",
	.group = "SVC",
	.title = "Pre-set port forwards",
	.rule = "fail if the default configuration holds an enabled inbound forward or an exposed "
		"host; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.F.3 (MUST NOT)",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_forwards,
};

/* -- SVC-15 -- */

struct names {
	bool seen, rebind_on, filtered;
};

static void judge_name_setting(struct ruling *r, const struct service_fact *s, struct names *n)
{
	struct span value;

	n->seen = true;
	if (setting_is(s, "query-port,dnsmasq.queryport", &value))
		rule_fact(r, OUTCOME_FAIL, &s->f);
	else if (setting_is(s, "stop-dns-rebind", &value))
		n->rebind_on = true;
	else if (setting_is(s, "dnsmasq.rebind_protection", &value))
		n->rebind_on = !value_is(value, "0,no,off,false");
	else if (setting_is(s, "address,dnsmasq.address", &value))
		rule_fact(r, OUTCOME_REVIEW, &s->f);
	else if (setting_is(s,
			    "interface,listen-address,except-interface,local-service,"
			    "dnsmasq.localservice,dnsmasq.interface",
			    &value))
		n->filtered = true;
}

static void judge_names(struct ruling *r)
{
	struct names n = { .seen = false };
	const struct service_fact *server = NULL;

	EACH_SERVICE(r, s)
	{
		if (!server && s->enabled && has_role(s, "dns"))
			server = s;
	}
	EACH_SETTING(r, "dnsmasq", s)
	{
		judge_name_setting(r, s, &n);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "questions to name servers leave from a fixed port");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s answered by the device itself",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "name is", "names are"));
	if (!server && !n.seen) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no name server was found");
	} else if (!n.rebind_on || !n.filtered) {
		if (server)
			rule_fact(r, OUTCOME_REVIEW, &server->f);
		if (!rule_count(r, OUTCOME_FAIL))
			rule_says(r, OUTCOME_REVIEW, "%s is not switched on",
				  n.rebind_on ? "a filter of interfaces"
					      : "protection against rebinding of names");
	} else {
		rule_passed(r, "settings of the name server");
	}
}

const struct check check_svc_15 = {
	.id = "SVC-15",
	.group = "SVC",
	.title = "Name and address services towards the LAN",
	.rule = "fail if a fixed source port is set; review if protection against rebinding is not "
		"on, if no interface is chosen, or if names are overridden; otherwise pass; not "
		"applicable without a name server",
	.does_not_prove = "what the device sets when it runs",
	.requirements = "TR.G.2 (SHOULD); TR.G.3 (MUST); TR.B.2; CWE-330; CWE-350",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_names,
};
