package dev.hardwire.learn;

import dev.hardwire.learn.paths.Proposal;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The text of the sections after the rules: the canonical text, with comments. */
final class ProposedText {
  private static final String LANDLOCK = "landlock:";
  private static final String PHASES = "phases:";

  private ProposedText() {}

  /** A policy without these sections. */
  static Policy without(Policy policy) {
    return policy
        .restrictedBy(Optional.empty(), Optional.empty())
        .weighedBy(Map.of())
        .inPhases(List.of());
  }

  /**
   * The text of {@code landlock:}, {@code phases:} and other sections.
   *
   * @param policy that has them
   * @param printable makes a text fit for a comment
   */
  static String of(Policy policy, Proposed proposed, UnaryOperator<String> printable) {
    String sections =
        YamlPolicyWriter.write(policy).substring(YamlPolicyWriter.write(without(policy)).length());
    StringBuilder out = new StringBuilder();
    String list = "";
    boolean paths = false;
    for (String line : sections.split("\n", -1)) {
      if (line.isEmpty()) {
        continue;
      }
      if (!line.startsWith(" ")) {
        paths = line.equals(LANDLOCK);
      }
      if (line.equals(PHASES)) {
        proposed
            .phase()
            .ifPresent(
                phase -> out.append("# ").append(printable.apply(phase.remark())).append('\n'));
      }
      String remark = "";
      if (paths && line.startsWith("    - \"")) {
        remark = remark(proposed, list + " " + unquoted(line));
      } else if (paths && line.startsWith("  ")) {
        list = line.strip().split(":", 2)[0];
        remark = remark(proposed, list);
      }
      out.append(line);
      out.append(remark.isEmpty() ? "" : " # " + printable.apply(remark)).append('\n');
    }
    return out.toString();
  }

  private static String remark(Proposed proposed, String key) {
    return proposed
        .landlock()
        .map(Proposal::reasons)
        .map(all -> all.getOrDefault(key, ""))
        .orElse("");
  }

  private static String unquoted(String line) {
    String text = line.substring(line.indexOf('"') + 1, line.length() - 1);
    return text.replace("\\\"", "\"").replace("\\\\", "\\");
  }
}
