package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An attacker changes patched files; every change fails the check that is there for it. */
@Tag("system")
class VerifierTest {
  private static final int RECORD_SIZE = 64;

  private static List<String> failed(PatchedFile file) {
    return Verifier.verify(file.bytes(), Expectations.NONE).checks().stream()
        .filter(check -> !check.passed())
        .map(Check::name)
        .toList();
  }

  /** What runs the init array of a static program is part of the program itself. */
  @ParameterizedTest
  @CsvSource({
    "gcc-static,INIT,true",
    "gcc-static-pie,POST_INIT,true",
    "gcc-static,ENTRY,false",
    "gcc-pie,INIT,false"
  })
  void startCodeThatIsNotKnownHasToBeAccepted(String fixture, Hook hook, boolean unknown)
      throws IOException {
    Bytes file = PatchedFile.of(fixture, hook).bytes();
    Report report = Verifier.verify(file, Expectations.NONE);
    assertThat(report.passed()).isEqualTo(!unknown);
    assertThat(report.checks().stream().filter(check -> !check.passed()))
        .extracting(Check::name, Check::finding)
        .isEqualTo(
            unknown ? List.of(tuple("start-code", CheckFinding.UNKNOWN_START_CODE)) : List.of());
    Report accepted =
        Verifier.verify(
            file, Expectations.NONE.with(VerifySettings.NONE.accepting(Acceptance.START_CODE)));
    assertThat(accepted.passed()).isTrue();
    assertThat(accepted.checks())
        .filteredOn(check -> check.name().equals("start-code"))
        .hasSize(unknown ? 1 : 0)
        .allSatisfy(check -> assertThat(check.detail()).startsWith("assumed, not proven: "));
  }

  @ParameterizedTest
  @CsvSource({
    "gcc-pie,INIT",
    "gcc-pie,POST_INIT",
    "gcc-pie,ENTRY",
    "gcc-nonpie,INIT",
    "gcc-static,ENTRY",
    "gcc-static,INIT",
    "gcc-static-pie,POST_INIT",
    "relr-bfd-pie,INIT",
    "go-static,ENTRY",
    "lld-pie,INIT",
    "no-sections-pie,INIT",
    "no-note-static,ENTRY",
    "no-note-pie,INIT",
    "musl-pie,INIT",
    "bss-nonpie,INIT",
    "ctors-pie,POST_INIT"
  })
  void untouchedFilesPass(String fixture, Hook hook) throws IOException {
    Expectations expectations =
        Expectations.NONE
            .withPolicy(on -> PatchedFile.POLICY)
            .withOriginal(PatchedFile.original(fixture));
    Report report =
        Verifier.verify(
            PatchedFile.of(fixture, hook).bytes(),
            expectations.with(VerifySettings.NONE.accepting(Acceptance.START_CODE)));
    assertThat(report.checks())
        .allSatisfy(check -> assertThat(check.passed()).as(check.toString()).isTrue());
    assertThat(report.checks())
        .extracting(Check::name)
        .filteredOn(name -> !name.equals("start-code"))
        .containsExactly(
            "elf",
            "notes",
            "policy",
            "loader",
            "blob",
            "stub",
            "setup",
            "filter",
            "relocations",
            "patch-record",
            "hook",
            "target",
            "segments",
            "dynamic",
            "changes",
            "rest",
            "required-policy",
            "original",
            "confined");
  }

  @Test
  void everyCheckIsDocumented() throws IOException {
    String table = Files.readString(Path.of("../docs/architecture.md"));
    Report report =
        Verifier.verify(PatchedFile.of("gcc-pie", Hook.INIT).bytes(), Expectations.NONE);
    assertThat(report.checks())
        .hasSizeGreaterThan(15)
        .allSatisfy(check -> assertThat(table).contains("\n| `" + check.name() + "` | "));
  }

  @Test
  void fileThatIsNotHardWiredFails() throws IOException {
    Report report = Verifier.verify(PatchedFile.original("gcc-pie"), Expectations.NONE);
    assertThat(report.passed()).isFalse();
    assertThat(report.checks()).last().extracting(Check::name).isEqualTo("notes");
  }

  @Test
  void everyByteOfTheStubCounts() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    long size =
        BlobHeader.decode(
                ElfClass.CLASS64, file.elf.bytes().slice(file.blob.offset(), file.blob.filesz()), 0)
            .codeSize();
    for (long i = 0; i < size; i++) {
      file.flip(file.blob.offset() + BlobHeader.SIZE + i);
      assertThat(failed(file)).contains("stub");
      file.flip(file.blob.offset() + BlobHeader.SIZE + i);
    }
    assertThat(failed(file)).isEmpty();
  }

  @Test
  void everyByteOfTheSetupProgramCounts() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    BlobHeader header =
        BlobHeader.decode(
            ElfClass.CLASS64, file.elf.bytes().slice(file.blob.offset(), file.blob.filesz()), 0);
    long start = file.blob.offset() + header.recordsOffset();
    long end = file.blob.offset() + header.dataOffset() + header.dataSize();
    assertThat(end - start).isGreaterThan(header.recordCount() * RECORD_SIZE);
    for (long at = start; at < end; at++) {
      file.flip(at);
      assertThat(failed(file)).as("0x%x", at).contains("setup");
      file.flip(at);
    }
  }

  @Test
  void nothingButTheProgramHeadersMayStandBeforeTheBlob() throws IOException {
    PatchedFile file = PatchedFile.of("no-note-static", Hook.ENTRY);
    long blob = file.blob.offset() + (file.notes.setup().blobAddress() - file.blob.vaddr());
    long tableEnd =
        file.blob.offset()
            + (long) file.elf.header().phnum() * file.elf.header().elfClass().programHeaderSize();
    assertThat(tableEnd).isLessThan(blob);
    assertThat(failed(file)).isEmpty();
    for (long at = tableEnd; at < blob; at++) {
      file.flip(at);
      assertThat(failed(file)).as("0x%x", at).contains("blob");
      file.flip(at);
    }
  }

  @Test
  void anotherPolicyTextFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    Note note = policyNote(file);
    file.flip(note.descOffset() + 40 + 20);
    assertThat(failed(file)).containsExactly("policy");
  }

  @Test
  void anotherPolicyTextWithItsDigestFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    String text = file.notes.policy().text().replace("uname", "chmod");
    file.put(policyNote(file).descOffset(), PolicyNote.of(text).encode(file.elf.header().order()));
    assertThat(failed(file)).containsExactly("setup", "filter");
  }

  private static Note policyNote(PatchedFile file) {
    return file.elf.notes().stream()
        .filter(note -> note.owner().equals(HardwireNotes.OWNER) && note.type() == PolicyNote.TYPE)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void missingNoteFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    file.flip(policyNote(file).fileOffset() + 8);
    assertThat(failed(file)).containsExactly("notes");
  }

  @Test
  void hookThatLeadsPastTheStubFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    InitArray.Element element = InitArray.of(file.elf).element(0);
    long target = file.blob.vaddr() + BlobHeader.SIZE + 3;
    file.putWord(
        element.relocation().orElseThrow().fileOffset()
            + Relocation.addendOffset(file.elf.header().elfClass()),
        target);
    assertThat(failed(file)).contains("hook");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcc-pie", "gcc-static"})
  void entryThatLeadsPastTheStubFails(String fixture) throws IOException {
    PatchedFile file = PatchedFile.of(fixture, Hook.ENTRY);
    long original = file.blob.vaddr() + targetOf(file);
    file.putWord(HeaderField.E_ENTRY.offset(file.elf.header().elfClass()), original);
    assertThat(failed(file)).contains("hook");
  }

  private static long targetOf(PatchedFile file) {
    return BlobHeader.decode(
            ElfClass.CLASS64, file.elf.bytes().slice(file.blob.offset(), file.blob.filesz()), 0)
        .target();
  }

  @Test
  void entryMayNotChangeUnderAnotherHook() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    file.flip(HeaderField.E_ENTRY.offset(file.elf.header().elfClass()));
    assertThat(failed(file)).isNotEmpty();
  }

  @Test
  void otherTargetFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    file.putWord(file.blob.offset() + 16, targetOf(file) + 16);
    assertThat(failed(file)).containsExactly("target");
  }

  @Test
  void writableBlobFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    int index = file.elf.programHeaders().indexOf(file.blob);
    file.put(file.elf.header().phoff() + index * 56L + 4, Bytes.wrap(new byte[] {7}));
    assertThat(failed(file)).contains("blob");
  }

  @Test
  void relroOverTheBlobFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    ProgramHeader relro = file.elf.segment(SegmentType.GNU_RELRO).orElseThrow();
    long entry = file.elf.header().phoff() + file.elf.programHeaders().indexOf(relro) * 56L;
    file.putWord(entry + 40, file.blob.memoryEnd() - relro.vaddr());
    assertThat(failed(file)).contains("blob");
  }

  @Test
  void relocationOfTheBlobFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    long table = file.elf.dynamicEntry(DynamicTag.RELA).orElseThrow().value();
    long last = file.elf.dynamicEntry(DynamicTag.RELASZ).orElseThrow().value() - 24;
    file.putWord(file.elf.fileOffset(table + last, 24).orElseThrow(), file.blob.vaddr() + 0x100);
    assertThat(failed(file)).contains("relocations");
  }

  @Test
  void secondRelocationOfTheHookFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    long table = file.elf.dynamicEntry(DynamicTag.RELA).orElseThrow().value();
    long last = file.elf.dynamicEntry(DynamicTag.RELASZ).orElseThrow().value() - 24;
    file.putWord(
        file.elf.fileOffset(table + last, 24).orElseThrow(), file.notes.setup().hookAddress());
    assertThat(failed(file)).isNotEmpty();
    ElfFile tampered = ElfFile.parse(file.bytes());
    assertThatThrownBy(
            () ->
                new HookChecks(new PatchLayer(tampered, file.notes, PatchedFile.POLICY), file.elf)
                    .hook())
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("not by one relative relocation");
  }

  @Test
  void preinitArrayFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    var debug = file.elf.dynamicEntry(DynamicTag.DEBUG).orElseThrow();
    file.putWord(debug.fileOffset(), DynamicTag.PREINIT_ARRAY);
    assertThat(failed(file)).isNotEmpty();
  }

  @Test
  void changedProgramFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    long behindStart = file.elf.header().entry() + 64;
    file.flip(file.elf.fileOffset(behindStart, 1).orElseThrow());
    assertThat(failed(file)).containsExactly("patch-record");
  }

  @Test
  void rangeOverCodeIsNotExplained() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    long code = file.elf.fileOffset(file.elf.header().entry(), 4).orElseThrow();
    PatchRecord record = file.notes.record();
    List<PatchRecord.Range> ranges = new ArrayList<>(record.ranges());
    ranges.add(new PatchRecord.Range(code, file.elf.bytes().slice(code, 4)));
    HardwireNotes notes =
        new HardwireNotes(
            file.notes.policy(),
            file.notes.setup(),
            new PatchRecord(record.originalSize(), record.originalSha256(), ranges));
    dev.hardwire.elf.ElfFile original =
        dev.hardwire.elf.ElfFile.parse(PatchedFile.original("gcc-pie"));
    assertThat(new ChangeChecks(layer(file, file.notes), original).ranges()).contains("ranges");
    assertThatThrownBy(() -> new ChangeChecks(layer(file, notes), original).ranges())
        .isInstanceOf(CheckList.Failed.class)
        .hasMessageContaining("no patch needs that");
  }

  private static PatchLayer layer(PatchedFile file, HardwireNotes notes) {
    return new PatchLayer(file.elf, notes, PatchedFile.POLICY);
  }

  @Test
  void otherOriginalFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    Expectations expectations = Expectations.NONE.withOriginal(PatchedFile.original("gcc-nonpie"));
    assertThat(Verifier.verify(file.bytes(), expectations).passed()).isFalse();
  }

  @Test
  void otherPolicyThanRequiredFails() throws IOException {
    PatchedFile file = PatchedFile.of("gcc-pie", Hook.INIT);
    Policy other = CallLists.policy(Optional.empty(), Optional.of("uname"), Action.KILL_PROCESS);
    Expectations expectations = Expectations.NONE.withPolicy(on -> other);
    Report report = Verifier.verify(file.bytes(), expectations);
    assertThat(report.checks())
        .last()
        .extracting(Check::name, Check::passed)
        .containsExactly("required-policy", false);
  }

  @Test
  void everyLayerOfAStackIsVerified() throws IOException {
    Policy outer = CallLists.policy(Optional.empty(), Optional.of("mount"), Action.KILL_PROCESS);
    PatchedFile inner = PatchedFile.of("gcc-pie", Hook.INIT);
    PatchedFile file = PatchedFile.of(inner.bytes(), Hook.INIT, outer, true);
    for (Policy policy : List.of(outer, PatchedFile.POLICY)) {
      Expectations expectations =
          Expectations.NONE.withPolicy(on -> policy).withOriginal(PatchedFile.original("gcc-pie"));
      Report report = Verifier.verify(file.bytes(), expectations);
      assertThat(report.checks())
          .allSatisfy(check -> assertThat(check.passed()).as(check.toString()).isTrue());
      assertThat(report.checks())
          .extracting(Check::name)
          .contains("layer 2 stub", "layer 2 changes");
    }
    file.flip(inner.blob.offset() + BlobHeader.SIZE);
    assertThat(failed(file)).isNotEmpty();
  }
}
