/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What loader and BPF programs tell each other besides events. */
#ifndef VITRINE_ABI_CONTROL_H
#define VITRINE_ABI_CONTROL_H

#include "events.h"

/* The watched calls: attach cookie of their entry programs. */
enum vitrine_call {
	VITRINE_CALL_NONE,
#define CALL(syscall, tracepoint, subject, event) VITRINE_CALL_##syscall,
#include "calls.inc"
#undef CALL
};

#define VITRINE_CALL_LIMIT 64
#define VITRINE_SYSCALL_LIMIT 512 /* system call numbers of all architectures are below */

#define VITRINE_OFFSET_UNKNOWN 0xffffffffU

/*
 * Offsets inside struct ovl_fs (fs/overlayfs/ovl_entry.h). Overlay may be a module that is not loaded
 * when the programs are, so CO-RE cannot place them: the loader looks them up.
 */
struct vitrine_overlay_layout {
	__u32 numlayer;
	__u32 upperdir;
	__u32 workdir;
	__u32 lowerdirs; /* char **: Linux 6.5 and newer */
	__u32 lowerdir;  /* char *, colon separated: before */
};

/* Fixed before the programs are loaded. */
struct vitrine_settings {
	struct vitrine_overlay_layout overlay;
	__u32 wakeup_bytes; /* wake the reader when this much waits in the ring */
	__u8 wanted[VITRINE_EVENT_LIMIT]; /* by type: whether to report it */
	__u8 call_of_number[VITRINE_SYSCALL_LIMIT]; /* enum vitrine_call by system call number */
};

/* One copy a CPU, never reset while programs run. */
struct vitrine_counters {
	__u64 sequence;                     /* attempts to emit */
	__u64 emitted[VITRINE_EVENT_LIMIT]; /* by type */
	__u64 lost[VITRINE_EVENT_LIMIT];    /* by type: no room in the ring */
	__u64 untracked_children;           /* no memory to follow a new task */
	__u64 untracked_calls;              /* no free slot to keep a call's arguments */
};

/* Value of the task storage that marks a followed task. */
struct vitrine_follow {
	__u64 exit_seen; /* on a thread group leader: its exit was reported */
	__u32 slot;      /* number of its open call's slot, plus 1; 0: no call is open */
	__u32 followed;  /* enum vitrine_followed: children inherit it */
};

#endif
