package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.learn.arguments.SlotValues;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Rule;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions that are proposed of arguments. */
class ArgumentsTest {
  /** The condition that one call's lines lead to. */
  private static Optional<String> condition(String call, String... lines) {
    LearnedPolicy policy =
        Learning.from(String.join("\n", lines)).flags(true, false, false).policy();
    assertThat(ResolvedPolicy.of(policy.policy(), Target.X86_64).warnings()).isEmpty();
    return policy.policy().rules().stream()
        .filter(rule -> rule.calls().get(0).name().equals(call))
        .map(Rule::condition)
        .flatMap(Optional::stream)
        .map(Condition::toString)
        .findFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "socket; socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3;"
            + " family == AF_INET && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_STREAM",
        "socketpair; socketpair(AF_UNIX, SOCK_DGRAM, 0, [3, 4]) = 0;"
            + " family == AF_UNIX && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_DGRAM",
        "ioctl; ioctl(3</dev/pts/0<char 136:0>>, TCGETS, {c_iflag=ICRNL}) = 0; cmd == TCGETS",
        "ioctl; ioctl(3, SNDCTL_TMR_STOP or TCSETSW, {c_iflag=ICRNL}) = 0; cmd == TCSETSW",
        "ioctl; ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x2, 0x10), 0x7f) = 0; cmd == 0xc0105402",
        "prctl; prctl(PR_SET_NAME, \"a, b\") = 0; option == PR_SET_NAME",
        "fcntl; fcntl(0, F_DUPFD, 10) = 10; cmd == F_DUPFD",
        "fcntl; fcntl(0, 0x1 /* F_GETFD */) = 0; cmd == 1",
        "open; open(\"/a|b\", O_RDONLY) = 3; flags == 0",
        "openat; openat(AT_FDCWD</>, \"/a\", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3</a>;"
            + " (flags & ~(O_WRONLY | O_CREAT | O_CLOEXEC)) == 0",
        "openat; openat(AT_FDCWD, \"/a\"..., O_RDONLY|O_LARGEFILE) = 3; (flags & ~0x8000) == 0",
        "mmap; mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE, -1, 0) = 0x7f;"
            + " (prot & PROT_EXEC) == 0",
        "mprotect; mprotect(0x7f, 4096, PROT_NONE) = 0; (prot & PROT_EXEC) == 0",
        "clone; clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 5;"
            + " (flags & ~(SIGCHLD | CLONE_CHILD_SETTID)) == 0",
        "setsockopt; setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0;"
            + " level == SOL_SOCKET && optname == SO_REUSEADDR",
      })
  void oneCall(String call, String line, String expected) {
    assertThat(condition(call, line)).contains(expected.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "mmap; mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE, -1, 0) = 0x7f",
        "ioctl; ioctl(3, FROB_NICATE, 0x7f) = 0",
        "ioctl; ioctl(3) = 0",
        "openat; openat(AT_FDCWD, \"/a\", O_RDONLY|0x99999999999999999) = 3",
        "openat; openat(AT_FDCWD, \"/a\", O_RDONLY|O_FROB) = 3",
      })
  void noConditionWhereTheValueIsNotUnderstoodOrTellsNothing(String call, String line) {
    assertThat(condition(call, line)).isEmpty();
  }

  @Test
  void severalCallsShareACondition() {
    assertThat(
            condition(
                "socket",
                "socket(AF_UNIX, SOCK_STREAM, 0) = 3",
                "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0) = 3",
                "socket(AF_INET, SOCK_STREAM, 0 <unfinished ...>",
                "<... socket resumed>) = 3"))
        .contains(
            "family in [AF_UNIX, AF_INET] && (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) =="
                + " SOCK_STREAM");
  }

  @Test
  void tooManyValuesAreNoPattern() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i <= SlotValues.LIMIT; i++) {
      lines.append("ioctl(3, ").append(i).append(", 0) = 0\n");
    }
    assertThat(condition("ioctl", lines.toString())).isEmpty();
    assertThat(Learning.from(lines.toString()).flags(true, false, false).policy().text())
        .contains("no condition: cmd: it had more than 64 values");
  }

  @Test
  void kernelRecordsHaveNoArguments() {
    String record = "type=SECCOMP msg=audit(1.2:3): pid=1 exe=\"/a\" arch=c000003e syscall=41";
    assertThat(condition("socket", "socket(AF_UNIX, SOCK_STREAM, 0) = 3", record)).isEmpty();
  }

  @Test
  void withoutTheOptionThereAreNone() {
    assertThat(Learning.from("socket(AF_UNIX, SOCK_STREAM, 0) = 3").policy().text())
        .doesNotContain("when");
  }
}
