package dev.hardwire.why.code;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.frame.FrameTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The function in which a thread is, and its callers. Callers are followed by call frame
 * information and Go's table of functions alone, on x86-64 and i386, and only as far as these are
 * there: nothing is guessed.
 */
public final class StackWalk {
  private static final int DEEPEST = 32;
  private static final int STACK_POINTER_64 = 7;
  private static final int STACK_POINTER_32 = 4;

  private final Memory memory;
  private final int wordSize;
  private final Map<String, Optional<ElfFile>> files = new HashMap<>();
  private final Map<ElfFile, Optional<GoFunctions>> goFiles = new HashMap<>();

  /** A place in a file. */
  private record Code(ElfFile elf, long address, String path) {}

  private StackWalk(Memory memory, int wordSize) {
    this.memory = memory;
    this.wordSize = wordSize;
  }

  /** The frames of a thread that has just made a system call, the innermost first. */
  public static List<Frame> of(Memory memory, Registers registers) {
    StackWalk walk = new StackWalk(memory, registers.target().elfClass().wordSize());
    List<Frame> frames = new ArrayList<>();
    // The call is the instruction before; what follows it may be another function.
    frames.add(walk.frame(registers.pc(), registers.pc() - 1));
    long[] values = registers.numbered();
    if (values.length > 0) {
      walk.callers(values, frames);
    }
    return List.copyOf(frames);
  }

  public static Frame place(Memory memory, int wordSize, long address) {
    return new StackWalk(memory, wordSize).frame(address, address - 1);
  }

  private void callers(long[] first, List<Frame> frames) {
    long[] registers = first;
    boolean isExact = false;
    while (frames.size() < DEEPEST) {
      long address = registers[registers.length - 1];
      Optional<long[]> caller = Optional.empty();
      boolean isSignal = false;
      try {
        Optional<FrameTable.Function> function = function(isExact ? address : address - 1);
        if (function.isPresent()) {
          isSignal = function.get().common().isSignalFrame();
          caller = caller(function.get(), isExact ? address : address - 1, registers);
        } else {
          caller = goCaller(isExact ? address : address - 1, registers);
        }
      } catch (BytesException | ElfFormatException damaged) {
        return;
      }
      if (caller.isEmpty()) {
        return;
      }
      registers = caller.get();
      long next = registers[registers.length - 1];
      isExact = isSignal;
      Optional<Code> code = code(isExact ? next : next - 1);
      if (next == 0 || code.isEmpty()) {
        return;
      }
      frames.add(frame(next, isExact ? next : next - 1));
    }
  }

  private Optional<FrameTable.Function> function(long address) {
    Optional<Code> code = code(address);
    return code.isEmpty()
        ? Optional.empty()
        : FrameTable.of(code.get().elf()).flatMap(table -> table.at(code.get().address()));
  }

  private Optional<GoFunctions.Found> goFunction(Code code) {
    return goFiles
        .computeIfAbsent(code.elf(), GoFunctions::of)
        .flatMap(functions -> functions.find(code.address()));
  }

  /** The return address of a function of Go is above its frame, and nothing else is restored. */
  private Optional<long[]> goCaller(long address, long[] registers) {
    OptionalLong frame =
        code(address)
            .flatMap(this::goFunction)
            .map(GoFunctions.Found::frame)
            .orElse(OptionalLong.empty());
    if (frame.isEmpty()) {
      return Optional.empty();
    }
    long returns = registers[STACK_POINTER_64] + frame.getAsLong();
    OptionalLong caller = read(returns);
    if (caller.isEmpty()) {
      return Optional.empty();
    }
    long[] next = registers.clone();
    next[STACK_POINTER_64] = returns + Long.BYTES;
    next[next.length - 1] = caller.getAsLong();
    return Optional.of(next);
  }

  private Optional<long[]> caller(FrameTable.Function function, long address, long[] registers) {
    long bias = address - code(address).orElseThrow().address();
    Optional<FrameRules> found = FrameRules.of(function, address - bias);
    if (found.isEmpty() || function.common().returnRegister() != registers.length - 1) {
      return Optional.empty();
    }
    FrameRules rules = found.get();
    OptionalLong start =
        rules.startExpression().isPresent()
            ? FrameExpression.value(
                rules.startExpression().get(), registers, this::word, OptionalLong.empty())
            : start(rules, registers);
    int stackPointer = wordSize == Long.BYTES ? STACK_POINTER_64 : STACK_POINTER_32;
    boolean grows =
        start.isPresent()
            && (function.common().isSignalFrame()
                || Long.compareUnsigned(start.getAsLong(), registers[stackPointer]) > 0);
    if (!grows) {
      return Optional.empty();
    }
    long[] caller = registers.clone();
    caller[stackPointer] = start.getAsLong();
    for (int i = 0; i < caller.length; i++) {
      Optional<FrameRules.Rule> rule = rules.rule(i);
      if (rule.isPresent()) {
        OptionalLong value = value(rule.get(), i, start.getAsLong(), registers);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        caller[i] = value.getAsLong();
      } else if (i == caller.length - 1) {
        return Optional.empty();
      }
    }
    return Optional.of(caller);
  }

  private static OptionalLong start(FrameRules rules, long[] registers) {
    int register = rules.startRegister();
    return register < 0 || register >= registers.length
        ? OptionalLong.empty()
        : OptionalLong.of(registers[register] + rules.startOffset());
  }

  private OptionalLong value(FrameRules.Rule rule, int register, long start, long[] registers) {
    OptionalLong pushed = OptionalLong.of(start);
    return switch (rule.kind()) {
      case UNDEFINED ->
          register == registers.length - 1 ? OptionalLong.empty() : OptionalLong.of(0);
      case SAME -> OptionalLong.of(registers[register]);
      case OFFSET -> OptionalLong.of(start + rule.value());
      case AT_OFFSET -> read(start + rule.value());
      case REGISTER ->
          rule.value() >= 0 && rule.value() < registers.length
              ? OptionalLong.of(registers[(int) rule.value()])
              : OptionalLong.empty();
      case EXPRESSION -> FrameExpression.value(rule.expression(), registers, this::word, pushed);
      case AT_EXPRESSION -> {
        OptionalLong at = FrameExpression.value(rule.expression(), registers, this::word, pushed);
        yield at.isPresent() ? read(at.getAsLong()) : OptionalLong.empty();
      }
    };
  }

  private OptionalLong read(long address) {
    byte[] bytes = memory.read(wordSize == Long.BYTES ? address : address & 0xffff_ffffL, wordSize);
    if (bytes.length < wordSize) {
      return OptionalLong.empty();
    }
    Bytes word = Bytes.wrap(bytes); // x86 is little-endian
    return OptionalLong.of(wordSize == Long.BYTES ? word.u64(0) : word.u32(0));
  }

  private long word(long address) {
    return read(address).orElseThrow(() -> new BytesException(address, "not in memory"));
  }

  /** The place of an address in its file; empty if that is not known. */
  private Optional<Code> code(long address) {
    for (Mapping mapping : memory.mappings()) {
      if (mapping.contains(address)) {
        Optional<ElfFile> elf = files.computeIfAbsent(mapping.path(), path -> elf(mapping));
        return elf.flatMap(file -> inFile(file, mapping, address));
      }
    }
    return Optional.empty();
  }

  private Optional<ElfFile> elf(Mapping mapping) {
    try {
      return memory.file(mapping).map(ElfFile::parse);
    } catch (BytesException | ElfFormatException other) {
      return Optional.empty();
    }
  }

  private static Optional<Code> inFile(ElfFile elf, Mapping mapping, long address) {
    long offset = mapping.offset() + (address - mapping.start());
    for (ProgramHeader load : elf.loads()) {
      boolean executable = (load.flags() & ProgramHeader.PF_X) != 0;
      if (executable && offset >= load.offset() && offset < load.fileEnd()) {
        long inside = offset - load.offset() + load.vaddr();
        return Optional.of(new Code(elf, inside, mapping.path()));
      }
    }
    return Optional.empty();
  }

  private Frame frame(long shown, long lookedUp) {
    Optional<Code> code = code(lookedUp);
    if (code.isEmpty()) {
      return new Frame(shown, path(lookedUp), "", shown);
    }
    long inside = code.get().address() + (shown - lookedUp);
    Optional<FunctionNames.Found> name = FunctionNames.find(code.get().elf(), code.get().address());
    if (name.isPresent()) {
      return new Frame(shown, code.get().path(), name.get().name(), inside - name.get().start());
    }
    return goFunction(code.get())
        .map(found -> new Frame(shown, code.get().path(), found.name(), inside - found.start()))
        .orElseGet(() -> new Frame(shown, code.get().path(), "", inside));
  }

  private String path(long address) {
    return memory.mappings().stream()
        .filter(mapping -> mapping.contains(address))
        .map(Mapping::path)
        .findFirst()
        .orElse("");
  }
}
