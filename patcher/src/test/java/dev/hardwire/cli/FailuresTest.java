package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Failures;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.work.FailureText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class FailuresTest {
  private static void says(String subject, Exception failure, ExitCode code, String line) {
    StringWriter err = new StringWriter();
    assertThat(new Failures(new PrintWriter(err)).report(subject, failure)).isEqualTo(code);
    assertThat(err).hasToString(line + "\n");
  }

  @Test
  void everyKindOfFailureHasItsCode() {
    says(null, new UsageException("no"), ExitCode.USAGE, "hardwire: no");
    says(
        "f",
        new ElfFormatException(Refusal.NOT_PATCHED, 16, "PT_NOTE", "bad"),
        ExitCode.NOT_PATCHABLE,
        "hardwire: f: not-patched: PT_NOTE at offset 0x10: bad; patch it first");
    says(
        null,
        new PolicyException(new Position("p.yaml", 3, 7), "bad"),
        ExitCode.INVALID_POLICY,
        "hardwire: p.yaml:3:7: bad");
    says("f", new IOException("disk"), ExitCode.INPUT_OUTPUT_FAILED, "hardwire: f: disk");
  }

  @Test
  void failuresOfFilesNameTheFileOnceAndTheReason() {
    fileFailure(new NoSuchFileException("a"), "no such file or directory");
    fileFailure(new NotDirectoryException("a"), "no such directory");
    fileFailure(new AccessDeniedException("a"), "permission denied");
    fileFailure(new FileAlreadyExistsException("a"), "already exists");
    fileFailure(new FileAlreadyExistsException("a", null, "is a directory"), "is a directory");
    fileFailure(new FileSystemException("a", null, "Read-only"), "Read-only");
    fileFailure(new FileSystemException("a"), "input or output failed");
    says(
        "f",
        new FileSystemException(null, null, "Broken"),
        ExitCode.INPUT_OUTPUT_FAILED,
        "hardwire: f: Broken");
  }

  @Test
  void longMessagesLackTheirMiddle() {
    String word = "x".repeat(1 << 16);
    says(
        "f",
        new IOException("unknown word \"" + word + "\"; remove it"),
        ExitCode.INPUT_OUTPUT_FAILED,
        "hardwire: f: unknown word \"%s[... 63562 characters ...]%s\"; remove it"
            .formatted("x".repeat(1486), "x".repeat(488)));
  }

  @Test
  void filesThatCannotBeReadAnyMoreAreFailuresOfInput() {
    Exception changed =
        new UncheckedIOException(new FileSystemException("f", null, "the file changed"));
    for (Exception failure : List.of(changed, new CompletionException(changed))) {
      says("f", failure, ExitCode.INPUT_OUTPUT_FAILED, "hardwire: f: the file changed");
      assertThat(Failures.reason(failure)).isEqualTo("input-output");
    }
  }

  private static void fileFailure(FileSystemException failure, String reason) {
    says(null, failure, ExitCode.INPUT_OUTPUT_FAILED, "hardwire: a: " + reason);
    says("a", failure, ExitCode.INPUT_OUTPUT_FAILED, "hardwire: a: " + reason);
    says("f", failure, ExitCode.INPUT_OUTPUT_FAILED, "hardwire: f: a: " + reason);
  }

  /** A class whose initialization lacked memory is never usable again in the same process. */
  @Test
  void lackOfMemoryIsOneWhereverItWasMet() {
    Error memory = new OutOfMemoryError("Java heap space");
    Error told = new NoClassDefFoundError("Could not initialize class x.Y");
    told.initCause(
        new ExceptionInInitializerError(
            "Exception java.lang.OutOfMemoryError: Java heap space [in thread \"main\"]"));
    Error untold = new NoClassDefFoundError("Could not initialize class x.Y");
    for (Error error : List.of(memory, told, untold)) {
      for (Exception failure :
          List.of(
              FailureText.ofError(error),
              new CompletionException(error),
              new IllegalStateException(new CompletionException(error)))) {
        says(
            "f",
            failure,
            ExitCode.INPUT_OUTPUT_FAILED,
            "hardwire: f: not enough memory (Java heap space); give Java more, as by"
                + " JDK_JAVA_OPTIONS=-Xmx2g, or use fewer --jobs");
      }
    }
  }

  @Test
  void missingClassesAreBugs() {
    Error initializer = new NoClassDefFoundError("Could not initialize class x.Y");
    initializer.initCause(
        new ExceptionInInitializerError("Exception java.lang.NullPointerException: null"));
    for (Error error : List.of(new NoClassDefFoundError("x/Y"), initializer)) {
      StringWriter err = new StringWriter();
      assertThat(new Failures(new PrintWriter(err)).report("f", FailureText.ofError(error)))
          .isEqualTo(ExitCode.INTERNAL_ERROR);
      assertThat(err.toString()).contains("internal error", "x");
    }
  }

  @Test
  void anythingElseIsABugAndShowsWhere() {
    StringWriter err = new StringWriter();
    Exception bug = new IllegalStateException("two and two make five");
    assertThat(new Failures(new PrintWriter(err)).report("f", bug))
        .isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(err.toString())
        .startsWith("hardwire: f: internal error; please report this with the stack trace below\n")
        .contains("IllegalStateException: two and two make five", "at dev.hardwire.cli");
  }

  @Test
  void theHelpAndTheDocumentationNameEveryCode() throws IOException {
    String help = new CommandLine(new HardwireCommand()).getUsageMessage();
    String usage = Files.readString(Path.of("../docs/usage.md"));
    Map<Integer, String> texts =
        Map.of(
            0, "done",
            1, "internal error",
            2, "wrong usage",
            3, "not a file that Hardwire can patch",
            4, "invalid policy",
            5, "verification failed",
            6, "input or output failed");
    assertThat(Arrays.stream(ExitCode.values()).map(ExitCode::code).collect(Collectors.toSet()))
        .isEqualTo(texts.keySet());
    texts.forEach(
        (code, text) -> {
          assertThat(help).contains("  %d  %s\n".formatted(code, text));
          assertThat(usage).containsPattern("\\| ?%d ?\\| ".formatted(code));
        });
  }
}
