package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.elf.Patching;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a summary of the C library is used, or is as if it were not there. */
class SummaryFuzz {
  /** Of musl, whose library is small. */
  private static final Path PROGRAM = Fixtures.named("musl-pie").path();

  /** The summaries of all libraries of the program, those of the C library being the largest. */
  private static final Map<String, byte[]> GOOD = good();

  private static final String LIBRARY =
      GOOD.keySet().stream()
          .max((a, b) -> Integer.compare(GOOD.get(a).length, GOOD.get(b).length))
          .orElseThrow()
          .substring(0, 64);

  private static Map<String, byte[]> good() {
    Map<String, byte[]> found = new ConcurrentHashMap<>();
    derive(store(found));
    return found;
  }

  /** A store that finds nothing. */
  private static SummaryStore store(Map<String, byte[]> written) {
    return new SummaryStore() {
      @Override
      public Optional<byte[]> read(String name) {
        return Optional.empty();
      }

      @Override
      public void write(String name, byte[] content) {
        written.put(name, content);
      }
    };
  }

  private static void derive(SummaryStore store) {
    try (Deriver deriver = new Deriver(store)) {
      deriver.derive(PROGRAM, DeriveOptions.PLAIN);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A small library, so that scanning it is quick where a summary is refused. */
  private static final Bytes FILE = Bytes.wrap(Patching.fixture("gcc-pie"));

  static Stream<Arguments> seeds() {
    Stream<byte[]> own =
        Stream.concat(
            GOOD.keySet().stream().filter(name -> name.startsWith(LIBRARY)).sorted().map(GOOD::get),
            codeOfFile());
    return Seeds.with("summaries", own);
  }

  /** The summary of the small library. */
  private static Stream<byte[]> codeOfFile() {
    Map<String, byte[]> found = new ConcurrentHashMap<>();
    Module.of("library", FILE, store(found)).prepare();
    return found.values().stream();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void summaries(byte[] content) {
    functions(content);
    derive(
        new SummaryStore() {
          @Override
          public Optional<byte[]> read(String name) {
            boolean replaced = name.startsWith(LIBRARY) && name.endsWith(".facts");
            return replaced ? Optional.of(content) : Optional.ofNullable(GOOD.get(name));
          }

          @Override
          public void write(String name, byte[] newer) {
            // the next input comes
          }
        });
  }

  /** Functions from a summary are in the file, in order, and apart from one another. */
  private static void functions(byte[] content) {
    Module module =
        Module.of(
            "library",
            FILE,
            new SummaryStore() {
              @Override
              public Optional<byte[]> read(String name) {
                return Optional.of(content);
              }

              @Override
              public void write(String name, byte[] newer) {
                // as above
              }
            });
    Functions found = module.functions();
    long before = 0;
    for (int f = 0; f < found.count(); f++) {
      int size = Math.toIntExact(found.end(f) - found.start(f));
      int offset = module.image().offset(found.start(f));
      if (found.start(f) < before || size <= 0 || offset < 0 || offset > FILE.size() - size) {
        throw new IllegalStateException("a function that is not in the file");
      }
      before = found.end(f);
    }
  }
}
