package dev.hardwire.filter.prove;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.PlainCheck;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.filter.prove.symbolic.Bdd;
import dev.hardwire.filter.prove.symbolic.Counterexample;
import dev.hardwire.filter.prove.symbolic.Difference;
import dev.hardwire.filter.prove.symbolic.SymbolicFilter;
import dev.hardwire.filter.prove.symbolic.SymbolicPolicy;
import dev.hardwire.filter.prove.symbolic.Words;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * libseccomp 2.6, given the same rules, decides as we do, over every architecture, call number and
 * argument, but for differences that are explained here:
 *
 * <ul>
 *   <li>numbers from 0x40000000 up: libseccomp gives -1 the default action, and knows x32 by its
 *       bit;
 *   <li>libseccomp decides wrongly, against its own rules, where one argument of a call is compared
 *       in several ways; now and then it does not come to an end.
 * </ul>
 */
@Tag("system")
class LibseccompTest {
  private static final Target X86_64 = Target.X86_64;

  /** What libseccomp makes of rules; empty if it does not come to an end. */
  private static Optional<Filter> compile(PlainPolicy policy, boolean tree) {
    try {
      Path rules = Files.createTempFile("rules", ".txt");
      Path out = Files.createTempFile("filter", ".bpf");
      try {
        Files.writeString(rules, text(policy));
        List<String> command = new ArrayList<>();
        command.add(Fixtures.tool("seccomp-compile").toString());
        if (tree) {
          command.add("tree");
        }
        Process process =
            new ProcessBuilder(command)
                .redirectInput(rules.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(8, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return Optional.empty();
        }
        assertThat(process.exitValue()).as(text(policy)).isZero();
        return Optional.of(Filter.decode(Bytes.wrap(Files.readAllBytes(out))));
      } finally {
        Files.delete(rules);
        Files.delete(out);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(PlainPolicy policy) {
    StringBuilder text = new StringBuilder();
    text.append(Verdict.of(policy.defaultAction()).value()).append('\n');
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      text.append(Verdict.of(rule.action()).value()).append(' ').append(number(rule.call()));
      for (PlainCheck check : rule.checks()) {
        String value = " 0x" + Long.toHexString(check.value());
        text.append(' ').append(check.argument());
        text.append(
            switch (check.kind()) {
              case BITS ->
                  check.mask() == -1
                      ? " eq" + value
                      : " masked 0x" + Long.toHexString(check.mask()) + value;
              case AT_LEAST -> " ge" + value;
              case AT_MOST -> " le" + value;
              case NOT -> " ne" + value;
            });
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static int number(String call) {
    return SyscallTable.of(X86_64).number(call).getAsInt();
  }

  /** A call below 0x40000000 that the filter decides otherwise than the policy. */
  private static Optional<Counterexample> difference(Filter filter, ResolvedPolicy policy) {
    Words words = new Words(new Bdd(), X86_64.order());
    int high = words.greater(words.nr(), words.constant(0x4000_0000L, 32), true);
    int kill = words.bdd.leaf(Verdict.KILL_PROCESS);
    int decided = words.bdd.choose(high, kill, new SymbolicFilter(words, filter).of());
    int meant = words.bdd.choose(high, kill, new SymbolicPolicy(words).of(policy));
    return Difference.between(words.bdd, decided, meant, X86_64.order());
  }

  /** What the rules given to libseccomp say of a call, read one by one. */
  private static Verdict read(PlainPolicy policy, SeccompData call) {
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (number(rule.call()) == call.nr()
          && rule.checks().stream()
              .allMatch(check -> holds(check, call.args().get(check.argument())))) {
        return Verdict.of(rule.action());
      }
    }
    return Verdict.of(policy.defaultAction());
  }

  private static boolean holds(PlainCheck check, long argument) {
    return switch (check.kind()) {
      case BITS -> (argument & check.mask()) == check.value();
      case AT_LEAST -> Long.compareUnsigned(argument, check.value()) >= 0;
      case AT_MOST -> Long.compareUnsigned(argument, check.value()) <= 0;
      case NOT -> argument != check.value();
    };
  }

  /** Whether some argument of the call is compared in several ways. */
  private static boolean comparesOneArgumentSeveralWays(PlainPolicy policy, long nr) {
    Set<List<Object>> ways = new HashSet<>();
    Set<Integer> arguments = new TreeSet<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      for (PlainCheck check : rule.checks()) {
        if (number(rule.call()) == nr) {
          ways.add(List.of(check.argument(), check.kind(), check.mask()));
          arguments.add(check.argument());
        }
      }
    }
    return ways.size() > arguments.size();
  }

  @Test
  void randomRuleSetsAreDecidedAlike() {
    int alike = 0;
    int wrong = 0;
    int endless = 0;
    for (long seed = 0; seed < 100; seed++) {
      ResolvedPolicy policy = ResolvedPolicy.of(new RandomPolicies(seed).policy(), X86_64);
      PlainPolicy plain;
      try {
        plain = PlainPolicy.of(policy);
      } catch (PolicyException e) {
        continue;
      }
      if (plain.rules().size() > 60) {
        continue; // libseccomp takes long for many rules of one call
      }
      Optional<Filter> filter = compile(plain, seed % 2 == 0);
      Optional<Counterexample> difference = filter.flatMap(f -> difference(f, policy));
      if (filter.isEmpty()) {
        endless++;
      } else if (difference.isEmpty()) {
        alike++;
      } else {
        SeccompData call = difference.get().call();
        assertThat(comparesOneArgumentSeveralWays(plain, call.nr()))
            .as("seed %d: %s%n%s", seed, difference, text(plain))
            .isTrue();
        assertThat(read(plain, call))
            .isEqualTo(ReferenceInterpreter.decide(policy, call))
            .isNotEqualTo(Emulator.run(filter.get(), call).verdict());
        wrong++;
      }
    }
    assertThat(alike).isGreaterThan(50);
    assertThat(wrong).isLessThan(alike / 4);
    assertThat(endless).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "src/test/resources/policies/a-four-call-allowlist.json",
        "src/test/resources/policies/b-system-service-allowlist.json",
        "src/test/resources/policies/d-three-hundred-denied.json",
        "src/test/resources/policies/e-argument-rules.json",
        "/usr/share/containers/seccomp.json"
      })
  void realPoliciesAreDecidedAlike(String file) throws IOException {
    ResolvedPolicy policy =
        ResolvedPolicy.of(
            OciReader.read(Files.readAllBytes(Path.of(file)), file, new ReadOptions(X86_64))
                .policy(),
            X86_64);
    PlainPolicy plain = PlainPolicy.of(policy);
    for (boolean tree : new boolean[] {false, true}) {
      assertThat(difference(compile(plain, tree).orElseThrow(), policy)).isEmpty();
    }
  }

  @Test
  void highNumbersDifferAsExplained() {
    ResolvedPolicy policy = ResolvedPolicy.of(new RandomPolicies(1).policy(), X86_64);
    Filter filter = compile(PlainPolicy.of(policy), false).orElseThrow();
    Verdict kill = new Verdict(Verdict.KILL_PROCESS);
    SeccompData x32 = SeccompData.of(X86_64, 0x4000_0001L);
    assertThat(Emulator.run(filter, x32).verdict()).isEqualTo(kill);
    assertThat(ReferenceInterpreter.decide(policy, x32)).isEqualTo(kill);
    SeccompData none = SeccompData.of(X86_64, 0xffff_ffffL);
    assertThat(Emulator.run(filter, none).verdict()).isEqualTo(policy.defaultVerdict());
    assertThat(ReferenceInterpreter.decide(policy, none)).isEqualTo(kill);
  }
}
