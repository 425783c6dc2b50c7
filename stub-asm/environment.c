/*
 * The policy in the environment: SECCOMP_SYSCALL_ALLOW, SECCOMP_SYSCALL_DENY and SECCOMP_DEFAULT_ACTION, read as
 * dev.hardwire.formats.environment.EnvironmentPolicy reads them. The names of system calls, groups and errors are in the
 * library's data, which Java writes.
 */
#include "hardwire.h"

static int is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct text strip(struct text text) {
  while (text.size > 0 && is_space(text.start[0])) {
    text = after(text, 1);
  }
  while (text.size > 0 && is_space(text.start[text.size - 1])) {
    text.size--;
  }
  return text;
}

/* item 0: the variable as a whole */
static _Noreturn void reject(const char *variable, unsigned item, const char *what, struct text value) {
  say("hardwire: ");
  say(variable);
  if (item > 0) {
    say(", item ");
    say_number(item);
  }
  say(": unknown ");
  say(what);
  say(" \"");
  say_text(value);
  stop("\", so the program was not started\n");
}

/* ---- the tables of names */

/* Entries of a byte with the name's length, the name, 16-bit count and indices; a length of 0 ends a table. */
struct entry {
  struct text name;
  const unsigned char *numbers;
  unsigned count;
};

static const unsigned char *next(const unsigned char *at, struct entry *entry) {
  entry->name.start = (const char *)at + 1;
  entry->name.size = *at;
  at += 1 + *at;
  entry->count = at[0] | (unsigned)at[1] << 8;
  entry->numbers = at + 2;
  return entry->numbers + 2 * entry->count;
}

static unsigned number(const struct entry *entry, unsigned index) {
  return entry->numbers[2 * index] | (unsigned)entry->numbers[2 * index + 1] << 8;
}

static int find(const unsigned char *table, struct text name, struct entry *entry) {
  while (*table != 0) {
    table = next(table, entry);
    if (entry->name.size == name.size) {
      size_t i = 0;
      while (i < name.size && entry->name.start[i] == name.start[i]) {
        i++;
      }
      if (i == name.size) {
        return 1;
      }
    }
  }
  return 0;
}

/* The table of errors follows that of calls. */
static const unsigned char *errors(const unsigned char *names) {
  struct entry entry;
  while (*names != 0) {
    names = next(names, &entry);
  }
  return names + 1;
}

/* ---- the three variables */

static int is_listed(const unsigned char *set, uint32_t index) {
  return set[index / 8] >> index % 8 & 1;
}

#ifdef NR_SOCKETCALL
/* An excluded multiplexer is not counted. */
static void exclude_passed(unsigned char *excluded, uint32_t call, uint32_t first) {
  if (is_listed(excluded, call)) {
    for (uint32_t i = first / 8; i < (first + OPERATIONS) / 8; i++) {
      excluded[i] = 0xff;
    }
  }
}
#endif

/* A name after ~ is excluded, wherever it is in the list. */
static void read_list(const char *variable, struct text list, const unsigned char *names, unsigned char *set) {
  unsigned char excluded[INDICES / 8];
  for (size_t i = 0; i < sizeof excluded; i++) {
    set[i] = excluded[i] = 0;
  }
  unsigned item = 0;
  size_t start = 0;
  for (size_t i = 0; i <= list.size; i++) {
    if (i < list.size && list.start[i] != ':' && list.start[i] != ',') {
      continue;
    }
    struct text part = {list.start + start, i - start};
    struct text name = strip(part);
    unsigned char *target = set;
    struct entry entry;
    item++;
    start = i + 1;
    if (name.size == 0) {
      continue;
    }
    if (name.start[0] == '~') {
      name = after(name, 1);
      target = excluded;
    }
    if (!find(names, name, &entry)) {
      reject(variable, item, name.size > 0 && name.start[0] == '@' ? "group" : "system call", name);
    }
    for (unsigned n = 0; n < entry.count; n++) {
      target[number(&entry, n) / 8] |= (unsigned char)(1 << number(&entry, n) % 8);
    }
  }
#ifdef NR_SOCKETCALL
  exclude_passed(excluded, NR_SOCKETCALL, SOCKETCALL_INDEX);
  exclude_passed(excluded, NR_IPC, IPC_INDEX);
#endif
  for (size_t i = 0; i < sizeof excluded; i++) {
    set[i] = (unsigned char)(set[i] & ~excluded[i]);
  }
}

static uint32_t read_errno(struct text value, const unsigned char *names) {
  struct text name = strip(after(value, sizeof "errno:" - 1));
  struct entry entry;
  unsigned number_given = 0;
  if (find(errors(names), name, &entry)) {
    return RET_ERRNO | number(&entry, 0);
  }
  size_t i = 0;
  while (i < name.size && i < 5 && name.start[i] >= '0' && name.start[i] <= '9') {
    number_given = number_given * 10 + (unsigned)(name.start[i] - '0');
    i++;
  }
  if (i == 0 || i != name.size || i > 4 || number_given > 4095) {
    reject("SECCOMP_DEFAULT_ACTION", 0, "action", value);
  }
  return RET_ERRNO | number_given;
}

static uint32_t read_action(struct text value, const unsigned char *names) {
  if (value.size == 0 || same(value, "kill") || same(value, "kill-process")) {
    return RET_KILL_PROCESS;
  }
  if (same(value, "log")) {
    return RET_LOG;
  }
  if (same(value, "trap")) {
    return RET_TRAP;
  }
  if (same(value, "kill-thread")) {
    return RET_KILL_THREAD;
  }
  if (starts_with(value, "errno:") || starts_with(value, "errno ")) {
    return read_errno(value, names);
  }
  reject("SECCOMP_DEFAULT_ACTION", 0, "action", value);
}

static int is_named(const char *entry, const char *name) {
  size_t i = 0;
  while (name[i] != 0 && entry[i] == name[i]) {
    i++;
  }
  return name[i] == 0 && entry[i] == '=';
}

/*
 * Removes the variables from the list, and erases the strings in memory, since another list may point to them. The mark
 * is shorter than all of them, and replaces the first.
 */
static void remove_variables(char **environment, const char *mark) {
  char **to = environment;
  for (char **from = environment; *from != 0; from++) {
    char *entry = *from;
    if (!is_named(entry, "SECCOMP_SYSCALL_ALLOW") && !is_named(entry, "SECCOMP_SYSCALL_DENY") &&
        !is_named(entry, "SECCOMP_DEFAULT_ACTION")) {
      *to++ = entry;
      continue;
    }
    if (mark != 0) {
      *to++ = entry;
    }
    while (mark != 0 && *mark != 0) {
      *entry++ = *mark++;
    }
    mark = 0;
    while (*entry != 0) {
      *entry++ = 0;
    }
  }
  while (*to != 0) {
    *to++ = 0;
  }
}

/* ---- the filter: a binary search over ranges of numbers with the same decision */

#define LOAD 0x20 /* BPF_LD | BPF_W | BPF_ABS */
#define JUMP 0x05 /* BPF_JMP | BPF_JA */
#define JUMP_EQUAL 0x15 /* BPF_JMP | BPF_JEQ | BPF_K */
#define JUMP_ABOVE 0x35 /* BPF_JMP | BPF_JGE | BPF_K */
#define RETURN 0x06 /* BPF_RET | BPF_K */
#define AND 0x54 /* BPF_ALU | BPF_AND | BPF_K */
#define OFFSET_NUMBER 0
#define OFFSET_ARCHITECTURE 4

struct ranges {
  uint32_t count;
  uint16_t starts[NUMBERS + 1]; /* indices, the first is 0 */
  uint8_t listed[NUMBERS + 1]; /* whether the calls from that index on are in the list */
};

static uint32_t emit(struct filter *filter, uint16_t code, uint8_t true_skip, uint8_t false_skip, uint32_t value) {
  struct instruction *instruction = &filter->list[filter->count];
  instruction->code = code;
  instruction->true_skip = true_skip;
  instruction->false_skip = false_skip;
  instruction->value = value;
  return filter->count++;
}

static void emit_ranges(struct filter *filter, const struct ranges *ranges, uint32_t from, uint32_t to,
                        const uint32_t *decisions) {
  if (to - from == 1) {
    emit(filter, RETURN, 0, 0, decisions[ranges->listed[from]]);
    return;
  }
  uint32_t middle = from + (to - from) / 2;
  uint32_t start = ranges->starts[middle];
  emit(filter, JUMP_ABOVE, 0, 1, start < PRIVATE_INDEX ? start : start - PRIVATE_INDEX + PRIVATE_NUMBER);
  uint32_t jump = emit(filter, JUMP, 0, 0, 0); /* the distance may not fit the byte of a conditional jump */
  emit_ranges(filter, ranges, from, middle, decisions);
  filter->list[jump].value = filter->count - jump - 1;
  emit_ranges(filter, ranges, middle, to, decisions);
}

static void find_ranges(struct ranges *ranges, const unsigned char *set) {
  ranges->count = 0;
  for (uint32_t n = 0; n <= NUMBERS; n++) {
    uint8_t listed = n < NUMBERS && is_listed(set, n);
    if (n == 0 || ranges->listed[ranges->count - 1] != listed) {
      ranges->starts[ranges->count] = (uint16_t)n;
      ranges->listed[ranges->count] = listed;
      ranges->count++;
    }
  }
}

#ifdef NR_SOCKETCALL
#define OFFSET_OPERATION (16 + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4)) /* in the first argument */

/*
 * The tests for a multiplexer whose operations are in the list; some bits of its first argument select the operation.
 * If the multiplexer itself is in the list, no test is needed.
 */
static void emit_passing(struct filter *filter, const unsigned char *set, uint32_t call, uint32_t first, uint32_t mask,
                         const uint32_t *decisions) {
  if (is_listed(set, call)) {
    return;
  }
  emit(filter, JUMP_EQUAL, 1, 0, call);
  uint32_t jump = emit(filter, JUMP, 0, 0, 0);
  emit(filter, LOAD, 0, 0, OFFSET_OPERATION);
  emit(filter, AND, 0, 0, mask);
  for (uint32_t operation = 0; operation < OPERATIONS; operation++) {
    if (is_listed(set, first + operation)) {
      emit(filter, JUMP_EQUAL, 0, 1, operation);
      emit(filter, RETURN, 0, 0, decisions[1]);
    }
  }
  emit(filter, RETURN, 0, 0, decisions[0]);
  filter->list[jump].value = filter->count - jump - 1;
}
#endif

static void build(struct filter *filter, const unsigned char *set, uint32_t listed, uint32_t others) {
  struct ranges ranges;
  const uint32_t decisions[2] = {others, listed};
  find_ranges(&ranges, set);
  filter->count = 0;
  filter->execve_action = decisions[is_listed(set, NR_EXECVE)];
  emit(filter, LOAD, 0, 0, OFFSET_ARCHITECTURE);
  emit(filter, JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE);
  emit(filter, RETURN, 0, 0, RET_KILL_PROCESS);
  emit(filter, LOAD, 0, 0, OFFSET_NUMBER);
#ifdef REFUSED_FROM
  emit(filter, JUMP_ABOVE, 0, 1, REFUSED_FROM);
  emit(filter, RETURN, 0, 0, RET_KILL_PROCESS);
#endif
#ifdef NR_SOCKETCALL
  emit_passing(filter, set, NR_SOCKETCALL, SOCKETCALL_INDEX, 0xffffffffu, decisions);
  emit_passing(filter, set, NR_IPC, IPC_INDEX, 0xffff, decisions); /* the bits above contain a version */
#endif
  emit_ranges(filter, &ranges, 0, ranges.count, decisions);
}

PRIVATE int read_environment(char **environment, const unsigned char *names, const char *mark, struct filter *filter) {
  unsigned char set[INDICES / 8];
  struct text allow = find_variable(environment, "SECCOMP_SYSCALL_ALLOW");
  struct text deny = find_variable(environment, "SECCOMP_SYSCALL_DENY");
  if (allow.start == 0 && deny.start == 0) {
    remove_variables(environment, 0);
    return 0;
  }
  uint32_t action = read_action(find_variable(environment, "SECCOMP_DEFAULT_ACTION"), names);
  if (allow.start != 0) {
    read_list("SECCOMP_SYSCALL_ALLOW", allow, names, set);
    build(filter, set, RET_ALLOW, action);
  } else {
    read_list("SECCOMP_SYSCALL_DENY", deny, names, set);
    build(filter, set, action, RET_ALLOW);
  }
  remove_variables(environment, mark);
  return 1;
}
