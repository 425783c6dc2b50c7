package dev.hardwire.stub;

import static dev.hardwire.arch.ElfClass.CLASS32;
import static dev.hardwire.arch.ElfClass.CLASS64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.RawRecord;
import dev.hardwire.stub.Argument.DataPointer;
import dev.hardwire.stub.Argument.ScratchPointer;
import dev.hardwire.stub.Argument.ScratchWord;
import dev.hardwire.stub.Argument.Value;
import dev.hardwire.stub.Step.Failure;
import dev.hardwire.stub.Step.Word;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs come back from their records, and nothing else does. */
class SetupProgramTest {
  private static final int DATA_OFFSET = 0x1230;
  private static final int FILE_OFFSET = 0x5000;
  private static final int ROUNDS = 1000;

  static List<ByteOrder> orders() {
    return List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);
  }

  /** Every class and byte order. */
  static List<Arguments> targets() {
    return Stream.of(CLASS32, CLASS64)
        .flatMap(elfClass -> orders().stream().map(order -> arguments(elfClass, order)))
        .toList();
  }

  private static Bytes encode(SetupProgram program) {
    return program.encodeRecords(CLASS64, ByteOrder.LITTLE_ENDIAN, DATA_OFFSET);
  }

  private static SetupProgram decode(Bytes records, SetupProgram like) {
    return decode(CLASS64, records, like);
  }

  private static SetupProgram decode(ElfClass elfClass, Bytes records, SetupProgram like) {
    return SetupProgram.decode(elfClass, records, like.data(), DATA_OFFSET, FILE_OFFSET);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void everyProgramComesBack(ElfClass elfClass, ByteOrder order) {
    Random random = new Random(1);
    Set<Class<?>> kinds = new HashSet<>();
    for (int i = 0; i < ROUNDS; i++) {
      SetupProgram program = RandomPrograms.next(random, elfClass);
      program.steps().forEach(step -> kinds.add(step.getClass()));
      Bytes records = program.encodeRecords(elfClass, order, DATA_OFFSET);
      assertThat(records.size())
          .isEqualTo(program.steps().size() * (long) RawRecord.size(elfClass));
      assertThat(decode(elfClass, records, program)).as("program %d", i).isEqualTo(program);
    }
    assertThat(kinds).containsExactlyInAnyOrder(Step.SystemCall.class, Step.Store.class);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void whatComesBackFromDamagedRecordsIsWhatTheyEncode(ElfClass elfClass, ByteOrder order) {
    Random random = new Random(2);
    int refused = 0;
    for (int i = 0; i < 10 * ROUNDS; i++) {
      SetupProgram program = RandomPrograms.next(random, elfClass);
      byte[] records = program.encodeRecords(elfClass, order, DATA_OFFSET).toArray();
      for (int n = random.nextInt(3); n >= 0 && records.length > 0; n--) {
        records[random.nextInt(records.length)] ^= (byte) (1 << random.nextInt(8));
      }
      refused += checkDamaged(elfClass, Bytes.wrap(records).withOrder(order), program) ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(ROUNDS);
  }

  /** Whether the records are refused; if not, they must be canonical. */
  private static boolean checkDamaged(ElfClass elfClass, Bytes records, SetupProgram program) {
    try {
      SetupProgram again = decode(elfClass, records, program);
      assertThat(again.encodeRecords(elfClass, records.order(), DATA_OFFSET)).isEqualTo(records);
      return false;
    } catch (ElfFormatException e) {
      assertThat(e.refusal()).isEqualTo(Refusal.DAMAGED_PATCH);
      assertThat(e.offset()).isBetween((long) FILE_OFFSET, FILE_OFFSET + records.size());
      assertThat(e.field()).isEqualTo("setup record");
      return true;
    }
  }

  /** One call with a result and a message, then a store of one word. */
  private static SetupProgram sample() {
    ProgramBuilder program = new ProgramBuilder();
    program.saying("message", 1, Failure.ERROR, new ScratchPointer(8), new ScratchWord(16));
    program.store(new Word(program.data("data"), 24));
    return program.build();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2, 63, scratch offset 504 is outside 0..496",
    "0, 3, 3, failure test 3 is not known",
    "0, 4, 2, skips past the end",
    "0, 5, 2, skips past the end",
    "0, 6, 200, a message lies outside the data",
    "0, 8, 4, argument kind 4 is not known",
    "0, 9, 0xf0, argument kind 15 is not known",
    "0, 11, 1, bits are set that no step sets",
    "0, 12, 0, offset of the message: -48 is outside 0",
    "0, 15, 0x80, a message lies outside the data",
    "0, 17, 2, scratch offset 520 is outside 0..503",
    "0, 31, 0x80, outside 0..496",
    "1, 2, 0, bits are set that no step sets",
    "1, 3, 1, bits are set that no step sets",
    "1, 4, 1, bits are set that no step sets",
    "1, 6, 1, bits are set that no step sets",
    "1, 8, 0x11, scratch offset -4632 is outside 0..496",
    "1, 9, 1, bits are set that no step sets",
    "1, 12, 1, bits are set that no step sets",
    "1, 16, 0, data offset -48 is outside the data",
    "1, 25, 2, scratch offset 536 is outside 0..496",
    "1, 32, 1, bits are set that no step sets",
    "1, 40, 0xf7, scratch offset 503 is outside 0..496",
  })
  void aByteThatNoProgramHasIsRefused(int step, int at, String value, String reason) {
    SetupProgram program = sample();
    byte[] records = encode(program).toArray();
    records[step * RawRecord.size(CLASS64) + at] = (byte) (int) Integer.decode(value);
    assertThatThrownBy(() -> decode(Bytes.wrap(records), program))
        .isInstanceOfSatisfying(
            ElfFormatException.class, e -> assertThat(e.refusal()).isEqualTo(Refusal.DAMAGED_PATCH))
        .hasMessageContaining(reason);
  }

  @Test
  void aStoreOfNothingIsRefused() {
    SetupProgram program = sample();
    byte[] records = encode(program).toArray();
    // the store's only pair stores to where unused pairs do
    records[RawRecord.size(CLASS64) + 24] = (byte) 504;
    records[RawRecord.size(CLASS64) + 25] = (byte) (504 >> 8);
    assertThatThrownBy(() -> decode(Bytes.wrap(records), program))
        .isInstanceOf(ElfFormatException.class)
        .hasMessageContaining("one to three words, not 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 65, 127})
  void partOfARecordIsRefused(int size) {
    SetupProgram program = sample();
    Bytes records = encode(program).slice(0, size);
    assertThatThrownBy(() -> decode(records, program))
        .isInstanceOfSatisfying(
            ElfFormatException.class,
            e -> {
              assertThat(e.refusal()).isEqualTo(Refusal.DAMAGED_PATCH);
              assertThat(e.offset()).isEqualTo(FILE_OFFSET + size / 64 * 64);
            });
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0x1_0000_0000L, Long.MIN_VALUE})
  void anArgumentOfMoreThan32BitsFitsNo32BitTarget(long bits) {
    SetupProgram program = new ProgramBuilder().call(1, Failure.NEVER, new Value(bits)).build();
    assertThatThrownBy(() -> program.encodeRecords(CLASS32, ByteOrder.LITTLE_ENDIAN, DATA_OFFSET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not fit 32 bits");
  }

  @Test
  void dataThatIsTooShortIsRefused() {
    SetupProgram program = sample();
    Bytes records = encode(program);
    for (long size = 0; size < program.data().size(); size++) {
      Bytes data = program.data().slice(0, size);
      Throwable failure =
          catchThrowable(
              () -> SetupProgram.decode(CLASS64, records, data, DATA_OFFSET, FILE_OFFSET));
      boolean needed = size <= 7; // the message's seven bytes, and the first byte pointed to
      assertThat(failure instanceof ElfFormatException).as("%d bytes", size).isEqualTo(needed);
    }
  }

  private static Step.SystemCall call(int number, int word, int skip, long message, int length) {
    return new Step.SystemCall(
        number,
        Collections.nCopies(6, new Value(0)),
        OptionalInt.of(word),
        Failure.ERROR,
        skip,
        0,
        message,
        length);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 0, 0, 0",
    "0xffff, 0, 0, 0, 0",
    "1, -1, 0, 0, 0",
    "1, 63, 0, 0, 0",
    "1, 0, -1, 0, 0",
    "1, 0, 256, 0, 0",
    "1, 0, 0, -1, 0",
    "1, 0, 0, 0, -1",
    "1, 0, 0, 0, 65536",
  })
  void aCallThatNoRecordCanHoldIsRefused(
      String number, int word, int skip, long message, int length) {
    assertThatThrownBy(() -> call(Integer.decode(number), word, skip, message, length))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void argumentsAndWordsStayInScratch() {
    assertThat(new ScratchPointer(503).bits()).isEqualTo(503);
    assertThat(new ScratchWord(496).bits()).isEqualTo(496);
    assertThat(new Word(new Value(0), 496).scratchOffset()).isEqualTo(496);
    for (long bits : new long[] {-1, 504, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> new ScratchPointer(bits)).hasMessageContaining("outside 0..503");
    }
    for (long bits : new long[] {-1, 497, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> new ScratchWord(bits)).hasMessageContaining("outside 0..496");
      assertThatThrownBy(() -> new Word(new Value(0), bits)).hasMessageContaining("outside");
    }
  }

  @Test
  void pointersStayInTheData() {
    Bytes data = Bytes.wrap(new byte[8]);
    for (long bits : new long[] {-1, 8, Long.MIN_VALUE, Long.MAX_VALUE}) {
      Step store = new Step.Store(List.of(new Word(new DataPointer(bits), 0)));
      assertThatThrownBy(() -> new SetupProgram(List.of(store), data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("outside the data");
    }
  }
}
