package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.LearnException;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Policies are widened by what Landlock denied, as Linux 7.2 writes it. */
class DenialsTest {
  private static final String BASE =
      """
      version: 1
      default: allow
      landlock:
        read: [/usr]
        write: [/srv]
        connect: [443]
        connect-udp: []
        connect-unix: ["?/run/listed"]
        scope: [signal, abstract-unix-socket]
      """;

  /** The record of the domain comes behind its first denial. */
  private static final String LOG =
      """
      audit: type=1423 audit(1.1:6): domain=1a blockers=fs.read_file path="/etc/hosts" dev="vda" ino=11
      audit: type=1424 audit(1.1:6): domain=1a status=allocated mode=enforcing pid=104 uid=0 exe="/opt/p" comm="p"
      audit: type=1423 audit(1.1:7): domain=1a blockers=fs.make_reg,fs.refer path="/var/a" dev="vda" ino=12
      audit: type=1423 audit(1.1:7): domain=1a blockers=fs.refer path="/var/b" dev="vda" ino=13
      audit: type=1423 audit(1.1:8): domain=1a blockers=net.connect_tcp daddr=1.2.3.4 dest=80
      audit: type=1423 audit(1.1:9): domain=1a blockers=net.connect_send_udp daddr=1.2.3.4 dest=53
      audit: type=1423 audit(1.1:9): domain=1a blockers=fs.resolve_unix path="/run/s" dev="vda" ino=14
      audit: type=1423 audit(1.1:10): domain=1a blockers=fs.execute path="/opt/q" dev="vda" ino=15
      """;

  private static Landlock widened(String log) {
    return Learning.from(log).base(BASE).exe("/opt/p").policy().policy().landlock().orElseThrow();
  }

  private static List<String> texts(Optional<List<PathRule>> paths) {
    return paths.orElse(List.of()).stream().map(PathRule::toString).toList();
  }

  @Test
  void whatWasDeniedIsAddedToItsList() {
    Landlock landlock = widened(LOG);
    assertThat(texts(landlock.read())).containsExactly("/usr", "/etc/hosts", "/opt/q");
    assertThat(texts(landlock.write())).containsExactly("/srv", "/var/a", "/var/b");
    assertThat(texts(landlock.execute())).containsExactly("/opt/q");
    assertThat(texts(landlock.connectUnix())).containsExactly("?/run/listed", "?/run/s");
    assertThat(landlock.connect()).contains(List.of(80, 443));
    assertThat(landlock.connectUdp()).contains(List.of(53));
    assertThat(landlock.bind()).isEmpty();
    assertThat(landlock.otherSockets()).isFalse();
    assertThat(Learning.from(LOG).base(BASE).policy().text())
        .startsWith(
            "# Learned from 0 system calls, 0 different, and 8 accesses that Landlock denied")
        .contains("    - \"/etc/hosts\" # denied, first at log:1\n")
        .contains("  connect: [80, 443] # 80: denied, first at log:5\n");
  }

  @Test
  void otherProgramsAndUnknownOnesDoNotCount() {
    String others =
        LOG.replace("domain=1a", "domain=2b").replace("/opt/p", "/opt/other").replace("1.1:", "2:")
            + "audit: type=1423 audit(3.1:1): domain=3c blockers=fs.read_file path=\"/x\""
            + " dev=\"v\"\n";
    assertThat(widened(others + LOG)).isEqualTo(widened(LOG));
    assertThat(Learning.from(others + LOG).base(BASE).exe("/opt/p").policy().text())
        .contains("denied by Landlock to an unknown program, since records of domains are missing");
    assertThatThrownBy(() -> widened(others))
        .isInstanceOf(LearnException.class)
        .hasMessageContaining("nothing to learn from");
  }

  private static String told(String blockers, String object) {
    String record = "audit: type=1423 audit(1.1:20): domain=1a blockers=%s %s dev=\"v\"\n";
    return Learning.from(LOG + record.formatted(blockers, object)).base(BASE).policy().text();
  }

  /** What would open too much, or cannot be said, is a warning. */
  @Test
  void whatIsNotAddedIsNamed() {
    assertThat(told("fs.make_reg", "path=\"/etc\"")).contains("landlock: denied write of /etc (");
    assertThat(told("fs.read_dir", "path=\"/\"")).contains("landlock: denied read of / (");
    assertThat(told("fs.read_file", "path=2F0A")).contains("which is not added");
    assertThat(told("fs.read_file", "path=\"/usr/x\"")).contains("which the section allows");
    assertThat(told("net.bind_tcp", "src=99999")).contains("denied bind of 99999 (");
    assertThat(told("scope.signal", "opid=1 ocomm=\"init\"")).contains("denied signal, which");
    assertThat(told("fs.make_char", "path=\"/dev\"")).contains("no policy can allow");
    assertThat(told("ptrace", "opid=1 ocomm=\"init\"")).contains("no policy can allow");
    String alone = BASE.substring(0, BASE.indexOf("landlock:"));
    assertThat(Learning.from(LOG).base(alone + "rules: []\n").policy().text())
        .contains("8 accesses were denied, and the policy has no section landlock");
  }

  /** Or the result would be a policy without a single call that was seen. */
  @Test
  void withoutABaseThereIsNothingToWiden() {
    assertThatThrownBy(() -> Learning.from(LOG).policy())
        .isInstanceOf(LearnException.class)
        .hasMessageContaining("only accesses that Landlock denied; give the policy as --base");
  }
}
