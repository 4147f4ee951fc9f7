// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Copy-on-write. A file that overlay copies up becomes a new inode of the upper file system, and one that
 * it hides a new name of the overlay's whiteout. The kernel keeps both newest first, so what a call did
 * is what stands before the places remembered at its entry: whatever path it was given, and though it
 * gives no descriptor back.
 */
#include "overlay.bpf.h"

#define NEW_INODES 128  /* of one call that are looked at */
#define NEW_WHITEOUTS 16
#define INODE_NAMES 4   /* of one inode: hard links */

#define O_CHANGES (1 | 2 | 0100 | 01000) /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC: x86 and arm64 alike */
#define AT_FDCWD (-100)
#define S_IFMT 0170000
#define S_IFCHR 0020000

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

/* ---- what is remembered at entry ----------------------------------------------------------- */

static __always_inline u64 newest_inode(u64 super)
{
	return (u64)BPF_CORE_READ((struct super_block *)super, s_inodes.next);
}

static __always_inline struct inode *whiteout_of(u64 super)
{
	void *overlay = BPF_CORE_READ((struct super_block *)super, s_fs_info);
	struct dentry *whiteout = (void *)overlay_pointer(overlay, settings.overlay.whiteout);

	return whiteout ? BPF_CORE_READ(whiteout, d_inode) : NULL;
}

static __always_inline u64 newest_whiteout(u64 super)
{
	struct inode *whiteout = whiteout_of(super);

	return whiteout ? (u64)BPF_CORE_READ(whiteout, i_dentry.first) : 0;
}

/* Unmounted meanwhile, the super block may be anything. */
static __always_inline bool is_still_there(struct overlay *overlay)
{
	struct super_block *super = (void *)overlay->super;

	return is_overlay(super) && BPF_CORE_READ(super, s_dev) == overlay->device;
}

__weak __noinline int mark_overlay(struct call *call, u32 id)
{
	struct overlay *overlay = overlay_of_id(id);

	if (!call || !id || !overlay || !overlay->upper_root || !is_still_there(overlay))
		return 0;
	u32 count = call->marks; /* in memory: the verifier need not follow it through the loop */
	if (count >= OVERLAY_MARKS)
		return 0;
	struct overlay_mark *mark = &call->overlay_marks[count];
	mark->id = id;
	u64 inode = newest_inode(overlay->upper_super);
	u64 whiteout = newest_whiteout(overlay->super);
	for (int i = 0; i < MARK_DEPTH; i++) {
		mark->inodes[i] = inode;
		mark->whiteouts[i] = whiteout;
		inode = (u64)BPF_CORE_READ((struct list_head *)inode, next);
		whiteout = whiteout ? (u64)BPF_CORE_READ((struct hlist_node *)whiteout, next) : 0;
	}
	call->marks = count + 1;
	return 0;
}

static __always_inline bool is_marked(const u64 *marks, u64 address)
{
	return address == marks[0] || address == marks[1] || address == marks[2];
}

/* Those that were met last; first that of the caller's root, which may be older. */
static __always_inline void mark_overlays(struct call *call, u32 own)
{
	u32 newest = newest_overlay;

	call->marks = 0;
	mark_overlay(call, own);
	for (u32 i = 0; i < OVERLAYS && i < newest; i++)
		if (newest - i != own)
			mark_overlay(call, newest - i);
}

/* ---- what is new at exit ------------------------------------------------------------------- */

/* Appends a sighting with the path that is in the CPU's buffer. */
static __always_inline void add_sighting(struct call *call, struct ev_overlay_sighting *sighting)
{
	struct path_buffer *buffer = cpu_path_buffer();
	struct ev_overlay_call *e = (void *)call->record;
	u32 used = call->used;

	if (!buffer || used >= RECORD_LIMIT) {
		e->incomplete = 1;
		return;
	}
	u32 at = buffer->at;
	u32 length = PATH_START - at;
	if (at > PATH_START || length >= STRING_MAX)
		length = 0;
	sighting->length = length;
	bpf_probe_read_kernel(&call->record[used], sizeof(*sighting), sighting);
	used += sizeof(*sighting);
	if (used >= RECORD_LIMIT) {
		e->incomplete = 1;
		return;
	}
	bpf_probe_read_kernel(&call->record[used], length, &buffer->bytes[at & (2 * STRING_MAX - 1)]);
	call->used = used + length;
}

static __always_inline void describe_inode(struct ev_overlay_sighting *sighting, struct inode *inode)
{
	sighting->inode = BPF_CORE_READ(inode, i_ino);
	sighting->size = BPF_CORE_READ(inode, i_size);
	sighting->mode = BPF_CORE_READ(inode, i_mode);
	sighting->rdev = BPF_CORE_READ(inode, i_rdev);
}

static __always_inline struct dentry *dentry_of_name(struct hlist_node *name)
{
	return (void *)name - bpf_core_field_offset(struct dentry, d_u.d_alias);
}

/* A new inode of the upper file system: each name that it has in the upper directory. */
__weak __noinline int add_inode(struct call *call, u32 id, u64 address)
{
	struct overlay *overlay = overlay_of_id(id);
	struct inode *inode = (void *)address;
	struct ev_overlay_sighting sighting = {.what = VITRINE_SIGHTING_INODE,
					       .layer = VITRINE_LAYER_UNKNOWN,
					       .overlay = id};
	struct hlist_node *name = BPF_CORE_READ(inode, i_dentry.first);

	if (!call || !overlay)
		return 0;
	describe_inode(&sighting, inode);
	if (!name) {
		/* ext4 and xfs make the whiteout that a rename leaves behind without one. */
		struct path_buffer *buffer = cpu_path_buffer();
		if (!buffer || !VITRINE_IS_RENAME(call->id) || (sighting.mode & S_IFMT) != S_IFCHR || sighting.rdev)
			return 0;
		buffer->at = PATH_START;
		add_sighting(call, &sighting);
		return 0;
	}
	for (int i = 0; i < INODE_NAMES && name; i++) {
		if (path_below((u64)dentry_of_name(name), overlay->upper_root))
			add_sighting(call, &sighting);
		name = BPF_CORE_READ(name, next);
	}
	return 0;
}

static __always_inline struct overlay_mark *mark_at(struct call *call, u32 index)
{
	return index < OVERLAY_MARKS ? &call->overlay_marks[index] : NULL;
}

__weak __noinline int add_inodes(struct call *call, u32 index)
{
	struct overlay_mark *mark = call ? mark_at(call, index) : NULL;
	struct overlay *overlay = mark ? overlay_of_id(mark->id) : NULL;

	if (!call || !overlay)
		return 0;
	u64 super = overlay->upper_super;
	u64 head = super + bpf_core_field_offset(struct super_block, s_inodes);
	u64 link = newest_inode(super);
	for (int i = 0; i < NEW_INODES; i++) {
		if (!link || is_marked(mark->inodes, link) || link == head)
			return 0;
		struct inode *inode = (void *)link - bpf_core_field_offset(struct inode, i_sb_list);
		if ((u64)BPF_CORE_READ(inode, i_sb) != super)
			return 0; /* freed under our feet */
		add_inode(call, mark->id, (u64)inode);
		link = (u64)BPF_CORE_READ(inode, i_sb_list.next);
	}
	((struct ev_overlay_call *)call->record)->incomplete = 1;
	return 0;
}

__weak __noinline int add_whiteouts(struct call *call, u32 index)
{
	struct overlay_mark *mark = call ? mark_at(call, index) : NULL;
	struct overlay *overlay = mark ? overlay_of_id(mark->id) : NULL;
	struct ev_overlay_sighting sighting = {.what = VITRINE_SIGHTING_WHITEOUT,
					       .layer = VITRINE_LAYER_UNKNOWN};

	if (!call || !overlay)
		return 0;
	sighting.overlay = mark->id;
	struct inode *whiteout = whiteout_of(overlay->super);
	if (!whiteout)
		return 0;
	describe_inode(&sighting, whiteout);
	struct hlist_node *name = BPF_CORE_READ(whiteout, i_dentry.first);
	for (int i = 0; i < NEW_WHITEOUTS; i++) {
		if (!name || is_marked(mark->whiteouts, (u64)name))
			return 0;
		if (path_below((u64)dentry_of_name(name), overlay->upper_root))
			add_sighting(call, &sighting);
		name = BPF_CORE_READ(name, next);
	}
	((struct ev_overlay_call *)call->record)->incomplete = 1;
	return 0;
}

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
int BPF_PROG(report_copy_up, struct dentry *source)
{
	struct vitrine_follow *mark = current_mark();
	struct call *call = call_of_mark(mark);
	struct super_block *super = BPF_CORE_READ(source, d_sb);
	struct inode *inode = BPF_CORE_READ(source, d_inode);

	if (!mark)
		return 0;
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
