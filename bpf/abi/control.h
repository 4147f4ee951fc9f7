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

/* In ev_begin.call: the call has ended, and no event will tell of it. */
#define VITRINE_CALL_ENDED 0x80000000U

#define VITRINE_CALL_LIMIT 128
#define VITRINE_SYSCALL_LIMIT 512 /* system call numbers of all architectures are below */

#define VITRINE_OFFSET_UNKNOWN 0xffffffffU

/*
 * Offsets inside the structs of fs/overlayfs/ovl_entry.h. Overlay may be a module that is not loaded
 * when the programs are, so CO-RE cannot place them: the loader looks them up.
 */
struct vitrine_overlay_layout {
	/* struct ovl_fs */
	__u32 numlayer;
	__u32 layers;
	__u32 whiteout; /* struct dentry *: the file that all whiteouts are hard links to */
	__u32 upperdir;
	__u32 workdir;
	__u32 lowerdirs; /* char **: Linux 6.5 and newer */
	__u32 lowerdir;  /* char *, colon separated: before */
	/* struct ovl_layer */
	__u32 layer_size;
	__u32 layer_mnt;
	__u32 layer_idx;
	/* struct ovl_inode */
	__u32 vfs_inode;
	__u32 upperdentry;
	__u32 entry;     /* struct ovl_entry *: Linux 6.5 and newer */
	__u32 lowerpath; /* struct ovl_path: before */
	/* struct ovl_entry and its struct ovl_path */
	__u32 numlower;
	__u32 lowerstack;
	__u32 path_layer;
};

/*
 * Daemons are marked before anyone speaks to them, so that nothing of their work is missed. Each
 * server that listens on a unix socket has a circle: itself and whoever it speaks to as a client, and
 * so on. A circle sleeps until a followed task connects to its server.
 */
#define VITRINE_CIRCLES 64      /* one bit of a mark each */
#define VITRINE_LAST_CIRCLE 63  /* shared by all servers beyond */

/* A server's address, by the address of its struct unix_address, to the circles it wakes. */
struct vitrine_server {
	__u64 circles;
};

/* How a process is to be marked: by its thread group id. */
struct vitrine_mark {
	__u64 circles;
	__u32 followed; /* enum vitrine_followed */
	__u32 reserved;
};

/* A cgroup whose members are followed. */
struct vitrine_cgroup_key {
	__u64 id;
	__u32 hierarchy;
	__u32 reserved;
};

/* One unix socket of a process, as the iterator list_sockets writes it. Kernel addresses: names only. */
struct vitrine_socket {
	__u64 socket;
	__u64 peer;    /* the socket at the other end; 0: none */
	__u64 address; /* it is bound to; 0: none */
	__u32 tgid;
	__u32 listens;
	char comm[16]; /* of the process */
};

/* One task, as the iterator mark_tasks writes it. */
struct vitrine_task {
	__u64 start_ns; /* of its process, CLOCK_BOOTTIME */
	__u32 tid;
	__u32 pid;
	__u32 parent_pid;
	__u32 ns_pid;   /* of its process, in its own pid namespace */
	__u32 followed; /* enum vitrine_followed; 0: not marked */
	__u32 is_new;   /* marked just now */
	struct ev_namespaces namespaces;
	char comm[16];
};

/* Fixed before the programs are loaded. */
struct vitrine_settings {
	struct vitrine_overlay_layout overlay;
	__u32 wakeup_bytes; /* wake the reader when this much waits in the ring */
	__u8 wanted[VITRINE_EVENT_LIMIT]; /* by type: whether to report it */
	__u8 call_of_number[VITRINE_SYSCALL_LIMIT]; /* enum vitrine_call by system call number */
	__u8 everything;      /* every task is followed but those marked never */
	__u8 follows_cgroups; /* whoever comes into one of followed_cgroups */
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
	__u64 circles;   /* of a daemon: those it belongs to; children inherit them */
};

#endif
