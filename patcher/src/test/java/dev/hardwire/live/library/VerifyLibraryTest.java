package dev.hardwire.live.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code verify} says of the library that a program was made to need. */
class VerifyLibraryTest {
  private static final String UNCHECKED = "  ?    library: not checked: ";
  private static final String PASSED = "  verified, without the library\n";

  @TempDir private Path folder;
  private Path library;
  private Path program;

  @BeforeEach
  void patch() {
    library = folder.resolve("libsandbox.so");
    library();
    program = needing(library, "program");
  }

  private void library(Object... options) {
    Cli.ok("library", "-o", library, List.of(options));
  }

  private Path needing(Object name, String file) {
    Path out = folder.resolve(file);
    Outcome outcome =
        Cli.run(
            "patch",
            Policies.UNAME_KILLS,
            "--mode=needed",
            "--library",
            name,
            "-o",
            out,
            "/bin/uname");
    outcome.succeeds();
    return out;
  }

  private static String verified(int status, Object... arguments) {
    Outcome outcome = Cli.run("verify", List.of(arguments));
    outcome.endsWith(status);
    return outcome.out();
  }

  @Test
  void itIsLookedForWhereTheProgramSays() {
    assertThat(verified(0, program))
        .contains("  ok   library: %s is byte for byte what Hardwire writes".formatted(library))
        .endsWith("  verified\n");
    assertThat(verified(0, "--require-library", program)).endsWith("  verified\n");
  }

  @Test
  void aLibraryThatIsNotThereIsNotChecked() throws IOException {
    Files.delete(library);
    assertThat(verified(0, program))
        .contains(UNCHECKED + library + " is not there\n")
        .endsWith(PASSED);
    assertThat(verified(5, "--require-library", program))
        .contains(
            "FAIL library: " + library + " is not there; --require-library requires the check");
  }

  /** The attacker has replaced the library by one that confines nothing. */
  @Test
  void aLibraryThatOnlyLooksRightIsNoticed() throws IOException {
    byte[] bytes = Files.readAllBytes(library);
    int code = 0x400;
    bytes[code] ^= 1;
    Files.write(library, bytes);
    assertThat(verified(5, program)).contains("FAIL library: ").endsWith("  NOT VERIFIED\n");
    library("--deny", "");
    assertThat(Programs.run(program)).isEqualTo(new Outcome(0, "Linux\n", ""));
    assertThat(verified(5, program)).contains("FAIL library: ", "has a policy built in");
    Files.delete(library);
    Programs.output("mkfifo", library);
    assertThat(verified(5, program)).contains("FAIL library: ", "not a regular file");
  }

  @Test
  void patchWarnsOfALibraryThatDoesNotRunThePolicy() throws IOException {
    List<Object> patch =
        List.of("patch", "--deny=uname", "--mode=needed", "--library", library, "-o");
    Path out = folder.resolve("out");
    Outcome genuine = Cli.run(patch, out, "/bin/uname");
    assertThat(genuine.err()).isEmpty();
    library("--deny", "");
    Outcome builtIn = Cli.run(patch, out, "/bin/uname");
    assertThat(builtIn.status()).isZero();
    assertThat(builtIn.err())
        .startsWith("hardwire: /bin/uname: warning: " + library + " has a policy built in");
    Files.writeString(library, "no library");
    assertThat(Cli.run(patch, out, "/bin/uname").err())
        .contains("warning: " + library + " is not a library that Hardwire writes");
  }

  /** A genuine library stands in its place, and the program was made to need another one. */
  @Test
  void anotherNameIsNoticedIfTheNameIsGiven() throws IOException {
    Path other = folder.resolve("other/libsandbox.so");
    Files.createDirectory(other.getParent());
    Files.copy(library, other);
    Path shadowed = needing(other, "shadowed");
    assertThat(verified(0, shadowed)).contains("ok   library: " + other);
    assertThat(verified(0, "--library", library, program)).endsWith("  verified\n");
    assertThat(verified(5, "--library", library, shadowed))
        .contains("the program needs \"" + other + "\", which is not one of the given libraries");
    assertThat(verified(0, "--library", library, "--library", other, shadowed))
        .endsWith("  verified\n");
  }

  @Test
  void aLibraryMayBeCheckedBeforeItIsInstalled() {
    Path installed = needing("/usr/lib/no-such-folder/libsandbox.so", "installed");
    assertThat(verified(0, installed)).contains(UNCHECKED).endsWith(PASSED);
    assertThat(
            verified(0, "--library", "/usr/lib/no-such-folder/libsandbox.so=" + library, installed))
        .endsWith("  verified\n");
    assertThat(verified(5, "--library", library, installed)).contains("FAIL library: ");
    Outcome missing = Cli.run("verify", "--library", folder.resolve("none"), installed);
    assertThat(missing.status()).isEqualTo(6);
    assertThat(missing.err()).contains("none: no such file or directory");
  }

  @Test
  void aSonameIsFoundByTheDynamicLinkerAlone() {
    Path soname = needing("libsandbox.so", "soname");
    assertThat(verified(0, soname))
        .contains(UNCHECKED + "where the dynamic linker finds \"libsandbox.so\" is not known\n");
    assertThat(verified(5, "--require-library", soname)).contains("give --library");
    assertThat(verified(0, "--require-library", "--library", library, soname))
        .endsWith("  verified\n");
  }

  @Test
  void tablesAndJsonSayItToo() throws IOException {
    Path soname = needing("libsandbox.so", "soname");
    assertThat(verified(0, "--summary", soname, program))
        .contains(
            "library not checked  " + soname + "  where", "confined             " + program + "\n");
    Path report = folder.resolve("report.json");
    Path stub = folder.resolve("stub");
    Cli.run("patch", Policies.UNAME_KILLS, "-o", stub, "/bin/uname");
    Files.writeString(report, verified(0, "--json", soname, program, stub));
    Programs.output(
        "/usr/bin/python3",
        "-c",
        """
        import json, sys, jsonschema
        schema, report = [json.load(open(name)) for name in sys.argv[1:3]]
        jsonschema.validate(report, schema)
        soname, program, stub = [file["library"] for file in report]
        assert soname["name"] == "libsandbox.so" and not soname["proven"] and soname["file"] is None
        assert program["proven"] and program["name"] == program["file"] == sys.argv[3]
        assert stub is None
        assert ["library" in [c["name"] for c in f["checks"]] for f in report] == [False, True, False]
        """,
        Path.of("../docs/verify.schema.json").toAbsolutePath(),
        report,
        library);
  }
}
