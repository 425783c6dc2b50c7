package dev.hardwire.policy.format;

import static dev.hardwire.policy.format.ForeignFormats.bytes;
import static dev.hardwire.policy.format.ForeignFormats.options;
import static dev.hardwire.policy.format.ForeignFormats.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.policy.PolicyException;
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
  void readsEveryStatement() {
    ReadPolicy read =
        read(
            """
            # comment
            @default trap
            @frequency ./x.frequency
            read: 1
            write : allow   # behind a statement
            {close, uname}: return ENETDOWN
            ptrace: kill
            bpf[arch=arm]: allow
            execve[arch=x86_64]: log
            socket: arg0 == 1 && arg1 in 0x80802 || \\
                arg0 == AF_INET|AF_UNIX; return 13
            exit_group: arg0 & 0x7 || arg0 >= -1 || arg0 in ~O_CREAT
            """);
    assertThat(rules(read))
        .isEqualTo(
            """
            default: trap
            rules:
              - allow: [read]
              - allow: [write]
              - errno ENETDOWN: [close, uname]
              - kill-process: [ptrace]
              - log: [execve]
              - allow: [socket]
                when: "(arg0 == 1 && (arg1 & ~0x80802) == 0) || arg0 == (AF_INET | AF_UNIX)"
              - errno EACCES: [socket]
              - allow: [exit_group]
                when: "(arg0 & 7) != 0 || unsigned(arg0) >= -1 || (arg0 & ~~O_CREAT) == 0"
            """);
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly("p.policy:3:1: @frequency only makes minijail's filter faster; left out");
  }

  @Test
  void includesAreReadBesideTheFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("base.policy"), "read: 1\n");
    Files.writeString(folder.resolve("top.policy"), "@include ./base.policy\nwrite: 1\n");
    assertThat(rules(MinijailReader.read(folder.resolve("top.policy"), options())))
        .contains("allow: [read]")
        .contains("allow: [write]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "read # p.policy:1:1: expected \"CALL: EXPRESSION\", @include or @default",
        "read: # p.policy:1:6: expected an expression or an action",
        "read: 2 # p.policy:1:7: expected an action",
        "read: arg0 = 1 # p.policy:1:7: expected \"argN OPERATOR VALUE\", not \"arg0 = 1\"",
        "read: arg6 == 1 # p.policy:1:7: expected \"argN OPERATOR VALUE\"",
        "read: arg0 == 1 && # p.policy:1:19: expected \"argN OPERATOR VALUE\"",
        "read: arg0 == x # p.policy:1:15: expected a constant",
        "read: arg0 == 1; kill # p.policy:1:18: expected an action",
        "read: return EPREM # p.policy:1:14: unknown error name",
        "read: user-notify # p.policy:1:7: \"user-notify\" needs another process that answers",
        "read: { arg0 == 1, arg0 == 2 } # p.policy:1:7: lists of filters in braces",
        "@include x # p.policy:1:10: includes work in policy files only",
        "@default allow # p.policy:1:10: @default cannot be allow",
        "@nonsense 1 # p.policy:1:1: unknown directive @nonsense",
        "@default # p.policy:1:1: @default needs a value",
        "read[foo=bar]: 1 # p.policy:1:1: unknown metadata [foo=bar]"
      })
  void errorsNameThePlace(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(message));
  }

  @Test
  void twoLinesForOneCallAreAnError() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("read: 1\nwrite: 1\nread: arg0 == 1"))
        .withMessage(
            "p.policy:3:1: \"read\" has two lines; join them by || (first at p.policy:1:1)");
  }
}
