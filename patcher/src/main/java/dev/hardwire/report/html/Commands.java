package dev.hardwire.report.html;

import com.google.gson.JsonPrimitive;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import java.nio.charset.StandardCharsets;

/** Commands about a program, which can be copied from a page into a shell. */
final class Commands {
  private Commands() {}

  /** What to do about a finding; ends with a colon if there is a command. */
  static String help(FindingKind rule, ProgramView program) {
    return isTooEarly(rule, program)
        ? "Not as it is: whoever signs it would vouch for what is wrong with it."
        : rule.help();
  }

  /** What helps with a finding; empty if no command does. */
  static String of(FindingKind rule, ProgramView program) {
    return isTooEarly(rule, program) ? "" : of(rule, program.origin());
  }

  /** A program that is not proven is not to be signed. */
  private static boolean isTooEarly(FindingKind rule, ProgramView program) {
    return rule == FindingKind.UNSIGNED && program.confinement().isEmpty();
  }

  private static String of(FindingKind rule, Origin origin) {
    if (origin.inside().isEmpty()) {
      return rule.command(word(origin.path()));
    }
    Origin.Inside inside = origin.inside().get();
    String policy =
        switch (rule) {
          case NOT_HARD_WIRED -> "'preset': 'no-exec'";
          case UNSIGNED ->
              "'policy': 'POLICY.yaml', 'signing': {'key': 'KEY.pem', 'cert': ['CERT.pem']}";
          default -> "'policy': 'POLICY.yaml'";
        };
    String manifest =
        "{'version': 1, 'files': [{'match': PATTERN, RULES}]}"
            .replace("RULES", policy)
            .replace('\'', '"')
            .replace("PATTERN", new JsonPrimitive(inside.pattern()).toString());
    return rule.command(word(inside.archive()), word(inside.pattern()), word(manifest));
  }

  /** What gives the original back. */
  static String restore(Origin origin) {
    return origin
        .inside()
        .map(inside -> "hardwire restore -o ORIGINAL " + word(inside.archive()))
        .orElseGet(() -> "hardwire restore --in-place " + word(origin.path()));
  }

  /** A word: as it is, in quotes, or with its bytes escaped as bash reads them. */
  static String word(String name) {
    String path = name.startsWith("-") ? "./" + name : name;
    if (path.matches("[A-Za-z0-9_./+=:@%,-]+")) {
      return path;
    }
    if (path.matches("[ -~]+")) {
      return "'" + path.replace("'", "'\\''") + "'";
    }
    StringBuilder word = new StringBuilder("$'");
    for (byte one : path.getBytes(StandardCharsets.UTF_8)) {
      int c = one & 0xff;
      if (c >= ' ' && c < 0x7f && c != '\'' && c != '\\') {
        word.append((char) c);
      } else {
        word.append(String.format("\\x%02x", c));
      }
    }
    return word.append('\'').toString();
  }
}
