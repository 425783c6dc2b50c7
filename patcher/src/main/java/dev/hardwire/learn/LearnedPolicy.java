package dev.hardwire.learn;

import dev.hardwire.derive.NamedFiles;
import dev.hardwire.learn.Learned.Need;
import dev.hardwire.learn.paths.Proposal;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.ConditionParser;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * A policy made from the result of learning.
 *
 * <p>Invariant: parsing the text gives the policy.
 *
 * @param text the canonical text, except for comments and with one call per line
 */
public record LearnedPolicy(Policy policy, String text) {
  private static final String END = "no_new_privs: ";
  private static final String LOCAL = "family == AF_UNIX";

  private static final String LIBRARY = "reachable: libc.so.6 ";

  /** What reaches socket(2) only to ask a service for names. */
  private static final Pattern NAME_SERVICE =
      Pattern.compile(
          "reachable: libc\\.so\\.6 _*(?:nss_|nscd_|initgroups|innetgr|getgrouplist"
              + "|get(?:pw|gr|sp|sg|host|net|serv|proto|addrinfo|nameinfo|rpc|ali)).*");

  /**
   * Makes the policy.
   *
   * @param name of the policy, unless a base policy has one
   * @param defaultAction the action for other calls; empty for the base policy's, or {@code
   *     kill-process}
   */
  public static LearnedPolicy of(Learned learned, String name, Optional<Action> defaultAction) {
    Policy base = learned.base(Policy.isName(name) ? name : "learned", defaultAction);
    List<Rule> rules = new ArrayList<>(base.rules());
    rules.addAll(PhaseProposal.rules(learned.needs()));
    Optional<Rule> answered = answered(learned, base.defaultAction());
    answered.ifPresent(rules::add);
    Proposed proposed = learned.proposed();
    Policy policy = proposing(base.withRules(rules), learned, base, answered);
    String text =
        header(learned)
            + text(base, learned.needs(), answered)
            + ProposedText.of(
                policy, learned.needsFromMain().isPresent(), proposed, LearnedPolicy::printable)
            + footer(learned);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Policy read = YamlPolicyReader.read(bytes, "learned");
    if (!withoutReasons(read).equals(withoutReasons(policy))) {
      throw new IllegalStateException("the text does not read back as the policy");
    }
    return new LearnedPolicy(read, text);
  }

  /**
   * A rule for the local sockets that functions of the C library ask for, which look names up: they
   * do without if they get an error. Others get the error, too, which allows nothing.
   */
  private static Optional<Rule> answered(Learned learned, Action defaultAction) {
    boolean kills =
        defaultAction.equals(Action.KILL_PROCESS) || defaultAction.equals(Action.KILL_THREAD);
    String origin = learned.withheld().calls().getOrDefault("socket", "");
    boolean looksUp = NAME_SERVICE.matcher(origin).matches();
    boolean isOfLibrary = origin.startsWith(LIBRARY);
    return kills && (looksUp || (isOfLibrary && learned.looksUpNames()))
        ? Optional.of(
            Rule.of(Action.parse("errno:EACCES"), "socket")
                .when(ConditionParser.parse(LOCAL, at -> Position.NONE)))
        : Optional.empty();
  }

  private static Policy proposing(
      Policy policy, Learned learned, Policy base, Optional<Rule> answered) {
    Proposed proposed = learned.proposed();
    Policy restricted =
        proposed
            .landlock()
            .map(found -> policy.restrictedBy(Optional.of(found.landlock()), policy.limits()))
            .orElse(policy);
    List<Phase> phases = new ArrayList<>();
    boolean hasMain = base.phases().stream().anyMatch(phase -> phase.function().isEmpty());
    if (!hasMain) {
      learned
          .needsFromMain()
          .map(needs -> fromMain(policy, base, needs))
          .map(phase -> phase.withRules(joined(phase.rules(), answered)))
          .ifPresent(phases::add);
    }
    proposed
        .phase()
        .map(phase -> phase.phase(policy.defaultAction()))
        .map(phase -> phase.withRules(joined(phase.rules(), answered)))
        .ifPresentOrElse(phases::add, () -> phases.addAll(base.phases()));
    return restricted.inPhases(phases);
  }

  /**
   * With the hook {@code first}: what is left when the dynamic linker and constructors have run.
   */
  private static Phase fromMain(Policy policy, Policy base, List<Need> needs) {
    List<Rule> rules = new ArrayList<>(base.rules());
    rules.addAll(PhaseProposal.rules(needs));
    return new Phase(
        Phase.MAIN, Optional.empty(), policy.defaultAction(), rules, Position.NONE, Position.NONE);
  }

  private static List<Rule> joined(List<Rule> rules, Optional<Rule> more) {
    List<Rule> all = new ArrayList<>(rules);
    more.ifPresent(all::add);
    return all;
  }

  /** The comment behind a rule is the rule's reason when the text is read. */
  private static Policy withoutReasons(Policy policy) {
    return policy.withRules(
        policy.rules().stream()
            .map(
                rule ->
                    new Rule(
                        rule.action(),
                        rule.calls(),
                        rule.condition(),
                        rule.position(),
                        Optional.empty(),
                        rule.architectures()))
            .toList());
  }

  private static String header(Learned learned) {
    StringBuilder out = new StringBuilder();
    String summary = learned.summary();
    comment(out, Character.toUpperCase(summary.charAt(0)) + summary.substring(1));
    learned.scope().forEach(line -> comment(out, line));
    learned.warnings().forEach(line -> comment(out, "warning: " + line));
    learned.reach().ifPresent(reach -> describe(reach, out));
    return out.toString();
  }

  private static void describe(Reach reach, StringBuilder out) {
    comment(
        out,
        "Joined with the %d calls that %s can reach."
            .formatted(reach.origins().size(), reach.subject()));
    if (!reach.files().isEmpty()) {
      comment(out, NamedFiles.TITLE);
      reach.files().forEach(file -> comment(out, "  " + file));
    }
    reach.unknown().forEach(site -> comment(out, "not known: " + site));
  }

  /** The calls that are left out, or allowed in part, although the program can reach them. */
  private static String footer(Learned learned) {
    StringBuilder out = new StringBuilder();
    Withheld withheld = learned.withheld();
    if (!withheld.calls().isEmpty()) {
      comment(out, "Can be reached, but was not seen and gives power, so it is not allowed:");
      withheld.calls().forEach((call, origin) -> comment(out, "  %s: %s".formatted(call, origin)));
    }
    if (!withheld.uses().isEmpty()) {
      comment(
          out,
          "Can be reached, but was not seen and may give power, so it is allowed only in part:");
      withheld
          .uses()
          .forEach(
              (call, use) ->
                  comment(out, "  %s: %s; %s".formatted(call, use, withheld.origins().get(call))));
    }
    return out.toString();
  }

  private static void comment(StringBuilder out, String text) {
    out.append("# ").append(printable(text)).append('\n');
  }

  /** File names and contents of logs may contain any characters. */
  private static String printable(String text) {
    return text.codePoints()
        .map(c -> isPrintable(c) ? c : '?')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** The base's canonical text with the needed calls after its rules, up to the sections. */
  private static String text(Policy base, List<Need> needs, Optional<Rule> answered) {
    String canonical = YamlPolicyWriter.write(ProposedText.without(base));
    int end = canonical.lastIndexOf("\n" + END) + 1;
    String start = canonical.substring(0, end);
    if (needs.isEmpty()) {
      return canonical;
    }
    StringBuilder out = new StringBuilder(start.replace("\nrules: []\n", "\nrules:\n"));
    List<Need> plain = needs.stream().filter(need -> need.condition().isEmpty()).toList();
    out.append(plain.isEmpty() ? "" : "  - allow:\n");
    int width = plain.stream().mapToInt(need -> need.call().length()).max().orElse(0);
    for (Need need : plain) {
      String padding = " ".repeat(width - need.call().length());
      out.append("      - ").append(need.call()).append(padding).append(" # ");
      out.append(printable(need.comment())).append('\n');
    }
    for (Need need : needs) {
      need.condition()
          .ifPresent(
              when ->
                  out.append("  - allow: [")
                      .append(need.call())
                      .append("] # ")
                      .append(printable(need.comment()))
                      .append("\n    when: \"")
                      .append(when)
                      .append("\"\n"));
    }
    answered.ifPresent(
        rule ->
            out.append(
                "  - %s: [socket] # not seen; names of users and hosts are found without it\n    when: \"%s\"\n"
                    .formatted(rule.action(), LOCAL)));
    return out + canonical.substring(end);
  }

  /** The text of the sections after the rules: the canonical text, with comments. */
  private static final class ProposedText {
    private static final String LANDLOCK = "landlock:";
    private static final String PHASES = "phases:";

    private ProposedText() {}

    /** A policy without these sections. */
    static Policy without(Policy policy) {
      return policy.rulesAlone();
    }

    /**
     * The text of {@code landlock:}, {@code phases:} and other sections.
     *
     * @param policy that has them
     * @param fromMain whether a phase at main is proposed
     * @param printable makes a text fit for a comment
     */
    static String of(
        Policy policy, boolean fromMain, Proposed proposed, UnaryOperator<String> printable) {
      String sections =
          YamlPolicyWriter.write(policy)
              .substring(YamlPolicyWriter.write(without(policy)).length());
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
          if (fromMain) {
            out.append("# at main: without the calls that only code before it can make\n");
          }
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
}
