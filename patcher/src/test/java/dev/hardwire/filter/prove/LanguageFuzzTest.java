package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random policies with groups, constants, includes, sections for architectures, numbers, intents,
 * comments, weights and mapped calls: reference interpreter, filter, proof, and the embedded form
 * never disagree.
 */
@Tag("slow")
class LanguageFuzzTest {
  private static final List<String> ACTIONS =
      List.of("allow", "log", "errno EPERM", "errno 38", "trap", "kill-thread");

  private static final List<String> CALLS =
      List.of(
          "read",
          "open",
          "openat",
          "socket",
          "accept",
          "connect",
          "fork",
          "clone",
          "unlink",
          "stat",
          "futex",
          "semop",
          "shmat",
          "ioctl",
          "getpid",
          "exit_group",
          "socketcall",
          "ipc",
          "poll");

  private static final List<String> NUMBERS =
      List.of(
          "nr 9999",
          "nr 500-600",
          "nr 0-3",
          "nr 336",
          "nr 440-0x3fffffff",
          "@newer-calls",
          "@unknown-calls");

  private static final List<String> GROUPS =
      List.of(
          "@own", "@all", "@network-io", "@ipc", "@pledge-rpath", "@pledge-tty", "@pledge-proc");

  private static final int LONG = 100_000;

  @TempDir Path folder;

  private final Random random = new Random();

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String rule(String indent, Set<String> decided) {
    Set<String> items = new LinkedHashSet<>();
    boolean conditional = random.nextInt(3) == 0;
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      String item = random.nextInt(3) == 0 && !conditional ? pick(NUMBERS) : pick(CALLS);
      item = random.nextInt(3) == 0 && !conditional ? pick(GROUPS) : item;
      boolean free = conditional || item.contains(" ") || item.startsWith("@") || decided.add(item);
      if (free) {
        items.add("\"" + item + "\"");
      }
    }
    if (items.isEmpty()) {
      items.add("\"@all\"");
    }
    if (random.nextInt(4) == 0) {
      items.add(
          "\"~" + pick(List.of("read", "socketcall", "ipc", "openat", "@own", "nr 501")) + "\"");
    }
    String text = indent + "- " + pick(ACTIONS) + ": [" + String.join(", ", items) + "]\n";
    if (conditional) {
      String argument = "arg" + random.nextInt(3);
      String test =
          pick(
              List.of(
                  argument + " in LIST",
                  argument + " == ONE",
                  "(" + argument + " & MASK) != 0",
                  "!(" + argument + " in [ONE, 7]) && arg0 != 3"));
      text += indent + "  when: \"" + test + "\"\n";
    }
    if (random.nextInt(4) == 0) {
      text += indent + "  because: \"a reason\" # behind it\n";
    } else if (random.nextInt(4) == 0) {
      text = indent + "# a comment: \"" + random.nextInt(5) + "\"\n" + text;
    }
    if (random.nextInt(6) == 0) {
      text +=
          indent + "  arch: [" + pick(Target.ids()) + ", " + pick(List.of("amd64", "386")) + "]\n";
    }
    return text;
  }

  private String rules(String indent) {
    StringBuilder text = new StringBuilder();
    Set<String> decided = new LinkedHashSet<>();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      text.append(rule(indent, decided));
    }
    return text.toString();
  }

  private Path policy() throws IOException {
    Files.writeString(
        folder.resolve("base.yaml"),
        "version: 1\ndefault: trap\ngroups: {own: [getpid], all: ['@own', read, close]}\n"
            + "constants: {ONE: 1, LIST: [ONE, 5, TIOCSTI], MASK: 'O_CREAT | ONE'}\nrules:\n"
            + rules("  "));
    StringBuilder text = new StringBuilder("version: 1\ninclude: [base.yaml]\n");
    if (random.nextBoolean()) {
      text.append("default: ").append(pick(ACTIONS)).append('\n');
    }
    if (random.nextBoolean()) {
      text.append("groups: {own: ['@file-system', socket]}\n");
    }
    if (random.nextBoolean()) {
      text.append("constants: {ONE: 2}\n");
    }
    if (random.nextBoolean()) {
      text.append("map_missing_calls: true\n");
    }
    if (random.nextBoolean()) {
      text.append("unknown-calls: errno ENOSYS\n");
    }
    if (random.nextInt(3) == 0) {
      text.append("arch:\n  ")
          .append(pick(Target.ids()))
          .append(":\n    rules:\n")
          .append(rules("      "));
    }
    text.append("rules:\n").append(rules("  "));
    return Files.writeString(folder.resolve("top.yaml"), text);
  }

  /** How often calls are made; often unknown. */
  private Map<String, Long> weights() {
    Map<String, Long> weights = new TreeMap<>();
    for (int n = random.nextBoolean() ? 0 : 1 + random.nextInt(12); n > 0; n--) {
      weights.put(pick(CALLS), 1L + random.nextInt(1 << random.nextInt(30)));
    }
    return weights;
  }

  private boolean check(long seed, Target architecture) throws IOException {
    random.setSeed(seed);
    Path file = policy();
    String text = Files.readString(file) + Files.readString(folder.resolve("base.yaml"));
    Policy policy;
    ResolvedPolicy resolved;
    try {
      policy = YamlPolicyReader.read(file);
      resolved = ResolvedPolicy.of(policy, architecture);
    } catch (PolicyException e) {
      assertThat(e.getMessage())
          .as(text)
          .containsAnyOf(
              " kills the process at numbers",
              " needs single call numbers",
              "; move it out of the section",
              "; keep one of them",
              "; remove one");
      return false;
    }
    byte[] canonical = YamlPolicyWriter.write(policy).getBytes(StandardCharsets.UTF_8);
    assertThat(YamlPolicyReader.read(canonical, "canonical")).as(text).isEqualTo(policy);
    Policy pinned = ResolvedPolicy.pinned(policy, architecture);
    Policy weighed = pinned.weighedBy(weights());
    ResolvedPolicy embedded = ResolvedPolicy.of(weighed, architecture);
    assertThat(FilterProof.compare(resolved, embedded)).as("%s %s", architecture, text).isEmpty();
    assertThat(PolicyDiff.between(resolved, embedded)).as(text).isEmpty();
    List<Filter> filters = new ArrayList<>(FilterCompiler.candidates(embedded));
    filters.add(FilterCompiler.compile(embedded));
    int chosen = random.nextInt(filters.size());
    Filter filter = filters.get(chosen);
    assertThat(FilterProof.check(filter, resolved)).as("%s %s", architecture, text).isEmpty();
    for (SeccompData call : calls(architecture)) {
      assertThat(Emulator.run(filter, call).verdict())
          .as("%s, seed %d, filter %d, %s%n%s", architecture, seed, chosen, call, text)
          .isEqualTo(ReferenceInterpreter.decide(resolved, call));
    }
    return true;
  }

  private List<SeccompData> calls(Target architecture) {
    List<SeccompData> calls = new ArrayList<>();
    SyscallTable table = SyscallTable.of(architecture);
    for (int i = 0; i < 40; i++) {
      long number =
          pick(List.of(0L, 3L, 4L, 336L, 450L, 469L, 500L, 501L, 600L, 9999L, 0xffffffffL));
      String name = pick(CALLS);
      if (random.nextBoolean() && table.number(name).isPresent()) {
        number = table.number(name).getAsInt();
      }
      long[] arguments = new long[6];
      for (int a = 0; a < 3; a++) {
        arguments[a] = pick(List.of(0L, 1L, 2L, 3L, 5L, 7L, 0x5412L, 0x41L, 0xffffff9cL));
      }
      calls.add(SeccompData.of(architecture, number, arguments));
    }
    return calls;
  }

  @ParameterizedTest
  @EnumSource
  void randomPoliciesAreDecidedAlike(Target architecture) throws IOException {
    int checked = 0;
    for (long seed = 0; seed < 5; seed++) {
      checked += check(seed, architecture) ? 1 : 0;
    }
    assertThat(checked).isGreaterThan(2);
  }

  @Tag("long")
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  @Test
  void aHundredThousandRandomPoliciesAreDecidedAlike() throws IOException {
    List<Target> all = List.of(Target.values());
    int checked = 0;
    int first = Integer.getInteger("hardwire.fuzz.first", 0); // to continue an interrupted run
    for (int seed = first; seed < LONG; seed++) {
      try {
        checked += check(seed, all.get(seed % all.size())) ? 1 : 0;
      } catch (PolicyException e) {
        String text = Files.readString(folder.resolve("top.yaml"));
        text += Files.readString(folder.resolve("base.yaml"));
        throw new AssertionError("seed %d%n%s".formatted(seed, text), e);
      }
    }
    // The others are refused for contradictions.
    assertThat(checked).isGreaterThan((LONG - first) / 3 * 2);
  }
}
