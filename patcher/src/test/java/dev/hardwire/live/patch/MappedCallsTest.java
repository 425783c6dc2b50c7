package dev.hardwire.live.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One policy of x86-64's names confines a program of 64 and of 32 bits alike. */
class MappedCallsTest {
  /** What the C library of i386 does by openat, statx, _llseek, fcntl64, mmap2 and getuid32. */
  private static final String PROGRAM =
      """
      #include <fcntl.h>
      #include <sys/mman.h>
      #include <sys/stat.h>
      #include <unistd.h>

      int main(int count, char **arguments) {
        struct stat st;
        int file = open(arguments[0], O_RDONLY);
        int failed = file < 0 || stat("/etc", &st) != 0 || fstat(file, &st) != 0;
        failed |= lseek(file, 5, SEEK_SET) != 5 || fcntl(file, F_GETFL) < 0;
        failed |= mmap(0, 4096, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED;
        failed |= getuid() == 12345 || geteuid() == 12345;
        failed |= open("created", O_WRONLY | O_CREAT, 0600) >= 0;
        if (count > 1) mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return failed ? 1 : 42;
      }
      """;

  private static final String POLICY =
      """
      version: 1
      default: kill-process
      rules:
        - errno EPERM: [open, openat]
          when: "(flags & O_CREAT) != 0"
        - allow: [open, openat, stat, fstat, newfstatat, lseek, fcntl, getuid, geteuid, exit_group]
        - allow: [mmap]
          when: "(prot & PROT_EXEC) == 0"
      """;

  @TempDir Path folder;

  private Path patched(String compiler, Object... options) throws IOException {
    Path source = Files.writeString(folder.resolve("program.c"), PROGRAM);
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    Path program = folder.resolve(compiler);
    Programs.output(compiler, "-o", program, source);
    Path out = folder.resolve(compiler + options.length);
    Object[] words = new Object[6 + options.length];
    System.arraycopy(new Object[] {"patch", "--policy", policy, "-o", out}, 0, words, 0, 5);
    System.arraycopy(options, 0, words, 5, options.length);
    words[words.length - 1] = program;
    Outcome patched = Cli.run(words);
    patched.succeeds();
    return out;
  }

  @Test
  void theCallsOfBothAreAllowedAndRefused() throws IOException {
    for (String compiler : new String[] {"gcc", "i686-linux-gnu-gcc"}) {
      Path program = patched(compiler, "--map-missing-calls", "--strict");
      assertThat(Programs.run(program).status()).as(compiler).isEqualTo(42);
      assertThat(Programs.run(program, "executable").status())
          .as(compiler)
          .isEqualTo(Programs.KILLED_BY_SIGSYS);
    }
  }

  @Test
  void withoutAMappingTheNamesMeanOnlyThemselves() throws IOException {
    assertThat(Programs.run(patched("gcc")).status()).isEqualTo(42);
    assertThat(Programs.run(patched("i686-linux-gnu-gcc")).status())
        .isEqualTo(Programs.KILLED_BY_SIGSYS);
  }
}
