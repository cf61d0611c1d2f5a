/* mhd_calls.h - the functions of libmicrohttpd that are used, by their names; they are there after
 * mhd_load (library.h). */
#ifndef EVENHAND_LOG_MHD_CALLS_H
#define EVENHAND_LOG_MHD_CALLS_H

#include <microhttpd.h>

#include "base/library.h"

#define MHD_CALLS(X)                                                                               \
	X(add_response_header)                                                                     \
	X(create_response_from_buffer)                                                             \
	X(create_response_from_fd64)                                                               \
	X(destroy_response)                                                                        \
	X(get_connection_info)                                                                     \
	X(lookup_connection_value)                                                                 \
	X(queue_response)                                                                          \
	X(quiesce_daemon)                                                                          \
	X(resume_connection)                                                                       \
	X(start_daemon)                                                                            \
	X(stop_daemon)                                                                             \
	X(suspend_connection)

struct mhd_calls {
#define MEMBER(name) __typeof__(&(MHD_##name)) name;
	MHD_CALLS(MEMBER)
#undef MEMBER
};
extern struct mhd_calls mhd_calls;

/* False: libmicrohttpd is not installed. */
bool mhd_load(void);

#undef MHD_add_response_header
#define MHD_add_response_header mhd_calls.add_response_header
#undef MHD_create_response_from_buffer
#define MHD_create_response_from_buffer mhd_calls.create_response_from_buffer
#undef MHD_create_response_from_fd64
#define MHD_create_response_from_fd64 mhd_calls.create_response_from_fd64
#undef MHD_destroy_response
#define MHD_destroy_response mhd_calls.destroy_response
#undef MHD_get_connection_info
#define MHD_get_connection_info mhd_calls.get_connection_info
#undef MHD_lookup_connection_value
#define MHD_lookup_connection_value mhd_calls.lookup_connection_value
#undef MHD_queue_response
#define MHD_queue_response mhd_calls.queue_response
#undef MHD_quiesce_daemon
#define MHD_quiesce_daemon mhd_calls.quiesce_daemon
#undef MHD_resume_connection
#define MHD_resume_connection mhd_calls.resume_connection
#undef MHD_start_daemon
#define MHD_start_daemon mhd_calls.start_daemon
#undef MHD_stop_daemon
#define MHD_stop_daemon mhd_calls.stop_daemon
#undef MHD_suspend_connection
#define MHD_suspend_connection mhd_calls.suspend_connection

#endif
