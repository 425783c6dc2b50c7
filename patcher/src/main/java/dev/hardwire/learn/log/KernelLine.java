package dev.hardwire.learn.log;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of the kernel's log or of the audit log.
 *
 * <p>The names of programs and paths in it are quoted or hexadecimal, so that the name of a program
 * cannot be mistaken for a field.
 */
public sealed interface KernelLine {
  /**
   * A record of a system call that seccomp did not simply allow.
   *
   * @param id time and serial number, as the same record may be in several logs; empty if the log
   *     does not have them
   */
  record Violation(String id, Map<String, String> fields) implements KernelLine {
    private static final Pattern HEXADECIMAL = Pattern.compile("(?:[0-9A-Fa-f]{2})+");

    /** A field's value without quotes, or decoded if it is hexadecimal. */
    public Optional<String> text(String field) {
      String value = fields.get(field);
      if (value == null || value.equals("(null)")) {
        return Optional.empty();
      }
      if (value.startsWith("\"")) {
        return Optional.of(value.substring(1, Math.max(1, value.length() - 1)));
      }
      return Optional.of(HEXADECIMAL.matcher(value).matches() ? decoded(value) : value);
    }

    private static String decoded(String digits) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < digits.length(); i += 2) {
        text.append((char) Integer.parseInt(digits.substring(i, i + 2), 16));
      }
      return text.toString();
    }
  }

  /**
   * A record of Landlock: of an access that it denied, or of the domain whose rules denied it.
   *
   * @param access whether it is about an access
   */
  record Landlock(boolean access, Violation record) implements KernelLine {}

  /**
   * Records were dropped.
   *
   * @param count their number; 0 for unknown
   */
  record Loss(long count) implements KernelLine {}

  /** Any other line of such logs. */
  record Other() implements KernelLine {}

  /** The prefix of a message, which dmesg, syslog and journalctl write in different ways. */
  Pattern PREFIX =
      Pattern.compile(
          "(?:<\\d{1,3}>)?+(?:[a-z]{2,8} *+:[a-z]{2,7} *+:"
              + " )?+(?:\\d{4}-\\d\\d-\\d\\dT[0-9:.,+-]{8,30}+Z? |[A-Z][a-z]{2} [ \\d]\\d"
              + " \\d\\d:\\d\\d:\\d\\d )?+(?:[A-Za-z0-9._-]{1,64}+"
              + " (?=kernel:|audit\\[|rsyslogd:))?+(?:kernel: |(?<audit>audit\\[\\d{1,9}\\]:"
              + " ))?+(?:\\[[ 0-9A-Za-z:.]{1,40}+\\] )?+");

  Pattern START =
      Pattern.compile(
          "(?:audit: )?(?:type=(?<type>[A-Z_0-9]{1,32}+)"
              + " (?:msg=)?)audit\\((?<id>[0-9]{1,15}\\.[0-9]{1,9}:[0-9]{1,20})\\): ?");

  Pattern DROPPED =
      Pattern.compile(
          "(?:kauditd_printk_skb: |\\*\\* )?(?<n>\\d{1,15}) (?:callbacks suppressed|printk messages"
              + " dropped).*|rsyslogd: .{1,40}: (?<r>\\d{1,15}) messages lost due to"
              + " rate-limiting.*|Missed (?<m>\\d{1,15}) kernel messages.*|audit: (?:rate limit"
              + " exceeded|backlog limit exceeded).*|audit: audit_lost=(?<l>\\d{1,15}).*");

  /** The prefixes of relevant messages, to skip most lines of a trace quickly. */
  List<String> STARTS =
      List.of("audit: ", "type=", "node=", "kauditd_printk_skb: ", "** ", "Missed ", "rsyslogd: ");

  /** Parses a line; empty if it has none of the forms of these logs. */
  static Optional<KernelLine> parse(String text) {
    Matcher prefix = PREFIX.matcher(text);
    int start = prefix.lookingAt() ? prefix.end() : 0;
    String rest = text.substring(start);
    if (prefix.group("audit") != null && rest.startsWith("SECCOMP ")) {
      return Optional.of(violation("", rest.substring("SECCOMP ".length())));
    }
    Optional<KernelLine> message = message(rest);
    if (message.isPresent()) {
      return message;
    }
    boolean other = start > 0 || text.startsWith("node=") || text.equals("----");
    return other ? Optional.of(new Other()) : Optional.empty();
  }

  private static boolean isRelevant(String text) {
    for (String start : STARTS) {
      if (text.startsWith(start)) {
        return true;
      }
    }
    return false;
  }

  static Optional<KernelLine> message(String text) {
    if (!isRelevant(text)) {
      return Optional.empty();
    }
    Matcher start = START.matcher(text.startsWith("node=") ? afterNode(text) : text);
    if (start.lookingAt()) {
      String type = start.group("type");
      String fields = text.substring(text.length() - rest(start));
      return Optional.of(
          switch (type) {
            case "1326", "SECCOMP" -> violation(start.group("id"), fields);
            case "1423", "LANDLOCK_ACCESS" ->
                new Landlock(true, violation(start.group("id"), fields));
            case "1424", "LANDLOCK_DOMAIN" ->
                new Landlock(false, violation(start.group("id"), fields));
            default -> new Other();
          });
    }
    Matcher dropped = DROPPED.matcher(text);
    if (dropped.matches()) {
      for (String group : new String[] {"n", "m", "l", "r"}) {
        if (dropped.group(group) != null) {
          return Optional.of(new Loss(Long.parseLong(dropped.group(group))));
        }
      }
      return Optional.of(new Loss(0));
    }
    return text.startsWith("audit: ") ? Optional.of(new Other()) : Optional.empty();
  }

  private static int rest(Matcher start) {
    return start.regionEnd() - start.end();
  }

  private static String afterNode(String text) {
    int space = text.indexOf(' ');
    return space < 0 ? "" : text.substring(space + 1);
  }

  /**
   * The fields of a record.
   *
   * @param fields {@code name=value} and so on; auditd may add others behind a group separator
   */
  static Violation violation(String id, String fields) {
    int enriched = fields.indexOf(0x1d);
    String text = enriched < 0 ? fields : fields.substring(0, enriched);
    Map<String, String> map = new HashMap<>();
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        break;
      }
      boolean quoted = text.startsWith("\"", equals + 1);
      int end = quoted ? text.indexOf('"', equals + 2) + 1 : text.indexOf(' ', equals);
      end = end <= 0 ? text.length() : end;
      String name = text.substring(text.lastIndexOf(' ', equals) + 1, equals);
      map.putIfAbsent(name, text.substring(equals + 1, end));
      at = end;
    }
    return new Violation(id, map);
  }
}
