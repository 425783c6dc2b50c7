package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a program is analysed, or refused with a reason. */
class DeriveFuzz {
  private static final Deriver DERIVER = new Deriver();

  static Stream<Arguments> seeds() {
    return Seeds.executables();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void programs(byte[] content) throws IOException {
    Path file = Files.createTempFile("derive", ".elf");
    try {
      Files.write(file, content);
      DERIVER.derive(file, DeriveOptions.PLAIN);
    } catch (DeriveException refused) {
      Seeds.requireText(refused);
    } catch (FileSystemException | FileNotFoundException missing) {
      // the dynamic linker that it names
    } finally {
      Files.delete(file);
    }
  }
}
