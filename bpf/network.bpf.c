// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Who speaks to whom over unix sockets. A connection to a daemon wakes its circle (abi/control.h). */
#include "socket.bpf.h"

#define SUN_PATH_OFFSET 2 /* struct sockaddr_un */
#define SUN_PATH_MAX 108
#define PIDTYPE_TGID 1 /* include/linux/pid_types.h */

/* ---- connect -------------------------------------------------------------------------------- */

/*
 * unix(7): an abstract address begins with a NUL, shown as @, and has the length that was passed; a path
 * ends with a NUL or with that length.
 */
static __always_inline void address_path(struct call *call, u32 field)
{
	u64 text = call->args[1] + SUN_PATH_OFFSET;
	u32 length = (u32)call->args[2] - SUN_PATH_OFFSET;
	struct ev_string *string = string_at(call, field);
	u8 first = 0;

	if ((u32)call->args[2] <= SUN_PATH_OFFSET) {
		absent_string(call, field);
		return;
	}
	bpf_probe_read_user(&first, sizeof(first), (void *)text);
	if (first) {
		user_string(call, field, text);
		if (string->length > length) {
			call->used -= string->length - length;
			string->length = length;
		}
		return;
	}
	user_bytes(call, field, text, length, SUN_PATH_MAX);
	u32 offset = string->offset;
	if (string->length && offset < RECORD_LIMIT)
		call->record[offset] = '@';
}

static __always_inline void enter_connect(struct call *call)
{
	struct ev_network_connect *e = start_record(call, VITRINE_EVENT_network_connect, sizeof(*e));

	e->fd = call->args[0];
	address_path(call, FIELD(network_connect, path));
}

/* The process that called listen(2) on the socket at the other end. */
static __always_inline void describe_listener(struct call *call, struct pid *pid)
{
	struct ev_network_connect *e = (void *)call->record;
	struct hlist_node *link = BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first);
	struct task_struct *task;

	e->peer_pid = global_pid_of(pid);
	if (!link)
		return;
	task = (void *)link - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_TGID]);
	e->peer_start_ns = BPF_CORE_READ(task, start_boottime);
	put_kernel_string(call, FIELD(network_connect, peer_comm),
			  (void *)task + bpf_core_field_offset(struct task_struct, comm));
}

/* Before the connecting task can ask for anything. */
static __always_inline bool wake_circle(struct sock *peer)
{
	u64 address = (u64)BPF_CORE_READ((struct unix_sock *)peer, addr);
	struct vitrine_server *server = bpf_map_lookup_elem(&servers, &address);

	if (!server)
		return false;
	__sync_fetch_and_or(&awake_circles, server->circles);
	return true;
}

static __always_inline void exit_connect(struct call *call)
{
	struct ev_network_connect *e = (void *)call->record;
	struct unix_sock *own = unix_sock_of(file_of(call->args[0]));
	struct sock *peer = own ? BPF_CORE_READ(own, peer) : NULL;
	struct pid *listener;

	if (is_unreadable(call, FIELD(network_connect, path)))
		address_path(call, FIELD(network_connect, path));
	if (call->result || !peer)
		return;
	e->socket = inode_of_socket((void *)own);
	e->known_server = wake_circle(peer);
	listener = BPF_CORE_READ(own, sk.sk_peer_pid);
	if (listener)
		describe_listener(call, listener);
}

/* ---- programs ------------------------------------------------------------------------------- */

SEC("tracepoint")
int network_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	u32 event = VITRINE_EVENT_network_connect;
	u64 args[ARGS];
	struct call *call;

	if (!id)
		return 0;
	read_arguments(args);
	struct file *file = file_of(args[0]);
	if (!unix_sock_of(file))
		return 0;
	if (id == VITRINE_CALL_sendto)
		event = event_of_socket_write(file, args[1], args[2]);
	if (event == VITRINE_EVENT_NONE)
		return 0;
	call = begin_call(id);
	if (!call)
		return 0;
	if (event == VITRINE_EVENT_network_connect)
		enter_connect(call);
	else
		enter_http(call, file, event, args);
	return 0;
}

SEC("tracepoint")
int network_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	switch (call->type) {
	case VITRINE_EVENT_network_connect: exit_connect(call); break;
	case VITRINE_EVENT_network_request:
	case VITRINE_EVENT_network_response:
		if (exit_http(call))
			break;
		end_silently(call);
		return 0;
	default: return 0; /* a call of another subject */
	}
	end_call(call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
