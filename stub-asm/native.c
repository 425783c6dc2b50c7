/*
 * The native methods of dev.hardwire.os.NativeCalls: a shared library of the host, for the JVM. It needs no other
 * library, no relocations and no writable data.
 */
#include <stddef.h>
#include <stdint.h>

#include "system.h"

#define EXPORTED __attribute__((visibility("default")))

/* The place of GetDirectBufferAddress in the table of functions: Java Native Interface Specification, chapter 4. */
#define GET_DIRECT_BUFFER_ADDRESS 230

typedef int64_t jlong;
typedef void *jobject;
typedef const void *const *const *environment;
typedef void *(*address_function)(environment, jobject);

/* Makes a system call. Returns what the kernel returned: a result, or an error number times -1. */
EXPORTED jlong Java_dev_hardwire_os_NativeCalls_syscall(
    environment env, jobject type, jlong number, jlong a, jlong b, jlong c, jlong d, jlong e, jlong f) {
  (void)env;
  (void)type;
  return system_call6((long)number, (long)a, (long)b, (long)c, (long)d, (long)e, (long)f);
}

/*
 * Makes the first of a list of system calls, each a number and six arguments. If it returns 0 in a new process, that
 * process makes the others. The last one ends it: its first argument is the result of the call before it, times -1.
 * The new process has copies of this one's memory and thread only, so it must not return to the JVM.
 */
EXPORTED jlong Java_dev_hardwire_os_NativeCalls_fork(environment env, jobject type, jlong address, jlong count) {
  const int64_t *call = (const int64_t *)(uintptr_t)address;
  int64_t result;
  (void)env;
  (void)type;
  result = system_call6((long)call[0], (long)call[1], (long)call[2], (long)call[3], (long)call[4], (long)call[5],
                        (long)call[6]);
  if (result != 0) {
    return result;
  }
  for (int64_t i = 1;; i += i < count - 1) {
    int64_t last = result;
    call = (const int64_t *)(uintptr_t)address + 7 * i;
    result = system_call6((long)call[0], (long)(i < count - 1 ? call[1] : -last), (long)call[2], (long)call[3],
                          (long)call[4], (long)call[5], (long)call[6]);
  }
}

/* The address of the memory of a direct buffer; 0 if it is no such buffer. */
EXPORTED jlong Java_dev_hardwire_os_NativeCalls_address(environment env, jobject type, jobject buffer) {
  (void)type;
  address_function function = (address_function)(uintptr_t)(*env)[GET_DIRECT_BUFFER_ADDRESS];
  return (jlong)(uintptr_t)function(env, buffer);
}
