package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Containers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * Every command that writes, with a place in which it reads {@code input} and writes {@code out}.
 */
final class WritingCommands {
  private static final long LARGE = 9 << 20;

  /** The commands. Some change the input in place. */
  enum Command {
    PATCH(false),
    PATCH_LARGE(false),
    PATCH_IN_PLACE(true),
    PATCH_TREE(false),
    PATCH_TREE_IN_PLACE(true),
    APPLY_TREE(true),
    RESTORE(false),
    RESTORE_IN_PLACE(true),
    SIGN(false),
    SIGN_IN_PLACE(true),
    SIGN_BESIDE(false),
    LAYOUT(false),
    LAYOUT_IN_PLACE(true),
    ARCHIVE(false),
    ARCHIVE_IN_PLACE(true),
    ATTEST(false),
    PACKAGE(false),
    PACKAGE_IN_PLACE(true),
    REPORT(false),
    DERIVE(false),
    LEARN(false),
    HARDEN(false),
    LIBRARY(false),
    LAUNCHER(false),
    COMPILE(false),
    ARTIFACT(false);

    private final boolean isInPlace;

    Command(boolean isInPlace) {
      this.isInPlace = isInPlace;
    }

    /** Whether each file of the place may be old or new after a failure. */
    boolean mayBeHalfDone() {
      return isInPlace || this == PATCH_TREE || this == HARDEN; // which keeps what was made
    }

    /** Whether each run writes the same. */
    boolean isReproducible() {
      return this != LEARN; // numbers of processes are in its trace
    }
  }

  private final Path folder;
  private final Path program;
  private final Path patched;
  private final Path large;
  private final Path small;
  private final Path library;
  private final Path linked;
  private final Path tree;
  private final Path key;
  private final Path certificate;
  private final Path manifest;
  private final Path layout;
  private final Path archive;
  private final Path deb;
  private final Path place;
  private final Path out;
  private Path input;

  /**
   * Makes all inputs.
   *
   * @param folder in which only this works
   */
  WritingCommands(Path folder) throws IOException {
    this.folder = folder;
    program = Files.copy(Fixtures.named("gcc-pie").path(), folder.resolve("program"));
    patched = folder.resolve("patched");
    Cli.ok("patch", "--deny", "uname", "-o", patched, program);
    large = Files.copy(program, folder.resolve("large"));
    try (RandomAccessFile access = new RandomAccessFile(large.toFile(), "rw")) {
      access.setLength(LARGE);
    }
    // Without libraries, whose analysis would take longer than all else that the commands do.
    small = Fixtures.named("musl-static").path();
    library = folder.resolve("liblinked.so");
    linked = makeLinked();
    tree = Files.createDirectories(folder.resolve("tree"));
    for (String name : List.of("a", "sub/b")) {
      Files.createDirectories(tree.resolve(name).getParent());
      Files.copy(program, tree.resolve(name));
    }
    Files.createLink(tree.resolve("c"), tree.resolve("a"));
    key = folder.resolve("key");
    certificate = folder.resolve("certificate");
    Programs.output("openssl", "genpkey", "-algorithm", "ed25519", "-out", key);
    Programs.output(
        List.of("openssl", "req", "-x509", "-subj", "/CN=x", "-days", "9999", "-addext"),
        List.of("extendedKeyUsage=codeSigning", "-key", key, "-out", certificate));
    manifest = Containers.manifest(folder, "uname");
    layout = Containers.LAYOUT.make(folder.resolve("layout"));
    archive = Containers.ARCHIVE.make(folder.resolve("archive"));
    deb = Containers.PACKAGE.make(folder.resolve("package"));
    place = folder.resolve("place");
    out = place.resolve("out");
    Path packages = Files.createDirectories(folder.resolve("var/lib/dpkg/info"));
    Files.writeString(packages.resolve("owner.list"), "/place/input\n"); // few, unlike the system's
  }

  /** A program with a small library, which is its interpreter, too: that of C would take longer. */
  private Path makeLinked() throws IOException {
    List<Object> gcc = List.of("gcc", "-O1", "-fPIC", "-nostdlib", "-x", "c");
    Path function =
        Files.writeString(
            folder.resolve("function.c"),
            """
            int leave(void)
            {
              long result;
              __asm__ volatile("syscall" : "=a"(result) : "a"(60), "D"(0) : "rcx", "r11", "memory");
              return (int) result;
            }
            """);
    Programs.output(gcc, "-shared", "-o", library, function);
    Path start =
        Files.writeString(
            folder.resolve("start.c"),
            "int leave(void);\nvoid _start(void) { for (;;) leave(); }\n");
    Path made = folder.resolve("linked");
    Programs.output(
        gcc, "-pie", "-Wl,--dynamic-linker=" + library, "-o", made, start, "-x", "none", library);
    return made;
  }

  /** The words of a command. */
  List<String> words(Command command) {
    List<Object> patch = List.of("patch", "--deny", "uname");
    List<Object> sign = List.of("sign", "--sign-key", key, "--sign-cert", certificate);
    List<Object> apply = List.of("apply", manifest, "--root");
    Path policy = folder.resolve("uname-policy.yaml");
    return switch (command) {
      case PATCH -> Programs.strings(patch, "-o", out, input);
      case PATCH_LARGE -> Programs.strings(patch, "-o", out, input);
      case PATCH_IN_PLACE -> Programs.strings(patch, "--in-place", input);
      case PATCH_TREE -> Programs.strings(patch, "-r", "--output-dir", out, input);
      case PATCH_TREE_IN_PLACE -> Programs.strings(patch, "-r", "--in-place", input);
      case RESTORE -> Programs.strings("restore", "-o", out, input);
      case RESTORE_IN_PLACE -> Programs.strings("restore", "--in-place", input);
      case SIGN -> Programs.strings(sign, "-o", out, input);
      case SIGN_IN_PLACE -> Programs.strings(sign, "--in-place", input);
      case SIGN_BESIDE -> Programs.strings(sign, "--detached", out, input);
      case APPLY_TREE, LAYOUT_IN_PLACE, ARCHIVE_IN_PLACE, PACKAGE_IN_PLACE ->
          Programs.strings(apply, input);
      case LAYOUT, ARCHIVE, PACKAGE -> Programs.strings(apply, input, "-o", out);
      case ATTEST ->
          Programs.strings(
              apply, input, "-o", out, "--attest", "--sign-key", key, "--sign-cert", certificate);
      case REPORT -> Programs.strings("report", "-o", out, input);
      case DERIVE -> Programs.strings("derive", "-o", out, "--with-library", library, input);
      case LEARN -> Programs.strings("learn", "--exec", "--log", out, "--", input);
      case HARDEN -> Programs.strings("harden", "--output-dir", out, input);
      case LIBRARY -> Programs.strings("library", "-o", out);
      case LAUNCHER -> Programs.strings("launcher", "-o", out);
      case COMPILE -> Programs.strings("policy", "compile", policy, "-o", out);
      default -> Programs.strings("policy", "convert", "--to", "oci-artifact", "-o", out, policy);
    };
  }

  private Path original(Command command) {
    return switch (command) {
      case PATCH_LARGE -> large;
      case PATCH_TREE, PATCH_TREE_IN_PLACE, APPLY_TREE -> tree;
      case RESTORE, RESTORE_IN_PLACE, SIGN, SIGN_IN_PLACE, SIGN_BESIDE, REPORT -> patched;
      case LAYOUT, LAYOUT_IN_PLACE, ATTEST -> layout;
      case ARCHIVE, ARCHIVE_IN_PLACE -> archive;
      case PACKAGE, PACKAGE_IN_PLACE -> deb;
      case DERIVE -> linked;
      case LEARN, HARDEN -> small;
      default -> program;
    };
  }

  /**
   * After a failure, files are as they were before, or as they are after the work. A report is
   * whole as well if it says what could not be read, and each file of an in-place command by
   * itself.
   */
  void assertWhole(
      Command command,
      Outcome outcome,
      Collection<String> before,
      Collection<String> after,
      String what)
      throws IOException {
    List<String> now = state();
    if (command.mayBeHalfDone()) {
      Set<String> allowed = new HashSet<>(before);
      allowed.addAll(after);
      assertThat(allowed).as(what).containsAll(now);
    } else if (command == Command.REPORT && now.size() > before.size() && !after.containsAll(now)) {
      String reason = outcome.err().strip().replaceFirst(".*: ", "");
      assertThat(written()).as(what).contains(reason).endsWith("</html>\n");
    } else if (command.isReproducible()) {
      assertThat(new HashSet<>(now)).as(what).isIn(new HashSet<>(before), new HashSet<>(after));
    }
  }

  /** Makes the place as it is before a command. */
  void reset(Command command) throws IOException {
    delete(place);
    Files.createDirectory(place);
    input = place.resolve("input");
    Path original = original(command);
    if (Files.isRegularFile(original) && Files.size(original) < LARGE) {
      Files.copy(original, input, StandardCopyOption.COPY_ATTRIBUTES);
    } else {
      Programs.output("cp", "-a", "--reflink=never", original, input);
    }
  }

  /** The text of the command's output. */
  String written() throws IOException {
    return Files.readString(out);
  }

  private static void delete(Path file) throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      for (Path inside : list(file)) {
        delete(inside);
      }
    }
    Files.deleteIfExists(file);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /**
   * All files with checksums of their contents, and all directories and links. No other process is
   * started, since tests ask for this thousands of times.
   */
  List<String> state() throws IOException {
    List<String> state = new ArrayList<>();
    add(state, place, ".");
    return state;
  }

  private static void add(List<String> state, Path file, String name) throws IOException {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      CRC32 sum = new CRC32();
      try (InputStream in = new CheckedInputStream(Files.newInputStream(file), sum)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      state.add("%08x %d %s".formatted(sum.getValue(), Files.size(file), name));
      return;
    }
    state.add(name);
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      for (Path inside : list(file)) {
        add(state, inside, name + "/" + inside.getFileName());
      }
    }
  }
}
