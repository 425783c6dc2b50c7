package dev.hardwire.filter.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.KernelFilterRunner;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each row: a call, a condition, arguments for which it holds, and some for which it does not. */
@Tag("system")
class ConditionTruthTableTest {
  private static final Target X86_64 = Target.X86_64;

  private static Filter filter(String call, String condition) {
    String yaml =
        String.format(
            "{version: 1, default: errno ENOSYS, rules: [{errno EPERM: [%s], when: \"%s\"}]}",
            call, condition);
    Policy policy = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "table");
    return FilterCompiler.compile(policy, X86_64);
  }

  private static List<SeccompData> calls(String call, String rows) {
    List<SeccompData> calls = new ArrayList<>();
    if (rows == null) {
      return calls;
    }
    for (String row : rows.split("/", -1)) {
      long[] args =
          Arrays.stream(row.strip().split(" +", -1))
              .mapToLong(ConditionTruthTableTest::number)
              .toArray();
      calls.add(SeccompData.of(X86_64, SyscallTable.of(X86_64).number(call).getAsInt(), args));
    }
    return calls;
  }

  private static long number(String text) {
    return text.startsWith("0x")
        ? new BigInteger(text.substring(2), 16).longValue()
        : new BigInteger(text).longValue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // A 32-bit argument is its low word, whatever the high word holds.
        "socket ; domain == AF_VSOCK ; 40 / 0x100000028 / 0xffffffff00000028 ; 41 / 0x28100000000",
        "socket ; family != 1 ; 0 / 2 / 0x100000002 ; 1 / 0x500000001",
        "read ; fd == -1 ; 0xffffffff / -1 / 0x1ffffffff ; 0xfffffffe / 0",
        "kill ; pid < 0 ; -1 / 0xffffffff / 0x80000000 ; 0 / 1 / 0x7fffffff / 0xffffffff00000001",
        "kill ; pid <= -2 ; -2 / 0x80000000 ; -1 / 0 / 5",
        "kill ; pid > -2 ; -1 / 0 / 5 / 0x7fffffff ; -2 / 0x80000000",
        "kill ; pid >= -1 && pid < 2 ; -1 / 0 / 1 ; -2 / 2",
        "read ; fd < 3 ; 0 / 2 / 0x900000002 ; 3 / 0xffffffff",
        // 16 bits of a mode.
        "chmod ; mode == 0755 ; 0 0x1ed / 0 0x101ed / 0 0xffffffff000001ed ; 0 0x1ec",
        "chmod ; mode & 04000 ; 0 0x9ed / 0 0xf0800 ; 0 0x1ed / 0 0xf0000",
        // 64 bits.
        "lseek ; offset == 0x100000028 ; 0 0x100000028 ; 0 0x28 / 0 0x200000028",
        "lseek ; offset < 0 ; 0 -1 / 0 0x8000000000000000 ; 0 0xffffffff / 0 1",
        "lseek ; offset > 0xffffffff ; 0 0x100000000 / 0 0x7fffffffffffffff ; 0 0xffffffff / 0 -1",
        "mmap ; len >= 0x100000001 && len <= 0x300000005 ; 0 0x100000001 / 0 0x200000000"
            + " / 0 0x300000005 ; 0 0x100000000 / 0 0x300000006 / 0 -1 / 0 5",
        "mmap ; prot & PROT_EXEC ; 0 0 4 / 0 0 7 ; 0 0 3 / 0 0 0x400000000",
        "mmap ; (prot & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC) ; 0 0 6 / 0 0 7"
            + " ; 0 0 2 / 0 0 4 / 0 0 0x600000000",
        "mmap ; (addr & 0xf00000000f) == 0x3000000005 ; 0x3000000005 / 0x33000000f5"
            + " ; 0x5 / 0x3000000000 / 0x4000000005",
        // Kernels look at 32 bits of these, though they are declared wider.
        "clone ; clone_flags == 17 ; 17 / 0x100000011 ; 18",
        "readv ; fd == 2 ; 2 / 0x100000002 ; 3",
        // Views.
        "socket ; u64(domain) == 40 ; 40 ; 0x100000028 / 41",
        "kill ; u32(pid) < 5 ; 0 / 4 / 0x100000004 ; -1 / 5",
        "lseek ; i32(offset) < 0 ; 0 0x80000000 / 0 -1 ; 0 0x7fffffff / 0 0x8000000000000000",
        // Lists, names of manual pages, registers, several arguments.
        "socket ; domain in [AF_INET, AF_INET6, 1] ; 1 / 2 / 10 ; 0 / 3 / 9 / 11",
        "openat ; (flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT) ; 0 0 0 / 0 0 0x80000"
            + " ; 0 0 1 / 0 0 2 / 0 0 0x40",
        "openat ; dirfd == AT_FDCWD ; -100 / 0xffffff9c ; 3 / 100",
        "ioctl ; cmd == TIOCSTI || request in [TIOCLINUX] ; 1 0x5412 / 1 0x541c ; 1 0x5413",
        "fcntl ; arg1 == F_SETOWN && arg2 != 0 ; 0 8 1 / 0 8 0x100000000 ; 0 8 0 / 0 9 1",
        "prctl ; option == PR_SET_NAME && arg_2 > 5 ; 15 6 ; 15 5 / 14 6",
        "socket ; !(domain == 1 || type == 2) ; 2 1 / 5 5 ; 1 1 / 2 2 / 1 2"
      })
  void emulatorAndKernelAgreeWithTheTable(
      String call, String condition, String holds, String fails) {
    Filter filter = filter(call, condition);
    List<SeccompData> yes = calls(call, holds);
    List<SeccompData> no = calls(call, fails);
    assertThat(yes).isNotEmpty().allMatch(c -> verdict(filter, c).equals("errno EPERM"));
    assertThat(no).isNotEmpty().allMatch(c -> verdict(filter, c).equals("errno ENOSYS"));
    assertThat(KernelFilterRunner.run(filter, yes)).containsOnly("ret -1");
    assertThat(KernelFilterRunner.run(filter, no)).containsOnly("ret -38");
  }

  private static String verdict(Filter filter, SeccompData call) {
    return Emulator.run(filter, call).verdict().toString();
  }

  /**
   * The kernel truncates the domain to 32 bits, so a comparison of 64 bits lets 0x100000028 through
   * and the kernel then opens an AF_VSOCK socket (40).
   */
  @Test
  void theHighHalfIsNoWayAroundADenial() {
    String yaml =
        """
        version: 1
        default: allow
        rules:
          - errno EACCES: [socket]
            when: "domain == AF_VSOCK"
        """;
    Policy policy = YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "vsock");
    Filter filter = FilterCompiler.compile(policy, X86_64);
    long seqpacket = 5;
    List<SeccompData> calls =
        List.of(
            SeccompData.of(X86_64, 41, 0x1_0000_0028L, seqpacket, 0),
            SeccompData.of(X86_64, 41, 40, seqpacket, 0));
    assertThat(KernelFilterRunner.run(filter, calls)).containsExactly("ret -13", "ret -13");
  }
}
