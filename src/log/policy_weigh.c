/* policy_weigh.c - arithmetic of quorums. Each witness and group is member of one group at most, so
 * what is best for a group is made of what is best for its members, each for itself. */
#include "log/policy_weigh.h"

/* How many of n members what is asked for takes, where the group needs k. */
static uint32_t take_pass(uint32_t k, uint32_t n)
{
	(void)n;
	return k;
}

static uint32_t take_stop(uint32_t k, uint32_t n)
{
	return n - k + 1;
}

/* Two sets of k out of n have so many in common, at the least. */
static uint32_t take_split(uint32_t k, uint32_t n)
{
	return 2 * k > n ? 2 * k - n : 0;
}

struct member_cost {
	uint32_t at; /* a witness, or behind all of these a group */
	uint32_t cost;
};

#define MOST_MEMBERS (POLICY_MOST_WITNESSES + POLICY_MOST_GROUPS)

/* The cheapest first; of two alike, the one on the earlier line. */
static uint32_t sort_members(const struct policy *p, const uint32_t *costs, uint32_t group,
			     struct member_cost list[MOST_MEMBERS])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < POLICY_MOST_WITNESSES + p->group_count; i++) {
		bool is_group = i >= POLICY_MOST_WITNESSES;
		uint32_t at = is_group ? i - POLICY_MOST_WITNESSES : i, k;

		if (!is_group && i >= p->witness_count)
			continue;
		if ((is_group ? p->groups[at].parent : p->witnesses[at].parent) != group)
			continue;
		for (k = n++; k > 0 && list[k - 1].cost > costs[i]; k--)
			list[k] = list[k - 1];
		list[k] = (struct member_cost){ i, costs[i] };
	}
	return n;
}

/* Groups stand behind their members, so one pass fills the costs. */
static void cost_groups(const struct policy *p, uint32_t (*take)(uint32_t k, uint32_t n),
			uint32_t costs[MOST_MEMBERS])
{
	for (uint32_t g = 0; g < p->group_count; g++) {
		struct member_cost list[MOST_MEMBERS];
		uint32_t n = sort_members(p, costs, g, list);
		uint32_t taken = take(p->groups[g].needed, n), sum = 0;

		for (uint32_t i = 0; i < taken && i < n; i++)
			sum += list[i].cost;
		costs[POLICY_MOST_WITNESSES + g] = sum;
	}
}

static uint32_t cost_of_quorum(const struct policy *p, const bool *two_faced,
			       uint32_t (*take)(uint32_t k, uint32_t n),
			       uint32_t costs[MOST_MEMBERS])
{
	for (uint32_t i = 0; i < p->witness_count; i++)
		costs[i] = two_faced && two_faced[i] ? 0 : 1;
	cost_groups(p, take, costs);
	return costs[p->is_quorum_group ? POLICY_MOST_WITNESSES + p->quorum : p->quorum];
}

/* Which witnesses make that cost, from the quorum down. */
static void choose_splitting(const struct policy *p, const uint32_t costs[MOST_MEMBERS],
			     struct policy_weight *w)
{
	bool chosen[POLICY_MOST_GROUPS] = { false };

	if (p->is_quorum_group)
		chosen[p->quorum] = true;
	else
		w->splits[p->quorum] = costs[p->quorum] > 0;
	for (uint32_t g = p->group_count; g-- > 0;) {
		struct member_cost list[MOST_MEMBERS];
		uint32_t n = chosen[g] ? sort_members(p, costs, g, list) : 0;
		uint32_t taken = chosen[g] ? take_split(p->groups[g].needed, n) : 0;

		for (uint32_t i = 0; i < taken; i++) {
			if (list[i].at >= POLICY_MOST_WITNESSES)
				chosen[list[i].at - POLICY_MOST_WITNESSES] = true;
			else
				w->splits[list[i].at] = list[i].cost > 0;
		}
	}
}

static void mark_counting(const struct policy *p, struct policy_weight *w)
{
	if (p->is_quorum_group)
		w->group_counts[p->quorum] = true;
	else
		w->counts[p->quorum] = true;
	for (uint32_t g = p->group_count; g-- > 0;)
		if (p->groups[g].parent != POLICY_NONE)
			w->group_counts[g] |= w->group_counts[p->groups[g].parent];
	for (uint32_t i = 0; i < p->witness_count; i++)
		if (p->witnesses[i].parent != POLICY_NONE)
			w->counts[i] |= w->group_counts[p->witnesses[i].parent];
}

void policy_weigh(const struct policy *p, const bool *two_faced, struct policy_weight *w)
{
	uint32_t costs[MOST_MEMBERS] = { 0 };

	memset(w, 0, sizeof(*w));
	if (p->is_quorum_none)
		return;
	mark_counting(p, w);
	w->to_pass = cost_of_quorum(p, NULL, take_pass, costs);
	w->to_stop = cost_of_quorum(p, NULL, take_stop, costs);
	w->to_split = cost_of_quorum(p, two_faced, take_split, costs);
	choose_splitting(p, costs, w);
}

/* -- domains -- */

/* Without scheme, account, port and path. */
static struct span host_of(struct span name)
{
	size_t scheme = span_find(name, 0, span_text("://"));
	struct span host = scheme == SIZE_MAX ? name : span_from(name, scheme + 3);
	size_t n = 0, at;

	while (n < host.n && host.p[n] != '/' && host.p[n] != '?' && host.p[n] != '#')
		n++;
	host = span_head(host, n);
	at = span_find(host, 0, span_text("@"));
	if (at != SIZE_MAX)
		host = span_from(host, at + 1);
	if (span_byte(host, 0) == '[') {
		at = span_find(host, 0, span_text("]"));
		return at == SIZE_MAX ? host : span_head(host, at + 1);
	}
	at = span_find(host, 0, span_text(":"));
	return at == SIZE_MAX ? host : span_head(host, at);
}

/* Where the label before `end` begins. */
static size_t label_before(struct span host, size_t end)
{
	while (end > 0 && host.p[end - 1] != '.')
		end--;
	return end;
}

static bool is_address(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return span_byte(host, 0) == '[';
	return true;
}

struct span domain_of(struct span name)
{
	struct span host = host_of(name);
	size_t last, second;

	if (span_ends(host, span_text(".")))
		host = span_head(host, host.n - 1);
	last = label_before(host, host.n);
	if (last == 0 || is_address(host))
		return host;
	second = label_before(host, last - 1);
	if (second > 0 && host.n - last == 2 && last - 1 - second <= 3)
		second = label_before(host, second - 1);
	return span_from(host, second);
}

static int small(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool domains_equal(struct span a, struct span b)
{
	for (size_t i = 0; i < a.n && a.n == b.n; i++)
		if (small(a.p[i]) != small(b.p[i]))
			return false;
	return a.n == b.n && a.n > 0;
}
