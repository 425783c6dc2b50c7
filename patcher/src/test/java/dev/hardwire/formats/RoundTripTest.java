package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.RandomPolicies;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.environment.EnvironmentFormat;
import dev.hardwire.formats.environment.EnvironmentReader;
import dev.hardwire.formats.environment.EnvironmentWriter;
import dev.hardwire.formats.minijail.MinijailReader;
import dev.hardwire.formats.minijail.MinijailWriter;
import dev.hardwire.formats.oci.OciFormat;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.formats.oci.OciWriter;
import dev.hardwire.formats.systemd.SystemdFormat;
import dev.hardwire.formats.systemd.SystemdReader;
import dev.hardwire.formats.systemd.SystemdWriter;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.work.PolicyFormats;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written in a format and read again decides every call as before. */
class RoundTripTest {
  private static final ReadOptions OPTIONS = new ReadOptions(Target.X86_64);

  private static ResolvedPolicy resolve(Policy policy) {
    return ResolvedPolicy.of(policy, Target.X86_64);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void same(Policy original, Policy again, String text) {
    assertThat(FilterProof.compare(resolve(original), resolve(again)))
        .as("%s%n%s", YamlPolicyWriter.write(original), text)
        .isEmpty();
  }

  /** Of random policies, in how many rounds; the long profile has more. */
  private static final int SOME = 50;

  private static final int MANY = 250;

  /** How many of the random policies the format could say; each of those is checked. */
  private static int sayable(
      int policies, Function<PlainPolicy, String> writer, Function<String, Policy> reader) {
    int said = 0;
    for (long seed = 0; seed < policies; seed++) {
      Policy policy = new RandomPolicies(seed).policy();
      if (readsTooWide(policy)) {
        continue;
      }
      String text;
      try {
        text = writer.apply(PlainPolicy.of(resolve(policy)));
      } catch (PolicyException e) {
        continue;
      }
      same(policy, reader.apply(text), text);
      said++;
    }
    return said;
  }

  /**
   * Whether the policy looks at more bits than the kernel: what reads it again looks at as many as
   * the kernel, on purpose.
   */
  private static boolean readsTooWide(Policy policy) {
    return resolve(policy).warnings().stream()
        .anyMatch(warning -> warning.message().contains("the other bits are not checked"));
  }

  @Test
  void ociProfiles() {
    ociProfiles(SOME);
  }

  @Test
  @Tag("long")
  void manyOciProfiles() {
    ociProfiles(MANY);
  }

  private static void ociProfiles(int policies) {
    int said =
        sayable(
            policies,
            OciWriter::write,
            text -> {
              assertThat(PolicyFormats.detect(bytes(text), "x")).isEqualTo(new OciFormat());
              return OciReader.read(bytes(text), "x.json", OPTIONS).policy();
            });
    assertThat(said).isGreaterThan(policies / 2);
  }

  @Test
  void minijailPolicies() {
    minijailPolicies(SOME);
  }

  @Test
  @Tag("long")
  void manyMinijailPolicies() {
    minijailPolicies(MANY);
  }

  private static void minijailPolicies(int policies) {
    int said =
        sayable(
            policies,
            MinijailWriter::write,
            text -> MinijailReader.read(bytes(text), "x", OPTIONS).policy());
    assertThat(said).isGreaterThan(policies / 5);
  }

  @Test
  void systemdUnits() {
    Policy policy =
        yaml(
            """
            version: 1
            default: errno EPERM
            rules:
              - log: [getpid]
              - allow: ["@system-service"]
            """);
    String text = SystemdWriter.write(PlainPolicy.of(resolve(policy)));
    assertThat(PolicyFormats.detect(bytes(text), "x")).isEqualTo(new SystemdFormat());
    same(policy, SystemdReader.read(Map.of("x.service", bytes(text)), OPTIONS).policy(), text);
    Policy denying =
        yaml(
            """
            version: 1
            default: allow
            rules:
              - errno ENETDOWN: [uname]
              - kill-process: ["@mount"]
              - log: [ptrace, read]
            """);
    for (String rules :
        new String[] {
          "[{allow: [read, execve]}, {errno ENOSYS: [clone3, exit_group]}, {kill-process:"
              + " [ptrace]}]",
          "[]",
          "[{log: [\"@sync\"]}]"
        }) {
      Policy narrow = yaml("{version: 1, default: errno EPERM, rules: " + rules + "}");
      String unit = SystemdWriter.write(PlainPolicy.of(resolve(narrow)));
      same(narrow, SystemdReader.read(Map.of("x.service", bytes(unit)), OPTIONS).policy(), unit);
    }
    String deny = SystemdWriter.write(PlainPolicy.of(resolve(denying)));
    same(denying, SystemdReader.read(Map.of("x.service", bytes(deny)), OPTIONS).policy(), deny);
  }

  @Test
  void environmentVariables() {
    for (String policy :
        new String[] {
          "{version: 1, default: kill-process, rules: [{allow: [read, \"@sync\"]}]}",
          "{version: 1, default: log, rules: []}",
          "{version: 1, default: allow, rules: [{log: [uname]}]}",
          "{version: 1, default: allow, rules: [{kill-process: [uname, ptrace]}]}"
        }) {
      String text = EnvironmentWriter.write(PlainPolicy.of(resolve(yaml(policy))));
      assertThat(PolicyFormats.detect(bytes(text), "x")).isEqualTo(new EnvironmentFormat());
      same(yaml(policy), EnvironmentReader.read(bytes(text), "x"), text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "log: true, systemd",
    "log: true, minijail",
    "log: true, env",
    "no_new_privs: false, oci",
    "no_new_privs: false, minijail",
    "no_new_privs: false, env"
  })
  void whatStandsBesideTheRulesIsNotLost(String flag, String name) {
    PolicyFormat format = PolicyFormats.named(name).orElseThrow();
    Policy policy = yaml("version: 1\ndefault: kill-process\nrules: []\n" + flag + "\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> format.write(policy, Target.X86_64))
        .withMessage("test:2:10: " + name + " cannot express " + flag);
  }

  private static Policy yaml(String text) {
    return YamlPolicyReader.read(bytes(text), "test");
  }
}
