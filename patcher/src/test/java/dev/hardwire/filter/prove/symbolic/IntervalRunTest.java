package dev.hardwire.filter.prove.symbolic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.filter.resolve.ResolvedRule;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules that compare one argument by order are taken together, and mean what they mean alone. */
class IntervalRunTest {
  private static final List<String> ACTIONS = List.of("allow", "log", "errno EPERM");

  private static ResolvedPolicy policy(String rules) {
    String text = "version: 1\ndefault: kill-process\nrules:\n" + rules;
    return ResolvedPolicy.of(
        YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p"), Target.X86_64);
  }

  private static List<String> unreachable(ResolvedPolicy policy) {
    return PolicyCheck.warnings(policy).stream()
        .filter(warning -> warning.message().startsWith("this rule can never match"))
        .map(PolicyWarning::position)
        .map(Object::toString)
        .toList();
  }

  /** An argument of every kind, the values near which it is compared, and the rest of a call. */
  @ParameterizedTest
  @CsvSource({
    "ioctl, cmd, 1, 0, 4294967295", // 32 bits without a sign
    "close_range, fd, 0, 0, 4294967295",
    "ioctl, unsigned(fd), 0, 0, 4294967295",
    "lseek, offset, 1, -9223372036854775808, 9223372036854775807", // 64 bits with a sign
    "openat, dfd, 0, -2147483648, 2147483647", // 32 bits with one
    "mmap, len, 1, 0, -1", // 64 bits without one
  })
  @Timeout(60)
  void runsDecideAsTheirRules(String call, String name, int argument, long least, long most) {
    Random random = new Random(argument + least);
    for (int round = 0; round < 12; round++) {
      Set<Long> values = new TreeSet<>();
      StringBuilder rules = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        String condition = condition(name, random, least, most, values);
        rules.append("  - %s: [%s]\n".formatted(ACTIONS.get(random.nextInt(3)), call));
        rules.append("    when: \"%s\"\n".formatted(condition));
      }
      ResolvedPolicy policy = policy(rules.toString());
      int number = SyscallTable.of(Target.X86_64).number(call).orElseThrow();
      assertThat(RuleRun.from(policy.rules().get(number), 0)).isPresent();
      Filter filter = FilterCompiler.compile(policy);
      assertThat(FilterProof.check(filter, policy)).as("%s", rules).isEmpty();
      values.addAll(List.of(least, most));
      Set<ResolvedRule> reached = new HashSet<>();
      for (long value : values) {
        for (long near = value - 1; near <= value + 1; near++) {
          long[] arguments = new long[6];
          arguments[argument] = near;
          SeccompData data = SeccompData.of(Target.X86_64, number, arguments);
          assertThat(Emulator.run(filter, data).verdict())
              .as("%s = %d%n%s", name, near, rules)
              .isEqualTo(ReferenceInterpreter.decide(policy, data));
          ReferenceInterpreter.rule(policy, data).ifPresent(reached::add);
        }
      }
      List<String> never = new ArrayList<>();
      for (ResolvedRule rule : policy.rules().get(number)) {
        if (!reached.contains(rule)) {
          never.add(rule.rule().calls().get(0).position().toString());
        }
      }
      assertThat(unreachable(policy)).as("%s", rules).containsExactlyElementsOf(never);
    }
  }

  /** A filter with another constant decides alike, or the proof names a call that it does not. */
  @Test
  @Timeout(120)
  void changedFiltersOfRunsAreNotProven() {
    Random random = new Random(7);
    Object[][] arguments = {
      {"ioctl", "cmd", 0L, 4294967295L},
      {"openat", "dfd", -2147483648L, 2147483647L},
      {"lseek", "offset", Long.MIN_VALUE, Long.MAX_VALUE},
      {"mmap", "len", 0L, -1L}
    };
    int found = 0;
    for (Object[] row : arguments) {
      StringBuilder rules = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        String name = (String) row[1];
        String condition = condition(name, random, (Long) row[2], (Long) row[3], new TreeSet<>());
        rules.append("  - %s: [%s]\n".formatted(ACTIONS.get(random.nextInt(3)), row[0]));
        rules.append("    when: \"%s\"\n".formatted(condition));
      }
      ResolvedPolicy policy = policy(rules.toString());
      List<BpfInstruction> program = FilterCompiler.compile(policy).instructions();
      for (int at = 4; at < program.size(); at++) {
        BpfInstruction old = program.get(at);
        long k = (old.k() + (random.nextBoolean() ? 1 : -1)) & 0xffff_ffffL;
        if (old.kind() != Bpf.JMP || old.code() == (Bpf.JMP | Bpf.JA)) {
          continue;
        }
        List<BpfInstruction> copy = new ArrayList<>(program);
        copy.set(at, new BpfInstruction(old.code(), old.jt(), old.jf(), k));
        Filter changed = new Filter(copy);
        Optional<Counterexample> difference = FilterProof.check(changed, policy);
        if (difference.isPresent()) {
          found++;
          SeccompData call = difference.get().call();
          assertThat(Emulator.run(changed, call).verdict())
              .isNotEqualTo(ReferenceInterpreter.decide(policy, call));
        } else {
          assertAlike(changed, policy, (String) row[0], old.k());
        }
      }
    }
    assertThat(found).isGreaterThan(50);
  }

  /** Near a constant, in either half of each argument. */
  private static void assertAlike(Filter filter, ResolvedPolicy policy, String call, long k) {
    int number = SyscallTable.of(Target.X86_64).number(call).orElseThrow();
    for (long high : new long[] {0, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, k - 1, k, k + 1}) {
      for (long low : new long[] {0, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, k - 1, k, k + 1}) {
        long[] arguments = new long[6];
        Arrays.fill(arguments, high << 32 | (low & 0xffff_ffffL));
        SeccompData data = SeccompData.of(Target.X86_64, number, arguments);
        assertThat(Emulator.run(filter, data).verdict())
            .isEqualTo(ReferenceInterpreter.decide(policy, data));
      }
    }
  }

  private static String condition(
      String name, Random random, long least, long most, Set<Long> values) {
    long width = random.nextBoolean() ? 64 : 1 << 20;
    long start = random.nextInt(3) == 0 ? most - 2000 : least + 1000;
    long one = start + random.nextInt((int) Math.min(width, 900));
    long other = one + 2 + random.nextInt(50);
    values.addAll(List.of(one, other));
    boolean isUnsigned64 = most == -1;
    String low = isUnsigned64 ? Long.toUnsignedString(one) : Long.toString(one);
    String high = isUnsigned64 ? Long.toUnsignedString(other) : Long.toString(other);
    boolean isOpen = random.nextInt(15) == 0;
    return switch (random.nextInt(5)) {
      case 0 -> "%s > %s && %s <= %s".formatted(name, low, name, high);
      case 3 -> name + " == " + low;
      case 1 -> "%s >= %s && %s < %s".formatted(name, low, name, high);
      case 2 ->
          isOpen ? name + " < " + low : "%s >= %s && %s <= %s".formatted(name, low, name, low);
      default ->
          isOpen ? name + " >= " + high : "%s < %s && %s > %s".formatted(name, high, name, low);
    };
  }

  private static ResolvedPolicy many(int count, IntFunction<String> condition) {
    return policy(
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> "  - allow: [ioctl]\n    when: \"" + condition.apply(i) + "\"\n")
            .collect(Collectors.joining()));
  }

  @Test
  @Timeout(120)
  void thousandsOfRulesThatOverrideEachOther() {
    override(600);
  }

  @Test
  @Timeout(120)
  @Tag("long")
  void tenThousandRulesThatOverrideEachOther() {
    override(10_000);
  }

  private static void override(int count) {
    List<IntFunction<String>> conditions =
        List.of(
            i -> "cmd < " + i,
            i -> "cmd >= %d && cmd < %d".formatted(5 * i, 5 * i + 7),
            i -> "cmd <= %d && cmd > %d".formatted(60_000 - 5 * i, 59_000 - 5 * i),
            i -> i % 2 == 0 ? "cmd < " + i : "cmd == " + i,
            i -> "fd == 3 && cmd >= %d && cmd < %d".formatted(5 * i, 5 * i + 7),
            i -> "cmd < %d && (fd < 3 || fd > 7)".formatted(i));
    for (IntFunction<String> condition : conditions) {
      ResolvedPolicy policy = many(count, condition);
      FilterCompiler.requireFits(policy);
      assertThat(unreachable(policy)).isEmpty();
      Filter filter = FilterCompiler.compile(policy);
      FilterProof.require(filter, policy);
      assertThat(filter.size()).isLessThan(20);
    }
  }

  /** The parts of one condition, some of which hold for all values or for none. */
  @Test
  @Timeout(60)
  void manyIntervalsInOneCondition() {
    intervals(1_000);
  }

  @Test
  @Timeout(60)
  @Tag("long")
  void tenThousandIntervalsInOneCondition() {
    intervals(10_000);
  }

  private static void intervals(int count) {
    String any =
        IntStream.range(0, count)
            .mapToObj(i -> "(cmd >= %d && cmd < %d)".formatted(5 * i, 5 * i + i % 2 * 10))
            .collect(Collectors.joining(" || "));
    ResolvedPolicy policy = many(1, i -> any);
    FilterCompiler.requireFits(policy);
    Filter filter = FilterCompiler.compile(policy);
    FilterProof.require(filter, policy);
    for (int value = 0; value < 200; value++) {
      SeccompData data = SeccompData.of(Target.X86_64, 16, 1, value);
      assertThat(Emulator.run(filter, data).verdict())
          .isEqualTo(ReferenceInterpreter.decide(policy, data));
    }
    ResolvedPolicy whole = many(1, i -> any + " || cmd >= 0");
    FilterProof.require(FilterCompiler.compile(whole), whole);
  }

  @Test
  @Timeout(60)
  void manyRulesBehindOneThatDecidesAll() {
    behindOne(2_000);
  }

  @Test
  @Timeout(60)
  @Tag("long")
  void tenThousandRulesBehindOneThatDecidesAll() {
    behindOne(10_000);
  }

  private static void behindOne(int count) {
    ResolvedPolicy policy = many(count, i -> i == 1 ? "cmd >= 0" : "cmd >= " + 3 * i);
    assertThat(unreachable(policy)).hasSize(count - 1);
    FilterProof.require(FilterCompiler.compile(policy), policy);
  }

  @Test
  void onlyTheFirstOfNestedRulesCanMatch() {
    ResolvedPolicy policy = many(40, i -> "cmd < " + (100 - i));
    assertThat(unreachable(policy)).hasSize(39).doesNotContain("p:4:13");
  }
}
