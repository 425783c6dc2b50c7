package dev.hardwire.formats.lists;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.formats.ForeignFormats;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of LXC, snapd, bionic and firejail. */
class CallListFormatsTest {
  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private ReadPolicy read(PolicyFormat format, Target architecture, String... texts)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (String text : texts) {
      String kind =
          text.contains("BLOCKLIST") ? "BLOCKLIST" : text.contains("ALLOWLIST") ? "ALLOWLIST" : "F";
      files.add(write(kind + files.size(), text));
    }
    ReadPolicy read = format.read(files, new ReadOptions(architecture));
    assertThat(FilterCompiler.compile(read.policy(), architecture).size()).isPositive();
    return read;
  }

  private String rules(PolicyFormat format, Target architecture, String... texts)
      throws IOException {
    return ForeignFormats.rules(read(format, architecture, texts));
  }

  @Test
  void lxcHasListsOfVersionTwo() throws IOException {
    String text =
        """
        2
        denylist
        reject_force_umount  # comment
        [all]
        kexec_load errno 1
        mount allow [3,0x1000,SCMP_CMP_MASKED_EQ,0x1000] [2,0,!=]
        personality [0,8,>]
        [x86]
        init_module errno 38
        [arm64]
        delete_module trap
        """;
    assertThat(rules(new LxcFormat(), Target.X86_64, text))
        .isEqualTo(
            """
            default: allow
            rules:
              - errno EPERM: [kexec_load]
              - errno EACCES: [umount2]
                when: "(arg1 & MNT_FORCE) != 0"
              - allow: [mount]
                when: "(arg3 & 0x1000) == 0x1000 && arg2 != 0"
              - kill-thread: [personality]
                when: "unsigned(arg0) > 8"
            """);
    assertThat(rules(new LxcFormat(), Target.I386, text)).contains("errno ENOSYS: [init_module]");
    assertThat(rules(new LxcFormat(), Target.AARCH64, text)).contains("trap: [delete_module]");
    assertThat(rules(new LxcFormat(), Target.X86_64, "2\nwhitelist errno 1\nread\nwrite trap\n"))
        .isEqualTo("default: errno EPERM\nrules:\n  - allow: [read]\n  - trap: [write]\n");
  }

  @Test
  void lxcHasNumbersInVersionOne() throws IOException {
    assertThat(rules(new LxcFormat(), Target.X86_64, "1\nallowlist\n0\n1\n"))
        .isEqualTo("default: kill-thread\nrules:\n  - allow: [read]\n  - allow: [write]\n");
  }

  @Test
  void snapdComparesArguments() throws IOException {
    String text =
        """
        # Description: a template
        read
        setpriority PRIO_PROCESS 0 <=19
        mknod - |S_IFREG -
        fchown - u:root g:snap_daemon
        socket AF_UNIX
        socket AF_INET !SOCK_RAW
        ~ioctl - TIOCSTI
        ~pipe2 - |O_NOTIFICATION_PIPE
        pipe2
        ioctl - !TIOCCONS
        """;
    assertThat(rules(new SnapdFormat(), Target.X86_64, text))
        .isEqualTo(
            """
            default: errno EPERM
            rules:
              - errno EACCES: [ioctl]
                when: "arg1 == TIOCSTI"
              - errno EACCES: [pipe2]
                when: "(arg1 & O_NOTIFICATION_PIPE) == O_NOTIFICATION_PIPE"
              - allow: [read]
              - allow: [pipe2]
              - allow: [setpriority]
                when: "arg0 == PRIO_PROCESS && arg1 == 0 && unsigned(arg2) <= 19"
              - allow: [mknod]
                when: "(arg1 & S_IFREG) == S_IFREG"
              - allow: [fchown]
                when: "arg1 == 0 && arg2 == 0x8ec54"
              - allow: [socket]
                when: "arg0 == AF_UNIX"
              - allow: [socket]
                when: "arg0 == AF_INET && arg1 != SOCK_RAW"
              - allow: [ioctl]
                when: "arg1 != TIOCCONS"
            """);
    ReadPolicy template = read(new SnapdFormat(), Target.X86_64, "read\nllseek\nno_such_call\n");
    assertThat(ForeignFormats.rules(template))
        .isEqualTo("default: errno EPERM\nrules:\n  - allow: [read]\n");
    assertThat(template.warnings().toString())
        .contains("\"llseek\" is no call of a supported architecture; it is ignored")
        .contains("\"no_such_call\" is not a known system call; it is ignored");
    assertThatThrownBy(() -> read(new SnapdFormat(), Target.X86_64, "setgid g:###GROUP###\n"))
        .hasMessageContaining("no user or group after \"g:\"");
    assertThat(rules(new SnapdFormat(), Target.X86_64, "@unrestricted\nread\n"))
        .isEqualTo("default: allow\nrules: []\n");
    assertThat(rules(new SnapdFormat(), Target.X86_64, "@complain\n"))
        .isEqualTo("default: log\nrules: []\n");
  }

  @Test
  void bionicHasListsForArchitectures() throws IOException {
    String allow =
        """
        # Calls for apps
        int     access(const char*, int)  arm,x86
        void    exit_group|_exit:exit_group(int)  all
        getdents64(unsigned int, void*, unsigned int) lp64
        pid_t fork() x86_64
        """;
    assertThat(rules(new BionicFormat(), Target.X86_64, allow))
        .isEqualTo("default: trap\nrules:\n  - allow: [exit_group, getdents64, fork]\n");
    assertThat(rules(new BionicFormat(), Target.ARM, allow))
        .isEqualTo("default: trap\nrules:\n  - allow: [access, exit_group]\n");
    assertThat(rules(new BionicFormat(), Target.X86_64, allow, "# BLOCKLIST\nfork() all\n"))
        .isEqualTo("default: trap\nrules:\n  - allow: [exit_group, getdents64]\n");
    String again = "# ALLOWLIST\nfork() all\nclone(int (*)(void*), void*, int, void*, ...) all\n";
    assertThat(rules(new BionicFormat(), Target.X86_64, allow, "# BLOCKLIST\nfork() all\n", again))
        .isEqualTo("default: trap\nrules:\n  - allow: [exit_group, getdents64, fork, clone]\n");
    assertThat(rules(new BionicFormat(), Target.ARM, "__set_tls:__ARM_NR_set_tls(void*)  arm\n"))
        .isEqualTo("default: trap\nrules:\n  - allow: [set_tls]\n");
  }

  @Test
  void firejailHasListsOfItsOwn() throws IOException {
    FirejailFormat format = new FirejailFormat();
    assertThat(
            rules(
                format,
                Target.X86_64,
                "caps.drop all\nseccomp.drop socket,uname:ENOSYS,ptrace:kill"))
        .isEqualTo(
            """
            default: allow
            rules:
              - errno EPERM: [socket]
              - errno ENOSYS: [uname]
              - kill-process: [ptrace]
            """);
    assertThat(rules(format, Target.X86_64, "seccomp-error-action kill\nseccomp.keep read,$1"))
        .isEqualTo(
            "default: kill-process\nrules:\n  - allow: [execve, execveat, prctl, read, write]\n");
    assertThat(rules(format, Target.X86_64, "seccomp.drop @chown\n"))
        .isEqualTo("default: allow\nrules:\n  - errno EPERM: [chown, fchown, fchownat, lchown]\n");
    String all = rules(format, Target.X86_64, "seccomp !chroot,uname\nseccomp\n");
    assertThat(all).contains("mount,").contains("uname]").doesNotContain("chroot");
    assertThat(rules(format, Target.I386, "seccomp.drop read\nseccomp.32.drop write\n"))
        .contains("[write]");
  }

  @Test
  void firejailIncludesProfiles() throws IOException {
    write("base.profile", "protocol unix,inet\nseccomp !chroot\nseccomp.drop mount\n");
    ReadPolicy read =
        read(
            new FirejailFormat(),
            Target.X86_64,
            "include x.local\ninclude gone.inc\nignore seccomp.drop\ninclude base.profile\n");
    assertThat(ForeignFormats.rules(read)).contains("clock_settime").doesNotContain("chroot");
    assertThat(read.warnings())
        .extracting(PolicyWarning::message)
        .containsExactly(
            "cannot find \"gone.inc\"; it is ignored",
            "protocol restricts calls too, which is left out; add rules for it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "lxc; 3|denylist; LXC's policies begin with",
        "lxc; 2|deny; :2:1: expected allowlist or denylist",
        "lxc; 2|denylist|[mars]; :3:2: unknown architecture \"mars\"",
        "lxc; 2|denylist|read errno; :3:6: unknown error name",
        "lxc; 2|denylist|read die; :3:6: unknown action \"die\"",
        "lxc; 2|denylist|read notify; :3:6: \"notify\" needs another process",
        "lxc; 2|denylist|read [6,1,==]; :3:6: expected [INDEX,VALUE,OPERATOR]",
        "lxc; 2|denylist|read [0,1,~]; :3:6: unknown operator \"~\"",
        "lxc; 1|allowlist|read; :3:1: a line of version 1 is the number of a call",
        "snapd; read 1 2 3 4 5 6 7; :1:1: a call has at most six arguments",
        "snapd; chown - u:anna; :1:9: the number of \"anna\" is not the same everywhere",
        "bionic; int fork(; :1:1: expected NAME(PARAMETERS) ARCHITECTURES",
        "firejail; caps.drop all; the profile has no line of seccomp",
        "firejail; seccomp @gone; :1:9: unknown group \"@gone\"",
        "firejail; seccomp.drop a b; expected a call, @GROUP or $NUMBER, not \"a b\"",
        "firejail; seccomp-error-action E; unknown error name \"E\"",
      })
  void faultsHaveAPlace(String name, String text, String message) {
    PolicyFormat format =
        switch (name) {
          case "lxc" -> new LxcFormat();
          case "snapd" -> new SnapdFormat();
          case "bionic" -> new BionicFormat();
          default -> new FirejailFormat();
        };
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(format, Target.X86_64, text.replace('|', '\n')))
        .withMessageContaining(message);
  }

  @Test
  void theyAreNotWritten() throws IOException {
    ReadPolicy read = read(new LxcFormat(), Target.X86_64, "2\ndenylist\nuname errno 1\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> new LxcFormat().write(read.policy(), Target.X86_64))
        .withMessageContaining("lxc cannot express a policy: it is only read");
  }
}
