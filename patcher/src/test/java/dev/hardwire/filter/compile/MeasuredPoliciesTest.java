package dev.hardwire.filter.compile;

import static dev.hardwire.filter.compile.UncachedCalls.isConstantAllow;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.CallWeights;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filters of real policies stay as small and as shallow as they are, and are proven. */
class MeasuredPoliciesTest {
  private static final Path CONTAINERS = Path.of("/usr/share/containers/seccomp.json");

  /** The candidates of policies without weights. */
  private static final Map<String, List<Filter>> EVEN = new HashMap<>();

  private static ResolvedPolicy read(Path file) throws IOException {
    ReadPolicy read =
        OciReader.read(Files.readAllBytes(file), file.toString(), new ReadOptions(Target.X86_64));
    return ResolvedPolicy.of(read.policy(), Target.X86_64);
  }

  private static ResolvedPolicy read(String name) throws IOException {
    return read(Path.of("src/test/resources/policies", name + ".json"));
  }

  private static List<FilterShape> candidates(ResolvedPolicy policy) {
    List<FilterShape> shapes = new ArrayList<>();
    for (Filter filter : FilterCompiler.candidates(policy)) {
      assertThat(FilterProof.check(filter, policy)).isEmpty();
      shapes.add(FilterShape.of(filter, policy));
    }
    return shapes;
  }

  private static void assertBest(ResolvedPolicy policy, int size, int worst, double mean) {
    assertThat(candidates(policy))
        .anyMatch(shape -> shape.size() <= size)
        .anyMatch(shape -> shape.worst() <= worst)
        .anyMatch(shape -> shape.mean() <= mean);
  }

  @ParameterizedTest
  @CsvSource({
    "a-four-call-allowlist, 9, 8, 6.5",
    "b-system-service-allowlist, 43, 12, 8.21",
    "d-three-hundred-denied, 47, 12, 8.76",
    "e-argument-rules, 83, 15, 10.1"
  })
  void bestCandidates(String name, int size, int worst, double mean) throws IOException {
    assertBest(read(name), size, worst, mean);
  }

  @Tag("system")
  @Test
  void theContainerProfileOfDebian() throws IOException {
    assertThat(CONTAINERS).as("install golang-github-containers-common").exists();
    ResolvedPolicy policy = read(CONTAINERS);
    assertBest(policy, 58, 13, 9.19);
    assertCheapToInstall(policy, 58, 415, 4700);
  }

  /** The fastest candidate is the best for calls that the kernel cannot cache. */
  @Tag("system")
  @Test
  void callsThatAreNotCachedHaveAShortPath() throws IOException {
    assertThat(uncached(dockers())).isLessThanOrEqualTo(8.56);
    assertThat(uncached(read(CONTAINERS))).isLessThanOrEqualTo(9.51);
  }

  /**
   * As Docker has it: four of the calls are not cached, clone, clone3, personality and socket. The
   * others are those that Debian's profile allows.
   */
  private static ResolvedPolicy dockers() throws IOException {
    ResolvedPolicy debians = read(CONTAINERS);
    Set<String> special = Set.of("clone", "clone3", "personality", "socket");
    SyscallTable table = SyscallTable.of(Target.X86_64);
    String allowed =
        table.names().stream()
            .filter(call -> !special.contains(call))
            .filter(call -> isConstantAllow(debians, table.number(call).getAsInt()))
            .sorted()
            .collect(Collectors.joining(", "));
    String yaml =
        """
        version: 1
        default: errno EPERM
        rules:
          - allow: [%s]
          - errno ENOSYS: [clone3]
          - allow: [socket]
            when: "domain < 38 || domain == 39 || domain > 40"
          - allow: [personality]
            when: "personality in [0, 8, 0x20000, 0x20008, 0xffffffff]"
          - allow: [clone]
            when: "(clone_flags & 0x7e020000) == 0"
        """
            .formatted(allowed);
    byte[] text = yaml.getBytes(StandardCharsets.UTF_8);
    return ResolvedPolicy.of(YamlPolicyReader.read(text, "docker"), Target.X86_64);
  }

  private static double uncached(ResolvedPolicy policy) {
    return FilterCompiler.candidates(policy).stream()
        .mapToDouble(filter -> UncachedCalls.mean(filter, policy))
        .min()
        .orElseThrow();
  }

  @Tag("system")
  @ParameterizedTest
  @CsvSource({
    "b-system-service-allowlist, strace-redis, 5.8",
    "d-three-hundred-denied, strace-git, 6.4",
    "e-argument-rules, strace-nginx, 7.7",
    "containers, perf-ls, 5.8"
  })
  void frequentCallsHaveShortPaths(String name, String weights, double most) throws IOException {
    frequentCalls(name, weights, most);
  }

  @Tag("long")
  @Tag("system")
  @ParameterizedTest
  @CsvSource({
    "b-system-service-allowlist, strace-git, 5.3",
    "b-system-service-allowlist, strace-redis, 5.8",
    "b-system-service-allowlist, perf-ls, 5.6",
    "b-system-service-allowlist, strace-nginx, 6.2",
    "d-three-hundred-denied, strace-git, 6.4",
    "d-three-hundred-denied, strace-nginx, 7.2",
    "e-argument-rules, strace-git, 8.2",
    "e-argument-rules, strace-nginx, 7.7",
    "e-argument-rules, perf-ls, 8.5",
    "containers, strace-git, 5.7",
    "containers, strace-nginx, 6.9",
    "containers, perf-ls, 5.8"
  })
  void frequentCallsOfMoreHaveShortPaths(String name, String weights, double most)
      throws IOException {
    frequentCalls(name, weights, most);
  }

  private static void frequentCalls(String name, String weights, double most) throws IOException {
    ResolvedPolicy even = name.equals("containers") ? read(CONTAINERS) : read(name);
    Map<String, Long> measured =
        CallWeights.read(
            Path.of("src/test/resources/weights", weights + ".txt"),
            new CallWeights.Names(CallGroups::isKnownSomewhere));
    ResolvedPolicy policy = ResolvedPolicy.of(even.policy().weighedBy(measured), Target.X86_64);
    Filter filter = FilterCompiler.compile(policy);
    assertThat(FilterProof.check(filter, policy)).isEmpty();
    double mean = FilterShape.weightedMean(filter, policy);
    assertThat(mean).isLessThanOrEqualTo(most);
    for (Filter other : EVEN.computeIfAbsent(name, key -> FilterCompiler.candidates(even))) {
      assertThat(mean).isLessThan(FilterShape.weightedMean(other, policy));
    }
    for (Filter other : FilterCompiler.candidates(policy)) {
      assertThat(FilterProof.check(other, policy)).isEmpty();
    }
  }

  /** What the kernel does for the filters that are made to be installed soon. */
  @ParameterizedTest
  @CsvSource({
    "a-four-call-allowlist, 9, 68, 3800",
    "b-system-service-allowlist, 46, 320, 4150",
    "d-three-hundred-denied, 48, 350, 4300",
    "e-argument-rules, 83, 672, 5100"
  })
  void theKernelInstallsThemWithFewSteps(String name, int size, int translated, int followed)
      throws IOException {
    assertCheapToInstall(read(name), size, translated, followed);
  }

  /**
   * @param translated instructions of extended BPF, all passes together
   * @param followed instructions on the ways of all the numbers that the kernel has calls for
   */
  private static void assertCheapToInstall(
      ResolvedPolicy policy, int size, int translated, int followed) {
    Filter filter = FilterCompiler.compile(policy);
    assertThat(FilterProof.check(filter, policy)).isEmpty();
    assertThat(filter.size()).isLessThanOrEqualTo(size);
    assertThat(Translation.of(filter).steps()).isLessThanOrEqualTo(translated);
    int steps =
        IntStream.range(0, 470)
            .mapToObj(nr -> SeccompData.of(Target.X86_64, nr))
            .mapToInt(call -> Emulator.run(filter, call).steps())
            .sum();
    assertThat(steps).isLessThanOrEqualTo(followed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a-four-call-allowlist",
        "b-system-service-allowlist",
        "d-three-hundred-denied",
        "e-argument-rules"
      })
  void everyConstantAllowIsInTheKernelsBitmap(String name) throws IOException {
    ResolvedPolicy policy = read(name);
    SyscallTable table = SyscallTable.of(Target.X86_64);
    for (Filter filter : FilterCompiler.candidates(policy)) {
      long allowed =
          table.names().stream()
              .map(call -> table.number(call).getAsInt())
              .filter(nr -> isConstantAllow(policy, nr))
              .peek(
                  nr ->
                      assertThat(ConstantAllow.isConstantAllow(filter, Target.X86_64, nr))
                          .as("call %d", nr)
                          .isTrue())
              .count();
      assertThat(allowed).isPositive();
    }
  }

  @Test
  void aPolicyThatIsTooLongSaysSo() {
    StringBuilder yaml = new StringBuilder("version: 1\ndefault: allow\nrules:\n");
    for (String call : SyscallTable.of(Target.X86_64).names()) {
      int number = SyscallTable.of(Target.X86_64).number(call).getAsInt();
      int[] values = new int[14];
      Arrays.setAll(values, i -> number * 1000 + i * 3);
      yaml.append("  - errno ").append(1 + number % 4000).append(": [").append(call);
      yaml.append("]\n    when: arg0 in ").append(Arrays.toString(values)).append('\n');
    }
    byte[] text = yaml.toString().getBytes(StandardCharsets.UTF_8);
    assertThat(text.length).isLessThan(1 << 20);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(
            () -> FilterCompiler.compile(YamlPolicyReader.read(text, "long"), Target.X86_64))
        .withMessageMatching(
            "policy: the filter needs \\d+ instructions, the kernel accepts 4096; use fewer"
                + " conditions");
  }

  @Test
  void farJumpsReachTheirTargets() {
    StringBuilder yaml = new StringBuilder("version: 1\ndefault: allow\nrules:\n");
    for (String call : List.of("read", "write", "close", "openat", "ioctl", "mmap", "socket")) {
      int[] values = new int[140];
      Arrays.setAll(values, i -> Math.floorMod(call.hashCode(), 1000) + i * 7);
      yaml.append("  - errno ").append(call.length()).append(": [").append(call);
      yaml.append("]\n    when: arg0 in ").append(Arrays.toString(values)).append('\n');
    }
    byte[] text = yaml.toString().getBytes(StandardCharsets.UTF_8);
    ResolvedPolicy policy = ResolvedPolicy.of(YamlPolicyReader.read(text, "far"), Target.X86_64);
    assertThat(candidates(policy))
        .allSatisfy(shape -> assertThat(shape.size()).isBetween(700, 4096));
  }
}
