package dev.hardwire.live.guests;

import dev.hardwire.policy.Hook;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a policy comes to a program: through a hook in its file, or through something beside it. */
enum Way {
  INIT(Hook.INIT),
  POST_INIT(Hook.POST_INIT),
  ENTRY(Hook.ENTRY),
  FIRST(Hook.FIRST),
  /** A library that the patched file needs, and that finds the policy in the file. */
  NEEDED,
  /** A library that has the policy built in. */
  PRELOAD,
  /** A program that has the policy built in. */
  LAUNCHER;

  private final Optional<Hook> hook;

  Way() {
    hook = Optional.empty();
  }

  Way(Hook hook) {
    this.hook = Optional.of(hook);
  }

  static Way of(Hook hook) {
    return valueOf(hook.name());
  }

  /** Those through a hook. */
  static List<Way> hooks() {
    return Arrays.stream(values()).filter(way -> way.hook.isPresent()).toList();
  }

  /** Those through something beside the program, which has to be there for its architecture. */
  static List<Way> others() {
    return Arrays.stream(values()).filter(way -> way.hook.isEmpty()).toList();
  }

  Optional<Hook> hook() {
    return hook;
  }

  /** Whether programs that no dynamic linker starts can have it. */
  boolean isForStatic() {
    return this != NEEDED && this != PRELOAD && this != FIRST;
  }

  /** Whether the file is patched. */
  boolean isInFile() {
    return hook.isPresent() || this == NEEDED;
  }

  @Override
  public String toString() {
    return hook.map(Hook::id).orElse(name().toLowerCase(Locale.ROOT));
  }
}
