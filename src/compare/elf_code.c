/* elf_code.c - code that differs. */
#include "compare/elf_side.h"

void elf_explain_code(struct elf_pair *p, const struct stretch *s)
{
	size_t least = s->left.n < s->right.n ? s->left.n : s->right.n, head = 0, tail = 0;

	while (head < least && s->left.p[head] == s->right.p[head])
		head++;
	while (tail < least - head &&
	       s->left.p[s->left.n - 1 - tail] == s->right.p[s->right.n - 1 - tail])
		tail++;
	differ(p->x, CAUSE_CODE, (struct byte_range){ s->left_at + head, s->left.n - head - tail },
	       (struct byte_range){ s->right_at + head, s->right.n - head - tail }, s->unit, NULL);
}
