package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory of a program's code cannot be changed, from Linux 6.10 on. */
class SealTest {
  private static final List<String> ATTEMPTS =
      List.of("change-code", "change-constants", "change-relro");

  /** Kernels without mseal(2) start the program all the same. */
  private static final String SEALED = KernelFeature.SEAL.isOffered() ? "EPERM" : "ok";

  @TempDir private Path folder;
  private Path policy;

  @BeforeEach
  void writeThePolicy() throws IOException {
    policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            "version: 1\ndefault: allow\nrules: [{errno EPERM: [uselib, mseal]}]\nseal: true\n");
  }

  private static Map<String, String> results(Path program) {
    return Restricted.results(program, ATTEMPTS.toArray());
  }

  private Path patched(Path program, String... options) {
    Path out = folder.resolve(program.getFileName() + "-wired");
    List<Object> words = new ArrayList<>(List.of("patch", "--policy", policy, "-o", out));
    words.addAll(List.of(options));
    words.add(program);
    Cli.ok(words.toArray());
    Cli.ok("verify", "--policy", policy, out);
    return out;
  }

  @ParameterizedTest
  @ValueSource(strings = {"init", "entry", "post-init"})
  void everyHookSeals(String hook) {
    assertThat(results(Restricted.TRY).values()).containsOnly("ok");
    assertThat(results(patched(Restricted.TRY, "--hook", hook)).values()).containsOnly(SEALED);
  }

  /** Its start code makes PT_GNU_RELRO read-only after the hook. */
  @Test
  void aStaticProgramIsSealedExceptWhatItsStartCodeChanges() {
    assertThat(results(Restricted.TRY_I386).values()).containsOnly("ok");
    assertThat(results(patched(Restricted.TRY_I386)))
        .containsEntry("change-code", SEALED)
        .containsEntry("change-constants", SEALED)
        .containsEntry("change-relro", "ok");
  }

  @Test
  void aProgramThatNeedsTheLibraryIsSealed() {
    Path library = folder.resolve("libneeded.so");
    Cli.ok("library", "-o", library);
    assertThat(results(patched(Restricted.TRY, "--mode=needed", "--library=" + library)).values())
        .containsOnly(SEALED);
  }

  @Test
  void carriersThatDoNotKnowTheProgramRefuse() {
    for (String carrier : List.of("library", "launcher")) {
      Outcome outcome = Cli.run(carrier, "--policy", policy, "-o", folder.resolve(carrier));
      outcome.endsWith(4);
      assertThat(outcome.err())
          .contains("a " + carrier + " cannot seal: it does not know where the program's code is");
      assertThat(folder.resolve(carrier)).doesNotExist();
    }
  }

  @Test
  void otherAnswersThanEnosysStopTheProgram() {
    Path program = patched(Restricted.TRY);
    Outcome old =
        Programs.run(Restricted.DENY_CALL, "mseal", "ENOSYS", "--", program, "change-code");
    assertThat(Restricted.results(old)).containsEntry("change-code", "ok");
    Programs.run(Restricted.DENY_CALL, "mseal", "EPERM", "--", program, "change-code")
        .fails(
            126, "hardwire: mseal failed, so the program was not started; the call returned -1\n");
    Programs.run(Restricted.DENY_CALL, "mseal", "0", "--", program, "change-code")
        .fails(
            126,
            "hardwire: a filter outside this program fakes mseal, so the program was not"
                + " started\n");
  }

  @Test
  void inspectSaysWhatIsSealedAndSince() {
    assertThat(Cli.ok("inspect", patched(Restricted.TRY)).out())
        .contains("mseal(blob-0x5000, ", "mseal(blob+0x0, ", "seal: true")
        .contains(
            "which kernels before Linux 6.10 answer with ENOSYS, and seal nothing", "-ENOSYS");
  }

  @Test
  void aStackedPatchSealsAgainIfItMay() throws IOException {
    Path twice = folder.resolve("twice");
    Path once = patched(Restricted.TRY);
    Outcome denied = Cli.run("patch", "--stack", "--policy", policy, "-o", twice, once);
    denied.endsWith(3);
    assertThat(denied.err()).contains("denies mseal");
    Path open =
        Files.writeString(
            folder.resolve("open.yaml"),
            "version: 1\ndefault: allow\nrules: [{errno EPERM: [uselib]}]\nseal: true\n");
    Path may = folder.resolve("may");
    Cli.ok("patch", "--policy", open, "-o", may, Restricted.TRY);
    Cli.ok("patch", "--stack", "--policy", open, "-o", twice, may);
    assertThat(results(twice).values()).containsOnly(SEALED);
    Cli.ok("verify", "--policy", open, twice);
  }

  /** After another hook, nothing is relocated any more. */
  @Test
  void codeThatIsRelocatedIsNotSealedFirst() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("textrel.s"),
            """
            .globl main
            .text
            main: movabs $text, %rdi
              sub $8, %rsp
              call puts@plt
              add $8, %rsp
              xor %eax, %eax
              ret
            .section .rodata
            text: .asciz "relocated"
            .section .note.GNU-stack, "", @progbits
            """);
    Path program = folder.resolve("textrel");
    Programs.output("gcc", "-pie", "-Wl,-z,notext", "-o", program, source);
    for (String hook : List.of("init", "entry", "post-init")) {
      Path out = folder.resolve(hook);
      Cli.ok("patch", "--hook", hook, "--policy", policy, "-o", out, program);
      assertThat(Programs.run(out)).isEqualTo(new Outcome(0, "relocated\n", ""));
    }
    Path out = folder.resolve("first");
    Outcome patched = Cli.run("patch", "--hook", "first", "--policy", policy, "-o", out, program);
    assertThat(patched.succeeds().err())
        .contains("seals code that the dynamic linker has to relocate (DT_TEXTREL)");
    assertThat(Programs.run(out).status()).isEqualTo(KernelFeature.SEAL.isOffered() ? 127 : 0);
  }
}
