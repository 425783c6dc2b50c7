package dev.hardwire.cli.run;

import dev.hardwire.arch.Target;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.why.CallLine;
import dev.hardwire.why.DeniedAccess;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Judge;
import dev.hardwire.why.PolicyLayer;
import dev.hardwire.why.Purposes;
import dev.hardwire.why.Ruling;
import dev.hardwire.why.code.Frame;
import dev.hardwire.why.trace.Tracer;
import dev.hardwire.work.PolicySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Prints denied calls, each kind once. */
final class WhyReport implements Tracer.Observer {
  /** Files whose functions make calls for others. */
  private static final Pattern C_LIBRARY =
      Pattern.compile(
          "\\[vdso]|.*/(?:libc[.-]|ld-linux|ld-musl|ld64|ld[.]so|libpthread[.-]|libc[.]musl).*");

  /** Functions of Go's own packages: other packages begin with the name of a host, or are main. */
  private static final Pattern GO_LIBRARY =
      Pattern.compile("(?!main[.])[a-z0-9]+(?:/[a-z0-9]+)*[.](?:[(][*]?[A-Za-z].*|[A-Za-z].*)");

  private static final int MOST_CALLERS = 6;

  /** Programs and logs could have any number of kinds. */
  static final int MOST_KINDS = 10_000;

  /**
   * A kind of denied call.
   *
   * @param call the first one
   * @param count how many there were
   */
  record Kind(DeniedCall call, List<Ruling> rulings, long count) {}

  private final Optional<Path> file;
  private final PrintWriter usual;
  private final boolean json;
  private final StringWriter whole = new StringWriter();
  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private final Map<DeniedAccess, Long> accesses = new LinkedHashMap<>();
  private long left;
  private boolean unexplained;

  /**
   * A report.
   *
   * @param file where it is written when all is done; without one it is printed as calls occur
   */
  WhyReport(Optional<Path> file, PrintWriter usual, boolean json) {
    this.file = file;
    this.usual = usual;
    this.json = json;
  }

  @Override
  public void denied(DeniedCall call, List<PolicyLayer> layers) {
    if (collect(call, () -> layers) && !json) {
      print(kinds.get(key(call)));
    }
  }

  /** Counts a call without printing it; returns whether it is the first of its kind. */
  boolean collect(DeniedCall call, Supplier<List<PolicyLayer>> layers) {
    Kind known = kinds.get(key(call));
    if (known != null) {
      kinds.put(key(call), new Kind(known.call(), known.rulings(), known.count() + 1));
      return false;
    }
    if (kinds.size() == MOST_KINDS) {
      left++;
      return false;
    }
    kinds.put(key(call), new Kind(call, new Judge(layers.get()).rulings(call), 1));
    return true;
  }

  /** How many calls are of further kinds, which are not reported. */
  long left() {
    return left;
  }

  private static String key(DeniedCall call) {
    StringBuilder key = new StringBuilder(call.program()).append('\0').append(call.ending());
    key.append(' ').append(call.data().nr()).append(' ').append(call.data().arch());
    if (call.hasArguments()) {
      CallLine.arguments(call).forEach(argument -> key.append(' ').append(argument.text()));
      call.frames().forEach(frame -> key.append(' ').append(frame.address()));
    }
    return key.toString();
  }

  void printCollected() {
    if (!json) {
      kinds.values().forEach(this::print);
      accesses.forEach(this::print);
    }
  }

  /** Counts an access that Landlock denied. */
  void collect(DeniedAccess access) {
    if (accesses.size() < MOST_KINDS || accesses.containsKey(access)) {
      accesses.merge(access, 1L, Long::sum);
    } else {
      left++;
    }
  }

  private void print(DeniedAccess access, long count) {
    String program = access.program().isEmpty() ? "a program" : access.program();
    String process = access.process() == 0 ? "" : " (process %d)".formatted(access.process());
    line(
        "hardwire: %s%s was denied an access by Landlock%s"
            .formatted(program, process, times(count)));
    String on = access.object().isEmpty() ? "" : ": " + access.object();
    line("  access    " + String.join(", ", access.blockers()) + on);
    line("  to allow  " + access.remedy() + "    (under landlock)");
    flush();
  }

  /** Whether no death and no denied call or access was reported or counted. */
  boolean isEmpty() {
    return kinds.isEmpty() && accesses.isEmpty() && !unexplained;
  }

  @Override
  public void unexplained(String program, int process, String reason) {
    unexplained = true;
    line("hardwire: %s (process %d) died of SIGSYS: %s".formatted(program, process, reason));
    flush();
  }

  private void line(String text) {
    if (file.isPresent()) {
      whole.append(TerminalText.of(text)).append('\n');
    } else {
      usual.println(TerminalText.of(text));
    }
  }

  private void flush() {
    usual.flush();
  }

  private void print(Kind kind) {
    DeniedCall call = kind.call();
    line("hardwire: %s %s%s".formatted(subject(call), ending(call), times(kind.count())));
    line(
        "  call      %s, number %d of %s".formatted(CallLine.of(call), call.data().nr(), on(call)));
    String word = "  at        ";
    for (Frame frame : shown(call.frames())) {
      line(word + frame);
      word = "  from      ";
    }
    Purposes.of(CallLine.name(call)).ifPresent(purpose -> line("  purpose   " + purpose));
    for (Ruling ruling : kind.rulings()) {
      line("  denied by %s: %s".formatted(ruling.place(), ruling.text()));
      line("  to allow  " + ruling.remedy().map(WhyReport::text).orElse("no policy can do that"));
    }
    restart(kind).ifPresent(denied -> line("  restart   " + denied));
    if (kind.rulings().isEmpty()) {
      line("  denied by another filter than those that are known; give the policy or the program");
    }
    flush();
  }

  /**
   * What else the policy has to allow, if the program was executed again under it, and its own stub
   * has made the call.
   */
  static Optional<String> restart(Kind kind) {
    if (kind.rulings().isEmpty() || kind.call().frames().isEmpty()) {
      return Optional.empty();
    }
    PolicyLayer layer = kind.rulings().get(0).layer();
    Frame frame = kind.call().frames().get(0);
    if (!frame.function().isEmpty() || !layer.isInStub(frame.offset())) {
      return Optional.empty();
    }
    List<String> denied = PolicySource.deniedToItself(layer.policy().architecture(), layer.whole());
    return Optional.of(
        "the program was executed again under its policy, which decides the calls of its start:"
            + " allow "
            + (denied.isEmpty() ? "them" : String.join(", ", denied)));
  }

  private static String text(Ruling.Remedy remedy) {
    return remedy
        .line()
        .map(line -> "%s    (%s)".formatted(line, remedy.place()))
        .orElse(remedy.place());
  }

  private static String times(long count) {
    return count == 1 ? "" : ", %d times".formatted(count);
  }

  private static String subject(DeniedCall call) {
    String program = call.program().isEmpty() ? "a program" : call.program();
    if (call.process() == 0) {
      return program;
    }
    String thread = call.thread() == call.process() ? "" : ", thread " + call.thread();
    return "%s (process %d%s)".formatted(program, call.process(), thread);
  }

  private static String ending(DeniedCall call) {
    return switch (call.ending()) {
      case KILLED -> "was killed for a system call";
      case THREAD_KILLED -> "lost a thread, killed for a system call";
      case TRAPPED -> "got SIGSYS for a system call";
      case FAILED -> "got an error for a system call";
      case LOGGED -> "made a system call that is logged";
    };
  }

  static String on(DeniedCall call) {
    return Target.ofAuditNumber(call.data().arch())
        .map(Target::id)
        .orElse("architecture 0x" + Long.toHexString(call.data().arch()));
  }

  /** The innermost frames: those of the C library, and the program's up to where that called it. */
  private static List<Frame> shown(List<Frame> frames) {
    int count = 0;
    while (count < frames.size() && isOfLibrary(frames.get(count))) {
      count++;
    }
    int end = count;
    while (end < frames.size() && end < count + MOST_CALLERS && !isOfLibrary(frames.get(end))) {
      end++;
    }
    return frames.subList(0, end);
  }

  private static boolean isOfLibrary(Frame frame) {
    return C_LIBRARY.matcher(frame.module()).matches()
        || GO_LIBRARY.matcher(frame.function()).matches();
  }

  /** Writes what has not been printed yet. */
  void finish() throws IOException {
    if (json) {
      List<JsonDocument.Item> items = new ArrayList<>();
      kinds.values().forEach(kind -> items.add(writer -> WhyJson.write(writer, kind)));
      accesses.forEach((access, n) -> items.add(writer -> WhyJson.write(writer, access, n)));
      PrintWriter out = file.isPresent() ? new PrintWriter(whole) : usual;
      JsonDocument.print(out, items);
      out.flush();
    }
    if (file.isPresent()) {
      AtomicFile.write(file.get(), whole.toString());
    }
  }
}
