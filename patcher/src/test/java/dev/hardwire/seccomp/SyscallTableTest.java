package dev.hardwire.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyscallTableTest {
  private static List<String> script(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return out.lines().toList();
  }

  private static List<String> resource(String path) throws IOException {
    return Files.readAllLines(Path.of("src/main/resources/dev/hardwire", path));
  }

  @ParameterizedTest
  @EnumSource
  void theTableIsWhatTheInstalledHeadersSay(Architecture architecture) throws Exception {
    assertThat(resource("seccomp/syscalls-" + architecture.id() + ".txt"))
        .isEqualTo(script("src/build/syscall-table.sh", architecture.id()));
  }

  @Test
  void theErrorNamesAreWhatTheInstalledHeadersSay() throws Exception {
    assertThat(resource("policy/errno.txt")).isEqualTo(script("src/build/errno-table.sh"));
  }

  @Test
  void knowsCallsByNameAndNumber() {
    SyscallTable table = SyscallTable.of(Architecture.X86_64);
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
  void theGroupsAreThoseOfTheInstalledSystemd() throws Exception {
    assertThat(resource("seccomp/groups.txt")).isEqualTo(script("src/build/group-table.sh"));
  }

  /** Other headers may know more names, but none with another value. */
  @Test
  void theConstantsAreWhatTheInstalledHeadersSay() throws Exception {
    Map<String, String> installed = new HashMap<>();
    for (String line : script("src/build/constant-table.sh")) {
      installed.put(line.substring(0, line.indexOf(' ')), line);
    }
    List<String> resource = resource("seccomp/constants-x86_64.txt");
    assertThat(installed.values()).containsAll(resource);
    assertThat(installed.size()).isLessThan(resource.size() + 100);
  }

  @Test
  void everyArgumentWithConstantsExists() throws Exception {
    ArgumentTable arguments = ArgumentTable.of(Architecture.X86_64);
    for (String line : resource("seccomp/argument-constants.txt")) {
      List<String> words = List.of(line.split(" ", -1));
      if (words.get(0).equals("#") || words.get(0).equals("*")) {
        continue;
      }
      assertThat(arguments.arguments(words.get(0)))
          .as(line)
          .hasValueSatisfying(
              list -> assertThat(list).anyMatch(a -> a.name().equals(words.get(1))));
      assertThat(ArgumentConstants.names(Architecture.X86_64, words.get(0), words.get(1)))
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
    assertThat(CallGroups.names()).hasSize(30).contains("@default", "@known");
  }

  @Test
  void argumentsHaveTheKernelsNamesAndWidths() {
    ArgumentTable table = ArgumentTable.of(Architecture.X86_64);
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
