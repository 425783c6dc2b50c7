package dev.hardwire.live.truth;

import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;

/** The two policies: that of a single or inner patch, and that of an outer one. */
@SuppressWarnings("ImmutableEnumChecker") // policies are immutable
enum Layer {
  INNER("errno ENETDOWN: [uname]", "kill-process: [getppid]"),
  OUTER("errno EHOSTDOWN: [getpgid]", "errno EHOSTDOWN: [getsid]");

  static final int ENETDOWN = 100;
  static final int EHOSTDOWN = 112;

  private final Policy policy;

  Layer(String first, String second) {
    String text =
        """
        version: 1
        name: truth
        default: allow
        rules:
          - %s
          - %s
        no_new_privs: true
        log: false
        """
            .formatted(first, second);
    this.policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "truth");
  }

  Policy policy() {
    return policy;
  }
}
