package dev.hardwire.testing;

import dev.hardwire.policy.Hook;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What each hook does to a fixture, derived from the features in the manifest by explicit rules.
 */
public final class Expected {
  /** Refusals of files that are no programs, whatever the hook. */
  private static final Map<String, String> REFUSALS =
      Map.of(
          "refuse-so", "shared-library",
          "refuse-script", "not-elf",
          "refuse-object", "not-executable-type",
          "refuse-debug", "debug-only",
          "refuse-packed", "packed",
          "refuse-arch", "unknown-architecture");

  private Expected() {}

  /** The id of the refusal; empty if the hook is possible. */
  public static Optional<String> refusal(Fixture fixture, Hook hook) {
    if (!fixture.isProgram()) {
      return Optional.of(REFUSALS.get(fixture.kind()));
    }
    if (hook == Hook.FIRST) {
      return fixture.isDynamic() ? Optional.empty() : Optional.of("no-interpreter");
    }
    if (hook == Hook.ENTRY) {
      return runsBeforeEntry(fixture) ? Optional.of("runs-before-hook") : Optional.empty();
    }
    // Without sections, a static program does not show where its array is.
    boolean hidden = fixture.kind().equals("static") && fixture.has("no-sections");
    if (fixture.has("no-init-array") || hidden) {
      return Optional.of("no-init-array");
    }
    if (fixture.has("array-not-run")) {
      return Optional.of("init-not-run");
    }
    if (hook == Hook.INIT && fixture.has("preinit")) {
      return Optional.of("runs-before-init");
    }
    if (hook == Hook.INIT && fixture.has("init-symbolic")) {
      return Optional.of("init-symbolic");
    }
    return Optional.empty();
  }

  /** The hooks that a fixture can have. */
  public static List<Hook> hooks(Fixture fixture) {
    return Arrays.stream(Hook.values()).filter(hook -> refusal(fixture, hook).isEmpty()).toList();
  }

  /** Of these, the same one in each run, by the name of the fixture. */
  public static List<Hook> sample(Fixture fixture) {
    List<Hook> all = hooks(fixture);
    return all.isEmpty()
        ? List.of()
        : List.of(all.get(Math.floorMod(fixture.name().hashCode(), all.size())));
  }

  /** The hook of a second patch over one: the dynamic linker is named no more after first. */
  public static Hook stacked(Hook hook) {
    return hook == Hook.FIRST ? Hook.ENTRY : hook;
  }

  /**
   * Whether the dynamic linker runs functions of the program before it enters it. The one in
   * riscv64's start code does no more than set gp.
   */
  public static boolean runsBeforeEntry(Fixture fixture) {
    return fixture.isDynamic() && fixture.has("preinit") && !fixture.machine().equals("riscv64");
  }

  /** The hook that {@code auto} stands for; for a program only. */
  public static Hook automatic(Fixture fixture) {
    boolean init = fixture.isDynamic() && refusal(fixture, Hook.INIT).isEmpty();
    return init ? Hook.INIT : Hook.ENTRY;
  }

  /**
   * What {@code verify} has to be told: no known start code has the array of a static program run.
   */
  public static List<String> assumptions(Fixture fixture, Hook hook) {
    return fixture.isDynamic() || hook == Hook.ENTRY ? List.of() : List.of("--assume-start-code");
  }

  /**
   * What a program prints, given what it prints unpatched: under first, the table of program
   * headers that the dynamic linker gets is no part of a segment.
   */
  public static String under(Hook hook, String original) {
    return hook == Hook.FIRST
        ? original.replace("phdr ok\n", "phdr table outside the loaded segments\n")
        : original;
  }

  /** The same for all that a run of a program gives. */
  public static Outcome under(Hook hook, Outcome original) {
    return new Outcome(original.status(), under(hook, original.out()), original.err());
  }

  /**
   * The output of a program, given what it prints unpatched, if every uname after the hook fails.
   */
  public static String withUnameDenied(Fixture fixture, Hook hook, String original) {
    return under(hook, original)
        .lines()
        .map(
            line -> {
              String caller = line.replace(" uname=ok", "");
              boolean denied = !caller.equals(line) && runsAfterHook(fixture, hook, caller);
              return (denied ? caller + " uname=errno " + Policies.ENETDOWN : line) + "\n";
            })
        .collect(Collectors.joining());
  }

  private static boolean runsAfterHook(Fixture fixture, Hook hook, String caller) {
    if (hook == Hook.FIRST) {
      return true;
    }
    if (caller.equals("library ctor")) {
      return false;
    }
    if (caller.equals("preinit")) { // the dynamic linker runs these before it enters the program
      return hook == Hook.ENTRY && !fixture.isDynamic();
    }
    return hook != Hook.POST_INIT || !caller.endsWith("ctor");
  }

  /** The output with the argument {@code status}, given what it is unpatched. */
  public static String confinedStatus(String original) {
    return original
        .replace("Seccomp: 0\n", "Seccomp: 2\n")
        .replace("NoNewPrivs: 0\n", "NoNewPrivs: 1\n");
  }
}
