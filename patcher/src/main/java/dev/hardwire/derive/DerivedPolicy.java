package dev.hardwire.derive;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.derive.Derivation.DerivedFile;
import dev.hardwire.derive.Derivation.ReachedArgument;
import dev.hardwire.derive.Derivation.ReachedCall;
import dev.hardwire.derive.Derivation.UnknownSite;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Comparison;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Constant;
import dev.hardwire.policy.Operand;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
    Allowed allowed = Allowed.of(derivation, answer, arguments);
    Policy policy = allowed.policy(name);
    return checked(policy, header(derivation, "after the hook", answer, allowed.restricted));
  }

  /**
   * Makes the policy for the hook {@code first}: it allows everything from the first instruction
   * on, and a phase from {@code main} on what can be reached after the constructors.
   *
   * @param derivation of the program
   * @param name of the policy
   * @param answer about calls that are not known
   * @param arguments whether only those arguments are allowed that can be reached
   * @throws DeriveException if calls are not known and there is no answer about them
   */
  public static DerivedPolicy first(
      FirstDerivation derivation, String name, UnknownAnswer answer, boolean arguments) {
    Allowed start = Allowed.of(derivation.start(), answer, arguments);
    StringBuilder text =
        new StringBuilder(
            header(derivation.start(), "from the first instruction on", answer, start.restricted));
    Policy policy = start.policy(name);
    if (derivation.main().isEmpty()) {
      comment(text, "no phase at main: the start code is not known to run the init array");
    } else if (!(policy.defaultAction() instanceof Action.Allow)) {
      Allowed main = Allowed.of(derivation.main().get(), answer, arguments);
      comment(
          text,
          "From main on: %d system calls can be reached."
              .formatted(derivation.main().get().calls().size()));
      main.restricted.open().forEach(line -> comment(text, "from main on, any argument: " + line));
      policy =
          policy.inPhases(
              List.of(
                  new Phase(
                      Phase.MAIN,
                      Optional.empty(),
                      main.otherwise,
                      main.rules,
                      Position.NONE,
                      Position.NONE)));
    }
    return checked(policy, text.toString());
  }

  /** SHA-256 of the canonical text, which a program has that is patched with it: hexadecimal. */
  public String sha256() {
    byte[] canonical = YamlPolicyWriter.write(policy).getBytes(StandardCharsets.UTF_8);
    return Bytes.wrap(canonical).sha256().hex();
  }

  private static DerivedPolicy checked(Policy policy, String comments) {
    String text = comments + YamlPolicyWriter.write(policy);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (!YamlPolicyReader.read(bytes, "derived").equals(policy)) {
      throw new IllegalStateException("the text does not read back as the policy");
    }
    return new DerivedPolicy(policy, text);
  }

  /**
   * What a derivation allows.
   *
   * @param otherwise the action for all other calls
   */
  private record Allowed(Action otherwise, List<Rule> rules, ArgumentRules restricted) {
    static Allowed of(Derivation derivation, UnknownAnswer answer, boolean arguments) {
      if (derivation.calls().isEmpty() && derivation.isComplete()) {
        throw new DeriveException(
            derivation.program()
                + ": no system call is reached, but every program makes one to end; its code cannot"
                + " be analysed");
      }
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
        } else if (answer instanceof UnknownAnswer.Session session) {
          allowed.addAll(session.names());
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
      return new Allowed(otherwise, rules, restricted);
    }

    Policy policy(String name) {
      return Policy.of(Policy.isName(name) ? name : "derived", otherwise, rules);
    }
  }

  private static String unknown(Derivation derivation) {
    List<UnknownSite> sites = derivation.unknown();
    StringBuilder out = new StringBuilder(derivation.program());
    out.append(": the number of a system call is not known:");
    for (UnknownSite site : sites.subList(0, Math.min(MOST_SITES, sites.size()))) {
      out.append(sites.indexOf(site) == 0 ? " " : "; ").append(site.text());
    }
    if (sites.size() > MOST_SITES) {
      out.append("; and %d more, which -v lists".formatted(sites.size() - MOST_SITES));
    }
    String program = derivation.program();
    String started = program.indexOf('/') < 0 ? "./" + program : program; // not one in PATH
    return out.append(
            "; let it do all of its work once: hardwire learn --exec --every-call --log session.log"
                + " -o seen.yaml -- %s ARG..., and allow what it did there, too: hardwire derive"
                    .formatted(started)
                + " --unknown learn:session.log -o policy.yaml "
                + program)
        .toString();
  }

  private static String header(
      Derivation derivation, String when, UnknownAnswer answer, ArgumentRules restricted) {
    StringBuilder out = new StringBuilder();
    comment(
        out,
        "Derived from %s: %d system calls can be reached %s."
            .formatted(derivation.program(), derivation.calls().size(), when));
    comment(out, NamedFiles.TITLE);
    for (DerivedFile file : derivation.files()) {
      comment(out, NamedFiles.line(file));
    }
    derivation.rules().forEach(rule -> comment(out, "rule " + rule));
    if (!derivation.loaded().isEmpty()) {
      comment(out, "may load " + String.join(", ", derivation.loaded()));
    }
    if (answer instanceof UnknownAnswer.Session session && !derivation.isComplete()) {
      Set<String> seen = new TreeSet<>(session.names());
      seen.removeAll(derivation.names());
      comment(
          out,
          "%d of the calls stand on the session in %s only%s"
              .formatted(
                  seen.size(),
                  session.log(),
                  seen.isEmpty() ? "" : ": " + String.join(", ", seen)));
      comment(
          out,
          "%d places are not proven: any other call that they make kills"
              .formatted(derivation.unknown().size()));
    }
    derivation.unknown().forEach(site -> comment(out, "not known: " + site.text()));
    derivation.composed().forEach(place -> comment(out, "name not known: " + place));
    restricted.open().forEach(line -> comment(out, "any argument: " + line));
    return out.toString();
  }

  private static void comment(StringBuilder out, String text) {
    out.append("# ");
    text.codePoints().map(c -> c >= ' ' && c < 0x7f ? c : '?').forEach(out::appendCodePoint);
    out.append('\n');
  }

  /**
   * Conditions on the arguments of calls, as far as all values are known.
   *
   * @param conditions by call
   * @param open why arguments of other calls may have any value, each a line
   */
  private record ArgumentRules(SortedMap<String, Condition> conditions, List<String> open) {
    static final ArgumentRules NONE = new ArgumentRules(new TreeMap<>(), List.of());

    /** The argument of mmap(2) and mprotect(2), which has 64 bits, of which one counts here. */
    private static final String PROTECTION = "prot";

    private static final long LOW = 0xffff_ffffL;

    /**
     * The conditions for a program.
     *
     * @param answer about calls whose numbers are not known, whose arguments are not known either
     */
    static ArgumentRules of(Derivation derivation, UnknownAnswer answer) {
      List<String> listed = answer instanceof UnknownAnswer.Calls calls ? calls.names() : List.of();
      if (!derivation.isComplete() && !(answer instanceof UnknownAnswer.Calls)) {
        return new ArgumentRules(
            new TreeMap<>(), List.of("all calls, since the numbers of some are not known"));
      }
      ArgumentRules rules = new ArgumentRules(new TreeMap<>(), new ArrayList<>());
      for (ReachedCall call : derivation.calls().values()) {
        if (!derivation.isComplete() && listed.contains(call.name())) {
          rules.open.add(call.name() + ", which is listed for calls that are not known");
        } else {
          rules.add(call);
        }
      }
      return rules;
    }

    private void add(ReachedCall call) {
      List<Condition> parts = new ArrayList<>();
      for (ReachedArgument argument : call.arguments()) {
        if (argument.unknown().isEmpty()) {
          condition(call.name(), argument).ifPresent(parts::add);
        } else {
          open.add("%s %s: %s".formatted(call.name(), argument.name(), argument.unknown()));
        }
      }
      Condition.all(parts).ifPresent(all -> conditions.put(call.name(), all));
    }

    private static Optional<Condition> condition(String call, ReachedArgument argument) {
      Operand operand = Operand.of(argument.name());
      if (argument.name().equals(PROTECTION)) {
        long execute = ConstantTable.of(Target.X86_64).value("PROT_EXEC").orElseThrow();
        boolean executes = argument.values().keySet().stream().anyMatch(v -> (v & execute) != 0);
        return executes
            ? Optional.empty()
            : Optional.of(
                new Condition.Compare(
                    operand.withMask(new Constant.Symbol("PROT_EXEC", Position.NONE)),
                    Comparison.EQUAL,
                    Constant.Literal.of(0)));
      }
      List<Constant> values =
          argument.values().keySet().stream()
              .map(value -> ArgumentNames.constant(call, argument.name(), value))
              .toList();
      Operand compared =
          call.equals("ptrace") ? operand.withMask(Constant.Literal.of(LOW)) : operand;
      return Optional.of(
          values.size() == 1
              ? new Condition.Compare(compared, Comparison.EQUAL, values.get(0))
              : new Condition.Member(compared, values));
    }
  }
}
