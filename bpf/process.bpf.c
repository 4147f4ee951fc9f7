// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Birth, exec and death. Following happens here too: a child of a followed task is followed. */
#include "path.bpf.h"

#define CLONE_INTO_CGROUP 0x200000000ULL
#define EXIT_SIGNAL_MASK 0xff  /* CSIGNAL of clone(2) */
#define SIGNAL_GROUP_EXIT 0x4  /* include/linux/sched/signal.h */
#define ARGV_MAX 64            /* arguments of a failed exec that are kept */
#define SET_TID_MAX 32         /* MAX_PID_NS_LEVEL */

struct clone3_arguments { /* include/uapi/linux/sched.h struct clone_args */
	u64 flags;
	u64 pidfd;
	u64 child_tid;
	u64 parent_tid;
	u64 exit_signal;
	u64 stack;
	u64 stack_size;
	u64 tls;
	u64 set_tid;
	u64 set_tid_size;
	u64 cgroup;
};

/* ---- clone, clone3, fork, vfork ------------------------------------------------------------ */

static __always_inline void enter_clone(struct call *call)
{
	struct ev_process_clone *e = start_record(call, VITRINE_EVENT_process_clone, sizeof(*e));

	e->flags = (u32)call->args[0] & ~(u64)EXIT_SIGNAL_MASK;
	e->exit_signal = call->args[0] & EXIT_SIGNAL_MASK;
	read_namespaces(&e->before, current_task());
}

static __always_inline void clone3_strings(struct call *call, struct clone3_arguments *arguments)
{
	struct ev_process_clone3 *e = (void *)call->record;

	e->flags = arguments->flags;
	e->exit_signal = arguments->exit_signal;
	e->cgroup_fd = -1;
	if (arguments->flags & CLONE_INTO_CGROUP) {
		e->cgroup_fd = arguments->cgroup;
		struct file *file = file_of(e->cgroup_fd);
		if (file && magic_of(file) == CGROUP2_SUPER_MAGIC)
			kernfs_path(call, FIELD(process_clone3, cgroup_path),
				    (u64)BPF_CORE_READ(file, f_inode, i_private));
	}
	u64 count = arguments->set_tid_size;
	user_bytes(call, FIELD(process_clone3, set_tid), arguments->set_tid,
		   (count > SET_TID_MAX ? SET_TID_MAX : count) * sizeof(s32), STRING_MAX - 1);
}

static __always_inline bool read_clone3(struct call *call, struct clone3_arguments *arguments)
{
	u64 size = call->args[1];

	__builtin_memset(arguments, 0, sizeof(*arguments));
	if (size > sizeof(*arguments))
		size = sizeof(*arguments);
	return bpf_probe_read_user(arguments, size, (void *)call->args[0]) == 0;
}

static __always_inline void enter_clone3(struct call *call)
{
	struct ev_process_clone3 *e = start_record(call, VITRINE_EVENT_process_clone3, sizeof(*e));
	struct clone3_arguments arguments;

	read_namespaces(&e->before, current_task());
	e->cgroup_fd = -1;
	e->set_tid.state = VITRINE_STRING_UNREADABLE;
	if (read_clone3(call, &arguments))
		clone3_strings(call, &arguments);
}

static __always_inline void exit_clone3(struct call *call)
{
	struct clone3_arguments arguments;

	if (is_unreadable(call, FIELD(process_clone3, set_tid)) && read_clone3(call, &arguments))
		clone3_strings(call, &arguments);
}

/* The fields that end every record of this family, in one place. */
#define FILL_CHILD(call, event)                                                                    \
	do {                                                                                       \
		struct ev_##event *e_ = (void *)(call)->record;                                    \
		if ((call)->result > 0 && (call)->child.pid) {                                     \
			e_->child_pid = (call)->child.pid;                                         \
			e_->child_ns_pid = (call)->child.ns_pid;                                   \
			e_->child_start_ns = (call)->child.start_ns;                               \
			e_->after = (call)->child.namespaces;                                      \
		}                                                                                  \
	} while (0)

/* ---- execve, execveat ---------------------------------------------------------------------- */

static __always_inline void enter_exec(struct call *call)
{
	struct ev_process_exec *e = start_record(call, VITRINE_EVENT_process_exec, sizeof(*e));
	bool at = call->id == VITRINE_CALL_execveat;

	e->dirfd = at ? (s32)call->args[0] : -100 /* AT_FDCWD */;
	e->flags = at ? call->args[4] : 0;
	user_string(call, FIELD(process_exec, filename), at ? call->args[1] : call->args[0]);
	fd_in_path(call, FIELD(process_exec, filename_fd_path), FIELD(process_exec, filename));
}

/* The new program's arguments, as the kernel laid them out: one block, each ended by a NUL. */
static __always_inline void new_arguments(struct call *call, struct mm_struct *mm)
{
	u64 start = BPF_CORE_READ(mm, arg_start);

	user_bytes(call, FIELD(process_exec, argv), start, BPF_CORE_READ(mm, arg_end) - start,
		   STRING_MAX - 1);
}

/* The arguments of an exec that failed: the caller's own array is still there. */
__weak __noinline int failed_arguments(struct call *call, u64 argv)
{
	if (!call)
		return 0;
	struct ev_string *string = string_at(call, FIELD(process_exec, argv));
	if (!tail_of(call, string))
		return 0;
	u32 begin = call->used;
	for (int i = 0; i < ARGV_MAX; i++) {
		u64 argument = 0;
		u32 used = call->used;
		if (bpf_probe_read_user(&argument, sizeof(argument), (void *)(argv + i * 8))) {
			string->state = VITRINE_STRING_UNREADABLE;
			return 0;
		}
		if (!argument)
			return 0;
		if (used >= RECORD_LIMIT || used - begin >= STRING_MAX)
			break;
		long count = bpf_probe_read_user_str(&call->record[used], STRING_MAX,
						     (void *)argument);
		if (count < 0) {
			string->state = VITRINE_STRING_UNREADABLE;
			return 0;
		}
		/* Kernels before 6.2 count an empty string, NUL and all, as 0; a branch here would be
		 * two ways through each turn of the loop to the verifier. */
		u64 missing = (u64)(count - 1) >> 63;
		barrier_var(missing);
		call->used = used + count + missing;
		string->length = call->used - begin;
	}
	string->state = VITRINE_STRING_TRUNCATED;
	return 0;
}

static __always_inline void exit_exec(struct call *call)
{
	struct ev_process_exec *e = (void *)call->record;

	read_credentials(&e->credentials);
	if (call->result) {
		user_string_again(call, FIELD(process_exec, filename),
				  call->id == VITRINE_CALL_execveat ? call->args[1] : call->args[0]);
		failed_arguments(call, call->id == VITRINE_CALL_execveat ? call->args[2] :
									   call->args[1]);
		return;
	}
	struct mm_struct *mm = BPF_CORE_READ(current_task(), mm);
	new_arguments(call, mm);
	file_path(call, FIELD(process_exec, executable), BPF_CORE_READ(mm, exe_file));
}

/* ---- programs ------------------------------------------------------------------------------ */

SEC("tracepoint")
int process_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	struct call *call = id ? begin_call(id) : NULL;

	if (!call)
		return 0;
	__builtin_memset(&call->child, 0, sizeof(call->child));
	switch (call->id) {
	case VITRINE_CALL_clone: enter_clone(call); break;
	case VITRINE_CALL_clone3: enter_clone3(call); break;
	case VITRINE_CALL_fork: {
		struct ev_process_fork *e = start_record(call, VITRINE_EVENT_process_fork, sizeof(*e));
		read_namespaces(&e->before, current_task());
		break;
	}
	case VITRINE_CALL_vfork: {
		struct ev_process_vfork *e = start_record(call, VITRINE_EVENT_process_vfork, sizeof(*e));
		read_namespaces(&e->before, current_task());
		break;
	}
	case VITRINE_CALL_execve:
	case VITRINE_CALL_execveat: enter_exec(call); break;
	}
	return 0;
}

SEC("tracepoint")
int process_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	switch (call->id) {
	case VITRINE_CALL_clone: FILL_CHILD(call, process_clone); break;
	case VITRINE_CALL_clone3:
		exit_clone3(call);
		FILL_CHILD(call, process_clone3);
		break;
	case VITRINE_CALL_fork: FILL_CHILD(call, process_fork); break;
	case VITRINE_CALL_vfork: FILL_CHILD(call, process_vfork); break;
	case VITRINE_CALL_execve:
	case VITRINE_CALL_execveat: exit_exec(call); break;
	default: return 0; /* a call of another subject */
	}
	end_call(call);
	return 0;
}

static __always_inline void inherit(struct task_struct *child, u32 as, u64 circles)
{
	struct vitrine_follow *mark =
		bpf_task_storage_get(&followed, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct vitrine_counters *counted = cpu_counters();

	if (mark) {
		mark->followed = as;
		mark->circles = circles;
	} else if (counted) {
		add_one(&counted->untracked_children);
	}
}

/* clone3 with CLONE_INTO_CGROUP by an outsider: only version 2 has it. */
static __always_inline bool born_in_followed_cgroup(struct task_struct *child)
{
	struct vitrine_cgroup_key key = {.id = BPF_CORE_READ(child, cgroups, dfl_cgrp, kn, id)};

	return bpf_map_lookup_elem(&followed_cgroups, &key);
}

/* task_newtask(task, clone_flags): end of copy_process() in the parent, before the child runs. */
SEC("tp_btf/task_newtask")
int BPF_PROG(follow_child, struct task_struct *child)
{
	struct vitrine_follow *mark;

	if (stopped)
		return 0;
	/* That of a sleeping daemon is inherited, too. */
	mark = bpf_task_storage_get(&followed, bpf_get_current_task_btf(), NULL, 0);
	if (mark)
		inherit(child, mark->followed, mark->circles);
	else if (settings.follows_cgroups && born_in_followed_cgroup(child))
		inherit(child, VITRINE_FOLLOWED_TARGET, 0);
	struct call *call = call_of_mark(current_mark());
	if (!call || call->id == VITRINE_CALL_NONE)
		return 0;
	call->child.pid = child->pid;
	call->child.ns_pid = ns_pid_of(BPF_CORE_READ(child, thread_pid));
	call->child.start_ns = BPF_CORE_READ(child, group_leader, start_boottime);
	read_namespaces(&call->child.namespaces, child);
	return 0;
}

/*
 * sched_process_exit(task): do_exit(), after signal->live was counted down. Two threads that end
 * together may both see 0: the mark on the group leader lets one of them report.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(report_exit, struct task_struct *task)
{
	struct vitrine_follow *mark = current_mark();
	struct call *open = call_of_mark(mark);

	if (!mark)
		return 0;
	if (open)
		release_slot(open); /* the thread was killed inside a call */
	mark->slot = 0;
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	mark = bpf_task_storage_get(&followed, task->group_leader, NULL, 0);
	if (mark && __sync_lock_test_and_set(&mark->exit_seen, 1))
		return 0;
	if (!wanted(VITRINE_EVENT_process_exit))
		return 0;

	struct ev_process_exit *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		struct vitrine_counters *counted = cpu_counters();
		if (counted)
			__sync_fetch_and_add(&counted->sequence, 1);
		count_record(VITRINE_EVENT_process_exit, false);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	u32 code = BPF_CORE_READ(task, group_leader, exit_code);
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		code = BPF_CORE_READ(task, signal, group_exit_code);
	e->exit_signal = code & 0x7f;
	e->core_dumped = (code & 0x80) != 0;
	e->exit_code = (code >> 8) & 0xff;
	fill_header(&e->header, VITRINE_EVENT_process_exit, bpf_ktime_get_boot_ns());
	e->header.size = sizeof(*e);
	count_record(VITRINE_EVENT_process_exit, true);
	bpf_ringbuf_submit(e, wakeup());
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
