package dev.hardwire.cli.policy;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.report.FileFault;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.explain.FilterExplanation.Labelled;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.verify.Inspection;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Filters that the user gives: an array of struct sock_filter in the machine's byte order, or the
 * filters of a hard-wired file.
 *
 * @param filters in the order in which they are installed at the start; one or more; labelled by
 *     their places in a hard-wired file if there are several
 * @param phases filters that are installed later, by the names of phases
 */
public record FilterSource(Target architecture, List<Labelled> filters, List<Labelled> phases) {
  private static final int ELF_MAGIC = 0x7f454c46;

  public FilterSource {
    filters = List.copyOf(filters);
    phases = List.copyOf(phases);
  }

  /** Filters without phases. */
  public FilterSource(Target architecture, List<Labelled> filters) {
    this(architecture, filters, List.of());
  }

  /** The filters of a policy, and those of its phases. */
  public static FilterSource of(Policy policy, Target architecture) {
    Filter start = FilterCompiler.compile(ResolvedPolicy.of(policy, architecture));
    List<Labelled> phases = new ArrayList<>();
    for (Phase phase : policy.phases()) {
      ResolvedPolicy rules = ResolvedPolicy.of(policy, phase, architecture);
      phases.add(new Labelled(phase.name(), FilterCompiler.compile(rules)));
    }
    return new FilterSource(architecture, List.of(new Labelled("", start)), phases);
  }

  /** The filters that a process has when one phase has begun. */
  public FilterStack stack(Labelled phase) {
    List<Filter> all = new ArrayList<>(filters.stream().map(Labelled::filter).toList());
    all.add(phase.filter());
    return new FilterStack(all);
  }

  public FilterStack stack() {
    return new FilterStack(filters.stream().map(Labelled::filter).toList());
  }

  /** Whether a file is binary, and so not a policy. */
  public static boolean isBinary(Bytes content) {
    for (int at = 0; at < Math.min(content.size(), Filter.INSTRUCTION_SIZE); at++) {
      if (content.u8(at) == 0) {
        return true;
      }
    }
    return isElf(content);
  }

  private static boolean isElf(Bytes content) {
    if (content.size() < Integer.BYTES) {
      return false;
    }
    int magic = 0;
    for (int at = 0; at < Integer.BYTES; at++) {
      magic = magic << 8 | content.u8(at);
    }
    return magic == ELF_MAGIC;
  }

  /**
   * Reads the filters of a file.
   *
   * @param given architecture of an array of instructions; if none is given, s390x for one in
   *     big-endian order, else the only one that it compares with, or x86_64; a hard-wired file has
   *     its own, which must be the same
   * @param layer of a hard-wired file, from 1, as {@code inspect} counts them; empty for all
   */
  public static FilterSource read(Path file, Optional<Target> given, OptionalInt layer)
      throws IOException {
    Bytes content = InputFile.read(file);
    if (isElf(content)) {
      FilterSource source = hardWired(file, layers(file, content), layer);
      given.ifPresent(architecture -> source.requireFor(file, architecture));
      return source;
    }
    if (layer.isPresent()) {
      throw new UsageException("--layer: " + file + " is not a hard-wired file");
    }
    boolean isBigEndian = given.isEmpty() && isBigEndian(content);
    Target assumed = given.orElse(isBigEndian ? Target.S390X : Target.X86_64);
    try {
      Filter filter = Filter.decode(content.withOrder(assumed.order()));
      Target architecture = given.orElse(isBigEndian ? assumed : compared(filter));
      return new FilterSource(architecture, List.of(new Labelled("", filter)));
    } catch (FilterException e) {
      throw new PolicyException(
          new Position(file.toString(), 0, 0),
          e.getMessage() + "; expected an array of struct sock_filter or a hard-wired file");
    }
  }

  /** The architecture whose number a filter compares with, if it is not x86_64's and only one. */
  private static Target compared(Filter filter) {
    List<Target> found =
        Arrays.stream(Target.values())
            .filter(target -> target.order() == ByteOrder.LITTLE_ENDIAN)
            .filter(target -> compares(filter, target.auditNumber()))
            .toList();
    return found.size() == 1 ? found.get(0) : Target.X86_64;
  }

  private static boolean compares(Filter filter, long number) {
    return filter.instructions().stream()
        .anyMatch(instruction -> instruction.kind() == Bpf.JMP && instruction.k() == number);
  }

  /** Whether the instructions are valid in the byte order of s390x; they are not in both. */
  private static boolean isBigEndian(Bytes content) {
    try {
      Filter.decode(content.withOrder(Target.S390X.order()));
      return true;
    } catch (FilterException e) {
      return false; // the other order says what is wrong
    }
  }

  private static List<Inspection> layers(Path file, Bytes content) {
    try {
      return Inspection.of(content);
    } catch (RuntimeException e) {
      throw FileFault.ifRefused(file, e);
    }
  }

  private void requireFor(Path file, Target given) {
    if (given != architecture) {
      throw new UsageException(
          "--arch %s: %s is for %s; omit --arch".formatted(given, file, architecture));
    }
  }

  private static FilterSource hardWired(Path file, List<Inspection> layers, OptionalInt layer) {
    if (layer.isPresent() && (layer.getAsInt() < 1 || layer.getAsInt() > layers.size())) {
      throw new UsageException(
          "--layer: %s has layers 1 to %d, not %d"
              .formatted(file, layers.size(), layer.getAsInt()));
    }
    List<Labelled> filters = new ArrayList<>();
    List<Labelled> phases = new ArrayList<>();
    for (int number = 1; number <= layers.size(); number++) {
      if (layer.isEmpty() || layer.getAsInt() == number) {
        List<Filter> installed = layers.get(number - 1).filters();
        for (int i = 0; i < installed.size(); i++) {
          String label = "layer " + number + (installed.size() > 1 ? ", filter " + (i + 1) : "");
          filters.add(new Labelled(label, installed.get(i)));
        }
        for (Inspection.Later later : layers.get(number - 1).phases()) {
          later.filters().forEach(filter -> phases.add(new Labelled(later.phase().name(), filter)));
        }
      }
    }
    if (filters.isEmpty()) {
      throw new PolicyException(new Position(file.toString(), 0, 0), "the file installs no filter");
    }
    if (filters.size() == 1) {
      filters.set(0, new Labelled("", filters.get(0).filter()));
    }
    return new FilterSource(layers.get(0).architecture(), filters, phases);
  }
}
