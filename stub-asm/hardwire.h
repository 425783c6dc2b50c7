/*
 * Shared by the parts of the library. All of it is freestanding, needs no relocations and no writable data: no
 * static variables, no arrays of pointers, nothing from libc.
 */
#ifndef HARDWIRE_H
#define HARDWIRE_H

#include <stddef.h>
#include <stdint.h>

#include "system.h"

#define PRIVATE __attribute__((visibility("hidden")))

/* The blob header, see kaitai/src/main/kaitai/hardwire_note.ksy. */
struct header {
  char magic[8];
  uint16_t version, machine;
  uint32_t flags;
  uint64_t target;
  uint32_t records, record_count, code, code_size, data, data_size;
  uint64_t blob_size, reserved;
};

#define RECORD_SIZE 64

/* Flags in the library's own header. */
#define FROM_PROGRAM 1 /* run the setup program that the main program carries */
#define FROM_ENVIRONMENT 2 /* build a filter from the three variables */
#define REQUIRE_POLICY 4 /* without any policy, do not start the program */

/* Where the kernel has put arguments, environment and auxiliary vector. */
struct process {
  char **environment;
  const uint64_t *auxiliary; /* pairs of type and value */
};

/* The library's header, directly before its code. */
extern PRIVATE const struct header hardwire_header;

/* stub.S: runs a setup program. */
PRIVATE void hardwire_run(const struct header *blob);

/* library.c: says why and ends the process. */
PRIVATE _Noreturn void fail(const char *reason);

/* library.c: writes the end of a message and ends the process. */
PRIVATE _Noreturn void stop(const char *text);

/* environment.c: installs the filter that the variables describe, if they do, and removes them; whether they did. */
PRIVATE int run_environment(const struct process *process);

/* program.c: runs every setup program of the main program; how many policies it has. */
PRIVATE int run_programs(const struct process *process);

#endif
