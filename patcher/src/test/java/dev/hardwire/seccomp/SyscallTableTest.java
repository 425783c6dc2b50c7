package dev.hardwire.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
}
