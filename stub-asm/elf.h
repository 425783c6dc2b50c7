/* The parts of ELF that the library and the launcher read (gABI). */
#ifndef ELF_H
#define ELF_H

#include <stddef.h>
#include <stdint.h>

#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PT_INTERP 3
#define PT_NOTE 4
#define PT_PHDR 6

#if __SIZEOF_POINTER__ == 8
#define ELF_CLASS 2
typedef uint64_t elf_word;

struct segment {
  uint32_t type, flags;
  elf_word offset, address, physical, file_size, memory_size, alignment;
};
#else
#define ELF_CLASS 1
typedef uint32_t elf_word;

struct segment {
  uint32_t type;
  elf_word offset, address, physical, file_size, memory_size;
  uint32_t flags;
  elf_word alignment;
};
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ELF_DATA 1
#else
#define ELF_DATA 2
#endif

struct file_header {
  unsigned char ident[16];
  uint16_t type, machine;
  uint32_t version;
  elf_word entry, segments, sections;
  uint32_t flags;
  uint16_t size, segment_size, segment_count, section_size, section_count, names;
};

struct dynamic {
  elf_word tag, value;
};

#endif
