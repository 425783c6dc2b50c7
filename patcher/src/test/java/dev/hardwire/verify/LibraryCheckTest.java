package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.stub.library.LibraryReader;
import dev.hardwire.stub.library.NativeLauncher;
import dev.hardwire.stub.library.SandboxLibrary;
import dev.hardwire.stub.library.SandboxLibrary.WithoutPolicy;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The library that a program needs is proven to be the one that runs the program's policy. */
@Tag("system")
class LibraryCheckTest {
  private static final String NAME = "/usr/lib/libsandbox.so";
  private static final Path FILE = Path.of("here", "libsandbox.so");

  private static Bytes library(WithoutPolicy otherwise) {
    return new SandboxLibrary(Target.X86_64, "libsandbox.so", Optional.empty(), otherwise).write();
  }

  private static Report verify(Bytes program, LibraryFile library) {
    return Verifier.verify(
        program,
        Expectations.NONE.withLibraries(
            name -> name.equals(NAME) ? library : new LibraryFile.Wrong("another name")));
  }

  private static Bytes program() throws IOException {
    return PatchedFile.needing(NAME, PatchedFile.original("gcc-pie"), PatchedFile.POLICY).bytes();
  }

  private static Check check(Report report) {
    return report.checks().stream()
        .filter(check -> check.name().equals("library"))
        .findFirst()
        .orElseThrow();
  }

  private static String refused(Bytes library) throws IOException {
    Report report = verify(program(), new LibraryFile.Found(FILE, library));
    assertThat(report.passed()).isFalse();
    assertThat(report.library()).get().matches(summary -> !summary.proven());
    assertThat(report.uncheckedLibrary()).isEmpty();
    assertThat(check(report).passed()).isFalse();
    return check(report).detail();
  }

  @ParameterizedTest
  @EnumSource
  void everyLibraryThatRunsTheProgramsPolicyPasses(WithoutPolicy otherwise) throws IOException {
    Report report = verify(program(), new LibraryFile.Found(FILE, library(otherwise)));
    assertThat(report.passed()).isTrue();
    assertThat(check(report).detail()).startsWith(FILE + " is byte for byte what Hardwire writes");
    assertThat(report.library()).contains(new LibrarySummary(NAME, Optional.of(FILE), true, ""));
    assertThat(LibraryReader.read(library(otherwise)).otherwise()).isEqualTo(otherwise);
  }

  @ParameterizedTest
  @EnumSource
  void theLibrariesOfAllMachinesAreKnown(Target machine) throws IOException {
    SandboxLibrary library =
        new SandboxLibrary(machine, "libsandbox.so", Optional.empty(), WithoutPolicy.REFUSE);
    assertThat(LibraryReader.read(library.write())).isEqualTo(library);
    if (machine != Target.X86_64) {
      assertThat(refused(library.write()))
          .isEqualTo(FILE + " is for " + machine.id() + " and the program for x86_64");
    }
  }

  @Test
  void otherBytesAreNoticed() throws IOException {
    isNoticed(599);
  }

  @Test
  @Tag("long")
  void everyOtherByteIsNoticed() throws IOException {
    isNoticed(1);
  }

  private void isNoticed(int step) throws IOException {
    Bytes library = library(WithoutPolicy.REFUSE);
    Bytes program = program();
    for (int at = 0; at < library.size(); at += step) {
      byte[] changed = library.toArray();
      changed[at] ^= (byte) 0x80;
      Report report = verify(program, new LibraryFile.Found(FILE, Bytes.wrap(changed)));
      assertThat(report.passed()).as("byte %d", at).isFalse();
      assertThat(check(report).detail()).startsWith(FILE + " is not a library that Hardwire");
    }
  }

  @Test
  void librariesThatOnlyLookRightAreRefused() throws IOException {
    byte[] longer = java.util.Arrays.copyOf(library(WithoutPolicy.REFUSE).toArray(), 30000);
    assertThat(refused(Bytes.wrap(longer))).contains("is not a library that Hardwire writes");
    Bytes shorter = library(WithoutPolicy.REFUSE).slice(0, 5000);
    assertThat(refused(shorter)).contains("is not a library that Hardwire writes");
    assertThat(refused(Bytes.wrap(new byte[0]))).contains("is not a library that Hardwire writes");
    assertThat(refused(new NativeLauncher(Target.X86_64, Optional.empty()).write()))
        .contains("is not a library that Hardwire writes");
    assertThat(refused(PatchedFile.original("libwait.so")))
        .contains("is not a library that Hardwire writes");
  }

  @Test
  void aPolicyBuiltInWouldRunInsteadOfThePrograms() throws IOException {
    Policy all = CallLists.policy(Optional.empty(), Optional.of(""), Action.KILL_PROCESS);
    Policy pinned = ResolvedPolicy.pinned(all, Target.X86_64);
    SandboxLibrary library =
        new SandboxLibrary(
            Target.X86_64, "libsandbox.so", Optional.of(pinned), WithoutPolicy.START_CONFINED);
    assertThat(LibraryReader.read(library.write())).isEqualTo(library);
    assertThat(refused(library.write())).contains("has a policy built in");
  }

  @Test
  void whatIsNotKnownIsSaidAndNoCheck() throws IOException {
    Report report = verify(program(), new LibraryFile.Unknown("nobody knows"));
    assertThat(report.passed()).isTrue();
    assertThat(report.checks()).extracting(Check::name).doesNotContain("library");
    assertThat(report.uncheckedLibrary())
        .contains(new LibrarySummary(NAME, Optional.empty(), false, "nobody knows"));
  }

  @Test
  void anotherNameIsRefused() throws IOException {
    Bytes original = PatchedFile.original("gcc-pie");
    Bytes other = PatchedFile.needing("/tmp/libsandbox.so", original, PatchedFile.POLICY).bytes();
    Report report = verify(other, new LibraryFile.Found(FILE, library(WithoutPolicy.REFUSE)));
    assertThat(report.passed()).isFalse();
    assertThat(check(report))
        .isEqualTo(new Check("library", CheckFinding.UNMET, "another name", Optional.empty()));
  }

  @Test
  void aStubNeedsNoLibrary() throws IOException {
    Report report =
        verify(PatchedFile.of("gcc-pie", Hook.INIT).bytes(), new LibraryFile.Wrong("not asked"));
    assertThat(report.passed()).isTrue();
    assertThat(report.library()).isEmpty();
  }

  @Test
  void theInnerLayersLibraryIsCheckedToo() throws IOException {
    Bytes inner = program();
    Bytes both = PatchedFile.of(inner, Hook.INIT, PatchedFile.POLICY, true).bytes();
    Report report = verify(both, new LibraryFile.Found(FILE, library(WithoutPolicy.START)));
    assertThat(report.passed()).isTrue();
    assertThat(report.checks()).extracting(Check::name).contains("layer 2 library");
    assertThat(report.library()).get().matches(LibrarySummary::proven);
  }
}
