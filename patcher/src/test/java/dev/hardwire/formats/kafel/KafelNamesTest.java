package dev.hardwire.formats.kafel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names that kafel gives to numbers; fixtures/compare-kafel.sh compares whole policies. */
class KafelNamesTest {
  @ParameterizedTest
  @CsvSource({
    "I386, getuid, 199",
    "I386, getuid16, 24",
    "I386, setresgid, 210",
    "I386, newstat, 106",
    "I386, stat, 18",
    "I386, old_mmap, 90",
    "I386, mmap_pgoff, 192",
    "I386, select, 142",
    "I386, old_select, 82",
    "I386, umount, 52",
    "I386, oldumount, 22",
    "I386, sendfile64, 239",
    "I386, sendfile, 187",
    "I386, olduname, 59",
    "I386, getrlimit, 191",
    "I386, fcntl64, 221",
    "ARM, chown, 212",
    "ARM, chown16, 182",
    "ARM, sync_file_range2, 341",
    "X86_64, getuid, 102",
    "X86_64, newstat, 4",
    "X86_64, mmap, 9",
    "X86_64, sendfile64, 40",
    "X86_64, umount, 166",
    "AARCH64, sync_file_range2, 84",
    "I386, mmap, -1",
  })
  void areThoseOfTheKernelsFunctions(Target architecture, String name, int number) {
    String call = KafelNames.call(name, architecture);
    assertThat(SyscallTable.of(architecture).number(call).orElse(-1)).isEqualTo(number);
  }
}
