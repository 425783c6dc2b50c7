package dev.hardwire.formats;

import static dev.hardwire.formats.ForeignFormats.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.hardwire.filter.compile.PlainCheck;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.environment.EnvironmentReader;
import dev.hardwire.formats.environment.EnvironmentWriter;
import dev.hardwire.formats.minijail.MinijailWriter;
import dev.hardwire.formats.systemd.SystemdReader;
import dev.hardwire.formats.systemd.SystemdWriter;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.work.PolicyFormats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyFormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "# x|version: 1|default: trap|rules: []; yaml",
        "{version: 1, default: trap, rules: []}; yaml",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}; oci",
        "---|kind: SeccompProfile|spec:; kubernetes",
        "---|rules: []; yaml",
        "2|denylist|[all]|kexec_load errno 1; lxc",
        "# x|1|whitelist|103; lxc",
        "# x|socket AF_UNIX|bind; snapd",
        "@unrestricted; snapd",
        "fchown - u:root g:root; snapd",
        "int fork() all; bionic",
        "pipe2:pipe2(int*, int) lp32; bionic",
        "# x|include globals.local|seccomp !chroot; firejail",
        "caps.drop all|seccomp.keep read,write; firejail",
        "POLICY a { ALLOW { read } } USE a DEFAULT KILL; kafel",
        "{\"vmm\": {\"default_action\": \"trap\"}}; firecracker",
        "apiVersion: v1|kind: SeccompProfile; kubernetes",
        "\ufeff{read, write}: allow; minijail",
        "\ufeffread: 1; minijail",
        "[Unit]|[Service]|SystemCallFilter=~uname; systemd",
        "read: 1|write: arg0 == 1; minijail",
        "@include x.policy; minijail",
        "{read, write}: allow; minijail",
        "# x|{read, bpf[arch=arm]}: allow; minijail",
        "@denylist|read: return 1; minijail",
        "read [arch=arm]: 1; minijail",
        "ARM_set_tls: 1; minijail",
        "export SECCOMP_SYSCALL_DENY=uname; env",
        "SECCOMP_SYSCALL_ALLOW=; env"
      })
  void theContentTells(String text, String format) {
    assertThat(PolicyFormats.detect(bytes(text.replace('|', '\n')), "x")).hasToString(format);
  }

  @Test
  void theListIsComplete() {
    JavaClasses classes =
        new ClassFileImporter().importPath(Path.of("target/classes/dev/hardwire/formats"));
    assertThat(PolicyFormats.all().stream().map(format -> format.getClass().getName()))
        .containsExactlyInAnyOrderElementsOf(
            classes.get(PolicyFormat.class).getAllSubclasses().stream()
                .filter(type -> !type.isInterface())
                .map(JavaClass::getName)
                .toList());
    assertThat(PolicyFormats.all())
        .hasSize(13)
        .allSatisfy(format -> assertThat(PolicyFormats.named(format.toString())).contains(format));
  }

  /** Such files of minijail allow nothing, and are there to be included. */
  @Test
  void commentsAloneAreMinijailsInAFileOfItsName() {
    assertThat(PolicyFormats.detect(bytes("# nothing\n\n#\n"), "x.policy")).hasToString("minijail");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyFormats.detect(bytes("# nothing\n"), "x.yaml"));
  }

  @Test
  void nothingKnownIsAnError() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyFormats.detect(bytes("hello\n"), "x"))
        .withMessage("x: not a policy in any known format; name the format");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "SECCOMP_SYSCALL_ALLOW=read:write; default: kill-process rules: - allow: [read, write]",
        "export SECCOMP_SYSCALL_ALLOW=\"read\"|SECCOMP_DEFAULT_ACTION=log; default: log rules: -"
            + " allow: [read]",
        "SECCOMP_SYSCALL_ALLOW=|SECCOMP_SYSCALL_DENY=uname; default: kill-process rules: []",
        "A=b|SECCOMP_SYSCALL_DENY='uname:'|SECCOMP_DEFAULT_ACTION=kill; default: allow rules: -"
            + " kill-process: [uname]",
        "A=b\\\\|SECCOMP_SYSCALL_DENY=uname; default: allow rules: - kill-process: [uname]",
        "A=b \\|# c|SECCOMP_SYSCALL_DENY=uname; default: allow rules: - kill-process: [uname]"
      })
  void readsTheVariables(String text, String rules) {
    ReadPolicy read =
        new ReadPolicy(EnvironmentReader.read(bytes(text.replace('|', '\n')), "env"), List.of());
    assertThat(ForeignFormats.rules(read).replaceAll("\\s+", " ").strip()).isEqualTo(rules);
  }

  /** What it would hide is the line that the file begins with. */
  @Test
  void aByteOrderMarkHidesNothing() {
    String lists = "\ufeffSECCOMP_SYSCALL_ALLOW=read\nSECCOMP_SYSCALL_DENY=uname\n";
    assertThat(EnvironmentReader.read(bytes(lists), "env").defaultAction())
        .isEqualTo(Action.KILL_PROCESS);
    String unit = "\ufeffSystemCallFilter=read\nSystemCallFilter=~write\n";
    assertThat(
            SystemdReader.read(Map.of("unit", bytes(unit)), ForeignFormats.options())
                .policy()
                .defaultAction())
        .isEqualTo(Action.KILL_PROCESS);
  }

  /** Programs written in Go, as runtimes of containers are, refuse such a file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}",
        " \n { \"defaultAction\": \"SCMP_ACT_ALLOW\"}",
        "{\"vmm\": {\"default_action\": \"trap\"}}",
        "{\"schemaVersion\": 2, \"config\": {}}",
        "{\"apiVersion\": \"v1\", \"kind\": \"SeccompProfile\"}",
        "{\"version\": 1, \"default\": \"allow\", \"rules\": []}",
        "{}"
      })
  void jsonHasNoByteOrderMark(String text) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> PolicyFormats.detect(bytes("\ufeff" + text), "x"))
        .withMessage(
            "x:1:1: JSON must not begin with a byte order mark; save the file without one");
  }

  @Test
  void variablesThatSayNothingAreErrors() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> EnvironmentReader.read(bytes("A=b\n"), "env"))
        .withMessage("env: neither SECCOMP_SYSCALL_ALLOW nor SECCOMP_SYSCALL_DENY is set; set one");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(
            () ->
                EnvironmentReader.read(
                    bytes("SECCOMP_SYSCALL_DENY=uname\nSECCOMP_DEFAULT_ACTION=nothing\n"), "env"))
        .withMessageStartingWith("env:2:24: unknown action \"nothing\"");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> EnvironmentReader.read(bytes("SECCOMP_SYSCALL_DENY=bpf:$X\n"), "env"))
        .withMessage("env: SECCOMP_SYSCALL_DENY, item 2: \"$X\" is not spelt like a system call");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(
            () ->
                EnvironmentReader.read(
                    bytes("SECCOMP_SYSCALL_DENY=bpf\nexport SECOMP_DEFAULT_ACTION=log\n"), "env"))
        .withMessage(
            "env:2:8: unknown variable \"SECOMP_DEFAULT_ACTION\"; did you mean"
                + " \"SECCOMP_DEFAULT_ACTION\"?");
  }

  @Test
  void writersNameTheRuleThatTheyCannotSay() {
    PlainPolicy.PlainRule rule =
        new PlainPolicy.PlainRule(
            Action.TRAP,
            "read",
            List.of(PlainCheck.bits(0, 1, 1)),
            new Position("p.yaml", 4, 5),
            Optional.empty());
    PlainPolicy policy =
        new PlainPolicy(
            ForeignFormats.X86_64,
            Action.KILL_PROCESS,
            List.of(rule),
            true,
            false,
            new Position("p.yaml", 2, 10));
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> SystemdWriter.write(policy))
        .withMessage("p.yaml:4:5: systemd cannot express a condition on the arguments of read");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(
            () ->
                MinijailWriter.write(
                    new PlainPolicy(
                        ForeignFormats.X86_64,
                        Action.ALLOW,
                        List.of(rule),
                        true,
                        false,
                        Position.NONE)))
        .withMessage("p.yaml:4:5: minijail cannot express trap with the default action allow");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> EnvironmentWriter.write(policy))
        .withMessage(
            "p.yaml:4:5: the variables cannot express a condition on the arguments of read");
  }
}
