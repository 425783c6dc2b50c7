package dev.hardwire.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The numbers are those of the tables that filters are made from. */
class SystemCallTest {
  /** Names of calls that take a 64-bit offset on 32-bit hosts. */
  private static final Map<String, String> NARROW =
      Map.of("fstatfs", "fstatfs64", "ftruncate", "ftruncate64", "lseek", "_llseek");

  @ParameterizedTest
  @EnumSource
  void everyNumberIsThatOfTheTable(HostAbi host) {
    Target target =
        Arrays.stream(Target.values())
            .filter(t -> t.id().equals(host.id()))
            .findFirst()
            .orElseThrow();
    SyscallTable table = SyscallTable.of(target);
    for (SystemCall call : SystemCall.values()) {
      String name = call.name().toLowerCase(Locale.ROOT);
      String actual = host.isWide() ? name : NARROW.getOrDefault(name, name);
      if (call == SystemCall.SYNC_FILE_RANGE && host.takesFlagsBeforeRange()) {
        actual = "sync_file_range2";
      }
      assertThat(table.number(actual)).as(actual).hasValue(call.number(host));
    }
  }

  @Test
  void everyArchitectureHasAHost() {
    assertThat(Arrays.stream(Target.values()).map(Target::id))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(HostAbi.values()).map(HostAbi::id).toList());
  }
}
