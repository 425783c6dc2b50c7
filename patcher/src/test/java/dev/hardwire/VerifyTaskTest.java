package dev.hardwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be required of files, and what is found in many of them. */
@Tag("system")
class VerifyTaskTest {
  private static final Policy POLICY =
      Policy.of("no uname", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), "uname")));

  @TempDir private static Path keys;
  private static FacadeKey first;
  private static FacadeKey second;

  @TempDir private Path folder;
  private Path patched;

  @BeforeAll
  static void makeKeys() throws IOException {
    first = FacadeKey.in(Files.createDirectory(keys.resolve("first")), "first");
    second = FacadeKey.in(Files.createDirectory(keys.resolve("second")), "second");
  }

  @BeforeEach
  void patch() throws IOException {
    patched = folder.resolve("patched");
    Hardwire.patch(Path.of("/bin/uname")).policy(POLICY).to(patched);
  }

  private static Optional<String> failed(VerifyTask task) throws IOException {
    return task.run().firstFailure().map(VerifyResult.Check::name);
  }

  @Test
  void policiesInNamesOfAnotherArchitecture() throws IOException {
    Policy policy =
        Policy.of("no open", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), "open")));
    Path program = Fixtures.named("aarch64-pie").path();
    Hardwire.patch(program).policy(policy).mapMissingCalls().to(patched);
    VerifyTask task = Hardwire.verify(patched);
    assertThat(failed(task.requirePolicy(policy).mapMissingCalls())).isEmpty();
    assertThat(failed(task.mapMissingCalls().requirePolicy(policy))).isEmpty();
    assertThat(failed(task.mapMissingCalls().requirePolicyAtLeast(policy))).isEmpty();
    assertThat(failed(task.requirePolicy(policy))).contains("required-policy");
  }

  @Test
  void aSignatureInAFileOfItsOwn() throws IOException {
    Path signature = folder.resolve("patched.p7s");
    Hardwire.sign(patched).with(first.credentials()).detached(signature);
    VerifyTask task = Hardwire.verify(patched).trust(first.certificate());
    assertThat(failed(task)).contains("signatures");
    VerifyResult verified = task.detachedSignature(signature).run();
    assertThat(verified.passed()).isTrue();
    assertThat(verified.signatures())
        .singleElement()
        .satisfies(found -> assertThat(found.chain()).containsExactly("CN=first"));
    Path other = folder.resolve("other");
    Hardwire.patch(Path.of("/bin/true")).policy(POLICY).to(other);
    VerifyTask wrong = Hardwire.verify(other).trust(first.certificate());
    assertThat(failed(wrong.detachedSignature(signature))).contains("signature 1 content");
  }

  @Test
  void severalSigners() throws IOException {
    Hardwire.sign(patched).with(first.credentials()).inPlace();
    VerifyTask task =
        Hardwire.verify(patched)
            .trust(first.certificate(), second.certificate())
            .requireSignatures(2);
    assertThat(failed(task)).contains("required-signatures");
    Hardwire.sign(patched).with(second.credentials()).inPlace();
    assertThat(failed(task)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> task.requireSignatures(-1));
  }

  @Test
  void unsignedFilesAmongSignedOnes() throws IOException {
    VerifyTask strict = Hardwire.verify(patched).trust(first.certificate());
    assertThat(failed(strict)).contains("signatures");
    assertThat(failed(strict.allowUnsigned())).isEmpty();
    Hardwire.sign(patched).with(second.credentials()).inPlace();
    VerifyResult untrusted = strict.allowUnsigned().run();
    assertThat(untrusted.passed()).isFalse();
    assertThat(untrusted.signatures()).singleElement().matches(one -> one.chain().isEmpty());
    assertThatIllegalStateException()
        .isThrownBy(() -> strict.allowUnsigned().requireSigner("CN=first").run());
    assertThatIllegalStateException()
        .isThrownBy(() -> Hardwire.verify(patched).requireSignatures(1).run());
    assertThatIllegalStateException()
        .isThrownBy(() -> Hardwire.verify(patched).detachedSignature(patched).run());
    assertThat(failed(strict.requireSigner("CN=first").ignoreSignatures())).isEmpty();
  }

  private Path library() {
    Path library = folder.resolve("libsandbox.so");
    Cli.ok("library", "-o", library);
    return library;
  }

  private VerifyTask needing(String library) throws IOException {
    Path program = folder.resolve("program");
    Hardwire.patch(Path.of("/bin/uname")).policy(POLICY).neededLibrary(library).to(program);
    return Hardwire.verify(program);
  }

  @Test
  void librariesByName() throws IOException {
    Path library = library();
    VerifyTask soname = needing("libsandbox.so");
    assertThat(soname.run().library())
        .hasValueSatisfying(one -> assertThat(one.proven()).isFalse());
    for (VerifyTask given :
        List.of(
            soname.library(library),
            soname.library(library, "libother.so", "libsandbox.so"),
            soname.library(library, "libother.so").library(library, "libsandbox.so"))) {
      VerifyResult verified = given.requireLibraryCheck().run();
      assertThat(verified.passed()).isTrue();
      assertThat(verified.uncheckedLibrary()).isEmpty();
      assertThat(verified.library())
          .contains(
              new VerifyResult.Library(
                  "libsandbox.so", Optional.of(library), true, Optional.empty()));
    }
    assertThat(failed(soname.library(library, "libother.so"))).contains("library");
    assertThat(failed(needing(library.toString()).library(library))).isEmpty();
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> soname.library(folder.resolve("absent")).each());
  }

  @Test
  void aLibraryThatIsNotFound() throws IOException {
    VerifyTask task = needing("/usr/lib/no-such-folder/libsandbox.so");
    VerifyResult verified = task.run();
    assertThat(verified.passed()).isTrue();
    assertThat(verified.uncheckedLibrary().flatMap(VerifyResult.Library::reason))
        .contains("/usr/lib/no-such-folder/libsandbox.so is not there");
    assertThat(failed(task.requireLibraryCheck())).contains("library");
  }

  private Path tree() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.copy(patched, tree.resolve("patched"));
    Files.copy(Path.of("/bin/true"), tree.resolve("plain"));
    Files.copy(Fixtures.named("libwait.so").path(), tree.resolve("library.so"));
    Files.writeString(tree.resolve("script"), "#!/bin/sh\n");
    byte[] damaged = Files.readAllBytes(patched);
    damaged[70] ^= 1;
    Files.write(tree.resolve("damaged"), damaged);
    byte[] object = Files.readAllBytes(patched);
    object[16] = 1; // ET_REL
    Files.write(tree.resolve("disguised"), object);
    object = Files.readAllBytes(Path.of("/bin/true"));
    object[16] = 1;
    Files.write(tree.resolve("object"), object);
    return tree;
  }

  @Test
  void filesOfATree() throws IOException {
    List<FoundFile> files = FoundFile.in(tree());
    FileWork<VerifyResult> work = Hardwire.verify(files).each();
    Map<String, String> found = new TreeMap<>();
    for (FoundFile file : files) {
      FileResult<VerifyResult> result = work.run(file, Messages.NONE);
      String text =
          result
              .result()
              .map(one -> one.passed() ? "passed" : one.plain() ? "plain" : "failed")
              .orElseGet(() -> result.reason().orElseThrow());
      found.put(file.relative().toString(), text);
      assertThat(result.file()).isEqualTo(result.result().map(any -> file.file()));
    }
    assertThat(found)
        .containsExactly(
            Map.entry("damaged", "failed"),
            Map.entry("disguised", "failed"),
            Map.entry("library.so", "shared-library"),
            Map.entry("object", "object"),
            Map.entry("patched", "passed"),
            Map.entry("plain", "plain"),
            Map.entry("script", "not-elf"));
    assertThatIllegalStateException().isThrownBy(() -> Hardwire.verify(files).run());
  }

  @Test
  void whatIsRequiredIsReadOnce() throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), Policies.format(POLICY));
    Path trusted = Files.copy(first.certificate(), folder.resolve("trusted.pem"));
    Path library = library();
    Hardwire.sign(patched).with(first.credentials()).inPlace();
    FileWork<VerifyResult> work =
        Hardwire.verify(patched)
            .requirePolicy(policy)
            .requirePolicyAtLeast(policy)
            .trust(trusted)
            .library(library)
            .each();
    for (Path read : List.of(policy, trusted, library)) {
      Files.delete(read);
    }
    List<Boolean> passed = new ArrayList<>();
    for (Path file : List.of(patched, Path.of("/bin/true"), patched)) {
      passed.add(work.run(FoundFile.named(file), Messages.NONE).result().orElseThrow().passed());
    }
    assertThat(passed).containsExactly(true, false, true);
  }

  @Test
  void originalsAreComparedForEachFile() throws IOException {
    VerifyTask task = Hardwire.verify(patched);
    FileWork<VerifyResult> work = task.requireOriginal(Path.of("/bin/uname")).each();
    Path other = folder.resolve("other");
    Hardwire.patch(Path.of("/bin/true")).policy(POLICY).to(other);
    assertThat(work.run(FoundFile.named(patched), Messages.NONE).result())
        .hasValueSatisfying(one -> assertThat(one.passed()).isTrue());
    assertThat(work.run(FoundFile.named(other), Messages.NONE).result())
        .flatMap(VerifyResult::firstFailure)
        .hasValueSatisfying(check -> assertThat(check.name()).isEqualTo("original"));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> task.requireOriginal(folder.resolve("absent")).each());
  }

  @Test
  void filesOfArchivesAndUnreadableOnes() throws IOException {
    FileWork<VerifyResult> work = Hardwire.verify(List.of()).each();
    Path inside = Path.of("image.tar:/usr/bin/uname");
    FoundFile program =
        new FoundFile(inside, inside, false, List.of(), Optional.of(patched), Optional.empty());
    FileResult<VerifyResult> result = work.run(program, Messages.NONE);
    assertThat(result.file()).contains(inside);
    assertThat(result.result()).hasValueSatisfying(one -> assertThat(one.passed()).isTrue());
    IOException reason = new IOException("locked");
    FoundFile locked =
        new FoundFile(inside, inside, false, List.of(), Optional.of(patched), Optional.of(reason));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> work.run(locked, Messages.NONE))
        .isSameAs(reason);
  }

  @Test
  void resultsSayWhatToDo() throws IOException {
    Policy nothing = Policy.of("nothing", Action.ALLOW, List.of());
    Path empty = folder.resolve("empty");
    Hardwire.patch(Path.of("/bin/true")).policy(nothing).to(empty);
    VerifyResult.Check refused = Hardwire.verify(empty).run().firstFailure().orElseThrow();
    assertThat(refused.detail()).doesNotContain("--allow-empty");
    assertThat(refused.advised()).startsWith(refused.detail()).endsWith("or give --allow-empty");
    VerifyResult accepted = Hardwire.verify(empty).allowEmpty().run();
    assertThat(accepted.passed()).isTrue();
    assertThat(accepted.enforcesNothing()).isTrue();
    VerifyResult verified = Hardwire.verify(patched).run();
    assertThat(verified.enforcesNothing()).isFalse();
    assertThat(verified.checks())
        .allSatisfy(check -> assertThat(check.advised()).isEqualTo(check.detail()));
    assertThat(verified.confinement().orElseThrow().riskyText())
        .startsWith("risky calls allowed: execve, ")
        .doesNotContain("some arguments");
  }
}
