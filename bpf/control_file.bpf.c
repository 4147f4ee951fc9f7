// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Writes to files through which a container is confined: those of cgroups, and uid_map, gid_map,
 * setgroups and oom_score_adj of /proc/PID. What was written, and the value that the kernel holds.
 * And writes to unix sockets through which clients speak HTTP to their engines.
 */
#include "path.bpf.h"
#include "socket.bpf.h"

#define TEXT_MAX 2048
#define USER_NS_SETGROUPS_ALLOWED 1UL /* include/linux/user_namespace.h */
#define ID_EXTENTS_MAX 340            /* UID_GID_MAP_MAX_EXTENTS */
#define ID_EXTENTS_INLINE 5           /* UID_GID_MAP_MAX_BASE_EXTENTS */
#define PAGE_SHIFT 12
#define PAGES_UNLIMITED (0x7fffffffffffffffLL >> PAGE_SHIFT) /* PAGE_COUNTER_MAX */
#define PIDS_UNLIMITED 4194305 /* PIDS_MAX, kernel/cgroup/pids.c */
#define QUOTA_UNLIMITED (~0ULL) /* RUNTIME_INF, kernel/sched/sched.h */
#define NS_PER_US 1000
#define SHARES_SHIFT 10 /* scale_load() of 64-bit kernels */

struct io_vector { /* struct iovec */
	u64 base;
	u64 length;
};

/* ---- what is written ----------------------------------------------------------------------- */

static __always_inline void written_text(struct call *call, u32 field)
{
	struct ev_string *string = string_at(call, field);
	struct io_vector vector = {.base = call->args[1], .length = call->args[2]};

	if (call->id == VITRINE_CALL_writev) {
		bpf_probe_read_user(&vector, sizeof(vector), (void *)call->args[1]);
		user_bytes(call, field, vector.base, vector.length, TEXT_MAX);
		if (call->args[2] > 1) /* only the first vector is kept */
			string->state |= VITRINE_STRING_TRUNCATED;
		return;
	}
	user_bytes(call, field, vector.base, vector.length, TEXT_MAX);
}

static __always_inline void written_text_again(struct call *call, u32 field)
{
	if (!is_unreadable(call, field))
		return;
	written_text(call, field);
	if (!is_unreadable(call, field))
		string_at(call, field)->state |= VITRINE_STRING_AT_EXIT;
}

/* ---- files of cgroups ---------------------------------------------------------------------- */

/* kernfs: a file's inode carries its node, whose parent's private data is the cgroup. */
static __always_inline struct cgroup *cgroup_of(struct file *file)
{
	struct kernfs_node *node = BPF_CORE_READ(file, f_inode, i_private);
	struct kernfs_node *directory = kernfs_parent(node);

	return BPF_CORE_READ(directory, priv);
}

static __always_inline void enter_cgroup_write(struct call *call, struct file *file)
{
	struct ev_cgroup_write *e = start_record(call, VITRINE_EVENT_cgroup_write, sizeof(*e));
	struct cgroup *cgroup = cgroup_of(file);
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);

	e->fd = call->args[0];
	e->hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	e->id = BPF_CORE_READ(node, id);
	kernfs_path(call, FIELD(cgroup_write, path), (u64)node);
	kernel_string(call, FIELD(cgroup_write, file),
		      (u64)BPF_CORE_READ(file, f_path.dentry, d_name.name));
	written_text(call, FIELD(cgroup_write, text));
}

/* A controller's own state of a cgroup, or null when it is not enabled there. */
#define CONTROLLER_STATE(cgroup, controller, type)                                                 \
	({                                                                                         \
		void *state_ = NULL;                                                               \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, controller)) {               \
			u64 index_ = bpf_core_enum_value(enum cgroup_subsys_id, controller);       \
			void *array_ = (void *)(cgroup) + bpf_core_field_offset(struct cgroup, subsys); \
			bpf_probe_read_kernel(&state_, sizeof(state_), array_ + index_ * 8);       \
			if (state_)                                                                \
				state_ -= bpf_core_field_offset(type, css);                        \
		}                                                                                  \
		(type *)state_;                                                                    \
	})

static __always_inline void value_in_pages(struct ev_cgroup_value *value, unsigned long pages)
{
	value->what = VITRINE_CGROUP_VALUE_BYTES;
	value->first = pages >= PAGES_UNLIMITED ? -1 : (s64)pages << PAGE_SHIFT;
}

static __always_inline bool memory_value(struct ev_cgroup_value *value, struct cgroup *cgroup,
					 struct short_name *file)
{
	struct mem_cgroup *memory = CONTROLLER_STATE(cgroup, memory_cgrp_id, struct mem_cgroup);

	if (!memory)
		return false;
	if (NAME_IS(*file, "memory.max") || NAME_IS(*file, "memory.limit_in_bytes"))
		value_in_pages(value, BPF_CORE_READ(memory, memory.max));
	else if (NAME_IS(*file, "memory.high"))
		value_in_pages(value, BPF_CORE_READ(memory, memory.high));
	else if (NAME_IS(*file, "memory.low"))
		value_in_pages(value, BPF_CORE_READ(memory, memory.low));
	else if (NAME_IS(*file, "memory.min"))
		value_in_pages(value, BPF_CORE_READ(memory, memory.min));
	else if (NAME_IS(*file, "memory.swap.max"))
		value_in_pages(value, BPF_CORE_READ(memory, swap.max));
	else if (NAME_IS(*file, "memory.memsw.limit_in_bytes"))
		value_in_pages(value, BPF_CORE_READ(memory, memsw.max));
	return true;
}

static __always_inline void pids_value(struct ev_cgroup_value *value, struct cgroup *cgroup)
{
	struct pids_cgroup *pids = CONTROLLER_STATE(cgroup, pids_cgrp_id, struct pids_cgroup);

	if (!pids)
		return;
	s64 limit = BPF_CORE_READ(pids, limit.counter);
	value->what = VITRINE_CGROUP_VALUE_COUNT;
	value->first = limit >= PIDS_UNLIMITED ? -1 : limit;
}

static __always_inline void cpu_value(struct ev_cgroup_value *value, struct cgroup *cgroup,
				      struct short_name *file)
{
	struct task_group *group = CONTROLLER_STATE(cgroup, cpu_cgrp_id, struct task_group);

	if (!group)
		return;
	if (NAME_IS(*file, "cpu.shares") || NAME_IS(*file, "cpu.weight")) {
		value->what = VITRINE_CGROUP_VALUE_WEIGHT;
		value->first = BPF_CORE_READ(group, shares) >> SHARES_SHIFT;
		return;
	}
	if (!NAME_IS(*file, "cpu.max") && !NAME_IS(*file, "cpu.cfs_quota_us") &&
	    !NAME_IS(*file, "cpu.cfs_period_us"))
		return;
	u64 quota = BPF_CORE_READ(group, cfs_bandwidth.quota);
	value->what = VITRINE_CGROUP_VALUE_QUOTA;
	value->first = quota == QUOTA_UNLIMITED ? -1 : (s64)(quota / NS_PER_US);
	value->second = (u64)BPF_CORE_READ(group, cfs_bandwidth.period) / NS_PER_US;
}

static __always_inline void exit_cgroup_write(struct call *call, struct file *file)
{
	struct ev_cgroup_write *e = (void *)call->record;
	struct short_name name;

	written_text_again(call, FIELD(cgroup_write, text));
	if (call->result < 0 || !file)
		return;
	struct cgroup *cgroup = cgroup_of(file);
	read_short_name(&name, BPF_CORE_READ(file, f_path.dentry));
	if (NAME_IS(name, "pids.max"))
		pids_value(&e->in_force, cgroup);
	else if (NAME_IS(name, "cgroup.freeze")) {
		e->in_force.what = VITRINE_CGROUP_VALUE_COUNT;
		e->in_force.first = BPF_CORE_READ(cgroup, freezer.freeze);
	} else if (name.text[0] == 'm')
		memory_value(&e->in_force, cgroup, &name);
	else if (name.text[0] == 'c' && name.text[1] == 'p')
		cpu_value(&e->in_force, cgroup, &name);
}

/* ---- files of /proc/PID -------------------------------------------------------------------- */

static __always_inline u32 event_of_proc_file(struct file *file)
{
	struct short_name name;

	read_short_name(&name, BPF_CORE_READ(file, f_path.dentry));
	if (NAME_IS(name, "uid_map"))
		return VITRINE_EVENT_security_uid_map;
	if (NAME_IS(name, "gid_map"))
		return VITRINE_EVENT_security_gid_map;
	if (NAME_IS(name, "setgroups"))
		return VITRINE_EVENT_security_setgroups;
	if (NAME_IS(name, "oom_score_adj"))
		return VITRINE_EVENT_security_oom_score_adj;
	return VITRINE_EVENT_NONE;
}

static __always_inline struct pid *pid_of_proc_file(struct file *file)
{
	void *inode = BPF_CORE_READ(file, f_inode);
	struct proc_inode *proc = inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	return BPF_CORE_READ(proc, pid);
}

/* uid_map, gid_map and setgroups are sequence files whose private data is the user namespace. */
static __always_inline struct user_namespace *user_ns_of_proc_file(struct file *file)
{
	struct seq_file *sequence = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(sequence, private);
}

static __always_inline void enter_id_map(struct call *call, struct file *file, u32 type)
{
	struct ev_security_uid_map *e = start_record(call, type, sizeof(*e));

	e->target_pid = global_pid_of(pid_of_proc_file(file));
	written_text(call, FIELD(security_uid_map, text));
}

__weak __noinline int id_map_in_force(struct call *call, u32 field, u64 address)
{
	struct uid_gid_map *map = (void *)address;
	u32 extents = BPF_CORE_READ(map, nr_extents);
	u32 bytes = extents * sizeof(struct ev_id_extent);
	void *first = (void *)map + bpf_core_field_offset(struct uid_gid_map, extent);

	if (!call)
		return 0;
	struct ev_string *string = string_at(call, field);
	u8 *tail = tail_of(call, string);
	if (!tail)
		return 0;
	if (extents > ID_EXTENTS_INLINE)
		first = BPF_CORE_READ(map, forward);
	if (bytes >= STRING_MAX) /* 340 extents fit 4080 bytes: more is no map */
		return 0;
	/* struct uid_gid_extent is first, lower_first, count: the same three words as ours. */
	if (bpf_probe_read_kernel(tail, bytes, first) == 0)
		took(call, string, bytes);
	return 0;
}

static __always_inline void exit_id_map(struct call *call, struct file *file)
{
	struct ev_security_uid_map *e = (void *)call->record;
	struct user_namespace *user = file ? user_ns_of_proc_file(file) : NULL;
	u64 map;

	written_text_again(call, FIELD(security_uid_map, text));
	if (!user)
		return;
	map = (u64)user + (call->type == VITRINE_EVENT_security_uid_map ?
				   bpf_core_field_offset(struct user_namespace, uid_map) :
				   bpf_core_field_offset(struct user_namespace, gid_map));
	e->user_inode = BPF_CORE_READ(user, ns.inum);
	e->extents = BPF_CORE_READ((struct uid_gid_map *)map, nr_extents);
	id_map_in_force(call, FIELD(security_uid_map, in_force), map);
}

static __always_inline void enter_setgroups_write(struct call *call, struct file *file)
{
	struct ev_security_setgroups *e =
		start_record(call, VITRINE_EVENT_security_setgroups, sizeof(*e));

	e->target_pid = global_pid_of(pid_of_proc_file(file));
	e->groups.state = VITRINE_STRING_ABSENT;
	written_text(call, FIELD(security_setgroups, text));
}

static __always_inline void exit_setgroups_write(struct call *call, struct file *file)
{
	struct ev_security_setgroups *e = (void *)call->record;
	struct user_namespace *user = file ? user_ns_of_proc_file(file) : NULL;

	written_text_again(call, FIELD(security_setgroups, text));
	if (!user)
		return;
	e->user_inode = BPF_CORE_READ(user, ns.inum);
	e->allowed = BPF_CORE_READ(user, flags) & USER_NS_SETGROUPS_ALLOWED;
}

static __always_inline void enter_oom_score_adj(struct call *call, struct file *file)
{
	struct ev_security_oom_score_adj *e =
		start_record(call, VITRINE_EVENT_security_oom_score_adj, sizeof(*e));

	e->target_pid = global_pid_of(pid_of_proc_file(file));
	written_text(call, FIELD(security_oom_score_adj, text));
}

static __always_inline void exit_oom_score_adj(struct call *call, struct file *file)
{
	struct ev_security_oom_score_adj *e = (void *)call->record;

	written_text_again(call, FIELD(security_oom_score_adj, text));
	struct hlist_node *link =
		file ? BPF_CORE_READ(pid_of_proc_file(file), tasks[0].first) : NULL;
	if (!link)
		return;
	struct task_struct *task =
		(void *)link - bpf_core_field_offset(struct task_struct, pid_links[0]);
	e->in_force = BPF_CORE_READ(task, signal, oom_score_adj);
}

/* ---- programs ------------------------------------------------------------------------------ */

SEC("tracepoint")
int control_file_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	u32 event = VITRINE_EVENT_NONE;
	u64 args[ARGS];
	struct call *call;

	if (!id)
		return 0;
	read_arguments(args);
	struct file *file = file_of(args[0]);
	if (!file)
		return 0;
	unsigned long magic = magic_of(file);
	if (magic == CGROUP_SUPER_MAGIC || magic == CGROUP2_SUPER_MAGIC)
		event = VITRINE_EVENT_cgroup_write;
	else if (magic == PROC_SUPER_MAGIC)
		event = event_of_proc_file(file);
	else if (magic == SOCKFS_MAGIC && id == VITRINE_CALL_write)
		event = event_of_socket_write(file, args[1], args[2]);
	if (event == VITRINE_EVENT_NONE || !wanted(event))
		return 0;
	call = begin_call(id);
	if (!call)
		return 0;
	if (event == VITRINE_EVENT_cgroup_write)
		enter_cgroup_write(call, file);
	else if (event == VITRINE_EVENT_security_setgroups)
		enter_setgroups_write(call, file);
	else if (event == VITRINE_EVENT_security_oom_score_adj)
		enter_oom_score_adj(call, file);
	else if (magic == SOCKFS_MAGIC)
		enter_http(call, file, event, args);
	else
		enter_id_map(call, file, event);
	return 0;
}

SEC("tracepoint")
int control_file_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);

	if (!call)
		return 0;
	struct file *file = file_of(call->args[0]);
	switch (call->type) {
	case VITRINE_EVENT_cgroup_write: exit_cgroup_write(call, file); break;
	case VITRINE_EVENT_security_uid_map:
	case VITRINE_EVENT_security_gid_map: exit_id_map(call, file); break;
	case VITRINE_EVENT_security_setgroups: exit_setgroups_write(call, file); break;
	case VITRINE_EVENT_security_oom_score_adj: exit_oom_score_adj(call, file); break;
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
