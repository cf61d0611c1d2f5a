/* log/http_rate, log/http_queue: what the servers share. */
#include "unit/support.h"

#include <netinet/in.h>
#include <pthread.h>

#include "log/http.h"
#include "log/http_rate.h"
#include "log/http_socket.h"

static struct sockaddr_in four(uint32_t address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(address) } };
}

static bool take4(struct http_rate *r, uint32_t address, int64_t ms)
{
	struct sockaddr_in at = four(address);

	return http_rate_take_at(r, (struct sockaddr *)&at, ms * 1000000);
}

static void so_many_in_a_second(void **state)
{
	struct http_rate *r = http_rate_new(10);
	unsigned n = 0;

	(void)state;
	assert_non_null(r);
	while (take4(r, 1, 1000))
		n++;
	assert_int_equal(n, 20); /* two seconds' worth after a pause */
	assert_false(take4(r, 1, 1099));
	assert_true(take4(r, 1, 1100));
	assert_false(take4(r, 1, 1100));
	assert_true(take4(r, 2, 1100)); /* another address */
	http_rate_free(r);
}

static void no_rate_no_limit(void **state)
{
	struct http_rate *r = http_rate_new(0);

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(take4(r, 1, 1));
	http_rate_free(r);
}

static void a_network_of_ipv6_is_one_address(void **state)
{
	struct http_rate *r = http_rate_new(1);
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	(void)state;
	six.sin6_addr.s6_addr[0] = 0x20;
	for (unsigned i = 0; i < 2; i++) {
		six.sin6_addr.s6_addr[15] = (uint8_t)i;
		assert_true(http_rate_take_at(r, (struct sockaddr *)&six, 0));
	}
	six.sin6_addr.s6_addr[8] = 7;
	assert_false(http_rate_take_at(r, (struct sockaddr *)&six, 0));
	six.sin6_addr.s6_addr[7] = 7;
	assert_true(http_rate_take_at(r, (struct sockaddr *)&six, 0));
	http_rate_free(r);
}

static void addresses_to_listen_at(void **state)
{
	static const char *const wrong[] = { "8080",
					     ":8080",
					     "127.0.0.1",
					     "127.0.0.1:",
					     "127.0.0.1:x",
					     "[]:80",
					     "127.0.0.1:123456789",
					     "",
					     "127.0.0.1:65536",
					     "127.0.0.1:80000" };
	struct log_error e;
	char name[128];
	int fd = http_socket("127.0.0.1:0", &e);

	(void)state;
	assert_true(fd >= 0);
	http_socket_name(fd, name, sizeof(name));
	assert_true(strncmp(name, "127.0.0.1:", 10) == 0 && strcmp(name + 10, "0") != 0);
	assert_int_equal(http_socket(name, &e), -1); /* taken */
	assert_non_null(strstr(e.what, "listen"));
	close(fd);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(http_socket(wrong[i], &e), -1);
		assert_string_equal(e.where, "--listen");
	}
}

/* -- the queue -- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static size_t most, all;

static void work(void *ctx, struct http_job **jobs, size_t count)
{
	(void)ctx;
	(void)jobs;
	pthread_mutex_lock(&gate);
	most = count > most ? count : most;
	all += count;
	pthread_mutex_unlock(&gate);
}

static void work_comes_in_batches_and_all_of_it(void **state)
{
	static struct http_job jobs[1000];
	struct http_queue *q = http_queue_new(2, 64, work, NULL);

	(void)state;
	assert_non_null(q);
	pthread_mutex_lock(&gate);
	for (size_t i = 0; i < 1000; i++)
		http_queue_add(q, &jobs[i]);
	pthread_mutex_unlock(&gate);
	http_queue_free(q);
	assert_int_equal(all, 1000);
	assert_int_equal(most, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_in_a_second),
		cmocka_unit_test(no_rate_no_limit),
		cmocka_unit_test(a_network_of_ipv6_is_one_address),
		cmocka_unit_test(addresses_to_listen_at),
		cmocka_unit_test(work_comes_in_batches_and_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
