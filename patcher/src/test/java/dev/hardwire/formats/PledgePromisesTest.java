package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The page that compares intents with OpenBSD's promises is made of the intents themselves and of
 * what the manual says.
 */
class PledgePromisesTest {
  private static final Path PAGE = Path.of("../docs/pledge.md");

  private record Line(String promise, String calls, String words, boolean isIntent) {}

  private static List<Line> lines() throws IOException {
    String text;
    try (InputStream in = PledgePromisesTest.class.getResourceAsStream("pledge-promises.txt")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Line> lines = new ArrayList<>();
    for (String line : text.lines().filter(l -> !l.startsWith("#")).toList()) {
      int end = line.indexOf('!');
      int colon = line.indexOf(':');
      if (line.startsWith("* ")) {
        Line last = lines.remove(lines.size() - 1);
        lines.add(new Line(last.promise, last.calls, line.substring(2), true));
      } else if (end > 0 && (colon < 0 || end < colon)) {
        lines.add(new Line(line.substring(0, end), "", line.substring(end + 2), false));
      } else {
        String calls = line.substring(colon + 1).strip();
        lines.add(new Line(line.substring(0, colon), calls, "", true));
      }
    }
    return lines;
  }

  private static ResolvedPolicy intent(String promise) {
    String name = promise.replace('_', '-');
    String text = "version: 1\ndefault: trap\nrules: [{allow: [\"@pledge-%s\"]}]\n".formatted(name);
    Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
    return ResolvedPolicy.of(policy, Target.X86_64);
  }

  private static Set<String> calls(ResolvedPolicy policy, boolean whole) {
    Set<String> calls = new TreeSet<>();
    policy
        .rules()
        .forEach(
            (number, rules) -> {
              if (rules.stream().anyMatch(ResolvedRule::isUnconditional) == whole) {
                calls.add(SyscallTable.of(Target.X86_64).name(number).orElseThrow());
              }
            });
    return calls;
  }

  private static String list(Set<String> calls) {
    return calls.isEmpty() ? "" : "`" + String.join("`, `", calls) + "`";
  }

  /** A row about a promise that an intent stands for. */
  private static String row(Line line) {
    ResolvedPolicy policy = intent(line.promise);
    Set<String> whole = calls(policy, true);
    Set<String> part = calls(policy, false);
    Set<String> same = new TreeSet<>();
    Set<String> conditional = new TreeSet<>();
    Set<String> refused = new TreeSet<>();
    Set<String> more = new TreeSet<>(whole);
    more.addAll(part);
    for (String item : line.calls.isEmpty() ? new String[0] : line.calls.split(" ", -1)) {
      String[] names = item.split("=", -1);
      for (String linux : names[names.length - 1].split("\\+", -1)) {
        more.remove(linux);
        if (linux.equals("-")) {
          refused.add(names[0]);
        } else if (whole.contains(linux)) {
          same.add(linux);
        } else {
          assertThat(SyscallTable.of(Target.X86_64).number(linux)).as(linux).isPresent();
          (part.contains(linux) ? conditional : refused).add(linux);
        }
      }
    }
    return "| `%s` | %s | %s | %s | %s | %s |\n"
        .formatted(
            line.promise, list(same), list(conditional), list(refused), list(more), line.words);
  }

  private static String page() throws IOException {
    StringBuilder intents = new StringBuilder();
    StringBuilder others = new StringBuilder();
    for (Line line : lines()) {
      if (line.isIntent) {
        intents.append(row(line));
      } else {
        others.append("| `%s` | %s |\n".formatted(line.promise, line.words));
      }
    }
    return """
    # Intents and OpenBSD's promises

    How the intents `@pledge-...` ([policy.md](policy.md#intents)) differ from the promises of OpenBSD's pledge(2). A test
    makes these tables of the intents' rules on x86-64 and of what the manual says (revision 1.71, 6 March 2025).

    The first two columns have calls that the manual lists: those that the intent allows whatever their arguments are,
    and those that it allows under conditions. The third has what the manual lists and the intent does not allow, or
    Linux does not have; the fourth, what only the intent allows. Calls that have another name on Linux have that.

    | promise | whole | in part | not allowed | in addition | notes |
    |---|---|---|---|---|---|
    """
        + intents
        + """

        These promises have no intent:

        | promise | instead |
        |---|---|
        """
        + others;
  }

  @Test
  void thePageIsMadeOfIntentsAndTheManual() throws IOException {
    String page = page();
    Files.writeString(Path.of("target/pledge.md"), page);
    assertThat(PAGE).as("copy patcher/target/pledge.md").hasContent(page);
  }

  @Test
  void everyIntentIsCompared() throws IOException {
    List<String> compared =
        lines().stream().filter(Line::isIntent).map(l -> l.promise.replace('_', '-')).toList();
    Path folder = Path.of("src/main/resources/dev/hardwire/policy/text/pledge");
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString().replace(".yaml", "")))
          .containsExactlyInAnyOrderElementsOf(compared);
    }
  }
}
