/*
 * Shared by the library and the launcher: messages, strings, and the data that the kernel puts on the stack.
 */
#include "hardwire.h"

/* Some packed programs (UPX) move them before the dynamic linker runs. */
#define MOVED "the arguments are not where the kernel put them, so the program was not started\n"

/* For copies of structures, which compilers turn into calls. */
PRIVATE void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) {
    ((char *)to)[i] = ((const char *)from)[i];
  }
  return to;
}

PRIVATE int same(struct text text, const char *word) {
  size_t i = 0;
  while (i < text.size && word[i] != 0 && text.start[i] == word[i]) {
    i++;
  }
  return i == text.size && word[i] == 0;
}

PRIVATE int starts_with(struct text text, const char *prefix) {
  for (size_t i = 0; prefix[i] != 0; i++) {
    if (i == text.size || text.start[i] != prefix[i]) {
      return 0;
    }
  }
  return 1;
}

PRIVATE struct text after(struct text text, size_t skip) {
  struct text rest = {text.start + skip, text.size - skip};
  return rest;
}

PRIVATE void say_text(struct text text) {
  system_call(NR_WRITE, 2, (long)text.start, (long)text.size);
}

PRIVATE void say(const char *word) {
  struct text text = {word, 0};
  while (word[text.size] != 0) {
    text.size++;
  }
  say_text(text);
}

PRIVATE void say_number(unsigned number) {
  char digits[10];
  size_t at = sizeof digits;
  do { /* some processors have no instruction for division */
    unsigned tenth = (unsigned)((uint64_t)number * 0xcccccccdu >> 35);
    digits[--at] = (char)('0' + (number - 10 * tenth));
    number = tenth;
  } while (number != 0);
  system_call(NR_WRITE, 2, (long)(digits + at), (long)(sizeof digits - at));
}

PRIVATE _Noreturn void stop(const char *text) {
  say(text);
  for (;;) {
    system_call(NR_EXIT_GROUP, 126, 0, 0);
    __builtin_trap();
  }
}

PRIVATE _Noreturn void fail(const char *reason) {
  say("hardwire: ");
  stop(reason);
}

PRIVATE struct process process_at(const word *stack, size_t size) {
  struct process process;
  size_t at = 1 + stack[0];
  if (at == 0 || at >= size || stack[at] != 0) {
    fail(MOVED);
  }
  process.arguments = (char **)(stack + 1);
  process.environment = (char **)(stack + at + 1);
  do {
    at++;
  } while (at < size && stack[at] != 0);
  while (at < size && stack[at] == 0) { /* dynamic linkers that remove variables leave more than one null pointer */
    at++;
  }
  process.auxiliary = stack + at;
  while (at + 1 < size && stack[at] != 0) {
    at += 2;
  }
  if (at + 1 >= size) {
    fail(MOVED);
  }
  return process;
}

PRIVATE word auxiliary(const struct process *process, word type) {
  for (const word *at = process->auxiliary; at[0] != 0; at += 2) {
    if (at[0] == type) {
      return at[1];
    }
  }
  return 0;
}

PRIVATE struct text find_variable(char **environment, const char *name) {
  struct text value = {0, 0};
  for (; *environment != 0 && value.start == 0; environment++) {
    struct text entry = {*environment, 0};
    size_t end = 0;
    while (entry.start[entry.size] != 0) {
      entry.size++;
    }
    while (name[end] != 0) {
      end++;
    }
    if (starts_with(entry, name) && end < entry.size && entry.start[end] == '=') {
      value = after(entry, end + 1);
    }
  }
  return value;
}
