package dev.hardwire.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterStackTest {
  private static final SeccompData CALL = SeccompData.of(Target.X86_64, 0);

  private static Verdict verdict(long... returned) {
    List<Filter> filters =
        Arrays.stream(returned)
            .mapToObj(k -> new Filter(List.of(BpfInstruction.of(Bpf.RET | Bpf.K, k))))
            .toList();
    return new FilterStack(filters).run(CALL).verdict();
  }

  @Test
  void theMostRestrictiveActionCounts() {
    long[] order = {
      Verdict.KILL_PROCESS,
      Verdict.KILL_THREAD,
      Verdict.TRAP,
      Verdict.ERRNO | 1,
      Verdict.USER_NOTIF,
      Verdict.TRACE,
      Verdict.LOG,
      Verdict.ALLOW
    };
    for (int i = 0; i < order.length; i++) {
      for (int j = i; j < order.length; j++) {
        assertThat(verdict(order[i], order[j])).isEqualTo(new Verdict(order[i]));
        assertThat(verdict(order[j], order[i])).isEqualTo(new Verdict(order[i]));
      }
    }
  }

  @Test
  void ofEqualActionsThatOfTheLastFilterCounts() {
    assertThat(verdict(Verdict.ERRNO | 1, Verdict.ERRNO | 2, Verdict.ALLOW))
        .isEqualTo(new Verdict(Verdict.ERRNO | 2));
  }
}
