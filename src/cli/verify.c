/* verify.c - evenhand verify: whether signed statements hold, and speak of the image at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "trust/sigkey.h"

bool verification_keys(const struct options *o, struct verification *v)
{
	for (int i = 0; i < o->signing.key_count; i++, v->key_count++) {
		size_t n;
		uint8_t *pem = small_file(o->signing.keys[i], MOST_KEY_FILE, &n);

		if (!pem)
			return false;
		v->keys[i] = (struct span){ pem, n };
		if (!sigkey_is_private(v->keys[i]))
			continue;
		explicit_bzero(pem, n); /* before any worker is forked */
		v->key_count++;
		return complain(o->signing.keys[i], "The public key stands beside it: FILE.pub.",
				"it is a private key");
	}
	return true;
}

static bool open_envelopes(const struct options *o, struct verification *v)
{
	for (int i = 0; i < o->signing.envelope_count; i++) {
		v->envelope_count++;
		if (!input_open(&v->envelopes[i], o->signing.envelopes[i]))
			return false;
	}
	return true;
}

static bool is_unchanged(const struct verification *v)
{
	for (int i = 1; i < v->envelope_count; i++)
		if (!input_unchanged(&v->envelopes[i]))
			return false;
	return true;
}

static bool is_usable(const struct options *o)
{
	if (o->input_count > 1)
		return complain(NULL, "evenhand verify --help says more.",
				"verify takes one image");
	if (o->signing.policy || o->signing.rules || o->signing.at || o->output_count)
		return complain(NULL, "They are for what --bundle names.",
				"an envelope takes no --policy, --rules, --at or -o");
	if (o->signing.envelope_count == 0)
		return complain(NULL, "evenhand log bundle makes one, evenhand sign the other.",
				"verify needs a bundle (--bundle) or an envelope (--envelope)");
	return o->signing.key_count ||
	       complain(NULL,
			"Name with --key the public key of each whom you trust. A key that comes "
			"with the envelope proves nothing.",
			"verify needs a key");
}

static int run(struct options *o)
{
	static struct verification v;
	static struct input image = { .fd = -1 };
	static struct job j;
	int code = EXIT_TROUBLE;

	o->quiet = true;
	if (o->signing.bundle)
		return verify_bundle(o);
	if (!is_usable(o))
		return EXIT_TROUBLE;
	j = job_new(o, &v.envelopes[0], verify_work);
	j.verification = &v;
	v.has_image = o->input_count == 1;
	if (verification_keys(o, &v) && open_envelopes(o, &v) &&
	    (!v.has_image || input_open(&image, o->inputs[0]))) {
		j.second = v.has_image ? &image : NULL;
		v.view = view_of(&j);
		code = job_run(&j);
		code = is_unchanged(&v) ? code : EXIT_TROUBLE;
	}
	for (int i = 0; i < v.envelope_count; i++)
		input_close(&v.envelopes[i]);
	for (int i = 0; i < v.key_count; i++)
		free((void *)(uintptr_t)v.keys[i].p);
	input_close(&image);
	return code;
}

static const struct option_row *const rows[] = {
	&option_verify_output, &option_bundle, &option_policy,
	&option_rules,         &option_at,     &option_envelope,
	&option_verify_key,    &option_color,  &option_no_jail,
	&option_watchdog,      NULL,
};

const struct command command_verify = {
	.name = "verify",
	.usage = "verify --bundle FILE --policy FILE [--rules FILE] [options] IMAGE\n"
		 "evenhand verify --envelope FILE --key FILE [options] [IMAGE]",
	.about = "Says whether an image is what was signed, logged and witnessed, and whether it\n"
		 "may be installed; or whether signed statements hold. Needs no network.",
	.options = rows,
	.notes = "A bundle is checked step by step: its form, signatures, the image, the log, the\n"
		 "quorum of witnesses, revocations and claims in it, the rules, its age. Steps\n"
		 "after the one that fails are not run. Keys that count stand in the rules;\n"
		 "without rules they are named with --key, and what is signed is for you to\n"
		 "weigh. With envelopes that hold evaluations by several keys it says how many\n"
		 "signed the same report, and which checks end differently. A statement is\n"
		 "refused if its own signer's revocation is among the envelopes. evenhand-verify\n"
		 "does the same with bundles, for devices and scripts.\n"
		 "Exit: 0 accepted, 1 refused, 2 could not be checked.",
	.run = run,
};
