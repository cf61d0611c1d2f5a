/* login.c - how one logs in: root from afar, limits of failures, rules for passwords, accounts that
 * programs make, randomness for keys, rights of listeners and of scheduled jobs. */
#include "judge/object.h"
#include "judge/role.h"
#include "observe/observe.h"

/* -- ACC-05 -- */

static void judge_made_accounts(struct ruling *r)
{
	EACH_SETTING(r, "accounts", s)
	{
		bool root = span_find(s->command, 0, span_text(" with a password and uid 0")) !=
			    SIZE_MAX;

		rule_fact(r, root && s->condition.n == 0 ? OUTCOME_FAIL : OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL,
			  "a script sets a fixed password for uid 0 at each start");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s accounts or passwords",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "command of a script makes",
				  "commands of scripts make"));
	rule_passed(r, "scripts that a boot leads to");
}

const struct check check_acc_05 = {
	.id = "ACC-05",
	.group = "ACC",
	.title = "Accounts created or unlocked by programs",
	.rule = "review for each place where a script writes a literal name or password into the "
		"account files; fail if a literal password is set for uid 0 at every start; pass "
		"if there is none",
	.does_not_prove = "that the code runs; what compiled programs do",
	.requirements = "TR.D.13 (MUST NOT); 33.117 4.2.3.4.2.2; ISVS 2.1.9; CWE-798; CWE-912",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_made_accounts,
};

/* -- ACC-09 -- */

/* A server that nothing which was read starts, nor tells to be off. */
static bool is_start_unknown(struct ruling *r, const enum program *programs, size_t count,
			     const char *roles)
{
	EACH_SERVICE(r, s)
	if (has_role(s, roles))
		return false;
	for (size_t i = 0; i < count; i++)
		if (r->premises->program[programs[i]])
			rule_node(r, OUTCOME_NOT_EVALUABLE, r->premises->program[programs[i]]);
	if (!rule_count(r, OUTCOME_NOT_EVALUABLE))
		return false;
	rule_open(r, REASON_RUNTIME_ONLY, "a login server is there; what starts it was not seen");
	return true;
}

static bool lets_root_in(const struct service_fact *s)
{
	struct span value;

	return (setting_is(s, "PermitRootLogin", &value) && value_is(value, "yes")) ||
	       (setting_is(s, "dropbear.RootPasswordAuth", &value) &&
		value_is(value, "on,1,yes,true"));
}

static bool keeps_root_out(const struct service_fact *s)
{
	struct span value;

	return (setting_is(s, "PermitRootLogin", &value) && !value_is(value, "yes")) ||
	       (setting_is(s, "PasswordAuthentication", &value) && value_is(value, "no")) ||
	       (setting_is(s,
			   "dropbear.RootPasswordAuth,dropbear.RootLogin,"
			   "dropbear.PasswordAuth",
			   &value) &&
		value_is(value, "off,0,no,false"));
}

/* dropbear -w, -g, -s: no root, no password of root's, no passwords (dropbear(8)). */
static bool refuses_by_option(const struct service_fact *s)
{
	static const char *const options[] = { " -w", " -g", " -s" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (span_find(s->command, 0, span_text("dropbear")) != SIZE_MAX &&
		    span_find(s->command, 0, span_text(options[i])) != SIZE_MAX)
			return true;
	return false;
}

static void judge_root_login(struct ruling *r)
{
	static const enum program servers[] = { PROGRAM_TELNET, PROGRAM_SSH };
	struct roots refused = roots_new(r);
	bool served = false;

	EACH_SETTING(r, "sshd,dropbear", s)
	{
		if (keeps_root_out(s))
			roots_mark(&refused, s->f.node);
		if (lets_root_in(s) && started_role(r, "ssh", s->f.node))
			rule_fact(r, OUTCOME_FAIL, &s->f);
	}
	EACH_SERVICE(r, s)
	{
		if (!s->enabled || !has_role(s, "ssh,telnet"))
			continue;
		served = true;
		if (has_role(s, "telnet") ||
		    (!roots_has(&refused, s->f.node) && !refuses_by_option(s)))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "a setting lets root in from afar with a password");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s; its default decides on root",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "login server is started",
				  "login servers are started"));
	if (!served && is_start_unknown(r, servers, 2, "ssh,telnet"))
		return;
	if (served)
		rule_passed(r, "settings and options of login servers");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no SSH or telnet server is started");
}

const struct check check_acc_09 = {
	.id = "ACC-09",
	.group = "ACC",
	.title = "Remote login of the superuser",
	.rule = "fail if a started SSH or telnet service lets uid 0 in with a password by explicit "
		"setting; review if by its compiled default; pass if denied or by key only; not "
		"applicable without such a service",
	.does_not_prove = "that a login is reachable; that an account is used; who knows it",
	.requirements = "33.117 4.3.2.6; ISVS 2.2.2 (L1); CWE-250",
	.reads = READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_root_login,
};

/* -- ACC-10 -- */

static bool is_limit(const struct service_fact *s)
{
	struct span value;

	return setting_is(s,
			  "MaxAuthTries,dropbear.MaxAuthTries,max_login_fails,maxretry,deny,"
			  "LOGIN_RETRIES",
			  &value) ||
	       span_find(s->command, 0, span_text("pam_tally")) != SIZE_MAX ||
	       span_find(s->command, 0, span_text("pam_faillock")) != SIZE_MAX;
}

static void judge_limits(struct ruling *r)
{
	static const enum program servers[] = { PROGRAM_TELNET, PROGRAM_SSH, PROGRAM_FTP };
	bool limited = false, served = false;

	EACH_SETTING(r, "*", s)
	{
		if (!is_limit(s))
			continue;
		limited = true;
		rule_fact(r, OUTCOME_PASS, &s->f);
	}
	EACH_SERVICE(r, s)
	{
		if (!s->enabled || !has_role(s, "ssh,telnet,ftp"))
			continue;
		served = true;
		if (!limited && span_find(s->command, 0, span_text(" -T ")) == SIZE_MAX)
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s, and no limit of failures was found",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "login server is started",
				  "login servers are started"));
	if (!served && is_start_unknown(r, servers, 3, "ssh,telnet,ftp"))
		return;
	if (served)
		rule_passed(r, "settings that limit failed logins");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no login server is started");
}

const struct check check_acc_10 = {
	.id = "ACC-10",
	.group = "ACC",
	.title = "Login failure limits",
	.rule = "pass if a limit is configured for started login services; review if none is "
		"found; not applicable if none is started",
	.does_not_prove = "that the limit holds; limits that programs have built in",
	.requirements = "33.117 4.2.3.4.3.3; 33.117 4.2.3.4.5; EN 5.1-5 (M); TR.D.11 (MUST); "
			"ISVS 2.1.12 (L1); CWE-307",
	.reads = READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_limits,
};

/* -- CRED-05 -- */

static void judge_derived(struct ruling *r)
{
	EACH_SETTING(r, "password of the address", s)
	{
		rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s an address and makes a secret of it",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "script reads",
				  "scripts: each reads"));
	rule_passed(r, "scripts; compiled programs are not looked into");
}

const struct check check_cred_05 = {
	.id = "CRED-05",
	.group = "CRED",
	.title = "Password derived from public device data",
	.rule = "review for each script that reads a MAC address, digests it and writes a password "
		"or key; pass if there is none",
	.does_not_prove = "absence of such code in compiled programs",
	.requirements = "PSTI 1; EN 5.1-2 (M); TR.A.11; TR.D.16 (MUST NOT); CWE-1391; CWE-330",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_derived,
};

/* -- CRED-06 -- */

/* The least length that a setting asks for; 0: it speaks of something else. */
static uint64_t least_length(const struct service_fact *s)
{
	struct span value;
	uint64_t n = 0;
	size_t used, at = span_find(s->command, 0, span_text("minlen="));

	if (!setting_is(s, "PASS_MIN_LEN,minlen", &value)) {
		if (at >= s->command.n)
			return 0;
		value = span_from(s->command, at + strlen("minlen="));
	}
	return span_number(value, 10, &n, &used) ? n : 0;
}

static void judge_policy(struct ruling *r)
{
	EACH_SETTING(r, "pam,login", s)
	{
		uint64_t n = least_length(s);

		if (n)
			rule_fact(r, n >= 8 ? OUTCOME_PASS : OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "a setting asks for fewer than 8 characters");
	else if (rule_count(r, OUTCOME_PASS))
		rule_passed(r, "settings of PAM and login");
	else if (r->c->facts->count[FACT_ACCOUNT])
		rule_says(r, OUTCOME_REVIEW, "no rule for the length of passwords was found");
	else
		rule_open(r, REASON_RUNTIME_ONLY, "what programs ask of passwords is not said");
}

const struct check check_cred_06 = {
	.id = "CRED-06",
	.group = "CRED",
	.title = "Password policy of the login program",
	.rule = "pass if at least 8 characters are asked for by a setting; review if less, or if "
		"accounts are there and no setting is found; not evaluable otherwise",
	.does_not_prove = "what programs check by themselves; that classes are asked for",
	.requirements = "33.117 4.2.3.4.3.1; TR.D.9 (MUST); ISVS 2.1.5 (L1); CWE-521",
	.reads = READS(ACCOUNT) | READS(SERVICE) | READS_GAPS,
	.judge = judge_policy,
};

/* -- KEY-11 -- */

static void judge_randomness(struct ruling *r)
{
	bool seed = started_role(r, "random", NULL);

	EACH_SERVICE(r, s)
	{
		seed |= s->enabled && name_matches(s->name, "*urandom*,*random-seed*,seedrng,"
							    "rngd,haveged");
	}
	EACH_SETTING(r, "key generation", s)
	{
		rule_fact(r, seed ? OUTCOME_PASS : OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW,
			  "keys are made, and no source of randomness is started");
	else if (rule_count(r, OUTCOME_PASS))
		rule_passed(r, "key generation and sources of randomness");
	else
		rule_open(r, REASON_RUNTIME_ONLY, "no script that was read makes a key");
}

const struct check check_key_11 = {
	.id = "KEY-11",
	.group = "KEY",
	.title = "Random source at key generation",
	.rule = "review if scripts make keys and no source of randomness is started; pass if one "
		"is; otherwise not evaluable",
	.does_not_prove = "how good the random numbers are; that the source comes first",
	.requirements = "ISVS 2.4.3 (L2); EN 5.5-1 (M); CWE-331; CWE-332",
	.reads = READS(SERVICE) | READS_GAPS,
	.judge = judge_randomness,
};

/* -- PRIV-05 -- */

static bool gives_up_rights(const struct node *program)
{
	for (const struct fact *f = program ? program->facts : NULL; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE &&
		    object_calls((const void *)f, "setuid,setresuid,setreuid,seteuid,cap_set_proc,"
						  "capset"))
			return true;
	return false;
}

static bool is_root(struct span user)
{
	return user.n == 0 || span_is(user, "root") || span_is(user, "0");
}

/* The roots whose web server has handlers. */
static struct roots find_handlers(const struct ruling *r)
{
	struct roots found = roots_new(r);
	struct span value;

	EACH_SETTING(r, "*", s)
	if (setting_is(s, "ScriptAlias,CGIPath,cgi.assign,cgipat,uhttpd.cgi_prefix", &value))
		roots_mark(&found, s->f.node);
	return found;
}

static void judge_rights(struct ruling *r)
{
	struct roots handlers = find_handlers(r);
	uint32_t n = 0;

	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	{
		bool root_said = s->user.n && is_root(s->user);

		n++;
		if (!is_root(s->user))
			continue;
		if (root_said && has_role(s, "web") && roots_has(&handlers, s->f.node))
			rule_fact(r, OUTCOME_FAIL, &s->f);
		else if (!gives_up_rights(s->program))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL,
			  "a web server with handlers runs as root by its setting");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s as root for all that is said",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "listener runs",
				  "listeners run"));
	if (n)
		rule_passed(r, "%s", counted(r, n, "listener", "listeners"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no listener was found");
}

const struct check check_priv_05 = {
	.id = "PRIV-05",
	.group = "PRIV",
	.title = "Network-facing programs run as root",
	.rule = "fail if a web server with handlers runs as root by an explicit setting; review "
		"for every other listener that nothing makes another user and that imports no "
		"call to become one; pass if all switch; not applicable without listeners",
	.does_not_prove = "run-time rights after start scripts, mounts, and overlays",
	.requirements = "33.117 4.3.4.2; EN 5.6-7 (R); ISVS 2.2.2 (L1); CRA I(2)(j); CWE-250",
	.reads = READS(EXECUTABLE) | READS(LISTENER) | READS(SERVICE) | READS_GAPS,
	.judge = judge_rights,
};

/* -- PRIV-07 -- */

/* The next word, without a quote before it; empty at the end. */
static struct span next_word(struct span *rest)
{
	size_t from = 0, to;
	struct span word;

	while (from < rest->n && memchr(" \t\"'", rest->p[from], 4))
		from++;
	for (to = from; to < rest->n && rest->p[to] != ' ' && rest->p[to] != '\t';)
		to++;
	word = span_sub(*rest, from, to - from);
	*rest = span_from(*rest, to);
	return word;
}

/* The file that a command runs; what only leads to it stands before: "if", "nice -n 5", "sh -c",
 * "PATH=/bin". */
static struct span file_run(struct span command)
{
	struct span word;

	do {
		word = next_word(&command);
	} while (word.n &&
		 (name_matches(word, "-*,+*,*=*,!,{,(,if,then,else,do,while,until,.,source,exec,"
				     "sh,ash,bash,*/sh,*/ash,*/bash,nice,ionice,nohup,timeout,env,"
				     "sudo,setsid,flock") ||
		  (word.p[0] >= '0' && word.p[0] <= '9')));
	return word;
}

/* Runs a file there; a file that is written or read there is not run. */
static bool is_in_open_folder(const struct privilege_fact *job)
{
	static const char *const folders[] = { "/tmp/", "/var/tmp/", "/mnt/", "/media/",
					       "/dev/shm/" };
	struct span rest = job->detail, path = job->f.node->path;
	int fields = span_byte(rest, 0) == '@' ? 1 : 5;

	/* crontab(5): the system's own tables name a user */
	fields += span_is(path, "/etc/crontab") ||
		  span_find(path, 0, span_text("/cron.d/")) != SIZE_MAX;
	while (fields-- > 0)
		next_word(&rest);
	while (rest.n) {
		size_t end = 0;
		struct span file;

		while (end < rest.n && !memchr(";&|", rest.p[end], 3))
			end++;
		file = file_run(span_head(rest, end));
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
			if (span_starts(file, span_text(folders[i])))
				return true;
		rest = span_from(rest, end + 1);
	}
	return false;
}

static bool fetches_and_runs(struct span job)
{
	bool fetches = span_find(job, 0, span_text("wget")) != SIZE_MAX ||
		       span_find(job, 0, span_text("curl")) != SIZE_MAX ||
		       span_find(job, 0, span_text("tftp")) != SIZE_MAX;

	return fetches && (span_find(job, 0, span_text("| sh")) != SIZE_MAX ||
			   span_find(job, 0, span_text("|sh")) != SIZE_MAX ||
			   span_find(job, 0, span_text("&&")) != SIZE_MAX ||
			   span_find(job, 0, span_text(";")) != SIZE_MAX);
}

static void judge_jobs(struct ruling *r)
{
	uint32_t jobs = 0;

	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		if (!word_is(p->privilege_kind, "scheduled"))
			continue;
		jobs++;
		if (is_in_open_folder(p))
			rule_fact(r, OUTCOME_FAIL, &p->f);
		else if (fetches_and_runs(p->detail))
			rule_fact(r, OUTCOME_REVIEW, &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s what others can write",
			  counted(r, rule_count(r, OUTCOME_FAIL), "scheduled job runs",
				  "scheduled jobs run"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s from the network and goes on with it",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "scheduled job fetches",
				  "scheduled jobs: each fetches"));
	if (jobs)
		rule_passed(r, "%s", counted(r, jobs, "scheduled job", "scheduled jobs"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no scheduled job was found");
}

const struct check check_priv_07 = {
	.id = "PRIV-07",
	.group = "PRIV",
	.title = "Scheduled jobs",
	.rule = "fail if a scheduled job runs a file in a folder that others can write or on "
		"removable storage; review if it fetches from the network and goes on with it; "
		"otherwise pass; not applicable without jobs",
	.does_not_prove = "jobs that programs schedule when they run",
	.requirements = "33.117 4.3.2.7; ISVS 3.2.1 (L1); CWE-732; CWE-494",
	.reads = READS(PRIVILEGE) | READS_GAPS,
	.judge = judge_jobs,
};
