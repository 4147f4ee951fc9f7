// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Every open file that keeps a namespace alive, by an iterator: files of nsfs, sockets of another
 * network namespace than their process's, and both while they wait in a unix socket's queue. 5.8 and
 * newer; list_files is the one for 5.17 and newer, as in census.bpf.c.
 */
#include "census_reader.bpf.h"

#define QUEUE_STEPS 8192 /* messages and files that are looked at in one queue */
#define QUEUE_STEPS_BOUNDED 128
#define CLONE_NEWNET 0x40000000

/* Writes a record if the file keeps a namespace alive. */
static __always_inline void tell_file(struct seq_file *seq, struct task_struct *task,
				      struct vitrine_census_file *found, struct file *file)
{
	unsigned long magic = magic_of(file);

	if (magic == NSFS_MAGIC) {
		struct ns_common *ns = BPF_CORE_READ(file, f_inode, i_private);

		found->socket = 0;
		found->type = namespace_type(ns);
		found->inode = BPF_CORE_READ(file, f_inode, i_ino);
	} else if (magic == SOCKFS_MAGIC) {
		found->socket = 1;
		found->type = CLONE_NEWNET;
		found->inode = BPF_CORE_READ(sock_of(file), __sk_common.skc_net.net, ns.inum);
		if (found->inode == BPF_CORE_READ(task, nsproxy, net_ns, ns.inum))
			return;
	} else {
		return;
	}
	if (found->inode)
		bpf_seq_write(seq, found, sizeof(*found));
}

/* Where in a queue the look is: addresses, and numbers. Not on the stack: verifiers would follow each value. */
struct {
	__u64 head;
	__u64 buffer;
	__u64 list; /* of the buffer's files; 0: not looked for yet */
	__u32 next;
	__s32 in_flight; /* files that were not met yet */
} queue;

struct output {
	struct seq_file *seq;
	struct task_struct *task;
	struct vitrine_census_file file;
};

/* One file of one message, or the step to the next message; 1 ends it. */
static __noinline long tell_queued(u32 index, struct output *out)
{
	struct sk_buff *buffer = (void *)queue.buffer;
	struct scm_fp_list *list = (void *)queue.list;
	struct file *file = NULL;

	if (queue.in_flight <= 0 || !buffer || queue.buffer == queue.head)
		return 1;
	if (!list) {
		struct unix_skb_parms *parms =
			(void *)buffer + bpf_core_field_offset(struct sk_buff, cb);

		list = BPF_CORE_READ(parms, fp);
		queue.list = (u64)list;
		queue.next = 0;
	}
	if (!list || queue.next >= (u16)BPF_CORE_READ(list, count)) {
		queue.list = 0;
		queue.buffer = (u64)BPF_CORE_READ(buffer, next);
		return 0;
	}
	bpf_probe_read_kernel(&file, sizeof(file),
			      (void *)list + bpf_core_field_offset(struct scm_fp_list, fp) +
				      (u64)queue.next * sizeof(file));
	queue.next++;
	queue.in_flight--;
	tell_file(out->seq, out->task, &out->file, file);
	return 0;
}

static __always_inline void tell_queue(struct output *out, struct unix_sock *unix, bool bounded)
{
	queue.head = (u64)unix + bpf_core_field_offset(struct sock, sk_receive_queue);
	queue.buffer = (u64)BPF_CORE_READ(unix, sk.sk_receive_queue.next);
	queue.list = 0;
	queue.in_flight = BPF_CORE_READ(unix, scm_stat.nr_fds.counter);
	if (bounded) {
		for (u32 i = 0; i < QUEUE_STEPS_BOUNDED; i++)
			if (tell_queued(i, out))
				break;
	} else {
		bpf_loop(QUEUE_STEPS, tell_queued, out, 0);
	}
	if (queue.in_flight <= 0)
		return;
	out->file.inode = 0;
	bpf_seq_write(out->seq, &out->file, sizeof(out->file));
}

static __always_inline int tell_open_file(struct bpf_iter__task_file *context, bool bounded)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;
	struct output out = { .seq = context->meta->seq, .task = task };
	struct reader reader;
	struct unix_sock *unix;
	unsigned long magic;

	if (!task || !file || task->pid != task->tgid)
		return 0;
	magic = magic_of(file);
	if (magic != NSFS_MAGIC && magic != SOCKFS_MAGIC)
		return 0;
	reader = find_reader();
	out.file.pid = number_of(BPF_CORE_READ(task, thread_pid), &reader);
	out.file.start_ns = task->start_boottime + time_offset_of_reader();
	out.file.fd = context->fd;
	tell_file(out.seq, task, &out.file, file);
	unix = unix_sock_of(file);
	if (!unix || !bpf_core_field_exists(unix->scm_stat.nr_fds))
		return 0;
	if (BPF_CORE_READ(unix, scm_stat.nr_fds.counter) <= 0)
		return 0;
	out.file.in_flight = 1;
	tell_queue(&out, unix, bounded);
	return 0;
}

SEC("iter/task_file")
int list_files(struct bpf_iter__task_file *context)
{
	return tell_open_file(context, false);
}

SEC("iter/task_file")
int list_files_bounded(struct bpf_iter__task_file *context)
{
	return tell_open_file(context, true);
}
