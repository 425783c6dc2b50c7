package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A policy that is installed first must not fake the setup of the others. */
class StackedPoliciesTest {
  private static final Path ORIGINAL = Fixtures.named("gcc-pie").path();
  private static final String FAKES = "default: allow\nrules:\n  - errno 0: [%s]\n";
  private static final String FAKES_SECCOMP = FAKES.formatted("seccomp");

  @TempDir private Path folder;

  private Path policy(String rest) throws IOException {
    return Files.writeString(folder.resolve("policy.yaml"), "version: 1\nname: outer\n" + rest);
  }

  private Path patched(String hook, Object... options) {
    return patched(ORIGINAL, hook, options);
  }

  private Path patched(Path original, String hook, Object... options) {
    Path file = folder.resolve("patched-" + hook);
    Cli.ok("patch", Programs.strings(options), "--hook", hook, "-o", file, original);
    return file;
  }

  private Outcome stack(String policy, String hook, Path file) throws IOException {
    return Cli.run(
        "patch", "--policy", policy(policy), "--stack", "--hook", hook, "-o", out(), file);
  }

  private Path out() {
    return folder.resolve("out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default: allow\nrules:\n  - errno 0: [seccomp]\n",
        "default: allow\nrules:\n  - errno 0: [prctl]\n",
        "default: allow\nrules:\n  - errno 0: [prctl]\n    when: \"arg0 == 38\"\n",
        "default: allow\nrules:\n  - errno 0: [seccomp]\n    when: \"arg1 == 1\"\n",
        "default: errno 0\nrules:\n  - allow: [\"@known\", \"~seccomp\"]\n",
      })
  void whatFakesTheSetupIsRefused(String policy) throws IOException {
    Path first = patched("init", Policies.UNAME_KILLS);
    stack(policy, "init", first)
        .fails(ExitCode.NOT_PATCHABLE.code(), "the policy \"outer\" answers ");
    assertThat(out()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default: allow\nrules:\n  - errno 0: [prctl]\n    when: \"arg0 == 15\"\n",
        """
        default: allow
        rules:
          - allow: [seccomp]
          - errno 0: ["@privileged", seccomp]
            when: "arg5 == 7"
        """,
        "default: allow\nrules:\n  - errno 0: [sync]\n",
        "default: allow\nrules:\n  - errno EPERM: [seccomp]\n    when: op == 2\n",
      })
  void otherCallsMayBeAnsweredSo(String policy) throws IOException {
    Path first = patched("init", Policies.UNAME_KILLS);
    stack(policy, "init", first).succeeds();
    assertThat(Programs.run(out()).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  /** Such a program would never start. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "default: allow\nrules:\n  - errno EPERM: [seccomp]\n",
        "default: kill-process\nrules:\n  - allow: [\"@known\", \"~seccomp\"]\n",
        """
        default: allow
        rules:
          - trap: [seccomp]
            when: "arg0 == 0"
          - kill-thread: [seccomp]
        """,
        """
        default: kill-process
        rules:
          - allow: ["@known", "~seccomp"]
          - allow: [seccomp]
            when: "op == SECCOMP_GET_ACTION_AVAIL"
        """,
        "default: allow\nrules:\n  - errno EPERM: [seccomp]\n    when: flags != 0\n",
      })
  void whatDeniesTheSetupIsRefused(String policy) throws IOException {
    Path first = patched("init", Policies.UNAME_KILLS);
    stack(policy, "init", first)
        .fails(ExitCode.NOT_PATCHABLE.code(), "the policy \"outer\" denies seccomp");
    assertThat(out()).doesNotExist();
    stack(policy, "post-init", first).succeeds();
    assertThat(Programs.run(out()).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"option == PR_SET_NO_NEW_PRIVS", "option != PR_SET_NAME"})
  void whatDeniesNoNewPrivsIsRefused(String condition) throws IOException {
    Path first = patched("init", Policies.UNAME_KILLS);
    stack(
            "default: allow\nrules:\n  - errno EPERM: [prctl]\n    when: \"%s\"\n"
                .formatted(condition),
            "init",
            first)
        .fails(
            ExitCode.NOT_PATCHABLE.code(),
            "the policy \"outer\" denies prctl(PR_SET_NO_NEW_PRIVS)");
  }

  /** The hooks decide which policy is installed first; with equal hooks, the newer one is. */
  @ParameterizedTest
  @CsvSource({
    "entry, init, false", "entry, post-init, false", "init, post-init, false",
    "init, entry, true", "post-init, entry, true", "post-init, init, true",
    "entry, entry, true", "init, init, true", "post-init, post-init, false",
  })
  void onlyTheFirstOneMatters(String earlier, String later, boolean isNewerFirst)
      throws IOException {
    Path original = Fixtures.named("gcc-static").path();
    Path faking = patched(original, earlier, "--policy", policy(FAKES_SECCOMP));
    Outcome onFaking =
        Cli.run("patch", Policies.UNAME_KILLS, "--stack", "--hook", later, "-o", out(), faking);
    assertThat(onFaking.status())
        .as(onFaking.toString())
        .isEqualTo(isNewerFirst ? 0 : ExitCode.NOT_PATCHABLE.code());
    if (isNewerFirst) {
      assertThat(Programs.run(out()).status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    }
    Path real = patched(original, earlier, Policies.UNAME_KILLS);
    Outcome faked = stack(FAKES_SECCOMP, later, real);
    assertThat(faked.status())
        .as(faked.toString())
        .isEqualTo(isNewerFirst ? ExitCode.NOT_PATCHABLE.code() : 0);
  }

  @Test
  void theLibraryOfAProgramComesFirst() throws IOException {
    Path library = folder.resolve("libsandbox.so");
    Cli.ok("library", "-o", library);
    Path faking = folder.resolve("needed");
    Cli.ok(
        "patch",
        List.of("--policy", policy(FAKES_SECCOMP), "--mode", "needed", "--library", library),
        List.of("-o", faking, ORIGINAL));
    Cli.run("patch", Policies.UNAME_KILLS, "--stack", "-o", out(), faking)
        .fails(ExitCode.NOT_PATCHABLE.code(), "errno 0 instead of making the call");
  }

  /** A file that another program has patched in this way does not verify, and does not start. */
  @Test
  void aStackThatWasMadeAllTheSameFails() throws IOException {
    ElfFile first =
        ElfFile.parse(Bytes.wrap(Files.readAllBytes(patched("init", Policies.UNAME_KILLS))));
    byte[] text = ("version: 1\nname: outer\n" + FAKES_SECCOMP).getBytes(StandardCharsets.UTF_8);
    Policy policy = ResolvedPolicy.pinned(YamlPolicyReader.read(text, "outer"), first.machine());
    PatchRequest request =
        PatchRequest.of(
                SetupCompiler.compile(first.machine(), policy), YamlPolicyWriter.write(policy))
            .with(PatchSettings.DEFAULT.withHook(Hook.INIT).with(PatchSettings.Existing.STACK));
    Files.write(out(), PatchedBytes.of(first.bytes(), PatchPlanner.plan(first, request)).toArray());
    Programs.output("chmod", "755", out());
    Outcome verified = Cli.run("verify", out());
    assertThat(verified.failedChecks()).contains("rest: ", "answers seccomp of another policy");
    verified.endsWith(ExitCode.VERIFICATION_FAILED.code());
    Programs.run(out()).fails(126, "a filter outside this program fakes seccomp");
  }
}
