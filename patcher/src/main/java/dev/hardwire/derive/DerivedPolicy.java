package dev.hardwire.derive;

import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policy that allows what a program can reach.
 *
 * <p>Invariant: parsing the text gives the policy.
 *
 * @param text the canonical text behind comments that name the files and rules
 */
public record DerivedPolicy(Policy policy, String text) {
  private static final int MOST_SITES = 5;

  /**
   * Makes the policy.
   *
   * @param derivation of the program
   * @param name of the policy
   * @param answer about calls that are not known
   * @param arguments whether only those arguments are allowed that can be reached
   * @return the policy and its text
   * @throws DeriveException if calls are not known and there is no answer about them
   */
  public static DerivedPolicy of(
      Derivation derivation, String name, UnknownAnswer answer, boolean arguments) {
    Set<String> allowed = new TreeSet<>(derivation.names());
    Action otherwise = Action.KILL_PROCESS;
    if (!derivation.isComplete()) {
      if (answer instanceof UnknownAnswer.Refuse) {
        throw new DeriveException(unknown(derivation));
      } else if (answer instanceof UnknownAnswer.AllowAll) {
        otherwise = Action.ALLOW;
      } else if (answer instanceof UnknownAnswer.Fail fail) {
        otherwise = fail.action();
      } else if (answer instanceof UnknownAnswer.Calls calls) {
        allowed.addAll(calls.names());
      }
    }
    ArgumentRules restricted =
        arguments ? ArgumentRules.of(derivation, answer) : ArgumentRules.NONE;
    allowed.removeAll(restricted.conditions().keySet());
    List<Rule> rules = new ArrayList<>();
    if (!(otherwise instanceof Action.Allow)) {
      if (!allowed.isEmpty()) {
        rules.add(Rule.of(Action.ALLOW, List.copyOf(allowed)));
      }
      restricted
          .conditions()
          .forEach((call, when) -> rules.add(Rule.of(Action.ALLOW, call).when(when)));
    }
    Policy policy = Policy.of(Policy.isName(name) ? name : "derived", otherwise, rules);
    String text = header(derivation, restricted) + YamlPolicyWriter.write(policy);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (!YamlPolicyReader.read(bytes, "derived").equals(policy)) {
      throw new IllegalStateException("the text does not read back as the policy");
    }
    return new DerivedPolicy(policy, text);
  }

  private static String unknown(Derivation derivation) {
    List<UnknownSite> sites = derivation.unknown();
    StringBuilder out = new StringBuilder(derivation.program());
    out.append(": the number of a system call is not known:");
    for (UnknownSite site : sites.subList(0, Math.min(MOST_SITES, sites.size()))) {
      out.append(sites.indexOf(site) == 0 ? " " : "; ");
      out.append("%s at %s: %s".formatted(site.file(), site.place(), site.reason()));
    }
    if (sites.size() > MOST_SITES) {
      out.append("; and %d more".formatted(sites.size() - MOST_SITES));
    }
    return out.append("; --unknown says what to do about such calls").toString();
  }

  private static String header(Derivation derivation, ArgumentRules restricted) {
    StringBuilder out = new StringBuilder();
    comment(
        out,
        "Derived from %s: %d system calls can be reached after the hook."
            .formatted(derivation.program(), derivation.calls().size()));
    comment(out, NamedFiles.TITLE);
    for (DerivedFile file : derivation.files()) {
      comment(out, NamedFiles.line(file));
    }
    derivation.rules().forEach(rule -> comment(out, "rule " + rule));
    if (!derivation.loaded().isEmpty()) {
      comment(out, "may load " + String.join(", ", derivation.loaded()));
    }
    for (UnknownSite site : derivation.unknown()) {
      comment(out, "not known: %s at %s: %s".formatted(site.file(), site.place(), site.reason()));
    }
    restricted.open().forEach(line -> comment(out, "any argument: " + line));
    return out.toString();
  }

  private static void comment(StringBuilder out, String text) {
    out.append("# ");
    text.codePoints().map(c -> c >= ' ' && c < 0x7f ? c : '?').forEach(out::appendCodePoint);
    out.append('\n');
  }
}
