package dev.hardwire.cli.run;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.arch.Target;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.options.TraceOptions;
import dev.hardwire.cli.options.VerboseOption;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.LearnedPolicy;
import dev.hardwire.learn.Learner;
import dev.hardwire.learn.Withheld;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.output.DelayedEnd;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Policy;
import dev.hardwire.report.write.VerificationJson;
import dev.hardwire.work.PolicyPerArchitecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire learn}. */
@Command(
    name = "learn",
    description = {
      "Make a policy from the recorded behaviour of a program.",
      "The logs come from strace or the kernel: dmesg, the audit log or the journal.",
      "With --exec, run a program and record its behaviour.",
    },
    customSynopsis = {
      "hardwire learn [OPTIONS] [-o POLICY] LOG...",
      "hardwire learn --exec [OPTIONS] [-o POLICY] -- PROGRAM [ARG...]",
      "hardwire learn --watch [OPTIONS] --exe PATH -o POLICY"
    },
    footer = "  hardwire learn --exec -o policy.yaml -- tar -cf notes.tar notes.txt",
    mixinStandardHelpOptions = true)
public final class LearnCommand extends BaseCommand {
  @Option(
      names = "--from",
      paramLabel = "KIND",
      defaultValue = "auto",
      description =
          "Format of the logs: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, which"
              + " detects the format of each line).")
  private LearnOptions.From from;

  @Option(
      names = "--exec",
      description =
          "Run PROGRAM under strace, with a stub but no filter, and learn from the trace.")
  private boolean exec;

  @Mixin private VerboseOption verbose;

  @Mixin private TraceOptions trace;

  @Mixin private JoinOptions join;

  @Mixin private ProposeOptions propose;

  @Mixin private WatchOptions watch;

  @Mixin private RuntimeTraceOptions runtimeTrace;

  @Option(
      names = "--exe",
      paramLabel = "PATH",
      description = "Learn only from this executable, given by its path or file name.")
  private String exe;

  @Option(
      names = "--pid",
      paramLabel = "N",
      description = "Learn only from this process and, in traces, its descendants.")
  private Integer pid;

  @Option(
      names = "--base",
      paramLabel = "POLICY",
      description = "Extend this policy: keep its rules and add what they do not allow.")
  private Path base;

  @Option(
      names = "--arguments",
      description = "Restrict some arguments to the recorded values; for traces only.")
  private boolean arguments;

  @Option(
      names = "--whole",
      description = "In traces, include the calls made before a policy was installed.")
  private boolean whole;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      defaultValue = "x86_64",
      description =
          "Architecture that the policy is for: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}).")
  private Target architecture;

  @Option(
      names = "--ignore-other-arch",
      description = "Ignore calls of other architectures, which are errors otherwise.")
  private boolean ignoreOtherArchitectures;

  @Option(
      names = "--incomplete",
      description =
          "Use logs of which it is known that calls are missing: filtered traces, and logs of the"
              + " kernel that say that records were dropped.")
  private boolean incomplete;

  @Option(
      names = "--default-action",
      paramLabel = "ACTION",
      description =
          "Action for calls that were not recorded: log, errno:NAME, trap, kill-thread or"
              + " kill-process (the default, unless --base has another).")
  private String defaultAction;

  @Option(names = "--name", paramLabel = "NAME", description = "The name of the policy.")
  private String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "POLICY",
      defaultValue = "-",
      description = "The policy file to write; - for standard output (the default).")
  private TextOutput output;

  @Mixin private JsonOption json;

  @Parameters(
      arity = "0..*",
      paramLabel = "LOG",
      description = "Logs, or - for standard input; with --exec, the program and its arguments.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    LearnOptions options = options();
    Optional<Action> action = action();
    if (name != null && !Policy.isName(name)) {
      throw new UsageException("--name requires 1 to 100 printable characters");
    }
    if (watch.isOn()) {
      trace.checkAbsent();
      return watch(options.forWatching(), action);
    }
    if (words.isEmpty()) {
      throw new UsageException("missing required parameter: LOG, or PROGRAM with --exec");
    }
    if (!exec) {
      LogFiles.requireNoProgram(words, spec().commandLine().getParseResult().originalArgs());
      trace.checkAbsent();
      Optional<Path> program = join.program(Optional.empty());
      runtimeTrace.check(program, words, output);
      if (program.isPresent()) {
        output.refuse(program.get(), "the program");
      }
      Learner learner = new Learner(options);
      LogFiles.read(learner, words, output);
      Learned learned = learner.finish();
      write(joined(learned, Optional.empty()), learned.subject(), action);
      runtimeTrace.write(learned, program, false);
      return ExitCode.OK.code();
    }
    TracedRun run = TracedRun.of(words, trace, err());
    runtimeTrace.check(Optional.of(run.program()), List.of(), output);
    output.refuse(run.program(), "the program");
    output.check();
    DelayedEnd end = DelayedEnd.of(run::terminate);
    try {
      Learner learner = new Learner(options);
      boolean all =
          trace.everyCall()
              || !join.companions()
              || propose.needsEveryCall()
              || runtimeTrace.isGiven();
      run.describingFiles(propose.landlock() || runtimeTrace.isGiven())
          .run(learner, all ? List.of() : Learner.untraced(options));
      Learned learned = learner.finish();
      if (!learned.isInstalled()) {
        throw new LearnException(
            ("%s: ended before the place at which a policy is installed, so there is nothing to"
                    + " learn from; if it finds its libraries beside its file, trace it in its own"
                    + " place (strace -f -o LOG) and give the LOG")
                .formatted(run.program()));
      }
      run.requireExecuted();
      write(joined(learned, Optional.of(run.program())), run.name(), action);
      runtimeTrace.write(learned, Optional.of(run.program()), true);
    } finally {
      end.release();
    }
    return ExitCode.OK.code();
  }

  private Learned joined(Learned learned, Optional<Path> executed) throws IOException {
    return propose.complete(
        join.join(learned, executed, trace.hook().hook(), architecture, err()),
        join.program(executed));
  }

  private int watch(LearnOptions options, Optional<Action> action) throws IOException {
    if (!words.isEmpty()) {
      throw new UsageException("--watch cannot be used together with a log");
    }
    if (output.isStandard() || (exe == null && pid == null)) {
      throw new UsageException("--watch requires -o, and --exe or --pid");
    }
    output.check();
    Learned learned =
        watch.watch(
            new Learner(options),
            part -> {
              Learned joined =
                  join.join(part, Optional.empty(), Optional.empty(), architecture, err());
              output.write(policy(joined, part.subject(), action).text(), out());
            });
    write(
        join.join(learned, Optional.empty(), Optional.empty(), architecture, err()),
        learned.subject(),
        action);
    return ExitCode.OK.code();
  }

  private LearnOptions options() throws IOException {
    if (pid != null && pid <= 0) {
      throw new UsageException("--pid requires a positive number");
    }
    LearnOptions options =
        new LearnOptions(
            from,
            Optional.ofNullable(exe),
            pid == null ? OptionalInt.empty() : OptionalInt.of(pid),
            base == null
                ? Optional.empty()
                : Optional.of(PolicyPerArchitecture.read(base).on(architecture)),
            arguments,
            whole,
            ignoreOtherArchitectures,
            join.companions(),
            incomplete,
            architecture);
    return runtimeTrace.addTo(propose.addTo(options, exec));
  }

  private Optional<Action> action() {
    if (defaultAction == null) {
      return Optional.empty();
    }
    try {
      Action action = Action.parse(defaultAction);
      if (action instanceof Action.Allow) {
        throw new UsageException("--default-action: \"allow\" would allow every call");
      }
      return Optional.of(action);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--default-action: " + e.getMessage());
    }
  }

  private LearnedPolicy policy(Learned learned, String subject, Optional<Action> action) {
    return LearnedPolicy.of(learned, name == null ? subject : name, action);
  }

  private void write(Learned learned, String subject, Optional<Action> action) throws IOException {
    LearnedPolicy policy = policy(learned, subject, action);
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> LearnMessages.write(writer, learned));
    }
    if (!output.isStandard() || !json.isChosen()) {
      output.write(policy.text(), out());
    }
    LearnMessages.print(learned, output.prefix(), verbose.isGiven(), err());
  }

  /** What {@code hardwire learn} says about a policy that it has written. */
  private static final class LearnMessages {
    private LearnMessages() {}

    /**
     * Prints it.
     *
     * @param place where the policy was written, with a colon and a space; empty for standard
     *     output
     * @param verbose whether each call is listed with its reason
     */
    static void print(Learned learned, String place, boolean verbose, PrintWriter err) {
      err.println("hardwire: " + TerminalText.of(place + learned.summary()));
      learned.scope().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
      learned
          .warnings()
          .forEach(line -> err.println("hardwire: warning: " + TerminalText.of(line)));
      learned.runs().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
      if (verbose) {
        for (Learned.Need need : learned.needs()) {
          String when = need.condition().map(condition -> ", if " + condition).orElse("");
          err.println(
              "hardwire: note: "
                  + TerminalText.of("%s%s: %s".formatted(need.call(), when, need.comment())));
        }
      }
      Withheld withheld = learned.withheld();
      if (!withheld.calls().isEmpty()) {
        err.println(
            "hardwire: not seen, but reachable, and not allowed, since it gives power: "
                + String.join(", ", withheld.calls().keySet()));
      }
      if (!withheld.uses().isEmpty()) {
        err.println(
            "hardwire: not seen, but reachable, and allowed only in part: "
                + String.join(", ", withheld.uses().keySet()));
      }
      err.flush();
    }

    private static List<String> uses(Withheld withheld) {
      return withheld.uses().entrySet().stream()
          .map(use -> "%s: %s".formatted(use.getKey(), use.getValue()))
          .toList();
    }

    /** Writes it as {@code docs/learn.schema.json} describes it. */
    static void write(JsonWriter writer, Learned learned) throws IOException {
      writer.beginObject();
      writer.name("subject").value(learned.subject());
      writer.name("seen").value(learned.total());
      writer.name("different").value(learned.distinct());
      writer.name("calls").beginArray();
      for (Learned.Need need : learned.needs()) {
        writer.beginObject();
        writer.name("name").value(need.call());
        writer.name("when").value(need.condition().map(Condition::toString).orElse(null));
        writer.name("origin").value(need.comment());
        writer.endObject();
      }
      writer.endArray();
      Withheld withheld = learned.withheld();
      VerificationJson.texts(writer, "withheld", List.copyOf(withheld.calls().keySet()));
      VerificationJson.texts(writer, "inPart", uses(withheld));
      VerificationJson.texts(writer, "scope", learned.scope());
      VerificationJson.texts(writer, "warnings", learned.warnings());
      VerificationJson.texts(writer, "runs", learned.runs());
      writer.endObject();
    }
  }
}
