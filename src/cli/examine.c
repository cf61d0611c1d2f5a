/* examine.c - the tree of an image, opened inside the worker. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/cli.h"
#include "codec/codec.h"

void examination_thread_end(void)
{
	codec_thread_end();
	hash_thread_end();
	know_thread_end();
}

bool examine(struct job *j, struct examination *x, struct span image, bool observe,
	     const struct opening *hooks)
{
	struct journal *log = j->journal;

	if (hooks)
		x->opening = *hooks;
	x->guarded.journal = log;
	x->pool = pool_new(j->options->jobs, examination_thread_end);
	if (!x->pool || (observe && !observation_init(&x->observation, x->pool)))
		return false;
	x->opening.pool = x->pool;
	x->opening.spill = &j->spill;
	x->opening.budget = j->options->budget;
	x->opening.guard = x->observation.guard = guard_of(&x->guarded);
	x->opening.explain = j->options->explain;
	x->opening.bytes_done = &log->bytes_done;
	x->opening.nodes_done = &log->nodes_done;
	x->opening.nodes_known = &log->nodes_known;
	if (observe) {
		x->opening.ctx = &x->observation;
		x->observation.image = image;
		x->observation.trust = &j->options->trust;
		x->opening.leaf = observe_leaf;
		x->opening.signatures = observe_signatures;
		x->opening.again = observe_again;
	}
	return tree_open(&x->tree, &x->opening, image);
}

void examination_free(struct examination *x)
{
	if (x->observation.workers)
		observation_free(&x->observation);
	tree_free(&x->tree);
	pool_free(x->pool);
}

/* The stream that the text will reach, and the person's wishes. */
struct text_view view_of(const struct job *j)
{
	const struct options *o = j->options;
	const char *term = getenv("TERM");
	bool terminal = isatty(STDOUT_FILENO) && (!term || strcmp(term, "dumb") != 0);
	bool colour = terminal && !getenv("NO_COLOR");

	if (o->color)
		colour = strcmp(o->color, "always") == 0;
	setlocale(LC_CTYPE, "");
	return (struct text_view){
		.colour = colour,
		.utf8 = !terminal || strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.image_name = terminal ? j->input->name : "IMAGE",
		.only = o->only,
		.recipes = o->recipes,
		.reveal = o->reveal,
	};
}
