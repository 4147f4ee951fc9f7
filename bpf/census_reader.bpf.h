/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who runs an iterator: it shows what /proc would show to him. */
#ifndef VITRINE_CENSUS_READER_BPF_H
#define VITRINE_CENSUS_READER_BPF_H

#include "kernel.bpf.h"

#include "abi/census.h"
#include "reads.bpf.h"

static __always_inline struct upid *number_at(struct pid *pid, u32 level)
{
	u32 stride = bpf_core_type_size(struct upid);

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + (u64)level * stride;
}

struct reader {
	u32 level; /* of its pid namespace */
	struct pid_namespace *pid_ns;
};

static __always_inline struct reader find_reader(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid *number = number_at(pid, level);
	struct reader reader = { .level = level };

	reader.pid_ns = BPF_CORE_READ(number, ns);
	return reader;
}

/* What its time namespace adds to CLOCK_BOOTTIME, in nanoseconds. */
static __always_inline u64 time_offset_of_reader(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct time_namespace *ns = BPF_CORE_READ(task, nsproxy, time_ns);

	if (!bpf_core_type_exists(struct time_namespace))
		return 0;
	return BPF_CORE_READ(ns, offsets.boottime.tv_sec) * 1000000000 +
	       BPF_CORE_READ(ns, offsets.boottime.tv_nsec);
}

/* The number of a pid in the reader's namespace; 0: none (kernel/pid.c, pid_nr_ns). */
static __always_inline u32 number_of(struct pid *pid, const struct reader *reader)
{
	struct upid *number = number_at(pid, reader->level);

	if (!pid || BPF_CORE_READ(pid, level) < reader->level ||
	    BPF_CORE_READ(number, ns) != reader->pid_ns)
		return 0;
	return BPF_CORE_READ(number, nr);
}

#endif
