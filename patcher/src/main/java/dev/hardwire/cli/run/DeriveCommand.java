package dev.hardwire.cli.run;

import com.google.gson.JsonPrimitive;
import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.HookOption;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.derive.ArgumentNames;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.FindingsCache;
import dev.hardwire.derive.FirstDerivation;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.Learner;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.os.Directory;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire derive}. */
@Command(
    name = "derive",
    description = {
      "Make a policy from the code of a program and its libraries, without running it.",
      "The policy allows every system call that can be reached after the hook. It is an error"
          + " if the number of one is not known.",
    },
    customSynopsis = {
      "hardwire derive [OPTIONS] [-o POLICY] PROGRAM",
      "hardwire derive [OPTIONS] --output-dir DIR PROGRAM...",
      "hardwire derive [OPTIONS] --output-dir DIR --root DIR|IMAGE|PACKAGE",
      "hardwire derive [OPTIONS] --sqlite FILE [--output-dir DIR] PROGRAM...",
      "hardwire derive [OPTIONS] --sqlite FILE [--output-dir DIR] --root DIR|IMAGE|PACKAGE",
    },
    footer = "  hardwire derive -o policy.yaml /usr/bin/tar",
    mixinStandardHelpOptions = true)
public final class DeriveCommand extends BaseCommand {
  /** The values of {@code --precision}. */
  enum Precision {
    NORMAL,
    SAFE;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Its ending is not that of policies. */
  private static final String MANIFEST = "manifest.yml";

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      converter = HookOption.Converter.class,
      completionCandidates = HookOption.Names.class,
      description =
          "The hook with which the program will be patched: ${COMPLETION-CANDIDATES}. For first,"
              + " the policy also allows what the dynamic linker and all constructors call, and a"
              + " phase takes that away at main. The others have the same policy.")
  private HookChoice hook;

  @Mixin private ReachedFiles files;

  @Option(
      names = "--precision",
      paramLabel = "LEVEL",
      defaultValue = "normal",
      description =
          "Which pointers in data count: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE},"
              + " those of data that reached code refers to; safe counts all, and assumes nothing"
              + " about variables and other programs).")
  private Precision precision;

  @Option(
      names = "--without-rule",
      paramLabel = "RULE",
      split = ",",
      description =
          "Do not apply this rule about variables, files, other programs and the order of"
              + " arguments: argument-order, gconv, nscd, origin, priority-mutex, profile, seed,"
              + " tunables; may be repeated.")
  private List<String> withoutRules = List.of();

  @Option(
      names = "--unknown",
      paramLabel = "ANSWER",
      description =
          "What to do if the number of a system call is not known: allow-all, errno (calls that are"
              + " not reached fail with ENOSYS), list:CALL,... (it is one of these), or learn:LOG"
              + " (it is one of those that a log of strace or the kernel has).")
  private String unknown;

  @Option(
      names = "--arguments",
      description = {
        "Allow arguments that choose what a call does, such as the kind of a socket, only if they"
            + " can be reached.",
      })
  private boolean arguments;

  @Option(
      names = "--explain",
      paramLabel = "CALL",
      description = "Print one way to a system call, from a root to the instruction.")
  private String explain;

  @Option(
      names = "--no-cache",
      description = "Neither use nor keep what was found in $XDG_CACHE_HOME/hardwire.")
  private boolean noCache;

  @Option(names = "--name", paramLabel = "NAME", description = "The name of the policy.")
  private String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "POLICY",
      defaultValue = "-",
      description = "The policy file to write; - for standard output (the default).")
  private TextOutput output;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Write the policy of each PROGRAM into this directory, as NAME.yaml. With --root and no"
              + " PROGRAM, write the policies of all its programs with their paths, and a"
              + " manifest.")
  private Path directory;

  @Option(
      names = "--sqlite",
      paramLabel = "FILE",
      description =
          "Write a database of SQLite with a row for each program: its calls, its policy or why"
              + " there is none. Policies are written only where -o or --output-dir says so.")
  private Path database;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "With --output-dir or --sqlite: derive part I of N of the programs only, such as 1/4: a"
              + " program's path decides which part it is in.")
  private String shard;

  @Option(
      names = "--entrypoint",
      description =
          "With an image as --root and no PROGRAM: one policy for the first program that its"
              + " Entrypoint and Cmd name, and for the others that they name, as by"
              + " --with-program.")
  private boolean entryPoint;

  @Mixin private JsonOption json;

  @Mixin private BatchOptions batch;

  @Parameters(
      arity = "0..*",
      paramLabel = "PROGRAM",
      description =
          "The program; with an image as --root, it can be left out: what its containers start"
              + " first, or with --output-dir or --sqlite all programs.")
  private List<Path> programs = List.of();

  @Override
  public Integer call() throws IOException {
    if (name != null && !Policy.isName(name)) {
      throw new UsageException("--name requires 1 to 100 printable characters");
    }
    if (explain != null && SyscallTable.of(Target.X86_64).number(explain).isEmpty()) {
      throw new UsageException("--explain: \"" + explain + "\" is not a system call of x86_64");
    }
    try (ReachedFiles reached = files) {
      return derive(reached, answer());
    }
  }

  private int derive(ReachedFiles reached, UnknownAnswer answer) throws IOException {
    for (String rule : withoutRules) {
      if (!DeriveOptions.ENVIRONMENT_RULES.contains(rule)) {
        throw new UsageException(
            "--without-rule: \"%s\" is none of %s"
                .formatted(rule, String.join(", ", DeriveOptions.ENVIRONMENT_RULES)));
      }
    }
    List<Path> command = entryPoint ? reached.command() : List.of();
    List<Path> executed = command.subList(Math.min(1, command.size()), command.size());
    DeriveOptions options =
        reached
            .options(List.of(), executed, precision == Precision.SAFE)
            .withoutRules(Set.copyOf(withoutRules));
    batch.check();
    if (entryPoint && !programs.isEmpty()) {
      throw new UsageException("--entrypoint and PROGRAM cannot be used together");
    }
    boolean many = directory != null || (database != null && output.isStandard());
    boolean all = programs.isEmpty() && !entryPoint && many && reached.isElsewhere();
    if (entryPoint) {
      programs = command.subList(0, 1);
      warnOfScript(reached);
    } else if (all) {
      programs = programs(options.root());
    } else if (programs.isEmpty()) {
      programs = List.of(reached.entryPoint());
    }
    for (Path program : programs) {
      reached.requireOwner(program);
    }
    programs = programs.stream().map(options.root()::inside).toList();
    if (!many && programs.size() > 1) {
      throw new UsageException("several PROGRAMs require --output-dir or --sqlite");
    }
    if (!many && shard != null) {
      throw new UsageException("--shard requires --output-dir or --sqlite");
    }
    try (Deriver deriver =
        new Deriver(batch.jobs(), noCache ? Optional.empty() : FindingsCache.ofUser())) {
      if (directory == null && database == null) {
        return derive(programs.get(0), deriver, options, answer);
      }
      Map<Path, Path> targets = all ? targetsWithPaths() : targetsByName();
      int status = deriveAll(targets, deriver, options, answer);
      if (all && directory != null && shard == null) {
        writeManifest(targets);
      }
      return status;
    }
  }

  private void warnOfScript(ReachedFiles reached) throws IOException {
    Optional<Path> script = reached.script();
    if (script.isPresent()) {
      PrintWriter err = batch.warnings(err());
      err.println(
          "hardwire: warning: "
              + TerminalText.of(
                  script.get()
                      + ", which containers start first, is no ELF file; give its interpreter and"
                      + " what else it executes with --with-program"));
      err.flush();
    }
  }

  private int derive(Path program, Deriver deriver, DeriveOptions options, UnknownAnswer answer)
      throws IOException {
    output.refuse(program, "the program");
    Found found = find(program, deriver, options);
    Derivation derivation = found.derivation;
    if (explain != null) {
      explain(derivation, out());
      return ExitCode.OK.code();
    }
    if (json.isChosen()) {
      JsonDocument.print(out(), writer -> DerivationSummary.write(writer, derivation));
    }
    if (batch.isVerbose()) {
      DerivationSummary.sites(derivation, err());
    }
    DerivedPolicy policy = policy(program, found, answer);
    if (!output.isStandard() || !json.isChosen()) {
      output.write(policy.text(), out());
    }
    DerivationSummary.print(
        derivation,
        batch.isVerbose(),
        output.prefix(),
        options.programs().isEmpty(),
        batch.warnings(err()));
    DerivationSummary.fails(derivation, answer, batch.warnings(err()));
    return ExitCode.OK.code();
  }

  /**
   * What was derived.
   *
   * @param derivation of all that runs under the policy
   * @param first the same in two steps, with the hook {@code first}
   */
  private record Found(Derivation derivation, Optional<FirstDerivation> first) {}

  private Found find(Path program, Deriver deriver, DeriveOptions options) throws IOException {
    if (hook == null || !hook.hook().equals(Optional.of(Hook.FIRST))) {
      return new Found(deriver.derive(program, options), Optional.empty());
    }
    FirstDerivation first = deriver.deriveFirst(program, options);
    return new Found(first.start(), Optional.of(first));
  }

  private DerivedPolicy policy(Path program, Found found, UnknownAnswer answer) {
    String called = name == null ? program.getFileName().toString() : name;
    return found.first.isPresent()
        ? DerivedPolicy.first(found.first.get(), called, answer, arguments)
        : DerivedPolicy.of(found.derivation, called, answer, arguments);
  }

  /** All programs of a file system, as paths in it: executables that are no libraries. */
  private static List<Path> programs(SystemRoot root) throws IOException {
    List<Path> found = new ArrayList<>();
    List<Path> top = List.of(root.real(Path.of("/")));
    for (TreeEntry entry : FileTree.list(top, FileTree.Choice.ALL).entries()) {
      if (ProgramFile.isProgram(entry)) {
        found.add(root.inside(entry.file()));
      }
    }
    if (found.isEmpty()) {
      throw new UsageException("there is no program in what --root names");
    }
    return found;
  }

  private Map<Path, Path> targetsWithPaths() throws IOException {
    Map<Path, Path> targets = new LinkedHashMap<>();
    if (directory == null) {
      return targets;
    }
    for (Path program : programs) {
      Path target = directory.resolve(Path.of("/").relativize(program) + ".yaml");
      targets.put(program, target);
      Directory.make(target.getParent());
    }
    return targets;
  }

  /** A manifest for {@code apply} that gives each program the policy that was derived for it. */
  private void writeManifest(Map<Path, Path> targets) throws IOException {
    StringBuilder text = new StringBuilder("version: 1\nfiles:\n");
    targets.forEach(
        (program, target) -> {
          if (Files.exists(target)) {
            text.append("  - match: ")
                .append(new JsonPrimitive(Glob.literal(Path.of("/").relativize(program))))
                .append("\n    policy: ")
                .append(new JsonPrimitive(directory.relativize(target).toString()))
                .append('\n');
          }
        });
    AtomicFile.write(directory.resolve(MANIFEST), text.toString());
  }

  private Map<Path, Path> targetsByName() throws IOException {
    if (directory == null) {
      return output.file().map(file -> Map.of(programs.get(0), file)).orElse(Map.of());
    }
    Map<Path, Path> targets = new LinkedHashMap<>();
    Map<Path, Path> programsOf = new HashMap<>();
    for (Path program : programs) {
      Path target = directory.resolve(program.getFileName() + ".yaml");
      targets.put(program, target);
      Path other = programsOf.put(target, program);
      if (other != null) {
        throw new UsageException(
            "two policies would be written to %s: those of %s and %s"
                .formatted(target, other, program));
      }
    }
    return targets;
  }

  /** One program after the other: they share what was found out about their libraries. */
  private int deriveAll(
      Map<Path, Path> targets, Deriver deriver, DeriveOptions options, UnknownAnswer answer)
      throws IOException {
    if (directory != null && !Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    Optional<DerivedTable> table = table(targets, options);
    List<TreeEntry> entries = programs.stream().map(TreeEntry::named).toList();
    int status =
        new Batch(
                streams(),
                batch.oneAtATime(),
                table.<BatchReport>map(t -> t).orElse(BatchReport.NONE))
            .run(
                TreeOptions.shard(shard).of(new FileTree.Listing(entries, 0, 0)),
                (entry, out, warnings) -> {
                  Path program = entry.file();
                  Optional<Path> target = Optional.ofNullable(targets.get(program));
                  if (target.isPresent()) {
                    Overwriting.refuse(target.get(), program, "the program");
                  }
                  try {
                    Found found = find(program, deriver, options);
                    Derivation derivation = found.derivation;
                    table.ifPresent(rows -> rows.found(program, derivation));
                    DerivedPolicy policy = policy(program, found, answer);
                    if (target.isPresent()) {
                      AtomicFile.write(target.get(), policy.text());
                    }
                    table.ifPresent(rows -> rows.policy(program, policy));
                    DerivationSummary.print(
                        derivation,
                        batch.isVerbose(),
                        target.orElse(program) + ": ",
                        options.programs().isEmpty(),
                        warnings.err());
                    DerivationSummary.fails(derivation, answer, warnings.err());
                  } catch (DeriveException e) { // whose file the error names anyhow
                    String prefix = program + ": ";
                    boolean named = e.getMessage().startsWith(prefix);
                    throw named
                        ? new DeriveException(e.getMessage().substring(prefix.length()))
                        : e;
                  }
                  return BatchResult.done(target.orElse(program));
                });
    if (table.isPresent()) {
      table.get().write();
    }
    return status;
  }

  private Optional<DerivedTable> table(Map<Path, Path> targets, DeriveOptions options)
      throws IOException {
    if (database == null) {
      return Optional.empty();
    }
    for (Path program : programs) {
      Overwriting.refuse(database, program, "the program");
    }
    for (Path policy : targets.values()) {
      Overwriting.refuse(database, policy, "a policy");
    }
    return Optional.of(new DerivedTable(database, options.root(), files.elsewhere(), programs));
  }

  private void explain(Derivation derivation, PrintWriter out) {
    Optional<Derivation.ReachedCall> call = derivation.explain(explain);
    if (call.isEmpty()) {
      out.println(explain + " is not reached");
    } else {
      call.get().chain().forEach(line -> out.println(TerminalText.of(line)));
      if (arguments) {
        call.get().arguments().forEach(argument -> explain(argument, out));
      }
    }
    out.flush();
  }

  private void explain(Derivation.ReachedArgument argument, PrintWriter out) {
    argument
        .values()
        .forEach(
            (value, place) ->
                out.println(
                    TerminalText.of(
                        "%s %s, %s"
                            .formatted(
                                argument.name(),
                                ArgumentNames.text(explain, argument.name(), value),
                                place))));
    if (!argument.unknown().isEmpty()) {
      out.println(TerminalText.of("%s any, %s".formatted(argument.name(), argument.unknown())));
    }
  }

  private UnknownAnswer answer() throws IOException {
    if (unknown == null) {
      return new UnknownAnswer.Refuse();
    }
    if (unknown.equals("allow-all")) {
      return new UnknownAnswer.AllowAll();
    }
    if (unknown.equals("errno")) {
      return new UnknownAnswer.Fail(Action.parse("errno ENOSYS"));
    }
    if (unknown.startsWith("learn:")) {
      return session(unknown.substring("learn:".length()));
    }
    if (!unknown.startsWith("list:")) {
      throw new UsageException(
          "--unknown: expected allow-all, errno, list:CALL,... or learn:LOG but was \"%s\""
              .formatted(unknown));
    }
    List<String> names = List.of(unknown.substring("list:".length()).split(",", -1));
    for (String call : names) {
      if (SyscallTable.of(Target.X86_64).number(call).isEmpty()) {
        throw new UsageException("--unknown: \"" + call + "\" is not a system call of x86_64");
      }
    }
    return new UnknownAnswer.Calls(names);
  }

  /** What a session did: its calls, and those without which no program ends or goes on. */
  private UnknownAnswer session(String log) throws IOException {
    if (log.isEmpty()) {
      throw new UsageException("--unknown: learn: requires a log");
    }
    LogFiles.requireNoProgram(List.of(log), List.of());
    Learner learner = new Learner(LearnOptions.seenOnly());
    LogFiles.read(learner, List.of(log), output);
    Learned learned = learner.finish();
    learned
        .warnings()
        .forEach(line -> err().println("hardwire: warning: " + TerminalText.of(log + ": " + line)));
    err().flush();
    return new UnknownAnswer.Session(
        log, learned.needs().stream().map(Learned.Need::call).distinct().toList());
  }
}
