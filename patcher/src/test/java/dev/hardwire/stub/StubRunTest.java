package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.stub.Argument.ScratchPointer;
import dev.hardwire.stub.Argument.ScratchWord;
import dev.hardwire.stub.Argument.Value;
import dev.hardwire.stub.Step.Failure;
import dev.hardwire.stub.Step.Word;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The x86-64 stub runs lists of system calls, alone, in {@code stub-harness} of the fixtures. */
@Tag("system")
class StubRunTest {
  private static final int WRITE = 1;
  private static final int OPEN = 2;
  private static final int CLOSE = 3;
  private static final int LSEEK = 8;
  private static final int MMAP = 9;
  private static final int WRITEV = 20;
  private static final int GETPID = 39;
  private static final int KILL = 62;
  private static final int EXIT_GROUP = 231;
  private static final int SETUP_FAILED = 126;

  private static final Value STDOUT = new Value(1);
  private static final Value NO_FILE = new Value(-1);
  private static final String UNHARMED = "target\nregisters ok\n";

  @TempDir private Path directory;

  private final ProgramBuilder program = new ProgramBuilder();

  private Outcome run(String mode) {
    return run(mode, blob(), List.of());
  }

  private byte[] blob() {
    Blob blob = new Blob(Target.X86_64, program.build());
    return blob.encode(0, blob.size()).toArray();
  }

  private Outcome run(String mode, byte[] blob, List<Object> prefix) {
    try {
      List<Object> command = new ArrayList<>(prefix);
      command.add(Fixtures.tool("stub-harness"));
      command.add(mode);
      command.add(Files.write(directory.resolve("blob"), blob));
      return Programs.run(command.toArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void print(String text) {
    program.call(WRITE, Failure.ERROR, STDOUT, program.data(text), new Value(text.length()));
  }

  private static Outcome printed(String out) {
    return new Outcome(0, out, "");
  }

  private static Outcome failed(String message) {
    return new Outcome(SETUP_FAILED, "", message);
  }

  private static Argument[] values(long... values) {
    return Arrays.stream(values).mapToObj(Value::new).toArray(Argument[]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pre", "entry", "post"})
  void anEmptyListLeavesEveryRegisterAlone(String mode) {
    assertThat(run(mode)).isEqualTo(printed(UNHARMED));
  }

  @ParameterizedTest
  @CsvSource({"pre, true", "entry, true", "post, false"})
  void callsRunBeforeOrAfterTheTarget(String mode, boolean before) {
    print("first\n");
    print("second\n");
    String list = "first\nsecond\n";
    String out = before ? list + "target\n" : "target\n" + list;
    assertThat(run(mode)).isEqualTo(printed(out + "registers ok\n"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 62})
  void aResultBecomesAnArgument(int word) {
    ScratchWord result = new ScratchWord((long) word * Long.BYTES);
    program.callInto(word, GETPID, Failure.NEVER).call(KILL, Failure.ERROR, result, new Value(0));
    assertThat(run("pre")).isEqualTo(printed(UNHARMED));
    program.call(KILL, Failure.ERROR, result, new Value(15));
    assertThat(run("pre")).isEqualTo(new Outcome(128 + 15, "", ""));
  }

  @Test
  void scratchStartsAsZeros() {
    program.call(
        WRITE, Failure.ERROR, STDOUT, new ScratchPointer(0), new Value(Argument.SCRATCH_SIZE));
    assertThat(run("pre")).isEqualTo(printed("\0".repeat(Argument.SCRATCH_SIZE) + UNHARMED));
  }

  @Test
  void storesBuildStructures() {
    long text = Bytes.wrap("scratch\n".getBytes(StandardCharsets.US_ASCII)).u64(0);
    program
        .store(
            new Word(program.data("from the data\n"), 0),
            new Word(new Value(14), 8),
            new Word(new Value(text), 496))
        .store(new Word(new Value(8), 32))
        .store(new Word(new ScratchPointer(496), 16), new Word(new ScratchWord(32), 24))
        .call(WRITEV, Failure.ERROR, STDOUT, new ScratchPointer(0), new Value(2));
    assertThat(run("pre")).isEqualTo(printed("from the data\nscratch\n" + UNHARMED));
  }

  @Test
  void aStoreReadsAllItsWordsFirst() {
    program
        .store(new Word(new Value('a'), 0), new Word(new ScratchWord(0), 8))
        .call(WRITE, Failure.ERROR, STDOUT, new ScratchPointer(0), new Value(16));
    assertThat(run("pre")).isEqualTo(printed("a" + "\0".repeat(15) + UNHARMED));
  }

  @Test
  void allSixArgumentsArrive() {
    long address = 0x6000_0000_0000L;
    int fixedAnonymous = 0x32;
    program
        .call(MMAP, Failure.ERROR, values(address, 0x1000, 3, fixedAnonymous, -1, 0))
        .call(WRITE, Failure.ERROR, values(1, address, 1))
        .saying("no file: ", MMAP, Failure.ERROR, values(0, 0x1000, 1, 2, -1, 0));
    assertThat(run("pre")).isEqualTo(new Outcome(SETUP_FAILED, "\0", "no file: -9\n"));
  }

  @Test
  void theSixthArgumentArrives() {
    program.saying("offset: ", MMAP, Failure.ERROR, values(0, 0x1000, 3, 0x22, -1, 1));
    assertThat(run("pre")).isEqualTo(failed("offset: -22\n"));
  }

  @Test
  void failureCanSkip() {
    program.skipping(2, 0, CLOSE, Failure.ERROR, NO_FILE);
    print("skipped\n");
    print("skipped\n");
    print("not skipped\n");
    assertThat(run("pre")).isEqualTo(printed("not skipped\n" + UNHARMED));
  }

  @Test
  void successCanSkip() {
    program.skipping(0, 1, GETPID, Failure.ERROR);
    print("skipped\n");
    print("not skipped\n");
    assertThat(run("pre")).isEqualTo(printed("not skipped\n" + UNHARMED));
  }

  @Test
  void skippingToTheEndEndsTheList() {
    program.skipping(255, 255, GETPID, Failure.NON_ZERO);
    for (int i = 0; i < 255; i++) {
      print("skipped\n");
    }
    assertThat(run("pre")).isEqualTo(printed(UNHARMED));
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void aCallThatReturnsAnErrorFailsUnlessItNeverFails(Failure failure) {
    program.saying("close: ", CLOSE, failure, NO_FILE);
    assertThat(run("pre"))
        .isEqualTo(failure == Failure.NEVER ? printed(UNHARMED) : failed("close: -9\n"));
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void aCallThatReturnsZeroSucceeds(Failure failure) {
    program.saying("kill: ", KILL, failure, values(0, 0));
    assertThat(run("pre")).isEqualTo(printed(UNHARMED));
  }

  /** Files of memory can be set to any offset, and lseek returns it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 9, 10, 4095, 0x7fff_ffff_ffff_f000L, Long.MIN_VALUE, -4096, -4095, -1})
  void resultsFrom4095DownTo1BelowZeroAreErrors(long result) {
    program
        .callInto(0, OPEN, Failure.ERROR, program.data("/proc/self/mem\0"))
        .saying("", LSEEK, Failure.ERROR, new ScratchWord(0), new Value(result))
        .saying("result ", LSEEK, Failure.NON_ZERO, new ScratchWord(0), new Value(result));
    boolean error = result >= -4095 && result < 0;
    assertThat(run("pre")).isEqualTo(failed((error ? "" : "result ") + result + "\n"));
  }

  @Test
  void afterAFailureTheTargetDoesNotRunButPostHasRunIt() {
    program.saying("close: ", CLOSE, Failure.ERROR, NO_FILE);
    print("no\n");
    assertThat(run("entry")).isEqualTo(failed("close: -9\n"));
    assertThat(run("post")).isEqualTo(new Outcome(SETUP_FAILED, "target\n", "close: -9\n"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255})
  void skippingPastTheEndStops(int skip) {
    program.call(GETPID, Failure.ERROR);
    byte[] blob = blob();
    BlobHeader header = BlobHeader.decode(ElfClass.CLASS64, Bytes.copyOf(blob), 0);
    assertThat(header.recordCount()).isEqualTo(1);
    blob[(int) header.recordsOffset() + 5] = (byte) skip;
    assertThat(run("pre", blob, List.of())).isEqualTo(failed(""));
    assertThat(run("post", blob, List.of())).isEqualTo(new Outcome(SETUP_FAILED, "target\n", ""));
  }

  @Test
  void whereEvenExitIsDeniedAnUndefinedInstructionStops() {
    program.saying("close: ", CLOSE, Failure.ERROR, NO_FILE);
    List<Object> denied = List.of(Fixtures.tool("deny-call"), EXIT_GROUP, "EPERM", "--");
    assertThat(run("pre", blob(), denied)).isEqualTo(new Outcome(128 + 4, "", "close: -9\n"));
  }
}
