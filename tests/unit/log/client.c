/* log/client: answers of a server that follows a script. */
#include "unit/support.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "log/client.h"

/* -- the server: one answer a request, in order -- */

#define MOST_SCRIPT 8

static struct server {
	const char *script[MOST_SCRIPT]; /* NULL: hangs up */
	int count, at, connections;
	char requests[MOST_SCRIPT][4096];
	int64_t when[MOST_SCRIPT];
	int fd;
	uint16_t port;
	bool is_closed;
	pthread_t thread;
} server;

static int64_t ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Head and body of one request. False: the peer has gone. */
static bool read_request(int fd, char *to, size_t size)
{
	size_t n = 0, body = 0;
	char *end;

	for (;;) {
		ssize_t some = read(fd, to + n, size - 1 - n);

		if (some <= 0)
			return false;
		n += (size_t)some;
		to[n] = 0;
		end = strstr(to, "\r\n\r\n");
		if (!end)
			continue;
		if (strstr(to, "Content-Length: "))
			body = strtoul(strstr(to, "Content-Length: ") + 16, NULL, 10);
		if (n >= (size_t)(end - to) + 4 + body)
			return true;
	}
}

static void *serve(void *unused)
{
	int fd;

	(void)unused;
	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		server.connections++;
		while (server.at < server.count &&
		       read_request(fd, server.requests[server.at], sizeof(server.requests[0]))) {
			const char *answer = server.script[server.at];

			server.when[server.at++] = ms();
			if (!answer || write(fd, answer, strlen(answer)) < 0)
				break;
			if (strstr(answer, "Connection: close"))
				break;
		}
		close(fd);
		if (server.at == server.count)
			break;
	}
	return NULL;
}

static void server_start(const char *const *script, int count)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(at);

	memset(&server, 0, sizeof(server));
	memcpy(server.script, script, (size_t)count * sizeof(*script));
	server.count = count;
	server.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(server.fd >= 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&at, &n), 0);
	server.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void server_stop(void)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

static const char *address(const char *path)
{
	static char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", server.port, path);
	return url;
}

static struct client *client_of(uint32_t total_ms, uint32_t tries)
{
	struct client *c =
		client_new(&(struct client_options){ .total_ms = total_ms, .tries = tries });

	assert_non_null(c);
	return c;
}

/* -- the tests -- */

#define OK_A "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\na"
#define BUSY "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"

static void gets_and_keeps_the_connection(void **state)
{
	static const char *const script[] = { OK_A, OK_A, OK_A };
	struct client *c = client_of(5000, 1);
	struct client_call call;

	(void)state;
	server_start(script, 3);
	for (int i = 0; i < 2; i++) {
		assert_true(client_get(c, address("/x"), 1, &call));
		assert_string_equal(call.answer.p, "a");
		assert_string_equal(call.content_type, "text/plain");
		assert_string_equal(call.wrong, "");
		client_call_free(&call);
	}
	call = (struct client_call){ .url = address("/add"),
				     .type = "text/x",
				     .body = span_text("body") };
	client_run(c, &call, 1);
	assert_int_equal(call.status, 200);
	client_call_free(&call);
	client_free(c);
	server_stop();
	assert_int_equal(server.connections, 1);
	assert_non_null(strstr(server.requests[0], "GET /x HTTP/1.1\r\n"));
	assert_non_null(strstr(server.requests[0], "User-Agent: evenhand/"));
	assert_non_null(strstr(server.requests[2], "POST /add HTTP/1.1\r\n"));
	assert_non_null(strstr(server.requests[2], "Content-Type: text/x\r\n"));
	assert_non_null(strstr(server.requests[2], "\r\n\r\nbody"));
}

static void refuses_what_is_too_long(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789",
	};
	struct client *c = client_of(5000, 4);
	struct client_call call;

	(void)state;
	server_start(script, 1);
	assert_false(client_get(c, address("/"), 9, &call));
	assert_int_equal(call.status, 0);
	assert_int_equal(call.tries, 1);
	assert_non_null(strstr(call.wrong, "longer"));
	assert_int_equal(call.answer.n, 0);
	client_free(c);
	server_stop();
}

static void tries_again_as_it_is_asked(void **state)
{
	static const char *const script[] = { BUSY,
					      "HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nConnection: "
					      "close\r\nContent-Length: 4\r\n\r\nslow",
					      NULL, OK_A };
	struct client *c = client_of(20000, 5);
	struct client_call call;

	(void)state;
	server_start(script, 4);
	assert_true(client_get(c, address("/"), 100, &call));
	assert_int_equal(call.tries, 4);
	assert_string_equal(call.answer.p, "a");
	client_call_free(&call);
	client_free(c);
	server_stop();
	assert_true(server.when[1] - server.when[0] >= 50); /* half of the first wait */
	assert_true(server.when[2] - server.when[1] >= 1000);
}

static void gives_up_in_time(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 503 No\r\nRetry-After: 90\r\nContent-Length: 4\r\n\r\nfull", BUSY, BUSY
	};
	struct client *c = client_of(5000, 2);
	struct client_call call;
	int64_t start = ms();

	(void)state;
	server_start(script, 3);
	assert_false(client_get(c, address("/"), 100, &call)); /* not for 90 seconds */
	assert_int_equal(call.status, 503);
	assert_int_equal(call.tries, 1);
	assert_string_equal(call.answer.p, "full");
	client_call_free(&call);
	assert_false(client_get(c, address("/"), 100, &call));
	assert_int_equal(call.tries, 2);
	client_call_free(&call);
	client_free(c);
	assert_true(ms() - start < 3000);
	server_stop();
}

static void a_silent_server_has_its_time(void **state)
{
	static const char *const script[] = { "", OK_A };
	struct client *c = client_of(300, 5);
	struct client_call call;
	int64_t start = ms();

	(void)state;
	server_start(script, 2);
	assert_false(client_get(c, address("/"), 100, &call));
	assert_int_equal(call.status, 0);
	assert_true(ms() - start >= 290 && ms() - start < 2000);
	assert_true(call.wrong[0] != 0);
	client_free(c);
	server_stop();
}

static void stays_on_its_host(void **state)
{
	static const char *const script[] = {
		"HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", OK_A,
		"HTTP/1.1 302 Moved\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
	};
	struct client *c = client_of(5000, 3);
	struct client_call call;

	(void)state;
	server_start(script, 4);
	assert_true(client_get(c, address("/here"), 100, &call));
	client_call_free(&call);
	for (int i = 0; i < 2; i++) {
		assert_false(client_get(c, address("/here"), 100, &call));
		assert_int_equal(call.status, 0);
		assert_string_equal(call.wrong, "it leads to another host");
		client_call_free(&call);
	}
	client_free(c);
	server_stop();
	assert_non_null(strstr(server.requests[1], "GET /there "));
}

static void speaks_http_alone(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "",
					    "http://" };
	struct client *c = client_of(5000, 3);
	struct client_call call;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		assert_false(client_get(c, urls[i], 100, &call));
		assert_int_equal(call.status, 0);
		assert_int_equal(call.tries, 1);
		assert_true(call.wrong[0] != 0);
		client_call_free(&call);
	}
	client_free(c);
}

static void calls_run_side_by_side(void **state)
{
	static const char *const script[] = { BUSY, OK_A };
	struct client_call calls[2] = { { 0 }, { .url = "http://127.0.0.1:1/" } };
	struct client *c = client_of(3000, 2);

	(void)state;
	server_start(script, 2);
	calls[0].url = address("/");
	client_run(c, calls, 2);
	assert_int_equal(calls[0].status, 200);
	assert_int_equal(calls[1].status, 0);
	assert_int_equal(calls[1].tries, 2);
	client_call_free(&calls[0]);
	client_call_free(&calls[1]);
	client_free(c);
	server_stop();
}

static void retry_after_is_a_number_or_a_date(void **state)
{
	uint64_t s = 7;

	(void)state;
	assert_true(client_retry_after("120", 0, &s));
	assert_int_equal(s, 120);
	/* RFC 9110 5.6.7: its example is 784111777 seconds after 1970 began. */
	assert_true(client_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111770, &s));
	assert_int_equal(s, 7);
	assert_true(client_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111780, &s));
	assert_int_equal(s, 0);
	assert_false(client_retry_after("soon", 0, &s));
	assert_false(client_retry_after("99999999999999999999999", 0, &s));
	assert_false(client_retry_after("", 0, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_and_keeps_the_connection),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(tries_again_as_it_is_asked),
		cmocka_unit_test(gives_up_in_time),
		cmocka_unit_test(a_silent_server_has_its_time),
		cmocka_unit_test(stays_on_its_host),
		cmocka_unit_test(speaks_http_alone),
		cmocka_unit_test(calls_run_side_by_side),
		cmocka_unit_test(retry_after_is_a_number_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
