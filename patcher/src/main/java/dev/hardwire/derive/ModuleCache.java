package dev.hardwire.derive;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.PackedCode;
import dev.hardwire.input.InputFile;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.trees.OrderedWork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Libraries that were read, each once. */
public final class ModuleCache {
  /** Larger files are not analysed, in bytes. */
  private static final long LARGEST = 1L << 30;

  private final Map<Path, Module> modules = new ConcurrentHashMap<>();
  private final SummaryStore summaries;

  /** Libraries that are still to be read. */
  ModuleCache(SummaryStore summaries) {
    this.summaries = summaries;
  }

  /**
   * Reads a library, unless that was done before.
   *
   * @throws DeriveException if it is not an x86-64 program or library that can be analysed
   */
  Module library(Path path, SystemRoot root) throws IOException {
    Path real = root.real(path);
    Module known = modules.get(real);
    if (known == null) {
      known = read(path, real, summaries);
      modules.put(real, known);
    }
    return known;
  }

  /** Reads a file that is needed only once. */
  static Module read(Path path, SystemRoot root) throws IOException {
    return read(path, root.real(path), SummaryStore.NONE);
  }

  /**
   * Reads a program. Of a hard-wired one, the original is what does its work.
   *
   * @param path by which it is named
   * @param content the file that has its bytes
   */
  static Module program(Path path, Path content) throws IOException {
    Bytes bytes = bytes(path, content);
    return checked(
        path.toString(),
        () -> module(path.toString(), OriginalBytes.beforeAll(bytes), SummaryStore.NONE));
  }

  private static Module read(Path path, Path real, SummaryStore summaries) throws IOException {
    Bytes bytes = bytes(path, real);
    return checked(path.toString(), () -> module(path.toString(), bytes, summaries));
  }

  /** The code of a packed file is not in it, so its calls would be left out. */
  private static Module module(String name, Bytes bytes, SummaryStore summaries) {
    Module module = Module.of(name, bytes, summaries);
    PackedCode.refuse(module.image().elf());
    return module;
  }

  private static Bytes bytes(Path path, Path real) throws IOException {
    try (InputFile input = InputFile.open(real)) {
      if (input.bytes().size() > LARGEST) {
        throw new DeriveException(path + ": larger than 1 GiB; cannot be analysed");
      }
      return Bytes.wrap(input.bytes().toArray());
    }
  }

  /**
   * Scans files that were read.
   *
   * @param jobs how many at a time
   * @throws DeriveException naming the first one that cannot be analysed
   */
  static void prepare(List<Module> modules, int jobs) {
    List<DeriveException> failures = new ArrayList<>();
    OrderedWork.run(
        modules,
        jobs,
        ModuleCache::failure,
        failure -> failure.isEmpty() || !failures.add(failure.get()));
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private static Optional<DeriveException> failure(Module module) {
    try {
      checked(
          module.name(),
          () -> {
            module.prepare();
            return module;
          });
      return Optional.empty();
    } catch (DeriveException e) {
      return Optional.of(e);
    }
  }

  /**
   * How policies name a file.
   *
   * @throws DeriveException if its notes are damaged
   */
  static DerivedFile identified(String path, Module module) {
    return checked(module.name(), () -> new DerivedFile(path, module.buildId(), module.digest()));
  }

  private static <T> T checked(String name, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (ElfFormatException e) {
      String advice =
          switch (e.refusal()) {
            case NOT_ELF -> "; give an ELF executable; for a script, derive its interpreter";
            case PACKED -> "; unpack it first (upx -d)";
            default -> "";
          };
      throw new DeriveException("%s: %s%s".formatted(name, e.getMessage(), advice));
    } catch (BytesException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new DeriveException("%s: a table is damaged: %s".formatted(name, e.getMessage()));
    }
  }
}
