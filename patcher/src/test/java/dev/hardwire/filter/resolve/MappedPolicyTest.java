package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random policies of x86-64's names on another architecture, against what they say on x86-64: a
 * call is let through only if its own name or that of the same call lets it through, and never
 * where a rule of one of the names refuses it.
 */
class MappedPolicyTest {
  private static final int POLICIES = 150;
  private static final int CWD = -100;
  private static final int NOFOLLOW = 0x100;
  private static final int REMOVEDIR = 0x200;

  private static final List<String> CALLS =
      List.of("open", "openat", "unlink", "rmdir", "unlinkat", "chown", "lchown", "fchownat");
  private static final List<String> ACTIONS =
      List.of("allow", "errno EPERM", "kill-process", "log", "trap");

  /** Conditions that every one of the calls has the argument of, or none. */
  private static final List<String> CONDITIONS =
      List.of("pathname == 0", "pathname != 0", "pathname in [0, 5]", "!(pathname == 5)");

  private final Map<List<Object>, ResolvedPolicy> resolved = new HashMap<>();
  private final Random random = new Random(20260101);

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private String rules() {
    StringBuilder rules = new StringBuilder();
    List<String> left = new ArrayList<>(CALLS);
    for (int i = random.nextInt(5); i >= 0 && !left.isEmpty(); i--) {
      List<String> calls = new ArrayList<>();
      left.forEach(call -> calls.add(random.nextInt(3) == 0 ? call : ""));
      calls.removeIf(String::isEmpty);
      if (calls.isEmpty()) {
        continue;
      }
      rules.append("  - %s: [%s]\n".formatted(pick(ACTIONS), String.join(", ", calls)));
      if (random.nextBoolean()) {
        rules.append("    when: \"%s\"\n".formatted(pick(CONDITIONS)));
      } else {
        left.removeAll(calls);
      }
    }
    return rules.toString();
  }

  private static Policy policy(String rules, String defaultAction) {
    String text = "version: 1\ndefault: " + defaultAction + "\nrules:\n" + rules;
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "random")
        .withMissingCallsMapped(true);
  }

  private boolean letsThrough(
      String rules, String defaultAction, Target on, String call, long... args) {
    int number = SyscallTable.of(on).number(call).getAsInt();
    ResolvedPolicy policy =
        resolved.computeIfAbsent(
            List.of(rules, defaultAction, on),
            key -> ResolvedPolicy.of(policy(rules, defaultAction), on));
    Verdict verdict = ReferenceInterpreter.decide(policy, SeccompData.of(on, number, args));
    return verdict.action() == Verdict.ALLOW || verdict.action() == Verdict.LOG;
  }

  /** What the rules of x86-64 say of a call; empty if none decides it. */
  private Optional<Boolean> decided(String rules, String call, long... args) {
    boolean otherwiseNo = letsThrough(rules, "kill-process", Target.X86_64, call, args);
    boolean otherwiseYes = letsThrough(rules, "allow", Target.X86_64, call, args);
    return otherwiseNo == otherwiseYes ? Optional.of(otherwiseNo) : Optional.empty();
  }

  /** One call of the other architecture, and the calls of x86-64 that can be or are the same. */
  private void check(String rules, String call, long[] args, List<String> like, List<String> same) {
    boolean otherwise = random.nextBoolean();
    String otherAction = otherwise ? "allow" : "kill-process";
    Optional<Boolean> own = decided(rules, call, args);
    boolean refused = own.equals(Optional.of(false));
    boolean allowed = own.equals(Optional.of(true));
    for (String name : like) {
      Optional<Boolean> other = decided(rules, name, args[1]);
      refused |= other.equals(Optional.of(false));
      allowed |= same.contains(name) && other.equals(Optional.of(true));
    }
    boolean expected = !refused && (allowed || otherwise);
    assertThat(letsThrough(rules, otherAction, Target.AARCH64, call, args))
        .as("%s%s of\n%s, otherwise %s", call, List.of(args[0], args[1], args[2]), rules, otherwise)
        .isEqualTo(expected);
  }

  @Test
  void refusesWhatAnyNameRefusesAndLetsThroughWhatIsTheSame() {
    for (int i = 0; i < POLICIES; i++) {
      String rules = rules();
      if (rules.isEmpty()) {
        continue;
      }
      for (long directory : new long[] {CWD, 3}) {
        boolean here = directory == CWD;
        for (long path : new long[] {0, 5, 6}) {
          long[] open = {directory, path, 0x241};
          check(rules, "openat", open, List.of("open"), here ? List.of("open") : List.of());
          long flags = random.nextBoolean() ? REMOVEDIR : 0;
          String removes = flags == 0 ? "unlink" : "rmdir";
          long[] remove = {directory, path, flags};
          check(rules, "unlinkat", remove, List.of(removes), here ? List.of(removes) : List.of());
          long follow = random.nextBoolean() ? NOFOLLOW : 0;
          long[] own = {directory, path, 1, 1, follow};
          check(
              rules,
              "fchownat",
              own,
              List.of("chown", "lchown"),
              !here ? List.of() : follow == 0 ? List.of("chown") : List.of("lchown"));
        }
      }
    }
  }
}
