package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.form.ImportJump;
import dev.hardwire.elf.form.PhaseFlags;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.stub.Veneer;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every byte with which a phase begins is checked. */
@Tag("system")
class PhaseChecksTest {
  private static final Policy POLICY = policy("{first-call-of: epoll_wait}");
  private static final Policy MAIN = policy("main");
  private static final Policy RESTRICTED =
      policy(
          "{first-call-of: epoll_wait}",
          ", landlock: {read: [/usr, ?/opt], write: [/tmp], connect: [443], scope: [signal]}");

  /** The program, patched, and where things are in it. */
  private static final class Phased {
    final Bytes original;
    final PatchedFile file;
    final ImportJump jump;
    final PhaseFlags flags;
    final PhasePart part;
    final long blob;

    Phased(String kind) throws IOException {
      this(kind, POLICY);
    }

    Phased(String kind, Policy policy) throws IOException {
      original = Bytes.wrap(Files.readAllBytes(Fixtures.tool("phase-" + kind)));
      file = PatchedFile.of(original, Hook.INIT, policy, false);
      ElfFile before = ElfFile.parse(original);
      jump = ImportJump.of(before, "epoll_wait");
      flags = PhaseFlags.of(before, 1);
      PatchLayer layer = new PatchLayer(file.elf, file.notes, policy);
      part = layer.phases().get(0);
      blob = layer.blobOffset();
    }

    long jumpOffset() {
      return file.elf.fileOffset(jump.address(), ImportJump.SIZE).orElseThrow();
    }

    long veneerOffset() {
      return blob + part.veneerOffset();
    }

    int flagsSegment() {
      return file.elf.programHeaders().indexOf(flags.after());
    }
  }

  private static Policy policy(String at) {
    return policy(at, "");
  }

  private static Policy policy(String at, String more) {
    String text =
        """
        version: 1
        default: allow
        rules: [kill-process: [pivot_root]]
        phases:
          - {name: later, at: %s, default: allow, rules: [kill-process: [uname]]%s}
        """
            .formatted(at, more);
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "policy");
  }

  private static List<String> failed(Bytes file) {
    return Verifier.verify(file, Expectations.NONE).checks().stream()
        .filter(check -> !check.passed())
        .map(Check::name)
        .toList();
  }

  private static void everyByte(PatchedFile file, long from, long size, String... checks) {
    for (long at = from; at < from + size; at++) {
      file.flip(at);
      assertThat(failed(file.bytes())).as("0x%x", at).containsAnyOf(checks);
      file.flip(at);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pie", "ibt-now", "mold"})
  void everyByteOfJumpAndVeneerIsChecked(String kind) throws IOException {
    Phased phased = new Phased(kind);
    assertThat(failed(phased.file.bytes())).isEmpty();
    everyByte(phased.file, phased.jumpOffset(), ImportJump.SIZE, "phases");
    everyByte(phased.file, phased.veneerOffset(), Veneer.SIZE, "phases");
  }

  @Test
  void everyByteOfTheFlagsPlaceIsChecked() throws IOException {
    Phased phased = new Phased("pie");
    Forgery places = Forgery.of(phased.original, phased.file);
    long header = places.programHeader(phased.flagsSegment(), 0);
    everyByte(phased.file, header + 40, 8, "phases", "elf", "loader");
    everyByte(phased.file, header + 4, 4, "phases", "loader", "segments");
    everyByte(phased.file, header + 32, 8, "phases", "elf", "loader", "segments");
  }

  @Test
  void everyByteOfTheSetupIsChecked() throws IOException {
    Phased phased = new Phased("pie");
    long start = phased.blob + phased.part.offset();
    everyByte(phased.file, start, 64, "notes", "stub", "setup", "phases", "rest");
    for (long at = start + 64; at < phased.veneerOffset(); at += 11) {
      everyByte(phased.file, at, 1, "stub", "setup", "filter", "rest");
    }
  }

  /** The records of Landlock, the paths and ports that they name, and the messages. */
  @Test
  void bytesOfItsRestrictionsAreChecked() throws IOException {
    restrictions(101);
  }

  @Test
  @Tag("long")
  void everyByteOfItsRestrictionsIsChecked() throws IOException {
    restrictions(1);
  }

  private void restrictions(int step) throws IOException {
    Phased phased = new Phased("pie", RESTRICTED);
    assertThat(failed(phased.file.bytes())).isEmpty();
    long start = phased.blob + phased.part.offset();
    for (long at = start + phased.part.header().recordsOffset();
        at < phased.veneerOffset();
        at += step) {
      everyByte(phased.file, at, 1, "setup", "filter", "rest");
    }
    long path = phased.file.bytes().indexOf("/usr\0".getBytes(StandardCharsets.UTF_8), start);
    for (boolean skilled : new boolean[] {false, true}) {
      Forgery forgery = Forgery.of(phased.original, phased.file);
      forgery.put(path + 1, Bytes.wrap(new byte[1])); // then the rule is for /
      if (skilled) {
        forgery.withRecord(UnaryOperator.identity());
      }
      assertThat(failed(forgery.bytes())).as("skilled: " + skilled).contains("setup");
    }
  }

  static Stream<Arguments> tricks() {
    return Stream.of(
        trick(
            "the function is called as before",
            "phases",
            (f, p) -> f.put(p.jumpOffset(), p.original.slice(p.jumpOffset(), ImportJump.SIZE))),
        trick(
            "the jump leads past the veneer's test",
            "phases",
            (f, p) -> f.half(p.jumpOffset() + 1, distance(p) + 74)),
        trick(
            "the veneer goes on without the stub",
            "phases",
            (f, p) -> f.half(p.veneerOffset() + 55, 0)),
        trick(
            "another value of the flag counts",
            "phases",
            (f, p) -> f.put(p.veneerOffset() + 6, Bytes.wrap(new byte[1]))),
        trick(
            "the flag is a byte that is not zero",
            "phases",
            (f, p) -> f.half(p.veneerOffset() + 2, -0x1000 & 0xffff_ffffL)),
        trick(
            "the memory of the flag is missing",
            "phases",
            (f, p) -> f.word(f.programHeader(p.flagsSegment(), 40), p.flags.before().memsz())),
        trick(
            "a relocation sets the flag",
            "phases",
            (f, p) ->
                f.relocation(DynamicTag.JMPREL, DynamicTag.PLTRELSZ, p.flags.address(), 1, 7, 0)),
        trick(
            "the slot is bound to another function",
            "phases",
            (f, p) -> {
              Relocation bound = f.elf.relocations().touching(p.jump.slot(), 8).get(0);
              f.word(bound.fileOffset() + 8, 1L << 32 | bound.type());
            }),
        trick(
            "the stub of the phase goes on elsewhere",
            "phases",
            (f, p) -> f.flip(p.blob + p.part.offset() + 16)),
        trick(
            "the phase installs nothing",
            "setup",
            (f, p) -> f.half(p.blob + p.part.offset() + 28, 0)),
        trick(
            "the filter of the phase is not seen by other threads",
            "setup",
            (f, p) -> f.word(secondRecord(p) + 16 + 8, 0)),
        trick(
            "the filter of the phase begins by allowing all",
            "filter",
            (f, p) -> f.half(filter(p), 0x06).half(filter(p) + 4, 0x7fff_0000)),
        trick(
            "the stub of the phase is another",
            "stub",
            (f, p) -> f.flip(p.blob + p.part.offset() + 64 + 100)));
  }

  private interface Trick {
    void play(Forgery forgery, Phased phased);
  }

  private static Arguments trick(String name, String check, Trick trick) {
    return arguments(name, check, trick);
  }

  private static long distance(Phased phased) {
    Bytes jump = phased.file.bytes().slice(phased.jumpOffset(), ImportJump.SIZE);
    return jump.withOrder(phased.original.order()).u32(1);
  }

  private static long secondRecord(Phased phased) {
    return phased.blob + phased.part.offset() + phased.part.header().recordsOffset() + 64;
  }

  private static long filter(Phased phased) {
    return phased.blob + phased.part.offset() + phased.part.header().dataOffset();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tricks")
  void everyTrickIsFound(String name, String check, Trick trick) throws IOException {
    for (boolean skilled : new boolean[] {false, true}) {
      Phased phased = new Phased("now");
      Forgery forgery = Forgery.of(phased.original, phased.file);
      trick.play(forgery, phased);
      if (skilled) {
        forgery.withRecord(UnaryOperator.identity());
      }
      assertThat(failed(forgery.bytes())).as("skilled: " + skilled).contains(check);
    }
  }

  /** The original was another one, in which the program also takes the function's address. */
  @Test
  void anotherWayToTheFunctionIsFound() throws IOException {
    Phased phased = new Phased("pie");
    Forgery forgery = Forgery.of(phased.original, phased.file);
    long code = phased.file.elf.section(s -> s.name().equals(".text")).orElseThrow().offset();
    forgery.half(code, phased.jump.slot() - (forgery.addressOf(code) + 4));
    forgery.withOtherOriginal().withRecord(UnaryOperator.identity());
    assertThat(failed(forgery.bytes())).contains("phases");
  }

  @Test
  void theElementOfMainIsChecked() throws IOException {
    Bytes original = Bytes.wrap(Files.readAllBytes(Fixtures.tool("phase-pie")));
    for (Hook hook : List.of(Hook.INIT, Hook.ENTRY)) {
      PatchedFile file = PatchedFile.of(original, hook, MAIN, false);
      assertThat(failed(file.bytes())).isEmpty();
      PatchLayer layer = new PatchLayer(file.elf, file.notes, MAIN);
      PhasePart part = layer.phases().get(0);
      everyByte(file, layer.blobOffset() + part.offset() + 16, 8, "phases");
      everyByte(file, layer.blobOffset() + 16, 8, "target");
      InitArray array = InitArray.of(file.elf);
      InitArray.Element last = array.element(array.count() - 1);
      long addend = last.relocation().orElseThrow().fileOffset() + 16;
      everyByte(file, addend, 4, hook == Hook.INIT ? "hook" : "phases");
    }
  }

  /** What runs the init array of a static program is not known. */
  @Test
  void noMoreIsSaidOfStaticProgramsThanIsKnown() throws IOException {
    for (String kind : List.of("static", "pie")) {
      Bytes original = Bytes.wrap(Files.readAllBytes(Fixtures.tool("phase-" + kind)));
      PatchedFile file = PatchedFile.of(original, Hook.ENTRY, MAIN, false);
      List<Check> failed =
          Verifier.verify(file.bytes(), Expectations.NONE).checks().stream()
              .filter(check -> !check.passed())
              .toList();
      assertThat(failed)
          .extracting(Check::finding)
          .isEqualTo(kind.equals("static") ? List.of(CheckFinding.UNKNOWN_START_CODE) : List.of());
    }
  }

  /** Kernels map whole pages, so a jump behind the code of a segment can be executed as well. */
  @Test
  void jumpsBehindSegmentsWithCodeAreFound() throws IOException {
    Phased phased = new Phased("pie");
    ElfFile elf = ElfFile.parse(phased.original);
    ProgramHeader code =
        elf.loads().stream()
            .filter(load -> (load.flags() & ProgramHeader.PF_X) != 0)
            .findFirst()
            .orElseThrow();
    Bytes hidden = hidden(phased, code.memoryEnd() + 8);
    byte[] original = phased.original.toArray();
    System.arraycopy(hidden.toArray(), 0, original, (int) code.fileEnd() + 8, 6);
    assertThatThrownBy(() -> ImportJump.of(ElfFile.parse(Bytes.wrap(original)), "epoll_wait"))
        .hasMessageContaining("2 places in the code use its slot");
    phased.file.put(code.fileEnd() + 8, hidden);
    assertThat(failed(phased.file.bytes())).contains("phases");
  }

  @Test
  void jumpsBehindTheBlobAreFound() throws IOException {
    Phased phased = new Phased("pie");
    ProgramHeader blob = phased.file.blob;
    phased.file.put(blob.fileEnd() + 8, hidden(phased, blob.memoryEnd() + 8));
    assertThat(failed(phased.file.bytes())).contains("phases");
  }

  /** {@code jmp *slot(%rip)}. */
  private static Bytes hidden(Phased phased, long address) {
    return new ByteWriter(ByteOrder.LITTLE_ENDIAN)
        .u8(0xff)
        .u8(0x25)
        .u32(phased.jump.slot() - address - ImportJump.SIZE & 0xffff_ffffL)
        .toBytes();
  }

  /** glibc rewrites PLT entries that the addends of relocations name, if it is told so. */
  @Test
  void entriesThatTheDynamicLinkerRewritesAreRefused() throws IOException {
    Bytes original = Bytes.wrap(Files.readAllBytes(Fixtures.tool("phase-now")));
    ElfFile elf = ElfFile.parse(original);
    ImportJump jump = ImportJump.of(elf, "epoll_wait");
    Relocation bound = elf.relocations().touching(jump.slot(), Long.BYTES).get(0);
    byte[] marked = original.toArray();
    marked[(int) bound.fileOffset() + 16] = 0x60;
    assertThatThrownBy(() -> ImportJump.of(ElfFile.parse(Bytes.wrap(marked)), "epoll_wait"))
        .hasMessageContaining("its relocation has an addend; link the program without -z mark-plt");
  }
}
