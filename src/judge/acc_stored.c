/* acc_stored.c - accounts that applications keep for themselves: in files of web servers, in
 * settings that a device is shipped with. */
#include "judge/secret.h"

const struct service_fact *web_server(const struct ruling *r)
{
	return service_named(r,
			     "httpd,httpd-*,uhttpd,lighttpd,nginx,boa,goahead,goahead-*,webs,"
			     "mini_httpd,thttpd,micro_httpd,shttpd,appweb,cherokee,apache2,"
			     "*_httpd,*-httpd,webserver,*webd",
			     true);
}

static void judge_stored(struct ruling *r)
{
	bool started = web_server(r) != NULL;

	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (account_is(a, "web"))
			rule_fact(r, a->has_password && started ? OUTCOME_FAIL : OUTCOME_REVIEW,
				  &a->f);
	}
	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		bool is_web = secret_is_of(s, "web") || span_is(s->rule, "nvram-secret");

		if (!secret_is_of(s, "account,web") || word_is(s->holder, "program"))
			continue;
		rule_fact(r, is_web && s->published && started ? OUTCOME_FAIL : OUTCOME_REVIEW,
			  &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s publicly known, and it is started",
			  counted(r, rule_count(r, OUTCOME_FAIL), "web password is",
				  "web passwords are"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s in files of applications",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "account stands",
				  "accounts stand"));
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_acc_06 = {
	.id = "ACC-06",
	.group = "ACC",
	.title = "Accounts in application databases and default configurations",
	.rule = "fail if the password of a web account is publicly known and a web server is "
		"started by default; review for each other account; pass if there is none",
	.does_not_prove = "that a login is reachable; that an account is used; who knows it; what "
			  "databases hold",
	.requirements = "33.117 4.2.3.4.2.2; EN 5.1-1 (M); TR.D.13 (MUST NOT); TR.D.17 (MUST NOT); "
			"PSTI 1; ISVS 2.1.9; CWE-798; CWE-1392",
	.reads = READS(ACCOUNT) | READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS,
	.judge = judge_stored,
};
