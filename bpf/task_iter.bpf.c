// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What is there before a trace begins: iterators (Documentation/bpf/bpf_iterators.rst) over tasks and
 * their open files. Whoever runs one reads its records from a descriptor.
 */
#include "socket.bpf.h"

/* Every unix socket that can carry a conversation, once for each process that has it open. */
SEC("iter/task_file")
int list_sockets(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;
	struct vitrine_socket found = {};
	struct unix_sock *unix;

	if (!task || !file)
		return 0;
	unix = unix_sock_of(file);
	if (!unix)
		return 0;
	found.socket = (u64)unix;
	found.peer = (u64)BPF_CORE_READ(unix, peer);
	found.address = (u64)BPF_CORE_READ(unix, addr);
	found.tgid = task->tgid;
	found.listens = BPF_CORE_READ(unix, sk.__sk_common.skc_state) == STATE_LISTENING;
	BPF_CORE_READ_INTO(&found.comm, task, group_leader, comm);
	bpf_seq_write(context->meta->seq, &found, sizeof(found));
	return 0;
}

/* Marks the tasks of the processes in `marks`, and tells all tasks there are. */
SEC("iter/task")
int mark_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct vitrine_task found = {};
	struct task_struct *leader;
	struct vitrine_mark *wanted_mark;
	struct vitrine_follow *mark;

	if (!task)
		return 0;
	leader = BPF_CORE_READ(task, group_leader);
	found.tid = task->pid;
	found.pid = task->tgid;
	found.start_ns = BPF_CORE_READ(leader, start_boottime);
	found.parent_pid = BPF_CORE_READ(leader, real_parent, tgid);
	found.ns_pid = ns_pid_of(BPF_CORE_READ(leader, thread_pid));
	read_namespaces(&found.namespaces, task);
	bpf_probe_read_kernel(found.comm, sizeof(found.comm), task->comm);

	wanted_mark = bpf_map_lookup_elem(&marks, &found.pid);
	mark = bpf_task_storage_get(&followed, task, NULL,
				    wanted_mark ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (mark && wanted_mark) {
		found.is_new = (mark->followed | wanted_mark->followed) != mark->followed ||
			       (mark->circles | wanted_mark->circles) != mark->circles;
		mark->followed |= wanted_mark->followed;
		mark->circles |= wanted_mark->circles;
	}
	found.followed = mark ? mark->followed : 0;
	bpf_seq_write(context->meta->seq, &found, sizeof(found));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
