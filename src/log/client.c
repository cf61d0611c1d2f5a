/* client.c - see client.h. One multi handle keeps the connections; each call has an easy handle of
 * its own while it runs, and a time at which it is tried again. */
#include "log/client.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "log/curl_calls.h"

#define AGENT       "evenhand/" EVENHAND_VERSION
#define MOST_HOPS   3 /* redirects on the same host */
#define LEAST_WAIT  100u
#define MOST_WAIT   5000u
#define MOST_ASKED  86400u /* seconds */
#define MOST_ANSWER (1u << 20)

struct client {
	struct client_options options;
	CURLM *multi;
};

struct client_run {
	CURL *easy;
	struct curl_slist *headers;
	struct client_call *call;
	char *url;        /* after redirects; NULL: the call's own */
	int64_t due, end; /* ms: when it is tried next, when its time is over */
	unsigned hops;
	uint64_t retry_after; /* seconds */
	bool is_running, is_too_long, is_over;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct client *client_new(const struct client_options *o)
{
	static bool is_started;
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (!is_started && (!curl_load() || curl_global_init(CURL_GLOBAL_DEFAULT)))
		return free(c), NULL;
	is_started = true;
	if (o)
		c->options = *o;
	c->options.connect_ms = c->options.connect_ms ? c->options.connect_ms : 10000;
	c->options.total_ms = c->options.total_ms ? c->options.total_ms : 60000;
	c->options.tries = c->options.tries ? c->options.tries : 5;
	if (!c->options.ca_file)
		c->options.ca_file = getenv("SSL_CERT_FILE");
	c->multi = curl_multi_init();
	if (!c->multi)
		return free(c), NULL;
	return c;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	curl_multi_cleanup(c->multi);
	free(c);
}

void client_call_free(struct client_call *call)
{
	text_free(&call->answer);
}

/* -- what comes -- */

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct client_run *r = ctx;
	size_t most = r->call->most ? r->call->most : MOST_ANSWER;

	n *= size;
	if (n > most - r->call->answer.n) {
		r->is_too_long = true;
		return 0;
	}
	text_put(&r->call->answer, (struct span){ (const uint8_t *)p, n });
	return r->call->answer.failed ? 0 : n;
}

bool client_retry_after(const char *value, int64_t now, uint64_t *seconds)
{
	time_t at;

	while (*value == ' ' || *value == '\t')
		value++;
	if (*value >= '0' && *value <= '9')
		return parse_u64(value, seconds);
	at = curl_getdate(value, NULL);
	if (at < 0)
		return false;
	*seconds = (int64_t)at > now ? (uint64_t)((int64_t)at - now) : 0;
	return true;
}

/* The value of a header where it has that name, without blanks at its ends. */
static bool header_value(struct span line, const char *name, char *value, size_t size)
{
	size_t n = strlen(name);

	if (line.n <= n || strncasecmp((const char *)line.p, name, n) != 0 || line.p[n] != ':')
		return false;
	line = span_from(line, n + 1);
	while (line.n && strchr(" \t", line.p[0]))
		line = span_from(line, 1);
	while (line.n && strchr(" \t\r\n", line.p[line.n - 1]))
		line.n--;
	if (line.n >= size || memchr(line.p, 0, line.n))
		return false;
	memcpy(value, line.p, line.n);
	value[line.n] = 0;
	return true;
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct client_run *r = ctx;
	struct span line = { (const uint8_t *)p, n * size };
	char value[128];

	if (header_value(line, "Content-Type", value, sizeof(value)))
		memcpy(r->call->content_type, value, sizeof(value));
	else if (header_value(line, "Retry-After", value, sizeof(value)) &&
		 !client_retry_after(value, time(NULL), &r->retry_after))
		r->retry_after = 0;
	return n * size;
}

/* -- what is asked -- */

static bool add_header(struct client_run *r, const char *line)
{
	struct curl_slist *more = curl_slist_append(r->headers, line);

	if (more)
		r->headers = more;
	return more != NULL;
}

static bool set_headers(struct client_run *r)
{
	const struct client_call *call = r->call;
	char type[160];
	/* Bodies are small: no round trip before them. libcurl 7.88 would sign this line, which is
	 * not sent. */
	bool ok = call->sigv4 || add_header(r, "Expect:");

	if (call->type) {
		snprintf(type, sizeof(type), "Content-Type: %s", call->type);
		ok = ok && add_header(r, type);
	}
	for (size_t i = 0; ok && call->headers && call->headers[i]; i++)
		ok = add_header(r, call->headers[i]);
	return ok && curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers) == CURLE_OK;
}

static void set_body(struct client_run *r)
{
	const struct client_call *call = r->call;

	if (call->body.n || (call->method && strcmp(call->method, "POST") == 0)) {
		curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
		curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS,
				 call->body.n ? (const char *)call->body.p : "");
	}
	if (call->method && strcmp(call->method, "HEAD") == 0)
		curl_easy_setopt(r->easy, CURLOPT_NOBODY, 1L);
	else if (call->method)
		curl_easy_setopt(r->easy, CURLOPT_CUSTOMREQUEST, call->method);
	if (call->sigv4)
		curl_easy_setopt(r->easy, CURLOPT_AWS_SIGV4, call->sigv4);
	if (call->user)
		curl_easy_setopt(r->easy, CURLOPT_USERPWD, call->user);
}

static bool run_begin(struct client *c, struct client_run *r)
{
	const char *url = r->url ? r->url : r->call->url;

	r->easy = curl_easy_init();
	if (!r->easy || curl_easy_setopt(r->easy, CURLOPT_URL, url) != CURLE_OK)
		return false;
	curl_easy_setopt(r->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(r->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(r->easy, CURLOPT_USERAGENT, AGENT);
	curl_easy_setopt(r->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(r->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->options.connect_ms);
	curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(r->easy, CURLOPT_HEADERDATA, r);
	curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
	curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->call->wrong);
	if (c->options.ca_file)
		curl_easy_setopt(r->easy, CURLOPT_CAINFO, c->options.ca_file);
	set_body(r);
	return set_headers(r);
}

static void run_drop(struct client *c, struct client_run *r)
{
	if (r->is_running)
		curl_multi_remove_handle(c->multi, r->easy);
	curl_easy_cleanup(r->easy);
	curl_slist_free_all(r->headers);
	r->easy = NULL;
	r->headers = NULL;
	r->is_running = false;
}

static void run_over(struct client_run *r, const char *wrong)
{
	r->is_over = true;
	if (wrong) {
		r->call->status = 0;
		snprintf(r->call->wrong, sizeof(r->call->wrong), "%s", wrong);
	}
}

static void run_start(struct client *c, struct client_run *r, int64_t now)
{
	struct client_call *call = r->call;

	text_free(&call->answer);
	call->content_type[0] = call->wrong[0] = 0;
	call->status = 0;
	call->tries += r->hops == 0;
	r->retry_after = 0;
	r->is_too_long = false;
	if (!run_begin(c, r)) {
		run_over(r, "this is no address that can be called, or there is no memory");
		return;
	}
	curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)(r->end > now ? r->end - now : 1));
	if (curl_multi_add_handle(c->multi, r->easy) != CURLM_OK) {
		run_over(r, "no memory");
		return;
	}
	r->is_running = true;
}

/* -- what follows from an answer -- */

static char *url_part(const char *url, CURLUPart part)
{
	CURLU *u = curl_url();
	char *value = NULL;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		curl_url_get(u, part, &value, CURLU_DEFAULT_PORT);
	curl_url_cleanup(u);
	return value;
}

static bool same_part(const char *a, const char *b, CURLUPart part)
{
	char *x = url_part(a, part), *y = url_part(b, part);
	bool same = x && y && strcasecmp(x, y) == 0;

	curl_free(x);
	curl_free(y);
	return same;
}

static bool same_host(const char *from, const char *to)
{
	return same_part(from, to, CURLUPART_SCHEME) && same_part(from, to, CURLUPART_HOST) &&
	       same_part(from, to, CURLUPART_PORT);
}

/* Whether it goes on at another address of the same host. */
static bool goes_on(struct client_run *r)
{
	const char *from = r->url ? r->url : r->call->url;
	char *to = NULL, *copy;

	if (r->call->body.n || r->call->status < 301 || r->call->status > 308 ||
	    curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
		return false;
	if (!same_host(from, to) || r->hops == MOST_HOPS) {
		run_over(r, r->hops == MOST_HOPS ? "it leads from one address to the next"
						 : "it leads to another host");
		return false;
	}
	copy = strdup(to);
	if (!copy) {
		run_over(r, "no memory");
		return false;
	}
	free(r->url);
	r->url = copy;
	r->hops++;
	return true;
}

static int64_t back_off(const struct client_run *r)
{
	unsigned wait = LEAST_WAIT, random = 0;

	for (unsigned i = 1; i < r->call->tries && wait < MOST_WAIT; i++)
		wait *= 2;
	wait = wait < MOST_WAIT ? wait : MOST_WAIT;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = 0;
	return wait / 2 + random % (wait / 2 + 1);
}

/* After an answer, or none. */
static void run_judge(struct client *c, struct client_run *r, CURLcode code)
{
	struct client_call *call = r->call;
	uint64_t asked = r->retry_after < MOST_ASKED ? r->retry_after : MOST_ASKED;
	int64_t wait = asked ? (int64_t)asked * 1000 : back_off(r);
	bool again = code == CURLE_OK ? call->status == 429 || call->status >= 500
				      : !r->is_too_long && code != CURLE_PEER_FAILED_VERIFICATION &&
						code != CURLE_UNSUPPORTED_PROTOCOL &&
						code != CURLE_URL_MALFORMAT;

	if (code == CURLE_OK)
		call->wrong[0] = 0;
	else if (r->is_too_long)
		run_over(r, "the answer is longer than any of its kind");
	else if (!call->wrong[0])
		snprintf(call->wrong, sizeof(call->wrong), "%s", curl_easy_strerror(code));
	if (code != CURLE_OK)
		text_free(&call->answer);
	r->due = now_ms() + wait;
	r->hops = 0;
	free(r->url);
	r->url = NULL;
	if (!again || call->tries >= c->options.tries || r->due >= r->end)
		r->is_over = true;
}

static void run_ended(struct client *c, struct client_run *r, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	r->call->status = code == CURLE_OK && status > 0 ? (unsigned)status : 0;
	if (code == CURLE_OK && goes_on(r))
		r->due = 0;
	else if (!r->is_over)
		run_judge(c, r, code);
	run_drop(c, r);
}

/* -- all of them -- */

/* Starts what is due; how many are not over, and when the next one is due. */
static size_t start_due(struct client *c, struct client_run *runs, size_t count, int64_t *next)
{
	int64_t now = now_ms();
	size_t left = 0;

	*next = now + 1000;
	for (size_t i = 0; i < count; i++) {
		struct client_run *r = &runs[i];

		if (!r->is_over && !r->is_running && r->due <= now)
			run_start(c, r, now);
		left += !r->is_over;
		if (!r->is_over && !r->is_running && r->due < *next)
			*next = r->due;
	}
	return left;
}

/* Whether there were any. */
static bool take_ended(struct client *c)
{
	struct client_run *r;
	CURLMsg *message;
	bool any = false;
	int more;

	while ((message = curl_multi_info_read(c->multi, &more))) {
		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &r) != CURLE_OK)
			continue;
		run_ended(c, r, message->data.result);
		any = true;
	}
	return any;
}

void client_run(struct client *c, struct client_call *calls, size_t count)
{
	struct client_run *runs = calloc(count ? count : 1, sizeof(*runs));
	int64_t now = now_ms(), next = 0;
	int running = 0;

	for (size_t i = 0; i < count; i++) {
		calls[i].status = 0;
		calls[i].tries = 0;
		snprintf(calls[i].wrong, sizeof(calls[i].wrong), "no memory");
		if (runs)
			runs[i] = (struct client_run){ .call = &calls[i],
						       .due = now,
						       .end = now + c->options.total_ms };
	}
	while (runs && start_due(c, runs, count, &next) > 0) {
		int64_t wait = next - now_ms();

		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			break;
		if (!take_ended(c))
			curl_multi_poll(c->multi, NULL, 0, wait > 0 ? (int)wait : 0, NULL);
	}
	for (size_t i = 0; runs && i < count; i++) {
		run_drop(c, &runs[i]);
		free(runs[i].url);
	}
	free(runs);
}

bool client_get(struct client *c, const char *url, size_t most, struct client_call *call)
{
	*call = (struct client_call){ .url = url, .most = most };
	client_run(c, call, 1);
	return call->status == 200;
}
