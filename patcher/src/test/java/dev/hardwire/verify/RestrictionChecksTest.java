package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.Step;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The steps for files, ports and limits are proved by compiling the embedded policy again. */
@Tag("system")
class RestrictionChecksTest {
  private static final String FIXTURE = "gcc-pie";
  private static final Policy POLICY =
      policy(
          "landlock: {read: [/usr, /etc], write: [/tmp], connect: [443], bind: [80],"
              + " scope: [signal]}\n"
              + "limits: {core: 0, dumpable: false, close-from: 3}\n"
              + "capabilities: {keep: [chown], securebits: [noroot]}\n");

  private static Policy policy(String restrictions) {
    String text = "version: 1\ndefault: allow\nrules: []\nseal: true\n" + restrictions;
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
  }

  private static List<String> failed(PatchedFile file) {
    Report report = Verifier.verify(file.bytes(), Expectations.NONE);
    return report.checks().stream()
        .filter(c -> c.finding() == CheckFinding.FAILED)
        .map(Check::name)
        .toList();
  }

  private static List<String> failed(SetupProgram program) throws IOException {
    ElfFile elf = ElfFile.parse(PatchedFile.original(FIXTURE));
    PatchRequest request = PatchRequest.of(program, YamlPolicyWriter.write(POLICY));
    Report report =
        Verifier.verify(
            PatchedBytes.of(elf.bytes(), PatchPlanner.plan(elf, request)), Expectations.NONE);
    return report.checks().stream()
        .filter(c -> c.finding() == CheckFinding.FAILED)
        .map(Check::name)
        .toList();
  }

  @Test
  void whatThePolicyCompilesToIsAccepted() throws IOException {
    assertThat(failed(PatchedFile.of(PatchedFile.original(FIXTURE), Hook.INIT, POLICY, false)))
        .isEmpty();
  }

  @Test
  void aMissingStepFails() throws IOException {
    SetupProgram whole =
        SetupCompiler.compile(ElfFile.parse(PatchedFile.original(FIXTURE)).machine(), POLICY);
    assertThat(failed(whole)).isEmpty();
    for (int i = 0; i < whole.steps().size(); i++) {
      List<Step> steps = new ArrayList<>(whole.steps());
      steps.set(i, new Step.Store(List.of(), Step.STOP));
      assertThat(failed(new SetupProgram(steps, whole.data(), true)))
          .as("step " + i)
          .contains("setup");
    }
  }

  @Test
  void anotherPathPortOrLimitFails() throws IOException {
    Target machine = ElfFile.parse(PatchedFile.original(FIXTURE)).machine();
    for (String other :
        List.of(
            "landlock: {read: [/usr, /etd], write: [/tmp], connect: [443], bind: [80],"
                + " scope: [signal]}\nlimits: {core: 0, dumpable: false, close-from: 3}\n",
            "landlock: {read: [/usr, /etc], write: [/tmp], connect: [444], bind: [80],"
                + " scope: [signal]}\nlimits: {core: 0, dumpable: false, close-from: 3}\n",
            "landlock: {read: [/usr, /etc], write: [/tmp], connect: [443], bind: [80],"
                + " scope: [signal]}\nlimits: {core: 1, dumpable: false, close-from: 3}\n",
            "landlock: {kernel: {at-least: 0}, read: [/usr, /etc], write: [/tmp], connect: [443],"
                + " bind: [80], scope: [signal]}\n"
                + "limits: {core: 0, dumpable: false, close-from: 3}\n")) {
      assertThat(failed(SetupCompiler.compile(machine, policy(other)))).as(other).contains("setup");
    }
  }

  @Test
  void bitsOfTheRecordsAreChecked() throws IOException {
    bitsOfTheRecords(131);
  }

  @Test
  @Tag("long")
  void manyBitsOfTheRecordsAreChecked() throws IOException {
    bitsOfTheRecords(37);
  }

  private static void bitsOfTheRecords(int step) throws IOException {
    PatchedFile file = PatchedFile.of(PatchedFile.original(FIXTURE), Hook.INIT, POLICY, false);
    assertThat(failed(file)).isEmpty();
    SetupNote setup = file.notes.setup();
    long blob = file.blob.offset() + setup.blobAddress() - file.blob.vaddr();
    BlobHeader header =
        BlobHeader.decode(
            file.elf.header().elfClass(), file.bytes().slice(blob, setup.blobSize()), blob);
    long end = header.dataOffset() + header.dataSize();
    for (long at = header.recordsOffset(); at < end; at += step) {
      file.flip(blob + at);
      assertThat(failed(file)).as("offset " + at).containsAnyOf("setup", "filter", "blob");
      file.flip(blob + at);
    }
  }
}
