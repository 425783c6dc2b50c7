package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.options.HookOption;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.PolicyOptions;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.FileFault;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.derive.NeededLibraries;
import dev.hardwire.input.InputFile;
import dev.hardwire.os.ChildProcess;
import dev.hardwire.os.ProgramImage;
import dev.hardwire.os.Tracing;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Policy;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.PolicyLayer;
import dev.hardwire.why.code.OpenFiles;
import dev.hardwire.why.core.CoreDeath;
import dev.hardwire.why.core.CoreException;
import dev.hardwire.why.core.LoggedCalls;
import dev.hardwire.why.trace.Tracer;
import dev.hardwire.work.ConfinedCopy;
import dev.hardwire.work.Host;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire why}. */
@Command(
    name = "why",
    description = {
      "Say why a program died of its policy: which call from where, which rule, what to add.",
      "Runs a hard-wired program, or another one under a policy option, and watches it and what it"
          + " starts. With --core or --log, explains a death that happened before.",
    },
    customSynopsis = {
      "hardwire why [OPTIONS] PROGRAM [ARG...]",
      "hardwire why [OPTIONS] --core FILE [PROGRAM]",
      "hardwire why [OPTIONS] --log FILE [PROGRAM]"
    },
    footer = "  hardwire why --deny uname -- uname -a",
    mixinStandardHelpOptions = true)
public final class WhyCommand extends BaseCommand {
  private static final int SIGINT = 2;
  private static final int SIGQUIT = 3;
  private static final int SIGNAL_MASK = 0x7f;
  private static final int SIGNALLED = 128;

  @Option(
      names = "--core",
      paramLabel = "FILE",
      description = "Explain the death that this core file was written for.")
  private Path core;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description =
          "Explain the records of the kernel in this log: dmesg, the audit log or the journal; -"
              + " for standard input.")
  private String log;

  @Option(
      names = "--all",
      description = "Report calls that returned an error of the policy, too. Slows the program.")
  private boolean all;

  @Option(names = "--json", description = "Print a JSON array with an object for each call.")
  private boolean json;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Write the report to this file; - for standard output (default: standard error if a"
              + " program is run, otherwise standard output).")
  private TextOutput output;

  @Mixin private PolicyOptions policyOptions;
  @Mixin private InterpreterOption interpreters;
  @Mixin private HookOption hook;

  @Parameters(
      arity = "0..*",
      paramLabel = "PROGRAM",
      description = "The program, searched for in PATH, and its arguments; write -- before them.")
  private List<String> words = List.of();

  @Override
  public Integer call() throws IOException {
    boolean isRun = core == null && log == null;
    if (isRun && words.isEmpty()) {
      throw new UsageException("give a program, --core FILE or --log FILE");
    }
    if (!isRun && words.size() > 1) {
      throw new UsageException("give one PROGRAM at most");
    }
    if (!isRun && all) {
      throw new UsageException("--all requires a program to run");
    }
    if (output != null) {
      output.check();
    }
    Caller caller = Caller.readOrOwn();
    Optional<PolicySource> policy = policyOptions.readIfGiven(err());
    boolean toErr = isRun && output == null;
    WhyReport report =
        new WhyReport(
            output == null ? Optional.empty() : output.file(), toErr ? err() : out(), json);
    int status;
    if (isRun) {
      status = run(caller, policy, report);
    } else {
      int count = core != null ? explainCore(policy, report) : explainLog(policy, report);
      status = count > 0 ? ExitCode.OK.code() : ExitCode.VERIFICATION_FAILED.code();
    }
    report.finish();
    if (report.left() > 0) {
      err()
          .println(
              "hardwire: warning: only the first %,d kinds of calls are reported; %,d calls were others"
                  .formatted(WhyReport.MOST_KINDS, report.left()));
      err().flush();
    }
    return status;
  }

  private int run(Caller caller, Optional<PolicySource> policy, WhyReport report)
      throws IOException {
    if (Host.machine().filter(host -> host == Target.X86_64).isEmpty()) {
      throw new UsageException(
          "programs can be run on x86-64 only; explain a death elsewhere with --core or --log");
    }
    Path program = caller.environment().find(words.get(0));
    List<byte[]> arguments = Caller.arguments(words);
    List<byte[]> environment = caller.environment().without(List.of("HARDWIRE_LC_ALL"));
    ChildProcess.Start start = ChildProcess.Start.of(program, arguments, environment);
    List<PolicyLayer> known = List.of();
    if (policy.isPresent()) {
      ProgramImage image = ProgramImage.create(program.getFileName().toString());
      try (ConfinedCopy copy =
          ConfinedCopy.of(
              program,
              policy.get(),
              hook.hook(),
              interpreters.accepted(),
              new WarningLines(err(), false))) {
        image.write(copy.bytes());
        known = named(PolicyLayer.of(program.toString(), copy.bytes()), policy.get());
      } catch (RuntimeException e) {
        throw FileFault.ifRefused(program, e);
      }
      start = ChildProcess.Start.of(image, arguments, environment);
    } else {
      known = layers(program.toString());
      if (known.isEmpty()) {
        err()
            .println(
                TerminalText.of(
                    "hardwire: warning: %s is not hard-wired; give a policy, or only programs that it"
                            .formatted(program)
                        + " starts can be confined"));
      }
    }
    err().flush();
    caller.restoreForChild();
    Tracing.ignore(SIGINT, SIGQUIT);
    List<PolicyLayer> inMemory = policy.isPresent() ? known : List.of();
    Tracer tracer = new Tracer(report, program.toString(), inMemory, all);
    int status = tracer.run(start.withSignals(caller.blocked(), caller.ignored()));
    if (status != 0 && report.isEmpty() && !json) {
      nothingSeen(known).forEach(err()::println);
      err().flush();
    }
    return (status & SIGNAL_MASK) == 0
        ? status >> Byte.SIZE & 0xff
        : SIGNALLED + (status & SIGNAL_MASK);
  }

  /** What a user can do if a program fails, but no call was denied that the tracer sees. */
  private List<String> nothingSeen(List<PolicyLayer> layers) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "hardwire: no denied call was seen"
            + (all ? "" : "; --all also reports calls that a policy answers with an error"));
    String things = things(layers);
    if (!things.isEmpty()) {
      lines.add(
          "hardwire: the policy restricts %s, too: \"Permission denied\" (EACCES) can be a denial by"
                  .formatted(things)
              + " Landlock, which is not seen here; see \"landlock:\" in the policy");
    }
    return lines;
  }

  /** What the rulesets of Landlock in the policies restrict. */
  private static String things(List<PolicyLayer> layers) {
    List<Landlock> rules =
        layers.stream().flatMap(layer -> layer.whole().landlock().stream()).toList();
    List<String> things = new ArrayList<>();
    if (rules.stream().anyMatch(Landlock::restrictsFiles)) {
      things.add("files");
    }
    if (rules.stream().anyMatch(Landlock::restrictsPorts)) {
      things.add("ports");
    }
    return String.join(" and ", things);
  }

  /** The layers with the positions of the policy that the user gave, which is the last one's. */
  private static List<PolicyLayer> named(List<PolicyLayer> layers, PolicySource policy) {
    Target target = layers.get(0).policy().architecture();
    Policy pinned = policy.pinned(target);
    List<PolicyLayer> named = new ArrayList<>();
    layers.forEach(layer -> named.add(layer.withPositionsOf(pinned, "the given policy")));
    return named;
  }

  private static List<PolicyLayer> layers(String program) {
    try (OpenFiles files = new OpenFiles()) {
      return PolicyLayer.ifHardWired(program, files.read(Path.of(program)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<PolicyLayer> layers(DeniedCall call, Optional<PolicySource> policy) {
    Optional<Target> target = Target.ofAuditNumber(call.data().arch());
    if (policy.isPresent()) {
      return target.isPresent()
          ? PolicyLayer.of("the given policy", policy.get().pinned(target.get()), target.get())
          : List.of();
    }
    String program = words.isEmpty() ? call.program() : words.get(0);
    return program.isEmpty() ? List.of() : layers(program);
  }

  private int explainCore(Optional<PolicySource> policy, WhyReport report) throws IOException {
    try (InputFile input = InputFile.open(core);
        OpenFiles files = new OpenFiles()) {
      DeniedCall call = CoreDeath.of(input.bytes(), path -> file(files, path));
      report.denied(call, layers(call, policy));
      return 1;
    } catch (CoreException e) {
      throw new FileFault(core, e);
    }
  }

  /** A program in memory has no file; the one that the user names stands for it. */
  private Optional<Bytes> file(OpenFiles files, String path) {
    boolean isNamed =
        !words.isEmpty()
            && (path.startsWith("/memfd:")
                || path.equals(Path.of(words.get(0)).toAbsolutePath().normalize().toString()));
    if (isNamed) {
      return files.read(Path.of(words.get(0)));
    }
    return path.startsWith("/") ? files.read(Path.of(path)) : Optional.empty();
  }

  private int explainLog(Optional<PolicySource> policy, WhyReport report) throws IOException {
    Map<String, List<PolicyLayer>> layers = new HashMap<>();
    int[] count = {0};
    boolean isInput = log.equals("-");
    String source = isInput ? "standard input" : log;
    try (OpenFiles files = new OpenFiles();
        InputStream in = isInput ? System.in : opened(Path.of(log))) {
      LoggedCalls.read(
          source,
          in,
          path -> logged(files, path),
          path -> NeededLibraries.of(program(path), name -> files.read(Path.of(name))),
          call -> {
            if (!isSelected(call.program())) {
              return;
            }
            count[0]++;
            String key = call.program() + call.data().arch();
            report.collect(call, () -> layers.computeIfAbsent(key, unused -> layers(call, policy)));
          },
          access -> {
            if (isSelected(access.program())) {
              count[0]++;
              report.collect(access);
            }
          });
    }
    report.printCollected();
    if (count[0] == 0) {
      err()
          .println(
              "hardwire: %s: no record of a denied call or access"
                  .formatted(TerminalText.of(source)));
    }
    return count[0];
  }

  /** The program of a record, unless the user names one, and its libraries. */
  private Optional<Bytes> logged(OpenFiles files, String path) {
    boolean isLibrary = path.contains(".so"); // a program that the user names has another path
    return isLibrary || words.isEmpty() ? file(files, path) : files.read(Path.of(words.get(0)));
  }

  private String program(String recorded) {
    return words.isEmpty() ? recorded : words.get(0);
  }

  /** Of a program that the user names, the records have the file name, as it was then. */
  private boolean isSelected(String path) {
    if (words.isEmpty()) {
      return true;
    }
    String name = Path.of(words.get(0)).getFileName().toString();
    String recorded = path.substring(path.lastIndexOf('/') + 1);
    return recorded.equals(name) || path.startsWith("/memfd:" + name + " ");
  }

  private static InputStream opened(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(path.toString(), null, "is a directory");
    }
    return Files.newInputStream(path);
  }
}
