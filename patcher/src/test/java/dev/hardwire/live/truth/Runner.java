package dev.hardwire.live.truth;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.stub.library.SandboxLibrary;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs programs by the tool truth-run, in a directory of its own. */
final class Runner implements AutoCloseable {
  /** The name of the library that programs are made to need. */
  static final String LIBRARY = "libx.so";

  private final Process process;
  private final DataOutputStream requests;
  private final DataInputStream answers;

  Runner(Path directory) throws IOException {
    this(directory, Fixtures.tool("truth-run"), directory);
  }

  /** Runs the tool by a command. */
  private Runner(Path directory, Object... command) throws IOException {
    open(Files.createDirectories(directory));
    addLibrary(directory, Target.X86_64);
    addLibrary(directory, Target.I386);
    List<String> words = Stream.of(command).map(Object::toString).toList();
    this.process =
        Programs.start(new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT));
    this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.answers = new DataInputStream(process.getInputStream());
  }

  /** Runs programs with another root directory, which has the tool. */
  static Runner inRoot(Path root, Path directory) throws IOException {
    Path inside = Path.of("/").resolve(root.relativize(directory));
    return new Runner(directory, "chroot", root, "/truth-run", inside);
  }

  /** Lets every user enter a directory. */
  static void open(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Writes the library where programs of a machine look for it. */
  static void addLibrary(Path directory, Target machine) throws IOException {
    Path folder = directory.resolve(machine.elfClass() == ElfClass.CLASS64 ? "lib64" : "lib32");
    open(Files.createDirectories(folder));
    Files.write(folder.resolve(LIBRARY), libraryFor(machine).toArray());
  }

  /** The library that runs the setup program of a program. */
  static Bytes libraryFor(Target machine) {
    return new SandboxLibrary(
            machine, LIBRARY, Optional.empty(), SandboxLibrary.WithoutPolicy.REFUSE)
        .write();
  }

  /** Runs a program that reports its state. */
  Observation run(Bytes program) throws IOException {
    requests.writeInt(Integer.reverseBytes((int) program.size()));
    requests.write(program.toArray());
    requests.flush();
    int status = Integer.reverseBytes(answers.readInt());
    String out = text();
    return new Observation(status, out, text());
  }

  private String text() throws IOException {
    byte[] bytes = answers.readNBytes(Integer.reverseBytes(answers.readInt()));
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.destroy();
  }
}
