/* System calls and constants of x86-64, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 62 /* EM_X86_64 */
#define NR_READ 0
#define NR_WRITE 1
#define NR_CLOSE 3
#define NR_LSEEK 8
#define NR_MMAP 9
#define NR_MPROTECT 10
#define NR_MUNMAP 11
#define NR_EXECVE 59
#define NR_PRCTL 157
#define NR_EXIT_GROUP 231
#define NR_OPENAT 257
#define NR_FACCESSAT 269
#define NR_PRLIMIT64 302
#define NR_SECCOMP 317
#define NR_GETRANDOM 318
#define NR_MEMFD_CREATE 319
#define NR_EXECVEAT 322
#define NR_STATX 332
#define AUDIT_ARCHITECTURE 0xc000003eu
#define REFUSED_FROM 0x40000000u /* x32 calls, and the number -1 */

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

#endif
