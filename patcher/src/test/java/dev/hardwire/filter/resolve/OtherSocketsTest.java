package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which sockets {@code other-sockets: deny} leaves: those that Landlock restricts, by table. */
class OtherSocketsTest {
  /** A policy, and which of TCP, UDP and unix sockets can be made. */
  private record Row(String section, boolean tcp, boolean udp, boolean unix) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("connect: [443]", true, false, false),
          new Row("bind: []", true, false, false),
          new Row("connect-udp: [53]", false, true, false),
          new Row("connect: [443], bind-udp: []", true, true, false),
          new Row("connect-unix: [], scope: [abstract-unix-socket]", false, false, true),
          new Row(
              "connect: [1], connect-udp: [2], connect-unix: [/], scope: [abstract-unix-socket]",
              true,
              true,
              true),
          // accepted kernels could not restrict them
          new Row("connect: [1], connect-udp: [53], kernel: {at-least: 9}", true, false, false),
          new Row("connect-udp: [53], kernel: {at-least: 10, below: warn}", false, false, false),
          new Row(
              "connect: [1], connect-unix: [/], kernel: {at-least: 8}, scope:"
                  + " [abstract-unix-socket]",
              true,
              false,
              false),
          new Row("connect: [], connect-udp: [], other-sockets: allow", true, true, true));

  private static final int CLOEXEC = 0x80000;

  @ParameterizedTest
  @EnumSource(names = {"X86_64", "I386", "AARCH64", "S390X"})
  void onlyRestrictedSocketsCanBeMade(Target machine) {
    int socket = SyscallTable.of(machine).number("socket").orElseThrow();
    for (Row row : ROWS) {
      String text = "version: 1\ndefault: allow\nlandlock: {" + row.section + "}\n";
      Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
      Filter filter = FilterCompiler.compile(policy, machine);
      assertThat(FilterProof.check(filter, ResolvedPolicy.of(policy, machine))).isEmpty();
      boolean all = row.section.contains("other-sockets: allow");
      List<String> wrong = new ArrayList<>();
      for (int family : new int[] {1, 2, 10, 16, 17, 38, 40}) {
        for (int type : new int[] {1, 2, 3, 5, 10, 1 | CLOEXEC, 2 | CLOEXEC | 0x800}) {
          for (int protocol : new int[] {0, 1, 6, 17, 58, 132, 136, 262}) {
            boolean ip = family == 2 || family == 10;
            int kind = type & 15;
            boolean expected =
                all
                    || (row.tcp && ip && kind == 1 && (protocol == 0 || protocol == 6))
                    || (row.udp && ip && kind == 2 && (protocol == 0 || protocol == 17))
                    || (row.unix && family == 1);
            SeccompData call = SeccompData.of(machine, socket, family, type, protocol);
            if (Emulator.run(filter, call).verdict().letsThrough() != expected) {
              wrong.add("%s: socket(%d, %#x, %d)".formatted(row.section, family, type, protocol));
            }
          }
        }
      }
      assertThat(wrong).isEmpty();
    }
  }
}
