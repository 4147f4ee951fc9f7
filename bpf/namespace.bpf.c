// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Namespaces of the calling task: left, entered, named. */
#include "strings.bpf.h"

#define UTS_NAME_MAX 64

static __always_inline void enter_unshare(struct call *call)
{
	struct ev_namespace_unshare *e =
		start_record(call, VITRINE_EVENT_namespace_unshare, sizeof(*e));

	e->flags = call->args[0];
	read_namespaces(&e->before, current_task());
}

/* CLONE_NEW* to our name of the kind. */
static __always_inline u32 namespace_kind(u32 type)
{
	switch (type) {
	case 0x00020000: return VITRINE_NS_MNT;
	case 0x02000000: return VITRINE_NS_CGROUP;
	case 0x04000000: return VITRINE_NS_UTS;
	case 0x08000000: return VITRINE_NS_IPC;
	case 0x10000000: return VITRINE_NS_USER;
	case 0x20000000: return VITRINE_NS_PID;
	case 0x40000000: return VITRINE_NS_NET;
	case 0x00000080: return VITRINE_NS_TIME;
	}
	return VITRINE_NS_NONE;
}

/* A pidfd's process: since 6.9 an inode of its own file system, before an anonymous file. */
static __always_inline struct pid *pid_of_pidfd(struct file *file)
{
	struct short_name name;

	if (magic_of(file) == PID_FS_MAGIC)
		return BPF_CORE_READ(file, f_inode, i_private);
	read_short_name(&name, BPF_CORE_READ(file, f_path.dentry));
	return NAME_IS(name, "[pidfd]") ? BPF_CORE_READ(file, private_data) : NULL;
}

static __always_inline void enter_setns(struct call *call)
{
	struct ev_namespace_setns *e = start_record(call, VITRINE_EVENT_namespace_setns, sizeof(*e));

	e->fd = call->args[0];
	e->nstype = (u32)call->args[1];
	read_namespaces(&e->before, current_task());
	struct file *file = file_of(e->fd);
	if (!file)
		return;
	if (magic_of(file) == NSFS_MAGIC) {
		struct ns_common *ns = BPF_CORE_READ(file, f_inode, i_private);
		e->target_kind = namespace_kind(namespace_type(ns));
		e->target_inode = BPF_CORE_READ(ns, inum);
		return;
	}
	struct pid *pid = pid_of_pidfd(file);
	if (pid)
		e->target_pid = global_pid_of(pid);
}

static __always_inline struct uts_namespace *current_uts(void)
{
	return BPF_CORE_READ(current_task(), nsproxy, uts_ns);
}

static __always_inline void enter_sethostname(struct call *call)
{
	start_record(call, VITRINE_EVENT_namespace_sethostname,
		     sizeof(struct ev_namespace_sethostname));
	user_bytes(call, FIELD(namespace_sethostname, name), call->args[0], (u32)call->args[1],
		   UTS_NAME_MAX);
}

static __always_inline void exit_sethostname(struct call *call)
{
	struct ev_namespace_sethostname *e = (void *)call->record;
	struct uts_namespace *uts = current_uts();

	if (e->name.state & VITRINE_STRING_UNREADABLE) {
		user_bytes(call, FIELD(namespace_sethostname, name), call->args[0],
			   (u32)call->args[1], UTS_NAME_MAX);
		if (!(e->name.state & VITRINE_STRING_UNREADABLE))
			e->name.state |= VITRINE_STRING_AT_EXIT;
	}
	e->uts_inode = BPF_CORE_READ(uts, ns.inum);
	kernel_string(call, FIELD(namespace_sethostname, nodename),
		      (u64)uts + bpf_core_field_offset(struct uts_namespace, name.nodename));
}

static __always_inline void enter_setdomainname(struct call *call)
{
	start_record(call, VITRINE_EVENT_namespace_setdomainname,
		     sizeof(struct ev_namespace_setdomainname));
	user_bytes(call, FIELD(namespace_setdomainname, name), call->args[0], (u32)call->args[1],
		   UTS_NAME_MAX);
}

static __always_inline void exit_setdomainname(struct call *call)
{
	struct ev_namespace_setdomainname *e = (void *)call->record;
	struct uts_namespace *uts = current_uts();

	if (e->name.state & VITRINE_STRING_UNREADABLE) {
		user_bytes(call, FIELD(namespace_setdomainname, name), call->args[0],
			   (u32)call->args[1], UTS_NAME_MAX);
		if (!(e->name.state & VITRINE_STRING_UNREADABLE))
			e->name.state |= VITRINE_STRING_AT_EXIT;
	}
	e->uts_inode = BPF_CORE_READ(uts, ns.inum);
	kernel_string(call, FIELD(namespace_setdomainname, domainname),
		      (u64)uts + bpf_core_field_offset(struct uts_namespace, name.domainname));
}

SEC("tracepoint")
int namespace_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	struct call *call = id ? begin_call(id) : NULL;

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_unshare: enter_unshare(call); break;
	case VITRINE_CALL_setns: enter_setns(call); break;
	case VITRINE_CALL_sethostname: enter_sethostname(call); break;
	case VITRINE_CALL_setdomainname: enter_setdomainname(call); break;
	}
	return 0;
}

SEC("tracepoint")
int namespace_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_unshare: {
		struct ev_namespace_unshare *e = (void *)call->record;
		read_namespaces(&e->after, current_task());
		break;
	}
	case VITRINE_CALL_setns: {
		struct ev_namespace_setns *e = (void *)call->record;
		read_namespaces(&e->after, current_task());
		break;
	}
	case VITRINE_CALL_sethostname: exit_sethostname(call); break;
	case VITRINE_CALL_setdomainname: exit_setdomainname(call); break;
	default: return 0; /* a call of another subject */
	}
	end_call(call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
