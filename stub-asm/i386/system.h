/* System calls and constants of i386, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 3 /* EM_386 */
#define NR_READ 3
#define NR_WRITE 4
#define NR_CLOSE 6
#define NR_EXECVE 11
#define NR_LSEEK 19
#define NR_MUNMAP 91
#define NR_SOCKETCALL 102
#define NR_IPC 117
#define NR_MPROTECT 125
#define NR_PRCTL 172
#define NR_MMAP2 192
#define NR_EXIT_GROUP 252
#define NR_OPENAT 295
#define NR_FACCESSAT 307
#define NR_PRLIMIT64 340
#define NR_SECCOMP 354
#define NR_GETRANDOM 355
#define NR_MEMFD_CREATE 356
#define NR_EXECVEAT 358
#define NR_STATX 383
#define AUDIT_ARCHITECTURE 0x40000003u

/* ebp, which may be the frame pointer, takes the sixth argument. */
static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  __asm__ volatile("pushl %[sixth]\n\t"
                   "pushl %%ebp\n\t"
                   "movl 4(%%esp), %%ebp\n\t"
                   "int $0x80\n\t"
                   "popl %%ebp\n\t"
                   "addl $4, %%esp"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [sixth] "g"(f)
                   : "memory", "cc");
  return result;
}

#endif
