/* verify_bundle.c - evenhand verify --bundle: what is opened outside of the jail. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "log/acceptance.h"

static bool is_usable(const struct options *o)
{
	const struct trust_options *t = &o->signing;

	if (t->envelope_count)
		return complain(NULL, "evenhand verify --help says more.",
				"verify takes a bundle or envelopes");
	if (o->input_count != 1)
		return complain(NULL, "evenhand verify --help says more.",
				"a bundle is checked with one image");
	if (!t->policy)
		return complain(
			NULL,
			"It names the logs and witnesses that you trust. One that comes with "
			"the bundle proves nothing.",
			"a bundle needs a policy (--policy)");
	if (!t->rules && t->key_count == 0)
		return complain(
			NULL,
			"Rules say whose statements count; without them name with --key the "
			"public key of each whom you trust.",
			"a bundle needs rules (--rules) or a key");
	if (o->output_count > 1 ||
	    (o->output_count && !span_ends(span_text(o->outputs[0]), span_text(".json"))))
		return complain(o->outputs[0], "One file: -o FILE.json.",
				"the outcome is written as JSON");
	return !(t->rules && t->key_count) ||
	       complain(NULL, "man evenhand says how they look there.",
			"where there are rules the keys stand in them");
}

static bool open_output(const struct options *o, struct job *j)
{
	if (o->output_count == 0)
		return true;
	j->output_count =
		o->output_count == 1 && output_open_as(&j->outputs[0], o->outputs[0], REPORT_JSON);
	return j->output_count == 1;
}

int verify_bundle(struct options *o)
{
	static struct verification v = { .policy = { .fd = -1 }, .rules = { .fd = -1 } };
	static struct input bundle = { .fd = -1 }, image = { .fd = -1 };
	static struct job j;
	int code = EXIT_TROUBLE;

	if (!is_usable(o))
		return EXIT_TROUBLE;
	j = job_new(o, &bundle, verify_bundle_work);
	j.second = &image;
	j.verification = &v;
	if (verification_keys(o, &v) && input_open(&bundle, o->signing.bundle) &&
	    input_open(&v.policy, o->signing.policy) &&
	    (!o->signing.rules || input_open(&v.rules, o->signing.rules)) &&
	    input_open(&image, o->inputs[0]) && open_output(o, &j)) {
		v.view = view_of(&j);
		code = job_run(&j);
		code = input_unchanged(&v.policy) &&
				       (!o->signing.rules || input_unchanged(&v.rules))
			       ? code
			       : EXIT_TROUBLE;
	}
	for (int i = 0; i < v.key_count; i++)
		free((void *)(uintptr_t)v.keys[i].p);
	input_close(&bundle);
	input_close(&v.policy);
	input_close(&v.rules);
	input_close(&image);
	return code;
}
