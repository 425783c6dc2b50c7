package dev.hardwire.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the hook of a file is chosen.
 *
 * @param hook the only hook to try; empty to let the file decide
 * @param orPostInit whether a file that decides gets {@link Hook#POST_INIT} if its own functions
 *     run before the others; its constructors then run before the policy is installed
 */
public record HookChoice(Optional<Hook> hook, boolean orPostInit) {
  /** The file decides between {@link Hook#INIT} and {@link Hook#ENTRY}. */
  public static final HookChoice AUTO = new HookChoice(Optional.empty(), false);

  /** The file decides, and may get {@link Hook#POST_INIT}. */
  public static final HookChoice AUTO_POST_INIT = new HookChoice(Optional.empty(), true);

  /**
   * Only this hook.
   *
   * @param hook the only one to try
   * @return the choice
   */
  public static HookChoice of(Hook hook) {
    return new HookChoice(Optional.of(hook), false);
  }

  /**
   * The choice of a name on the command line.
   *
   * @param name such as {@code auto} or the name of a hook
   * @return the choice; empty if there is none
   */
  public static Optional<HookChoice> named(String name) {
    return all().stream().filter(choice -> choice.toString().equals(name)).findFirst();
  }

  /**
   * The names of all choices.
   *
   * @return as {@link #named} takes them
   */
  public static List<String> names() {
    return all().stream().map(HookChoice::toString).toList();
  }

  private static List<HookChoice> all() {
    List<HookChoice> all = new ArrayList<>(List.of(AUTO, AUTO_POST_INIT));
    for (Hook hook : Hook.values()) {
      all.add(of(hook));
    }
    return all;
  }

  @Override
  public String toString() {
    return hook.map(Hook::id).orElse(orPostInit ? "auto-post-init" : "auto");
  }
}
