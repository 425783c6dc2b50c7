package dev.hardwire.testing;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a kernel may lack, as a program without a policy finds it when it asks for it. Versions do
 * not tell: kernels of distributions have parts of newer ones, and leave parts of others out.
 */
public enum KernelFeature {
  /** Landlock at all. */
  LANDLOCK("handles:1:0:0", "Landlock"),
  /** Every right of files that policies with paths take. */
  FILES("handles:0xffff:0:0", "Landlock"),
  TCP("handles:0:3:0", "Landlock"),
  SCOPE("handles:0:0:3", "Landlock"),
  /** Unix sockets with a path. */
  UNIX("handles:0x10000:0:0", "Landlock"),
  UDP("handles:0:12:0", "Landlock"),
  /** Landlock's rules for all threads of a process at once. */
  ALL_THREADS("threads", "Landlock"),
  /** Memory that is written is not executed: PR_SET_MDWE. */
  DENY_GAIN("deny-gain", "limit no-write-execute failed"),
  /** mseal(2). Kernels without it do not refuse the program. */
  SEAL("seal", "mseal");

  private final String attempt;
  private final String refusal;

  /**
   * @param attempt of {@code try-access}
   * @param refusal part of the message of a program that takes what the kernel lacks
   */
  KernelFeature(String attempt, String refusal) {
    this.attempt = attempt;
    this.refusal = refusal;
  }

  /** What the kernel offers on which the tests run. */
  private static final class Here {
    static final Map<KernelFeature, Boolean> OFFERED =
        offered(Programs.run(Fixtures.tool("try-access"), attempts()));

    private Here() {}
  }

  /** Whether the kernel offers it on which the tests run. */
  public boolean isOffered() {
    return Here.OFFERED.get(this);
  }

  /** The arguments of {@code try-access} that ask for all of them. */
  public static List<String> attempts() {
    List<String> attempts = new ArrayList<>();
    for (KernelFeature feature : values()) {
      attempts.add(feature.attempt);
    }
    return attempts;
  }

  /** What the kernel offers on which {@code try-access} ran with {@link #attempts}. */
  public static Map<KernelFeature, Boolean> offered(Outcome asked) {
    List<String> lines = asked.succeeds().out().lines().toList();
    Map<KernelFeature, Boolean> offered = new EnumMap<>(KernelFeature.class);
    for (KernelFeature feature : values()) {
      offered.put(feature, lines.get(feature.ordinal()).equals(feature.attempt + ": ok"));
    }
    return offered;
  }

  /** Whether a program did not start, and said that the kernel lacks this. */
  boolean isMissedBy(Outcome outcome) {
    return outcome.status() == 126
        && outcome.err().startsWith("hardwire: ")
        && outcome.err().contains(refusal);
  }
}
