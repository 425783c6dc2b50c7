package dev.hardwire.work;

import dev.hardwire.elf.note.Hook;
import java.util.Optional;

/** Where the setup program is to run. */
public enum HookChoice {
  /** The first hook that the file has room for. */
  BY_FILE("auto", null),
  /** {@link Hook#INIT}. */
  INIT(Hook.INIT.text(), Hook.INIT),
  /** {@link Hook#POST_INIT}. */
  POST_INIT(Hook.POST_INIT.text(), Hook.POST_INIT),
  /** {@link Hook#ENTRY}. */
  ENTRY(Hook.ENTRY.text(), Hook.ENTRY);

  private final String text;
  private final Optional<Hook> hook;

  HookChoice(String text, Hook hook) {
    this.text = text;
    this.hook = Optional.ofNullable(hook);
  }

  /** The choice with this name on the command line. */
  public static Optional<HookChoice> named(String text) {
    for (HookChoice choice : values()) {
      if (choice.text.equals(text)) {
        return Optional.of(choice);
      }
    }
    return Optional.empty();
  }

  /** The hook; empty where the file decides. */
  Optional<Hook> hook() {
    return hook;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return text;
  }
}
