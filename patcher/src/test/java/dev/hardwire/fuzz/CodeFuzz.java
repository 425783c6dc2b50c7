package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.ArgumentCode;
import dev.hardwire.derive.flow.FunctionFlow;
import dev.hardwire.derive.flow.ReturningCallees;
import dev.hardwire.derive.flow.Word;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.trace.Trace;
import dev.hardwire.derive.trace.TracedCalls;
import dev.hardwire.derive.trace.TracedProgram;
import dev.hardwire.elf.Patching;
import dev.hardwire.testing.ElfBuilder;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    for (int f = 0; f < Math.min(count, 16); f++) {
      One traced = new One(module, count - 1);
      Optional<TracedCalls> found = Trace.of(traced, ReturningCallees.ONCE, f);
      if (!found.equals(Trace.of(traced, ReturningCallees.ONCE, f))) {
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

  /** One file of which all functions are followed but one, whose calls are recorded. */
  private record One(Module module, int recorded) implements TracedProgram {
    private Functions functions() {
      return module.functions();
    }

    @Override
    public Module module(int file) {
      return module;
    }

    @Override
    public int at(int file, long address) {
      return functions().at(address);
    }

    @Override
    public int called(int file, long slot) {
      int index = module.slots().at(slot);
      return index < 0 ? -1 : at(file, module.slots().value(index));
    }

    @Override
    public int file(int function) {
      return 0;
    }

    @Override
    public long start(int function) {
      return functions().start(function);
    }

    @Override
    public long end(int function) {
      return functions().end(function);
    }

    @Override
    public boolean isTraceable(int function) {
      return true;
    }

    @Override
    public boolean isFollowed(int function) {
      return function != recorded;
    }

    @Override
    public boolean isEntry(int function) {
      return function % 4 != 3;
    }

    @Override
    public int arguments(int function) {
      return function % 5 - 1;
    }

    @Override
    public Word address(int file, long address) {
      return Word.number(address);
    }

    @Override
    public Word located(Word word) {
      Image image = module.image();
      boolean address = word.is(Word.Kind.NUMBER) && image.isMapped(word.number());
      return address ? Word.address(0, word.number()) : word;
    }

    @Override
    public Word constant(Word place, int size) {
      Word at = located(place);
      boolean known =
          at.is(Word.Kind.ADDRESS)
              && (size == Integer.BYTES || size == Long.BYTES)
              && module.image().hasBytes(at.number(), size);
      if (!known) {
        return Word.UNKNOWN;
      }
      return Word.number(
          size == Long.BYTES
              ? module.image().word(at.number())
              : module.image().half(at.number()) & 0xffff_ffffL);
    }
  }
}
