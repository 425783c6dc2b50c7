package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Position;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.Inspection;
import dev.hardwire.work.ConfinedCopy;
import dev.hardwire.work.Host;
import dev.hardwire.work.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every refusal is there for a file. */
@Tag("system")
class RefusalTest {
  private static final long FAR = 1L << 20;

  /** A patched file whose policy note has another version. */
  private static Bytes ofFormat(int version) throws IOException {
    CorruptFile file = CorruptFile.patched("lld-pie");
    ElfFile elf = ElfFile.parse(file.bytes());
    Note note =
        elf.notes().stream()
            .filter(one -> one.owner().equals(HardwireNotes.OWNER))
            .findFirst()
            .orElseThrow();
    byte[] bytes = file.bytes().toArray();
    bytes[(int) note.descOffset()] = (byte) version;
    return Bytes.wrap(bytes);
  }

  /** Does what is refused so; the compiler wants a case for every constant. */
  private static ThrowingCallable producer(Refusal refusal) {
    return switch (refusal) {
      case NOT_ELF -> patching(CorruptFile.of("script"), Hook.ENTRY);
      case BAD_HEADER -> patching(pie().set("EI_VERSION", 2), Hook.INIT);
      case NOT_EXECUTABLE_TYPE -> patching(CorruptFile.of("plain.o"), Hook.INIT);
      case UNKNOWN_ARCHITECTURE -> patching(CorruptFile.of("hello-x32"), Hook.ENTRY);
      case TRUNCATED -> patching(pie().cutTo(40), Hook.INIT);
      case SEGMENT_PAST_END -> patching(pie().set("phdr[2].p_filesz", FAR), Hook.INIT);
      case NO_LOAD_SEGMENT -> patching(pie().set("e_phnum", 2), Hook.INIT);
      case LOADS_NOT_SORTED -> patching(pie().set("phdr[2].p_memsz", 0xffff), Hook.INIT);
      case OTHER_SYSTEM -> patching(pie().set("EI_OSABI", 9), Hook.INIT);
      case UNKNOWN_INTERPRETER ->
          patching(pie().set("phdr[1].p_offset", 0x2f0).set("phdr[1].p_vaddr", 0x2f0), Hook.INIT);
      case RUNS_BEFORE_HOOK -> patching(CorruptFile.of("preinit-pie"), Hook.ENTRY);
      case REPLACES_LINKER -> patching(withNameOfTheLinker(), Hook.POST_INIT);
      case BAD_SEGMENT -> patching(pie().set("phdr[2].p_memsz", 0), Hook.INIT);
      case EXTENDED_NUMBERING -> patching(pie().set("e_phnum", 0xffff), Hook.INIT);
      case BAD_SECTIONS -> patching(pie().set("e_shstrndx", 0), Hook.INIT);
      case BAD_DYNAMIC -> patching(pie().setDynamic(DynamicTag.STRTAB, FAR), Hook.INIT);
      case BAD_RELOCATIONS -> patching(pie().setDynamic(DynamicTag.RELA, FAR), Hook.INIT);
      case SHARED_LIBRARY -> patching(CorruptFile.of("libwait.so"), Hook.INIT);
      case DEBUG_ONLY -> patching(CorruptFile.of("plain.debug"), Hook.INIT);
      case PACKED -> patching(CorruptFile.of("packed-static"), Hook.ENTRY);
      case HEAP_AFTER_DATA -> RefusalTest::savedImage;
      case INIT_SYMBOLIC -> patching(CorruptFile.of("init-symbolic-pie"), Hook.INIT);
      case INIT_UNRELOCATED ->
          patching(CorruptFile.of("noseparate-nonpie").set("e_type", 3), Hook.INIT);
      case INIT_UNMAPPED -> patching(withArrayInData(), Hook.INIT);
      case NO_INIT_ARRAY -> patching(CorruptFile.of("no-init-array-pie"), Hook.POST_INIT);
      case INIT_NOT_RUN -> patching(CorruptFile.of("start-noarray"), Hook.INIT);
      case RUNS_BEFORE_INIT -> patching(CorruptFile.of("preinit-pie"), Hook.INIT);
      case PRIVILEGED -> RefusalTest::setuid;
      case OTHER_MACHINE -> () -> Host.check(ElfFile.parse(CorruptFile.of("s390x-pie").bytes()));
      case NOT_DYNAMIC ->
          () ->
              PatchPlanner.plan(
                  ElfFile.parse(CorruptFile.of("gcc-static").bytes()),
                  Patching.request("libsandbox.so"));
      case NO_INTERPRETER -> patching(CorruptFile.of("gcc-static"), Hook.FIRST);
      case LIBRARY_NAME ->
          () -> PatchPlanner.plan(ElfFile.parse(pie().bytes()), Patching.request("/x/libc.so.6"));
      case ALREADY_PATCHED -> patching(CorruptFile.patched("lld-pie"), Hook.INIT);
      case NOT_PATCHED -> () -> Inspection.of(pie().bytes());
      case FAKED_SETUP -> () -> stack("errno 0");
      case DENIED_SETUP -> () -> stack("errno EPERM");
      case NO_PHASE -> RefusalTest::phase;
      case NEWER_FORMAT -> () -> Inspection.of(ofFormat(2));
      case DAMAGED_PATCH -> restoring(CorruptFile.patched("lld-pie").flip(0x1020).bytes());
      case REWRITTEN ->
          () -> {
            Bytes file = CorruptFile.patched("lld-pie").bytes();
            OriginalBytes.of(
                file.slice(0, 0x1000),
                HardwireNotes.last(ElfFile.parse(file)).orElseThrow().record());
          };
      case DAMAGED_SIGNATURE -> () -> SignedBytes.read(ElfFile.parse(pie().bytes()));
      case TOO_LARGE ->
          patching(withoutSections().set("phdr[5].p_memsz", 0x20_0000_0000L), Hook.INIT);
      case NO_ROOM ->
          patching(
              CorruptFile.of("no-sections-static")
                  .set("phdr[0].p_filesz", 0)
                  .set("phdr[0].p_offset", 8)
                  .set("phdr[0].p_align", 1)
                  .set("phdr[4].p_filesz", 0)
                  .set("phdr[4].p_memsz", 0)
                  .set("phdr[5].p_filesz", 0)
                  .set("phdr[5].p_memsz", 0)
                  .set("phdr[8].p_filesz", 0)
                  .set("phdr[8].p_memsz", 0),
              Hook.ENTRY);
    };
  }

  /** Takes its heap as Lisp images do that were written from memory. */
  private static void savedImage() throws IOException {
    Path source = Files.createTempFile("image", ".c");
    Path program = Files.createTempFile("image", "");
    try {
      Files.writeString(
          source,
          """
          #include <sys/personality.h>
          #include <unistd.h>
          int main(void) { return personality(ADDR_NO_RANDOMIZE) < 0 || sbrk(0) == 0; }
          """);
      Programs.output("gcc", "-no-pie", "-o", program, source);
      ElfFile elf = ElfFile.parse(Bytes.wrap(Files.readAllBytes(program)));
      PatchPlanner.plan(elf, Patching.request(elf.machine(), Optional.of(Hook.INIT)));
    } finally {
      Files.delete(source);
      Files.delete(program);
    }
  }

  /** The first symbol is defined, and called as what the C library takes from the linker. */
  private static CorruptFile withNameOfTheLinker() {
    CorruptFile file = pie();
    ElfFile elf = ElfFile.parse(file.bytes());
    long strings =
        elf.fileOffset(elf.dynamicValue(DynamicTag.STRTAB).orElseThrow(), 1).orElseThrow();
    byte[] name = "_rtld_global\0".getBytes(StandardCharsets.US_ASCII);
    long symbol =
        elf.fileOffset(elf.dynamicValue(DynamicTag.SYMTAB).orElseThrow() + 24, 24).orElseThrow();
    return file.put(strings + elf.bytes().u32(symbol), Bytes.wrap(name))
        .put(symbol + 6, Bytes.wrap(new byte[] {1, 0}));
  }

  /** Its first constructor is in a segment that is not executable. */
  private static CorruptFile withArrayInData() {
    CorruptFile file = CorruptFile.of("gcc-nonpie");
    ElfFile elf = ElfFile.parse(file.bytes());
    InitArray.Element first = InitArray.of(elf).element(0);
    return file.put(first.fileOffset(), elf.header().word(first.address()));
  }

  private static CorruptFile pie() {
    return CorruptFile.of("lld-pie");
  }

  private static CorruptFile withoutSections() {
    return CorruptFile.of("no-sections-pie");
  }

  private static ThrowingCallable patching(CorruptFile file, Hook hook) {
    return () -> Patching.patch(ElfFile.parse(file.bytes()), hook);
  }

  /** A second policy answers the setup of the first one. */
  private static void stack(String action) {
    ElfFile patched = ElfFile.parse(CorruptFile.patched("lld-pie").bytes());
    PatchRequest request = Patching.request(patched.machine(), Optional.of(Hook.INIT));
    String text = "version: 1\nname: fake\ndefault: allow\nrules:\n  - " + action + ": [seccomp]\n";
    PatchRequest faking = PatchRequest.of(request.program(), text);
    PatchSettings settings =
        PatchSettings.DEFAULT.withHook(Hook.INIT).with(PatchSettings.Existing.STACK);
    PlannedPatch.of(patched, faking.with(settings));
  }

  /** It does not import the function. */
  private static void phase() {
    Phase phase =
        new Phase(
            "never",
            Optional.of("accept4"),
            Action.KILL_PROCESS,
            List.of(),
            Position.NONE,
            Position.NONE);
    ElfFile elf = ElfFile.parse(pie().bytes());
    PatchRequest request = Patching.request(elf.machine(), Optional.of(Hook.INIT));
    PlannedPatch.of(elf, request.withPhases(List.of(new PhaseProgram(phase, request.program()))));
  }

  private static void setuid() throws IOException {
    Path file = Files.createTempFile("setuid", "");
    try {
      Files.setAttribute(file, "unix:mode", 04755);
      ConfinedCopy.requireNoRights(file);
    } finally {
      Files.delete(file);
    }
  }

  private static ThrowingCallable restoring(Bytes file) {
    return () ->
        OriginalBytes.of(file, HardwireNotes.last(ElfFile.parse(file)).orElseThrow().record());
  }

  @ParameterizedTest
  @EnumSource(Refusal.class)
  void everyRefusalIsThereForAFile(Refusal refusal) {
    ElfFormatException e = catchThrowableOfType(ElfFormatException.class, producer(refusal));
    assertThat(e).isNotNull();
    assertThat(e.refusal()).as(e.getMessage()).isEqualTo(refusal);
    assertThat(refusal.id()).matches("[a-z]+(-[a-z]+)*");
    assertThat(e).hasMessage("%s at offset 0x%x: %s", e.field(), e.offset(), e.reason());
    assertThat(Refused.of(e).orElseThrow().message())
        .isEqualTo(e.getMessage() + "; " + e.advice().orElse(advice(refusal)));
  }

  @ParameterizedTest
  @EnumSource(Refusal.class)
  void theEntryHookIsSuggestedWhereItIsPossible(Refusal refusal) {
    assertThat(advice(refusal).equals("use --hook entry")).isEqualTo(refusal.allowsEntryHook());
    assertThat(advice(refusal)).matches("[a-z].*[^.]");
  }

  private static String advice(Refusal refusal) {
    ElfFormatException e = new ElfFormatException(refusal, 0, "field", "reason");
    return Refused.of(e).orElseThrow().advice();
  }
}
