/* ep.c - remote places: which are named, how one talks to them. Whose they are is not judged: no
 * rule depends on owner or country. */
#include "judge/ep.h"

#include "judge/back.h"
#include "observe/endpoint.h"

bool endpoint_is(const struct endpoint_fact *e, const char *kind)
{
	return word_is(e->endpoint_kind, kind);
}

static bool is_private(const uint8_t o[4])
{
	return o[0] == 10 || (o[0] == 172 && o[1] >= 16 && o[1] < 32) ||
	       (o[0] == 192 && o[1] == 168) || (o[0] == 169 && o[1] == 254) || o[0] >= 224;
}

/* Of version 6: names of hosts have no colon. */
static bool is_address6(struct span host)
{
	return span_find(host, 0, span_text(":")) != SIZE_MAX;
}

/* Unique local, and link-local (RFC 4193, RFC 4291). */
static bool is_private6(struct span host)
{
	uint64_t first;
	size_t used;

	return span_number(host, 16, &first, &used) && used == 4 &&
	       (first >> 9 == 0x7e || first >> 6 == 0x3fa);
}

bool endpoint_is_remote(const struct endpoint_fact *e)
{
	uint8_t octet[4];

	if (e->host.n == 0)
		return false;
	if (is_address6(e->host))
		return !is_private6(e->host);
	return !address_read(e->host, octet) || !is_private(octet);
}

uint32_t remote_endpoints(const struct ruling *r)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		n += endpoint_is_remote(e);
	}
	return n;
}

uint64_t endpoints_set_aside(const struct ruling *r)
{
	uint64_t n = 0;
	size_t used;

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	if (endpoint_is(e, "set-aside") && span_number(e->value, 10, &n, &used))
		return n;
	return 0;
}

const uint8_t *started_nodes(struct ruling *r)
{
	uint8_t *marks = arena_take(r->c->arena, r->c->tree->count, 1);

	r->failed |= !marks;
	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	{
		if (marks && s->enabled && s->program)
			marks[s->program->id] = 1;
	}
	return marks;
}

static bool is_started(const uint8_t *marks, const struct fact *f)
{
	return marks && marks[f->node->id];
}

static void passed_endpoints(struct ruling *r)
{
	uint32_t listed = 0;

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		listed += e->host.n > 0;
	}
	rule_passed(r, "%s; %s set aside", counted(r, listed, "endpoint", "endpoints"),
		    counted(r, endpoints_set_aside(r), "more was", "more were"));
}

/* -- EP-01 -- */

static void judge_places(struct ruling *r)
{
	const uint8_t *marks = started_nodes(r);
	uint32_t started = 0;

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		if (!endpoint_is_remote(e))
			continue;
		started += is_started(marks, &e->f);
		rule_fact(r, OUTCOME_REVIEW, &e->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s, %u by what is started",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "remote place is named",
				  "remote places are named"),
			  started);
	passed_endpoints(r);
}

const struct check check_ep_01 = {
	.id = "EP-01",
	.group = "EP",
	.title = "Hosts, addresses, URLs in the image",
	.rule = "review if programs, scripts, pages or configuration name a remote host, address "
		"or "
		"URL, so that each can be compared with what the maker declares; pass if none "
		"does. "
		"What documents, comments and names of formats mention is counted, not listed",
	.does_not_prove = EP_DOES_NOT_PROVE,
	.requirements = "TR.C.2 (MUST NOT); EN 6-5 (M); EN 6-4 (R); CRA I(2)(g); CRA I(2)(j); "
			"ISVS 1.1.2 (L1); ISVS 4.1.1 (L1)",
	.reads = READS(ENDPOINT) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_places,
};

/* -- EP-02 -- */

static void judge_addresses(struct ruling *r)
{
	const struct endpoint_fact *first = NULL;
	uint8_t octet[4];

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		if (!endpoint_is_remote(e) ||
		    (!is_address6(e->host) && !address_read(e->host, octet)))
			continue;
		first = first ? first : e;
		rule_fact(r, indicator_stands_in(r, "host", &e->f) ? OUTCOME_FAIL : OUTCOME_REVIEW,
			  &e->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s published as an indicator",
			  counted(r, rule_count(r, OUTCOME_FAIL), "address is", "addresses are"));
	if (rule_count(r, OUTCOME_REVIEW) && first)
		rule_says(r, OUTCOME_REVIEW, "fixed public address %s",
			  shown_of(r, first->host, rule_count(r, OUTCOME_REVIEW)));
	passed_endpoints(r);
}

const struct check check_ep_02 = {
	.id = "EP-02",
	.group = "EP",
	.title = "Hard-coded IP addresses",
	.rule = "review for each public address; fail if it is published as an indicator; pass if "
		"there is none",
	.does_not_prove = EP_DOES_NOT_PROVE,
	.requirements = "TR.C.2 (MUST NOT); CWE-1051; CWE-547",
	.reads = READS(ENDPOINT) | READS(INDICATOR) | READS_GAPS,
	.judge = judge_addresses,
};

/* -- EP-03 -- */

static bool is_clear_text(struct span scheme)
{
	static const char *const schemes[] = { "http", "ftp",  "tftp", "telnet", "mqtt",
					       "ldap", "coap", "rtsp", "ws",     "smtp" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_is(scheme, schemes[i]))
			return true;
	return false;
}

/* Updates that a readable script or configuration, which is started, fetches in clear text. */
static void find_clear_updates(struct ruling *r)
{
	const uint8_t *marks = started_nodes(r);

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	{
		struct span rest = u->value, scheme = field_next(&rest, ':');
		bool is_url = word_is(u->update_kind, "url") || word_is(u->update_kind, "feed");

		if (is_url && is_clear_text(scheme) && u->f.line && is_started(marks, &u->f))
			rule_fact(r, OUTCOME_FAIL, &u->f);
	}
}

static void judge_clear_text(struct ruling *r)
{
	find_clear_updates(r);
	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		if (endpoint_is(e, "url") && endpoint_is_remote(e) && is_clear_text(e->scheme))
			rule_fact(r, OUTCOME_REVIEW, &e->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in clear text by what is started",
			  counted(r, rule_count(r, OUTCOME_FAIL), "update is fetched",
				  "updates are fetched"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s in clear text",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "remote place is named",
				  "remote places are named"));
	passed_endpoints(r);
}

const struct check check_ep_03 = {
	.id = "EP-03",
	.group = "EP",
	.title = "Clear-text remote endpoints",
	.rule = "fail if a script or configuration that is started fetches updates by a URL "
		"without encryption; review for other such URLs; pass if there is none",
	.does_not_prove = EP_DOES_NOT_PROVE "; that what is fetched is not signed",
	.requirements = "EN 5.5-1 (M); EN 5.5-7 (M); EN 5.8-2 (M); ISVS 4.2.1 (L1); ISVS 3.4.12; "
			"CWE-319",
	.reads = READS(ENDPOINT) | READS(SERVICE) | READS(UPDATE) | READS_GAPS | READS_TREE,
	.judge = judge_clear_text,
};

/* -- EP-04 -- */

static void judge_unchecked(struct ruling *r)
{
	const uint8_t *marks = started_nodes(r);

	EACH_FACT(r, FACT_ENDPOINT, endpoint_fact, e)
	{
		bool fails = e->f.line && is_started(marks, &e->f);

		if (endpoint_is(e, "unchecked"))
			rule_fact(r, fails ? OUTCOME_FAIL : OUTCOME_REVIEW, &e->f);
	}
	for (int o = OUTCOME_FAIL; o <= OUTCOME_REVIEW; o++)
		if (rule_count(r, (enum outcome)o))
			rule_says(r, (enum outcome)o, "%s the check of certificates off",
				  counted(r, rule_count(r, (enum outcome)o), "place switches",
					  "places switch"));
	rule_passed(r, "scripts, configuration, and commands within programs");
}

const struct check check_ep_04 = {
	.id = "EP-04",
	.group = "EP",
	.title = "Certificate checks switched off",
	.rule = "fail if a script or configuration that is started tells a program not to check "
		"certificates; review if another does, or a command within a program; pass if none "
		"does",
	.does_not_prove = EP_DOES_NOT_PROVE "; that programs check certificates at all",
	.requirements = "EN 5.5-1 (M); ISVS 4.1.3 (L1); CWE-295",
	.reads = READS(ENDPOINT) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_unchecked,
};

/* -- EP-05 -- */

static void judge_telemetry(struct ruling *r)
{
	uint32_t remote = remote_endpoints(r);

	if (remote)
		rule_open(r, REASON_RUNTIME_ONLY, "what is sent to %s is not seen",
			  counted(r, remote, "remote place", "remote places"));
	passed_endpoints(r);
}

const struct check check_ep_05 = {
	.id = "EP-05",
	.group = "EP",
	.title = "Telemetry",
	.rule = "not evaluable if remote places are named, as what is sent there is not seen; pass "
		"if none is",
	.does_not_prove = EP_DOES_NOT_PROVE,
	.requirements = "EN 6-4 (R); EN 6-5 (M); EN 5.8-3; CRA I(2)(g); CWE-359",
	.reads = READS(ENDPOINT) | READS_GAPS,
	.judge = judge_telemetry,
};
