package dev.hardwire.policy.text;

import dev.hardwire.policy.Position;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Assigns policies to the files of a tree: rules in order, of which the first that matches a file
 * applies.
 *
 * @param root the directory of the tree; empty for the manifest's own
 * @param rules in the order of the file, one or more
 */
public record Manifest(Optional<Text> root, List<Rule> rules) {
  public Manifest {
    rules = List.copyOf(rules);
  }

  /** A text and its position. */
  public record Text(String text, Position position) {}

  /** An option of a command, without the dashes, its value, and the position of the value. */
  public record Setting(String option, String value, Position position) {}

  /** When the policy of a kept program is derived again. */
  public enum Derive {
    /** When the program or one of its libraries is another one. */
    AGAIN,
    /** When the program is another one; other libraries are reported. */
    ONCE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is done if a later version of a kept program cannot be patched. */
  public enum OnRefusal {
    /** The former copy stays in its place. */
    OLD,
    /** The program cannot be started. */
    STOP,
    /** The program is given back as the package has it. */
    UNCONFINED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What is done with the files that a rule matches.
   *
   * @param files patterns, one or more
   * @param optional whether patterns may match no file
   * @param leave whether they are left as they are; then the rest is empty
   * @param settings options of the patch command
   * @param signing options of the patch command about the key, empty to not sign
   * @param unsigned whether the manifest says that they are not signed
   * @param onRefusal only for programs that are kept
   */
  public record Rule(
      List<Text> files,
      boolean optional,
      boolean leave,
      List<Setting> settings,
      List<Setting> signing,
      boolean unsigned,
      OnRefusal onRefusal,
      Position position) {
    public Rule {
      files = List.copyOf(files);
      settings = List.copyOf(settings);
      signing = List.copyOf(signing);
    }

    /** How the policy is derived from the program; empty for a policy that is given. */
    public Optional<Derive> derive() {
      for (Setting setting : settings) {
        if (setting.option().equals("derive")) {
          return Optional.of(Derive.valueOf(setting.value().toUpperCase(Locale.ROOT)));
        }
      }
      return Optional.empty();
    }
  }
}
