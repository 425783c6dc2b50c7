package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.learn.KnownProgram;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Proposals;
import dev.hardwire.policy.KernelDemand;
import dev.hardwire.work.ProgramFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/** What a learned policy has beside rules for calls. */
@OptionHeading("Files, ports and phases")
public final class ProposeOptions {
  /** The first version that restricts all that a proposal of files and TCP ports has. */
  private static final int FILES_AND_PORTS = 5;

  /** A section of a policy. */
  enum Section {
    LANDLOCK,
    PHASES;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--propose",
      paramLabel = "SECTION",
      split = ",",
      description =
          "Propose these sections, too; from traces only: ${COMPLETION-CANDIDATES}. landlock has"
              + " rules for the files and ports that were used, phases the calls that were"
              + " seen after the program waited for work for the first time.")
  private List<Section> sections = List.of();

  @Option(
      names = "--merge",
      paramLabel = "DIR",
      description =
          "With --propose landlock: grant this directory as a whole if something below it was used."
              + " /, /etc and /home are granted in this way only.")
  private List<String> merge = List.of();

  @Option(
      names = "--installed-as",
      paramLabel = "FILE",
      description =
          "With --propose landlock: where the confined program will stand. If it executes or reads"
              + " itself, it may do so there, too.")
  private Path installed;

  @Option(
      names = "--landlock-abi",
      paramLabel = "N",
      description =
          "With --propose landlock: use what kernels with this ABI of Landlock can restrict: 9"
              + " (Linux 7.1) adds unix sockets, 10 (Linux 7.2) UDP ports (default: 8).")
  private Integer abi;

  /** Whether every call must be traced. */
  boolean needsEveryCall() {
    return sections.contains(Section.PHASES);
  }

  boolean landlock() {
    return sections.contains(Section.LANDLOCK);
  }

  LearnOptions addTo(LearnOptions options, boolean executes) {
    if (installed != null && !landlock()) {
      throw new UsageException("--installed-as requires --propose landlock");
    }
    if (abi != null && (!landlock() || abi < FILES_AND_PORTS || abi > KernelDemand.NEWEST)) {
      throw new UsageException(
          "--landlock-abi requires --propose landlock and a number from %d to %d"
              .formatted(FILES_AND_PORTS, KernelDemand.NEWEST));
    }
    if (sections.isEmpty()) {
      if (!merge.isEmpty()) {
        throw new UsageException("--merge requires --propose landlock");
      }
      return options;
    }
    if (needsEveryCall() && options.architecture() != Target.X86_64) {
      throw new UsageException("--propose phases requires --arch x86_64");
    }
    Set<String> directories = new LinkedHashSet<>();
    for (String directory : merge) {
      if (!landlock() || !directory.startsWith("/")) {
        throw new UsageException("--merge requires --propose landlock and an absolute path");
      }
      directories.add(Path.of(directory).normalize().toString());
    }
    return options.proposing(
        new Proposals(
            landlock(),
            needsEveryCall(),
            directories,
            executes ? Path.of("").toAbsolutePath().toString() : "",
            abi == null ? Proposals.USUAL_ABI : abi,
            Optional.ofNullable(installed)
                .map(file -> file.toAbsolutePath().normalize().toString()),
            false));
  }

  /** Adds what the files of programs tell. */
  Learned complete(Learned learned, Optional<Path> program) {
    return learned.knowing(new ProgramFiles(program));
  }

  private record ProgramFiles(Optional<Path> program) implements KnownProgram {
    @Override
    public boolean isItself(String executed) {
      Path file = JoinOptions.path(executed);
      try {
        return program.isPresent() && Files.exists(file) && Files.isSameFile(file, program.get());
      } catch (IOException e) {
        return false; // the program was executed in another place
      }
    }

    @Override
    public boolean has(List<String> texts) {
      try {
        return program.isPresent() && ProgramFacts.has(program.get(), texts);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean canBegin(String function) {
      try {
        return program.isEmpty() || ProgramFacts.canBegin(program.get(), function);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public List<String> loaders(String executed) {
      List<String> found = new ArrayList<>();
      for (Path file : JoinOptions.executables(executed, SystemRoot.HOST)) {
        if (!file.toString().equals(executed)) {
          found.add(file.toString());
        }
        ProgramFacts.loader(file).ifPresent(found::add);
      }
      return found;
    }
  }
}
