package dev.hardwire.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.testing.Fixtures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("system")
class SyscallTableTest {
  private static List<String> resource(String path) throws IOException {
    return Files.readAllLines(Path.of("src/main/resources/dev/hardwire", path)).stream()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }

  /** Whether libseccomp 2.6 does not know a number, or reaches the call by socketcall or ipc. */
  private static boolean isBeyondLibseccomp(String name, int number, int theirs) {
    boolean multiplexed = (theirs <= -101 && theirs >= -120) || (theirs <= -201 && theirs >= -224);
    boolean newer = number >= 467 || name.equals("uprobe");
    return multiplexed || (newer && theirs == -1);
  }

  @ParameterizedTest
  @EnumSource
  void libseccompHasTheSameNumbers(Target architecture) throws Exception {
    SyscallTable table = SyscallTable.of(architecture);
    Set<String> names = new TreeSet<>(CallGroups.calls("@known").orElseThrow());
    for (Target each : Target.values()) {
      names.addAll(SyscallTable.of(each).names());
    }
    names.removeAll(Set.of("fadvise64_64", "sync_file_range2")); // for arm they begin with arm_
    Iterator<Integer> theirs = libseccomp(architecture, names).iterator();
    for (String name : names) {
      int other = theirs.next();
      int number = table.number(name).orElse(-1);
      boolean same = number < 0 ? other < 0 : other == number;
      assertThat(same || (number >= 0 && isBeyondLibseccomp(name, number, other)))
          .as("%s on %s: %d, libseccomp %d", name, architecture, number, other)
          .isTrue();
    }
  }

  private static List<Integer> libseccomp(Target architecture, Set<String> names) throws Exception {
    Path list = Files.createTempFile("names", ".txt");
    try {
      Files.write(list, names);
      String name = architecture == Target.I386 ? "x86" : architecture.id();
      Process process =
          new ProcessBuilder(Fixtures.tool("seccomp-numbers").toString(), name)
              .redirectInput(list.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).isZero();
      return out.lines().map(Integer::valueOf).toList();
    } finally {
      Files.delete(list);
    }
  }

  @Test
  void knowsCallsByNameAndNumber() {
    SyscallTable table = SyscallTable.of(Target.X86_64);
    assertThat(table.number("uname")).hasValue(63);
    assertThat(table.name(231)).contains("exit_group");
    assertThat(table.number("file_setattr")).hasValue(469);
    assertThat(table.number("getxattrat")).hasValue(464);
    assertThat(table.number("no_such_call")).isEmpty();
    assertThat(table.name(400)).isEmpty();
    assertThat(table.name(0xffff_ffffL)).isEmpty();
    assertThat(table.names()).hasSizeGreaterThan(380).contains("read", "mseal");
  }

  @Test
  void constantsDifferBetweenArchitectures() {
    assertThat(ConstantTable.of(Target.X86_64).value("O_DIRECTORY")).hasValue(0x10000);
    assertThat(ConstantTable.of(Target.AARCH64).value("O_DIRECTORY")).hasValue(0x4000);
    assertThat(ConstantTable.of(Target.PPC64LE).value("TIOCGWINSZ")).hasValue(0x40087468);
    assertThat(ConstantTable.of(Target.S390X).value("TIOCGWINSZ")).hasValue(0x5413);
    assertThat(ConstantTable.of(Target.X86_64).value("MAP_32BIT")).isPresent();
    assertThat(ConstantTable.of(Target.RISCV64).value("MAP_32BIT")).isEmpty();
    assertThat(ConstantTable.of(Target.I386).value("RLIM_INFINITY")).hasValue(0xffff_ffffL);
  }

  @ParameterizedTest
  @EnumSource
  void everyArgumentListFitsTheRegisters(Target architecture) {
    ArgumentTable table = ArgumentTable.of(architecture);
    int known = 0;
    for (String call : SyscallTable.of(architecture).names()) {
      List<ArgumentTable.Argument> list = table.arguments(call).orElse(List.of());
      known += table.arguments(call).isPresent() ? 1 : 0;
      assertThat(list).as(call).hasSizeLessThanOrEqualTo(6);
      assertThat(list)
          .as(call)
          .allMatch(argument -> argument.type().bits() <= architecture.wordBits());
      assertThat(list.stream().flatMap(argument -> argument.names().stream()).toList())
          .as(call)
          .doesNotHaveDuplicates();
    }
    // without a prototype are only calls that no kernel has any more, and arm has none of those
    assertThat(SyscallTable.of(architecture).names().size() - known).isLessThan(30);
  }

  /** Differences are for calls that their architectures have, and are used. */
  @Test
  void everyDifferenceIsOfACallOfItsArchitectures() throws Exception {
    for (String line : resource("calls/argument-differences.txt")) {
      List<String> words = List.of(line.split(" ", -1));
      if (words.get(0).equals("*")) {
        continue;
      }
      for (String id : words.get(0).split(",", -1)) {
        Target architecture = Target.ofName(id).orElseThrow();
        assertThat(Multiplexer.reachable(architecture)).as(line).contains(words.get(1));
      }
    }
  }

  @Test
  void argumentsAreThoseOfTheArchitecture() {
    assertThat(arguments(Target.X86_64, "clone"))
        .isEqualTo("clone_flags newsp parent_tidptr child_tidptr tls");
    assertThat(arguments(Target.LOONGARCH64, "clone"))
        .isEqualTo("clone_flags newsp parent_tidptr child_tidptr tls");
    assertThat(arguments(Target.AARCH64, "clone"))
        .isEqualTo("clone_flags newsp parent_tidptr tls child_tidptr");
    assertThat(arguments(Target.S390X, "clone"))
        .isEqualTo("newsp clone_flags parent_tidptr child_tidptr tls");
    assertThat(arguments(Target.I386, "pread64")).isEqualTo("fd buf count pos_low pos_high");
    assertThat(arguments(Target.ARM, "pread64")).isEqualTo("fd buf count unused pos_low pos_high");
    assertThat(arguments(Target.S390X, "mmap")).isEqualTo("arg");
    assertThat(arguments(Target.ARM, "sync_file_range2"))
        .isEqualTo(arguments(Target.ARM, "arm_sync_file_range"));
    assertThat(ArgumentTable.of(Target.I386).arguments("setuid").orElseThrow().get(0).type())
        .isEqualTo(new ArgumentType(16, false, false));
    assertThat(ArgumentTable.of(Target.ARM).arguments("setuid32").orElseThrow().get(0).type())
        .isEqualTo(new ArgumentType(32, false, false));
    assertThat(ArgumentTable.of(Target.AARCH64).arguments("open")).isEmpty();
  }

  private static String arguments(Target architecture, String call) {
    return ArgumentTable.of(architecture).arguments(call).orElseThrow().stream()
        .map(ArgumentTable.Argument::name)
        .collect(Collectors.joining(" "));
  }

  @Test
  void theCallsOfArmReachItsPrivateNumbers() {
    SyscallTable table = SyscallTable.of(Target.ARM);
    assertThat(table.number("cacheflush")).hasValue(0x0f0002);
    assertThat(table.name(0x0f0005)).contains("set_tls");
    assertThat(table.number("sync_file_range2")).hasValue(341);
    assertThat(table.name(341)).contains("arm_sync_file_range");
  }

  @Test
  void everyArgumentWithConstantsExists() throws Exception {
    ArgumentTable arguments = ArgumentTable.of(Target.X86_64);
    for (String line : resource("calls/argument-constants.txt")) {
      List<String> words = List.of(line.split(" ", -1));
      if (words.get(0).equals("*")) {
        continue;
      }
      assertThat(arguments.arguments(words.get(0)))
          .as(line)
          .hasValueSatisfying(
              list -> assertThat(list).anyMatch(a -> a.name().equals(words.get(1))));
      assertThat(ArgumentConstants.names(Target.X86_64, words.get(0), words.get(1)))
          .as(line)
          .isNotEmpty();
    }
  }

  @Test
  void groupsHoldGroups() {
    assertThat(CallGroups.calls("@system-service").orElseThrow())
        .contains("read", "socket", "clone", "exit_group")
        .doesNotContain("mount", "ptrace");
    assertThat(CallGroups.calls("@nothing")).isEmpty();
    assertThat(CallGroups.calls("@clock").orElseThrow())
        .isSubsetOf(CallGroups.calls("@privileged").orElseThrow());
    assertThat(CallGroups.names()).hasSize(30).contains("@default", "@known");
  }

  /** systemd's {@code @known} is not all that it can name: a denied group would be let through. */
  @Test
  void groupsHoldEveryMemberThatIsACallSomewhere() throws IOException {
    for (String line : resource("calls/groups.txt")) {
      List<String> words = List.of(line.split(" ", -1));
      Set<String> calls = CallGroups.calls(words.get(0)).orElseThrow();
      for (String member : words.subList(1, words.size())) {
        boolean isCall =
            Arrays.stream(Target.values())
                .anyMatch(a -> SyscallTable.of(a).number(member).isPresent());
        assertThat(calls.contains(member) || !isCall).as("%s %s", words.get(0), member).isTrue();
      }
    }
    assertThat(CallGroups.calls("@obsolete").orElseThrow()).contains("uselib", "_sysctl");
    assertThat(CallGroups.calls("@file-system").orElseThrow()).doesNotContain("fstatat");
  }

  @Test
  void argumentsHaveTheKernelsNamesAndWidths() {
    ArgumentTable table = ArgumentTable.of(Target.X86_64);
    assertThat(table.arguments("socket").orElseThrow().get(0))
        .isEqualTo(
            new ArgumentTable.Argument(
                List.of("family", "domain"), new ArgumentType(32, true, false)));
    assertThat(table.arguments("chmod").orElseThrow().get(1).type().bits()).isEqualTo(16);
    assertThat(table.arguments("mmap").orElseThrow()).hasSize(6);
    assertThat(table.arguments("getpid")).contains(List.of());
    assertThat(table.arguments("afs_syscall")).isEmpty();
  }
}
