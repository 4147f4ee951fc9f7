/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The life of a record. begin_call() at entry claims a slot for the arguments, current_call() finds it at
 * exit, end_call() sends the record and gives the slot back. Every attempt to send is counted.
 */
#ifndef VITRINE_EMIT_BPF_H
#define VITRINE_EMIT_BPF_H

#include "state.bpf.h"
#include "task.bpf.h"

#include <bpf/bpf_core_read.h>

/* No event's fixed part is larger (programs.cpp asserts it). */
#define FIXED_MAX 256

/* Whether a mark means that its task is followed now: that of a daemon waits for its circle. */
static __always_inline bool is_awake(struct vitrine_follow *mark)
{
	if (mark->followed & VITRINE_FOLLOWED_NEVER)
		return false;
	return mark->followed & VITRINE_FOLLOWED_TARGET || mark->circles & awake_circles;
}

/* The mark of the current task, or null when it is not followed. */
static __always_inline struct vitrine_follow *current_mark(void)
{
	struct vitrine_follow *mark;

	if (stopped)
		return NULL;
	mark = bpf_task_storage_get(&followed, bpf_get_current_task_btf(), NULL,
				    settings.everything ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!mark)
		return NULL;
	if (settings.everything && !mark->followed)
		mark->followed = VITRINE_FOLLOWED_TARGET;
	return is_awake(mark) ? mark : NULL;
}

/* Whether another task is followed. */
static __always_inline bool follows(struct task_struct *task)
{
	struct vitrine_follow *mark = bpf_task_storage_get(&followed, task, NULL, 0);

	return mark ? is_awake(mark) : settings.everything;
}

static __always_inline u32 followed_as(void)
{
	struct vitrine_follow *mark = current_mark();

	return mark ? mark->followed : 0;
}

static __always_inline bool is_followed(void)
{
	return current_mark() != NULL;
}

static __always_inline struct call *slot_at(u32 index)
{
	return bpf_map_lookup_elem(&call_slots, &index);
}

/* A free slot, its number in `slot`, or null: then the loss is counted. */
static __always_inline struct call *claim_slot(u32 *slot)
{
	for (int i = 0; i < CLAIM_TRIES; i++) {
		*slot = __sync_fetch_and_add(&next_slot, 1) & (CALL_SLOTS - 1);
		struct call *call = slot_at(*slot);
		if (call && __sync_val_compare_and_swap(&call->claimed, 0, 1) == 0)
			return call;
	}
	struct vitrine_counters *counted = cpu_counters();
	if (counted)
		add_one(&counted->untracked_calls);
	return NULL;
}

static __always_inline void release_slot(struct call *call)
{
	call->id = VITRINE_CALL_NONE;
	__sync_lock_test_and_set(&call->claimed, 0);
}

/* Asks the reader to come only when much is waiting: it looks by itself every few milliseconds. */
static __always_inline u64 wakeup(void)
{
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= settings.wakeup_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline void describe_caller(struct ev_header *header, u32 type, u64 time_ns)
{
	struct task_struct *task = current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	header->time_ns = time_ns;
	header->start_ns = BPF_CORE_READ(leader, start_boottime);
	header->pid = BPF_CORE_READ(task, tgid);
	header->tid = BPF_CORE_READ(task, pid);
	header->parent_pid = BPF_CORE_READ(leader, real_parent, tgid);
	header->ns_pid = ns_pid_of(BPF_CORE_READ(leader, thread_pid));
	header->followed = followed_as();
	header->type = type;
	header->cpu = bpf_get_smp_processor_id();
	bpf_get_current_comm(header->comm, sizeof(header->comm));
}

static __always_inline void fill_header(struct ev_header *header, u32 type, u64 time_ns)
{
	struct vitrine_counters *counted = cpu_counters();

	describe_caller(header, type, time_ns);
	header->sequence = counted ? __sync_fetch_and_add(&counted->sequence, 1) : 0;
}

static __always_inline void count_record(u32 type, bool sent)
{
	struct vitrine_counters *counted = cpu_counters();

	if (!counted || type >= VITRINE_EVENT_LIMIT)
		return;
	add_one(sent ? &counted->emitted[type] : &counted->lost[type]);
}

/* Starts an empty record of `type` in `call`, `fixed` bytes long before its strings. */
static __always_inline void *start_record(struct call *call, u32 type, u32 fixed)
{
	__builtin_memset(call->record, 0, FIXED_MAX);
	call->type = type;
	call->used = fixed;
	return call->record;
}

static __always_inline void send_record(struct call *call, u64 time_ns)
{
	struct ev_header *header = (void *)call->record;
	u32 size = call->used;

	fill_header(header, call->type, time_ns);
	if (size > sizeof(call->record))
		size = sizeof(call->record);
	header->size = size;
	count_record(call->type, bpf_ringbuf_output(&ring, call->record, size, wakeup()) == 0);
}

static __always_inline bool wanted(u32 type)
{
	return type < VITRINE_EVENT_LIMIT && settings.wanted[type];
}

/* Which call is being entered, or VITRINE_CALL_NONE when it is another program's to answer. */
static __always_inline u32 entered_call(void *context)
{
	u32 cookie = bpf_get_attach_cookie(context);
	u32 zero = 0;

	if (stopped || (cookie && !each_call))
		return VITRINE_CALL_NONE;
	if (cookie)
		return is_followed() ? cookie : VITRINE_CALL_NONE;
	u32 *call = bpf_map_lookup_elem(&passed_on, &zero);
	return call ? *call : VITRINE_CALL_NONE;
}

/* Entry: a slot with the call's arguments, or null when there is none left. */
static __always_inline struct call *begin_call(u32 id)
{
	struct vitrine_follow *mark = current_mark();
	u32 slot = 0;

	if (!mark)
		return NULL;
	/* A call whose exit was not seen leaves its slot to the next one. */
	struct call *call = mark->slot ? slot_at(mark->slot - 1) : claim_slot(&slot);
	if (!call)
		return NULL;
	if (!mark->slot)
		mark->slot = slot + 1;
	call->id = id;
	call->entry_ns = bpf_ktime_get_boot_ns();
	read_arguments(call->args);

	struct ev_begin begin = {.time_ns = call->entry_ns,
				 .tid = bpf_get_current_task_btf()->pid,
				 .call = id};
	bpf_ringbuf_output(&ring, &begin, sizeof(begin), BPF_RB_NO_WAKEUP);
	return call;
}

static __always_inline struct call *call_of_mark(struct vitrine_follow *mark)
{
	return mark && mark->slot ? slot_at(mark->slot - 1) : NULL;
}

/* Exit: the call that the current task has open, with its result, or null. */
static __always_inline struct call *current_call(struct syscall_exit_context *context)
{
	struct call *call = call_of_mark(current_mark());

	if (!call || call->id == VITRINE_CALL_NONE)
		return NULL;
	call->result = context->result;
	return call;
}

/* The end of a call that came to nothing worth a record. */
static __always_inline void end_silently(struct call *call)
{
	struct ev_begin end = {.time_ns = call->entry_ns,
			       .tid = bpf_get_current_task_btf()->pid,
			       .call = call->id | VITRINE_CALL_ENDED};
	struct vitrine_follow *mark = current_mark();

	bpf_ringbuf_output(&ring, &end, sizeof(end), BPF_RB_NO_WAKEUP);
	release_slot(call);
	if (mark)
		mark->slot = 0;
}

static __always_inline void end_call(struct call *call)
{
	struct ev_header *header = (void *)call->record;
	struct vitrine_follow *mark = current_mark();

	header->duration_ns = bpf_ktime_get_boot_ns() - call->entry_ns;
	header->result = call->result;
	send_record(call, call->entry_ns);
	release_slot(call);
	if (mark)
		mark->slot = 0;
}

/* A kernel event of the current task: a slot of its own, as a call of the same task may be open. */
static __always_inline struct call *begin_notice(void)
{
	u32 slot;

	return claim_slot(&slot);
}

static __always_inline void end_notice(struct call *call)
{
	send_record(call, bpf_ktime_get_boot_ns());
	release_slot(call);
}

#endif
