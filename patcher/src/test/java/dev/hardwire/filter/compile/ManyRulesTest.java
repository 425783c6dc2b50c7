package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.prove.ReferenceInterpreter;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thousands of rules for one call: the work grows with their number, not with its square. */
@Tag("slow")
class ManyRulesTest {
  private static final int MANY = 10_000;

  /** In each run; the long profile has as many as are refused. */
  private static final int SOME = 400;

  private static Policy yaml(int count, IntFunction<String> rule) {
    String rules = IntStream.range(0, count).mapToObj(rule).collect(Collectors.joining("\n"));
    String text = "version: 1\ndefault: errno EPERM\nrules:\n  - allow: [exit_group]\n" + rules;
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  private static Policy oci(int count, IntFunction<String> args) {
    String rules =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_%s\",\"args\":[%s]}"
                        .formatted(i % 2 == 0 ? "ALLOW" : "LOG", args.apply(i)))
            .collect(Collectors.joining(",\n"));
    String text = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" + rules + "]}";
    return OciReader.read(
            text.getBytes(StandardCharsets.UTF_8), "p.json", new ReadOptions(Target.X86_64))
        .policy();
  }

  private static String arg(int index, int value) {
    return "{\"index\":%d,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}".formatted(index, value);
  }

  private static Filter accepted(Policy policy, String... warnings) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
    FilterCompiler.requireFits(resolved);
    List<String> found =
        PolicyCheck.warnings(resolved).stream()
            .map(PolicyWarning::message)
            .filter(message -> !message.contains("is not allowed"))
            .toList();
    assertThat(found).containsExactly(warnings);
    Filter filter = FilterCompiler.compile(policy, Target.X86_64);
    FilterProof.require(filter, resolved);
    return filter;
  }

  @Test
  @Timeout(60)
  void neighboursBecomeFewInstructions() {
    neighbours(SOME);
  }

  @Test
  @Tag("long")
  void manyNeighboursBecomeFewInstructions() {
    neighbours(MANY);
  }

  private static void neighbours(int count) {
    assertThat(accepted(yaml(count, i -> "  - allow: [ioctl]\n    when: cmd == " + (i + 7))).size())
        .isLessThan(20);
    assertThat(
            accepted(yaml(count, i -> "  - allow: [ioctl]\n    when: fd == 3 && cmd == " + i))
                .size())
        .isLessThan(20);
    assertThat(accepted(oci(count, i -> arg(1, 4096 + i))).size()).isLessThan(200);
    assertThat(accepted(oci(count, i -> arg(0, 1) + "," + arg(1, 4096 + i))).size())
        .isLessThan(200);
  }

  @Test
  @Timeout(120)
  void valuesOfSeveralArgumentsTogether() {
    several(SOME);
  }

  @Test
  @Tag("long")
  @Timeout(120)
  void manyValuesOfSeveralArgumentsTogether() {
    several(MANY);
  }

  private static void several(int count) {
    assertThat(accepted(oci(count, i -> arg(0, i % 100) + "," + arg(1, i / 100))).size())
        .isLessThan(40);
    IntFunction<String> three =
        i -> arg(0, i % 10) + "," + arg(1, i / 10 % 10) + "," + arg(2, i / 100);
    assertThat(accepted(oci(count, three)).size()).isLessThan(40);
    String any =
        IntStream.range(0, count)
            .mapToObj(i -> "(fd == %d && cmd == %d)".formatted(i % 10, i / 10))
            .collect(Collectors.joining(" || "));
    assertThat(accepted(yaml(1, i -> "  - allow: [ioctl]\n    when: \"" + any + "\"")).size())
        .isLessThan(20);
  }

  @Test
  @Timeout(60)
  void valuesThatAreLeftOut() {
    leftOut(SOME);
  }

  @Test
  @Tag("long")
  @Timeout(60)
  void manyValuesThatAreLeftOut() {
    leftOut(MANY);
  }

  private static void leftOut(int count) {
    String all =
        IntStream.range(0, count)
            .mapToObj(i -> "cmd != " + (i + 7))
            .collect(Collectors.joining(" && "));
    assertThat(accepted(yaml(1, i -> "  - allow: [ioctl]\n    when: \"" + all + "\"")).size())
        .isLessThan(20);
  }

  @Test
  @Timeout(30)
  void aRepeatedValueIsFound() {
    accepted(
        yaml(300, i -> "  - allow: [ioctl]\n    when: cmd == " + (i == 200 ? 100 : i)),
        "this rule can never match ioctl: earlier rules decide every such call; remove it");
  }

  @Test
  @Timeout(60)
  void tooManyAreRefusedWithTheCallAndTheNumber() {
    refused(4_500, "4,\\d\\d\\d", "[4-8]\\d\\d");
  }

  @Test
  @Tag("long")
  @Timeout(60)
  void farTooManyAreRefused() {
    refused(MANY, "10,\\d\\d\\d", "6,\\d\\d\\d");
  }

  private static void refused(int count, String needed, String tooMany) {
    ResolvedPolicy policy =
        ResolvedPolicy.of(
            yaml(count, i -> "  - allow: [ioctl]\n    when: cmd == " + 7 * i), Target.X86_64);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> FilterCompiler.requireFits(policy))
        .withMessageMatching(
            "p.yaml:5:5: the conditions on ioctl need "
                + needed
                + " instructions or more, the kernel accepts 4096 for the whole filter: at least "
                + tooMany
                + " too many; use fewer values, or ranges");
  }

  /** Conditions of all kinds on the same arguments, so that the joined parts overlap. */
  @Test
  void joinedRulesDecideAsTheReferenceDoes() {
    joined(4);
  }

  @Test
  @Tag("long")
  void moreJoinedRulesDecideAsTheReferenceDoes() {
    joined(15);
  }

  private static void joined(int policies) {
    for (int seed = 0; seed < policies; seed++) {
      Random random = new Random(seed);
      Policy policy =
          yaml(
              100,
              i ->
                  "  - errno %d: [ioctl]\n    when: \"%s\""
                      .formatted(1 + random.nextInt(4), condition(random)));
      ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
      Filter filter = FilterCompiler.compile(policy, Target.X86_64);
      assertThat(FilterProof.check(filter, resolved)).as("%d", seed).isEmpty();
      for (int i = 0; i < 100; i++) {
        SeccompData call =
            SeccompData.of(Target.X86_64, 16, random.nextInt(6), random.nextInt(40), 1);
        assertThat(Emulator.run(filter, call).verdict())
            .as("%d, %s", seed, call)
            .isEqualTo(ReferenceInterpreter.decide(resolved, call));
      }
    }
  }

  private static String condition(Random random) {
    String cmd = "cmd == " + random.nextInt(40);
    String fd = "fd == " + random.nextInt(6);
    return switch (random.nextInt(8)) {
      case 0 -> fd + " && " + cmd;
      case 1 -> cmd + " && " + fd;
      case 2 -> "cmd in [" + random.nextInt(40) + ", " + random.nextInt(40) + "] && " + fd;
      case 3 -> "(cmd & 0x30) == " + 16 * random.nextInt(4) + " && fd > 3";
      case 4 -> "!(cmd > " + random.nextInt(40) + " || fd != " + random.nextInt(6) + ")";
      default -> cmd;
    };
  }
}
