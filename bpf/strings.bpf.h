/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Strings into a record's tail. Global functions: the verifier checks each once, not at every use;
 * it demands that they check their pointer. A string is named by its ev_string's offset in the record.
 */
#ifndef VITRINE_STRINGS_BPF_H
#define VITRINE_STRINGS_BPF_H

#include "emit.bpf.h"

#define FIELD(event, name) __builtin_offsetof(struct ev_##event, name)

static __always_inline struct ev_string *string_at(struct call *call, u32 field)
{
	if (field > FIXED_MAX - sizeof(struct ev_string))
		field = 0;
	return (void *)&call->record[field];
}

/* Where the next string goes, or null when the record is full: then the string says so. */
static __always_inline u8 *tail_of(struct call *call, struct ev_string *string)
{
	u32 used = call->used;

	string->offset = used;
	string->length = 0;
	string->state = 0;
	if (used >= RECORD_LIMIT) {
		string->state = VITRINE_STRING_TRUNCATED;
		return NULL;
	}
	return &call->record[used];
}

static __always_inline void took(struct call *call, struct ev_string *string, u32 length)
{
	string->length = length;
	call->used += length;
}

/* A NUL-terminated string of the caller's memory. */
__weak __noinline int user_string(struct call *call, u32 field, u64 address)
{
	if (!call)
		return 0;
	struct ev_string *string = string_at(call, field);
	u8 *tail = tail_of(call, string);

	if (!address) {
		string->state = VITRINE_STRING_ABSENT;
		return 0;
	}
	if (!tail)
		return 0;
	long count = bpf_probe_read_user_str(tail, STRING_MAX, (void *)address);
	if (count < 0) {
		string->state = VITRINE_STRING_UNREADABLE;
		return 0;
	}
	if (count == STRING_MAX) {
		char next = 0;
		bpf_probe_read_user(&next, 1, (void *)(address + STRING_MAX - 1));
		if (next)
			string->state = VITRINE_STRING_TRUNCATED;
	}
	if (count > 0)
		took(call, string, count - 1);
	return 0;
}

/* `length` bytes of the caller's memory, at most `limit` (below STRING_MAX). */
__weak __noinline int user_bytes(struct call *call, u32 field, u64 address, u64 length, u32 limit)
{
	if (!call)
		return 0;
	struct ev_string *string = string_at(call, field);
	u8 *tail = tail_of(call, string);

	if (!address) {
		string->state = VITRINE_STRING_ABSENT;
		return 0;
	}
	if (!tail)
		return 0;
	u64 count = length;
	if (count > limit) {
		count = limit;
		string->state = VITRINE_STRING_TRUNCATED;
	}
	if (count >= STRING_MAX)
		count = STRING_MAX - 1;
	if (bpf_probe_read_user(tail, count, (void *)address)) {
		string->state = VITRINE_STRING_UNREADABLE;
		return 0;
	}
	took(call, string, count);
	return 0;
}

/* A NUL-terminated string of the kernel's memory. */
static __always_inline void put_kernel_string(struct call *call, u32 field, const void *address)
{
	struct ev_string *string = string_at(call, field);
	u8 *tail = tail_of(call, string);

	if (!address) {
		string->state = VITRINE_STRING_ABSENT;
		return;
	}
	if (!tail)
		return;
	long count = bpf_probe_read_kernel_str(tail, STRING_MAX, address);
	if (count < 0)
		string->state = VITRINE_STRING_UNREADABLE;
	else if (count > 0)
		took(call, string, count - 1);
}

/* The same for an address that is a mere number to the verifier. */
__weak __noinline int kernel_string(struct call *call, u32 field, u64 address)
{
	if (call)
		put_kernel_string(call, field, (void *)address);
	return 0;
}

static __always_inline void absent_string(struct call *call, u32 field)
{
	string_at(call, field)->state = VITRINE_STRING_ABSENT;
}

static __always_inline bool is_unreadable(struct call *call, u32 field)
{
	return string_at(call, field)->state & VITRINE_STRING_UNREADABLE;
}

/*
 * At exit: a string whose page was not there at entry (the program may not fault it in) is there now,
 * as the kernel itself has read it since.
 */
__weak __noinline int user_string_again(struct call *call, u32 field, u64 address)
{
	if (!call || !is_unreadable(call, field))
		return 0;
	user_string(call, field, address);
	if (!is_unreadable(call, field))
		string_at(call, field)->state |= VITRINE_STRING_AT_EXIT;
	return 0;
}

#endif
