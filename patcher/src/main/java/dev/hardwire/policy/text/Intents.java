package dev.hardwire.policy.text;

import dev.hardwire.policy.Rule;
import dev.hardwire.resource.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Intents: rules with a reason each, in files. Those of the folder {@code pledge} are in the manner
 * of OpenBSD's pledge(2), such as {@code @pledge-stdio}; those of the folder {@code start}, such as
 * {@code @start-glibc}, have what a C library calls before the program's own code.
 */
final class Intents {
  private static final String PLEDGE = "@pledge-";
  private static final String START = "@start-";
  private static final List<String> STARTS = List.of("glibc", "musl");

  /** In the order of the documentation. */
  private static final List<String> PLEDGES =
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

  private Intents() {}

  /** The names of all, in the order of the documentation. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    PLEDGES.forEach(name -> names.add(PLEDGE + name));
    STARTS.forEach(name -> names.add(START + name));
    return names;
  }

  /** Whether it has the name of an intent, known or not. */
  static boolean isOne(String group) {
    return group.startsWith(PLEDGE) || group.startsWith(START);
  }

  static boolean isKnown(String group) {
    return group.startsWith(START)
        ? STARTS.contains(group.substring(START.length()))
        : group.startsWith(PLEDGE) && PLEDGES.contains(group.substring(PLEDGE.length()));
  }

  /** The rules of an intent, whose actions are those of the rule that uses it. */
  static List<Rule> rules(String group) {
    return RULES.computeIfAbsent(group, Intents::load);
  }

  private static List<Rule> load(String group) {
    String file = group.substring(1).replaceFirst("-", "/") + ".yaml";
    return YamlPolicyReader.fragment(Resources.bytes(Intents.class, file), group);
  }
}
