package dev.hardwire.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.policy.format.EnvironmentPolicy;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.Emulator;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.SeccompData;
import dev.hardwire.seccomp.compile.FilterCompiler;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The filters that library and launcher build from the environment decide as the compiler's do,
 * policy by policy of {@link EnvironmentPolicies}.
 */
class EnvironmentFilterTest {
  private static final Pattern CALL = Pattern.compile("\\{len=(\\w+), filter=\\[(.*)\\]\\}\\)");
  private static final Pattern INSTRUCTION =
      Pattern.compile("BPF_(?:STMT|JUMP)\\(([\\w|]+), ([\\w|]+)(?:, (\\w+), (\\w+))?\\)");

  @TempDir private static Path folder;
  private static Path library;
  private static Path launcher;

  @BeforeAll
  static void writeBoth() {
    library = folder.resolve("libsandbox.so");
    launcher = folder.resolve("sandboxify");
    assertThat(Programs.hardwire("library", "-o", library).status()).isZero();
    assertThat(Programs.hardwire("launcher", "-o", launcher).status()).isZero();
  }

  static Stream<Map<String, String>> policies() {
    return EnvironmentPolicies.all().stream();
  }

  @ParameterizedTest
  @MethodSource("policies")
  void theLibrarysFilter(Map<String, String> variables) throws IOException {
    Map<String, String> preloaded = new HashMap<>(variables);
    preloaded.put("LD_PRELOAD", library.toString());
    decidesAsTheCompilers(filterOf(preloaded, List.of("/bin/true")), variables);
  }

  @ParameterizedTest
  @MethodSource("policies")
  void theLaunchersFilter(Map<String, String> variables) throws IOException {
    decidesAsTheCompilers(filterOf(variables, List.of(launcher, "/bin/true")), variables);
  }

  private static void decidesAsTheCompilers(Filter built, Map<String, String> variables) {
    Filter compiled =
        FilterCompiler.compile(
            EnvironmentPolicy.read(variables).orElseThrow(), Architecture.X86_64);
    for (long arch : new long[] {Architecture.X86_64.auditNumber(), 0x40000003L, 0}) {
      LongStream.concat(
              LongStream.rangeClosed(0, 1100),
              LongStream.of(
                  0x3fffffffL, 0x40000000L, 0x40000001L, 0x7fffffffL, 0x80000000L, 0xffffffffL))
          .forEach(
              number -> {
                SeccompData call = SeccompData.of(Architecture.X86_64, number).withArch(arch);
                assertThat(Emulator.run(built, call).verdict())
                    .as("%d of 0x%x", number, arch)
                    .isEqualTo(Emulator.run(compiled, call).verdict());
              });
    }
  }

  /** The filter that is handed to the kernel, as strace sees it. */
  private static Filter filterOf(Map<String, String> environment, List<Object> program)
      throws IOException {
    Path trace = Files.createTempFile(folder, "trace", ".txt");
    List<Object> command =
        new ArrayList<>(List.of("strace", "-qq", "-X", "raw", "-e", "abbrev=none"));
    command.addAll(List.of("-e", "trace=seccomp", "-o", trace));
    environment.forEach((name, value) -> command.addAll(List.of("-E", name + "=" + value)));
    command.addAll(program);
    Programs.run(command);
    ByteWriter bytes = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    Matcher calls = CALL.matcher(Files.readString(trace));
    assertThat(calls.find()).isTrue();
    Matcher instructions = INSTRUCTION.matcher(calls.group(2));
    while (instructions.find()) {
      bytes.u16(number(instructions.group(1)));
      bytes.u8(number(instructions.group(3))).u8(number(instructions.group(4)));
      bytes.u32(number(instructions.group(2)));
    }
    assertThat(bytes.size()).isEqualTo(8 * number(calls.group(1)));
    return Filter.decode(bytes.toBytes());
  }

  /** A number, or several that are combined. */
  private static long number(String text) {
    return text == null
        ? 0
        : Pattern.compile("\\|")
            .splitAsStream(text)
            .mapToLong(Long::decode)
            .reduce(0, (a, b) -> a | b);
  }
}
