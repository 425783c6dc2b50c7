/* Shared by the parts of the launcher. */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include "elf.h"
#include "hardwire.h"

/* A program in its file. */
struct image {
  const char *bytes;
  word size, page;
  const struct file_header *header;
  const struct segment *segments;
  word bias; /* address minus file offset of the first loaded segment */
  word end; /* end of the loaded segments in memory */
  unsigned last; /* index of the last loaded segment */
};

/* The setup program and the code that runs it, as they are added to a program; its size is in the header. */
struct blob {
  struct header *header;
  word table; /* offset of the space reserved for a program header table */
};

/* image.c: reads the headers of a file; bytes, size and page size are given. Returns the reason for a refusal, or 0. */
PRIVATE const char *read_image(struct image *image);

/* image.c: the reason why the program would not run as a file without a name, or 0. */
PRIVATE const char *needs_its_file(const struct image *image);

/* image.c: creates an anonymous file with the program, changed so that it starts with the blob; -1 on failure. */
PRIVATE long confined_copy(const struct image *image, const struct blob *blob, const char *name);

/* image.c: whether the bytes contain $ORIGIN or ${ORIGIN}. */
PRIVATE int has_origin(struct text text);

#endif
