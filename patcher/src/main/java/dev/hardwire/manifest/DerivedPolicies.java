package dev.hardwire.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.FindingsCache;
import dev.hardwire.derive.NamedFiles;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.Rule;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.work.ToolVersion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The policies of entries that say {@code derive}, each derived from a program and its libraries.
 * Several threads may ask for them; they are derived one after the other, since they share what was
 * found about their libraries.
 */
public final class DerivedPolicies implements Closeable {
  private final int jobs;
  private final Optional<FindingsCache> cache;

  /** Null until a policy is derived. */
  private Deriver deriver;

  /**
   * Nothing is derived yet.
   *
   * @param jobs how many files are read at a time
   * @param cache of earlier findings
   */
  public DerivedPolicies(int jobs, Optional<FindingsCache> cache) {
    this.jobs = jobs;
    this.cache = cache;
  }

  /**
   * Derives a policy.
   *
   * @param rule of the entry
   * @param program its path in the system
   * @param content the file of this machine that has its bytes
   * @param system to which its libraries belong
   * @throws dev.hardwire.derive.DeriveException if the system calls are not known
   */
  public synchronized DerivedPolicy of(
      Manifest.Rule rule, Path program, Path content, SystemRoot system) throws IOException {
    if (deriver == null) {
      deriver = new Deriver(jobs, cache);
    }
    DeriveOptions options =
        new DeriveOptions(List.of(), List.of(), false, system, Set.of(), Optional.of(content));
    String name = program.getFileName().toString();
    UnknownAnswer answer = new UnknownAnswer.Refuse();
    return isFirst(rule)
        ? DerivedPolicy.first(deriver.deriveFirst(program, options), name, answer, false)
        : DerivedPolicy.of(deriver.derive(program, options), name, answer, false);
  }

  /** The text of a policy in a file that {@link #isCurrent} reads later. */
  public static String text(Manifest.Rule rule, DerivedPolicy derived) {
    return firstLine(rule) + "\n" + derived.text();
  }

  /**
   * Whether the policy of a file is what {@link #of} would give.
   *
   * @param content the file of this machine that has the program's bytes now
   */
  public static boolean isCurrent(Manifest.Rule rule, Path policy, Path content)
      throws IOException {
    byte[] line = (firstLine(rule) + "\n").getBytes(UTF_8);
    return InputFile.startsWith(policy, line.length, start -> Arrays.equals(start, line))
        && NamedFiles.differenceOfProgram(policy, content).isEmpty()
        && (rule.derive().equals(Optional.of(Manifest.Derive.ONCE))
            || NamedFiles.differences(policy, SystemRoot.HOST).isEmpty());
  }

  /** Of another release, or for another hook, a policy may be another one. */
  private static String firstLine(Manifest.Rule rule) {
    return "# By " + ToolVersion.text() + (isFirst(rule) ? ", for the hook first" : "");
  }

  /**
   * What a policy allows that another one does not: names of calls, in order.
   *
   * @param former what was derived before
   */
  public static Set<String> gained(Policy former, Policy now) {
    Set<String> gained = allowed(now.rules());
    gained.removeAll(allowed(former.rules()));
    Set<String> later = new TreeSet<>();
    now.phases().forEach(phase -> later.addAll(allowed(phase.rules())));
    former.phases().forEach(phase -> later.removeAll(allowed(phase.rules())));
    gained.addAll(later);
    return gained;
  }

  private static Set<String> allowed(List<Rule> rules) {
    Set<String> names = new TreeSet<>();
    for (Rule rule : rules) {
      if (rule.action() instanceof Action.Allow) {
        rule.calls().forEach(call -> names.add(call.name()));
      }
    }
    return names;
  }

  private static boolean isFirst(Manifest.Rule rule) {
    return rule.settings().stream()
        .filter(setting -> setting.option().equals("hook"))
        .flatMap(setting -> HookChoice.named(setting.value()).stream())
        .anyMatch(choice -> choice.hook().equals(Optional.of(Hook.FIRST)));
  }

  /** Keeps what was found about libraries, for later processes. */
  @Override
  public synchronized void close() {
    if (deriver != null) {
      deriver.close();
    }
  }
}
