/* stored_facts.c - the facts of a stored report, by the tables that wrote them. */
#include "report/stored.h"

static struct spans read_spans(struct stored_reader *r, uint32_t array)
{
	uint32_t count = stored_length(r, array), at = 0;
	struct span *list = arena_take(r->arena, count ? count : 1, sizeof(*list));

	if (!list)
		stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, array); list && i != JSON_NONE;
	     i = json_next(&r->json, i))
		list[at++] = stored_bytes(r, i);
	return (struct spans){ list, at };
}

static struct node_list read_nodes(struct stored_reader *r, uint32_t array)
{
	uint32_t count = stored_length(r, array), at = 0;
	const struct node **list = arena_take(r->arena, count, sizeof(const struct node *));

	if (!list)
		stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, array); list && i != JSON_NONE;
	     i = json_next(&r->json, i))
		list[at++] = stored_node(r, i);
	return (struct node_list){ list, at };
}

static struct ranges read_ranges(struct stored_reader *r, uint32_t array)
{
	uint32_t count = stored_length(r, array), at = 0;
	struct fact_range *list = arena_take(r->arena, count, sizeof(*list));

	if (!list)
		stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, array); list && i != JSON_NONE;
	     i = json_next(&r->json, i))
		list[at++] = (struct fact_range){
			.node = stored_node(r, stored_member(r, i, "node")),
			.offset = stored_u64(r, stored_member(r, i, "offset")),
			.length = stored_u64(r, stored_member(r, i, "length")),
		};
	return (struct ranges){ list, at };
}

static uint32_t read_u32(struct stored_reader *r, uint32_t item)
{
	uint64_t value = stored_u64(r, item);

	if (value > UINT32_MAX)
		stored_wrong(r, "a number of 32 bits");
	return (uint32_t)value;
}

static uint32_t read_mode(struct stored_reader *r, uint32_t item)
{
	uint64_t mode = 0;
	size_t used = 0;

	if (!span_number(stored_bytes(r, item), 8, &mode, &used) || mode > 07777)
		stored_wrong(r, "mode");
	return (uint32_t)mode;
}

static const struct component_fact *read_component(struct stored_reader *r, uint32_t item)
{
	const struct facts *f = &r->s->facts;
	uint64_t id = stored_u64(r, item);

	if (id >= f->count[FACT_COMPONENT])
		stored_wrong(r, "a component that is not there");
	return r->wrong ? NULL : (const void *)f->of[FACT_COMPONENT][id];
}

static enum tri read_tri(struct stored_reader *r, uint32_t item)
{
	if (stored_is_null(r, item))
		return TRI_NULL;
	return stored_bool(r, item) ? TRI_YES : TRI_NO;
}

/* Fields that refer to others, and lists. */
static void read_list(struct stored_reader *r, uint32_t item, void *to, const struct field *field)
{
	bool is_null = stored_is_null(r, item);

	switch (field->type) {
	case FIELD_SPANS:
		*(struct spans *)to = read_spans(r, item);
		break;
	case FIELD_SPANS_OR_NULL:
		*(struct spans *)to = is_null ? (struct spans){ 0 } : read_spans(r, item);
		break;
	case FIELD_NODE:
		*(const struct node **)to = is_null ? NULL : stored_node(r, item);
		break;
	case FIELD_NODES:
		*(struct node_list *)to = read_nodes(r, item);
		break;
	case FIELD_COMPONENT:
		*(const struct component_fact **)to = read_component(r, item);
		break;
	case FIELD_RANGES:
		*(struct ranges *)to = read_ranges(r, item);
		break;
	default:
		break;
	}
}

static void read_field(struct stored_reader *r, uint32_t item, struct fact *f,
		       const struct field *field)
{
	uint8_t *base = (uint8_t *)f;
	void *to = base + field->at;
	bool is_null = stored_is_null(r, item);

	switch (field->type) {
	case FIELD_PASSWORD:
		*(bool *)(base + field->with) = !is_null;
		*(struct span *)to = is_null ? (struct span){ 0 } : stored_bytes(r, item);
		break;
	case FIELD_SPAN:
		*(struct span *)to = stored_bytes(r, item);
		break;
	case FIELD_SPAN_OR_NULL:
		*(struct span *)to = is_null ? (struct span){ 0 } : stored_bytes(r, item);
		break;
	case FIELD_NAME:
		if (is_null)
			stored_wrong(r, field->name);
		*(const char **)to = stored_text(r, item);
		break;
	case FIELD_NAME_OR_NULL:
		*(const char **)to = stored_text(r, item);
		break;
	case FIELD_U32:
		*(uint32_t *)to = read_u32(r, item);
		break;
	case FIELD_U32_OR_NULL:
		*(uint32_t *)to = is_null ? 0 : read_u32(r, item);
		break;
	case FIELD_U64:
		*(uint64_t *)to = stored_u64(r, item);
		break;
	case FIELD_BOOL:
		*(bool *)to = stored_bool(r, item);
		break;
	case FIELD_TRI:
		*(enum tri *)to = read_tri(r, item);
		break;
	case FIELD_MODE:
		*(uint32_t *)to = read_mode(r, item);
		break;
	case FIELD_SPANS:
	case FIELD_SPANS_OR_NULL:
	case FIELD_NODE:
	case FIELD_NODES:
	case FIELD_COMPONENT:
	case FIELD_RANGES:
		read_list(r, item, to, field);
		break;
	}
}

static struct fact *read_fact(struct stored_reader *r, int kind, uint32_t object)
{
	const struct fact_table *table = &fact_tables[kind];
	struct node *n = stored_node(r, stored_member(r, object, "node"));
	uint64_t offset = stored_u64(r, stored_member(r, object, "offset"));
	uint64_t length = stored_u64(r, stored_member(r, object, "length"));
	uint32_t line = json_find(&r->json, object, "line");
	struct fact *f =
		r->wrong ? NULL : fact_new(r->arena, n, (enum fact_kind)kind, offset, length);

	if (!f) {
		stored_no_memory(r);
		return NULL;
	}
	if (line != JSON_NONE)
		f->line = read_u32(r, line);
	for (size_t i = 0; i < table->count && !r->wrong; i++)
		read_field(r, stored_member(r, object, table->fields[i].name), f,
			   &table->fields[i]);
	return r->wrong ? NULL : f;
}

bool stored_facts(struct stored_reader *r, int kind, uint32_t array)
{
	struct facts *all = &r->s->facts;
	uint32_t count = stored_length(r, array);

	r->list = fact_tables[kind].list;
	all->of[kind] = arena_take(r->arena, count, sizeof(struct fact *));
	if (!all->of[kind])
		return stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE; i = json_next(&r->json, i)) {
		struct fact *f;

		r->index = all->count[kind];
		f = read_fact(r, kind, i);
		if (!f)
			return false;
		f->id = all->count[kind];
		all->of[kind][all->count[kind]++] = f;
	}
	return !r->wrong;
}
