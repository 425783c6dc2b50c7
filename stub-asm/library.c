/*
 * The start of the library: what the dynamic linker calls as DT_INIT. Its header's flags say where the policy comes
 * from; a policy that was built in is the setup program behind the header.
 */
#include "hardwire.h"

PRIVATE _Noreturn void stop(const char *text) {
  size_t length = 0;
  while (text[length] != 0) {
    length++;
  }
  system_call(NR_WRITE, 2, (long)text, (long)length);
  for (;;) {
    system_call(NR_EXIT_GROUP, 126, 0, 0);
    __builtin_trap();
  }
}

PRIVATE _Noreturn void fail(const char *reason) {
  static const char prefix[] = "hardwire: ";
  system_call(NR_WRITE, 2, (long)prefix, sizeof prefix - 1);
  stop(reason);
}

/*
 * proc_pid_stat(5): field 28, startstack, is the address of the argument count. It is the same with every dynamic
 * linker, which the arguments of DT_INIT are not.
 */
static const uint64_t *start_of_stack(void) {
  char text[1024];
  long file = system_call(NR_OPEN, (long)"/proc/self/stat", 02000000 /* O_RDONLY | O_CLOEXEC */, 0);
  long size = file < 0 ? file : system_call(NR_READ, file, (long)text, sizeof text);
  if (size <= 0) {
    fail("cannot read /proc/self/stat, so the program was not started\n");
  }
  system_call(NR_CLOSE, file, 0, 0);
  long at = size;
  while (at > 0 && text[at - 1] != ')') { /* the end of field 2, which may hold anything */
    at--;
  }
  uint64_t value = 0;
  int field = 2;
  for (; at < size && field <= 28; at++) {
    if (text[at] == ' ') {
      field++;
    } else if (field == 28) {
      value = value * 10 + (uint64_t)(text[at] - '0');
    }
  }
  if (value == 0) {
    fail("/proc/self/stat does not tell where the stack starts, so the program was not started\n");
  }
  return (const uint64_t *)value;
}

static struct process find_process(void) {
  const uint64_t *stack = start_of_stack();
  struct process process;
  process.environment = (char **)(stack + 1 + stack[0] + 1);
  const uint64_t *at = (const uint64_t *)process.environment;
  while (*at != 0) {
    at++;
  }
  while (*at == 0) { /* dynamic linkers that remove variables leave more than one null pointer */
    at++;
  }
  process.auxiliary = at;
  return process;
}

__attribute__((section(".text.start"))) PRIVATE void hardwire_start(void) {
  int policies = 0;
  if (hardwire_header.record_count != 0) {
    hardwire_run(&hardwire_header);
    policies++;
  }
  if ((hardwire_header.flags & (FROM_PROGRAM | FROM_ENVIRONMENT)) != 0) {
    struct process process = find_process();
    if ((hardwire_header.flags & FROM_PROGRAM) != 0) {
      policies += run_programs(&process);
    }
    if ((hardwire_header.flags & FROM_ENVIRONMENT) != 0) {
      policies += run_environment(&process);
    }
  }
  if (policies == 0 && (hardwire_header.flags & REQUIRE_POLICY) != 0) {
    fail("the program has no policy, so it was not started\n");
  }
}
