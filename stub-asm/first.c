/*
 * The loader of the hook "first". The patched file has no PT_INTERP, so the kernel enters this code as it enters that of
 * a static program. It has the stub run the setup list. Under the policy, it then maps the dynamic linker as the kernel
 * would have (load_elf_binary in fs/binfmt_elf.c), and corrects what the kernel has put on the stack about it.
 */
#include "elf.h"
#include "hardwire.h"

#define PT_GNU_PROPERTY 0x6474e553
#define DT_DEBUG 21
#define ET_DYN 3

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_PRIVATE 2
#define MAP_FIXED 0x10
#define MAP_NORESERVE 0x4000
#define MAP_FIXED_NOREPLACE 0x100000 /* before kernel 4.17 the address is a hint, with the same result if it is free */

#define GRND_NONBLOCK 1
#define RLIMIT_AS 9

#define PREFIX 2048 /* bytes of the dynamic linker that are read; its program headers are there */
#define LARGEST 0x7fffffff /* address or size of a dynamic linker */
#define MOST_SEGMENTS 1000

#if __SIZEOF_POINTER__ == 8
#define GAP ((word)1 << 34)
#else
#define GAP ((word)1 << 23)
#endif
#define GAP_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define PROBE 0x10000 /* a page of any kernel, and less than a dynamic linker */
#define SMALLEST_HUGE_PAGE 0x100000 /* of any kernel */

/* What follows the code. */
struct place {
  uint64_t self; /* address of the header in the file */
  uint32_t stub; /* bytes from the code of the stub to the header */
  char path[]; /* of the dynamic linker */
};

struct linker {
  const char *path;
  word page, base, entry;
};

static const struct place *place(void) {
  return (const struct place *)((const char *)&hardwire_header + hardwire_header.data);
}

static _Noreturn void refuse(const char *reason, long error) {
  say("hardwire: the dynamic linker ");
  say(place()->path);
  say(reason);
  if (error < 0) {
    say(": error ");
    say_number((unsigned)-error);
  }
  stop(", so the program was not started\n");
}

static int failed(long result) {
  return (unsigned long)result > -4096UL;
}

static long map(word address, word size, long protection, long flags, long file, word offset) {
#if defined(MAP_BY_POINTER)
  const word arguments[6] = {address, size, (word)protection, (word)flags, (word)file, offset};
  return system_call(NR_MMAP, (long)arguments, 0, 0);
#elif defined(NR_MMAP2)
  return system_call6(NR_MMAP2, (long)address, (long)size, protection, flags, file, (long)(offset >> 12));
#else
  return system_call6(NR_MMAP, (long)address, (long)size, protection, flags, file, (long)offset);
#endif
}

static void must(long result) {
  if (failed(result)) {
    refuse(" cannot be mapped", result);
  }
}

/* ---- where it is mapped */

/* Whether the stack ends where it may end at most: the kernel has randomised nothing (personality(2)), for a debugger. */
static int is_fixed(const char *name, word page) {
  while (*name != 0) {
    name++;
  }
  word end = ((word)name + sizeof(uint64_t) + page) & -page;
  return (end & (end - 1)) == 0 || ((end + page) & (end + page - 1)) == 0;
}

/*
 * The kernel maps a program without PT_INTERP where it maps libraries, so linker and libraries would follow below it at a
 * constant distance. A gap of random size, without access and without memory, makes the distance random. A limited
 * address space has no room for that.
 */
static void separate(word page) {
  uint64_t limit[2];
  word size = 0;
  if (system_call5(NR_PRLIMIT64, 0, RLIMIT_AS, 0, (long)limit, 0) != 0 || limit[0] != UINT64_MAX ||
      system_call(NR_GETRANDOM, (long)&size, sizeof size, GRND_NONBLOCK) != sizeof size) {
    return;
  }
  size &= (GAP - 1) & -page;
  long gap = map(0, size, 0, GAP_FLAGS, -1, 0);
  if (failed(gap) || ((word)gap & (SMALLEST_HUGE_PAGE - 1)) != 0) {
    return;
  }
  /* The kernel may have aligned it to huge pages, with a hole above it. A small piece ends where the linker would. */
  system_call(NR_MUNMAP, gap, (long)size, 0);
  long end = map(0, PROBE, 0, GAP_FLAGS, -1, 0);
  if (!failed(end) && size < (word)end) {
    map((word)end - size, size, 0, GAP_FLAGS | MAP_FIXED_NOREPLACE, -1, 0);
  }
}

/* ---- the dynamic linker */

static const struct segment *segments_of(const struct file_header *header, long size) {
  if (size < (long)sizeof *header || header->ident[0] != 0x7f || header->ident[1] != 'E' || header->ident[2] != 'L' ||
      header->ident[3] != 'F' || header->ident[4] != ELF_CLASS || header->ident[5] != ELF_DATA ||
      header->machine != MACHINE || header->type != ET_DYN || header->segment_size != sizeof(struct segment) ||
      header->segments % sizeof(word) != 0 || header->segments > (word)size ||
      header->segment_count > ((word)size - header->segments) / sizeof(struct segment)) {
    refuse(size < 0 ? " cannot be read" : " is not one for this machine", size);
  }
  return (const struct segment *)((const char *)header + header->segments);
}

/* Returns the size of its memory. Its segments are in order, apart from each other, and span 2 GiB at the most. */
static word check(const struct segment *segment, unsigned count, word mask, word *low) {
  word end = 0;
  int first = 1;
  for (; count > 0; count--, segment++) {
    if (segment->type != PT_LOAD) {
      continue;
    }
    if (segment->memory_size == 0 || segment->file_size > segment->memory_size || segment->memory_size > LARGEST ||
        segment->address > LARGEST || segment->offset > LARGEST || ((segment->address ^ segment->offset) & mask) != 0 ||
        (first ? segment->file_size == 0 : (segment->address & ~mask) < end)) {
      refuse(" is damaged", 0);
    }
    if (first) {
      *low = segment->address & ~mask;
    }
    first = 0;
    end = (segment->address + segment->memory_size + mask) & ~mask;
  }
  if (first) {
    refuse(" is damaged", 0);
  }
  return end - *low;
}

#ifdef PROT_BTI
/* PROT_BTI, if its properties say that its code has landing pads (the ELF supplement of AArch64). */
static long branch_protection(const char *bytes, long size, const struct segment *segment, unsigned count) {
  for (; count > 0; count--, segment++) {
    word at = segment->offset, end = at + segment->file_size;
    if (segment->type != PT_GNU_PROPERTY || at > (word)size || segment->file_size > (word)size - at || at % 8 != 0) {
      continue;
    }
    for (at += 16; at + 12 <= end;) { /* behind the head of the note */
      const uint32_t *property = (const uint32_t *)(bytes + at);
      if (property[0] == 0xc0000000) { /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
        return property[2] & 1 ? PROT_BTI : 0;
      }
      at += 8 + (((word)property[1] + 7) & ~(word)7);
    }
  }
  return 0;
}
#endif

static void load(struct linker *linker) {
  union {
    struct file_header header;
    char bytes[PREFIX];
    word aligned;
  } start;
  long file = system_call(NR_OPENAT, AT_FDCWD, (long)linker->path, O_CLOEXEC);
  if (file < 0) {
    refuse(" cannot be opened", file);
  }
  long size = system_call(NR_READ, file, (long)&start, PREFIX);
  const struct segment *segment = segments_of(&start.header, size);
  unsigned count = start.header.segment_count;
  word mask = linker->page - 1, low = 0, total = check(segment, count, mask, &low), end = 0;
  long execute = PROT_EXEC;
#ifdef PROT_BTI
  execute |= branch_protection(start.bytes, size, segment, count);
#endif
  for (; count > 0; count--, segment++) {
    if (segment->type != PT_LOAD) {
      continue;
    }
    long protection = (segment->flags & 4 ? PROT_READ : 0) | (segment->flags & 2 ? PROT_WRITE : 0) |
                      (segment->flags & 1 ? execute : 0);
    word skip = segment->address & mask, at = linker->base + segment->address - skip;
    word length = segment->file_size == 0 ? 0 : (skip + segment->file_size + mask) & ~mask;
    if (end == 0) { /* the first one keeps the place of all */
      long result = map(0, total, protection, MAP_PRIVATE, (int)file, segment->offset - skip);
      must(result);
      at = (word)result;
      linker->base = at - low;
    } else {
      if (at > end) {
        system_call(NR_MUNMAP, (long)end, (long)(at - end), 0);
      }
      if (length != 0) {
        must(map(at, length, protection, MAP_PRIVATE | MAP_FIXED, file, segment->offset - skip));
      }
    }
    end = at + length;
    word last = linker->base + segment->address + segment->memory_size;
    if (segment->flags & 2) { /* to the end of the page, where glibc allocates memory */
      for (char *byte = (char *)(linker->base + segment->address + segment->file_size); byte < (char *)end; byte++) {
        *byte = 0;
      }
    }
    last = (last + mask) & ~mask;
    if (last > end) {
      must(map(end, last - end, protection, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0));
      end = last;
    }
  }
  system_call(NR_CLOSE, file, 0, 0);
  linker->entry = linker->base + start.header.entry;
}

/* ---- the program headers that the dynamic linker reads */

/*
 * Whether a dynamic linker that was executed itself (ld.so PROGRAM) has worked on the program already. Both C libraries
 * then set DT_DEBUG, which is 0 in a file that a linker made; musl leaves its own program headers in the auxiliary
 * vector, and the segment of this code is not among them. In a crafted file a wrong answer ends under the policy, too.
 */
static int is_linked(const struct segment *segment, word count, word bias) {
  word end = (word)(place()->self + hardwire_header.blob_size);
  int own = 0;
  for (word i = 0; i < count; i++) {
    own |= segment[i].type == PT_LOAD && segment[i].address + segment[i].memory_size == end;
  }
  for (word i = 0; own && i < count; i++, segment++) {
    const struct dynamic *entry = (const struct dynamic *)(bias + segment->address);
    word size = segment->type == PT_DYNAMIC ? segment->file_size : 0;
    for (; size >= sizeof *entry && entry->tag != 0; size -= sizeof *entry, entry++) {
      if (entry->tag == DT_DEBUG) {
        return entry->value != 0;
      }
    }
  }
  return !own;
}

/* Room for a table with one more entry, in bytes; a multiple of 16, to which stacks are aligned. */
static word table_size(word count) {
  return (count + 2) * sizeof(struct segment) & -(word)16;
}

/*
 * Makes the copy of the table with a PT_INTERP, without which glibc stops. The table in memory is copied, not that of the
 * time of the patch: tools such as patchelf may have changed it.
 */
static void add_interpreter(struct segment *to, const struct segment *from, word count, word bias) {
  const char *path = place()->path;
  struct segment interpreter = {.type = PT_INTERP, .flags = 4, .alignment = 1};
  while (path[interpreter.file_size++] != 0) {
  }
  interpreter.memory_size = interpreter.file_size;
  interpreter.offset = interpreter.address = interpreter.physical = (word)path - bias;
  word at = 0; /* behind PT_PHDR, from which glibc computes where the program is */
  for (word i = 0; i < count; i++) {
    at = from[i].type == PT_PHDR ? i + 1 : at;
  }
  for (word i = 0; i <= count; i++) {
    to[i] = i == at ? interpreter : *from++;
    if (to[i].type == PT_PHDR) {
      to[i].address = to[i].physical = (word)to - bias;
      to[i].file_size = to[i].memory_size = (count + 1) * sizeof *to;
    }
  }
}

/* ---- the start */

/* Returns the stack pointer for first(): below the stack that it moves down by the size of a table, and one more word. */
PRIVATE word room(const word *stack) {
  struct process process = process_at(stack, ANY_SIZE);
  word count = auxiliary(&process, AT_PHNUM);
  if (auxiliary(&process, AT_PAGESZ) == 0 || auxiliary(&process, AT_PHDR) == 0 || count > MOST_SEGMENTS ||
      auxiliary(&process, AT_PHENT) != sizeof(struct segment)) {
    fail("the kernel does not tell where the program headers are, so the program was not started\n");
  }
  return ((word)stack - table_size(count) - 16) & -(word)16;
}

/*
 * Returns the stack pointer with which the program goes on; the word below it is the address where: at the dynamic
 * linker, or at its own entry point if that has run already.
 */
PRIVATE word *first(word *stack) {
  struct process process = process_at(stack, ANY_SIZE);
  word bias = (word)&hardwire_header - (word)place()->self;
  word page = auxiliary(&process, AT_PAGESZ), count = auxiliary(&process, AT_PHNUM);
  const struct segment *table = (const struct segment *)auxiliary(&process, AT_PHDR);
  const char *name = (const char *)auxiliary(&process, AT_EXECFN);
  word original = (word)&hardwire_header + (word)hardwire_header.target;
  int linked = is_linked(table, count, bias);
  if (!linked && bias != 0 && name != 0 && !is_fixed(name, page)) {
    separate(page);
  }
  ((void (*)(void))((const char *)&hardwire_header - place()->stub))();
  if (linked) {
    stack[-1] = original;
    return stack;
  }
  struct linker linker = {place()->path, page, 0, 0};
  load(&linker);
  word *end = (word *)process.auxiliary;
  while (*end != 0) {
    end += 2;
  }
  end += 2;
  /* What the kernel has put on the stack moves down; behind it is room for the table. */
  word size = table_size(count) / sizeof *end;
  word *moved = stack - size, *to = moved;
  while (stack != end) {
    *to++ = *stack++;
  }
  add_interpreter((struct segment *)to, table, count, bias);
  for (word *at = (word *)process.auxiliary - size; at != to; at += 2) {
    if (at[0] == AT_BASE) {
      at[1] = linker.base;
    } else if (at[0] == AT_ENTRY) {
      at[1] = original;
    } else if (at[0] == AT_PHDR) {
      at[1] = (word)to;
    } else if (at[0] == AT_PHNUM) {
      at[1] = count + 1;
    }
  }
  moved[-1] = linker.entry;
  return moved;
}
