/*
 * The policies in the main program: found from the auxiliary vector through the program headers and the notes to the
 * blobs of the setup notes.
 */
#include "elf.h"
#include "hardwire.h"

#define SETUP_NOTE 0x48570002
#define MODE_STUB 1
#define MODE_NEEDED 2

struct note {
  uint32_t name_size, desc_size, type;
};

struct setup {
  uint32_t version;
  uint16_t mode, hook;
  uint64_t blob, blob_size, hook_address;
};

struct program {
  const struct segment *segments;
  word count, bias;
};

/* If the dynamic linker was started as a program, the vector may describe the linker's segments. */
static struct program find_program(const struct process *process) {
  struct program program = {(const struct segment *)auxiliary(process, AT_PHDR), auxiliary(process, AT_PHNUM), 0};
  int interpreter = 0, table = 0;
  if (program.segments == 0 || auxiliary(process, AT_PHENT) != sizeof(struct segment)) {
    program.count = 0;
  }
  for (word i = 0; i < program.count; i++) {
    if (program.segments[i].type == PT_INTERP) {
      interpreter = 1;
    } else if (program.segments[i].type == PT_PHDR) {
      program.bias = (word)program.segments - program.segments[i].address;
      table = 1;
    }
  }
  if (!interpreter || !table) {
    fail("cannot find the program's policy, so it was not started; start it without naming the dynamic linker\n");
  }
  return program;
}

/* Whether the bytes at a virtual address are mapped from the file. */
static int is_mapped(const struct program *program, uint64_t address, uint64_t size) {
  for (word i = 0; i < program->count; i++) {
    const struct segment *load = &program->segments[i];
    if (load->type == PT_LOAD && address >= load->address && address - load->address <= load->file_size &&
        size <= load->file_size - (address - load->address)) {
      return 1;
    }
  }
  return 0;
}

static void run_blob(const struct program *program, const struct setup *setup) {
  static const char magic[8] = {'H', 'A', 'R', 'D', 'W', 'I', 'R', 'E'};
  const struct header *blob = (const struct header *)(program->bias + (word)setup->blob);
  int good = setup->blob_size >= sizeof *blob && is_mapped(program, setup->blob, setup->blob_size);
  for (int i = 0; good && i < 8; i++) {
    good = blob->magic[i] == magic[i];
  }
  if (!good || blob->version != 1 || blob->machine != MACHINE || blob->record_count == 0 ||
      blob->records > setup->blob_size ||
      (uint64_t)blob->record_count * sizeof(struct record) > setup->blob_size - blob->records) {
    fail("the program's policy is damaged, so it was not started\n");
  }
  hardwire_run(blob);
}

static int is_ours(const char *name, uint32_t size) {
  static const char owner[] = "Hardwire";
  if (size != sizeof owner) {
    return 0;
  }
  for (uint32_t i = 0; i < sizeof owner; i++) {
    if (name[i] != owner[i]) {
      return 0;
    }
  }
  return 1;
}

/* A setup note of mode stub is ignored: the program's own hook runs it. */
static int run_note(const struct program *program, const struct note *note, const char *desc) {
  const struct setup *setup = (const struct setup *)desc;
  if (note->desc_size < sizeof *setup || setup->version != 1 ||
      (setup->mode != MODE_STUB && setup->mode != MODE_NEEDED)) {
    fail("the program's policy is of a kind that this library does not know, so it was not started\n");
  }
  if (setup->mode == MODE_NEEDED) {
    run_blob(program, setup);
  }
  return 1;
}

static int run_segment(const struct program *program, const struct segment *segment) {
  uint64_t alignment = segment->alignment == 8 ? 8 : 4;
  uint64_t at = 0;
  int policies = 0;
  if (!is_mapped(program, segment->address, segment->file_size)) {
    return 0;
  }
  const char *bytes = (const char *)(program->bias + segment->address);
  while (segment->file_size - at >= sizeof(struct note)) {
    const struct note *note = (const struct note *)(bytes + at);
    uint64_t name = at + sizeof *note;
    uint64_t desc = (name + note->name_size + alignment - 1) & -alignment;
    uint64_t end = desc + note->desc_size;
    if (end > segment->file_size) {
      break; /* not a list of notes */
    }
    if (is_ours(bytes + name, note->name_size) && note->type == SETUP_NOTE) {
      policies += run_note(program, note, bytes + desc);
    }
    at = (end + alignment - 1) & -alignment;
    if (at > segment->file_size) {
      break;
    }
  }
  return policies;
}

PRIVATE int run_programs(const struct process *process) {
  struct program program = find_program(process);
  int policies = 0;
  for (word i = 0; i < program.count; i++) {
    if (program.segments[i].type == PT_NOTE) {
      policies += run_segment(&program, &program.segments[i]);
    }
  }
  return policies;
}
