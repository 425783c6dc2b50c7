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
import dev.hardwire.filter.print.FilterShape;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.FormatTables;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.CallWeights;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filters of real policies stay as small and as shallow as they are, and are proven. */
class MeasuredPoliciesTest {
  private static final Path CONTAINERS = Path.of("/usr/share/containers/seccomp.json");

  private static ResolvedPolicy read(Path file) throws IOException {
    ReadPolicy read =
        OciReader.read(
            Files.readAllBytes(file),
            file.toString(),
            FormatTables.options(Target.X86_64, Set.of(), FormatTables.KERNEL));
    return ResolvedPolicy.of(read.policy(), Target.X86_64);
  }

  private static ResolvedPolicy read(String name) throws IOException {
    return read(Path.of("src/test/resources/policies", name + ".json"));
  }

  private static FilterShape shape(ResolvedPolicy policy, Objective objective) {
    Filter filter = FilterCompiler.compile(policy, objective);
    assertThat(FilterProof.check(filter, policy)).isEmpty();
    return FilterShape.of(filter, policy);
  }

  @ParameterizedTest
  @CsvSource({
    "a-four-call-allowlist, 9, 7, 6.5",
    "b-system-service-allowlist, 43, 10, 8.21",
    "d-three-hundred-denied, 47, 10, 8.76",
    "e-argument-rules, 83, 13, 10.1"
  })
  void bestOfEachObjective(String name, int size, int worst, double mean) throws IOException {
    ResolvedPolicy policy = read(name);
    assertThat(shape(policy, Objective.SIZE).size()).isLessThanOrEqualTo(size);
    assertThat(shape(policy, Objective.DEPTH).worst()).isLessThanOrEqualTo(worst);
    assertThat(shape(policy, Objective.MEAN).mean()).isLessThanOrEqualTo(mean);
  }

  @Test
  void theContainerProfileOfDebian() throws IOException {
    assertThat(CONTAINERS).as("install golang-github-containers-common").exists();
    ResolvedPolicy policy = read(CONTAINERS);
    assertThat(shape(policy, Objective.SIZE).size()).isLessThanOrEqualTo(58);
    assertThat(shape(policy, Objective.DEPTH).worst()).isLessThanOrEqualTo(11);
    assertThat(shape(policy, Objective.MEAN).mean()).isLessThanOrEqualTo(9.19);
    assertCheapToInstall(policy, 58, 415, 4700);
  }

  /** Each objective is best at what it minimises, and the default is worse in one thing at most. */
  @Test
  void noObjectiveIsBeatenAtItsOwn() throws IOException {
    List<ResolvedPolicy> policies =
        List.of(
            dockers(),
            read(CONTAINERS),
            read("b-system-service-allowlist"),
            read("d-three-hundred-denied"),
            read("e-argument-rules"));
    for (ResolvedPolicy policy : policies) {
      double mean = uncached(policy, Objective.MEAN);
      for (Objective other : Objective.values()) {
        assertThat(mean).as("%s", other).isLessThanOrEqualTo(uncached(policy, other));
      }
      FilterShape size = shape(policy, Objective.SIZE);
      FilterShape mix = shape(policy, Objective.MIX);
      assertThat(mix.size() > size.size() && mix.mean() >= size.mean()).isFalse();
    }
    assertThat(uncached(dockers(), Objective.MEAN)).isLessThanOrEqualTo(8.56);
    assertThat(uncached(read(CONTAINERS), Objective.MEAN)).isLessThanOrEqualTo(9.51);
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

  private static double uncached(ResolvedPolicy policy, Objective objective) {
    return UncachedCalls.mean(FilterCompiler.compile(policy, objective), policy);
  }

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
  void frequentCallsHaveShortPaths(String name, String weights, double most) throws IOException {
    ResolvedPolicy policy = name.equals("containers") ? read(CONTAINERS) : read(name);
    Map<String, Long> measured =
        CallWeights.read(
            Path.of("src/test/resources/weights", weights + ".txt"),
            new CallWeights.Names(CallGroups::isKnownSomewhere));
    Filter filter = FilterCompiler.compile(policy, Objective.MEAN, measured);
    assertThat(FilterProof.check(filter, policy)).isEmpty();
    double mean = FilterShape.mean(filter, Target.X86_64, measured);
    assertThat(mean).isLessThanOrEqualTo(most);
    Filter even = FilterCompiler.compile(policy, Objective.MEAN);
    assertThat(mean).isLessThan(FilterShape.mean(even, Target.X86_64, measured));
    Filter mix = FilterCompiler.compile(policy, Objective.MIX, measured);
    assertThat(FilterProof.check(mix, policy)).isEmpty();
  }

  /** What the kernel does for the filters that are made to be installed soon. */
  @ParameterizedTest
  @CsvSource({
    "a-four-call-allowlist, 10, 68, 2900",
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
    Filter filter = FilterCompiler.compile(policy, Objective.MIX);
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
    for (Objective objective : List.of(Objective.values())) {
      Filter filter = FilterCompiler.compile(policy, objective);
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
    for (Objective objective : List.of(Objective.values())) {
      assertThat(shape(policy, objective).size()).isBetween(700, 4096);
    }
  }
}
