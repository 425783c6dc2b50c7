package dev.hardwire.cli.generate;

import dev.hardwire.cli.HardwireCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes everything that is generated from the commands' picocli annotations, and the class that
 * has resources as constants. The build runs it between compilation and packaging.
 */
public final class Generator {
  /** The table that {@code QuickStart} loads. */
  public static final String TABLE = "dev.hardwire.cli.QuickTable";

  private Generator() {}

  /**
   * Runs it.
   *
   * @param args the directory of the compiled classes, which takes the generated ones; the
   *     directory that takes sources, manual pages and completion scripts; the version that the
   *     pages name
   */
  public static void main(String... args) throws IOException {
    Path classes = Path.of(args[0]);
    Path target = Path.of(args[1]);
    CommandLine commands = HardwireCommand.commandLine();
    compile(QuickReaders.of(commands, TABLE), target.resolve("quick-readers"), classes);
    compile(
        Map.of(ResourceTable.NAME, ResourceTable.of(classes)),
        target.resolve("resource-table"),
        classes);
    Path manual = target.resolve("man/man1");
    for (Map.Entry<String, String> page : ManualPages.of(commands, args[2]).entrySet()) {
      write(manual.resolve(page.getKey()), page.getValue());
    }
    Path completion = target.resolve("completion");
    write(completion.resolve("hardwire.bash"), AutoComplete.bash("hardwire", commands));
    write(completion.resolve("hardwire.fish"), FishCompletion.of(commands));
    write(completion.resolve("_hardwire"), ZshCompletion.of(commands));
    writeCommit(classes.resolve("dev/hardwire/work/commit.txt"));
  }

  /** Writes the commit of the sources; nothing where git or its data is missing. */
  private static void writeCommit(Path file) throws IOException {
    Files.deleteIfExists(file);
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (git.waitFor() == 0) {
        write(file, commit);
      }
    } catch (IOException e) {
      return; // no git
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /**
   * Compiles sources, and copies the result to the classes that they use. The compiler does not
   * write there itself: it would take the sources for a part of the module that lies there, and
   * look for all others that the module requires.
   *
   * @param sources by full class name; each has one class
   * @param directory takes the sources
   */
  public static void compile(Map<String, String> sources, Path directory, Path classes)
      throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("no Java compiler: a JDK is required, not a JRE");
    }
    List<String> words =
        new ArrayList<>(
            List.of("--release", "17", "-proc:none", "-XDstringConcat=inline", "-Xlint:all"));
    words.addAll(List.of("-Xlint:-classfile", "-Werror", "-d", directory.toString()));
    words.addAll(List.of("-cp", classes + ":" + System.getProperty("java.class.path")));
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = directory.resolve(source.getKey().replace('.', '/') + ".java");
      write(file, source.getValue());
      words.add(file.toString());
    }
    if (compiler.run(null, null, null, words.toArray(String[]::new)) != 0) {
      throw new IllegalStateException("the generated sources in " + directory + " do not compile");
    }
    for (String name : sources.keySet()) {
      String file = name.replace('.', '/') + ".class";
      Path old = classes.resolve(file);
      Path made = directory.resolve(file);
      Files.createDirectories(old.getParent());
      if (!Files.exists(old) || Files.mismatch(old, made) >= 0) { // or all tests are compiled again
        Files.copy(made, old, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
