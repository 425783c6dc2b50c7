package dev.hardwire.elf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.SampleElf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever stands in a field of a good file's headers, its patch is consistent or it is refused
 * with a place and a field that agree.
 */
@Tag("system")
class SingleFieldCorruptionTest {
  private static final int SAMPLE = 150;

  /** Of the values of fields, each run tries one of so many. */
  private static final int SOME = 4;

  private static byte[] bytes(String name) {
    SampleElf sample = new SampleElf();
    return switch (name) {
      case "layout a" -> sample.build().toArray();
      case "layout b" -> sample.withoutProperty().build().toArray();
      case "layout c" -> sample.withoutProperty().withoutBuildId().build().toArray();
      case "layout relr" -> sample.relocations(SampleElf.Relocations.RELR).build().toArray();
      default -> Patching.fixture(name);
    };
  }

  private static List<ElfField> fields(Bytes file) {
    List<ElfField> fields = new ArrayList<>(ElfField.header());
    fields.addAll(ElfField.programHeaders(file));
    fields.addAll(ElfField.sections(file));
    fields.addAll(ElfField.dynamic(file));
    InitArray.of(ElfFile.parse(file))
        .element(0)
        .relocation()
        .filter(relocation -> relocation.kind() == Relocation.Kind.RELA)
        .ifPresent(relocation -> fields.addAll(ElfField.rela(relocation.fileOffset())));
    fields.addAll(ElfField.symbolsAndNotes(file));
    return fields;
  }

  private static Set<Long> values(ElfField field, byte[] file) {
    long value = field.value(file);
    long max = field.width() == Long.BYTES ? -1 : (1L << (8 * field.width())) - 1;
    Set<Long> values = new TreeSet<>();
    for (long candidate :
        new long[] {
          0,
          1,
          max,
          max - 1,
          value - 1,
          value + 1,
          max >>> 1,
          (max >>> 1) + 1,
          file.length,
          value + 0x1000
        }) {
      values.add(candidate & max);
    }
    values.remove(value);
    return values;
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"noseparate-nonpie", "layout relr"})
  void valuesOfEveryField(String fixture) {
    everyField(fixture, SOME);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"noseparate-nonpie", "layout relr", "start-raw", "layout b", "layout c"})
  @Tag("long")
  void everyValueOfEveryField(String fixture) {
    everyField(fixture, 1);
  }

  /** Tries one of {@code step} values of a field; those of the next field are others. */
  private static void everyField(String fixture, int step) {
    byte[] file = bytes(fixture);
    int refused = 0;
    int tried = 0;
    int number = 0;
    for (ElfField field : fields(Bytes.copyOf(file))) {
      long good = field.value(file);
      for (long value : values(field, file)) {
        if (number++ % step != 0) {
          continue;
        }
        field.set(file, value);
        String what = "%s: %s = 0x%x, was 0x%x".formatted(fixture, field, value, good);
        refused += refusals(file, what, field);
        tried++;
      }
      field.set(file, good);
    }
    assertThat(refused).isBetween(tried / 5, 2 * tried);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(
      strings = {"lld-pie", "start-raw", "no-sections-pie", "layout a", "layout b", "layout c"})
  void severalFieldsAtOnce(String fixture) {
    severalFields(fixture, SAMPLE);
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(
      strings = {"lld-pie", "start-raw", "no-sections-pie", "layout a", "layout b", "layout c"})
  @Tag("long")
  void severalFieldsAtOnceManyTimes(String fixture) {
    severalFields(fixture, 50 * SAMPLE);
  }

  private static void severalFields(String fixture, int rounds) {
    byte[] good = bytes(fixture);
    List<ElfField> fields = fields(Bytes.copyOf(good));
    Random random = new Random(fixture.hashCode());
    for (int i = 0; i < rounds; i++) {
      byte[] file = good.clone();
      StringBuilder what = new StringBuilder(fixture);
      for (int n = 0; n <= 1 + random.nextInt(4); n++) {
        ElfField field = fields.get(random.nextInt(fields.size()));
        List<Long> values = List.copyOf(values(field, file));
        long value = values.get(random.nextInt(values.size()));
        field.set(file, value);
        what.append(", %s = 0x%x".formatted(field, value));
      }
      refusals(file, what.toString(), null);
    }
  }

  /** With how many of the hooks the file is refused; what is not refused has a sound patch. */
  private static int refusals(byte[] file, String what, ElfField field) {
    Bytes bytes = Bytes.wrap(file);
    int refused = 0;
    ElfFile elf;
    try {
      elf = ElfFile.parse(bytes);
    } catch (ElfFormatException e) {
      check(e, bytes, what, field);
      return Hook.values().length;
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
    boolean section = field != null && field.name().startsWith("shdr");
    for (Hook hook : section ? List.of(Hook.POST_INIT) : List.of(Hook.values())) {
      try {
        Patching.patch(elf, hook);
      } catch (ElfFormatException e) {
        check(e, bytes, what, field);
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError(what + ", hook " + hook, e);
      }
    }
    return refused;
  }

  private static void check(ElfFormatException e, Bytes file, String what, ElfField field) {
    String all = what + ": " + e.getMessage();
    assertThat(e.offset()).as(all).isBetween(0L, file.size());
    assertThat(e.reason()).as(all).isNotBlank();
    String named = e.field();
    if (named.equals("e_ident") || file.u8(4) == ElfClass.CLASS32.code()) {
      return; // the names of places below are those of 64-bit files
    }
    if (named.startsWith("e_") || named.startsWith("EI_")) {
      assertThat(places(ElfField.header())).as(all).containsEntry(e.offset(), named);
    } else if (named.startsWith("p_")) {
      Map<Long, String> places = places(ElfField.programHeaders(file));
      assertThat(places).as(all).containsEntry(e.offset(), named);
    } else if (named.startsWith("sh_")) {
      assertThat(places(ElfField.sections(file))).as(all).containsEntry(e.offset(), named);
    } else {
      assertThat(named)
          .as(all)
          .matches("(DT|PT|SHT)_[A-Z_]+|DT_FLAGS_1|d_tag -?[0-9]+|([rn]|st|vna?)_[a-z]+");
    }
    if (field != null && field.name().startsWith(named)) {
      assertThat(e.offset()).as(all).isEqualTo(field.offset());
    }
  }

  private static Map<Long, String> places(List<ElfField> fields) {
    return fields.stream()
        .collect(Collectors.toMap(ElfField::offset, f -> f.name().replaceFirst(".*\\.", "")));
  }
}
