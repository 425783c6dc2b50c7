package dev.hardwire.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone cluster of Apache Spark on this machine: a master and workers with one processor
 * each, all processes of their own, from the jars of the class path.
 */
final class SparkCluster implements Closeable {
  private static final Path JAR = Path.of("spark/target/hardwire-spark.jar").toAbsolutePath();
  private static final Path HOME = Path.of("spark/target/spark-home").toAbsolutePath();
  private static final Pattern ADDRESS = Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern ENDED =
      Pattern.compile("(.*)" + SubmitLoop.ENDED + "(\\d+)\n$", Pattern.DOTALL);

  private static final Path TESTS = Path.of("spark/target/test-classes").toAbsolutePath();
  private static final int MINUTES = 30;
  private static final ProcessBuilder.Redirect NO_INPUT =
      ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile());

  /**
   * Most of the work of these JVMs is to load classes once, so they are compiled and checked less.
   */
  private static final List<String> SHORT_LIVED =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:-BytecodeVerificationRemote");

  /** Jars that Spark does not bring: those of Hardwire, which are in its own, and of the tests. */
  private static final Pattern OTHERS =
      Pattern.compile(
          "/(dev/hardwire|io/kaitai|info/picocli|org/snakeyaml|org/bouncycastle|org/junit|"
              + "org/assertj|org/opentest4j|org/apiguardian|net/bytebuddy|com/tngtech|"
              + "com/code-intelligence|org/ow2|org/jspecify|"
              + "org/apache/hadoop/hadoop-client-minicluster)/|/target/[^/]*$");

  private final Path folder;
  private final List<Process> workers = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private String master;
  private final AtomicInteger submissions = new AtomicInteger();

  /** By user of Hadoop's file systems: what does one submission after the other. */
  private final Map<String, Submission> loops = new HashMap<>();

  private String user = System.getProperty("user.name");

  private SparkCluster(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    Programs.output("rm", "-rf", HOME);
    Path jars = Files.createDirectories(HOME.resolve("jars"));
    Files.createFile(HOME.resolve("RELEASE"));
    for (String entry : Cli.classPath().split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar") && !OTHERS.matcher(entry).find()) {
        Path jar = Path.of(entry);
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
  }

  /**
   * Starts a cluster.
   *
   * @param count of workers
   */
  static SparkCluster start(Path folder, int count) throws Exception {
    SparkCluster cluster = new SparkCluster(folder);
    Path log = cluster.daemon("master", "org.apache.spark.deploy.master.Master", "--port", "0");
    cluster.master = cluster.await(log, ADDRESS).group(1);
    cluster.grow(count);
    return cluster;
  }

  /**
   * Adds workers if there are too few.
   *
   * @param count of workers
   */
  synchronized void grow(int count) throws Exception {
    while (workers.size() < count) {
      addWorker();
    }
  }

  private void addWorker() throws Exception {
    String name = "worker" + workers.size();
    Path log =
        daemon(
            name,
            "org.apache.spark.deploy.worker.Worker",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--work-dir",
            folder.resolve(name).toString(),
            master);
    workers.add(processes.get(processes.size() - 1));
    await(log, Pattern.compile("Successfully registered with master"));
  }

  private Path daemon(String name, String main, String... words) throws IOException {
    Path log = folder.resolve(name + ".log");
    List<String> command = java("-Xmx256m", main, "--host", "127.0.0.1", "--webui-port", "0");
    command.addAll(List.of(words));
    processes.add(start(command, NO_INPUT, log, log));
    return log;
  }

  private List<String> java(String heap, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(Cli.javaOf(Cli.home()).toString(), heap));
    command.addAll(SHORT_LIVED);
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmn128m"));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().strip().split("\\s+")));
    command.add("-Djava.io.tmpdir=" + temporary());
    command.addAll(List.of("-cp", HOME + "/jars/*" + File.pathSeparator + TESTS));
    command.addAll(List.of(words));
    return command;
  }

  /** What processes that are killed leave is deleted with the cluster's folder. */
  private Path temporary() throws IOException {
    return Files.createDirectories(folder.resolve("tmp"));
  }

  private Process start(List<String> command, ProcessBuilder.Redirect input, Path out, Path err)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(input)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(err.toFile()));
    builder.environment().put("SPARK_HOME", HOME.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_DIRS", temporary().toString());
    builder.environment().put("HADOOP_USER_NAME", user);
    return Programs.start(builder);
  }

  /** Waits until the last process that was started has written something. */
  private Matcher await(Path log, Pattern pattern) throws Exception {
    return await(processes.get(processes.size() - 1), log, 0, pattern);
  }

  /**
   * Waits until a process has written something.
   *
   * @param from number of characters that were there before
   */
  private static Matcher await(Process process, Path log, int from, Pattern pattern)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
    boolean isAlive = true;
    while (isAlive && System.nanoTime() < end) {
      isAlive = process.isAlive();
      Matcher matcher = pattern.matcher(Files.readString(log).substring(from));
      if (matcher.find()) {
        return matcher;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("never wrote " + pattern + ": " + Files.readString(log));
  }

  /** Submits work to the cluster, and waits for its end. */
  Outcome submit(Object... words) throws Exception {
    return inLoop(submission(master, words));
  }

  /** Does work in the process of the submission itself. */
  Outcome submitAlone(Object... words) throws Exception {
    return inLoop(submission("local[1]", words));
  }

  /** Submits in a process that does one work after the other, for one user. */
  private synchronized Outcome inLoop(List<String> words) throws Exception {
    Submission loop = loops.get(user);
    if (loop == null) {
      loop = begin(List.of(SubmitLoop.class.getName()), ProcessBuilder.Redirect.PIPE);
      processes.add(loop.process());
      loops.put(user, loop);
    }
    int out = Files.readString(loop.out()).length();
    int err = Files.readString(loop.err()).length();
    Writer input = loop.process().outputWriter(StandardCharsets.UTF_8);
    input.write(new Gson().toJson(words) + "\n");
    input.flush();
    Matcher ended = await(loop.process(), loop.out(), out, ENDED);
    return new Outcome(
        Integer.parseInt(ended.group(2)),
        ended.group(1),
        Files.readString(loop.err()).substring(err));
  }

  /** Makes later submissions for another user of Hadoop's file systems. */
  void become(String name) {
    user = name;
  }

  /** Work in progress. */
  record Submission(Process process, Path out, Path err) {}

  /** Submits work to the cluster, and returns at once. */
  Submission begin(Object... words) throws IOException {
    List<String> command = submission(master, words);
    command.add(0, SparkSubmit.class.getName());
    return begin(command, NO_INPUT);
  }

  private Submission begin(List<String> mainAndWords, ProcessBuilder.Redirect input)
      throws IOException {
    int number = submissions.incrementAndGet();
    Path out = folder.resolve("submission" + number + ".out");
    Path err = folder.resolve("submission" + number + ".err");
    List<String> command = java("-Xmx512m", mainAndWords.toArray(String[]::new));
    return new Submission(start(command, input, out, err), out, err);
  }

  /** What spark-submit is told. */
  private List<String> submission(String where, Object... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("--master", where));
    command.addAll(List.of("--conf", "spark.ui.enabled=false"));
    command.addAll(List.of("--conf", "spark.executor.memory=600m"));
    command.addAll(List.of("--conf", "spark.sql.shuffle.partitions=4"));
    String executor = String.join(" ", SHORT_LIVED) + " -Djava.io.tmpdir=" + temporary();
    command.addAll(List.of("--conf", "spark.executor.extraJavaOptions=" + executor));
    command.addAll(List.of("--class", "dev.hardwire.spark.Fleet", JAR.toString()));
    command.addAll(Programs.strings(words));
    return command;
  }

  /** Waits for the end of work. */
  Outcome finish(Submission submission) throws Exception {
    if (!submission.process().waitFor(MINUTES, TimeUnit.MINUTES)) {
      end(submission.process());
      throw new AssertionError("no end after 30 minutes: " + Files.readString(submission.err()));
    }
    return new Outcome(
        submission.process().exitValue(),
        Files.readString(submission.out()),
        Files.readString(submission.err()));
  }

  /** Kills a worker with its executor, neither of which can say farewell. */
  void killWorker() {
    Process worker = workers.remove(0);
    assertThat(worker.isAlive()).isTrue();
    end(worker);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    processes.forEach(SparkCluster::end);
  }
}
