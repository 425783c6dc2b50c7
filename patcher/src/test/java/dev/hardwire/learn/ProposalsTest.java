package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules for files and ports, and phases, from traces. */
class ProposalsTest {
  private static final String START =
      """
      7 execve("/opt/p", ["p"], 0x1 /* 9 vars */) = 0
      7 openat(AT_FDCWD</work>, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache>
      7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=1, filter=0x1}) = 0
      """;

  private static LearnedPolicy learned(String lines, String... merge) {
    return learn(START + lines.indent(0).replaceAll("(?m)^(?=[a-z])", "7 "), merge);
  }

  private static LearnedPolicy learn(String trace, String... merge) {
    return learn(trace, new Proposals(true, true, Set.of(merge), ""));
  }

  private static LearnedPolicy learn(String trace, Proposals proposals) {
    LearnedPolicy policy = Learning.from(trace).proposing(proposals).policy();
    byte[] text = policy.text().getBytes(StandardCharsets.UTF_8);
    assertThat(YamlPolicyReader.read(text, "text").landlock())
        .isEqualTo(policy.policy().landlock());
    ResolvedPolicy.of(policy.policy(), Target.X86_64);
    return policy;
  }

  private static Landlock landlock(String lines, String... merge) {
    return learned(lines, merge).policy().landlock().orElseThrow();
  }

  private static List<String> texts(Optional<List<PathRule>> paths) {
    return paths.orElse(List.of()).stream().map(PathRule::toString).toList();
  }

  private static List<String> read(String lines, String... merge) {
    return texts(landlock(lines, merge).read());
  }

  private static List<String> write(String lines, String... merge) {
    return texts(landlock(lines, merge).write());
  }

  private static String opened(String... paths) {
    StringBuilder lines = new StringBuilder();
    for (String path : paths) {
      lines.append("openat(AT_FDCWD</work>, \"%s\", O_RDONLY) = 3<%s>\n".formatted(path, path));
    }
    return lines.toString();
  }

  @Test
  void whatWasOpenedBeforeTheHookHasNoRule() {
    assertThat(read("getpid() = 7")).isEmpty();
    assertThat(read(opened("/etc/passwd"))).containsExactly("/etc/passwd");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/etc/a /etc/b /etc/c /etc/d         | /etc/a /etc/b /etc/c /etc/d",
        "/home/a /home/b /home/c             | /home/a /home/b /home/c",
        "/a /b /c /d                         | /a /b /c /d",
        "/etc/ssl/a /etc/ssl/b               | /etc/ssl/a /etc/ssl/b",
        "/etc/ssl/a /etc/ssl/b /etc/ssl/c    | /etc/ssl",
        "/etc/x/a /etc/x/b/1 /etc/x/b/2      | /etc/x",
        "/usr/lib/a /usr/share/b /usr/bin/c  | /usr",
        "/var/lib/a/1 /var/lib/b/1 /var/lib/c/1 | /var/lib/a/1 /var/lib/b/1 /var/lib/c/1",
        "/home/u/a /home/u/b /home/u/c       | /home/u/a /home/u/b /home/u/c",
        "/home/u/x/a /home/u/x/b /home/u/x/c | /home/u/x",
        "/opt/x /opt/x/a /opt/xy             | /opt/x /opt/xy",
        "/proc/7/status /proc/meminfo        | /proc",
        "/dev/pts/3 /dev/null                | /dev/null /dev/pts",
      })
  void pathsAreMergedUpwards(String used, String rules) {
    assertThat(String.join(" ", read(opened(used.split(" ", -1))))).isEqualTo(rules);
  }

  @Test
  void wholeTreesAreGrantedOnlyIfAskedFor() {
    String all = opened("/", "/etc", "/home", "/etc/a");
    LearnedPolicy policy = learned(all);
    assertThat(texts(policy.policy().landlock().orElseThrow().read())).containsExactly("/etc/a");
    assertThat(policy.text())
        .contains("# warning: landlock: read of /etc as a whole (first at log:5) is not proposed;")
        .contains("--merge /home grants it");
    assertThat(read(all, "/etc")).containsExactly("/etc");
    assertThat(read(all, "/")).containsExactly("/");
    assertThat(read(opened("/srv/a/1", "/srv/b"), "/srv")).containsExactly("/srv");
    assertThat(write("mkdir(\"/etc/x\", 0777) = 0")).isEmpty();
    assertThat(write("mkdir(\"/etc/x\", 0777) = 0", "/etc")).containsExactly("/etc");
  }

  /** Links below /proc to the directories of a process lead to all files. */
  @ParameterizedTest
  @ValueSource(strings = {"self/root/x", "1/root/etc/x", "self/task/9/root/x", "thread-self/cwd/x"})
  void linksToTheRootAreNotGranted(String path) {
    LearnedPolicy policy = learned("mkdir(\"/proc/%s\", 0777) = 0".formatted(path));
    assertThat(policy.policy().landlock().orElseThrow().write()).isEmpty();
    assertThat(policy.text()).contains("# warning: landlock: write of /proc/");
  }

  @Test
  void failedOpens() {
    assertThat(
            read(
                """
                openat(AT_FDCWD</work>, "/etc/gai.conf", O_RDONLY) = -1 ENOENT (No such file)
                openat(AT_FDCWD</work>, "/root/secret", O_RDONLY) = -1 EACCES (Permission denied)
                openat(AT_FDCWD</work>, "/x/log", O_WRONLY) = -1 ENOENT (No such file)
                openat(AT_FDCWD</work>, "/dev/tty", O_RDONLY) = -1 ENXIO (No such device)
                stat("/etc/none", 0x1) = -1 ENOENT (No such file)
                """))
        .containsExactly("/dev/tty", "?/etc/gai.conf");
    assertThat(
            read(
                """
                open("/l/C/a", O_RDONLY) = -1 ENOENT (No such file or directory)
                open("/l/C/b", O_RDONLY) = -1 ENOENT (No such file or directory)
                open("/l/C/c", O_RDONLY) = -1 ENOENT (No such file or directory)
                open("/l/D/a", O_RDONLY) = -1 ENOENT (No such file or directory)
                open("/l/D/x", O_RDONLY) = 3
                """))
        .containsExactly("/l/D/x", "?/l/C", "?/l/D/a");
    assertThat(read("open(\"/tmp/x\", O_RDONLY) = -1 ENOENT (No)\nopen(\"/tmp/x\", O_RDONLY) = 3"))
        .containsExactly("/tmp/x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '\'',
      value = {
        "openat(AT_FDCWD</work>, \"sub/../a\", O_RDONLY) = 3          ~ /work/a",
        "openat(5</srv/d>, \"x/y\", O_RDONLY) = 3                     ~ /srv/d/x/y",
        "openat(5</srv/d>, \"link\", O_RDONLY) = 3</run/target>       ~ /run/target",
        "chdir(\"/srv\") = 0;open(\"a\", O_RDONLY) = 3                ~ /srv/a",
        "chdir(\"in\") = 0;open(\"a\", O_RDONLY) = 3                  ~ /work/in/a",
        "chdir(\"/no\") = -1 ENOENT (No);open(\"a\", O_RDONLY) = 3    ~ /work/a",
        "fchdir(4</srv>) = 0;open(\"a\", O_RDONLY) = 3                ~ /srv/a",
        "open(\"/a\\74b\", O_RDONLY) = 3</a\\74b>                     ~ /a<b",
        "open(\"/p\", O_RDONLY) = 3<pipe:[12]>                        ~ ''",
        "open(\"/p\", O_RDONLY|O_PATH) = 3</p>                        ~ ''",
        "openat(AT_FDCWD</work>, \"/m\", O_RDWR) = 3</memfd:x>(deleted) ~ ''",
        "open(\"/d/x\\nz\", O_RDONLY) = 3                             ~ /d",
        "open(\"/d/\\377\", O_RDONLY) = 3                             ~ /d",
        "openat2(AT_FDCWD</work>, \"f\", {flags=O_RDONLY, resolve=0}, 24) = 3 ~ /work/f",
      })
  void pathsAreFound(String calls, String rules) {
    assertThat(String.join(" ", read(calls.replace(';', '\n')))).isEqualTo(rules);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "open(\"/srv/a\", O_WRONLY) = 3                              ~ /srv/a",
        "open(\"/srv/a\", O_WRONLY|O_CREAT, 0666) = 3                ~ /srv",
        "creat(\"/srv/a\", 0666) = 3                                 ~ /srv",
        "open(\"/dev/null\", O_WRONLY|O_CREAT, 0666) = 3             ~ /dev/null",
        "open(\"/etc/x.lock\", O_RDWR|O_CREAT, 0666) = 3             ~ /etc/x.lock",
        "open(\"/srv\", O_RDWR|O_TMPFILE, 0600) = 3</srv/#12>(deleted) ~ /srv",
        "truncate(\"/srv/a\", 0) = 0                                 ~ /srv/a",
        "unlink(\"/srv/d/a\") = 0                                    ~ /srv/d",
        "unlink(\"/srv/d/a\") = -1 ENOENT (No such file)             ~ ''",
        "unlinkat(4</srv/d>, \"a\", 0) = 0                           ~ /srv/d",
        "symlinkat(\"/x\", 4</srv/d>, \"a\") = 0                     ~ /srv/d",
        "rename(\"/srv/a/x\", \"/srv/b/y\") = 0                      ~ /srv/a /srv/b",
        "linkat(4</srv/a>, \"x\", 5</srv/b>, \"y\", 0) = 0           ~ /srv/a /srv/b",
        "link(\"/srv/a/x\", \"/srv/a/y\") = 0                        ~ /srv/a",
        "mkdir(\"/srv/n\", 0777) = 0;open(\"/srv/n/a\", O_WRONLY|O_CREAT) = 3 ~ /srv",
        "bind(3<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path=\"/run/p/s\"}, 15) = 0 ~ /run/p",
        "bind(3<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path=@\"abstract\"}, 15) = 0 ~ ''",
        "ioctl(4</dev/tty<char 5:0>>, TCGETS, {c_iflag=0}) = 0       ~ /dev/tty",
        "ioctl(0</dev/tty<char 5:0>>, TCGETS, {c_iflag=0}) = 0       ~ ''",
        "ioctl(4</dev/null<char 1:3>>, TCGETS, 0x1) = -1 ENOTTY (No) ~ ''",
      })
  void whatIsWritten(String calls, String rules) {
    assertThat(String.join(" ", write(calls.replace(';', '\n')))).isEqualTo(rules);
  }

  /** A rule is made when the program starts, so for files that it makes it needs the directory. */
  @Test
  void whatTheProgramMakesIsReadThroughItsDirectory() {
    String made = "open(\"/srv/d/a\", O_RDWR|O_CREAT) = 3\nopen(\"/srv/d/a\", O_RDONLY) = 3\n";
    assertThat(read(made)).containsExactly("/srv/d");
    assertThat(read("open(\"/srv/d/b\", O_RDONLY) = 3\nunlink(\"/srv/d/b\") = 0"))
        .containsExactly("/srv/d");
  }

  /** Landlock refuses moves by which a file would gain rights. */
  @Test
  void theSourceOfAMoveCanBeReadIfTheTargetCan() {
    String move = "rename(\"/srv/a/x\", \"/srv/b/y\") = 0\nopen(\"/srv/b/y\", O_RDONLY) = 3";
    assertThat(read(move)).containsExactly("/srv/a", "/srv/b");
  }

  @Test
  void portsAndSockets() {
    String tcp =
        """
        socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3<TCP:[1]>
        connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=0}, 16) = -1 EINPROGRESS (x)
        bind(4<TCPv6:[2]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=0}, 28) = 0
        """;
    Landlock ports = landlock(tcp);
    assertThat(ports.connect()).contains(List.of(443));
    assertThat(ports.bind()).contains(List.of(80));
    assertThat(ports.otherSockets()).isFalse();
    Landlock datagrams =
        landlock(
            tcp
                + """
                socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 5<UDP:[3]>
                connect(5<UDP:[3]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=0}, 16) = 0
                """);
    assertThat(datagrams.connect()).contains(List.of(443));
    assertThat(datagrams.otherSockets()).isTrue();
    assertThat(landlock("getpid() = 7").connect()).isEmpty();
    Landlock anywhere =
        landlock(
            "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[1]>\nlisten(3<TCP:[1]>, 5) = 0");
    assertThat(anywhere.bind()).contains(List.of(0));
  }

  private static LearnedPolicy onAbi(int abi, String lines) {
    return learn(
        START + lines.indent(0).replaceAll("(?m)^(?=[a-z])", "7 "),
        new Proposals(true, false, Set.of(), "", abi, Optional.empty(), false));
  }

  /** What getaddrinfo(3) of glibc and a client do. */
  private static final String LOOKUP =
      """
      socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3<UNIX-STREAM:[1]>
      connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT (x)
      socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3<NETLINK:[2]>
      sendto(3<NETLINK:[ROUTE:7]>, [{nlmsg_len=20, nlmsg_type=RTM_GETADDR, nlmsg_flags=0}, {x=0}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0}, 12) = 20
      socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 4<UDP:[3]>
      connect(4<UDP:[3]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=0}, 16) = 0
      sendmmsg(4<UDP:[1.2.3.4:55555->1.2.3.4:53]>, [{msg_hdr={msg_name=NULL, msg_iov=[{iov_base="{msg_name={sa_family=AF_INET, sin_port=htons(99)", iov_len=32}]}, msg_len=32}], 2, MSG_NOSIGNAL) = 2
      socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP) = 5<UDPv6:[4]>
      sendto(5<UDPv6:[4]>, "x", 1, 0, {sa_family=AF_INET6, sin6_port=htons(123), sin6_flowinfo=0}, 28) = 1
      sendmsg(5<UDPv6:[4]>, {msg_name={sa_family=AF_INET6, sin6_port=htons(514), x=0}, msg_namelen=28}, 0) = 1
      socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 6<TCP:[5]>
      connect(6<TCP:[5]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=0}, 16) = 0
      """;

  /** Names are looked up over UDP, and nothing else is open. */
  @Test
  void newerKernelsRestrictDatagramsAndUnixSockets() {
    Landlock newest = onAbi(10, LOOKUP).policy().landlock().orElseThrow();
    assertThat(newest.connect()).contains(List.of(443));
    assertThat(newest.connectUdp()).contains(List.of(53, 123, 514));
    assertThat(newest.bindUdp()).isEmpty();
    assertThat(texts(newest.connectUnix())).containsExactly("?/run/nscd/socket");
    assertThat(newest.otherSockets()).isFalse();
    assertThat(newest.scope()).containsExactly(Landlock.Scope.ABSTRACT_UNIX_SOCKET);
    assertThat(onAbi(10, LOOKUP).text())
        .contains("connect-udp: [53, 123, 514] # 53: first at log:9; 123:")
        .contains("- \"?/run/nscd/socket\" # first at log:5");
    Landlock unix = onAbi(9, LOOKUP).policy().landlock().orElseThrow();
    assertThat(unix.connectUdp()).isEmpty();
    assertThat(unix.connectUnix()).isPresent();
    assertThat(unix.otherSockets()).isTrue();
    Landlock usual = onAbi(8, LOOKUP).policy().landlock().orElseThrow();
    assertThat(usual.connectUnix()).isEmpty();
    assertThat(usual.otherSockets()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 7 ~ socket(AF_NETLINK, SOCK_RAW)",
        "sendto(3<NETLINK:[ROUTE:7]>, [{nlmsg_len=9, nlmsg_type=RTM_NEWROUTE}], 9, 0, NULL, 0) = 9"
            + " ~ AF_NETLINK",
        "sendto(3<NETLINK:[ROUTE:7]>, \"x\", 9, 0, NULL, 0) = 9 ~ socket(AF_NETLINK",
        "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE) = 7 ~ socket(AF_INET, SOCK_DGRAM)",
        "socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) = 7 ~ socket(AF_INET, SOCK_DGRAM)",
        "connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@\"x\"}, 4) = 0 ~ abstract unix",
        "sendmsg(3, {msg_name={sa_family=AF_UNIX, sun_path=@\"x\"}, msg_iov=0}, 0) = 1 ~ abstract"
            + " unix",
        "sendto(4<UDP:[3]>, \"x\", 1, 0, {sa_family=AF_INET, sin_port=htons(40000)}, 16) = 1 ~"
            + " SOCK_DGRAM",
      })
  void whatNoListCoversIsNamed(String call, String reason) {
    String lines = call.startsWith("socket(AF_NETLINK") ? call : LOOKUP + call + "\n";
    String tcp = "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 9<TCP:[8]>\n";
    LearnedPolicy policy = onAbi(10, tcp + lines);
    assertThat(policy.policy().landlock().orElseThrow().otherSockets()).isTrue();
    assertThat(policy.text()).containsPattern("other-sockets: allow # .*" + Pattern.quote(reason));
  }

  @Test
  void ownPortsAndSocketsNeedNoRules() {
    String server =
        """
        socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4<UDP:[3]>
        bind(4<UDP:[3]>, {sa_family=AF_INET, sin_port=htons(514), sin_addr=0}, 16) = 0
        socket(AF_UNIX, SOCK_DGRAM, 0) = 5<UNIX-DGRAM:[4]>
        bind(5<UNIX-DGRAM:[4]>, {sa_family=AF_UNIX, sun_path="/run/p/s"}, 15) = 0
        sendto(6, "x", 1, 0, {sa_family=AF_UNIX, sun_path="/run/p/s"}, 15) = 1
        sendto(6, "x", 1, 0, {sa_family=AF_UNIX, sun_path="/dev/log"}, 15) = 1
        connect(6, {sa_family=AF_UNIX, sun_path="/secret"}, 15) = -1 EACCES (x)
        """;
    Landlock landlock = onAbi(10, server).policy().landlock().orElseThrow();
    assertThat(landlock.bindUdp()).contains(List.of(514));
    assertThat(landlock.connectUdp()).contains(List.of());
    assertThat(texts(landlock.connectUnix())).containsExactly("?/dev/log");
    assertThat(texts(landlock.write())).contains("/run/p");
    assertThat(landlock.otherSockets()).isFalse();
    String sender =
        server
            + "sendto(7<UDP:[9]>, \"x\", 1, 0, {sa_family=AF_INET, sin_port=htons(53)}, 16) = 1\n";
    assertThat(onAbi(10, sender).policy().landlock().orElseThrow().bindUdp())
        .contains(List.of(0, 514));
  }

  @Test
  void portsOfTheKernelAreNotProposed() {
    String tcp =
        """
        socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[1]>
        connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(32767), sin_addr=0}, 16) = 0
        connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(32768), sin_addr=0}, 16) = 0
        bind(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(60999), sin_addr=0}, 16) = 0
        bind(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(61000), sin_addr=0}, 16) = 0
        """;
    Landlock ports = landlock(tcp);
    assertThat(ports.connect()).contains(List.of(32_767));
    assertThat(ports.bind()).contains(List.of(61_000));
    assertThat(learned(tcp).text())
        .contains("landlock: connect: 32768 (first at log:6) is not proposed")
        .contains("landlock: bind: 60999 (first at log:7) is not proposed");
  }

  @Test
  void programsNeedTheirLoadersAndCanBeRead() {
    Learned learned =
        Learning.from(START + "7 execve(\"/usr/bin/git\", [\"git\"], 0x1 /* 1 var */) = 0\n")
            .proposing(new Proposals(true, false, Set.of(), ""))
            .learned()
            .knowing(new TestProgram("", List.of("/lib64/ld.so")));
    Landlock landlock =
        LearnedPolicy.of(learned, "test", Optional.empty()).policy().landlock().orElseThrow();
    assertThat(texts(landlock.execute())).containsExactly("/lib64/ld.so", "/usr/bin/git");
    assertThat(texts(landlock.read())).containsExactly("/lib64/ld.so", "/usr/bin/git");
  }

  private static final String SERVER =
      """
      socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[1]>
      listen(3<TCP:[127.0.0.1:80]>, 5) = 0
      clone(child_stack=NULL, flags=SIGCHLD) = 8
      8 epoll_wait(4, [], 9, -1) = 1
      8 accept4(3, NULL, NULL, 0) = 5
      8 clone(child_stack=NULL, flags=SIGCHLD) = 9
      9 uname({sysname="Linux"}) = 0
      wait4(-1, NULL, 0, NULL) = 8
      """;

  @Test
  void aPhaseHasTheCallsOfProcessesThatWaitedAndOfTheirChildren() {
    Phase phase = learned(SERVER).policy().phases().get(0);
    assertThat(phase.function()).contains("accept4");
    String rules = phase.rules().toString();
    assertThat(rules).contains("accept4", "clone", "uname", "exit_group").doesNotContain("listen");
    String before = SERVER.replace("accept4(3, NULL, NULL, 0)", "getpid()");
    Phase other = learned(before).policy().phases().get(0);
    assertThat(other.function()).contains("epoll_wait");
    assertThat(other.rules().toString()).contains("epoll_wait").doesNotContain("socket,", "listen");
  }

  /** Another program has no veneer, so no phase begins in it. */
  @Test
  void noPhaseBeginsInAnotherProgram() {
    String other =
        "execve(\"/bin/other\", [\"o\"], 0x1 /* 1 var */) = 0\nepoll_wait(4, [], 9, -1) = 0";
    LearnedPolicy policy = learned(other);
    assertThat(policy.policy().phases()).isEmpty();
    assertThat(policy.text()).contains("# warning: no phase: ");
  }

  /** As haproxy does, to read its files again: the phase does not end when a file is executed. */
  @ParameterizedTest
  @ValueSource(strings = {"/opt/p", "/proc/self/exe"})
  void aProgramThatExecutesItselfStaysInItsPhase(String path) {
    String again =
        "epoll_wait(4, [], 9, -1) = 0\nchroot(\"/x\") = 0\n"
            + "execve(\"%s\", [\"p\"], 0x1 /* 1 var */) = 0\n".formatted(path)
            + "sethostname(\"x\", 1) = 0\n";
    String rules = learned("sync() = 0\n" + again).policy().phases().get(0).rules().toString();
    assertThat(rules).contains("chroot", "execve", "sethostname", "seccomp").doesNotContain("sync");
    String late =
        "sync() = 0\nexecve(\"%s\", [\"p\"], 0x1 /* 1 var */) = 0\n".formatted(path)
            + "epoll_wait(4, [], 9, -1) = 0\nsethostname(\"x\", 1) = 0\n";
    assertThat(learned(late).policy().phases().get(0).rules().toString())
        .contains("sethostname")
        .doesNotContain("sync");
  }

  @Test
  void aChildWhoseCallsComeFirstIsInThePhaseOfItsParent() {
    String early =
        """
        poll([], 0, 1) = 0
        clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
        8 uname({sysname="Linux"}) = 0
        <... clone resumed>) = 8
        """;
    String rules = learned("getuid() = 0\n" + early).policy().phases().get(0).rules().toString();
    assertThat(rules).contains("uname", "clone");
  }

  private static final List<List<String>> THREADS =
      List.of(
          List.of(
              "7 chroot(\"/x\") = 0",
              "7 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 8",
              "7 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 9",
              "7 sethostname(\"x\", 1) = 0",
              "7 epoll_wait(4, [], 9, -1) = 1",
              "7 sync() = 0"),
          List.of(
              "8 prctl(PR_SET_NAME, \"x\") = 0", "8 epoll_wait(4, [], 9, -1) = 1", "8 sync() = 0"),
          List.of("9 umask(022) = 022", "9 setpriority(PRIO_PROCESS, 0, 1) = 0"));

  /** A phase begins for all threads, and a trace has one of the orders in which they may run. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whatAThreadDoesBeforeItsOwnFirstWaitIsInThePhase(int seed) {
    Random random = new Random(seed);
    List<Queue<String>> left = new ArrayList<>();
    THREADS.forEach(lines -> left.add(new ArrayDeque<>(lines)));
    StringBuilder trace = new StringBuilder(START);
    boolean isThreaded = false;
    while (left.stream().anyMatch(lines -> !lines.isEmpty())) {
      Queue<String> lines = left.get(isThreaded ? random.nextInt(left.size()) : 0);
      if (!lines.isEmpty()) {
        isThreaded |= lines.peek().endsWith("= 9");
        trace.append(lines.remove()).append('\n');
      }
    }
    Phase phase = learn(trace.toString()).policy().phases().get(0);
    assertThat(phase.function()).contains("epoll_wait");
    assertThat(phase.rules().toString())
        .contains("sethostname", "prctl", "sync", "umask", "setpriority")
        .doesNotContain("chroot");
    String alone = START + String.join("\n", THREADS.get(0)).replaceAll("7 clone.*\n", "");
    assertThat(learn(alone).policy().phases().get(0).rules().toString())
        .doesNotContain("sethostname");
  }

  @Test
  void aServiceThatWasNotToldToReloadIsNamed() {
    String service =
        """
        rt_sigaction(SIGHUP, {sa_handler=0x5555, sa_mask=[], sa_flags=0}, NULL, 8) = 0
        accept4(3, NULL, NULL, 0) = 5
        """;
    assertThat(learned(service).text()).contains("# warning: the program handles SIGHUP");
    String reloaded = service + "--- SIGHUP {si_signo=SIGHUP, si_code=SI_USER} ---\n";
    assertThat(learned(reloaded).text()).doesNotContain("SIGHUP,");
    assertThat(learned(service.replace("accept4", "getpid")).text()).doesNotContain("SIGHUP,");
    assertThat(learned(service.replace("0x5555", "SIG_IGN")).text()).doesNotContain("SIGHUP,");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "open(\"/a: b # c \\\" \\\\ 'd'\", O_RDONLY) = 3",
        "open(\"/{a,b}\", O_RDONLY) = 3\nopen(\"/?x\", O_RDONLY) = 3\nopen(\"/*a\", O_RDONLY) = 3",
        "open(\"/\\342\\200\\250\", O_RDONLY) = 3\nopen(\"/\\33[31m\", O_RDONLY) = 3",
        "open(\"/" + "y" + "\", O_RDONLY) = 3</x\nlandlock: {read: [/]}>",
        "open(\"\", O_RDONLY) = 3\nopen(\"/../..\", O_WRONLY|O_CREAT) = 3",
        "openat(9, \"x\", O_RDONLY) = 3\nopenat(<>, \"x\", O_RDONLY) = 3<>",
        "rename() = 0\nexecveat() = 0\nioctl() = 0\nconnect(3<TCP:[>, {sin_port=htons(99999)}) = 0",
        "bind(3, {sa_family=AF_INET, sin_port=htons(65536)}, 16) = 0",
        "openat(AT_FDCWD, \"relative\", O_RDONLY) = 3",
      })
  void oddTracesGiveValidPolicies(String lines) {
    assertThat(learned(lines).policy().landlock()).isPresent();
  }

  @Test
  void hostileTracesAreBounded() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      many.append("open(\"/etc/").append(i).append("\", O_RDONLY) = 3\n");
    }
    assertThatThrownBy(() -> learned(many.toString()))
        .isInstanceOf(LearnException.class)
        .hasMessage(
            "2,000 paths under read are too many for rules; --merge DIR joins those below a"
                + " directory");
    assertThat(read(many.toString(), "/etc")).containsExactly("/etc");
    String deep = "/x".repeat(2000);
    assertThat(read(opened(deep))).containsExactly("/x".repeat(64));
    StringBuilder missing = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      missing.append("open(\"/m%d/x\", O_RDONLY) = -1 ENOENT (No)\n".formatted(i));
    }
    assertThat(read(missing.toString())).hasSize(32);
    StringBuilder ports = new StringBuilder("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n");
    for (int i = 1; i < 100; i++) {
      ports.append("connect(3, {sa_family=AF_INET, sin_port=htons(%d)}, 16) = 0\n".formatted(i));
    }
    assertThat(landlock(ports.toString()).connect()).isEmpty();
  }

  @Test
  @Tag("long")
  void tooManyUsesAreRefused() {
    StringBuilder many = new StringBuilder(START);
    for (int i = 0; i < 200_001; i++) {
      many.append("7 open(\"/srv/").append(i).append("\", O_RDONLY) = 3\n");
    }
    assertThatThrownBy(() -> learn(many.toString(), "/srv"))
        .isInstanceOf(LearnException.class)
        .hasMessageContaining("too many different files for rules");
  }
}
