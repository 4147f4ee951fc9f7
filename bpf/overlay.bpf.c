// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Copy-on-write: what calls did to the upper layers of overlays. */
#include "upper_layer.bpf.h"

#define O_CHANGES (1 | 2 | 0100 | 01000) /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC: x86 and arm64 alike */
#define AT_FDCWD (-100)

struct open_how { /* include/uapi/linux/openat2.h */
	u64 flags;
};

/* ---- which calls matter -------------------------------------------------------------------- */

/* O_* of open*. First of all read, and in most cases the last. */
static __always_inline u32 flags_of(u32 id)
{
	struct open_how how = {.flags = O_CHANGES}; /* when it cannot be read, it may be anything */

	switch (id) {
	case VITRINE_CALL_open: return second_argument();
	case VITRINE_CALL_openat: return third_argument();
	case VITRINE_CALL_creat: return O_CHANGES & ~2;
	case VITRINE_CALL_openat2:
		bpf_probe_read_user(&how, sizeof(how), (void *)third_argument());
		return how.flags;
	default: return 0;
	}
}

/* The descriptor that a call works on or starts from; AT_FDCWD when it has none. */
static __always_inline s32 first_fd(u32 id, u64 *args)
{
	switch (id) {
	case VITRINE_CALL_symlinkat: return args[1];
	case VITRINE_CALL_openat:
	case VITRINE_CALL_openat2:
	case VITRINE_CALL_renameat:
	case VITRINE_CALL_renameat2:
	case VITRINE_CALL_unlinkat:
	case VITRINE_CALL_mkdirat:
	case VITRINE_CALL_mknodat:
	case VITRINE_CALL_linkat:
	case VITRINE_CALL_fchmod:
	case VITRINE_CALL_fchmodat:
	case VITRINE_CALL_fchmodat2:
	case VITRINE_CALL_fchown:
	case VITRINE_CALL_fchownat:
	case VITRINE_CALL_fsetxattr:
	case VITRINE_CALL_setxattrat:
	case VITRINE_CALL_fremovexattr:
	case VITRINE_CALL_removexattrat:
	case VITRINE_CALL_futimesat:
	case VITRINE_CALL_utimensat: return args[0];
	default: return AT_FDCWD;
	}
}

static __always_inline s32 second_fd(u32 id, u64 *args)
{
	switch (id) {
	case VITRINE_CALL_renameat:
	case VITRINE_CALL_renameat2:
	case VITRINE_CALL_linkat: return args[2];
	default: return AT_FDCWD;
	}
}

static __always_inline void meet(struct super_block *super)
{
	if (is_overlay(super))
		overlay_id((u64)super, OVERLAY_USED);
}

static __always_inline void meet_fd(s32 fd)
{
	struct file *file = fd >= 0 ? file_of(fd) : NULL;

	if (file)
		meet(BPF_CORE_READ(file, f_inode, i_sb));
}

/* ---- what a call gave back or moved --------------------------------------------------------- */

/* The lower layer that an inode of an overlay comes from. */
static __always_inline s32 lower_layer(struct inode *inode)
{
	const volatile struct vitrine_overlay_layout *layout = &settings.overlay;
	void *overlay_inode = (void *)inode - layout->vfs_inode;
	u64 path = (u64)overlay_inode + layout->lowerpath;

	if (layout->vfs_inode == VITRINE_OFFSET_UNKNOWN || layout->path_layer == VITRINE_OFFSET_UNKNOWN)
		return VITRINE_LAYER_UNKNOWN;
	if (layout->entry != VITRINE_OFFSET_UNKNOWN) {
		u64 entry = overlay_pointer(overlay_inode, layout->entry);
		if (!entry || !overlay_number((void *)entry, layout->numlower))
			return 0;
		path = entry + layout->lowerstack;
	} else if (layout->lowerpath == VITRINE_OFFSET_UNKNOWN) {
		return VITRINE_LAYER_UNKNOWN;
	}
	u64 layer = overlay_pointer((void *)path, layout->path_layer);
	return layer ? (s32)overlay_number((void *)layer, layout->layer_idx) : 0;
}

/* The file that open* gave back: its upper inode, and the lower layer it came from. */
static __always_inline void describe_opened(struct ev_overlay_call *e, s64 fd)
{
	struct file *file = fd >= 0 ? file_of(fd) : NULL;
	struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : NULL;

	if (!inode || !is_overlay(BPF_CORE_READ(inode, i_sb)))
		return;
	if (settings.overlay.vfs_inode == VITRINE_OFFSET_UNKNOWN)
		return;
	struct dentry *upper = (void *)overlay_pointer((void *)inode - settings.overlay.vfs_inode,
						       settings.overlay.upperdentry);
	if (!upper)
		return;
	e->opened_inode = BPF_CORE_READ(upper, d_inode, i_ino);
	e->opened_layer = lower_layer(inode);
}

/* A path of rename* or link*, and where it starts from. By now its page is there. */
static __always_inline void moved_path(struct call *call, u32 field, u32 directory_field, s32 fd,
					u64 path)
{
	struct ev_overlay_call *e = (void *)call->record;
	struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);
	struct dentry *from;
	char first = 0;

	user_string(call, field, path);
	absent_string(call, directory_field);
	bpf_probe_read_user(&first, 1, (void *)path);
	if (first == '/') {
		from = BPF_CORE_READ(fs, root.dentry);
	} else if (fd == AT_FDCWD) {
		from = BPF_CORE_READ(fs, pwd.dentry);
	} else {
		struct file *file = file_of(fd);
		from = file ? BPF_CORE_READ(file, f_path.dentry) : NULL;
	}
	struct super_block *super = from ? BPF_CORE_READ(from, d_sb) : NULL;
	if (!is_overlay(super))
		return;
	e->overlay = overlay_id((u64)super, OVERLAY_USED);
	path_below_into(call, directory_field, from, BPF_CORE_READ(super, s_root));
}

static __always_inline void describe_move(struct call *call)
{
	bool plain = call->id == VITRINE_CALL_rename || call->id == VITRINE_CALL_link;
	u64 *args = call->args;

	moved_path(call, FIELD(overlay_call, from), FIELD(overlay_call, from_directory),
		    first_fd(call->id, args), plain ? args[0] : args[1]);
	moved_path(call, FIELD(overlay_call, to), FIELD(overlay_call, to_directory),
		    second_fd(call->id, args), plain ? args[1] : args[3]);
}

/* ---- programs ------------------------------------------------------------------------------ */

static __always_inline struct ev_overlay_call *start_call(struct call *call, u32 id)
{
	struct ev_overlay_call *e = start_record(call, 0, sizeof(*e));

	e->call = id;
	e->opened_layer = VITRINE_LAYER_UNKNOWN;
	e->sightings.offset = call->used;
	absent_string(call, FIELD(overlay_call, from));
	absent_string(call, FIELD(overlay_call, to));
	absent_string(call, FIELD(overlay_call, from_directory));
	absent_string(call, FIELD(overlay_call, to_directory));
	return e;
}

SEC("tracepoint")
int overlay_enter(struct syscall_enter_context *context)
{
	u32 id = entered_call(context);
	struct fs_struct *fs;
	u64 args[ARGS];
	u32 own = 0;

	if (!id)
		return 0;
	u32 flags = flags_of(id);
	if (VITRINE_IS_OPEN(id) && !(flags & O_CHANGES))
		return 0;
	read_arguments(args);
	fs = BPF_CORE_READ(current_task(), fs);
	struct super_block *root = BPF_CORE_READ(fs, root.dentry, d_sb);
	struct super_block *cwd = BPF_CORE_READ(fs, pwd.dentry, d_sb);
	if (is_overlay(root))
		own = overlay_id((u64)root, OVERLAY_USED);
	if (cwd != root)
		meet(cwd);
	meet_fd(first_fd(id, args));
	meet_fd(second_fd(id, args));
	if (!newest_overlay)
		return 0;
	struct call *call = begin_call(id);
	if (!call)
		return 0;
	start_call(call, id)->flags = id == VITRINE_CALL_renameat2 ? args[4] : flags;
	mark_overlays(call, own);
	return 0;
}

SEC("tracepoint")
int overlay_exit(struct syscall_exit_context *context)
{
	struct call *call = current_call(context);
	s32 number = context->number;

	if (!call || !VITRINE_IS_OVERLAY_CALL(call->id) || number < 0 || number >= VITRINE_SYSCALL_LIMIT ||
	    settings.call_of_number[number] != call->id)
		return 0; /* a call of another subject, or one that did not matter at its entry */
	struct ev_overlay_call *e = (void *)call->record;
	for (u32 i = 0; i < OVERLAY_MARKS && i < call->marks; i++) {
		struct overlay_mark *mark = &call->overlay_marks[i];
		struct overlay *overlay = overlay_of_id(mark->id);
		if (!overlay || !is_still_there(overlay))
			continue;
		if (newest_inode(overlay->upper_super) != mark->inodes[0])
			add_inodes(call, i);
		if (newest_whiteout(overlay->super) != mark->whiteouts[0])
			add_whiteouts(call, i);
	}
	e->sightings.length = call->used - e->sightings.offset;
	bool moved = (VITRINE_IS_RENAME(call->id) || VITRINE_IS_LINK(call->id)) && !call->result;
	/* With all overlays marked, what is not seen here has not been done. */
	bool complete = call->marks < OVERLAY_MARKS;
	if (VITRINE_IS_OPEN(call->id))
		meet_fd(call->result);
	if (!e->sightings.length && !moved && complete) {
		end_silently(call);
		return 0;
	}
	if (VITRINE_IS_OPEN(call->id))
		describe_opened(e, call->result);
	else if (moved)
		describe_move(call);
	end_notice_call(call, VITRINE_NOTICE_OVERLAY_CALL);
	return 0;
}

/*
 * security_inode_copy_up(source): overlay calls it before each copy-up, whoever asks for it
 * (fs/overlayfs/copy_up.c, since 4.10).
 */
SEC("fentry/security_inode_copy_up")
int report_copy_up(u64 *arguments)
{
	struct vitrine_follow *mark = current_mark();
	struct call *call = call_of_mark(mark);
	struct dentry *source = NULL;

	if (!mark)
		return 0;
	/* Not by a plain read: before 6.8 the verifier keeps typed pointers out of global functions. */
	bpf_probe_read_kernel(&source, sizeof(source), &arguments[0]);
	struct super_block *super = BPF_CORE_READ(source, d_sb);
	struct inode *inode = BPF_CORE_READ(source, d_inode);
	bool watched = call && VITRINE_IS_OVERLAY_CALL(call->id); /* else it is a call that none of us looks at */
	u32 id = overlay_id((u64)super, OVERLAY_USED);
	if (!watched) {
		call = begin_notice();
		if (!call)
			return 0;
		start_call(call, 0);
	}
	struct ev_overlay_sighting sighting = {.what = VITRINE_SIGHTING_COPY_UP, .overlay = id};
	sighting.size = BPF_CORE_READ(inode, i_size);
	sighting.mode = BPF_CORE_READ(inode, i_mode);
	sighting.layer = lower_layer(inode);
	if (path_below((u64)source, (u64)BPF_CORE_READ(super, s_root)))
		add_sighting(call, &sighting);
	if (watched)
		return 0;
	struct ev_overlay_call *e = (void *)call->record;
	e->sightings.length = call->used - e->sightings.offset;
	send_notice(call, VITRINE_NOTICE_OVERLAY_CALL, bpf_ktime_get_boot_ns());
	release_slot(call);
	return 0;
}

/* The overlays behind the descriptors that the reader of this iterator holds. */
SEC("iter/task_file")
int meet_overlays(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;

	if (!task || !file || BPF_CORE_READ(task, tgid) != bpf_get_current_pid_tgid() >> 32)
		return 0;
	struct super_block *super = BPF_CORE_READ(file, f_inode, i_sb);
	if (is_overlay(super))
		overlay_id((u64)super, OVERLAY_SEEN);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
