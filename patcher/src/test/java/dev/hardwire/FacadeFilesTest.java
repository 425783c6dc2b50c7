package dev.hardwire;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hardwire.FileResult.Status;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks on many files: directories are searched, and each file has a result of its own. */
class FacadeFilesTest {
  private static final Policy POLICY =
      Policy.of("no uname", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), "uname")));

  /** Allows a call whose older variant it denies, which is probably a mistake. */
  private static final Policy DOUBTFUL =
      Policy.of("doubtful", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), "open")));

  @TempDir private Path folder;
  private Path tree;
  private Path program;
  private final List<String> notes = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private final Messages messages =
      new Messages() {
        @Override
        public void warn(Path file, String message) {
          warnings.add(file.getFileName() + ": " + message);
        }

        @Override
        public void note(Path file, String message) {
          notes.add(file.getFileName() + ": " + message);
        }
      };

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectories(folder.resolve("tree/bin")).getParent();
    program = Files.copy(Path.of("/bin/true"), tree.resolve("bin/a"));
    Files.createLink(tree.resolve("bin/b"), program);
    Files.copy(Path.of("/bin/cat"), tree.resolve("bin/c"));
    Files.writeString(tree.resolve("bin/script"), "#!/bin/sh\n");
    Files.createSymbolicLink(tree.resolve("bin/link"), program);
  }

  private <T> List<FileResult<T>> all(List<FoundFile> files, FileWork<T> work) throws IOException {
    List<FileResult<T>> results = new ArrayList<>();
    for (FoundFile file : files) {
      results.add(work.run(file, messages));
    }
    return results;
  }

  @Test
  void findsFilesWithTheirNames() throws IOException {
    List<FoundFile> files = FoundFile.in(tree);
    assertThat(files)
        .extracting(file -> file.relative().toString())
        .containsExactly("bin/a", "bin/c", "bin/script");
    assertThat(files.get(0).named()).isFalse();
    assertThat(files.get(0).otherNames())
        .singleElement()
        .extracting(FoundFile::file)
        .isEqualTo(tree.resolve("bin/b"));
    assertThat(FoundFile.in(program)).containsExactly(FoundFile.named(program));
  }

  @Test
  void patchesATreeIntoADirectory() throws IOException {
    Path output = folder.resolve("output");
    List<FoundFile> files = FoundFile.in(tree);
    PatchTask task = Hardwire.patch(files).policy(POLICY);
    Destination destination = Destination.directory(output);
    List<FileResult<PatchResult>> results = all(files, task.each(destination));
    assertThat(results)
        .extracting(FileResult::status)
        .containsExactly(Status.DONE, Status.DONE, Status.SKIPPED);
    assertThat(results.get(0).file()).contains(output.resolve("bin/a"));
    assertThat(results.get(0).result().orElseThrow().growth())
        .isEqualTo(Files.size(output.resolve("bin/a")) - Files.size(program));
    assertThat(results.get(2).reason()).contains("not-elf");
    assertThat(results.get(2).file()).isEmpty();
    assertThat(Files.isSameFile(output.resolve("bin/a"), output.resolve("bin/b"))).isTrue();
    assertThat(output.resolve("bin/script")).doesNotExist();
    Hardwire.patch(program).policy(POLICY).to(folder.resolve("alone"));
    assertThat(output.resolve("bin/a")).has(sameBytesAs(folder.resolve("alone")));
    assertThat(notes).anyMatch(note -> note.startsWith("a: policy \"no uname\""));

    assertThat(all(files, task.each(destination.keepingResults())))
        .extracting(FileResult::status)
        .containsExactly(Status.ALREADY, Status.ALREADY, Status.SKIPPED);
    assertThat(all(files, Hardwire.patch(files).policy(DOUBTFUL).each(destination)))
        .extracting(FileResult::status)
        .containsExactly(Status.DONE, Status.DONE, Status.SKIPPED);
  }

  @Test
  void replacesFilesTogetherAndOnlyOnce() throws IOException {
    List<FoundFile> files = FoundFile.in(tree);
    Destination destination = Destination.inPlace().grouped();
    FileWork<PatchResult> work = Hardwire.patch(files).policy(POLICY).each(destination);
    byte[] before = Files.readAllBytes(tree.resolve("bin/c"));
    FileResult<PatchResult> waits = work.run(files.get(1), messages);
    destination.flush();
    assertThat(waits.isSettled()).isTrue();
    assertThat(waits.failure()).isEmpty();
    assertThat(Files.readAllBytes(tree.resolve("bin/c"))).hasSizeGreaterThan(before.length);
    assertThat(work.run(files.get(1), messages).status()).isEqualTo(Status.ALREADY);

    FileWork<RestoreResult> restore = Hardwire.restore(files).each(Destination.inPlace());
    assertThat(restore.run(files.get(0), messages).reason()).contains("not-patched");
    assertThat(restore.run(files.get(1), messages).result().orElseThrow().size())
        .isEqualTo(before.length);
    assertThat(Files.readAllBytes(tree.resolve("bin/c"))).isEqualTo(before);
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> restore.run(FoundFile.named(program), messages))
        .extracting(HardwireException::reason)
        .isEqualTo("not-patched");
  }

  @Test
  void saysWhatItWouldDo() throws IOException {
    List<FoundFile> files = FoundFile.in(tree);
    Path output = folder.resolve("output");
    PatchTask task = Hardwire.patch(files).policy(POLICY);
    List<FileResult<PatchResult>> checked = all(files, task.checks(Destination.directory(output)));
    assertThat(checked)
        .extracting(FileResult::status)
        .containsExactly(Status.DONE, Status.DONE, Status.SKIPPED);
    assertThat(checked.get(0).result()).isEmpty();
    assertThat(checked.get(0).file()).contains(output.resolve("bin/a"));
    assertThat(output).doesNotExist();
    List<String> plan = Hardwire.patch(program).policy(POLICY).plan();
    assertThat(all(files, task.plans()).get(0).result()).contains(plan);
    FileWork<List<String>> plans = task.plans(Destination.inPlace());
    assertThat(plans.run(files.get(0), messages).result()).contains(plan);
    all(files, task.each(Destination.inPlace()));
    assertThat(plans.run(files.get(0), messages).status()).isEqualTo(Status.ALREADY);
  }

  @Test
  void readsACopyAndWritesWhereTheCallerSays() throws IOException {
    Path copy = Files.copy(program, folder.resolve("copy"));
    Path result = folder.resolve("result");
    FoundFile inArchive =
        new FoundFile(
            Path.of("archive:/usr/bin/a"),
            Path.of("usr/bin/a"),
            false,
            List.of(),
            Optional.of(copy),
            Optional.empty());
    PatchTask task = Hardwire.patch(List.of(inArchive)).policy(POLICY);
    FileWork<PatchResult> work = task.each(Destination.each(file -> result));
    assertThat(work.run(inArchive, messages).file()).contains(result);
    assertThat(Hardwire.verify(result).requirePolicy(POLICY).run().passed()).isTrue();
    assertThat(copy).has(sameBytesAs(program));
    Files.copy(result, copy, StandardCopyOption.REPLACE_EXISTING);
    Files.delete(result);
    assertThat(work.run(inArchive, messages).status()).isEqualTo(Status.ALREADY);
    assertThat(result).doesNotExist();
  }

  @Test
  void tellsWarningsAboutThePolicyOnce() throws IOException {
    List<FoundFile> files = FoundFile.in(tree);
    PatchTask task = Hardwire.patch(files).policy(DOUBTFUL);
    Path output = folder.resolve("output");
    List<FileResult<PatchResult>> results = all(files, task.each(Destination.directory(output)));
    assertThat(warnings).isNotEmpty().allMatch(warning -> warning.startsWith("a: "));
    assertThat(results.get(0).result().orElseThrow().warnings()).hasSameSizeAs(warnings);
    assertThat(results.get(1).result().orElseThrow().warnings()).isEmpty();
    List<PolicyWarning> heard = new ArrayList<>();
    int before = warnings.size();
    all(files, task.policyWarnings(heard::add).each(Destination.directory(output)));
    assertThat(heard).hasSize(before);
    assertThat(warnings).hasSize(before);
  }

  @Test
  void refusesResultsInOnePlace() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.copy(program, other.resolve("a"));
    List<FoundFile> two = List.of(FoundFile.named(program), FoundFile.named(other.resolve("a")));
    PatchTask task = Hardwire.patch(two).policy(POLICY);
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> task.each(Destination.directory(folder.resolve("output"))))
        .extracting(HardwireException::reason)
        .isEqualTo(HardwireException.OUTPUT);
    assertThatIllegalStateException()
        .isThrownBy(() -> task.to(folder.resolve("one")))
        .withMessageContaining("2");
  }

  @Test
  void reportsWhatCannotBeRead() throws IOException {
    IOException fault = new IOException("no");
    FoundFile broken =
        new FoundFile(
            program, Path.of("a"), false, List.of(), Optional.empty(), Optional.of(fault));
    List<FoundFile> files = List.of(broken);
    Destination kept = Destination.directory(folder.resolve("output")).keepingResults();
    FileWork<PatchResult> work = Hardwire.patch(files).policy(POLICY).each(kept);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> work.run(broken, Messages.NONE))
        .isSameAs(fault);
  }

  @Test
  void signsATreeAndWhatBelongsToAFile() throws IOException {
    FacadeKey key = FacadeKey.in(folder);
    List<FoundFile> files = FoundFile.in(tree);
    all(files, Hardwire.patch(files).policy(POLICY).each(Destination.inPlace()));
    FileWork<SignResult> sign =
        Hardwire.sign(files).with(key.credentials().digest("SHA-384")).each(Destination.inPlace());
    assertThat(all(files, sign))
        .extracting(FileResult::status)
        .containsExactly(Status.DONE, Status.DONE, Status.SKIPPED);
    assertThat(all(files, sign))
        .extracting(FileResult::status)
        .containsExactly(Status.ALREADY, Status.ALREADY, Status.SKIPPED);
    assertThat(
            Hardwire.verify(program).trust(key.certificate()).run().signatures().get(0).algorithm())
        .contains("SHA-384");

    Path attestation = folder.resolve("attestation.json");
    Path provenance = folder.resolve("provenance.json");
    Credentials further =
        key.credentials().attestation(attestation).provenance(provenance, "https://ci.example/1");
    assertThatIllegalStateException()
        .isThrownBy(() -> Hardwire.sign(files).with(further).each(Destination.inPlace()));
    Hardwire.patch(Path.of("/bin/true"))
        .policy(POLICY)
        .signWith(further)
        .to(folder.resolve("signed"));
    assertThat(attestation).content().contains("application/vnd.in-toto+json");
    assertThat(provenance).content().contains("application/vnd.in-toto+json");
    assertThatIllegalArgumentException().isThrownBy(() -> further.digest("MD5"));
  }

  @Test
  void writesASignatureToAFileOfItsOwn() throws IOException {
    FacadeKey key = FacadeKey.in(folder);
    Path patched = folder.resolve("patched");
    Path signature = folder.resolve("patched.p7s");
    Hardwire.patch(program).policy(POLICY).to(patched);
    byte[] before = Files.readAllBytes(patched);
    SignResult signed = Hardwire.sign(patched).with(key.credentials()).detached(signature);
    assertThat(signed.file()).isEqualTo(signature);
    byte[] first = Files.readAllBytes(signature);
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.sign(patched).with(key.credentials()).detached(signature))
        .withMessageContaining("signed the file already");
    assertThat(Files.readAllBytes(signature)).isEqualTo(first);
    assertThat(Files.readAllBytes(patched)).isEqualTo(before);
    Files.writeString(signature, "no signature");
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.sign(patched).with(key.credentials()).detached(signature))
        .extracting(HardwireException::reason)
        .isEqualTo(HardwireException.NOT_VERIFIED);
    assertThat(signature).content().isEqualTo("no signature");
  }
}
