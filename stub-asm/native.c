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

/* The address of the memory of a direct buffer; 0 if it is no such buffer. */
EXPORTED jlong Java_dev_hardwire_os_NativeCalls_address(environment env, jobject type, jobject buffer) {
  (void)type;
  address_function function = (address_function)(uintptr_t)(*env)[GET_DIRECT_BUFFER_ADDRESS];
  return (jlong)(uintptr_t)function(env, buffer);
}
