/* System calls and constants of s390x, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 22 /* EM_S390 */
#define NR_READ 3
#define NR_WRITE 4
#define NR_CLOSE 6
#define NR_EXECVE 11
#define NR_LSEEK 19
#define NR_MMAP 90
#define MAP_BY_POINTER 1 /* mmap takes the address of its arguments */
#define NR_MUNMAP 91
#define NR_SOCKETCALL 102
#define NR_IPC 117
#define NR_MPROTECT 125
#define NR_PRCTL 172
#define NR_EXIT_GROUP 248
#define NR_OPENAT 288
#define NR_FACCESSAT 300
#define NR_PRLIMIT64 334
#define NR_SECCOMP 348
#define NR_GETRANDOM 349
#define NR_MEMFD_CREATE 350
#define NR_EXECVEAT 354
#define NR_STATX 379
#define AUDIT_ARCHITECTURE 0x80000016u

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r1 __asm__("1") = number;
  register long r2 __asm__("2") = a;
  register long r3 __asm__("3") = b;
  register long r4 __asm__("4") = c;
  register long r5 __asm__("5") = d;
  register long r6 __asm__("6") = e;
  register long r7 __asm__("7") = f;
  __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r7) : "memory", "cc");
  return r2;
}

#endif
