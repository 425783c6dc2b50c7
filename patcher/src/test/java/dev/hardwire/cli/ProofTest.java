package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.verify.result.PatchSummary;
import dev.hardwire.verify.result.Proof;
import dev.hardwire.work.Attested;
import dev.hardwire.work.Statement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code verify} says that its proof rests on, and the hooks that it requires. */
@Tag("system")
class ProofTest {
  @TempDir Path folder;
  private Path policy;
  private Path patched;

  @BeforeEach
  void writePolicy() throws IOException {
    policy = folder.resolve("policy.yaml");
    patched = folder.resolve("patched");
    Files.writeString(policy, "version: 1\ndefault: allow\nrules: [kill-process: [uname]]\n");
  }

  private void patch(String fixture, String hook) {
    Path program = Fixtures.named(fixture).path();
    Cli.run("patch", "--policy", policy, "--hook", hook, "-o", patched, program).succeeds();
  }

  private Outcome verify(Object... options) {
    return Cli.run("verify", List.of(options), patched);
  }

  @ParameterizedTest
  @CsvSource({
    "gcc-static, entry, kernel, rests on the kernel",
    "gcc-static-pie, entry, kernel, rests on the kernel",
    "gcc-static, init, linked, holds for files that a linker made",
    "gcc-pie, entry, linked, holds for files that a linker made",
    "gcc-pie, init, linked, holds for files that a linker made"
  })
  void textAndJsonSayWhatTheProofRestsOn(String fixture, String hook, String id, String text) {
    patch(fixture, hook);
    Outcome verified = verify("--assume-start-code").succeeds();
    assertThat(verified.out()).contains("\n       the proof " + text);
    JsonElement all = JsonParser.parseString(verify("--assume-start-code", "--json").out());
    assertThat(all.getAsJsonArray().get(0).getAsJsonObject().get("proof").getAsString())
        .isEqualTo(id);
    JsonElement report = JsonParser.parseString(Cli.run("report", "--json", patched).out());
    if (!fixture.equals("gcc-static") || hook.equals("entry")) {
      assertThat(report.toString()).contains("\"proof\":\"" + id + "\"");
    }
    assertThat(Cli.run("report", patched).out().contains("It " + text))
        .isEqualTo(!fixture.equals("gcc-static") || hook.equals("entry"));
  }

  @Test
  void nothingIsSaidOfProofsThatFail() throws IOException {
    patch("gcc-pie", "init");
    byte[] bytes = Files.readAllBytes(patched);
    bytes[0x1100] ^= 1;
    Files.write(patched, bytes);
    assertThat(verify().endsWith(5).out()).doesNotContain("the proof");
    assertThat(verify("--json").out()).containsPattern("\"proof\": *null");
  }

  @Test
  void statementsSayWhatTheProofRestsOn() throws IOException {
    Bytes digest = Bytes.wrap(new byte[32]);
    for (Proof proof : Proof.values()) {
      PatchSummary patch =
          new PatchSummary(
              digest,
              digest,
              Optional.of(Hook.ENTRY),
              "version: 1\ndefault: allow\nrules: []\n",
              proof,
              Target.X86_64);
      Attested.Program program =
          new Attested.Program("/bin/program", digest.hex(), true, List.of(patch));
      String statement = new String(Statement.policy(Attested.of(program)), StandardCharsets.UTF_8);
      assertThat(statement).contains("\"hook\":\"entry\",\"proof\":\"" + proof.id() + "\"");
    }
  }

  @Test
  void hooksCanBeRequired() {
    patch("gcc-pie", "init");
    assertThat(verify("--require-hook", "entry,init").succeeds().out())
        .contains("  ok   required-hook: installed by init\n");
    assertThat(verify("--require-hook", "entry").endsWith(5).out())
        .contains("  FAIL required-hook: a policy is installed by init, which --require-hook does");
    verify("--require-hook", "first-of-all")
        .fails(2, "\"first-of-all\" is none of init, post-init, entry, first, needed");
  }

  /** The program's constructors run before it. */
  @Test
  void policiesOfPostInitAreNoLimit() {
    patch("gcc-pie", "post-init");
    assertThat(verify("--require-policy-at-least", policy).endsWith(5).out())
        .contains("FAIL required-policy-at-least: post-init limits the program only after its")
        .contains("--require-hook post-init");
    verify("--require-policy-at-least", policy, "--require-hook", "post-init").succeeds();
    assertThat(verify("--policy", policy).succeeds().out())
        .contains("the required policy is enforced from post-init on, after the program's");
    patch("gcc-pie", "init");
    verify("--require-policy-at-least", policy).succeeds();
  }
}
