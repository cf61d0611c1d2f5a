/* http.c - see http.h. The library calls from its one thread; a job that is answered later is
 * suspended there, and resumed by http_done from any other. A second thread hangs up on whoever
 * takes too long, since the library only knows how long nothing came at all. */
#include "log/http.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log/http_rate.h"
#include "log/http_socket.h"
#include "log/mhd_calls.h"

#define MEMORY       (16u << 10)  /* bytes of a connection: the longest head of a request */
#define IDLE_SECONDS 60u          /* between requests */
#define LEAST_SPEED  (64u << 10)  /* bytes a second, of what is longer than a few seconds' worth */
#define MOST_BODIES  (256u << 20) /* bytes of all bodies at once */
#define MOST_REPLIES (256u << 20) /* of all replies that are not sent from files */
#define SMALL_REPLY  (64u << 10)  /* there is always room for these */

/* A connection. */
struct peer {
	struct peer *next, **at;
	int fd;
	int64_t deadline; /* seconds; INT64_MAX: it waits for us */
};

struct http_state {
	struct http_job job;
	struct http_server *server;
	struct MHD_Connection *connection;
	struct peer *peer;
	char *uri;
	struct text body;
	size_t room, received; /* of the body */
	size_t held;           /* of it in memory */
	size_t replied;        /* of a large reply */
	bool is_seen, is_suspended, is_dropped;
};

struct http_server {
	struct http_service service;
	uint32_t seconds;
	struct MHD_Daemon *daemon;
	char address[128];
	struct http_rate *rate, *reads; /* of POST; of GET that is not answered from a file */
	pthread_mutex_t mutex;          /* of what follows */
	pthread_cond_t changed;
	struct peer *peers;
	size_t held, replied;   /* bytes of bodies, and of large replies */
	unsigned active, later; /* requests that have begun, and that are suspended */
	bool is_ending;         /* what comes now is refused; what has begun is answered */
	bool is_over;
	pthread_t watch;
};

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec;
}

/* -- connections and their time -- */

static void set_deadline(struct http_server *s, struct peer *p, int64_t deadline)
{
	pthread_mutex_lock(&s->mutex);
	if (p)
		p->deadline = deadline;
	pthread_mutex_unlock(&s->mutex);
}

static void connection_changed(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
			       enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_server *s = ctx;
	struct peer *p = *socket_ctx;

	pthread_mutex_lock(&s->mutex);
	if (code == MHD_CONNECTION_NOTIFY_STARTED && info) {
		p = calloc(1, sizeof(*p));
		if (p) {
			*p = (struct peer){ s->peers, &s->peers, info->connect_fd,
					    now_s() + s->seconds };
			if (s->peers)
				s->peers->at = &p->next;
			s->peers = p;
		}
		*socket_ctx = p;
	} else if (code == MHD_CONNECTION_NOTIFY_CLOSED && p) {
		*p->at = p->next;
		if (p->next)
			p->next->at = p->at;
		free(p);
		*socket_ctx = NULL;
	}
	pthread_mutex_unlock(&s->mutex);
}

/* Hangs up on whoever is over his time. The library closes the descriptor, after it has told
 * connection_changed. */
static void *watch(void *ctx)
{
	struct http_server *s = ctx;

	pthread_mutex_lock(&s->mutex);
	while (!s->is_over) {
		struct timespec until;
		int64_t now = now_s();

		for (struct peer *p = s->peers; p; p = p->next)
			if (p->deadline < now)
				shutdown(p->fd, SHUT_RDWR);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&s->changed, &s->mutex, &until);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

/* -- a request's life -- */

static const union MHD_ConnectionInfo *address_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
}

/* Before anything else of a request: its address as it was sent. */
static void *request_begins(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_state *r = calloc(1, sizeof(*r));
	char *query;

	if (!r)
		return NULL;
	*r = (struct http_state){ .server = ctx, .connection = connection, .uri = strdup(uri) };
	if (!r->uri) {
		free(r);
		return NULL;
	}
	r->peer = info ? info->socket_context : NULL;
	r->job.state = r;
	r->job.reply.fd = -1;
	r->job.path = span_text(r->uri);
	query = strchr(r->uri, '?');
	if (query && query[1]) { /* with nothing behind it, it is a path of another form */
		r->job.path.n = (size_t)(query - r->uri);
		r->job.query = span_text(query + 1);
	}
	set_deadline(r->server, r->peer, now_s() + r->server->seconds);
	pthread_mutex_lock(&r->server->mutex);
	r->server->active++;
	pthread_mutex_unlock(&r->server->mutex);
	return r;
}

static void request_ends(void *ctx, struct MHD_Connection *connection, void **request_ctx,
			 enum MHD_RequestTerminationCode code)
{
	struct http_state *r = *request_ctx;
	struct http_server *s = ctx;

	(void)connection;
	(void)code;
	if (!r)
		return;
	pthread_mutex_lock(&s->mutex);
	s->active--;
	s->held -= r->held;
	s->replied -= r->replied;
	if (r->peer)
		r->peer->deadline = now_s() + IDLE_SECONDS;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	text_free(&r->body);
	text_free(&r->job.reply.body);
	if (r->job.reply.fd >= 0)
		close(r->job.reply.fd);
	free(r->uri);
	free(r);
	*request_ctx = NULL;
}

void http_say(struct http_job *job, unsigned status, const char *text)
{
	job->reply.status = status;
	job->reply.type = "text/plain; charset=utf-8";
	text_puts(&job->reply.body, text);
	text_char(&job->reply.body, '\n');
}

/* -- replies -- */

static struct MHD_Response *response_of(struct http_reply *r)
{
	struct MHD_Response *response;

	if (r->fd >= 0) {
		response = MHD_create_response_from_fd64(r->size, r->fd);
		if (response)
			r->fd = -1;
		return response;
	}
	response = MHD_create_response_from_buffer(r->body.n, r->body.p ? r->body.p : "",
						   r->body.p ? MHD_RESPMEM_MUST_FREE
							     : MHD_RESPMEM_PERSISTENT);
	if (response)
		r->body = (struct text){ 0 };
	return response;
}

static void add_headers(struct MHD_Response *response, const struct http_reply *r)
{
	char number[16];

	MHD_add_response_header(response, "Access-Control-Allow-Origin", "*");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Cache-Control", r->cache ? r->cache : "no-store");
	MHD_add_response_header(response, "Content-Security-Policy",
				r->policy ? r->policy : "default-src 'none'; sandbox");
	if (r->type)
		MHD_add_response_header(response, "Content-Type", r->type);
	if (r->retry_after) {
		snprintf(number, sizeof(number), "%u", r->retry_after);
		MHD_add_response_header(response, "Retry-After", number);
	}
	if (r->status == 204) { /* OPTIONS: what a page elsewhere may ask for */
		MHD_add_response_header(response, "Access-Control-Allow-Methods", "GET, POST");
		MHD_add_response_header(response, "Access-Control-Allow-Headers", "Content-Type");
	}
	if (r->status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD, POST, OPTIONS");
}

/* A large reply stays in memory until its reader has it. */
static bool has_room(struct http_state *r)
{
	struct http_server *s = r->server;
	size_t n = r->job.reply.body.n;
	bool ok;

	if (n <= SMALL_REPLY)
		return true;
	pthread_mutex_lock(&s->mutex);
	ok = n <= MOST_REPLIES - s->replied;
	if (ok) {
		r->replied = n;
		s->replied += n;
	}
	pthread_mutex_unlock(&s->mutex);
	return ok;
}

static enum MHD_Result reply(struct http_state *r)
{
	struct http_reply *to = &r->job.reply;
	struct MHD_Response *response;
	enum MHD_Result sent;
	uint64_t size;

	if (to->body.failed) {
		text_free(&to->body);
		to->status = 503;
	}
	if (to->fd < 0 && !has_room(r)) {
		text_free(&to->body);
		to->cache = to->policy = NULL;
		http_say(&r->job, 503, "Too many large answers are on their way.");
		to->retry_after = 5;
	}
	size = to->fd >= 0 ? to->size : to->body.n;
	response = response_of(to);
	if (!response)
		return MHD_NO;
	add_headers(response, to);
	set_deadline(r->server, r->peer,
		     now_s() + 2 * r->server->seconds + (int64_t)(size / LEAST_SPEED));
	sent = MHD_queue_response(r->connection, to->status, response);
	MHD_destroy_response(response);
	return sent;
}

static enum MHD_Result refuse(struct http_state *r, unsigned status, const char *text)
{
	http_say(&r->job, status, text);
	if (status == 429 || status == 503)
		r->job.reply.retry_after = 1;
	return reply(r);
}

/* -- requests -- */

static enum http_method method_named(const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = { { "GET", HTTP_GET },
			{ "HEAD", HTTP_GET },
			{ "POST", HTTP_POST },
			{ "OPTIONS", HTTP_OPTIONS } };

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return HTTP_OTHER;
}

static const char too_much[] = "Too much is being sent here at once.";

static const char *header(const struct http_state *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* Memory for what has come of a body, of what there is for all. What is only announced takes none,
 * or a few who announce much and send nothing would keep everybody else out. */
static bool hold(struct http_state *r, size_t n)
{
	struct http_server *s = r->server;
	bool ok;

	pthread_mutex_lock(&s->mutex);
	ok = n <= MOST_BODIES - s->held;
	r->held += ok ? n : 0;
	s->held += ok ? n : 0;
	pthread_mutex_unlock(&s->mutex);
	return ok;
}

static bool is_ending(struct http_server *s)
{
	bool ending;

	pthread_mutex_lock(&s->mutex);
	ending = s->is_ending;
	pthread_mutex_unlock(&s->mutex);
	return ending;
}

/* The rest of it comes for nothing. */
static void drop_body(struct http_state *r)
{
	text_free(&r->body);
	r->is_dropped = true;
	pthread_mutex_lock(&r->server->mutex);
	r->server->held -= r->held;
	r->held = 0;
	pthread_mutex_unlock(&r->server->mutex);
}

static void give_time(struct http_state *r, uint64_t length)
{
	pthread_mutex_lock(&r->server->mutex);
	if (r->peer)
		r->peer->deadline += (int64_t)(length / LEAST_SPEED);
	pthread_mutex_unlock(&r->server->mutex);
}

/* The head of a request has come. */
static enum MHD_Result take_head(struct http_state *r, const char *method)
{
	const union MHD_ConnectionInfo *from = address_of(r->connection);
	const char *length = header(r, "Content-Length"), *type = header(r, "Content-Type");
	const char *encoding = header(r, "Content-Encoding");
	uint64_t n = 0;

	r->is_seen = true;
	r->job.method = method_named(method);
	r->job.type = span_text(type ? type : "");
	r->job.encoding = span_text(encoding ? encoding : "");
	if (is_ending(r->server))
		return refuse(r, 503, "This server is ending.");
	if (r->job.method == HTTP_OTHER)
		return refuse(r, 405, "GET, HEAD, POST and OPTIONS are understood here.");
	r->room = r->server->service.room(r->server->service.ctx, &r->job);
	if (length && (!parse_u64(length, &n) || n > r->room))
		return refuse(r, r->room ? 413 : 400,
			      r->room ? "The body is longer than is taken here."
				      : "No body is taken here.");
	if (r->job.method == HTTP_POST && from &&
	    !http_rate_take(r->server->rate, from->client_addr))
		return refuse(r, 429, "Too many requests come from your address.");
	if (r->room && !hold(r, 1))
		return refuse(r, 503, too_much);
	give_time(r, length ? n : r->room);
	return MHD_YES;
}

static enum MHD_Result take_body(struct http_state *r, const char *data, size_t *size)
{
	if (*size > r->room - r->received)
		return MHD_NO; /* it had not said so: the connection ends */
	r->received += *size;
	if (!r->is_dropped && !hold(r, *size))
		drop_body(r);
	if (!r->is_dropped)
		text_put(&r->body, (struct span){ (const uint8_t *)data, *size });
	*size = 0;
	return r->body.failed ? MHD_NO : MHD_YES;
}

/* Counts a job that is answered later. False: it is too late for that. */
static bool begin_later(struct http_server *s)
{
	bool ok;

	pthread_mutex_lock(&s->mutex);
	ok = !s->is_over;
	s->later += ok;
	pthread_mutex_unlock(&s->mutex);
	return ok;
}

static enum MHD_Result take_all(struct http_state *r)
{
	const union MHD_ConnectionInfo *from = address_of(r->connection);
	const struct http_service *service = &r->server->service;

	if (r->is_dropped)
		return refuse(r, 503, too_much);
	r->job.body = text_span(&r->body);
	if (r->job.method == HTTP_OPTIONS) {
		r->job.reply.status = 204;
		return reply(r);
	}
	if (service->now(service->ctx, &r->job))
		return reply(r);
	if (r->job.method == HTTP_GET && from &&
	    !http_rate_take(r->server->reads, from->client_addr))
		return refuse(r, 429, "Too many requests come from your address.");
	if (!begin_later(r->server))
		return refuse(r, 503, "This server is ending.");
	r->is_suspended = true;
	set_deadline(r->server, r->peer, INT64_MAX);
	MHD_suspend_connection(r->connection);
	service->later(service->ctx, &r->job);
	return MHD_YES;
}

void http_done(struct http_job *job)
{
	struct http_state *r = job->state;
	struct http_server *s = r->server;

	/* Once it is resumed it may be gone. */
	MHD_resume_connection(r->connection);
	pthread_mutex_lock(&s->mutex);
	s->later--;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **request_ctx)
{
	struct http_state *r = *request_ctx;

	(void)ctx;
	(void)connection;
	(void)url;
	(void)version;
	if (!r)
		return MHD_NO;
	if (!r->is_seen)
		return take_head(r, method);
	if (*size)
		return take_body(r, data, size);
	return r->is_suspended ? reply(r) : take_all(r);
}

/* -- start and end -- */

static size_t leave_escaped(void *ctx, struct MHD_Connection *connection, char *s)
{
	(void)ctx;
	(void)connection;
	return strlen(s);
}

/* Each connection is an open file, and there are others: those of the log, of its index. */
static void allow_files(unsigned connections)
{
	struct rlimit limit;
	rlim_t wanted = connections + 256u;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool start_daemon(struct http_server *s, const struct http_options *o, int fd)
{
	unsigned most = o->connections ? o->connections : 1024;

	allow_files(most);
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, s,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, request_begins, s,
		MHD_OPTION_NOTIFY_COMPLETED, request_ends, s, MHD_OPTION_NOTIFY_CONNECTION,
		connection_changed, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
		MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		most < 4 ? 1 : most / 4, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_END);
	return s->daemon != NULL;
}

struct http_server *http_start(const struct http_options *o, const struct http_service *service,
			       struct log_error *e)
{
	struct http_server *s = calloc(1, sizeof(*s));
	int fd;

	if (!mhd_load()) {
		http_fail(e, "libmicrohttpd.so.12", "it cannot be loaded", NULL);
		e->advice = "Debian's package is libmicrohttpd12.";
		free(s);
		return NULL;
	}
	fd = s ? http_socket(o->listen, e) : -1;
	if (fd < 0) {
		if (!s)
			http_fail(e, o->listen, "no memory", NULL);
		free(s);
		return NULL;
	}
	s->service = *service;
	s->seconds = o->seconds ? o->seconds : 15;
	s->rate = http_rate_new(o->rate);
	s->reads = http_rate_new(o->rate);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->changed, NULL);
	http_socket_name(fd, s->address, sizeof(s->address));
	if (s->rate && s->reads && start_daemon(s, o, fd)) {
		if (!pthread_create(&s->watch, NULL, watch, s))
			return s;
		MHD_stop_daemon(s->daemon);
	} else {
		close(fd);
	}
	http_fail(e, o->listen, "the server cannot be started", strerror(errno));
	http_rate_free(s->rate);
	http_rate_free(s->reads);
	free(s);
	return NULL;
}

const char *http_address(const struct http_server *s)
{
	return s->address;
}

void http_stop(struct http_server *s)
{
	int64_t end = now_s() + s->seconds;
	int fd = MHD_quiesce_daemon(s->daemon);

	if (fd >= 0)
		close(fd);
	pthread_mutex_lock(&s->mutex);
	s->is_ending = true;
	while (s->later || (s->active && now_s() < end)) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&s->changed, &s->mutex, &until);
	}
	s->is_over = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->watch, NULL);
	MHD_stop_daemon(s->daemon);
	http_rate_free(s->rate);
	http_rate_free(s->reads);
	pthread_mutex_destroy(&s->mutex);
	pthread_cond_destroy(&s->changed);
	free(s);
}
