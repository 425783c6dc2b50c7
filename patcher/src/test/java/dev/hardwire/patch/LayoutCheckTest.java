package dev.hardwire.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.CorruptFile;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Patching;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Fixture;
import dev.hardwire.testing.Fixtures;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The layout check accepts what linkers make, and sees each thing that it is there for. */
@Tag("system")
class LayoutCheckTest {
  static List<Fixture> programs() {
    return Fixtures.programs();
  }

  private static List<LayoutCheck.Fault> faults(CorruptFile file) {
    return LayoutCheck.faults(ElfFile.parse(file.bytes()));
  }

  private static ElfFile elf(CorruptFile file) {
    return ElfFile.parse(file.bytes());
  }

  /** The name of the first program header of a type, such as {@code phdr[3]}. */
  private static String segment(CorruptFile file, long type) {
    List<ProgramHeader> all = elf(file).programHeaders();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).type() == type) {
        return "phdr[" + i + "]";
      }
    }
    throw new AssertionError("no segment of type " + type);
  }

  private static CorruptFile add(CorruptFile file, String field, long amount) {
    return file.set(field, file.field(field).value(file.bytes().toArray()) + amount);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void everyFixtureIsSoundAndSoIsEveryPatch(Fixture fixture) {
    ElfFile original = ElfFile.parse(Bytes.wrap(Patching.fixture(fixture.name())));
    assertThat(LayoutCheck.faults(original)).isEmpty();
    for (Hook hook : Hook.values()) {
      try {
        assertThat(LayoutCheck.faults(ElfFile.parse(Patching.patch(original, hook)))).isEmpty();
      } catch (ElfFormatException e) {
        if (e.refusal() == Refusal.NO_INTERPRETER) {
          assertThat(hook == Hook.FIRST && !fixture.isDynamic()).isTrue();
        } else if (e.refusal() == Refusal.RUNS_BEFORE_HOOK) {
          assertThat(fixture.runsBeforeHooks() && hook != Hook.POST_INIT).isTrue();
        } else {
          assertThat(e.refusal().allowsEntryHook()).as(e.getMessage()).isTrue();
          assertThat(hook).as(e.getMessage()).isNotEqualTo(Hook.ENTRY);
        }
      }
    }
  }

  @Test
  void aTableThatIsNotLoadedIsSeen() {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    String first = segment(file, SegmentType.LOAD);
    file.set(first + ".p_filesz", 0x100);
    assertThat(faults(file))
        .extracting(LayoutCheck.Fault::toString)
        .contains("the program header table is in 0 segments");
  }

  @ParameterizedTest
  @ValueSource(strings = {"p_offset", "p_vaddr", "p_filesz", "p_memsz"})
  void aPhdrSegmentThatDescribesSomethingElseIsSeen(String field) {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    add(file, segment(file, SegmentType.PHDR) + "." + field, 8);
    assertThat(faults(file))
        .singleElement()
        .hasToString("PT_PHDR does not describe the program header table");
  }

  @Test
  void aTableAtTheWrongDistanceIsSeen() {
    CorruptFile file = CorruptFile.patched("no-sections-pie");
    ElfFile elf = elf(file);
    int last = elf.programHeaders().lastIndexOf(elf.loads().get(elf.loads().size() - 1));
    add(file, "phdr[" + last + "].p_vaddr", 0x1000);
    add(file, segment(file, SegmentType.PHDR) + ".p_vaddr", 0x1000);
    assertThat(faults(file))
        .extracting(LayoutCheck.Fault::toString)
        .contains("AT_PHDR would be wrong on kernels before 5.18")
        .doesNotContain("PT_PHDR does not describe the program header table");
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        SegmentType.INTERP,
        SegmentType.NOTE,
        SegmentType.DYNAMIC,
        SegmentType.GNU_EH_FRAME,
        SegmentType.GNU_PROPERTY
      })
  void aSegmentWithTheWrongAddressIsSeen(long type) {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    add(file, segment(file, type) + ".p_vaddr", 1);
    assertThat(faults(file))
        .singleElement()
        .extracting(LayoutCheck.Fault::subject)
        .isEqualTo("a segment of type 0x%x".formatted(type));
  }

  @Test
  void writableSegmentsThatShareBytesAreSeen() {
    CorruptFile file = CorruptFile.of("lld-pie");
    List<ProgramHeader> loads = elf(file).loads();
    int third = elf(file).programHeaders().indexOf(loads.get(2));
    assertThat(loads.get(2).isWritable() && loads.get(3).isWritable()).isTrue();
    file.set("phdr[" + third + "].p_filesz", loads.get(3).offset() + 8 - loads.get(2).offset());
    assertThat(faults(file))
        .singleElement()
        .hasToString(
            "a writable segment shares bytes of the file at 0x%x with another"
                .formatted(loads.get(3).offset()));
  }

  @Test
  void whatFollowsTheLastNoteIsSeen() {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    add(file, segment(file, SegmentType.NOTE) + ".p_filesz", 4);
    assertThat(faults(file)).extracting(LayoutCheck.Fault::subject).contains("a PT_NOTE");
  }

  @Test
  void aNoteThatEndsPastItsSegmentIsSeen() {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    add(file, segment(file, SegmentType.NOTE) + ".p_filesz", -4);
    assertThat(faults(file)).extracting(LayoutCheck.Fault::subject).containsExactly("a PT_NOTE");
  }

  @Test
  void aSectionWithTheWrongAddressIsSeen() {
    CorruptFile file = CorruptFile.patched("gcc-pie");
    for (Section section : elf(file).sections()) {
      boolean checked =
          section.isAllocated() && section.type() != Section.SHT_NOBITS && section.size() > 0;
      CorruptFile wrong = CorruptFile.of(file.bytes());
      add(wrong, "shdr[%d].sh_addr".formatted(section.index()), 1);
      assertThat(faults(wrong))
          .as(section.name())
          .extracting(LayoutCheck.Fault::subject)
          .isEqualTo(checked ? List.of("section " + section.index()) : List.of());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {DynamicTag.RELA, DynamicTag.SYMTAB, DynamicTag.STRTAB, DynamicTag.VERNEED})
  void aDynamicEntryThatLeadsNowhereIsSeen(long tag) {
    CorruptFile file = CorruptFile.patched("gcc-pie").setDynamic(tag, 1L << 40);
    assertThat(faults(file))
        .singleElement()
        .hasToString(
            "dynamic tag 0x%x points to 0x10000000000, which is not in the file".formatted(tag));
  }

  @Test
  void onlyWhatThePatchDidCounts() {
    CorruptFile original = CorruptFile.of("gcc-pie");
    add(original, "shdr[1].sh_addr", 1);
    CorruptFile patched = CorruptFile.of(Patching.patch(elf(original), Hook.INIT));
    assertThat(faults(original)).hasSize(1);
    assertThat(faults(patched)).hasSize(1);
    assertThatCode(() -> LayoutCheck.check(elf(original), patched.bytes()))
        .doesNotThrowAnyException();
    add(patched, "shdr[2].sh_addr", 1);
    assertThatThrownBy(() -> LayoutCheck.check(elf(original), patched.bytes()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the layout is not consistent: section 2 (")
        .hasMessageNotContaining("section 1 ");
  }

  @Test
  void aPatchThatCannotBeReadBackIsNotTheFaultOfTheOriginal() {
    ElfFile original = elf(CorruptFile.of("gcc-pie"));
    Bytes damaged = CorruptFile.patched("gcc-pie").set("e_phnum", 0).bytes();
    assertThatThrownBy(() -> LayoutCheck.check(original, damaged))
        .isInstanceOf(IllegalStateException.class)
        .hasCauseInstanceOf(ElfFormatException.class);
  }
}
