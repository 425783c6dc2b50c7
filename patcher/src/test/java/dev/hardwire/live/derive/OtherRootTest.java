package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.report.SqliteWriterTest;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of another system are derived with its libraries, and with no file of this one. */
@Tag("system")
class OtherRootTest {
  private static final Pattern OPENED =
      Pattern.compile("open(at2?)?\\((AT_FDCWD, )?\"(?<path>[^\"]*)\"[^\\n]* = \\d+");

  /** What these programs need of a C library, with the versions that Debian's has. */
  private static final String LIBRARY =
      """
      static long call(long number, long argument) {
        long result;
        __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(argument)
                         : "rcx", "r11", "memory");
        return result;
      }
      int getppid(void) { return call(110, 0); }
      int getpgid(int process) { return call(121, process); }
      int getsid(int process) { return call(124, process); }
      int getuid(void) { return call(102, 0); }
      void __cxa_finalize(void *object) {}
      int __libc_start_main(int (*main)(int, char **, char **), int count, char **words) {
        call(231, main(count, words, words + count + 1));
        __builtin_unreachable();
      }
      """;

  private static final String VERSIONS =
      """
      GLIBC_2.2.5 { getppid; getpgid; getsid; getuid; __cxa_finalize; };
      GLIBC_2.34 { __libc_start_main; };
      """;

  @TempDir private static Path made;

  @TempDir private Path folder;
  private Path root;
  private Path policy;

  /**
   * A system with a small C library behind an absolute link, and a library that it finds by its
   * configuration alone.
   */
  @BeforeAll
  static void makeSystem() throws IOException {
    Path system = made.resolve("root");
    Files.createDirectories(system.resolve("usr/lib"));
    Files.createDirectories(system.resolve("usr/bin"));
    Files.createDirectories(system.resolve("opt/own/lib"));
    Files.createDirectories(system.resolve("etc/ld.so.conf.d"));
    Files.createSymbolicLink(system.resolve("lib64"), Path.of("/usr/lib"));
    Files.createSymbolicLink(system.resolve("etc/os-release"), Path.of("../usr/lib/os-release"));
    Files.writeString(system.resolve("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n");
    Files.writeString(system.resolve("etc/ld.so.conf.d/own.conf"), "/opt/own/lib # ours\n");
    Programs.output("cp", "/lib64/ld-linux-x86-64.so.2", system.resolve("usr/lib"));
    Path source = Files.writeString(made.resolve("libc.c"), LIBRARY);
    Path versions = Files.writeString(made.resolve("libc.map"), VERSIONS);
    Gcc.run(
        List.of("-O1", "-nostdlib", "-shared", "-fPIC", "-Wl,-soname,libc.so.6"),
        "-Wl,--version-script=" + versions,
        List.of("-o", system.resolve("usr/lib/libc.so.6"), source));
    Path own = system.resolve("opt/own/lib/libown.so");
    library(system, own, "int own(void) { return getppid(); }");
    source = made.resolve("program.c");
    Files.writeString(source, "int own(void);\nint main(void) { return own() == 0; }\n");
    link(system, "-o", system.resolve("usr/bin/program"), source, own);
  }

  @BeforeEach
  void copySystem() {
    root = folder.resolve("root");
    policy = folder.resolve("policy.yaml");
    Programs.output("cp", "-a", made.resolve("root"), root);
  }

  /** With the C library of a system. */
  private static void link(Path system, Object... words) {
    Gcc.run("-nodefaultlibs", Programs.strings(words), system.resolve("usr/lib/libc.so.6"));
  }

  private static void library(Path system, Path file, String text, String... options)
      throws IOException {
    Path source = Files.writeString(made.resolve("own.c"), "#include <unistd.h>\n" + text + "\n");
    List<Object> kind = List.of("-shared", "-fPIC", "-Wl,-soname,libown.so");
    link(system, kind, List.of(options), "-o", file, source);
  }

  private void library(String path, String text, String... options) throws IOException {
    library(root, root.resolve(path), text, options);
  }

  /** In a process that has its code compiled. */
  private Outcome derive(Object... words) {
    return CommandLoop.shared().run("derive", "-o", policy, List.of(words));
  }

  @Test
  void takesTheLibrariesOfTheRoot() throws IOException {
    for (Object program : List.of("/usr/bin/program", root.resolve("usr/bin/program"))) {
      derive("--no-cache", "--root", root, program).succeeds();
      assertThat(Files.readString(policy))
          .contains("#   /opt/own/lib/libown.so ", "#   /lib64/libc.so.6 ", "getppid")
          .doesNotContain(folder.toString(), "x86_64-linux-gnu");
    }
  }

  /** Its links and search paths cannot name files of this system. */
  @Test
  void missesWhatIsOnlyHere() throws IOException {
    Files.delete(root.resolve("usr/lib/libc.so.6"));
    Outcome missing = derive("--root", root, "/usr/bin/program");
    assertThat(missing.status()).isEqualTo(3);
    assertThat(missing.err()).contains("the library \"libc.so.6\", which it needs, is not found");
    Files.createSymbolicLink(
        root.resolve("usr/lib/libc.so.6"), Path.of("/lib/x86_64-linux-gnu/libc.so.6"));
    assertThat(derive("--root", root, "/usr/bin/program")).isEqualTo(missing);
    assertThat(policy).doesNotExist();
  }

  @Test
  void aProgramOfAnotherSystemIsNotThisOnes() {
    Outcome refused = derive(root.resolve("usr/bin/program"));
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("give --root " + root, "or --root / for the libraries");
    assertThat(policy).doesNotExist();
  }

  @Test
  void librariesThatAreLoadedLaterAreThoseOfTheRoot() throws IOException {
    library("opt/own/one.so", "int one(void) { return getpgid(0); }");
    library("opt/own/two.so", "int two(void) { return getsid(0); }");
    for (String pattern : List.of("/opt/own/*.so", "/o?t/*/[ot]*.so")) {
      derive("--root", root, "--with-library", pattern, "/usr/bin/program").succeeds();
      assertThat(Files.readString(policy)).contains("getpgid", "getsid", "#   /opt/own/one.so ");
    }
    Outcome none = derive("--root", root, "--with-library", "/opt/*/x*.so", "/usr/bin/program");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("nothing matches");
  }

  /** Its files are compared with those from which the policy was derived. */
  @Test
  void verifyComparesWithTheRoot() throws IOException {
    derive("--root", root, "/usr/bin/program").succeeds();
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, root.resolve("usr/bin/program"));
    assertThat(Cli.ok("verify", "--root", root, "--policy", policy, wired).err()).isEmpty();
    assertThat(Cli.ok("inspect", "--root", root, "--policy", policy, wired).err()).isEmpty();
    assertThat(Cli.ok("verify", "--policy", policy, wired).err())
        .contains("/opt/own/lib/libown.so, which the policy was derived from, is missing");
    library("opt/own/lib/libown.so", "int own(void) { return getuid(); }");
    assertThat(Cli.ok("verify", "--root", root, "--policy", policy, wired).err())
        .contains("/opt/own/lib/libown.so is another file")
        .hasLineCount(1);
  }

  /** The dynamic linker would not start the program with these libraries. */
  @Test
  void missingSymbolsAndVersionsAreErrors() throws IOException {
    library("opt/own/lib/libown.so", "int other(void) { return getppid(); }");
    derive("--root", root, "/usr/bin/program")
        .fails(3, "no library defines \"own\", which it needs");
    Path script = Files.writeString(folder.resolve("own.map"), "OWN_1 { global: own; };\n");
    String versions = "-Wl,--version-script=" + script;
    String own = "int own(void) { return getppid(); }";
    library("opt/own/lib/libown.so", own, versions);
    Path program = root.resolve("usr/bin/versioned");
    link(root, "-o", program, made.resolve("program.c"), root.resolve("opt/own/lib/libown.so"));
    derive("--root", root, "/usr/bin/versioned").succeeds();
    Files.writeString(script, "OWN_2 { global: own; };\n");
    library("opt/own/lib/libown.so", own, versions);
    derive("--root", root, "/usr/bin/versioned")
        .fails(
            3, "needs the version OWN_1 of libown.so, which /opt/own/lib/libown.so does not have");
    library("opt/own/lib/libown.so", own); // the dynamic linker takes one without versions
    derive("--root", root, "/usr/bin/versioned").succeeds();
  }

  private Path image() throws IOException {
    return image(List.of("/usr/bin/program"), List.of());
  }

  private Path image(List<String> entryPoint, List<String> command) throws IOException {
    Path archive = folder.resolve("layer.tar");
    Programs.output(
        "tar", "--format=ustar", "-C", root, "-cf", archive, "usr", "lib64", "opt", "etc");
    return new ImageBuilder(folder.resolve("image"))
        .layer(Files.readAllBytes(archive))
        .command(entryPoint, command)
        .write();
  }

  /** One policy for what containers of an image start, and for what their command names. */
  @Test
  void thePolicyOfAnImageIsThatOfItsCommand() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("other.c"),
            "#include <unistd.h>\nint main(void) { return getsid(0) + getppid(); }\n");
    link(root, "-o", root.resolve("usr/bin/other"), source);
    Files.writeString(root.resolve("usr/bin/script"), "#!/bin/sh\nexec \"$@\"\n");
    Path started = image(List.of("/usr/bin/program", "--", "no"), List.of("other", "-v"));
    derive("--root", started).succeeds();
    assertThat(Files.readString(policy)).contains("getppid").doesNotContain("getsid");
    derive("--root", started, "--entrypoint").succeeds();
    assertThat(Files.readString(policy)).contains("getppid", "getsid", "#   /usr/bin/other ");
    Path shell = image(List.of("script"), List.of("program", "-c", "exec other;"));
    Outcome derived = derive("--root", shell, "--entrypoint").succeeds();
    assertThat(derived.err()).contains("/usr/bin/script, which containers start first, is no ELF");
    assertThat(Files.readString(policy))
        .contains("getppid", "getsid", "# Derived from /usr/bin/program: ");
    derive("--root", shell, "--entrypoint", "/usr/bin/other").fails(2, "cannot be used together");
    derive("--root", root, "--entrypoint").fails(2, "whose Entrypoint or Cmd names a program");
  }

  /** An image has the same files, and says what its containers start. */
  @Test
  void anImageIsARoot() throws IOException {
    derive("--root", root, "/usr/bin/program").succeeds();
    String expected = Files.readString(policy);
    Programs.output("sh", "-c", "cd '" + root + "' && ln -s own \"$(printf 'opt/\\303\\251')\"");
    Path image = image();
    derive("--root", image, "/usr/bin/program").succeeds();
    assertThat(Files.readString(policy)).isEqualTo(expected);
    derive("--root", image).succeeds(); // what its containers start
    assertThat(Files.readString(policy)).isEqualTo(expected);
    derive("--root", image, "/usr/bin/true").fails(6, "/usr/bin/true");
    derive("--root", root).fails(2, "missing required parameter: PROGRAM");
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, root.resolve("usr/bin/program"));
    assertThat(Cli.ok("verify", "--root", image, "--policy", policy, wired).err()).isEmpty();
    Path log = Files.writeString(folder.resolve("log"), "7 getppid() = 1\n7 exit_group(0) = ?\n");
    CommandLoop.shared()
        .run("learn", "--root", image, "--program", "/usr/bin/program", "-o", policy, log)
        .succeeds();
    assertThat(Files.readString(policy)).contains("#   /opt/own/lib/libown.so ");
  }

  /** Each program of a root has a policy, and a manifest names these for {@code apply}. */
  @Test
  void allProgramsOfARootHavePolicies() throws IOException {
    Files.createDirectories(root.resolve("opt/own/bin"));
    for (String copy : List.of("opt/own/bin/program", "opt/own/bin/[")) {
      Programs.output("cp", root.resolve("usr/bin/program"), root.resolve(copy));
    }
    Files.writeString(root.resolve("usr/bin/script"), "#!/bin/sh\n");
    Path image = image();
    for (Path system : List.of(root, image)) {
      Path policies = Files.createDirectory(folder.resolve("policies-" + system.getFileName()));
      Path database = folder.resolve("calls.db");
      CommandLoop.shared()
          .run("derive", "--root", system, "--output-dir", policies, "--sqlite", database)
          .succeeds();
      assertThat(
              SqliteWriterTest.asked(
                  database,
                  "select source, path, derive_error from rows"
                      + " where derived_calls like '%\"getppid\"%' order by path"))
          .isEqualTo(
              "%1$s /opt/own/bin/[ None\n%1$s /opt/own/bin/program None\n%1$s /usr/bin/program None"
                  .formatted(system));
      for (String name : List.of("usr/bin/program", "opt/own/bin/program", "opt/own/bin/[")) {
        assertThat(Files.readString(policies.resolve(name + ".yaml")))
            .contains("getppid", "#   /opt/own/lib/libown.so ");
      }
      assertThat(Cli.ok("apply", "--root", system, policies.resolve("manifest.yml")).out())
          .contains("3 patched, 0 already, 0 refused, 0 failed");
    }
    Path none = Files.createDirectory(folder.resolve("none"));
    Outcome refused = Cli.run("derive", "--root", none, "--output-dir", folder);
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("there is no program in what --root names");
  }

  /** The files that the command opens, but for its own and those of the kernel. */
  private Set<String> opened(Object... words) throws IOException {
    Path log = folder.resolve("opened");
    Path java = Cli.javaOf(Cli.home());
    Programs.run(
            Map.of("XDG_CACHE_HOME", folder + "/cache"),
            List.of("strace", "-f", "-qq", "-e", "trace=open,openat,openat2", "-o", log),
            List.of(java, "-cp", Cli.classPath(), "dev.hardwire.cli.Main"),
            List.of(words))
        .succeeds();
    Set<String> found = new TreeSet<>();
    Matcher paths = OPENED.matcher(Files.readString(log, StandardCharsets.ISO_8859_1));
    while (paths.find()) {
      found.add(paths.group("path"));
    }
    List<String> own = new ArrayList<>(List.of("/proc/", "/sys/", "/dev/"));
    own.add(System.getProperty("java.io.tmpdir"));
    own.add(java.toRealPath().getParent().getParent() + "/");
    own.addAll(List.of(Cli.classPath().split(File.pathSeparator)));
    found.removeIf(path -> !path.startsWith("/") || own.stream().anyMatch(path::startsWith));
    return found;
  }

  /** What a report says of an image does not depend on files of this machine. */
  @Test
  @Tag("long")
  void aReportOfAnImageReadsNoFileOfThisMachine() throws IOException {
    Path image = image();
    Set<String> usual = opened("--version");
    Path output = folder.resolve("report.json");
    Set<String> opened = opened("report", "--json", "-o", output, "--host", "none", image);
    assertThat(Files.readString(output)).contains("usr/bin/program");
    opened.removeAll(usual);
    assertThat(opened).isEmpty();
  }

  /**
   * Names that are not UTF-8 do not become one name, by which a link would lead out of the root.
   */
  @Test
  void nothingIsPutBehindLinksOfAnImage() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    byte[] archive =
        new ImageBuilder.Archive()
            .file("usr/bin/program", Files.readAllBytes(root.resolve("usr/bin/program")))
            .add("a\u00fe", '2', outside.toString(), new byte[0])
            .add("a\u00ff/made/link", '2', "program", new byte[0])
            .end();
    Path image = new ImageBuilder(folder.resolve("image")).layer(archive).write();
    derive("--root", image, "/usr/bin/program").endsWith(3);
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aPackageIsARoot() throws IOException {
    derive("--root", root, "/usr/bin/program").succeeds();
    String expected = Files.readString(policy);
    Files.createDirectory(root.resolve("DEBIAN"));
    Files.writeString(
        root.resolve("DEBIAN/control"),
        "Package: own\nVersion: 1\nArchitecture: amd64\nMaintainer: us\nDescription: ours\n");
    Path made = folder.resolve("own.deb");
    Programs.output("dpkg-deb", "--root-owner-group", "-b", root, made);
    derive("--root", made, "/usr/bin/program").succeeds();
    assertThat(Files.readString(policy)).isEqualTo(expected);
  }

  @Test
  void logsAreJoinedWithTheRoot() throws IOException {
    Path log = Files.writeString(folder.resolve("log"), "7 getppid() = 1\n7 exit_group(0) = ?\n");
    Outcome learned =
        CommandLoop.shared()
            .run("learn", "--root", root, "--program", "/usr/bin/program", "-o", policy, log);
    assertThat(learned.status()).as(learned.err()).isZero();
    assertThat(Files.readString(policy)).contains("#   /opt/own/lib/libown.so ");
    Outcome other =
        Cli.run("learn", "--program", root.resolve("usr/bin/program"), "-o", policy, log);
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("give --root " + root);
    Outcome running = Cli.run("learn", "--exec", "--root", root, "--", "/usr/bin/true");
    assertThat(running.status()).isEqualTo(2);
    assertThat(running.err()).contains("--root requires logs");
  }
}
