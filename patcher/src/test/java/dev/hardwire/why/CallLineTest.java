package dev.hardwire.why;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.CallText;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.CallLists;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallLineTest {
  private static DeniedCall call(String text, Target target) {
    SeccompData data = CallText.parse(text, target, index -> Position.NONE);
    return new DeniedCall(
        "/bin/x", 1, 1, Ending.KILLED, data, true, Map.of(), List.of(), Optional.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "socket(16, 0x80003, 0) ; socket(family=AF_NETLINK, type=SOCK_RAW|SOCK_CLOEXEC,"
            + " protocol=0)",
        "openat(-100, 0, 0x241, 420) ; openat(dfd=AT_FDCWD, filename=NULL,"
            + " flags=O_WRONLY|O_CREAT|O_TRUNC, mode=0644)",
        "kill(-1, 9) ; kill(pid=-1, sig=SIGKILL)",
        "ioctl(1, 0x5401, 0x7ffe0000) ; ioctl(fd=1, cmd=TCGETS, arg=0x7ffe0000)",
        "ioctl(1, 0x12345678, 0) ; ioctl(fd=1, cmd=0x12345678, arg=0)",
        "mprotect(0x1000, 0x2000, 7) ; mprotect(start=0x1000, len=0x2000,"
            + " prot=PROT_READ|PROT_WRITE|PROT_EXEC)",
        "msync(0x1000, 0x2000, 4) ; msync(start=0x1000, len=0x2000, flags=MS_SYNC)",
        "mount(0, 0, 0, 7, 0) ; mount(dev_name=NULL, dir_name=NULL, type=NULL,"
            + " flags=MS_RDONLY|MS_NOSUID|MS_NODEV, data=NULL)",
        "getpid(5) ; getpid()",
        "5000(1) ; system call 5000(arg0=1, arg1=0, arg2=0, arg3=0, arg4=0, arg5=0)",
      })
  void valuesHaveTheirNames(String text, String expected) {
    assertThat(CallLine.of(call(text, Target.X86_64))).isEqualTo(expected);
  }

  @Test
  void everyPhraseIsOneOfACall() {
    Set<String> calls = new TreeSet<>();
    for (Target target : Target.values()) {
      calls.addAll(SyscallTable.of(target).names());
    }
    Set<String> usual = new TreeSet<>();
    Purposes.calls().forEach(usual::add);
    assertThat(calls).containsAll(usual);
    assertThat(usual).hasSizeGreaterThan(360);
    assertThat(usual)
        .allSatisfy(
            name -> assertThat(Purposes.of(name).orElseThrow()).matches("[^.].{8,110}[^.]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prctl(PR_SET_NAME) | - {allow: [prctl], when: \"option == PR_SET_NAME\"}",
        "mmap(0, 4096, 7, 34) | - allow: [mmap]",
        "mmap(0, 4096, 3, 34) | - {allow: [mmap], when: \"(prot & PROT_EXEC) == 0\"}",
        "read(0) | - allow: [read]",
        "clone(0x3d0f00) | - {allow: [clone], when: *",
        "personality(8) | - {allow: [personality], when: \"personality == PER_LINUX32\"}",
      })
  void theLineIsAsNarrowAsTheArgumentsPermit(String text, String line) {
    var policy = CallLists.policy(Optional.of("exit_group"), Optional.empty(), Action.KILL_PROCESS);
    Judge judge = new Judge(PolicyLayer.of("test", policy, Target.X86_64));
    Ruling ruling = judge.rulings(call(text, Target.X86_64)).get(0);
    String found = ruling.remedy().orElseThrow().line().orElseThrow();
    if (line.endsWith("*")) {
      assertThat(found).startsWith(line.substring(0, line.length() - 1));
    } else {
      assertThat(found).isEqualTo(line);
    }
  }

  @Test
  void callsOfAnotherArchitectureCannotBeAllowed() {
    var policy = CallLists.policy(Optional.empty(), Optional.of("uname"), Action.KILL_PROCESS);
    Judge judge = new Judge(PolicyLayer.of("test", policy, Target.X86_64));
    Ruling ruling = judge.rulings(call("getpid", Target.I386)).get(0);
    assertThat(ruling.isBuiltIn()).isTrue();
    assertThat(ruling.remedy()).isEmpty();
    assertThat(judge.rulings(call("0x40000027", Target.X86_64)).get(0).isBuiltIn()).isTrue();
  }
}
