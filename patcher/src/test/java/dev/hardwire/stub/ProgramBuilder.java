package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Makes setup programs for the x86-64 stub step by step. */
final class ProgramBuilder {
  private static final int ARGUMENTS = 6;

  private final ByteWriter data = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
  private final List<Step> steps = new ArrayList<>();

  /** Adds a text to the data. */
  Argument.DataPointer data(String text) {
    Argument.DataPointer pointer = new Argument.DataPointer(data.size());
    data.bytes(text.getBytes(StandardCharsets.US_ASCII));
    return pointer;
  }

  /** Adds a call; the arguments that are not given are zero. */
  ProgramBuilder call(int number, Step.Failure failure, Argument... arguments) {
    steps.add(call(number, OptionalInt.empty(), failure, 0, 0, "", arguments));
    return this;
  }

  /** Adds a call whose result goes to a scratch word. */
  ProgramBuilder callInto(int word, int number, Step.Failure failure, Argument... arguments) {
    steps.add(call(number, OptionalInt.of(word), failure, 0, 0, "", arguments));
    return this;
  }

  /** Adds a call with steps to skip. */
  ProgramBuilder skipping(
      int onFailure, int onSuccess, int number, Step.Failure failure, Argument... arguments) {
    steps.add(call(number, OptionalInt.empty(), failure, onFailure, onSuccess, "", arguments));
    return this;
  }

  /** Adds a call with a message. */
  ProgramBuilder saying(String text, int number, Step.Failure failure, Argument... arguments) {
    steps.add(call(number, OptionalInt.empty(), failure, 0, 0, text, arguments));
    return this;
  }

  private Step.SystemCall call(
      int number,
      OptionalInt resultWord,
      Step.Failure failure,
      int skipOnFailure,
      int skipOnSuccess,
      String message,
      Argument... given) {
    List<Argument> arguments = new ArrayList<>(List.of(given));
    while (arguments.size() < ARGUMENTS) {
      arguments.add(new Argument.Value(0));
    }
    return new Step.SystemCall(
        number,
        arguments,
        resultWord,
        failure,
        skipOnFailure,
        skipOnSuccess,
        data(message).bits(),
        message.length());
  }

  /** Adds a store. */
  ProgramBuilder store(Step.Word... words) {
    steps.add(new Step.Store(List.of(words)));
    return this;
  }

  SetupProgram build() {
    return new SetupProgram(steps, data.toBytes());
  }
}
