package dev.hardwire.cli;

import dev.hardwire.Hardwire;
import dev.hardwire.HardwireException;
import dev.hardwire.VerifyResult;
import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.verify.VerifyCommand;
import dev.hardwire.input.InputFile;
import dev.hardwire.os.Directory;
import dev.hardwire.work.Host;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code hardwire harden}: the whole way from a program to a confined and verified copy. It runs
 * the commands that a user would run, and prints each before it runs it.
 */
@Command(
    name = "harden",
    description = {
      "Make a confined copy of a program in one step: find out what it needs, embed that, verify"
          + " it.",
      "Without arguments of the program, the policy is derived from its code. With them, the"
          + " program is run once and the policy allows what it did, too: let it do all of its"
          + " usual work. \"--\" alone runs it without arguments. Each command that is run is"
          + " printed, and what it wrote is kept."
    },
    customSynopsis = "hardwire harden [OPTIONS] PROGRAM [-- ARG...]",
    footer = "  hardwire harden /usr/bin/tar -- -cf notes.tar notes.txt",
    mixinStandardHelpOptions = true)
final class HardenCommand extends BaseCommand {
  /** A word that no shell takes apart. */
  private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "A new directory for the confined copy, its policy and the trace (default:"
              + " NAME.hardwired).")
  private Path directory;

  @Option(
      names = "--propose",
      paramLabel = "SECTION[,SECTION...]",
      split = ",",
      defaultValue = "landlock,phases",
      description =
          "With arguments of the program: what the policy restricts beside calls: landlock,"
              + " phases, none (default: ${DEFAULT-VALUE}).")
  private List<String> proposed;

  @Option(
      names = "--merge",
      paramLabel = "DIR",
      description = "Grant this directory as a whole if something below it was used.")
  private List<String> merged = List.of();

  @Option(
      names = "--landlock-abi",
      paramLabel = "N",
      description =
          "Restrict what kernels with this ABI of Landlock can: 9 adds unix sockets, 10 UDP ports"
              + " (default: 8).")
  private String abi;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "Where the policy is installed (default: auto).")
  private String hook;

  @Option(
      names = "--with-library",
      paramLabel = "FILE|GLOB",
      description = "A library that the program loads when it runs, by dlopen(3).")
  private List<String> libraries = List.of();

  @Option(
      names = "--with-program",
      paramLabel = "FILE",
      description = "A program that it executes, which then runs under the same policy.")
  private List<String> programs = List.of();

  @Parameters(
      arity = "1..*",
      paramLabel = "PROGRAM",
      description = "The program, and the arguments with which it is run once.")
  private List<String> words;

  @Override
  public Integer call() throws IOException {
    boolean runs = spec().commandLine().getParseResult().originalArgs().contains("--");
    if (words.size() > 1 && !runs) {
      throw new UsageException("write -- before the arguments of the program");
    }
    if (!runs && (abi != null || !merged.isEmpty())) {
      throw new UsageException(
          "--merge and --landlock-abi are about files and ports, which only a run shows; end with"
              + " --");
    }
    Path program = Path.of(words.get(0));
    if (!Files.isRegularFile(program)) {
      throw new FileSystemException(
          program.toString(), null, "is no file; give the path of the program");
    }
    String name = program.getFileName().toString();
    Path made = directory == null ? Path.of(name + ".hardwired") : directory;
    if (Files.exists(made, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          made.toString(), null, "exists; remove it, or give another --output-dir");
    }
    List<String> proposals = proposals();
    Directory.makeNew(made);
    Path policy = made.resolve("policy.yaml");
    Path copy = made.resolve(name);
    int status = step(runs ? learning(policy, copy, proposals) : deriving(policy));
    if (status == ExitCode.OK.code()) {
      List<String> patch = new ArrayList<>(List.of("patch", "--policy", policy.toString()));
      addHook(patch);
      patch.addAll(List.of("-o", copy.toString(), "--", program.toString()));
      status = step(patch);
    }
    if (status == ExitCode.OK.code()) {
      status = verify(program, policy, copy);
    }
    if (status != ExitCode.OK.code()) {
      boolean isRemoved = Directory.removeEmpty(made);
      if (!runs && status == ExitCode.NOT_PATCHABLE.code() && canRun(program)) {
        err()
            .printf(
                "hardwire: what its code does not tell, a run does, if it does all of its work:"
                    + " hardwire harden --output-dir %s %s -- ARG...%n",
                TerminalText.of(isRemoved ? made : Path.of(made + ".run")),
                TerminalText.of(program));
      }
      err()
          .printf(
              "hardwire: %s is not hardened: the last command failed%s%n",
              TerminalText.of(program),
              isRemoved ? "" : "; " + TerminalText.of(made) + " keeps what was made");
    }
    return status;
  }

  /** Whether the program is for this machine, no script and not packed: a copy of it can be run. */
  private static boolean canRun(Path program) throws IOException {
    try (InputFile input = InputFile.open(program)) {
      return Host.runs(input.bytes());
    }
  }

  private List<String> proposals() {
    for (String section : proposed) {
      if (!List.of("landlock", "phases", "none").contains(section)) {
        throw new UsageException(
            "--propose: \"" + section + "\" is none of landlock, phases and none");
      }
    }
    if (proposed.contains("none") && proposed.size() > 1) {
      throw new UsageException("--propose: none cannot be used together with others");
    }
    return proposed.contains("none") ? List.of() : proposed;
  }

  private List<String> deriving(Path policy) {
    List<String> command = new ArrayList<>(List.of("derive", "-o", policy.toString()));
    addHook(command);
    addFiles(command);
    command.addAll(List.of("--", words.get(0)));
    return command;
  }

  private List<String> learning(Path policy, Path copy, List<String> proposals) {
    List<String> command = new ArrayList<>(List.of("learn", "--exec", "-o", policy.toString()));
    command.addAll(List.of("--log", copy.resolveSibling("trace").toString()));
    addHook(command);
    if (!proposals.isEmpty()) {
      command.addAll(List.of("--propose", String.join(",", proposals)));
    }
    if (proposals.contains("landlock")) {
      command.addAll(List.of("--installed-as", copy.toString()));
    }
    if (abi != null) {
      command.addAll(List.of("--landlock-abi", abi));
    }
    merged.forEach(folder -> command.addAll(List.of("--merge", folder)));
    addFiles(command);
    command.add("--");
    String program = words.get(0);
    command.add(program.indexOf('/') < 0 ? "./" + program : program); // not one in PATH
    command.addAll(words.subList(1, words.size()));
    return command;
  }

  private void addHook(List<String> command) {
    if (hook != null) {
      command.addAll(List.of("--hook", hook));
    }
  }

  private void addFiles(List<String> command) {
    libraries.forEach(file -> command.addAll(List.of("--with-library", file)));
    programs.forEach(file -> command.addAll(List.of("--with-program", file)));
  }

  /** Prints a command as a shell reads it. */
  private void show(List<String> command) {
    out()
        .println(
            command.stream()
                .map(word -> PLAIN.matcher(word).matches() ? word : quoted(word))
                .collect(Collectors.joining(" ", "$ hardwire ", "")));
    out().flush();
  }

  /** Prints a command and runs it. */
  private int step(List<String> command) {
    show(command);
    return HardwireCommand.run(out(), err(), command.toArray(String[]::new));
  }

  /** Prints the command that verifies the copy, does what it does, and sums its result up. */
  private int verify(Path program, Path policy, Path copy) throws IOException {
    List<String> command = List.of("verify", "--policy", policy.toString(), "--original");
    show(
        Stream.concat(command.stream(), Stream.of(program.toString(), "--", copy.toString()))
            .toList());
    VerifyResult result;
    try {
      result = Hardwire.verify(copy).requirePolicy(policy).requireOriginal(program).run();
    } catch (HardwireException e) {
      throw new FileSystemException(copy.toString(), null, e.getMessage());
    }
    VerifyCommand.print(out(), copy, result);
    if (!result.passed()) {
      return ExitCode.VERIFICATION_FAILED.code();
    }
    summarise(copy, policy, result.confinement().orElseThrow());
    return ExitCode.OK.code();
  }

  private static String quoted(String word) {
    return TerminalText.of("'" + word.replace("'", "'\\''") + "'");
  }

  /** What the program can still do, from the proof of the finished file. */
  private void summarise(Path copy, Path policy, VerifyResult.Confinement left) {
    int denied = left.denied().values().stream().mapToInt(Integer::intValue).sum();
    out()
        .printf(
            "%n%s is confined from now on. Of %d system calls it may make %d, and %d with some"
                + " arguments only.%n",
            TerminalText.of(copy),
            denied + left.allowed() + left.deniedForSomeArguments(),
            left.allowed(),
            left.deniedForSomeArguments());
    out()
        .println(
            left.restrictions().isEmpty()
                ? "Files, ports and limits: not restricted."
                : "Restricted, too: " + String.join(", ", left.restrictions()) + ".");
    risky(out(), "What it can still do to others:", left.risky());
    risky(out(), "With some arguments only:", left.riskyForSomeArguments());
    if (left.risky().isEmpty() && left.riskyForSomeArguments().isEmpty()) {
      out().println("It may make none of the calls that undo much of a policy (risky calls).");
    }
    out()
        .printf("Everything that it may do: hardwire policy explain %s%n", TerminalText.of(policy));
  }

  private static void risky(PrintWriter out, String heading, List<String> calls) {
    if (!calls.isEmpty()) {
      out.println(heading);
      Map<String, String> reasons = RiskyCalls.reasons();
      calls.forEach(call -> out.printf("  %-16s %s%n", call, reasons.get(call)));
    }
  }
}
