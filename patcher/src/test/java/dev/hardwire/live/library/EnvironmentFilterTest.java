package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.filter.Filter;
import dev.hardwire.formats.environment.EnvironmentPolicy;
import dev.hardwire.testing.Carriers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
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

  static Stream<Arguments> policies() {
    return Stream.of(Target.X86_64, Target.I386)
        .flatMap(a -> EnvironmentPolicies.all(a).stream().map(p -> Arguments.of(a, p)));
  }

  /** All but most of those that name one group. */
  static Stream<Arguments> sample() {
    return policies().filter(EnvironmentFilterTest::isInSample);
  }

  /** Each third of them: the launcher's code is the library's. */
  static Stream<Arguments> fewer() {
    List<Arguments> all = sample().toList();
    return IntStream.range(0, all.size()).filter(i -> i % 3 == 0).mapToObj(all::get);
  }

  private static boolean isInSample(Arguments policy) {
    Object denied = ((Map<?, ?>) policy.get()[1]).get(EnvironmentPolicy.DENY);
    int group = new ArrayList<>(CallGroups.names()).indexOf(denied);
    return group < 0 || group % 8 == 0;
  }

  /** A program that is there for the architecture. */
  private static Path program(Target architecture) {
    return Fixtures.named(architecture == Target.I386 ? "i386-pie" : "gcc-pie").path();
  }

  @ParameterizedTest
  @MethodSource("sample")
  void theLibrarysFilter(Target architecture, Map<String, String> variables) throws IOException {
    library(architecture, variables);
  }

  @ParameterizedTest
  @MethodSource("fewer")
  void theLaunchersFilter(Target architecture, Map<String, String> variables) throws IOException {
    launcher(architecture, variables);
  }

  @ParameterizedTest
  @Tag("long")
  @MethodSource("policies")
  void theFiltersOfAllGroups(Target architecture, Map<String, String> variables)
      throws IOException {
    library(architecture, variables);
    launcher(architecture, variables);
  }

  private static void library(Target architecture, Map<String, String> variables)
      throws IOException {
    Map<String, String> preloaded = new HashMap<>(variables);
    preloaded.put("LD_PRELOAD", new Carriers(folder).library(architecture.id()).toString());
    Filter built = filterOf(preloaded, List.of(program(architecture)));
    EnvironmentPolicies.decidesAsTheCompilers(built, variables, architecture);
  }

  private static void launcher(Target architecture, Map<String, String> variables)
      throws IOException {
    Path launcher = new Carriers(folder).launcher(architecture.id());
    Filter built = filterOf(variables, List.of(launcher, program(architecture)));
    EnvironmentPolicies.decidesAsTheCompilers(built, variables, architecture);
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
    do { // the probe, a filter of no instructions, comes first
      assertThat(calls.find()).isTrue();
    } while (number(calls.group(1)) == 0);
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
