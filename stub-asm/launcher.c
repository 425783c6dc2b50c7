/*
 * The launcher. Its data are the blob that is added to programs and, if the policy comes from the environment, the
 * tables of names after it. In that case the filter of the blob is a placeholder.
 */
#include "launcher.h"

#define AT_EMPTY_PATH 0x1000
#define STATX_TYPE_MODE 3
#define X_OK 1
#define PROT_READ 1
#define PROT_READ_WRITE 3
#define MAP_PRIVATE 2
#define PR_SET_NAME 15
#define NAME_SIZE 16
#define STORE 0xffff
#define ENOENT 2
#define EACCES 13
#define ENOTDIR 20
#define PATH_SIZE 4096

/* statx(2): 256 bytes */
struct status {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, user, group;
  uint16_t mode, spare;
  uint64_t inode, size;
  uint64_t rest[26];
};

_Static_assert(sizeof(struct status) == 256, "struct statx");

static _Noreturn void leave(long status) {
  for (;;) {
    system_call(NR_EXIT_GROUP, status, 0, 0);
    __builtin_trap();
  }
}

static _Noreturn void refuse(const char *program, const char *reason) {
  say("hardwire: ");
  say(program);
  say(": ");
  say(reason);
  stop(", so it was not started\n");
}

static _Noreturn void refuse_error(const char *program, const char *what, long error) {
  say("hardwire: ");
  say(program);
  say(": ");
  say(what);
  say(": error ");
  say_number((unsigned)-error);
  say(", so it was not started\n");
  leave(error == -ENOENT || error == -ENOTDIR ? 127 : 126);
}

/* ---- options */

static void print(const char *word) {
  size_t size = 0;
  while (word[size] != 0) {
    size++;
  }
  system_call(NR_WRITE, 1, (long)word, (long)size);
}

static _Noreturn void help(const char *name) {
  print("Usage: ");
  print(name);
  print(" [--before-exec] [--] PROGRAM [ARGUMENT]...\n"
        "Run a program under a seccomp policy: that of SECCOMP_SYSCALL_ALLOW, SECCOMP_SYSCALL_DENY\n"
        "and SECCOMP_DEFAULT_ACTION, unless this launcher has one built in.\n"
        "\n"
        "  --before-exec   Install the filter before the program is executed. Then it has to allow\n"
        "                  execve and all that the start of the program needs.\n"
        "  --help          Print this and do nothing.\n"
        "\n"
        "A program that is not started: status 126; one that is not there: 127; wrong usage: 2.\n");
  leave(0);
}

static _Noreturn void reject_usage(const char *name) {
  say("hardwire: usage: ");
  say(name);
  say(" [--before-exec] [--] PROGRAM [ARGUMENT]...\n");
  leave(2);
}

static int is_word(const char *argument, const char *word) {
  struct text text = {argument, 0};
  while (argument[text.size] != 0) {
    text.size++;
  }
  return same(text, word);
}

/* The program with its arguments. */
static char **read_options(char **arguments, int *before) {
  const char *name = arguments[0] != 0 ? arguments[0] : "launcher";
  if (arguments[0] == 0) {
    reject_usage(name);
  }
  for (arguments++; *arguments != 0 && (*arguments)[0] == '-'; arguments++) {
    if (is_word(*arguments, "--help")) {
      help(name);
    }
    if (is_word(*arguments, "--")) {
      arguments++;
      break;
    }
    if (!is_word(*arguments, "--before-exec")) {
      reject_usage(name);
    }
    *before = 1;
  }
  if (*arguments == 0) {
    reject_usage(name);
  }
  return arguments;
}

/* ---- the program's file */

static long stat_path(const char *path, struct status *status) {
  return system_call5(NR_STATX, AT_FDCWD, (long)path, 0, STATX_TYPE_MODE, (long)status);
}

static int is_file(const char *path, struct status *status) {
  return stat_path(path, status) == 0 && (status->mode & 0170000) == 0100000 &&
         system_call(NR_FACCESSAT, AT_FDCWD, (long)path, X_OK) == 0;
}

/* Searches as execvp(3) does; path has PATH_SIZE bytes. */
static int search(const char *program, struct text folders, char *path) {
  struct status status;
  size_t start = 0;
  for (size_t i = 0; i <= folders.size; i++) {
    if (i < folders.size && folders.start[i] != ':') {
      continue;
    }
    size_t length = 0;
    for (size_t k = start; k < i && length < PATH_SIZE; k++) {
      path[length++] = folders.start[k];
    }
    if (length > 0 && length < PATH_SIZE) {
      path[length++] = '/';
    }
    for (size_t k = 0; length < PATH_SIZE; k++) {
      path[length++] = program[k];
      if (program[k] == 0) {
        break;
      }
    }
    if (length < PATH_SIZE && is_file(path, &status)) {
      return 1;
    }
    start = i + 1;
  }
  return 0;
}

static const char *find_program(const char *program, char **environment, char *path) {
  struct text folders = find_variable(environment, "PATH");
  static const char usual[] = "/bin:/usr/bin";
  for (size_t i = 0; program[i] != 0; i++) {
    if (program[i] == '/') {
      return program;
    }
  }
  if (folders.start == 0) {
    folders.start = usual;
    folders.size = sizeof usual - 1;
  }
  if (program[0] == 0 || !search(program, folders, path)) {
    refuse_error(program, "no such program in PATH", -ENOENT);
  }
  return path;
}

/* Refuses files that execve would refuse, and files that would run with other rights. */
static void check_status(const char *path) {
  struct status status;
  long error = stat_path(path, &status);
  if (error != 0) {
    refuse_error(path, "cannot find out what it is", error);
  }
  if ((status.mode & 0170000) != 0100000) {
    refuse(path, "it is not a regular file");
  }
  if ((status.mode & 06000) != 0) {
    refuse(path, "it is setuid or setgid, and a confined program does not get those rights");
  }
  error = system_call(NR_FACCESSAT, AT_FDCWD, (long)path, X_OK);
  if (error != 0) {
    refuse_error(path, "cannot be executed", error);
  }
}

/* Maps the start of the file, or anonymous memory if there is no file. */
static long map(long file, word size, long protection) {
  long flags = MAP_PRIVATE | (file < 0 ? MAP_ANONYMOUS : 0);
#if defined(MAP_BY_POINTER)
  const word arguments[6] = {0, size, (word)protection, (word)flags, (word)file, 0};
  return system_call(NR_MMAP, (long)arguments, 0, 0);
#elif defined(NR_MMAP2)
  return system_call6(NR_MMAP2, 0, (long)size, protection, flags, file, 0);
#else
  return system_call6(NR_MMAP, 0, (long)size, protection, flags, file, 0);
#endif
}

/* Whether the file may be read. A program without read permission is not an error. */
static int read_program(const char *path, struct image *image) {
  struct status status;
  static const char nothing[] = "";
  long file = system_call(NR_OPENAT, AT_FDCWD, (long)path, O_CLOEXEC | O_NONBLOCK);
  if (file == -EACCES) {
    return 0;
  }
  long error = file;
  if (error >= 0) {
    error = system_call5(NR_STATX, file, (long)nothing, AT_EMPTY_PATH, 0x7ff, (long)&status);
  }
  if (error >= 0 && (status.mode & 0170000) == 0100000 && status.size > 0) {
    image->size = (word)status.size;
    error = image->size == status.size ? map(file, image->size, PROT_READ) : -EACCES;
    image->bytes = (const char *)error;
    error = error < 0 && error > -4096 ? error : 0;
  } else if (error >= 0) {
    refuse(path, "it is empty");
  }
  if (error < 0) {
    refuse_error(path, "cannot be read", error);
  }
  system_call(NR_CLOSE, file, 0, 0);
  return 1;
}

/* ---- the blob */

/* Replaces the placeholder filter of the blob. */
static void put_filter(struct header *blob, struct record *records, const struct filter *filter) {
  struct instruction *to = (struct instruction *)((char *)blob + blob->blob_size);
  for (uint32_t i = 0; i < filter->count; i++) {
    to[i] = filter->list[i];
  }
  for (uint32_t i = 0; i < blob->record_count; i++) {
    if (records[i].number == STORE) { /* struct sock_fprog: the count, and one word later the address */
      records[i].arguments[0] = 0;
      *(uint16_t *)&records[i].arguments[0] = (uint16_t)filter->count;
      records[i].arguments[2] = (word)blob->blob_size;
    }
  }
  blob->blob_size += filter->count * sizeof *to;
}

static const char *name_of(const char *path) {
  const char *name = path;
  for (size_t i = 0; path[i] != 0; i++) {
    name = path[i] == '/' ? path + i + 1 : name;
  }
  return name;
}

static void put_name(struct header *blob, struct record *records, const char *name) {
  for (uint32_t i = 0; i < blob->record_count; i++) {
    if (records[i].number == NR_PRCTL && records[i].arguments[0] == PR_SET_NAME) {
      char *to = (char *)blob + records[i].arguments[1];
      for (size_t k = 0; k < NAME_SIZE - 1 && name[k] != 0; k++) {
        *to++ = name[k];
      }
      *to = 0;
    }
  }
}

/* A copy of the launcher's data, the blob, in writable memory. */
static struct blob make_blob(const char *path, const struct filter *filter, unsigned segments) {
  const struct header *from = (const struct header *)((const char *)&hardwire_header + hardwire_header.data);
  word filter_size = filter == 0 ? 0 : filter->count * sizeof(struct instruction);
  word size = (word)from->blob_size + filter_size + (segments + 1) * sizeof(struct segment);
  struct header *header = (struct header *)map(-1, size, PROT_READ_WRITE);
  if ((long)header < 0 && (long)header > -4096) {
    refuse(path, "no memory");
  }
  for (word i = 0; i < from->blob_size; i++) {
    ((char *)header)[i] = ((const char *)from)[i];
  }
  struct record *records = (struct record *)((char *)header + header->records);
  put_name(header, records, name_of(path));
  if (filter != 0) {
    put_filter(header, records, filter);
  }
  struct blob blob = {header, (word)header->blob_size};
  return blob;
}

/* ---- the start */

/* The variables in which the dynamic linker replaces $ORIGIN. */
static int has_origin_in(char **environment) {
  return has_origin(find_variable(environment, "LD_LIBRARY_PATH")) ||
         has_origin(find_variable(environment, "LD_PRELOAD")) || has_origin(find_variable(environment, "LD_AUDIT"));
}

static _Noreturn void execute_confined(const char *path, const char *reason, const struct blob *blob, int denied,
                                       char **arguments, char **environment) {
  if (denied) {
    say("hardwire: ");
    say(path);
    say(": ");
    say(reason);
    stop(", so the policy would have to allow execve; it was not started\n");
  }
  say("hardwire: ");
  say(path);
  say(": ");
  say(reason);
  say(", so the filter is installed before it is executed\n");
  hardwire_run(blob->header);
  long error = system_call(NR_EXECVE, (long)path, (long)arguments, (long)environment);
  refuse_error(path, "cannot be executed", error);
}

PRIVATE _Noreturn void launch(const word *stack) {
  struct process process = process_at(stack, ANY_SIZE);
  struct filter filter;
  struct image image;
  char found[PATH_SIZE];
  int before = 0;
  int given = (hardwire_header.flags & FROM_ENVIRONMENT) != 0;
  int denied = (hardwire_header.flags & EXECVE_DENIED) != 0;
  if (auxiliary(&process, AT_SECURE) != 0) {
    fail("a launcher with rights that its caller does not have starts nothing\n");
  }
  char **arguments = read_options(process.arguments, &before);
  if (given) {
    const struct header *blob = (const struct header *)((const char *)&hardwire_header + hardwire_header.data);
    if (!read_environment(process.environment, (const unsigned char *)blob + blob->blob_size, 0, &filter)) {
      fail("no policy: set SECCOMP_SYSCALL_ALLOW or SECCOMP_SYSCALL_DENY; the program was not started\n");
    }
    denied = filter.execve_action != RET_ALLOW && filter.execve_action != RET_LOG;
  }
  const char *path = find_program(arguments[0], process.environment, found);
  check_status(path);
  const char *reason = before ? "--before-exec is given" : 0;
  image.page = auxiliary(&process, AT_PAGESZ);
  image.header = 0;
  if (!read_program(path, &image)) {
    reason = "it cannot be read";
  } else {
    const char *refusal = read_image(&image);
    if (refusal != 0) {
      refuse(path, refusal);
    }
    if (reason == 0) {
      reason = needs_its_file(&image);
    }
  }
  if (reason == 0 && has_origin_in(process.environment)) {
    reason = "$ORIGIN in the environment means the folder of its file";
  }
  struct blob blob = make_blob(path, given ? &filter : 0, image.header == 0 ? 0 : image.header->segment_count);
  if (reason == 0) {
    long file = confined_copy(&image, &blob, name_of(path));
    if (file >= 0) {
      system_call5(NR_EXECVEAT, file, (long)"", (long)arguments, (long)process.environment, AT_EMPTY_PATH);
    }
    reason = "a copy of it in memory cannot be executed";
  }
  execute_confined(path, reason, &blob, denied, arguments, process.environment);
}
