/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Unix sockets behind descriptors, and the HTTP that is written to them. */
#ifndef VITRINE_SOCKET_BPF_H
#define VITRINE_SOCKET_BPF_H

#include "strings.bpf.h"

#define STATE_LISTENING 10 /* TCP_LISTEN, include/net/tcp_states.h: unix sockets use it too */
#define HTTP_BEGIN 8 /* bytes that tell an HTTP message from others */
#define HTTP_TEXT_MAX 512
#define HTTP_LINE_MAX 511 /* one less than a power of two: also the mask of an index */

static __always_inline u32 inode_of_socket(struct sock *sock)
{
	struct socket *socket = BPF_CORE_READ(sock, sk_socket);
	struct socket_alloc *both;

	if (!socket)
		return 0;
	both = (void *)socket - bpf_core_field_offset(struct socket_alloc, socket);
	return BPF_CORE_READ(both, vfs_inode.i_ino);
}

/* Which event eight bytes begin. */
static __always_inline u32 http_event(const char *begin)
{
	if (same_bytes(begin, "HTTP/1.", 7))
		return VITRINE_EVENT_network_response;
	if (same_bytes(begin, "GET /", 5) || same_bytes(begin, "POST /", 6) ||
	    same_bytes(begin, "PUT /", 5) || same_bytes(begin, "HEAD /", 6) ||
	    same_bytes(begin, "DELETE /", 8))
		return VITRINE_EVENT_network_request;
	return VITRINE_EVENT_NONE;
}

/* Which wanted event the caller's memory begins. False: it cannot be read. */
static __always_inline bool read_http_event(u64 text, u32 *event)
{
	char begin[HTTP_BEGIN] = {};

	if (bpf_probe_read_user(begin, sizeof(begin), (void *)text))
		return false;
	*event = http_event(begin);
	if (!wanted(*event))
		*event = VITRINE_EVENT_NONE;
	return true;
}

/* What the bytes that a call writes to a connected unix socket are: VITRINE_EVENT_NONE for no HTTP. */
static __always_inline u32 event_of_socket_write(struct file *file, u64 text, u64 length)
{
	struct unix_sock *unix = unix_sock_of(file);
	u32 event;

	if (!unix || length < HTTP_BEGIN || !BPF_CORE_READ(unix, peer))
		return VITRINE_EVENT_NONE;
	if (read_http_event(text, &event))
		return event;
	/* The page is not there yet: what it is shows at exit. */
	return wanted(VITRINE_EVENT_network_request) ? VITRINE_EVENT_network_request :
	       wanted(VITRINE_EVENT_network_response) ? VITRINE_EVENT_network_response :
							VITRINE_EVENT_NONE;
}

/*
 * Headers may hold credentials: only the first line is kept. A 201 is kept further, because its body
 * names what was made.
 */
__weak __noinline int cut_http(struct call *call, u32 field)
{
	if (!call)
		return 0;
	struct ev_string *string = string_at(call, field);
	u32 offset = string->offset;
	u32 length = string->length;

	if (offset >= RECORD_LIMIT)
		return 0;
	if (length > 12 && same_bytes((char *)&call->record[offset], "HTTP/1.", 7) &&
	    same_bytes((char *)&call->record[offset + 9], "201", 3))
		return 0;
	for (u32 i = 0; i < HTTP_LINE_MAX; i++) {
		if (i >= length)
			return 0;
		if (call->record[offset + i] == '\r' || call->record[offset + i] == '\n') {
			string->length = i;
			string->state &= ~VITRINE_STRING_TRUNCATED;
			call->used = offset + i;
			return 0;
		}
	}
	return 0;
}

/* Both HTTP events have the same fields. */
static __always_inline void enter_http(struct call *call, struct file *file, u32 event, u64 *args)
{
	struct ev_network_request *e = start_record(call, event, sizeof(*e));
	struct unix_sock *own = unix_sock_of(file);
	struct sock *client = event == VITRINE_EVENT_network_request ? (void *)own :
								       BPF_CORE_READ(own, peer);

	e->fd = args[0];
	e->socket = inode_of_socket(client);
	user_bytes(call, FIELD(network_request, text), args[1], args[2], HTTP_TEXT_MAX);
	cut_http(call, FIELD(network_request, text));
}

/* Reads what could not be read at entry. False: it is no HTTP that is wanted. */
static __always_inline bool exit_http(struct call *call)
{
	u32 field = FIELD(network_request, text);
	struct file *file;
	u32 event;

	if (!is_unreadable(call, field))
		return true;
	file = file_of(call->args[0]);
	if (!unix_sock_of(file) || !read_http_event(call->args[1], &event) ||
	    event == VITRINE_EVENT_NONE)
		return false;
	enter_http(call, file, event, call->args);
	if (!is_unreadable(call, field))
		string_at(call, field)->state |= VITRINE_STRING_AT_EXIT;
	return true;
}

_Static_assert(sizeof(struct ev_network_request) == sizeof(struct ev_network_response) &&
		       FIELD(network_request, text) == FIELD(network_response, text),
	       "a request and a response have the same fields");

#endif
