/* curl_calls.h - the functions of libcurl that are used, by their names; they are there after
 * curl_load (library.h). */
#ifndef EVENHAND_LOG_CURL_CALLS_H
#define EVENHAND_LOG_CURL_CALLS_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/library.h"

#define CURL_CALLS(X)                                                                              \
	X(easy_cleanup)                                                                            \
	X(easy_getinfo)                                                                            \
	X(easy_init)                                                                               \
	X(easy_setopt)                                                                             \
	X(easy_strerror)                                                                           \
	X(free)                                                                                    \
	X(getdate)                                                                                 \
	X(global_init)                                                                             \
	X(multi_add_handle)                                                                        \
	X(multi_cleanup)                                                                           \
	X(multi_info_read)                                                                         \
	X(multi_init)                                                                              \
	X(multi_perform)                                                                           \
	X(multi_poll)                                                                              \
	X(multi_remove_handle)                                                                     \
	X(slist_append)                                                                            \
	X(slist_free_all)                                                                          \
	X(url)                                                                                     \
	X(url_cleanup)                                                                             \
	X(url_get)                                                                                 \
	X(url_set)

struct curl_calls {
#define MEMBER(name) __typeof__(&(curl_##name)) name;
	CURL_CALLS(MEMBER)
#undef MEMBER
};
extern struct curl_calls curl_calls;

/* False: libcurl is not installed. */
bool curl_load(void);

#undef curl_easy_cleanup
#define curl_easy_cleanup curl_calls.easy_cleanup
#undef curl_easy_getinfo
#define curl_easy_getinfo curl_calls.easy_getinfo
#undef curl_easy_init
#define curl_easy_init curl_calls.easy_init
#undef curl_easy_setopt
#define curl_easy_setopt curl_calls.easy_setopt
#undef curl_easy_strerror
#define curl_easy_strerror curl_calls.easy_strerror
#undef curl_free
#define curl_free curl_calls.free
#undef curl_getdate
#define curl_getdate curl_calls.getdate
#undef curl_global_init
#define curl_global_init curl_calls.global_init
#undef curl_multi_add_handle
#define curl_multi_add_handle curl_calls.multi_add_handle
#undef curl_multi_cleanup
#define curl_multi_cleanup curl_calls.multi_cleanup
#undef curl_multi_info_read
#define curl_multi_info_read curl_calls.multi_info_read
#undef curl_multi_init
#define curl_multi_init curl_calls.multi_init
#undef curl_multi_perform
#define curl_multi_perform curl_calls.multi_perform
#undef curl_multi_poll
#define curl_multi_poll curl_calls.multi_poll
#undef curl_multi_remove_handle
#define curl_multi_remove_handle curl_calls.multi_remove_handle
#undef curl_slist_append
#define curl_slist_append curl_calls.slist_append
#undef curl_slist_free_all
#define curl_slist_free_all curl_calls.slist_free_all
#undef curl_url
#define curl_url curl_calls.url
#undef curl_url_cleanup
#define curl_url_cleanup curl_calls.url_cleanup
#undef curl_url_get
#define curl_url_get curl_calls.url_get
#undef curl_url_set
#define curl_url_set curl_calls.url_set

#endif
