package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterCompilerTest {
  private static final Target X86_64 = Target.X86_64;
  private static final SyscallTable TABLE = SyscallTable.of(X86_64);
  private static final Policy MIXED =
      Policy.of(
          "mixed",
          Action.errno("EPERM"),
          List.of(
              Rule.of(Action.ALLOW, "read", "write", "close", "exit_group"),
              Rule.of(Action.errno("ENETDOWN"), "uname"),
              Rule.of(Action.KILL_THREAD, "ptrace"),
              Rule.of(Action.TRAP, "reboot"),
              Rule.of(Action.LOG, "mseal")));

  private static String run(Filter filter, SeccompData data) {
    return Emulator.run(filter, data).verdict().toString();
  }

  @ParameterizedTest
  @CsvSource({
    "0xc000003e, 0, allow",
    "0xc000003e, 1, allow",
    "0xc000003e, 2, errno EPERM",
    "0xc000003e, 3, allow",
    "0xc000003e, 63, errno ENETDOWN",
    "0xc000003e, 62, errno EPERM",
    "0xc000003e, 64, errno EPERM",
    "0xc000003e, 101, kill-thread",
    "0xc000003e, 169, trap",
    "0xc000003e, 462, log",
    "0xc000003e, 463, errno EPERM",
    "0xc000003e, 1000000, errno EPERM",
    "0xc000003e, 0x3fffffff, errno EPERM",
    "0xc000003e, 0x40000000, kill-process",
    "0xc000003e, 0x40000001, kill-process",
    "0xc000003e, 0x7fffffff, kill-process",
    "0xc000003e, 0x80000000, kill-process",
    "0xc000003e, 0xffffffff, kill-process",
    "0x40000003, 1, kill-process",
    "0x00000000, 1, kill-process",
    "0xc00000b7, 63, kill-process"
  })
  void decidesByArchitectureAndNumber(String arch, String nr, String action) {
    Filter filter = FilterCompiler.compile(MIXED, X86_64);
    SeccompData data = SeccompData.of(X86_64, Long.decode(nr)).withArch(Long.decode(arch));
    assertThat(run(filter, data)).isEqualTo(action);
  }

  private static Policy reading(String condition) {
    Rule rule = Rule.of(Action.ALLOW, "read");
    return Policy.of(
        "many",
        Action.KILL_PROCESS,
        List.of(
            new Rule(
                rule.action(),
                rule.calls(),
                Optional.of(ConditionParser.parse(condition, i -> Position.NONE)),
                Position.NONE)));
  }

  private static String comparisons(int count, String comparison, String joint) {
    return IntStream.range(0, count)
        .mapToObj(i -> "fd " + comparison + " " + 3 * i)
        .collect(Collectors.joining(" " + joint + " "));
  }

  /** Looking at the whole decision for each value would take many minutes. */
  @ParameterizedTest
  @CsvSource({"==, ||", "!=, &&"})
  @Timeout(60)
  void manyValuesAreCompiledSoon(String comparison, String joint) {
    manyValues(1300, 5000, comparison, joint);
  }

  @ParameterizedTest
  @CsvSource({"==, ||", "!=, &&"})
  @Tag("long")
  void moreValuesAreRefusedSoon(String comparison, String joint) {
    manyValues(1300, 9000, comparison, joint);
  }

  private static void manyValues(int fitting, int tooMany, String comparison, String joint) {
    Filter filter =
        FilterCompiler.compile(reading(comparisons(fitting, comparison, joint)), X86_64);
    for (int fd = -1; fd < 3 * fitting + 100; fd++) {
      boolean listed = fd >= 0 && fd < 3 * fitting && fd % 3 == 0;
      String expected = listed == joint.equals("||") ? "allow" : "kill-process";
      String decided = run(filter, SeccompData.of(X86_64, 0, fd));
      if (!decided.equals(expected)) { // which is faster than an assertion
        assertThat(decided).as("%d", fd).isEqualTo(expected);
      }
    }
    Policy larger = reading(comparisons(tooMany, comparison, joint));
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> FilterCompiler.compile(larger, X86_64))
        .withMessageContaining("the kernel accepts 4096");
  }

  @Test
  void anEmptyAllowListKillsEveryCall() {
    Filter filter =
        FilterCompiler.compile(Policy.of("none", Action.KILL_PROCESS, List.of()), X86_64);
    assertThat(filter.size()).isEqualTo(1);
    assertThat(run(filter, SeccompData.of(X86_64, 231))).isEqualTo("kill-process");
  }

  @Test
  void theFirstRuleDecides() {
    Policy policy =
        Policy.of(
            "x", Action.TRAP, List.of(Rule.of(Action.ALLOW, "read"), Rule.of(Action.LOG, "read")));
    assertThat(run(FilterCompiler.compile(policy, X86_64), SeccompData.of(X86_64, 0)))
        .isEqualTo("allow");
  }

  @Test
  void unknownCallsAreNamedWithThePlace() {
    CallName call = new CallName("wirte", new Position("p.yaml", 4, 13));
    Policy policy =
        Policy.of(
            "x",
            Action.TRAP,
            List.of(
                new Rule(
                    Action.ALLOW, List.of(call), Optional.empty(), new Position("p.yaml", 4, 5))));
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> FilterCompiler.compile(policy, X86_64))
        .withMessage(
            "p.yaml:4:13: unknown system call \"wirte\" on x86_64; did you mean \"write\"?");
  }

  @Test
  void everyCallHasItsOwnActionInRandomPolicies() {
    randomPolicies(6);
  }

  @Test
  @Tag("long")
  void everyCallHasItsOwnActionInManyRandomPolicies() {
    randomPolicies(30);
  }

  private static void randomPolicies(int rounds) {
    Random random = new Random(1);
    List<String> names = new ArrayList<>(TABLE.names());
    for (int round = 0; round < rounds; round++) {
      int actions = 1 + random.nextInt(round % 10 == 0 ? 300 : 4);
      Map<String, Action> chosen = new HashMap<>();
      List<Rule> rules = new ArrayList<>();
      for (String name : names) {
        if (random.nextInt(3) > 0) {
          Action action = new Action.Errno(random.nextInt(actions));
          chosen.put(name, action);
          rules.add(Rule.of(action, name));
        }
      }
      Filter filter = FilterCompiler.compile(Policy.of("r", Action.ALLOW, rules), X86_64);
      for (long nr = 0; nr < 600; nr++) {
        Action expected =
            TABLE
                .name(nr)
                .map(name -> chosen.getOrDefault(name, Action.ALLOW))
                .orElse(Action.ALLOW);
        assertThat(Emulator.run(filter, SeccompData.of(X86_64, nr)).verdict())
            .isEqualTo(Verdict.of(expected));
      }
      assertThat(run(filter, SeccompData.of(X86_64, 0x4000_0000L))).isEqualTo("kill-process");
    }
  }

  @Test
  void pathsAreShort() {
    List<Rule> rules = new ArrayList<>();
    for (String name : TABLE.names()) {
      if (TABLE.number(name).getAsInt() % 2 == 0) {
        rules.add(Rule.of(Action.ALLOW, name));
      }
    }
    Policy policy = Policy.of("even", Action.LOG, rules);
    Filter filter = FilterCompiler.compile(policy, X86_64);
    for (long nr = 0; nr < 512; nr++) {
      assertThat(Emulator.run(filter, SeccompData.of(X86_64, nr)).steps()).isLessThanOrEqualTo(13);
    }
  }
}
