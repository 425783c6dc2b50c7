/*
 * The launcher's copies of programs. The bytes of the file are not moved; the blob is added after them, followed by a
 * program header table with an entry for the blob. Old kernels compute the address of the table from its offset and the
 * first loaded segment, so the table is placed accordingly, and the file may have a hole before it.
 */
#include "launcher.h"

#define ET_EXEC 2
#define ET_DYN 3
#define PN_XNUM 0xffff
#define PF_EXECUTE_READ 5

#define DT_NULL 0
#define DT_NEEDED 1
#define DT_STRTAB 5
#define DT_STRSZ 10
#define DT_RPATH 15
#define DT_RUNPATH 29
#define DT_AUXILIARY 0x7ffffffd
#define DT_FILTER 0x7fffffff

#define MFD_CLOEXEC 1
#define MFD_EXEC 0x10
#define SEEK_SET 0

#define UPX_WINDOW 0x200 /* UPX has its magic after the program headers and at the end */

static word align_up(word value, word alignment) {
  return (value + alignment - 1) & -alignment;
}

static const char *read_header(struct image *image) {
  const struct file_header *header = (const struct file_header *)image->bytes;
  struct text start = {image->bytes, image->size};
  if (starts_with(start, "#!")) {
    return "it is a script: run its interpreter with the script as an argument";
  }
  if (!starts_with(start, "\177ELF")) {
    return "it is not an ELF executable";
  }
  if (image->size < sizeof *header) {
    return "it is truncated";
  }
  if (header->ident[4] != ELF_CLASS || header->ident[5] != ELF_DATA || header->machine != MACHINE) {
    return "it is for another machine than this launcher";
  }
  if (header->type != ET_EXEC && header->type != ET_DYN) {
    return "it is not an executable";
  }
  if (header->entry == 0) {
    return "it is a shared library without a start";
  }
  word table = (word)header->segment_count * sizeof(struct segment);
  if (header->segment_size != sizeof(struct segment) || header->segment_count == PN_XNUM ||
      header->segments > image->size || table > image->size - header->segments || header->segments % 4 != 0) {
    return "its program header table is damaged";
  }
  image->header = header;
  image->segments = (const struct segment *)(image->bytes + header->segments);
  return 0;
}

static const char *read_loads(struct image *image) {
  image->end = 0;
  for (unsigned i = 0; i < image->header->segment_count; i++) {
    const struct segment *load = &image->segments[i];
    if (load->type != PT_LOAD) {
      continue;
    }
    word end = load->address + load->memory_size;
    if (load->file_size > load->memory_size || load->offset > image->size ||
        load->file_size > image->size - load->offset || end < load->address || end > -3 * image->page ||
        load->address < image->end) {
      return "its segments are damaged";
    }
    if (image->end == 0) {
      image->bias = load->address - load->offset;
    }
    image->end = end;
    image->last = i;
  }
  return image->end == 0 || (image->bias & (image->page - 1)) != 0 ? "its segments are damaged" : 0;
}

static int contains(struct text text, const char *word) {
  for (; text.size > 0; text = after(text, 1)) {
    if (starts_with(text, word)) {
      return 1;
    }
  }
  return 0;
}

PRIVATE int has_origin(struct text text) {
  return contains(text, "$ORIGIN") || contains(text, "${ORIGIN}");
}

/* The bytes from an address to the end of the segment loaded there; none if there is no such segment. */
static struct text bytes_at(const struct image *image, word address) {
  struct text none = {0, 0};
  for (unsigned i = 0; i < image->header->segment_count; i++) {
    const struct segment *load = &image->segments[i];
    if (load->type == PT_LOAD && address >= load->address && address - load->address < load->file_size) {
      word skip = address - load->address;
      struct text rest = {image->bytes + load->offset + skip, load->file_size - skip};
      return rest;
    }
  }
  return none;
}

PRIVATE const char *read_image(struct image *image) {
  const char *refusal = read_header(image);
  if (refusal == 0) {
    refusal = read_loads(image);
  }
  if (refusal == 0 && bytes_at(image, image->header->entry).size == 0) {
    refusal = "its start is not in the file";
  }
  return refusal;
}

static word dynamic_value(struct text section, word tag) {
  for (; section.size >= sizeof(struct dynamic); section = after(section, sizeof(struct dynamic))) {
    const struct dynamic *entry = (const struct dynamic *)section.start;
    if (entry->tag == tag || entry->tag == DT_NULL) {
      return entry->tag == tag ? entry->value : 0;
    }
  }
  return 0;
}

/* Whether names or search paths of libraries are relative to the program's file. */
static int depends_on_origin(const struct image *image, struct text section) {
  struct text strings = bytes_at(image, dynamic_value(section, DT_STRTAB));
  word size = dynamic_value(section, DT_STRSZ);
  strings.size = size < strings.size ? size : strings.size;
  for (; section.size >= sizeof(struct dynamic); section = after(section, sizeof(struct dynamic))) {
    const struct dynamic *entry = (const struct dynamic *)section.start;
    word tag = entry->tag;
    if (tag == DT_NULL) {
      return 0;
    }
    if ((tag == DT_NEEDED || tag == DT_RPATH || tag == DT_RUNPATH || tag == DT_AUXILIARY || tag == DT_FILTER) &&
        entry->value < strings.size) {
      struct text name = after(strings, entry->value);
      size_t length = 0;
      while (length < name.size && name.start[length] != 0) {
        length++;
      }
      name.size = length;
      if (has_origin(name)) {
        return 1;
      }
    }
  }
  return 0;
}

static int is_packed(const struct image *image) {
  struct text start = {image->bytes, image->size};
  struct text end = start;
  start = after(start, image->header->segments + image->header->segment_count * sizeof(struct segment));
  start.size = start.size < UPX_WINDOW ? start.size : UPX_WINDOW;
  if (end.size > UPX_WINDOW) {
    end = after(end, end.size - UPX_WINDOW);
  }
  return image->header->section_count == 0 && (contains(start, "UPX!") || contains(end, "UPX!"));
}

PRIVATE const char *needs_its_file(const struct image *image) {
  if (is_packed(image)) {
    return "it is packed by UPX and unpacks itself from its file";
  }
  for (unsigned i = 0; i < image->header->segment_count; i++) {
    if (image->segments[i].type == PT_DYNAMIC &&
        depends_on_origin(image, bytes_at(image, image->segments[i].address))) {
      return "it looks for libraries beside its file ($ORIGIN)";
    }
  }
  return 0;
}

static int write_all(long file, const void *bytes, word size) {
  const char *at = bytes;
  while (size > 0) {
    long written = system_call(NR_WRITE, file, (long)at, (long)size);
    if (written <= 0) {
      return 0;
    }
    at += written;
    size -= (word)written;
  }
  return 1;
}

/* Writes the program header table after the blob. */
static void write_table(const struct image *image, const struct blob *blob, word offset) {
  struct segment *to = (struct segment *)((char *)blob->header + blob->table);
  word size = (image->header->segment_count + 1u) * sizeof *to;
  word place = offset + blob->table;
  for (unsigned i = 0; i < image->header->segment_count; i++) {
    *to = image->segments[i];
    if (to->type == PT_PHDR) {
      to->offset = place;
      to->address = to->physical = place + image->bias;
      to->file_size = to->memory_size = size;
    }
    to++;
    if (i == image->last) {
      to->type = PT_LOAD;
      to->flags = PF_EXECUTE_READ;
      to->offset = offset;
      to->address = to->physical = offset + image->bias;
      to->file_size = to->memory_size = blob->table + size;
      to->alignment = image->page;
      to++;
    }
  }
}

PRIVATE long confined_copy(const struct image *image, const struct blob *blob, const char *name) {
  word offset = align_up(image->size, image->page);
  word end = align_up(image->end, image->page);
  if (offset + image->bias < end || offset + image->bias < image->bias) {
    offset = end - image->bias;
  }
  if (offset < image->size || (long)offset < 0 || image->header->segment_count > 1000) {
    return -1;
  }
  struct file_header header = *image->header;
  blob->header->target = header.entry - (offset + image->bias);
  write_table(image, blob, offset);
  header.entry = offset + image->bias + sizeof(struct header);
  header.segments = offset + blob->table;
  header.segment_count++;
  long file = system_call(NR_MEMFD_CREATE, (long)name, MFD_CLOEXEC | MFD_EXEC, 0);
  if (file < 0) { /* before kernel 6.3 all such files can be executed */
    file = system_call(NR_MEMFD_CREATE, (long)name, MFD_CLOEXEC, 0);
  }
  if (file >= 0 && write_all(file, image->bytes, image->size) &&
      system_call(NR_LSEEK, file, (long)offset, SEEK_SET) == (long)offset &&
      write_all(file, blob->header, blob->table + header.segment_count * sizeof(struct segment)) &&
      system_call(NR_LSEEK, file, 0, SEEK_SET) == 0 && write_all(file, &header, sizeof header)) {
    return file;
  }
  return -1;
}
