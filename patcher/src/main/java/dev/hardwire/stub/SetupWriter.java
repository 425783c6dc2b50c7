package dev.hardwire.stub;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.elf.note.RawRecord;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A setup program that is being written: its steps, and the data that they point to.
 *
 * <p>A step that may skip others is added first and gets its target later, by {@link #land}.
 */
final class SetupWriter {
  private static final int STDERR = 2;
  private static final int FUTEX_CMP_REQUEUE_PRIVATE = 4 | 128;
  private static final int MOST_SKIPPED = Step.STOP - 1;

  /** Where a skip starts, and whether it is taken if the step succeeds or if it fails. */
  record Skip(int step, boolean onSuccess) {}

  private final Target machine;
  private final String consequence;
  private final ByteWriter data;
  private final List<Step> steps = new ArrayList<>();

  /**
   * An empty program.
   *
   * @param consequence of a step that fails, for messages: a clause
   */
  SetupWriter(Target machine, String consequence) {
    this.machine = machine;
    this.consequence = consequence;
    this.data = new ByteWriter(machine.order());
  }

  Target machine() {
    return machine;
  }

  /** The number of a call that every architecture has. */
  static int number(Target machine, String call) {
    return SyscallTable.of(machine).number(call).orElseThrow();
  }

  int number(String call) {
    return number(machine, call);
  }

  String consequence() {
    return consequence;
  }

  SetupProgram program(boolean seals) {
    return new SetupProgram(steps, data.toBytes(), seals);
  }

  static Argument value(long value) {
    return new Argument.Value(value);
  }

  Argument.DataPointer data(Bytes bytes) {
    Argument.DataPointer pointer = new Argument.DataPointer(data.size());
    data.bytes(bytes);
    return pointer;
  }

  /** Adds data, aligned for a structure with 64-bit members. */
  Argument.DataPointer structure(Bytes bytes) {
    data.align(Long.BYTES);
    return data(bytes);
  }

  /** Adds a text that ends with a zero byte. */
  Argument.DataPointer string(byte[] text) {
    Argument.DataPointer pointer = new Argument.DataPointer(data.size());
    data.bytes(text).u8(0);
    return pointer;
  }

  /** A call that is named in the message if it fails; it stops the program then. */
  void call(int number, String name, Step.Failure failure, Argument... given) {
    add(
        number,
        failure,
        message("hardwire: %s failed, %s; the call returned ".formatted(name, consequence)),
        given);
  }

  /** A call that stops the program if it fails, unless a skip is set. */
  int add(
      int number,
      OptionalInt resultWord,
      Step.Failure failure,
      Message message,
      Argument... given) {
    steps.add(
        new Step.SystemCall(
            number, six(given), resultWord, failure, 0, 0, message.offset, message.length));
    return steps.size() - 1;
  }

  /** The same for a call whose result is not kept. */
  int add(int number, Step.Failure failure, Message message, Argument... given) {
    return add(number, OptionalInt.empty(), failure, message, given);
  }

  /**
   * Where the result of a call goes: a word of the scratch area, counted in words of the target.
   */
  OptionalInt word(int offset) {
    return OptionalInt.of(offset / machine.elfClass().wordSize());
  }

  /** A message in the data. */
  record Message(long offset, int length) {}

  Message message(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Message message = new Message(data.size(), bytes.length);
    data.bytes(bytes);
    return message;
  }

  /** The message of a step that never uses one. */
  Message noMessage() {
    return new Message(data.size(), 0);
  }

  /** Prints a line on standard error, if that works. */
  int print(Message line) {
    return add(
        number("write"),
        Step.Failure.NEVER,
        noMessage(),
        value(STDERR),
        new Argument.DataPointer(line.offset),
        value(line.length));
  }

  void stop(Message line) {
    set(new Skip(print(line), true), Step.STOP);
  }

  /**
   * A call that the kernel refuses. A filter outside that answers it with success is found out: a
   * line is printed, and the program stops.
   *
   * @param what the filter fakes
   */
  void probe(int number, String what, Argument... given) {
    String line =
        "hardwire: a filter outside this program fakes %s, %s\n".formatted(what, consequence);
    set(new Skip(add(number, Step.Failure.ERROR, noMessage(), given), false), 1);
    // the line follows its step in the data
    Message after = new Message(data.size(), line.getBytes(StandardCharsets.UTF_8).length);
    stop(after);
    message(line);
  }

  void store(Step.Word... words) {
    steps.add(new Step.Store(List.of(words)));
  }

  /**
   * Compares a number in the scratch area, by FUTEX_CMP_REQUEUE, which has no effect where nobody
   * waits; the skip is that of a number that differs.
   */
  Skip compare(int offset, long number) {
    int low =
        machine.order() == ByteOrder.BIG_ENDIAN && machine.elfClass() == ElfClass.CLASS64
            ? Integer.BYTES
            : 0;
    return compare(new Argument.ScratchPointer(offset + low), value(number));
  }

  /** The same for 32 bits anywhere. */
  Skip compare(Argument place, Argument number) {
    int step = add(number("futex"), Step.Failure.ERROR, noMessage(), comparing(place, number));
    return new Skip(step, false);
  }

  /** The arguments of futex that compare 32 bits with a number. */
  static Argument[] comparing(Argument place, Argument number) {
    return new Argument[] {
      place, value(FUTEX_CMP_REQUEUE_PRIVATE), value(0), value(0), place, number
    };
  }

  /** Continues elsewhere; the target is set later. */
  Skip jump() {
    steps.add(new Step.Store(List.of(), 1));
    return new Skip(steps.size() - 1, true);
  }

  void set(Skip skip, int number) {
    steps.set(skip.step, steps.get(skip.step).skipping(number, skip.onSuccess));
  }

  /** Lets all of these skips end at the next step that will be added. */
  void land(List<Skip> skips) {
    for (Skip skip : skips) {
      set(skip, steps.size() - 1 - skip.step);
    }
    skips.clear();
  }

  /**
   * Continues skips that would be too long for a record, if the next {@code size} steps are skipped
   * too: they end at a step that skips again, which the steps before it step over.
   */
  void extend(List<Skip> skips, int size) {
    boolean tooLong = false;
    for (Skip skip : skips) {
      tooLong |= steps.size() + size + 2 - skip.step > MOST_SKIPPED;
    }
    if (tooLong) {
      jump();
      land(skips);
      skips.add(jump());
    }
  }

  private static List<Argument> six(Argument... given) {
    List<Argument> arguments = new ArrayList<>(List.of(given));
    while (arguments.size() < RawRecord.ARGUMENTS) {
      arguments.add(value(0));
    }
    return arguments;
  }
}
