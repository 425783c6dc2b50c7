package dev.hardwire.policy.text;

import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Intents in the manner of OpenBSD's pledge(2), such as {@code @pledge-stdio}: rules with a reason
 * each, in the files of the folder {@code pledge}.
 */
final class PledgeIntents {
  static final String PREFIX = "@pledge-";

  /** In the order of the documentation. */
  static final List<String> NAMES =
      List.of(
          "stdio",
          "rpath",
          "wpath",
          "cpath",
          "fattr",
          "chown",
          "flock",
          "inet",
          "unix",
          "dns",
          "getpw",
          "tty",
          "proc",
          "exec",
          "prot-exec",
          "settime",
          "id");

  private static final Map<String, List<Rule>> RULES = new ConcurrentHashMap<>();

  private PledgeIntents() {}

  /** Whether it has the name of an intent, known or not. */
  static boolean isOne(String group) {
    return group.startsWith(PREFIX);
  }

  /** Whether it is the name of an intent. */
  static boolean isKnown(String group) {
    return isOne(group) && NAMES.contains(group.substring(PREFIX.length()));
  }

  /** The rules of an intent, whose actions are those of the rule that uses it. */
  static List<Rule> rules(String group) {
    return RULES.computeIfAbsent(group, PledgeIntents::load);
  }

  private static List<Rule> load(String group) {
    String file = "pledge/" + group.substring(PREFIX.length()) + ".yaml";
    try (InputStream in = PledgeIntents.class.getResourceAsStream(file)) {
      return YamlPolicyReader.fragment(in.readAllBytes(), group);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
