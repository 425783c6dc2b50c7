package dev.hardwire.formats.systemd;

import static dev.hardwire.formats.ForeignFormats.bytes;
import static dev.hardwire.formats.ForeignFormats.options;
import static dev.hardwire.formats.ForeignFormats.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.PolicyTable;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.CallName;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SystemdReaderTest {
  private static ReadPolicy read(String... files) {
    Map<String, byte[]> byName = new LinkedHashMap<>();
    for (String file : files) {
      byName.put("u" + (byName.size() + 1), bytes(file));
    }
    return SystemdReader.read(byName, options());
  }

  /** With what a unit restricts beside calls. */
  private static ReadPolicy whole(String lines) {
    String unit = "[Service]\n" + lines.replace("|", "\n") + "\n";
    return SystemdReader.read(Map.of("u1", bytes(unit)), options().withRestrictions());
  }

  private static String one(String lines) {
    return rules(read("[Service]\nExecStart=/bin/true\n" + lines.replace("|", "\n") + "\n"))
        .replaceAll("\\s+", " ")
        .strip();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SystemCallFilter=read; default: kill-process rules: - allow: [execve, exit_group, read]",
        "SystemCallFilter=~uname; default: allow rules: - kill-process: [uname]",
        "SystemCallFilter=~uname|SystemCallErrorNumber=ENETDOWN; default: allow rules:"
            + " - errno ENETDOWN: [uname]",
        "SystemCallFilter=~uname:EPERM ptrace; default: allow rules: - errno EPERM: [uname]"
            + " - kill-process: [ptrace]",
        "SystemCallFilter=~uname:kill|SystemCallErrorNumber=1; default: allow rules:"
            + " - kill-process: [uname]",
        "SystemCallFilter=close|SystemCallFilter=~close|SystemCallErrorNumber=EPERM; default: errno"
            + " EPERM rules: - allow: [execve, exit_group]",
        "SystemCallFilter=~close uname|SystemCallFilter=close; default: allow rules:"
            + " - kill-process: [uname]",
        "SystemCallFilter=close|SystemCallFilter=|SystemCallFilter=~uname; default: allow rules:"
            + " - kill-process: [uname]",
        "SystemCallFilter=close \\|  # in between|  uname; default: kill-process rules: - allow:"
            + " [execve, exit_group, close, uname]",
        "SystemCallLog=uname; default: allow rules: - log: [uname]",
        "SystemCallLog=~uname; default: log rules: - allow: [uname]",
        "SystemCallFilter=close|SystemCallLog=close; default: kill-process rules: - allow: [execve,"
            + " exit_group] - log: [close]",
        "SystemCallFilter=close|SystemCallFilter=~exit_group execve:EIO; default: kill-process"
            + " rules: - allow: [close] - errno EIO: [execve]",
        "SystemCallFilter=~@default:EACCES|SystemCallFilter=execve; default: allow rules: - errno"
            + " EACCES: [exit_group]",
        "SystemCallFilter=close|SystemCallFilter=|SystemCallFilter=~; default: allow rules: []",
        "SystemCallArchitectures=arm|SystemCallArchitectures=x86-64|SystemCallFilter=~uname;"
            + " default: allow rules: - kill-process: [uname]",
        "SystemCallArchitectures=arm|SystemCallArchitectures=|SystemCallFilter=~uname; default:"
            + " allow rules: - kill-process: [uname]",
        "SystemCallFilter=~uname|SystemCallLog=uname close; default: allow rules: - kill-process:"
            + " [uname] - log: [close]",
        "SystemCallFilter=~uname|SystemCallArchitectures=native x86; default: allow rules:"
            + " - kill-process: [uname]"
      })
  void directivesAddUp(String lines, String policy) {
    assertThat(shortened(one(lines))).isEqualTo(policy);
  }

  /** Without the calls of {@code @default}, but for two of them that stand for all. */
  private static String shortened(String text) {
    String result = text;
    for (String call : CallGroups.calls("@default").orElseThrow()) {
      if (!call.equals("execve") && !call.equals("exit_group")) {
        result = result.replaceAll("\\b" + call + "\\b(, )?", "");
      }
    }
    return result.replace(", ]", "]");
  }

  @Test
  void anAllowListBeginsWithAllOfTheDefaultGroup() {
    Set<String> expected = new HashSet<>(CallGroups.calls("@default").orElseThrow());
    expected.retainAll(SyscallTable.of(Target.X86_64).names());
    expected.add("read");
    assertThat(read("SystemCallFilter=read").policy().rules())
        .singleElement()
        .satisfies(
            rule ->
                assertThat(rule.calls().stream().map(CallName::name))
                    .containsExactlyInAnyOrderElementsOf(expected));
  }

  @Test
  void dropInsComeAfterTheUnit() {
    ReadPolicy read =
        read("SystemCallFilter=~uname", "SystemCallFilter=~ptrace", "SystemCallFilter=uname");
    assertThat(rules(read)).contains("kill-process: [ptrace]").doesNotContain("uname");
  }

  @Test
  void unknownCallsAreLeftOutWithAWarning() {
    ReadPolicy read = read("[Service]\nSystemCallFilter=~uname nonsense");
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly("u1:2:25: \"nonsense\" is not a known system call; it is ignored");
  }

  @Test
  void whatSystemdLeavesOutIsLeftOutWithAWarning() {
    ReadPolicy read =
        read(
            """
            [Unit]
            SystemCallFilter=uname
            [Service]
            SystemCallFilter=~ptrace
            SystemCallFilter=close:EPERM
            SystemCallLog=read:EPERM
            """);
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "u1:2:1: SystemCallFilter= means nothing in [Unit]; it is ignored",
            "u1:5:18: only a call that SystemCallFilter=~ denies has an error number; left out",
            "u1:6:15: only a call that SystemCallFilter=~ denies has an error number; left out");
    assertThat(rules(read)).contains("- kill-process: [ptrace]").doesNotContain("close", "log:");
  }

  /** Counting lines from the first one for each word would take minutes. */
  @Test
  @Timeout(20)
  void aLongUnitIsReadSoon() {
    ReadPolicy read =
        read("SystemCallFilter=~ptrace\n".repeat(30_000) + "SystemCallFilter=~nope x\n");
    assertThat(read.warnings())
        .extracting(Object::toString)
        .startsWith("u1:30001:19: \"nope\" is not a known system call; it is ignored");
    assertThat(read("SystemCallFilter=~" + "ptrace ".repeat(100_000) + "nope").warnings())
        .extracting(Object::toString)
        .containsExactly("u1:1:700019: \"nope\" is not a known system call; it is ignored");
  }

  /** Without a word a unit would read stricter than the filter that comes of it. */
  @Test
  void otherRestrictionsThatAreOnAreWarnedOf() {
    ReadPolicy read =
        read(
            """
            [Unit]
            Description=x
            [Service]
            SystemCallFilter=~ptrace
            LockPersonality=yes
            RestrictAddressFamilies=AF_UNIX
            RestrictRealtime=no
            RestrictNamespaces=~user
            MemoryDenyWriteExecute=true
            RestrictSUIDSGID=
            ProtectHome=yes
            """,
            "[Service]\nLockPersonality=off\nMemoryDenyWriteExecute=1\n");
    assertThat(read.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "u1:6:1: RestrictAddressFamilies= restricts calls too, which is left out; add rules for"
                + " it",
            "u1:8:1: RestrictNamespaces= restricts calls too, which is left out; add rules for it");
    assertThat(rules(read))
        .contains("- kill-process: [ptrace]")
        .contains("- errno EPERM: [mprotect, pkey_mprotect]\n    when: \"(prot & PROT_EXEC) != 0\"")
        .doesNotContain("personality");
  }

  @ParameterizedTest
  @EnumSource
  void otherRestrictionsAreRules(Target architecture) {
    byte[] unit =
        bytes(
            """
            [Service]
            LockPersonality=yes
            MemoryDenyWriteExecute=yes
            ProtectClock=yes
            ProtectHostname=yes
            ProtectKernelLogs=yes
            ProtectKernelModules=yes
            RestrictNamespaces=yes
            RestrictRealtime=yes
            RestrictSUIDSGID=yes
            """);
    ReadPolicy read = SystemdReader.read(Map.of("u", unit), new ReadOptions(architecture));
    assertThat(read.warnings()).isEmpty();
    Filter filter = FilterCompiler.compile(read.policy(), architecture);
    for (String row :
        List.of(
            "personality(0) -> allow",
            "personality(0xffffffff) -> errno EPERM",
            "personality(0x400000) -> errno EPERM",
            "mprotect(0, 4096, PROT_READ|PROT_WRITE) -> allow",
            "mprotect(0, 4096, PROT_EXEC) -> errno EPERM",
            "clock_settime(0, 0) -> errno EPERM",
            "sethostname(0, 0) -> errno EPERM",
            "syslog(3) -> errno EPERM",
            "finit_module(3) -> errno EPERM",
            "unshare(CLONE_NEWUSER) -> errno EPERM",
            "unshare(CLONE_FILES) -> allow",
            "clone3(0) -> errno ENOSYS",
            "sched_setscheduler(0, SCHED_FIFO) -> errno EPERM",
            "sched_setscheduler(0, SCHED_BATCH) -> allow",
            "fchmod(3, 04755) -> errno EPERM",
            "fchmod(3, 0755) -> allow",
            "mkdirat(3, 0, 02755) -> errno EPERM",
            "openat(3, 0, O_CREAT, 02755) -> errno EPERM",
            "openat(3, 0, O_RDONLY, 02755) -> allow")) {
      PolicyTable.Outcome outcome =
          PolicyTable.run(PolicyTable.read(bytes(row), "t", architecture), filter, Map.of()).get(0);
      assertThat(outcome.isExpected()).as(row).isTrue();
    }
  }

  /** What the list of calls denies with another error stays as it is. */
  @Test
  void whatIsDeniedAnywayIsNoRestriction() {
    assertThat(
            rules(
                read(
                    """
                    LockPersonality=yes
                    SystemCallFilter=~personality sethostname
                    ProtectHostname=yes
                    """)))
        .contains("- errno EPERM: [setdomainname]\n")
        .contains("- kill-process: [personality, sethostname]\n")
        .doesNotContain("EPERM: [personality]");
  }

  @ParameterizedTest
  @CsvSource({"no, false", "Off, false", "0, false", "yes, true", "1, true"})
  void noNewPrivilegesIsKept(String value, boolean expected) {
    assertThat(read("NoNewPrivileges=" + value + "\nSystemCallFilter=~uname").policy().noNewPrivs())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "[Service]; u1: no SystemCallFilter= or SystemCallLog= in the unit",
        "SystemCallFilter=~uname:EPREM; u1:1:25: unknown error name \"EPREM\"",
        "SystemCallFilter=@nothing; u1:1:18: unknown group \"@nothing\"",
        "SystemCallFilter=Read; u1:1:18: \"Read\" is not spelt like a system call or a group",
        "SystemCallErrorNumber=0; u1:1:23: 0 is no error number",
        "NoNewPrivileges=maybe; u1:1:17: expected yes or no, not \"maybe\"",
        "SystemCallErrorNumber=x; u1:1:23: unknown error name \"x\"",
        "SystemCallArchitectures=arm|SystemCallFilter=~uname; u1:1:25: the unit is not for x86_64"
      })
  void errorsNameThePlace(String unit, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(unit.replace('|', '\n')))
        .satisfies(e -> assertThat(e.getMessage()).startsWith(message));
  }

  private static String section(String lines, String key) {
    String text = YamlPolicyWriter.write(whole(lines).policy());
    int at = text.indexOf("\n" + key + ":\n");
    return at < 0 ? "" : text.substring(at).replaceAll("\\s+", " ").strip();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN; keep: [chown, net_bind_service]",
        "CapabilityBoundingSet=CAP_CHOWN|CapabilityBoundingSet=CAP_KILL; keep: [chown, kill]",
        "CapabilityBoundingSet=CAP_CHOWN CAP_KILL|CapabilityBoundingSet=~CAP_KILL; keep: [chown]",
        "CapabilityBoundingSet=CAP_CHOWN|CapabilityBoundingSet=; keep: []",
        "CapabilityBoundingSet=; keep: []",
        "CapabilityBoundingSet=CAP_KILL|SecureBits=noroot noroot-locked; keep: [kill] securebits:"
            + " [noroot]",
        "User=www|AmbientCapabilities=CAP_NET_BIND_SERVICE; keep: [net_bind_service]",
        "DynamicUser=yes|CapabilityBoundingSet=~CAP_KILL|AmbientCapabilities=CAP_KILL CAP_BPF;"
            + " keep: [bpf]",
      })
  void capabilitiesAreRead(String lines, String keep) {
    assertThat(section(lines, "capabilities")).isEqualTo("capabilities: " + keep);
  }

  @Test
  void allButSomeCapabilitiesAreKept() {
    String all = section("CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_BPF", "capabilities");
    assertThat(all).contains("chown", "checkpoint_restore").doesNotContain("sys_admin", "bpf");
    assertThat(
            section("User=root|AmbientCapabilities=CAP_KILL|SystemCallFilter=read", "capabilities"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ReadOnlyPaths=/|ReadWritePaths=/var/lib/x /run/x; read: - \"/\" write: - \"/var/lib/x\""
            + " - \"/run/x\" execute: - \"/\"",
        "ProtectSystem=strict|ReadWritePaths=/dev; read: - \"/\" write: - \"/dev\" - \"/proc\""
            + " - \"/sys\" execute: - \"/\"",
        "NoExecPaths=/|ExecPaths=/usr/sbin/x -/usr/lib; read: - \"/\" write: - \"/\" execute:"
            + " - \"/usr/sbin/x\" - \"?/usr/lib\"",
      })
  void pathsAreReadIfAllOthersAreTakenAway(String lines, String lists) {
    assertThat(section(lines, "landlock")).isEqualTo("landlock: kernel: require " + lists);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ReadOnlyPaths=/etc; u1:3:15: ReadOnlyPaths=/etc is left out",
        "InaccessiblePaths=/home; u1:3:19: InaccessiblePaths=/home is left out",
        "ProtectSystem=full; u1:3:15: ProtectSystem=full is left out",
        "NoExecPaths=/tmp; u1:3:13: NoExecPaths=/tmp is left out",
        "ReadOnlyPaths=/ /a/b|ReadWritePaths=/a; u1:3:17: ReadOnlyPaths=/a/b is left out",
        "ReadOnlyPaths=/|ReadWritePaths=-/a; u1:4:16: ReadWritePaths=-/a is left out: a path under"
            + " write cannot be optional",
        "AmbientCapabilities=CAP_KILL; u1:3:21: AmbientCapabilities= gives capabilities",
        "SecureBits=keep-caps; u1:3:12: no key says SecureBits=keep-caps alone",
        "CapabilityBoundingSet=CAP_NONE; u1:3:23: \"CAP_NONE\" is not a known capability",
        "NoNewPrivileges=no|CapabilityBoundingSet=CAP_KILL; u1:4:23: CapabilityBoundingSet= takes"
            + " NoNewPrivileges=yes",
      })
  void whatNoKeySaysIsTold(String lines, String warning) {
    ReadPolicy read = whole("SystemCallFilter=~uselib|" + lines);
    assertThat(read.warnings()).anySatisfy(told -> assertThat(told.toString()).startsWith(warning));
    // it decides no call
    assertThat(read.omissions()).isEmpty();
    assertThat(read("[Service]\nSystemCallFilter=~uselib\n" + lines.replace("|", "\n")).warnings())
        .isEmpty();
  }
}
