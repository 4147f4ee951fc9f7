// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Identity and confinement: ids, capabilities, prctl, seccomp, and what is in force afterwards. */
#include "strings.bpf.h"

#define USER_NS_SETGROUPS_ALLOWED 1UL /* include/linux/user_namespace.h */
#define GROUPS_MAX_KEPT 256

enum { /* include/uapi/linux/prctl.h: the operations that confine a process */
	PR_SET_PDEATHSIG = 1,
	PR_SET_DUMPABLE = 4,
	PR_SET_KEEPCAPS = 8,
	PR_SET_SECCOMP = 22,
	PR_CAPBSET_DROP = 24,
	PR_SET_SECUREBITS = 28,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_CAP_AMBIENT = 47,
};

#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_MODE_FILTER 2

struct sock_fprog { /* include/uapi/linux/filter.h */
	u16 len;
	u64 filter;
};

struct capability_header { /* include/uapi/linux/capability.h */
	u32 version;
	s32 pid;
};

struct capability_data {
	u32 effective;
	u32 permitted;
	u32 inheritable;
};

static __always_inline u32 filter_length(u64 program)
{
	struct sock_fprog filter = {};

	bpf_probe_read_user(&filter, sizeof(filter), (void *)program);
	return filter.len;
}

static __always_inline bool confines(u32 option)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
	case PR_SET_DUMPABLE:
	case PR_SET_KEEPCAPS:
	case PR_SET_SECCOMP:
	case PR_CAPBSET_DROP:
	case PR_SET_SECUREBITS:
	case PR_SET_CHILD_SUBREAPER:
	case PR_SET_NO_NEW_PRIVS:
	case PR_CAP_AMBIENT: return true;
	}
	return false;
}

static __always_inline void capset_arguments(struct call *call, struct ev_security_capset *e)
{
	struct capability_header header = {};
	struct capability_data data[2] = {};

	bpf_probe_read_user(&header, sizeof(header), (void *)call->args[0]);
	/* Version 1 (0x19980330) has one word a set, all later ones two. */
	if (header.version == 0x19980330)
		bpf_probe_read_user(&data[0], sizeof(data[0]), (void *)call->args[1]);
	else
		bpf_probe_read_user(data, sizeof(data), (void *)call->args[1]);
	e->version = header.version;
	e->target_pid = header.pid;
	e->effective = (u64)data[1].effective << 32 | data[0].effective;
	e->permitted = (u64)data[1].permitted << 32 | data[0].permitted;
	e->inheritable = (u64)data[1].inheritable << 32 | data[0].inheritable;
}

static __always_inline void enter_capset(struct call *call)
{
	capset_arguments(call, start_record(call, VITRINE_EVENT_security_capset,
					    sizeof(struct ev_security_capset)));
}

static __always_inline void exit_capset(struct call *call)
{
	struct ev_security_capset *e = (void *)call->record;

	if (!e->version) /* not readable at entry: no version is 0 */
		capset_arguments(call, e);
	read_credentials(&e->credentials);
}

static __always_inline void enter_prctl(struct call *call)
{
	struct ev_security_prctl *e = start_record(call, VITRINE_EVENT_security_prctl, sizeof(*e));

	e->option = call->args[0];
	e->arg2 = call->args[1];
	e->arg3 = call->args[2];
	if (e->option == PR_SET_SECCOMP && e->arg2 == SECCOMP_MODE_FILTER)
		e->instructions = filter_length(call->args[2]);
}

static __always_inline void exit_prctl(struct call *call)
{
	struct ev_security_prctl *e = (void *)call->record;
	struct task_struct *task = current_task();
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (e->option == PR_SET_SECCOMP && e->arg2 == SECCOMP_MODE_FILTER && !e->instructions)
		e->instructions = filter_length(call->args[2]);
	e->dumpable = dumpable_of(BPF_CORE_READ(task, mm));
	e->child_subreaper = BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper);
	read_credentials(&e->credentials);
}

static __always_inline void enter_seccomp(struct call *call)
{
	struct ev_security_seccomp *e = start_record(call, VITRINE_EVENT_security_seccomp, sizeof(*e));

	e->operation = call->args[0];
	e->flags = call->args[1];
	if (e->operation == SECCOMP_SET_MODE_FILTER)
		e->instructions = filter_length(call->args[2]);
}

static __always_inline void exit_seccomp(struct call *call)
{
	struct ev_security_seccomp *e = (void *)call->record;
	struct task_struct *task = current_task();

	if (e->operation == SECCOMP_SET_MODE_FILTER && !e->instructions)
		e->instructions = filter_length(call->args[2]);
	e->mode = BPF_CORE_READ(task, seccomp.mode);
	e->filters = BPF_CORE_READ(task, seccomp.filter_count.counter);
}

static __always_inline void group_list(struct call *call)
{
	u64 size = (u32)call->args[0];

	user_bytes(call, FIELD(security_setgroups, groups), call->args[1], size * sizeof(u32),
		   GROUPS_MAX_KEPT * sizeof(u32));
}

static __always_inline void enter_setgroups(struct call *call)
{
	struct ev_security_setgroups *e =
		start_record(call, VITRINE_EVENT_security_setgroups, sizeof(*e));

	e->size = call->args[0];
	e->text.state = VITRINE_STRING_ABSENT;
	group_list(call);
}

static __always_inline void exit_setgroups(struct call *call)
{
	struct ev_security_setgroups *e = (void *)call->record;
	struct user_namespace *user = BPF_CORE_READ(current_task(), cred, user_ns);

	if (e->groups.state & VITRINE_STRING_UNREADABLE) {
		group_list(call);
		if (!(e->groups.state & VITRINE_STRING_UNREADABLE))
			e->groups.state |= VITRINE_STRING_AT_EXIT;
	}
	e->user_inode = BPF_CORE_READ(user, ns.inum);
	e->allowed = BPF_CORE_READ(user, flags) & USER_NS_SETGROUPS_ALLOWED;
}

#define ENTER_1(call, name, first)                                                                 \
	do {                                                                                       \
		struct ev_security_##name *e_ =                                                    \
			start_record(call, VITRINE_EVENT_security_##name, sizeof(*e_));            \
		e_->first = (call)->args[0];                                                       \
	} while (0)
#define ENTER_2(call, name, first, second)                                                         \
	do {                                                                                       \
		ENTER_1(call, name, first);                                                        \
		((struct ev_security_##name *)(call)->record)->second = (call)->args[1];           \
	} while (0)
#define ENTER_3(call, name, first, second, third)                                                  \
	do {                                                                                       \
		ENTER_2(call, name, first, second);                                                \
		((struct ev_security_##name *)(call)->record)->third = (call)->args[2];            \
	} while (0)
#define EXIT_ID(call, name)                                                                        \
	read_credentials(&((struct ev_security_##name *)(call)->record)->credentials)

SEC("tracepoint")
int security_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	struct call *call;

	if (!id)
		return 0;
	if (id == VITRINE_CALL_prctl) {
		u64 args[ARGS];
		read_arguments(args);
		if (!confines(args[0]))
			return 0;
	}
	call = begin_call(id);
	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_setuid: ENTER_1(call, setuid, uid); break;
	case VITRINE_CALL_setgid: ENTER_1(call, setgid, gid); break;
	case VITRINE_CALL_setreuid: ENTER_2(call, setreuid, ruid, euid); break;
	case VITRINE_CALL_setregid: ENTER_2(call, setregid, rgid, egid); break;
	case VITRINE_CALL_setresuid: ENTER_3(call, setresuid, ruid, euid, suid); break;
	case VITRINE_CALL_setresgid: ENTER_3(call, setresgid, rgid, egid, sgid); break;
	case VITRINE_CALL_setfsuid: ENTER_1(call, setfsuid, fsuid); break;
	case VITRINE_CALL_setfsgid: ENTER_1(call, setfsgid, fsgid); break;
	case VITRINE_CALL_setgroups: enter_setgroups(call); break;
	case VITRINE_CALL_capset: enter_capset(call); break;
	case VITRINE_CALL_prctl: enter_prctl(call); break;
	case VITRINE_CALL_seccomp: enter_seccomp(call); break;
	}
	return 0;
}

SEC("tracepoint")
int security_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_setuid: EXIT_ID(call, setuid); break;
	case VITRINE_CALL_setgid: EXIT_ID(call, setgid); break;
	case VITRINE_CALL_setreuid: EXIT_ID(call, setreuid); break;
	case VITRINE_CALL_setregid: EXIT_ID(call, setregid); break;
	case VITRINE_CALL_setresuid: EXIT_ID(call, setresuid); break;
	case VITRINE_CALL_setresgid: EXIT_ID(call, setresgid); break;
	case VITRINE_CALL_setfsuid: EXIT_ID(call, setfsuid); break;
	case VITRINE_CALL_setfsgid: EXIT_ID(call, setfsgid); break;
	case VITRINE_CALL_setgroups: exit_setgroups(call); break;
	case VITRINE_CALL_capset: exit_capset(call); break;
	case VITRINE_CALL_prctl: exit_prctl(call); break;
	case VITRINE_CALL_seccomp: exit_seccomp(call); break;
	default: return 0; /* a call of another subject */
	}
	end_call(call);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
