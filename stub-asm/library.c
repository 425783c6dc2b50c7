/*
 * The start of the library, which the dynamic linker calls as DT_INIT or from the init array. The flags in its header
 * say where the policy comes from; a built-in policy is the setup program after the header.
 */
#include "hardwire.h"

/* Set in the environment of a program that got its policy from there, for the programs that it starts. */
#define MARK "HARDWIRE_CONFINED"

#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_FILTER_FLAG_TSYNC 1

/* program.c: runs every setup program of the main program; returns the number of its policies. */
PRIVATE int run_programs(const struct process *process);

static long open_file(const char *path) {
  return system_call(NR_OPENAT, AT_FDCWD, (long)path, O_CLOEXEC);
}

/*
 * proc_pid_stat(5): field 28, startstack, is the address of the argument count, and field 48, arg_start, that of the
 * first argument's text, which follows after the auxiliary vector. They do not depend on the dynamic linker, unlike the
 * arguments of DT_INIT. Emulators leave field 48 out.
 */
static struct process read_process(void) {
  char text[1536];
  long file = open_file("/proc/self/stat");
  long size = file < 0 ? file : system_call(NR_READ, file, (long)text, sizeof text);
  if (size <= 0) {
    fail("cannot read /proc/self/stat, so the program was not started\n");
  }
  system_call(NR_CLOSE, file, 0, 0);
  long at = size;
  while (at > 0 && text[at - 1] != ')') { /* the end of field 2, which may contain any character */
    at--;
  }
  word start = 0;
  word end = 0;
  int field = 2;
  for (; at < size && field <= 48; at++) {
    if (text[at] == ' ') {
      field++;
    } else if (field == 28) {
      start = start * 10 + (word)(text[at] - '0');
    } else if (field == 48) {
      end = end * 10 + (word)(text[at] - '0');
    }
  }
  if (start == 0) {
    fail("/proc/self/stat does not tell where the stack starts, so the program was not started\n");
  }
  return process_at((const word *)start, end > start ? (end - start) / sizeof(word) : ANY_SIZE);
}

/* Whether proc_pid_status(5) says that a filter is installed. Names in it have no line feeds. */
static int is_filtered(void) {
  static const char line[] = "\nSeccomp:\t2\n";
  char text[512];
  size_t found = 0;
  long size;
  long file = open_file("/proc/self/status");
  while (file >= 0 && found < sizeof line - 1 && (size = system_call(NR_READ, file, (long)text, sizeof text)) > 0) {
    for (long i = 0; i < size && found < sizeof line - 1; i++) {
      found = text[i] == line[found] ? found + 1 : text[i] == '\n';
    }
  }
  if (file >= 0) {
    system_call(NR_CLOSE, file, 0, 0);
  }
  return found == sizeof line - 1;
}

static int is_marked(const struct process *process) {
  return same(find_variable(process->environment, MARK), "1");
}

/*
 * The first call to seccomp has a program of length 0, which only the kernel answers with EINVAL. A filter outside this
 * process sees no difference between the two calls, so one that fakes them with another result is found out.
 */
static void install(const struct filter *filter) {
  struct {
    uint16_t count;
    const struct instruction *list;
  } program = {0, filter->list};
  if (system_call5(NR_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    fail("prctl(PR_SET_NO_NEW_PRIVS) failed, so the program was not started\n");
  }
  if (system_call(NR_SECCOMP, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)&program) >= 0) {
    fail("a filter outside this program fakes seccomp, so the program was not started\n");
  }
  program.count = (uint16_t)filter->count;
  if (system_call(NR_SECCOMP, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (long)&program) != 0) {
    fail("seccomp(SECCOMP_SET_MODE_FILTER) failed, so the program was not started\n");
  }
}

static int run_environment(const struct process *process) {
  struct filter filter;
  const unsigned char *names = (const unsigned char *)&hardwire_header + hardwire_header.data;
  if (!read_environment(process->environment, names, is_marked(process) ? 0 : MARK "=1", &filter)) {
    return 0;
  }
  install(&filter);
  return 1;
}

/* Programs with more rights than their caller ignore the caller's environment. */
static int run_policies(const struct process *process) {
  int secure = auxiliary(process, AT_SECURE) != 0;
  int policies = 0;
  if ((hardwire_header.flags & FROM_PROGRAM) != 0) {
    policies += run_programs(process);
  }
  if ((hardwire_header.flags & FROM_ENVIRONMENT) != 0 && !secure) {
    policies += run_environment(process);
  }
  if (policies == 0 && (hardwire_header.flags & REQUIRE_POLICY) == 0) {
    return !secure && is_marked(process) && is_filtered();
  }
  return policies;
}

__attribute__((section(".text.start"))) PRIVATE void hardwire_start(void) {
  if (hardwire_header.record_count != 0) {
    hardwire_run(&hardwire_header);
    return;
  }
  struct process process = read_process();
  if (run_policies(&process) == 0 && (hardwire_header.flags & ALLOW_UNCONFINED) == 0) {
    fail("the program has no policy, so it was not started\n");
  }
}
