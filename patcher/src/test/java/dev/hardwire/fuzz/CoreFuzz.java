package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.why.CallLine;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.core.CoreDeath;
import dev.hardwire.why.core.CoreException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is taken for a core file shows a denied call, or is refused with a reason. */
class CoreFuzz {
  static Stream<Arguments> seeds() {
    return Seeds.cores();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void cores(byte[] content) {
    Bytes bytes = Bytes.copyOf(content);
    try {
      DeniedCall call = CoreDeath.of(bytes, path -> Optional.of(bytes));
      if (CallLine.of(call).isEmpty()) {
        throw new IllegalStateException("a call without a text");
      }
    } catch (CoreException refused) {
      Seeds.requireText(refused);
    }
  }
}
