/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Maps and settings that every program shares. Weak: each object has them, the linker keeps one. */
#ifndef VITRINE_STATE_BPF_H
#define VITRINE_STATE_BPF_H

#include "kernel.bpf.h"

#include "abi/control.h"

#include <bpf/bpf_helpers.h>

/* Strings begin below RECORD_LIMIT and are at most STRING_MAX long. */
#define RECORD_LIMIT 7168
#define STRING_MAX 4096
#define ARGS 6

/* What newtask tells the clone that is under way in the same task. */
struct new_child {
	u32 pid;
	u32 ns_pid;
	u64 start_ns;
	struct ev_namespaces namespaces;
};

/*
 * Where an overlay's upper layer stood when a call began: what is newer was made by the time it ends.
 * Each list has its newest three: the call itself may remove the first.
 */
#define MARK_DEPTH 3
struct overlay_mark {
	u32 id; /* of the overlay */
	u32 pad;
	u64 inodes[MARK_DEPTH];    /* of the upper file system */
	u64 whiteouts[MARK_DEPTH]; /* names of the overlay's whiteout */
};
#define OVERLAY_MARKS 8

/* One open system call of a followed task, or a kernel event, and the record that it becomes. */
struct call {
	u64 claimed; /* 0: this slot is free */
	u64 args[ARGS];
	u64 entry_ns;
	u64 mount_mark; /* newest_mount() at entry */
	s64 result;
	u32 id;   /* enum vitrine_call; 0: none is open */
	u32 type; /* enum vitrine_event */
	u32 used; /* bytes of the record that are filled */
	u32 pad;
	struct new_child child;
	u32 marks; /* overlays that are marked */
	u32 pad_marks;
	struct overlay_mark overlay_marks[OVERLAY_MARKS];
	u8 record[RECORD_LIMIT + STRING_MAX] __attribute__((aligned(8)));
};

/* Followed tasks: children inherit the mark at birth, the kernel drops it with the task. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vitrine_follow);
} followed SEC(".maps") __weak;

/*
 * Room for the calls that are open at one moment. Slots are claimed and given back: nothing is allocated
 * while a trace runs, and no kernel's limit for task storage (7.x: 8 KiB) matters.
 */
#define CALL_SLOTS 512 /* a power of two */
#define CLAIM_TRIES 16

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALL_SLOTS);
	__type(key, u32);
	__type(value, struct call);
} call_slots SEC(".maps") __weak;

/* Where the next claim looks first. */
unsigned int next_slot __weak = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct vitrine_counters);
} counters SEC(".maps") __weak;

/*
 * A path is put together backwards here. Programs of system calls run with preemption off. What changes
 * in the loop lives in memory: the verifier forgets its value there, so that all ways through one turn
 * of the loop look alike to it and are checked once.
 */
struct path_buffer {
	u8 bytes[2 * STRING_MAX];
	u32 at;  /* the path so far is [at, STRING_MAX) */
	u32 end; /* enum path_end */
	u64 root_dentry; /* where to stop */
	u64 root_mount;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct path_buffer);
} path_buffers SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps") __weak;

const volatile struct vitrine_settings settings __weak = {};

/*
 * Which programs answer for the entry of calls: 0, every_call_enter; 1, those on the tracepoint of each
 * watched call. Both may be attached at once while the reader changes from one to the other.
 */
volatile unsigned int each_call __weak = 0;

/* The call that every_call_enter passes on: it and the program it leads to run on one CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} passed_on SEC(".maps") __weak;

/* The circles of daemons that are awake (abi/control.h). */
unsigned long long awake_circles __weak = 0;

/* By the address of a server's struct unix_address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u64);
	__type(value, struct vitrine_server);
} servers SEC(".maps") __weak;

/* What mark_tasks is to mark, by thread group id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct vitrine_mark);
} marks SEC(".maps") __weak;

/* Set, used as a key only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct vitrine_cgroup_key);
	__type(value, u32);
} followed_cgroups SEC(".maps") __weak;

/* Set by the reader at the end: from then on no program does anything. */
volatile unsigned int stopped __weak = 0;

static __always_inline struct vitrine_counters *cpu_counters(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline void add_one(u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

#endif
