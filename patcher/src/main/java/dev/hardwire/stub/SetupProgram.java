package dev.hardwire.stub;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.RawRecord;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The system calls that a stub makes, in order, and the data that they point to.
 *
 * <p>Invariants: every pointer into the data and every message lies inside the data; no step skips
 * past the end, except to stop the program.
 */
public record SetupProgram(List<Step> steps, Bytes data) {
  private static final int NO_RESULT = 0xff;

  /**
   * The scratch offset to which unused pairs are stored, after the part that {@link Argument}
   * allows programs to use.
   */
  private static final long SINK = Argument.SCRATCH_SIZE;

  public SetupProgram {
    steps = List.copyOf(steps);
    for (int i = 0; i < steps.size(); i++) {
      check(steps.get(i), steps.size() - 1 - i, data);
    }
  }

  private static void check(Step step, int following, Bytes data) {
    arguments(step).forEach(argument -> check(argument, data));
    if (step instanceof Step.SystemCall call) {
      if (leaves(call.skipOnFailure(), following) || leaves(call.skipOnSuccess(), following)) {
        throw new IllegalArgumentException("a step skips past the end of the program");
      }
      if (!data.contains(call.messageOffset(), call.messageLength())) {
        throw new IllegalArgumentException("a message lies outside the data");
      }
    } else if (leaves(((Step.Store) step).skip(), following)) {
      throw new IllegalArgumentException("a step skips past the end of the program");
    }
  }

  /**
   * A skip past the end makes the stub stop the program; {@link Step#STOP} is the one that means
   * it.
   */
  private static boolean leaves(int skip, int following) {
    return skip > following && skip != Step.STOP;
  }

  private static void check(Argument argument, Bytes data) {
    if (argument instanceof Argument.DataPointer pointer && !data.contains(pointer.bits(), 1)) {
      throw new IllegalArgumentException("data offset " + pointer.bits() + " is outside the data");
    }
  }

  /**
   * The records.
   *
   * @param dataOffset offset of the data in bytes from the start of the blob
   */
  public Bytes encodeRecords(ElfClass elfClass, ByteOrder order, long dataOffset) {
    ByteWriter writer = new ByteWriter(order);
    for (Step step : steps) {
      encode(step, dataOffset).write(writer, elfClass);
    }
    return writer.toBytes();
  }

  /** Bytes of the records. */
  public long recordsSize(ElfClass elfClass) {
    return (long) steps.size() * RawRecord.size(elfClass);
  }

  private static RawRecord encode(Step step, long dataOffset) {
    List<Argument> arguments = arguments(step);
    long kinds = 0;
    List<Long> bits = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      Argument argument = arguments.get(i);
      kinds |= (long) argument.kind() << (4 * i);
      bits.add(
          argument instanceof Argument.DataPointer
              ? argument.bits() + dataOffset
              : argument.bits());
    }
    if (step instanceof Step.SystemCall call) {
      return new RawRecord(
          call.number(),
          call.resultWord().orElse(NO_RESULT),
          call.failure().code(),
          call.skipOnFailure(),
          call.skipOnSuccess(),
          call.messageLength(),
          kinds,
          dataOffset + call.messageOffset(),
          bits);
    }
    int skip = ((Step.Store) step).skip();
    return new RawRecord(RawRecord.STORE, NO_RESULT, 0, 0, skip, 0, kinds, 0, bits);
  }

  private static List<Argument> arguments(Step step) {
    if (step instanceof Step.SystemCall call) {
      return call.arguments();
    }
    List<Step.Word> words = ((Step.Store) step).words();
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < RawRecord.ARGUMENTS / 2; i++) {
      boolean used = i < words.size();
      arguments.add(used ? words.get(i).value() : new Argument.Value(0));
      arguments.add(new Argument.Value(used ? words.get(i).scratchOffset() : SINK));
    }
    return arguments;
  }

  /**
   * Reads a program back.
   *
   * @param elfClass that of the target
   * @param records the records' bytes
   * @param data the data's bytes
   * @param dataOffset offset of the data in bytes from the start of the blob
   * @param fileOffset file offset of the records, for errors
   * @throws ElfFormatException if a record is not one that this class writes
   */
  public static SetupProgram decode(
      ElfClass elfClass, Bytes records, Bytes data, long dataOffset, long fileOffset) {
    int size = RawRecord.size(elfClass);
    List<Step> steps = new ArrayList<>();
    for (long at = 0; at < records.size(); at += size) {
      try {
        if (records.size() - at < size) {
          throw new IllegalArgumentException("the records end inside a record");
        }
        Bytes bytes = records.slice(at, size);
        Step step = decode(RawRecord.decode(elfClass, bytes, fileOffset + at), dataOffset);
        ByteWriter again = new ByteWriter(records.order());
        encode(step, dataOffset).write(again, elfClass);
        if (!again.toBytes().equals(bytes)) {
          throw new IllegalArgumentException("bits are set that no step sets");
        }
        steps.add(step);
      } catch (IllegalArgumentException e) {
        throw damaged(fileOffset + at, e);
      }
    }
    try {
      return new SetupProgram(steps, data);
    } catch (IllegalArgumentException e) {
      throw damaged(fileOffset, e);
    }
  }

  private static ElfFormatException damaged(long fileOffset, IllegalArgumentException cause) {
    ElfFormatException damaged =
        new ElfFormatException(
            Refusal.DAMAGED_PATCH, fileOffset, "setup record", cause.getMessage());
    damaged.initCause(cause);
    return damaged;
  }

  private static Step decode(RawRecord record, long dataOffset) {
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < RawRecord.ARGUMENTS; i++) {
      arguments.add(
          argument((int) (record.kinds() >>> (4 * i)) & 15, record.arguments().get(i), dataOffset));
    }
    if (record.number() == RawRecord.STORE) {
      List<Step.Word> words = new ArrayList<>();
      for (int i = 0; i < arguments.size() && arguments.get(i + 1).bits() != SINK; i += 2) {
        words.add(new Step.Word(arguments.get(i), arguments.get(i + 1).bits()));
      }
      return new Step.Store(words, record.skipOnSuccess());
    }
    return new Step.SystemCall(
        record.number(),
        arguments,
        record.resultWord() == NO_RESULT
            ? OptionalInt.empty()
            : OptionalInt.of(record.resultWord()),
        Step.Failure.of(record.failure()),
        record.skipOnFailure(),
        record.skipOnSuccess(),
        record.messageOffset() - dataOffset,
        record.messageLength());
  }

  private static Argument argument(int kind, long bits, long dataOffset) {
    return switch (kind) {
      case 0 -> new Argument.Value(bits);
      case 1 -> new Argument.DataPointer(bits - dataOffset);
      case 2 -> new Argument.ScratchPointer(bits);
      case 3 -> new Argument.ScratchWord(bits);
      default -> throw new IllegalArgumentException("argument kind " + kind + " is not known");
    };
  }
}
