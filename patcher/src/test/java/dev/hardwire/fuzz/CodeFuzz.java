package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.ArgumentCode;
import dev.hardwire.derive.flow.FunctionFlow;
import dev.hardwire.derive.flow.ReturningCallees;
import dev.hardwire.derive.link.Flows;
import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.Returning;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.trace.Trace;
import dev.hardwire.derive.trace.TracedCalls;
import dev.hardwire.elf.Patching;
import dev.hardwire.testing.ElfBuilder;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for code is followed and traced, always in the same way, or not understood. */
class CodeFuzz {
  private static final long BASE = 0x40_0000;

  /** Where the first bytes of an input are, which code may read: pointers and numbers. */
  private static final int DATA = 0x100;

  private static final int DATA_SIZE = 0x100;
  private static final int CODE = 0x200;
  private static final int MOST_CODE = 0x1000;

  static Stream<Arguments> seeds() {
    Bytes file = Bytes.wrap(Patching.fixture("gcc-static"));
    Stream<byte[]> code =
        Stream.of(0x1000, 0x8000, 0x2_0000).map(at -> file.slice(at, 0x800).toArray());
    return Seeds.with("code", code);
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void instructions(byte[] content) {
    if (content.length <= DATA_SIZE) {
      return;
    }
    Module module = Module.of("code", program(content));
    int count = module.functions().count();
    Linked linked = new Linked(List.of(module), 1);
    Flows flows = new Flows(linked, new Returning(linked), new KnownFacts());
    Set<Integer> followed = new HashSet<>();
    Map<Integer, Integer> arguments = new HashMap<>();
    for (int f = 0; f + 1 < count; f++) { // all but the one whose calls are recorded
      followed.add(f);
      if (f % 5 > 0) {
        arguments.put(f, f % 5 - 1);
      }
    }
    for (int f = 0; f < Math.min(count, 16); f++) {
      Trace.Question question = new Trace.Question(f, count - 1, followed);
      Optional<TracedCalls> found = Trace.of(linked, flows, arguments, question);
      if (!found.equals(Trace.of(linked, flows, arguments, question))) {
        throw new IllegalStateException("another trace of the same code");
      }
      ArgumentCode.of(module, f, Map.of(Instruction.RDI, 5L), ReturningCallees.ONCE);
      FunctionFlow.of(module, List.of(f), true, ReturningCallees.ONCE, List.of());
    }
  }

  /** A program at fixed addresses, so that words of its data may be pointers. */
  private static Bytes program(byte[] content) {
    byte[] data = Arrays.copyOf(content, DATA_SIZE);
    byte[] code =
        Arrays.copyOfRange(content, DATA_SIZE, Math.min(content.length, DATA_SIZE + MOST_CODE));
    ElfBuilder elf = new ElfBuilder(ElfClass.CLASS64, ByteOrder.LITTLE_ENDIAN, 2, 62);
    elf.segment(1, 4, 0, BASE, CODE, CODE, 0x1000);
    elf.segment(1, 5, CODE, BASE + 0x1000 + CODE, code.length, code.length, 0x1000);
    elf.section(".rodata", 1, 2, BASE + DATA, DATA, Bytes.wrap(data));
    elf.section(".text", 1, 6, BASE + 0x1000 + CODE, CODE, Bytes.wrap(code));
    return elf.entry(BASE + 0x1000 + CODE).build();
  }
}
