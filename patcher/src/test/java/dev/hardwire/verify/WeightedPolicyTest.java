package dev.hardwire.verify;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.library.LibraryReader;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights lay out the filters of patched files, are part of their policy, and decide nothing. */
@Tag("system")
class WeightedPolicyTest {
  private static final String SERVICE =
      "version: 1\ndefault: errno EPERM\nrules:\n  - allow: [\"@system-service\"]\n";

  private static final String WEIGHTS = "epoll_wait: 600\nrecvfrom: 400\nfutex_in_dreams: 9\n";

  @TempDir private Path dir;

  private static Policy policy(String text) {
    return ResolvedPolicy.pinned(
        YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p"), Target.X86_64);
  }

  private static List<String> failed(Bytes file) {
    return Verifier.verify(file, Expectations.NONE).checks().stream()
        .filter(check -> check.finding() == CheckFinding.FAILED)
        .map(Check::name)
        .toList();
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static String ok(Object... command) {
    Outcome outcome = Cli.run(command);
    assertThat(outcome.status()).as(outcome.err()).isZero();
    return outcome.out();
  }

  /** The call that a filter tests first. */
  private static String first(String disassembly) {
    return disassembly.lines().skip(3).findFirst().orElseThrow().replaceFirst(".*; ", "");
  }

  @Test
  void frequentCallsComeFirstInAPatchedFile() throws IOException {
    Path policy = file("p.yaml", SERVICE);
    Path out = dir.resolve("out");
    ok("patch", "--policy", policy, "--weights", file("w", WEIGHTS), "-o", out, program());
    assertThat(first(ok("disasm", out))).isEqualTo("epoll_wait");
    assertThat(ok("inspect", out))
        .contains("    weights: {epoll_wait: 600, recvfrom: 400}\n")
        .doesNotContain("futex_in_dreams");
    assertThat(ok("verify", out)).contains("ok   rest:");
    assertThat(ok("verify", "--policy", policy, out)).contains("ok   required-policy:");
    Path other = file("q.yaml", SERVICE.replace("@system-service", "@basic-io"));
    assertThat(Cli.run("verify", "--policy", other, out).status()).isEqualTo(5);
    assertThat(Programs.run(out).status()).isEqualTo(Programs.run(program()).status());
    Path second = dir.resolve("second");
    ok("patch", "--policy", policy, "--weights", dir.resolve("w"), "-o", second, program());
    assertThat(second).has(sameBytesAs(out));
  }

  private static Path program() {
    return Fixtures.named("gcc-pie").path();
  }

  @Test
  void frequenciesOfMinijailReachThePatchedFile() throws IOException {
    file("f", WEIGHTS);
    String calls = "epoll_wait: 1\nrecvfrom: 1\nread: 1\nwrite: 1\nexit_group: 1\n";
    Path policy = file("p.policy", "@frequency ./f\n@frequency ./g\n" + calls + "read: 1\n");
    Path out = dir.resolve("out");
    Outcome patched = Cli.run("patch", "--policy", policy, "-o", out, program());
    assertThat(patched.status()).as(patched.err()).isZero();
    assertThat(patched.err().lines().filter(line -> line.startsWith("hardwire: warning: ")))
        .satisfiesExactly(
            line -> assertThat(line).contains("f:3:1: \"futex_in_dreams\" is not a known system"),
            line -> assertThat(line).contains(":2:12: cannot find \"./g\""),
            line -> assertThat(line).contains(":8:1: this line repeats "));
    assertThat(ok("inspect", out)).contains("    weights: {epoll_wait: 600, recvfrom: 400}\n");
  }

  @Test
  void theLibraryIsWrittenAgainFromItsOwnPolicy() throws IOException {
    Path policy = file("p.yaml", SERVICE + "weights: {epoll_wait: 600}\n");
    Path plain = file("q.yaml", SERVICE);
    Path weighed = dir.resolve("libw.so");
    ok("library", "--policy", policy, "-o", weighed);
    Path even = dir.resolve("libe.so");
    ok("library", "--policy", plain, "-o", even);
    Bytes library = Bytes.wrap(Files.readAllBytes(weighed));
    assertThat(library.differenceFrom(Bytes.wrap(Files.readAllBytes(even)))).isNotNegative();
    assertThat(LibraryReader.read(library).policy().orElseThrow().weights())
        .isEqualTo(Map.of("epoll_wait", 600L));
  }

  @Test
  void launchersTakeWeights() throws IOException {
    Path policy = file("p.yaml", SERVICE);
    Path weights = file("w", WEIGHTS);
    Path launcher = dir.resolve("launcher");
    ok("launcher", "--policy", policy, "--weights", weights, "-o", launcher);
    int status = Programs.run("/bin/true").status();
    assertThat(Programs.run(launcher, "/bin/true").status()).isEqualTo(status).isZero();
    Outcome alone = Cli.run("library", "--weights", weights, "-o", dir.resolve("x.so"));
    assertThat(alone.status()).isEqualTo(2);
    assertThat(alone.err()).contains("--weights requires --preset NAME, --policy FILE");
    Path out = Files.copy(weights, dir.resolve("w2"));
    Outcome over =
        Cli.run("patch", "--policy", policy, "--weights", out, "-f", "-o", out, program());
    assertThat(over.status()).isNotZero();
    assertThat(out).hasContent(WEIGHTS);
  }

  @Test
  void aFilterForOtherWeightsIsFound() throws IOException {
    Policy even = policy(SERVICE);
    Policy weighed = even.weighedBy(Map.of("epoll_wait", 600L, "recvfrom", 300L));
    ElfFile elf = ElfFile.parse(PatchedFile.original("gcc-pie"));
    for (Policy compiled : List.of(even, even.weighedBy(Map.of("readlink", 7L)), weighed)) {
      PatchRequest request =
          PatchRequest.of(
                  SetupCompiler.compile(elf.machine(), compiled), YamlPolicyWriter.write(weighed))
              .with(PatchSettings.DEFAULT.withHook(Hook.INIT));
      Bytes file = PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request));
      List<String> expected = compiled.equals(weighed) ? List.of() : List.of("setup");
      assertThat(failed(file)).isEqualTo(expected);
    }
  }

  @Test
  void phasesHaveTheWeightsOfTheirPolicy() throws IOException {
    Policy policy =
        policy(
            SERVICE
                + "weights: {epoll_wait: 5, read: 9}\n"
                + "phases:\n  - {name: late, at: main, default: allow, rules:"
                + " [errno EPERM: [\"@mount\", epoll_wait, \"@swap\", ptrace, \"@clock\"]]}\n");
    Policy even = policy.weighedBy(Map.of());
    assertThat(SetupCompiler.phases(Target.X86_64, policy).get(0).program().data())
        .isNotEqualTo(SetupCompiler.phases(Target.X86_64, even).get(0).program().data());
    Bytes original = PatchedFile.original("gcc-pie");
    assertThat(failed(PatchedFile.of(original, Hook.INIT, policy, false).bytes())).isEmpty();
  }

  @Test
  void whatIsIncludedMayWeigh() throws IOException {
    file("base.yaml", "version: 1\nrules: []\nweights: {read: 1, write: 2}\n");
    Path own = file("p.yaml", "include: [base.yaml]\n" + SERVICE + "weights: {close: 3}\n");
    Path none = file("q.yaml", "include: [base.yaml]\n" + SERVICE);
    assertThat(YamlPolicyReader.read(own).weights()).isEqualTo(Map.of("close", 3L));
    assertThat(YamlPolicyReader.read(none).weights()).isEqualTo(Map.of("read", 1L, "write", 2L));
  }

  @Test
  void unknownNamesCauseWarnings() throws IOException {
    Path policy = file("p.yaml", SERVICE);
    Path weights = file("w", WEIGHTS);
    String inFile = ":3:1: \"futex_in_dreams\" is not a known system call; its weight is ignored";
    Path out = dir.resolve("out");
    assertThat(
            Cli.run("patch", "--policy", policy, "--weights", weights, "-o", out, program()).err())
        .contains("warning: " + weights + inFile);
    assertThat(Cli.run("policy", "compile", "--weights", weights, policy).err())
        .contains("warning: " + weights + inFile);
    Path own = file("q.yaml", SERVICE + "weights: {read: 2, raed: 3, socketcall: 1}\n");
    String inPolicy = "q.yaml:5:20: \"raed\" is not a known system call; its weight is ignored";
    Path second = dir.resolve("second");
    for (Outcome outcome :
        List.of(
            Cli.run("policy", "check", own),
            Cli.run("policy", "compile", own),
            Cli.run("patch", "--policy", own, "-o", second, program()))) {
      assertThat(outcome.status()).as(outcome.err()).isZero();
      assertThat(outcome.out() + outcome.err()).contains(inPolicy).doesNotContain("socketcall");
    }
    Outcome replaced =
        Cli.run("patch", "--policy", own, "--weights", weights, "-o", dir.resolve("x"), program());
    assertThat(replaced.err()).contains("futex_in_dreams").doesNotContain("raed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|p:5:10: weights is empty; add a call or remove it",
        "{'@io': 1}|p:5:11: \"@io\" is not spelt like a system call",
        "{'~read': 1}|p:5:11: \"~read\" is not spelt like a system call",
        "{'nr 1': 1}|p:5:11: \"nr 1\" is not spelt like a system call",
        "{read: 0}|p:5:17: a weight must be a number from 1 to 1099511627776",
        "{read: 1099511627777}|p:5:17: a weight must be a number from 1 to 1099511627776",
        "{read: 1.5}|p:5:17: a weight must be a number from 1 to 1099511627776, not \"1.5\"",
        "{read: 123456789012345678901}|p:5:17: a weight must be a number from 1 to 1099511627776",
        "{read: 1, read: 2}|p:5:20: key \"read\" is given twice in weights; remove one (first at"
            + " p:5:11)"
      })
  void otherWeightsAreErrors(String weights, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> policy(SERVICE + "weights: " + weights.replace('\'', '"') + "\n"))
        .withMessageStartingWith(message);
  }
}
