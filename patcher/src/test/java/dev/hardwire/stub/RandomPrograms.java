package dev.hardwire.stub;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** Valid setup programs of every kind of step and argument. */
final class RandomPrograms {
  private static final long[] EXTREMES = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0xffff_ffffL};

  private static final List<Step.Failure> FAILURES = List.of(Step.Failure.values());

  private final Random random;
  private final long mask;
  private final byte[] data;

  private RandomPrograms(Random random, ElfClass elfClass) {
    this.random = random;
    this.mask = elfClass == ElfClass.CLASS32 ? 0xffff_ffffL : -1;
    this.data = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(100)];
    random.nextBytes(data);
  }

  static SetupProgram next(Random random, ElfClass elfClass) {
    return new RandomPrograms(random, elfClass).program();
  }

  private SetupProgram program() {
    int count = random.nextInt(12);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      steps.add(random.nextInt(3) == 0 ? store() : call(count - 1 - i));
    }
    return new SetupProgram(steps, Bytes.wrap(data));
  }

  private Step store() {
    List<Step.Word> words = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      words.add(new Step.Word(argument(), scratch(Long.BYTES)));
    }
    return new Step.Store(words);
  }

  private Step call(int following) {
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      arguments.add(argument());
    }
    int messageLength = random.nextInt(data.length + 1);
    return new Step.SystemCall(
        random.nextInt(0xffff),
        arguments,
        random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(63)),
        FAILURES.get(random.nextInt(FAILURES.size())),
        random.nextInt(following + 1),
        random.nextInt(following + 1),
        random.nextInt(data.length - messageLength + 1),
        messageLength);
  }

  private long scratch(int size) {
    return random.nextInt(Argument.SCRATCH_SIZE - size + 1);
  }

  private Argument argument() {
    int kind = random.nextInt(4);
    if (kind == 1 && data.length > 0) {
      return new Argument.DataPointer(random.nextInt(data.length));
    }
    return switch (kind) {
      case 2 -> new Argument.ScratchPointer(scratch(1));
      case 3 -> new Argument.ScratchWord(scratch(Long.BYTES));
      default ->
          new Argument.Value(
              mask
                  & (random.nextBoolean()
                      ? EXTREMES[random.nextInt(EXTREMES.length)]
                      : random.nextLong()));
    };
  }
}
