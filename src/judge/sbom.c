/* sbom.c - the list of components itself: whether it is whole, agrees with itself, and says under
 * which licences things stand. */
#include "judge/sbom.h"

#include <stdlib.h>

#include "observe/observe.h"

bool component_of_database(const struct component_fact *c)
{
	return word_is(c->source, "package-database");
}

bool component_of_files(const struct component_fact *c)
{
	return !component_of_database(c) && !word_is(c->source, "language-package");
}

static uint32_t component_count(const struct ruling *r)
{
	return r->c->facts->count[FACT_COMPONENT];
}

/* -- SBOM-01 -- */

/* Started, and no component's file. */
static void judge_identified(struct ruling *r)
{
	uint32_t started = 0, versions = 0;
	const struct node *first = NULL;

	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	{
		uint8_t marks = s->program ? r->premises->marks[s->program->id] : 0;

		if (!s->enabled || !(marks & MARK_EXECUTABLE))
			continue;
		started++;
		if (marks & MARK_COMPONENT)
			continue;
		first = first ? first : s->program;
		rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	versions += c->version.n > 0;
	if (first)
		rule_says(r, OUTCOME_REVIEW, "started and of unknown origin: %s",
			  shown_of(r, node_name(first), rule_count(r, OUTCOME_REVIEW)));
	else if (r->c->facts->count[FACT_EXECUTABLE] == 0)
		rule_open(r, REASON_UNKNOWN_FORMAT, "no file system with programs was found");
	else if (started == 0)
		rule_open(r, REASON_RUNTIME_ONLY, "which programs are started is not known");
	else {
		rule_passed(r, "%s, %s with a version",
			    counted(r, started, "started program", "started programs"),
			    counted(r, versions, "component", "components"));
		r->of[OUTCOME_PASS].says = "every program that is started is identified";
	}
}

const struct check check_sbom_01 = {
	.id = "SBOM-01",
	.group = "SBOM",
	.title = "Components are identified",
	.rule = "pass if every program that is started by default belongs to a component that was "
		"identified; review with those that do not; not evaluable without a root file "
		"system, or where nothing tells what is started",
	.does_not_prove = "that libraries linked into programs are all seen; that a program of the "
			  "maker's own should have been identified",
	.requirements = "CRA II(1); ISVS 1.2.1 (L1); N8425 AI; EN 5.3-1 (R)",
	.reads = READS(COMPONENT) | READS(EXECUTABLE) | READS(SERVICE) | READS_GAPS,
	.blind = BLIND_ALWAYS,
	.judge = judge_identified,
};

/* -- several facts of one name -- */

static struct span identity(const struct component_fact *c)
{
	return component_of_files(c) ? c->name : span_head(c->purl, c->purl.n - c->version.n);
}

static int by_identity(const void *a, const void *b)
{
	const struct component_fact *x = *(const struct component_fact *const *)a;
	const struct component_fact *y = *(const struct component_fact *const *)b;
	int order = (int)component_of_files(x) - (int)component_of_files(y);

	if (order == 0)
		order = span_compare(identity(x), identity(y));
	return order ? order : (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

static bool same_identity(const struct component_fact *x, const struct component_fact *y)
{
	return component_of_files(x) == component_of_files(y) &&
	       span_equal(identity(x), identity(y));
}

void each_name(struct ruling *r, void (*each)(struct ruling *r, void *ctx, struct versions v),
	       void *ctx)
{
	const struct component_fact **list =
		arena_take(r->c->arena, component_count(r), sizeof(*list));
	uint32_t n = 0;

	r->failed |= !list;
	if (!list)
		return;
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	if (!component_of_database(c) && c->version.n)
		list[n++] = c;
	if (n)
		qsort(list, n, sizeof(*list), by_identity);
	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && same_identity(list[from], list[to]); to++)
			;
		if (to - from > 1)
			each(r, ctx, (struct versions){ list + from, to - from });
	}
}

/* Per node: the last fact whose copies include it, plus one; 0: none of this name. */
struct marks {
	uint32_t *of;
	uint32_t names; /* that were filed */
	struct span first;
};

static bool marks_init(struct ruling *r, struct marks *m)
{
	*m = (struct marks){ arena_take(r->c->arena, r->c->tree->count, sizeof(uint32_t)),
			     0,
			     { 0 } };
	r->failed |= !m->of;
	return m->of != NULL;
}

/* Files two facts for review where both mark one place. `place` maps a copy to what is marked. */
static void meet(struct ruling *r, struct marks *m, struct versions v,
		 const struct node *(*place)(const struct node *copy))
{
	bool *filed = arena_take(r->c->arena, v.n, sizeof(*filed));
	uint32_t count = 0;

	r->failed |= !filed;
	for (uint32_t i = 0; filed && i < v.n; i++)
		for (uint32_t k = 0; k < v.p[i]->nodes.n; k++) {
			uint32_t *mark = &m->of[place(v.p[i]->nodes.p[k])->id];

			if (*mark && *mark != i + 1)
				filed[i] = filed[*mark - 1] = true;
			*mark = i + 1;
		}
	for (uint32_t i = 0; filed && i < v.n; i++) {
		for (uint32_t k = 0; k < v.p[i]->nodes.n; k++)
			m->of[place(v.p[i]->nodes.p[k])->id] = 0;
		if (!filed[i])
			continue;
		count++;
		rule_fact(r, OUTCOME_REVIEW, &v.p[i]->f);
	}
	if (count && m->names++ == 0)
		m->first = v.p[0]->name;
}

/* -- SBOM-02 -- */

static const struct node *file_itself(const struct node *n)
{
	return n;
}

/* A list of packages may name many versions; a file that is one thing has one. */
static void conflict(struct ruling *r, void *ctx, struct versions v)
{
	if (component_of_files(v.p[0]))
		meet(r, ctx, v, file_itself);
}

static void judge_conflicts(struct ruling *r)
{
	struct marks m;

	if (!marks_init(r, &m))
		return;
	each_name(r, conflict, &m);
	if (m.names)
		rule_says(r, OUTCOME_REVIEW, "one file, several versions: %s",
			  shown_of(r, m.first, m.names));
	else if (component_count(r) == 0)
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no component was found");
	else {
		rule_passed(r, "%s", counted(r, component_count(r), "component", "components"));
		r->of[OUTCOME_PASS].says = "no file claims two versions of one component";
	}
}

const struct check check_sbom_02 = {
	.id = "SBOM-02",
	.group = "SBOM",
	.title = "Version conflict for one component",
	.rule = "review if one file shows two versions of one component; otherwise pass; not "
		"applicable without components",
	.does_not_prove = "which of the versions is right",
	.requirements = "ISVS 1.2.1 (L1); CRA II(1)",
	.reads = READS(COMPONENT) | READS_GAPS | READS_TREE,
	.blind = BLIND_ALWAYS,
	.judge = judge_conflicts,
};

/* -- SBOM-03 -- */

static void several(struct ruling *r, void *ctx, struct versions v)
{
	meet(r, ctx, v, node_root);
}

/* Slots and recovery systems are roots of their own: they hold their own copies. */
static void judge_copies(struct ruling *r)
{
	struct marks m;

	if (!marks_init(r, &m))
		return;
	each_name(r, several, &m);
	if (m.names)
		rule_says(r, OUTCOME_REVIEW, "several versions within one root: %s",
			  shown_of(r, m.first, m.names));
	else if (component_count(r) == 0)
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no component was found");
	else {
		rule_passed(r, "%s", counted(r, component_count(r), "component", "components"));
		r->of[OUTCOME_PASS].says = "each component has one version within each root";
	}
}

const struct check check_sbom_03 = {
	.id = "SBOM-03",
	.group = "SBOM",
	.title = "Several versions of one component",
	.rule = "review if one root file system holds two versions of one component; otherwise "
		"pass; not applicable without components",
	.does_not_prove = "that the older copy is used",
	.requirements = "ISVS 1.2.2 (L1); ISVS 3.2.4 (L1); CWE-1104",
	.reads = READS(COMPONENT) | READS_GAPS | READS_TREE,
	.blind = BLIND_ALWAYS,
	.judge = judge_copies,
};

/* -- SBOM-08 -- */

static bool is_copyleft(struct span license)
{
	static const char *const marks[] = { "GPL", "MPL", "EPL", "EUPL", "CDDL", "SSPL", "OSL" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_find(license, 0, span_text(marks[i])) != SIZE_MAX)
			return true;
	return false;
}

/* A file that bears a licence's text, or the offer of sources, by its name. */
static bool is_license_text(const struct node *n)
{
	static const char globs[] =
		"COPYING*,copying*,Copying*,LICENSE*,license*,License*,LICENCE*,licence*,Licence*,"
		"copyright,COPYRIGHT*,NOTICE*,notice.html*,GPL*,gpl*,LGPL*,lgpl*,*opensource*,"
		"*open_source*,*open-source*,*OpenSource*,*_license*,*-license*,*-LICENSE*";

	return n->kind == KIND_FILE && n->size && name_matches(node_name(n), globs);
}

static void judge_licenses(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t copyleft = 0;

	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	{
		if (component_of_database(c) || !is_copyleft(c->license))
			continue;
		copyleft++;
		rule_fact(r, OUTCOME_REVIEW, &c->f);
	}
	for (uint32_t i = 0; i < t->count; i++)
		if (is_license_text(t->nodes[i]))
			rule_node(r, OUTCOME_PASS, t->nodes[i]);
	if (copyleft == 0) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no component under a copyleft licence");
	} else if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(
			r, "%s",
			counted(r, rule_count(r, OUTCOME_PASS), "licence text", "licence texts"));
		r->of[OUTCOME_PASS].says = "licence texts are in the image";
	} else {
		rule_says(r, OUTCOME_REVIEW, "%s, and no licence text or offer",
			  counted(r, copyleft, "copyleft component", "copyleft components"));
	}
}

const struct check check_sbom_08 = {
	.id = "SBOM-08",
	.group = "SBOM",
	.title = "Licences visible",
	.rule = "review if there are components under copyleft licences and no file is named as "
		"the text of a licence or an offer of sources; pass if one is; not applicable "
		"without such components",
	.does_not_prove = "that a licence is kept or broken: texts may be delivered elsewhere, and "
			  "licences are those usual for the component",
	.requirements = "ISVS 1.3.2 (L1)",
	.reads = READS(COMPONENT) | READS_GAPS | READS_TREE,
	.blind = BLIND_ALWAYS,
	.judge = judge_licenses,
};

/* -- SBOM-09 -- */

static void judge_export(struct ruling *r)
{
	if (component_count(r) == 0) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no component was found");
		return;
	}
	rule_passed(r, "%s", counted(r, component_count(r), "component", "components"));
	r->of[OUTCOME_PASS].says = "each component is listed with its place and source";
}

const struct check check_sbom_09 = {
	.id = "SBOM-09",
	.group = "SBOM",
	.title = "Export of the component list",
	.rule = "pass if components were found: each is in the report with the bytes that show it, "
		"and can be written in a standard form; not applicable without any",
	.does_not_prove = "anything of the device: this is a check of the examination itself",
	.requirements = "CRA II(1); ISVS 1.2.1 (L1)",
	.reads = READS(COMPONENT),
	.blind = BLIND_NEVER,
	.judge = judge_export,
};
