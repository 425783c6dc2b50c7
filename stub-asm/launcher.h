/* Shared by the parts of the launcher. */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include "elf.h"
#include "hardwire.h"

/* A program as it is in its file. */
struct image {
  const char *bytes;
  word size, page;
  const struct file_header *header;
  const struct segment *segments;
  word bias; /* address minus file offset of the first segment that is loaded */
  word end; /* of what is loaded, in memory */
  unsigned last; /* index of the last segment that is loaded */
};

/* The setup program and the code that runs it, as they are added to a program; its size is in the header. */
struct blob {
  struct header *header;
  word table; /* offset of the room that is left for a program header table */
};

/* image.c: reads the headers of a file whose bytes, size and page size are given; why it is refused, or 0. */
PRIVATE const char *read_image(struct image *image);

/* image.c: why the program would not run as a file without a name, or 0. */
PRIVATE const char *needs_its_file(const struct image *image);

/* image.c: an anonymous file with the program, changed so that it starts with the blob; -1 if there cannot be one. */
PRIVATE long confined_copy(const struct image *image, const struct blob *blob, const char *name);

/* image.c: whether the bytes have $ORIGIN or ${ORIGIN} in them. */
PRIVATE int has_origin(struct text text);

#endif
