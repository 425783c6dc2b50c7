package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.derive.DeriveException;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.FindingsCache;
import dev.hardwire.derive.FirstDerivation;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.input.InputFile;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.Reach;
import dev.hardwire.policy.Hook;
import dev.hardwire.work.PolicyPerArchitecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which calls a learned policy allows although they were not seen. */
@OptionHeading("Calls that were not seen")
public final class JoinOptions {
  /** A folder with more is not one of extensions. */
  private static final int MOST_EXTENSIONS = 200;

  /** Rules that do not count here: another run may have other variables or daemons. */
  private static final Set<String> OF_ONE_RUN = Set.of("gconv", "nscd", "tunables");

  @Option(
      names = "--program",
      paramLabel = "FILE",
      description =
          "The program that made the logs: join them with the calls that its code can reach."
              + " With --exec it is known.")
  private Path program;

  @Mixin private ReachedFiles files;

  @Option(
      names = "--within",
      paramLabel = "POLICY",
      description = "Join with the calls that this policy allows, instead of the program's code.")
  private Path within;

  @Option(names = "--no-derive", description = "Do not look at the program's code.")
  private boolean withoutCode;

  @Option(
      names = "--no-companions",
      description = "Do not add calls that come with those that were seen.")
  private boolean withoutCompanions;

  boolean companions() {
    return !withoutCompanions;
  }

  /**
   * The program that made the logs, if that is known.
   *
   * @param executed the program that was run
   */
  Optional<Path> program(Optional<Path> executed) {
    return program == null ? executed : Optional.of(program);
  }

  /**
   * Joins what was seen with what the program can reach, if that is known.
   *
   * @param executed the program that was run
   * @param hook with which it was run; empty for one that the file chose
   * @throws dev.hardwire.learn.log.LearnException if a call was seen that cannot be reached
   */
  Learned join(
      Learned learned,
      Optional<Path> executed,
      Optional<Hook> hook,
      Target architecture,
      PrintWriter err)
      throws IOException {
    if (within != null) {
      return learned.within(
          Reach.of(
              PolicyPerArchitecture.read(within).on(architecture),
              within.toString(),
              architecture));
    }
    Optional<Path> subject = program(executed);
    boolean derivable = architecture == Target.X86_64 && !withoutCode;
    if (subject.isEmpty() || !derivable) {
      return learned;
    }
    if (executed.isEmpty()) {
      files.requireOwner(subject.get());
    } else if (files.isElsewhere()) {
      throw new UsageException(
          "--root requires logs: a program that runs here uses the libraries of this system");
    }
    try (ReachedFiles reached = files) {
      return joined(learned, subject.get(), hook, reached, err);
    }
  }

  private Learned joined(
      Learned learned, Path subject, Optional<Hook> hook, ReachedFiles reached, PrintWriter err)
      throws IOException {
    SystemRoot system = reached.root();
    List<Path> children = new ArrayList<>();
    learned.programs().forEach(name -> children.addAll(executables(name, system)));
    List<Path> plugins =
        learned.libraries().stream()
            .map(JoinOptions::path)
            .filter(file -> system.file(file).isPresent())
            .toList();
    DeriveOptions options = options(plugins, children);
    Path inside = system.inside(subject);
    try (Deriver deriver = new Deriver(1, FindingsCache.ofUser())) {
      Optional<Reach> more =
          extended(deriver, inside, extensions(plugins, system), plugins, children);
      if (hook.equals(Optional.of(Hook.FIRST))) {
        FirstDerivation first = deriver.deriveFirst(inside, options);
        return learned.within(
            Reach.of(first.start()).withExtensions(more),
            first.main().map(main -> Reach.of(main).withExtensions(more)));
      }
      Reach reach = Reach.of(deriver.derive(inside, options)).withExtensions(more);
      return learned.within(reach);
    } catch (DeriveException e) {
      if (program != null) {
        throw e;
      }
      err.println(
          "hardwire: warning: not joined with the calls that the program can reach: "
              + TerminalText.of(e.getMessage()));
      return learned;
    }
  }

  private DeriveOptions options(List<Path> plugins, List<Path> children) throws IOException {
    return files.options(plugins, children, false).withoutRules(OF_ONE_RUN);
  }

  /** What the program reaches with extensions that it did not load, if there are any. */
  private Optional<Reach> extended(
      Deriver deriver, Path program, List<Path> extensions, List<Path> plugins, List<Path> children)
      throws IOException {
    if (extensions.isEmpty()) {
      return Optional.empty();
    }
    List<Path> all = new ArrayList<>(plugins);
    all.addAll(extensions);
    try {
      return Optional.of(Reach.of(deriver.derive(program, options(all, children))));
    } catch (DeriveException one) {
      return Optional.empty(); // a library of one is missing, so it cannot be loaded either
    }
  }

  /**
   * Files beside extensions that were loaded, which the program may load in another run. The names
   * of extensions, unlike those of libraries, do not begin with lib.
   */
  private static List<Path> extensions(List<Path> loaded, SystemRoot system) throws IOException {
    Set<Path> found = new LinkedHashSet<>();
    for (Path file : loaded) {
      if (!isExtension(file)) {
        continue;
      }
      List<Path> beside = new ArrayList<>();
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(system.real(file.getParent()))) {
        for (Path entry : entries) {
          beside.add(file.resolveSibling(entry.getFileName()));
        }
      }
      beside.removeIf(other -> !isExtension(other) || system.file(other).isEmpty());
      beside.sort(null);
      if (beside.size() <= MOST_EXTENSIONS) {
        found.addAll(beside);
      }
    }
    loaded.forEach(found::remove);
    return List.copyOf(found);
  }

  private static boolean isExtension(Path file) {
    String name = file.getFileName().toString();
    return file.isAbsolute() && name.endsWith(".so") && !name.startsWith("lib");
  }

  static Path path(String bytes) {
    return Path.of(
        new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            .replace("\0", ""));
  }

  /** A program, or the interpreters of a script. */
  static Set<Path> executables(String name, SystemRoot system) {
    Set<Path> found = new LinkedHashSet<>();
    Path file = path(name);
    for (int i = 0; i < 4; i++) {
      Optional<Path> real = system.file(file);
      if (real.isEmpty()) {
        break;
      }
      Optional<String> interpreter = interpreter(real.get());
      if (interpreter.isEmpty()) {
        found.add(file);
        break;
      }
      file = Path.of(interpreter.get());
    }
    return found;
  }

  private static Optional<String> interpreter(Path file) {
    try {
      String line = new String(InputFile.start(file, 256), StandardCharsets.ISO_8859_1);
      if (!line.startsWith("#!")) {
        return Optional.empty();
      }
      String[] words = line.substring(2).split("\n", 2)[0].strip().split("[ \t]", 2);
      return Optional.of(words[0]);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
