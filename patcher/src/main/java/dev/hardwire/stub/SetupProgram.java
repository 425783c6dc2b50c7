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
 *
 * @param seals whether the memory of a program's code is to be sealed: {@link SealSteps} adds these
 *     steps, which depend on the program
 */
public record SetupProgram(List<Step> steps, Bytes data, boolean seals) {
  private static final int NO_RESULT = 0xff;

  /** mseal(2) on every architecture: only it takes addresses outside the blob, as its first. */
  static final int MSEAL = 462;

  /**
   * The scratch offset to which unused pairs are stored, after the part that {@link Argument}
   * allows programs to use.
   */
  private static final long SINK = Argument.SCRATCH_SIZE;

  public SetupProgram(List<Step> steps, Bytes data) {
    this(steps, data, false);
  }

  public SetupProgram {
    steps = List.copyOf(steps);
    for (int i = 0; i < steps.size(); i++) {
      check(steps.get(i), steps.size() - 1 - i, data);
    }
  }

  private static void check(Step step, int following, Bytes data) {
    arguments(step).forEach(argument -> check(argument, data));
    if (!isInPlace(step)) {
      throw new IllegalArgumentException("only mseal takes an address outside the blob");
    }
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

  /** Whether a pointer out of the blob is the first argument of the call that takes one. */
  private static boolean isInPlace(Step step) {
    List<Argument> arguments = arguments(step);
    for (int i = 0; i < arguments.size(); i++) {
      boolean allowed = i == 0 && step instanceof Step.SystemCall call && call.number() == MSEAL;
      if (arguments.get(i) instanceof Argument.ImagePointer && !allowed) {
        return false;
      }
    }
    return true;
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
      encode(step, elfClass, dataOffset).write(writer, elfClass);
    }
    return writer.toBytes();
  }

  /** Bytes of the records. */
  public long recordsSize(ElfClass elfClass) {
    return (long) steps.size() * RawRecord.size(elfClass);
  }

  private static long encode(Argument argument, ElfClass elfClass, long dataOffset) {
    if (argument instanceof Argument.DataPointer) {
      return argument.bits() + dataOffset;
    }
    return argument instanceof Argument.ImagePointer && elfClass == ElfClass.CLASS32
        ? argument.bits() & 0xffff_ffffL
        : argument.bits();
  }

  private static RawRecord encode(Step step, ElfClass elfClass, long dataOffset) {
    List<Argument> arguments = arguments(step);
    long kinds = 0;
    List<Long> bits = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      Argument argument = arguments.get(i);
      kinds |= (long) argument.kind() << (4 * i);
      bits.add(encode(argument, elfClass, dataOffset));
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
        Step step =
            decode(RawRecord.decode(elfClass, bytes, fileOffset + at), elfClass, dataOffset);
        ByteWriter again = new ByteWriter(records.order());
        encode(step, elfClass, dataOffset).write(again, elfClass);
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
    return new ElfFormatException(
            Refusal.DAMAGED_PATCH, fileOffset, "setup record", cause.getMessage())
        .causedBy(cause);
  }

  private static Step decode(RawRecord record, ElfClass elfClass, long dataOffset) {
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < RawRecord.ARGUMENTS; i++) {
      int kind = (int) (record.kinds() >>> (4 * i)) & 15;
      long bits = record.arguments().get(i);
      boolean outside = kind == 1 && record.number() == MSEAL && i == 0;
      if (outside) {
        arguments.add(new Argument.ImagePointer(elfClass == ElfClass.CLASS32 ? (int) bits : bits));
      } else {
        arguments.add(argument(kind, bits, dataOffset));
      }
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
