package dev.hardwire.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is built is what a policy with the same text has. */
class LandlockBuilderTest {
  private static Landlock read(String section) {
    String text = "version: 1\ndefault: allow\nlandlock: {" + section + "}\n";
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p")
        .landlock()
        .orElseThrow();
  }

  @Test
  void buildsWhatPoliciesSay() {
    assertThat(Landlock.builder().read("/usr", "?/opt").write("/tmp", ".").execute().build())
        .isEqualTo(read("read: [/usr, '?/opt'], write: [/tmp, .], execute: []"));
    assertThat(Landlock.builder().connect(443, 53).bind().build())
        .isEqualTo(read("connect: [443, 53], bind: []"));
    assertThat(
            Landlock.builder()
                .connectUdp(53)
                .bindUdp(0)
                .connectUnix("/run/log")
                .otherSockets(true)
                .scope(Landlock.Scope.SIGNAL)
                .logDenials(Landlock.LogDenials.ALL)
                .quiet("/a", "?/b")
                .kernel(new KernelDemand(OptionalInt.of(10), false))
                .build())
        .isEqualTo(
            read(
                "connect-udp: [53], bind-udp: [0], connect-unix: [/run/log], other-sockets: allow,"
                    + " scope: [signal], log-denials: all, quiet: [/a, '?/b'],"
                    + " kernel: {at-least: 10}"));
  }

  @Test
  void copiesKeepEverything() {
    Landlock all =
        read(
            "read: [/usr], write: [/tmp], execute: [/bin], connect: [1], bind: [2],"
                + " connect-udp: [3], bind-udp: [4], connect-unix: [/run/x],"
                + " scope: [abstract-unix-socket], log-denials: none, kernel: {at-least: 4}");
    assertThat(all.toBuilder().build()).isEqualTo(all);
    assertThat(all.toBuilder().build().position()).isEqualTo(all.position());
    Landlock scoped = read("scope: [signal]");
    assertThat(scoped.toBuilder().build()).isEqualTo(scoped);
  }

  @Test
  void mistakesAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Landlock.builder().build())
        .withMessageContaining("restricts nothing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Landlock.builder().read("usr"))
        .withMessageContaining("absolute");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Landlock.builder().write("?/tmp").build())
        .withMessageContaining("cannot be optional");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Landlock.builder().connect(65_536).build())
        .withMessageContaining("port");
  }
}
