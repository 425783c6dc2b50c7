/*
 * Shared by the parts of the library and of the launcher. All of it is freestanding, needs no relocations and no
 * writable data: no static variables, no arrays of pointers, nothing from libc. What depends on the machine is in
 * MACHINE/system.h and MACHINE/start.S.
 */
#ifndef HARDWIRE_H
#define HARDWIRE_H

#include <stddef.h>
#include <stdint.h>

#include "system.h"

#define PRIVATE __attribute__((visibility("hidden")))

/* The blob header, see patcher/src/main/kaitai/hardwire_note.ksy. */
struct header {
  char magic[8];
  uint16_t version, machine;
  uint32_t flags;
  uint64_t target;
  uint32_t records, record_count, code, code_size, data, data_size;
  uint64_t blob_size, reserved;
};

/* As wide as a pointer: addresses, the auxiliary vector, arguments of system calls. */
typedef uintptr_t word;

/* A step of a setup program, see stub.S. */
struct record {
  uint16_t number;
  uint8_t result, failure, skip_on_failure, skip_on_success;
  uint16_t message_size;
  uint32_t kinds, message;
  word arguments[6];
};

/* Flags in the header before the code. */
#define FROM_PROGRAM 1 /* run the setup programs of the main program */
#define FROM_ENVIRONMENT 2 /* build a filter from the three variables */
#define REQUIRE_POLICY 4 /* never start a program for which no policy is found */
#define ALLOW_UNCONFINED 8 /* start a program for which no policy is found */
#define EXECVE_DENIED 16 /* for the launcher: the built-in policy does not allow execve */

#define AT_PHDR 3
#define AT_PHENT 4
#define AT_PHNUM 5
#define AT_PAGESZ 6
#define AT_BASE 7
#define AT_ENTRY 9
#define AT_SECURE 23
#define AT_EXECFN 31

/* The addresses of arguments, environment and auxiliary vector on the initial stack. */
struct process {
  char **arguments;
  char **environment;
  const word *auxiliary; /* pairs of type and value */
};

/* Bytes that need no terminating zero. */
struct text {
  const char *start;
  size_t size;
};

#define AT_FDCWD -100
#define O_CLOEXEC 02000000
#define O_NONBLOCK 04000
#define MAP_ANONYMOUS 0x20

static inline long system_call(long number, long a, long b, long c) {
  return system_call6(number, a, b, c, 0, 0, 0);
}

static inline long system_call5(long number, long a, long b, long c, long d, long e) {
  return system_call6(number, a, b, c, d, e, 0);
}

/*
 * System calls have small indices, which are used in sets and in the tables of names. An index is the number of the
 * call, except that the indices from PRIVATE_INDEX on are for the numbers from PRIVATE_NUMBER on, which arm has. No
 * call has the number PRIVATE_INDEX - 1, or one between PRIVATE_INDEX and PRIVATE_NUMBER. The operations of
 * socketcall(2) and ipc(2) follow after the numbers.
 */
#define PRIVATE_INDEX 1008
#define PRIVATE_NUMBER 0xf0000u
#define NUMBERS 1024
#define OPERATIONS 32
#define SOCKETCALL_INDEX NUMBERS
#define IPC_INDEX (SOCKETCALL_INDEX + OPERATIONS)
#define INDICES (IPC_INDEX + OPERATIONS)

struct instruction {
  uint16_t code;
  uint8_t true_skip, false_skip;
  uint32_t value;
};

/* A seccomp filter. */
struct filter {
  uint32_t count;
  uint32_t execve_action; /* its decision for execve */
  struct instruction list[3 * INDICES + 32];
};

#define RET_KILL_PROCESS 0x80000000u
#define RET_KILL_THREAD 0u
#define RET_TRAP 0x30000u
#define RET_ERRNO 0x50000u
#define RET_LOG 0x7ffc0000u
#define RET_ALLOW 0x7fff0000u

/* The header directly before the code. */
extern PRIVATE const struct header hardwire_header;

/* stub.S: runs a setup program. */
PRIVATE void hardwire_run(const struct header *blob);

/* process.c: messages, all to stderr. */
PRIVATE void say(const char *word);
PRIVATE void say_number(unsigned number);
PRIVATE void say_text(struct text text);

/* process.c: writes the end of a message and ends the process with 126. */
PRIVATE _Noreturn void stop(const char *text);

/* process.c: writes the reason and ends the process with 126. */
PRIVATE _Noreturn void fail(const char *reason);

/*
 * process.c: the process whose arguments start at an address, their count first. Ends the process if arguments,
 * environment and auxiliary vector are not there, within that many words.
 */
PRIVATE struct process process_at(const word *stack, size_t size);

/* A size where the end of the stack is not known. */
#define ANY_SIZE 0x400000

/* process.c: a value of the auxiliary vector; 0 if there is none. */
PRIVATE word auxiliary(const struct process *process, word type);

/* process.c: the value of the first variable with the name, like getenv(3); its start is 0 if there is none. */
PRIVATE struct text find_variable(char **environment, const char *name);

PRIVATE int same(struct text text, const char *word);
PRIVATE int starts_with(struct text text, const char *prefix);
PRIVATE struct text after(struct text text, size_t skip);

/*
 * environment.c: if the variables contain a policy, builds its filter, removes them, and returns true. If mark is not
 * 0, it then replaces one of them.
 *
 * The tables of names, see dev.hardwire.stub.library.NameTables.
 */
PRIVATE int read_environment(char **environment, const unsigned char *names, const char *mark, struct filter *filter);

#endif
