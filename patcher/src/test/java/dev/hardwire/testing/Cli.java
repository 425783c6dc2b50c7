package dev.hardwire.testing;

import dev.hardwire.cli.Main;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Runs Hardwire's command: {@link #run} in this process, {@link #process} in a JVM of its own, and
 * {@link #script} by its start script, which needs the jar.
 *
 * <p>A process starts in the directory, with the environment, heap and user that were set; each
 * setting returns a new object.
 */
public final class Cli {
  /** The start script in the source tree. */
  public static final Path SCRIPT = Path.of("bin/hardwire").toAbsolutePath();

  /** Jars that are in the packaged one. */
  private static final Pattern OWN =
      Pattern.compile(
          "/(io/kaitai|info/picocli|org/snakeyaml|com/google/code/gson|org/bouncycastle"
              + "|io/airlift|org/tukaani|dev/hardwire)/|/target/[^/]*$");

  private static final String JVM_FLAGS = "JDK_JAVA_OPTIONS";

  /** What starts fast: the first compiler alone, as in the start script, and a simple collector. */
  private static final List<String> SHORT = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final List<Object> prefix;
  private final Path executable;
  private final List<String> flags;
  private final List<String> main;
  private final Map<String, String> environment;
  private final Path directory;

  private Cli(
      List<Object> prefix,
      Path executable,
      List<String> flags,
      List<String> main,
      Map<String, String> environment,
      Path directory) {
    this.prefix = List.copyOf(prefix);
    this.executable = executable;
    this.flags = List.copyOf(flags);
    this.main = List.copyOf(main);
    this.environment = Map.copyOf(environment);
    this.directory = directory;
  }

  /** Runs the command in this process. Lists among the arguments are taken apart. */
  public static Outcome run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Programs.strings(args).toArray(String[]::new);
    synchronized (Programs.FORK) {
      int status = Main.run(new PrintWriter(out), new PrintWriter(err), words);
      return new Outcome(status, out.toString(), err.toString());
    }
  }

  /** Runs a command that has to succeed in this process. */
  public static Outcome ok(Object... args) {
    return run(args).succeeds();
  }

  /** The command in a JVM of its own. */
  public static Cli process() {
    CommandJar.Start start = CommandJar.start(ownClassPath());
    return java(Main.class, start.classPath()).jvm(start.flags().toArray(String[]::new));
  }

  /** Another program of the tests in a JVM of its own. */
  public static Cli java(Class<?> mainClass) {
    CommandJar.Start start = CommandJar.start(classPath());
    return java(mainClass, start.with(classPath())).jvm(start.flags().toArray(String[]::new));
  }

  /**
   * Another program of the tests, with the command in a jar and, but for Gson, nothing beside it.
   */
  public static Cli java(Class<?> mainClass, Path jar) {
    String tests =
        Arrays.stream(classPath().split(File.pathSeparator))
            .filter(
                entry ->
                    entry.matches(".*(test-classes|/gson-[^/]*\\.jar)")
                        || !OWN.matcher(entry).find())
            .collect(Collectors.joining(File.pathSeparator));
    return java(mainClass, jar.toAbsolutePath() + File.pathSeparator + tests);
  }

  private static Cli java(Class<?> mainClass, String classes) {
    List<String> main =
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Dsun.misc.unsafe.memory.access=allow", // as in hardwire.options
            "-cp",
            classes,
            mainClass.getName());
    return new Cli(List.of(), javaOf(home()), SHORT, main, Map.of(), Path.of(""));
  }

  /** The command as its start script starts it, by the JVM that runs the tests. */
  public static Cli script() {
    return script(SCRIPT, home());
  }

  /** The command as a copy of the start script starts it, by the JVM in {@code javaHome}. */
  public static Cli script(Path script, Path javaHome) {
    Map<String, String> environment = Map.of("JAVA_HOME", javaHome.toString());
    return new Cli(List.of(), script, List.of(), List.of(), environment, Path.of(""));
  }

  /** Where the JVM that runs the tests is installed. */
  public static Path home() {
    return Path.of(System.getProperty("java.home"));
  }

  /** The launcher of a JVM. */
  public static Path javaOf(Path home) {
    return home.resolve("bin/java");
  }

  /** The classes of the command and of the tests, from wherever a process starts. */
  public static String classPath() {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(classes.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What the command has when it is packaged: the jars of tests and of Spark take much memory. */
  static String ownClassPath() {
    return Arrays.stream(classPath().split(File.pathSeparator))
        .filter(entry -> !entry.endsWith(".jar") || OWN.matcher(entry).find())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** With variables of the environment. */
  public Cli environment(Map<String, String> variables) {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(variables);
    return new Cli(prefix, executable, flags, main, all, directory);
  }

  /** In a directory. */
  public Cli in(Path other) {
    return new Cli(prefix, executable, flags, main, environment, other);
  }

  /**
   * With flags of the JVM. The start script gets them through the environment, which the JVM says
   * on standard error.
   */
  public Cli jvm(String... more) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(List.of(more));
    return new Cli(prefix, executable, all, main, environment, directory);
  }

  /** With a heap of at most so many megabytes. */
  public Cli heap(int megabytes) {
    return jvm("-Xmx" + megabytes + "m");
  }

  /** By a JVM with its usual compilers and collector, for work that takes long. */
  public Cli optimised() {
    List<String> others = flags.stream().filter(flag -> !SHORT.contains(flag)).toList();
    return new Cli(prefix, executable, others, main, environment, directory);
  }

  /** By another program that starts it, such as {@code prlimit}. */
  public Cli under(Object... words) {
    List<Object> all = new ArrayList<>(Programs.strings(words));
    all.addAll(prefix);
    return new Cli(all, executable, flags, main, environment, directory);
  }

  /** By root without capabilities, which is a user like any other. */
  public Cli withoutRights() {
    return under("setpriv", "--bounding-set=-all", "--inh-caps=-all");
  }

  /** The words that start it. */
  public List<String> command(Object... args) {
    List<String> jvm = main.isEmpty() ? List.of() : flags;
    return Programs.strings(prefix, executable, jvm, main, Programs.strings(args));
  }

  /** The line for a shell that starts it; directory and environment are the shell's. */
  public String line(Object... args) {
    return command(args).stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  /** Runs it to its end. */
  public Outcome call(Object... args) {
    return Programs.run(directory, variables(), command(args));
  }

  /** Starts it, and returns at once. */
  public Process start(Path out, Path err, Object... args) throws IOException {
    return Programs.start(directory, variables(), command(args), out, err);
  }

  private Map<String, String> variables() {
    if (!main.isEmpty() || flags.isEmpty()) {
      return environment;
    }
    Map<String, String> all = new HashMap<>(environment);
    all.put(JVM_FLAGS, String.join(" ", flags));
    return all;
  }
}
