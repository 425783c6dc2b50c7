package dev.hardwire.stub;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The committed stubs and native libraries are what their sources build. */
@Tag("system")
class StubRebuildTest {
  private static final Path RESOURCES = Path.of("src/main/resources/dev/hardwire/stub");
  private static final Path NATIVE = RESOURCES.resolveSibling("os");
  private static final byte[] ENDBR64 = {(byte) 0xf3, 0x0f, 0x1e, (byte) 0xfa};

  @Test
  void everyStubIsWhatItsSourceAssemblesTo(@TempDir Path built) throws IOException {
    Programs.output("bash", "../stub-asm/build.sh", built);
    List<String> names = Arrays.stream(Target.values()).flatMap(StubRebuildTest::files).toList();
    List<String> libraries =
        Arrays.stream(Target.values()).map(target -> target.id() + ".so").toList();
    assertThat(names(built))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(names.stream(), libraries.stream()).toList());
    assertThat(names(RESOURCES)).containsExactlyInAnyOrderElementsOf(names);
    assertThat(names(NATIVE)).containsExactlyInAnyOrderElementsOf(libraries);
    for (String name : names) {
      assertThat(RESOURCES.resolve(name)).has(sameBytesAs(built.resolve(name)));
    }
    for (String name : libraries) {
      assertThat(NATIVE.resolve(name)).has(sameBytesAs(built.resolve(name)));
    }
  }

  private static Stream<String> files(Target machine) {
    return Stream.of(".stub", ".cfi", ".library", ".launcher", ".first")
        .map(suffix -> machine.id() + suffix);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @ParameterizedTest
  @EnumSource(Hook.class)
  void everyEntryIsATargetOfIndirectBranches(Hook hook) {
    StubCode stub = StubCode.of(Target.X86_64);
    assertThat(stub.code().slice(stub.entryOffset(hook), 4).toArray()).isEqualTo(ENDBR64);
  }

  @Test
  void theCallFramesMoveWithTheCode() {
    StubCode stub = StubCode.of(Target.X86_64);
    byte[] atZero = stub.debugFrame(0).toArray();
    byte[] moved = stub.debugFrame(0x1122_3344_5566L).toArray();
    assertThat(moved).hasSameSizeAs(atZero);
    int differing = 0;
    for (int i = 0; i < moved.length; i++) {
      differing += moved[i] == atZero[i] ? 0 : 1;
    }
    // three FDEs: the two entries and the runner; six bytes of each address are not zero
    assertThat(differing).isBetween(3 * 5, 3 * 6);
  }
}
