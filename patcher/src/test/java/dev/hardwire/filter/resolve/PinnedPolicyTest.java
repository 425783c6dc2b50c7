package dev.hardwire.filter.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PinnedPolicyTest {
  private static Policy read(String text) {
    return YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "test");
  }

  @Test
  void namesEveryCallOnceAndDecidesAlike() {
    Policy policy =
        read(
            """
            version: 1
            default: kill-process
            rules:
              - errno EPERM: [sync, cacheflush]
              - log: [syncfs]
                when: fd == 3
              - allow: ["@sync", "~fsync"]
              - trap: ["@sync"]
              - log: [sync_file_range]
                when: fd == 5
            """);
    Policy pinned = ResolvedPolicy.pinned(policy, Target.X86_64);
    assertThat(YamlPolicyWriter.write(pinned))
        .contains(
            """
            rules:
              - errno EPERM: [sync]
              - log: [syncfs]
                when: "fd == 3"
              - allow: [fdatasync, msync, sync_file_range, syncfs]
              - trap: [fsync]
            no_new_privs
            """
                .stripTrailing());
    assertThat(read(YamlPolicyWriter.write(pinned))).isEqualTo(pinned);
    assertThat(
            FilterProof.compare(
                ResolvedPolicy.of(policy, Target.X86_64), ResolvedPolicy.of(pinned, Target.X86_64)))
        .isEmpty();
  }
}
