package dev.hardwire.formats.minijail;

import static dev.hardwire.formats.ForeignFormats.bytes;
import static dev.hardwire.formats.ForeignFormats.options;
import static dev.hardwire.formats.ForeignFormats.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinijailReaderTest {
  private static ReadPolicy read(String text) {
    return MinijailReader.read(bytes(text), "p.policy", options());
  }

  @Test
  void readsWhatMinijail0Reads() {
    ReadPolicy read =
        read(
            """
            # comment
            @frequency ./x.frequency
            read: 1
            close : return ENETDOWN   # behind a statement
            socket: arg0 == 1 && arg1 in 0x80802 || \\
                arg0 == AF_INET|AF_UNIX; return 13
            exit_group: arg0 & 0x7 || arg0 >= -1 || arg0 in ~O_CREAT
            """);
    assertThat(rules(read))
        .isEqualTo(
            """
            default: kill-process
            rules:
              - allow: [read]
              - errno ENETDOWN: [close]
              - allow: [socket]
                when: "(arg0 == 1 && (arg1 & ~0x80802) == 0) || arg0 == (AF_INET | AF_UNIX)"
              - errno EACCES: [socket]
              - allow: [exit_group]
                when: "(arg0 & 7) != 0 || unsigned(arg0) >= -1 || (arg0 & ~~O_CREAT) == 0"
            """);
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "p.policy:2:12: cannot find \"./x.frequency\"; no call has a weight by it",
            "p.policy:5:9: minijail0 fails where this does not hold, and its compiler where it"
                + " does; read as minijail0 does");
  }

  @Test
  void callsOfArmHaveTheirNames() {
    byte[] text = bytes("ARM_set_tls: 1\nioctl: arg1 == FDGETFDCSTAT\n");
    ReadPolicy read = MinijailReader.read(text, "p", new ReadOptions(Target.ARM));
    assertThat(rules(read)).contains("- allow: [set_tls]");
    assertThat(FilterCompiler.compile(read.policy(), Target.ARM).size()).isPositive();
  }

  /** minijail0 joins the lines first, its compiler cuts comments off first. */
  @Test
  void aCommentDoesNotGoOn() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("read: 1\n# write and \\\nclose: 1\n"))
        .withMessage(
            "p.policy:3:1: the comment above ends in a backslash: minijail0 takes this line for a"
                + " part of it, compile_seccomp_policy.py does not; remove the backslash");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("read: 1 # a \\\n  # b \\\nclose: 1\n"))
        .withMessageStartingWith("p.policy:3:1: the comment above ends in a backslash");
    ReadPolicy read = read("# a \\\n# b \\\n\nread: 1 \\\n# c\nclose: 1\n");
    assertThat(rules(read)).contains("- allow: [read]\n", "- allow: [close]\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("read: \\\n# c\n1\n"))
        .withMessageStartingWith("p.policy:1:");
  }

  @Test
  void readsWhatTheCompilerReads() {
    ReadPolicy read =
        read(
            """
            @default trap
            {write, kill[arch=x86_64,arm64]} : allow
            {close, uname[arch=arm]}: return 0x64
            ptrace: kill
            bpf[arch=arm]: allow
            execve[arch=x86_64;note=x]: log
            socket: arg0 == 1; return 13
            openat: {arg2 & O_CREAT; return EROFS, arg2 in ~(O_TRUNC|O_EXCL); log, kill-thread}
            ioctl: arg1 == ~(1|2)
            ioctl: arg1 == 5; trap
            ioctl: return 010
            """);
    assertThat(rules(read))
        .isEqualTo(
            """
            default: trap
            rules:
              - allow: [write, kill]
              - errno ENETDOWN: [close]
              - kill-process: [ptrace]
              - log: [execve]
              - errno EACCES: [socket]
                when: "arg0 == 1"
              - errno EROFS: [openat]
                when: "(arg2 & O_CREAT) != 0"
              - log: [openat]
                when: "(arg2 & ~~(O_TRUNC | O_EXCL)) == 0"
              - kill-thread: [openat]
              - allow: [ioctl]
                when: "arg1 == ~(1 | 2)"
              - trap: [ioctl]
                when: "arg1 == 5"
              - errno ENOEXEC: [ioctl]
            """);
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly("p.policy:6:20: minijail gives \"note\" no meaning");
  }

  @Test
  void readsListsOfWhatIsDenied() {
    assertThat(rules(read("@denylist\nuname: return EPERM\nread: arg0 == 3; return 9\n")))
        .isEqualTo(
            """
            default: allow
            rules:
              - errno EPERM: [uname]
              - errno EBADF: [read]
                when: "arg0 == 3"
            """);
  }

  @Test
  void includesAreReadBesideTheFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("base.policy"), "read: 1\n");
    Files.writeString(folder.resolve("top.policy"), "@include ./base.policy\nwrite: 1\n");
    assertThat(rules(MinijailReader.read(folder.resolve("top.policy"), options())))
        .contains("allow: [read]")
        .contains("allow: [write]");
  }

  @Test
  void severalLinesForACallAreReadInOrder(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("base.policy"), "ioctl: arg1 == 1\nread: 1\n");
    Path top =
        Files.writeString(
            folder.resolve("top.policy"),
            "ioctl: arg1 == 2\n@include ./base.policy\nioctl: arg1 == 3\nioctl: return EPERM\n");
    ReadPolicy read = MinijailReader.read(top, options());
    assertThat(rules(read))
        .isEqualTo(
            """
            default: kill-process
            rules:
              - allow: [ioctl]
                when: "arg1 == 2"
              - allow: [ioctl]
                when: "arg1 == 1"
              - allow: [read]
              - allow: [ioctl]
                when: "arg1 == 3"
              - errno EPERM: [ioctl]
            """);
    assertThat(read.warnings()).isEmpty();
  }

  /** As minijail0 of Android does, which accepts several lines for a call. */
  @Test
  void linesForDecidedCallsAreIgnored() {
    ReadPolicy read = read("socket: 1\nread: 1\nsocket: arg0 == 4\nread: return 1\nclose: 1\n");
    assertThat(read.policy().rules())
        .extracting(rule -> rule.action() + " " + rule.calls() + rule.condition())
        .containsExactly(
            "allow [socket]Optional.empty",
            "allow [read]Optional.empty",
            "allow [close]Optional.empty");
    assertThat(read.warnings())
        .extracting(warning -> warning.position() + " " + warning.message())
        .containsExactly(
            "p.policy:3:1 what happens to \"socket\" is decided at p.policy:1:1; this is ignored",
            "p.policy:4:1 what happens to \"read\" is decided at p.policy:2:1; this is ignored");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "read # p.policy:1:5: expected \":\", not the end of the line",
        "read: # p.policy:1:6: expected an expression (argN OPERATOR VALUE) or an action",
        "read: 2 # p.policy:1:7: expected an expression (argN OPERATOR VALUE) or an action",
        "read: arg0 = 1 # p.policy:1:12: expected ==, !=, <, <=, >, >=, & or in, not \"=\"",
        "read: arg6 == 1 # p.policy:1:7: expected an argument, arg0 to arg5, not \"arg6\"",
        "read: arg0 == 1 && # p.policy:1:19: expected an argument, arg0 to arg5, not the end of",
        "read: arg0 == x # p.policy:1:15: expected a constant",
        "read: arg0 == ~~1 # p.policy:1:16: a complement of a complement is not allowed",
        "read: arg0 == (1 # p.policy:1:17: expected \")\"",
        "read: arg0 == 1; boo # p.policy:1:18: expected an expression (argN OPERATOR VALUE) or an",
        "read: arg0 == 1 allow # p.policy:1:17: expected the end of the line, not \"allow\"",
        "read: arg0 == 1 ! # p.policy:1:17: \"!\" means nothing in a minijail policy",
        "read: return EPREM # p.policy:1:14: unknown error name",
        "read: return # p.policy:1:13: unknown error name",
        "read: user-notify # p.policy:1:7: \"user-notify\" needs another process that answers",
        "read: { arg0 == 1, arg0 == 2 # p.policy:1:29: expected \"}\"",
        "{read, write: 1 # p.policy:1:13: expected \"}\", not \":\"",
        "{read write}: 1 # p.policy:1:7: expected \"}\", not \"write\"",
        "{}: 1 # p.policy:1:2: expected a system call, not \"}\"",
        "read: {return 5, allow} # p.policy:1:1: what happens to \"read\" is decided already",
        "files@base: 1 # p.policy:1:1: \"files@base\" is a group of minijail's constants.json",
        "@include x # p.policy:1:10: includes work in policy files only",
        "@default allow # p.policy:1:10: @default must be kill, kill-process, kill-thread or trap",
        "@default log # p.policy:1:10: @default must be kill",
        "@default trap x # p.policy:1:15: expected the end of the line",
        "@nonsense 1 # p.policy:1:1: unknown directive @nonsense",
        "@default # p.policy:1:1: @default needs a value",
        "read[arch=arm,x86_46]: 1 # p.policy:1:15: unknown architecture \"x86_46\"",
        "read[arch]: 1 # p.policy:1:10: expected \"=\", not \"]\""
      })
  void errorsNameThePlace(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{read}: 1|write: 1|read: arg0 == 1 # p.policy:3:1: what happens to \"read\" is decided"
            + " already (first at p.policy:1:2)",
        "read: arg0 == 1; return 5|write: arg0 == 1|write: arg0 == 2 # p.policy:3:1: \"write\" has"
            + " two lines, which minijail0 refuses, and in its compiler \"; return\" at"
            + " p.policy:1:7 means another thing; join them by || (first at p.policy:2:1)",
        "read: allow|write: 1|read: arg0 == 1 # p.policy:3:1: what happens to \"read\" is decided"
            + " already (first at p.policy:1:1)",
        "@denylist|read: 1 # p.policy:2:7: with @denylist, every filter needs \"return ERRNO\""
            + " (first at p.policy:1:1)"
      })
  void contradictionsNameBothPlaces(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text.replace('|', '\n')))
        .withMessage(message);
  }

  @Test
  void everyFileOfADenyListSaysSo(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("base.policy"), "read: return 1\n");
    Path top = Files.writeString(folder.resolve("t"), "@denylist\n@include ./base.policy\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> MinijailReader.read(top, options()))
        .withMessage(
            "base.policy: @denylist is missing, other files have it (first at " + top + ":1:1)");
  }
}
