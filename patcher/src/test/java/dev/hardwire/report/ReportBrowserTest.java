package dev.hardwire.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reports in Chromium: {@code src/test/browser/check.mjs} sorts, filters, follows calls, prints,
 * and looks for faults of accessibility. Screenshots stay in {@code target/browser}.
 */
@Tag("long")
class ReportBrowserTest {
  private static final Path SOURCES = Path.of("src/test/browser").toAbsolutePath();
  private static final Path ROOM = Path.of("target/browser").toAbsolutePath();
  private static final Path REPORTS = ROOM.resolve("reports");
  private static final String ODD_NAME = "<script>alert(1)<\u202e\u001b'\"";
  private static final int PROGRAMS = 220;
  private static final int MANY_PROGRAMS = 2400;

  private static final String POLICY =
      """
      version: 1
      name: "it's <i>a</i> tool"
      default: allow
      rules:
        - kill-process: [execve, execveat]
          because: "no </script><script>alert(1)</script> programs"
        - errno EPERM: [ptrace, "@mount", "nr 470-499"]
        - errno EACCES: [socket]
          when: family != AF_UNIX
        - errno ENOSYS: [clone3]
        - log: [openat]
          when: (flags & O_ACCMODE) != O_RDONLY
        - errno EPERM: [lseek]
          when: offset > 0x100000000 && offset < 0x7fffffff00000000
      landlock:
        read: [/usr]
      limits:
        core: 0
      """;

  private static final String PHASES =
      """
      phases:
        - name: "</script> work"
          at: main
          default: allow
          rules:
            - kill-process: [socket, connect]
      """;

  private static final String STATES =
      """
      version: 1
      name: reader
      default: kill-process
      rules:
        - errno EPERM: ["@mount", "@debug", "@keyring", execve, execveat, socket, io_uring_setup]
        - allow: ["@system-service"]
      landlock: {read: [/usr, /etc]}
      """;

  @TempDir static Path folder;

  private static final Map<String, Path> PATCHED = new LinkedHashMap<>();
  private static Outcome access;
  private static Outcome behaviour;

  @BeforeAll
  static void readInTheBrowser() throws IOException {
    Files.createDirectories(REPORTS);
    for (String name : List.of("package.json", "package-lock.json", "check.mjs")) {
      Files.write(ROOM.resolve(name), Files.readAllBytes(SOURCES.resolve(name)));
    }
    if (!Files.exists(ROOM.resolve("node_modules/.package-lock.json"))) {
      Programs.together(ROOM, Map.of(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
          .succeeds();
    }
    Path policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
    program("one.html", "gcc-pie", "--policy", policy);
    Path stacked = program("stacked.html", "gcc-pie", "--preset", "no-network");
    Cli.ok("patch", "--stack", "--policy", policy, "--in-place", stacked);
    Cli.ok("report", "-o", REPORTS.resolve("stacked.html"), stacked);
    program("big.html", "s390x-pie", "--policy", policy, "--map-missing-calls");
    Path phases = Files.writeString(folder.resolve("phases.yaml"), POLICY + PHASES);
    program("phased.html", "gcc-pie", "--policy", phases);
    many(PROGRAMS);
    some();
    image();
    states();
    Files.writeString(REPORTS.resolve("calls.json"), new Gson().toJson(calls()));
    access = check("access", PROGRAMS);
    behaviour = check("behaviour", PROGRAMS);
  }

  private static Outcome check(String part, int programs) {
    return Programs.together(ROOM, Map.of(), "node", "check.mjs", REPORTS, part, programs);
  }

  private static Path program(String page, String fixture, Object... policy) {
    Path patched = folder.resolve(page.replace(".html", ""));
    Cli.ok("patch", List.of(policy), "-o", patched, Fixtures.named(fixture).path());
    Cli.ok("report", "-o", REPORTS.resolve(page), patched);
    PATCHED.put(page, patched);
    return patched;
  }

  /** A tree of many programs. */
  private static void many(int programs) throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Path plain = Fixtures.named("gcc-pie").path();
    byte[] original = Files.readAllBytes(plain);
    Path other = folder.resolve("other-" + programs);
    Cli.ok("patch", "--preset", "no-exec", "-o", other, plain);
    byte[] one = Files.readAllBytes(PATCHED.get("one.html"));
    byte[] two = Files.readAllBytes(other);
    for (int i = 0; i < programs; i++) {
      byte[] content = i % 25 == 0 ? original : i % 2 == 0 ? one : two;
      Files.write(tree.resolve("program-" + i), content);
    }
    Files.write(tree.resolve(ODD_NAME), one);
    Cli.ok("report", "-o", REPORTS.resolve("many.html"), tree);
  }

  /** Some of them, one damaged; with what has changed since an older report. */
  private static void some() throws IOException {
    Path tree = folder.resolve("tree");
    byte[] original = Files.readAllBytes(Fixtures.named("gcc-pie").path());
    Path some = Files.createDirectory(folder.resolve("some"));
    for (String name : List.of("program-0", "program-1", ODD_NAME)) {
      Files.copy(tree.resolve(name), some.resolve(name));
    }
    byte[] damaged = Files.readAllBytes(PATCHED.get("one.html"));
    damaged[damaged.length / 2] ^= 1;
    Files.write(some.resolve("damaged"), damaged);
    Path old = folder.resolve("old.json");
    Cli.ok("report", "--json", "-o", old, some);
    Files.write(some.resolve("program-1"), original);
    Cli.ok("report", "--compare", old, "-o", REPORTS.resolve("some.html"), some);
    Cli.ok("report", "-o", REPORTS.resolve("directory") + "/", some);
    Cli.ok("report", "--sarif", "--compare", old, "-o", REPORTS.resolve("some.sarif"), some);
  }

  /** An image of two layers: programs with rules for files and ports, and one with none. */
  private static void image() throws IOException {
    Path plain = Fixtures.named("gcc-pie").path();
    Path tool = folder.resolve("tool");
    Path rules =
        Files.writeString(
            folder.resolve("rules.yaml"),
            """
            version: 1
            name: tool
            default: allow
            rules: [{kill-process: [execve, execveat, ptrace]}]
            landlock: {read: [/usr]}
            """);
    Cli.ok("patch", "--policy", rules, "-o", tool, plain);
    Path server = folder.resolve("server");
    Path ports =
        Files.writeString(
            folder.resolve("ports.yaml"),
            """
            version: 1
            name: server
            default: allow
            rules: [{kill-process: [ptrace]}]
            landlock: {connect: [443]}
            """);
    Cli.ok("patch", "--policy", ports, "-o", server, plain);
    Path layout =
        new ImageBuilder(folder.resolve("image"))
            .layer(
                new ImageBuilder.Archive()
                    .file("usr/bin/plain", Files.readAllBytes(plain))
                    .file("usr/bin/server", Files.readAllBytes(server))
                    .file("var/lib/dpkg/info/servers.list", "/usr/bin/server\n".getBytes(UTF_8))
                    .end())
            .layer(new ImageBuilder.Archive().file("usr/bin/tool", Files.readAllBytes(tool)).end())
            .write();
    Cli.ok("report", "--date", "2026-11-27T10:00:00Z", "-o", REPORTS.resolve("image.html"), layout);
  }

  /** Programs in four states, whose pages are the pictures of docs/report.md. */
  private static void states() throws IOException {
    Path vendor = Files.createDirectories(Path.of("target/vendor"));
    Path key = folder.resolve("key.pem");
    Path root = vendor.resolve("root.pem");
    Programs.output(
        "openssl",
        List.of("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        List.of("-nodes", "-subj", "/CN=Vendor", "-days", "2", "-keyout", key, "-out", root),
        List.of("-addext", "keyUsage=critical,digitalSignature"),
        List.of("-addext", "extendedKeyUsage=codeSigning"));
    Path plain = Fixtures.named("gcc-pie").path();
    Path policy = Files.writeString(folder.resolve("states.yaml"), STATES);
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--policy", policy, "-o", wired, plain);
    byte[] changed = Files.readAllBytes(wired);
    changed[changed.length / 2] ^= 1;
    Files.write(vendor.resolve("changed"), changed);
    Files.write(vendor.resolve("not-hard-wired"), Files.readAllBytes(plain));
    Files.write(vendor.resolve("unsigned"), Files.readAllBytes(wired));
    Cli.ok("sign", "--key", key, "--cert", root, "-o", vendor.resolve("confined"), wired);
    for (String state : List.of("changed", "not-hard-wired", "unsigned", "confined")) {
      List<Object> scope = List.of("--host", "audit.example", "--date", "2026-11-27T10:00:00Z");
      Path page = REPORTS.resolve("state-" + state + ".html");
      Cli.ok("report", scope, "--trust", root, "-o", page, vendor.resolve(state));
      assertThat(page).content().contains("class=\"badge " + state + "\"");
      boolean proven = List.of("unsigned", "confined").contains(state);
      assertThat(Files.readString(page).contains("It cannot")).as(state).isEqualTo(proven);
      assertThat(Files.readString(page).contains("hardwire sign"))
          .as(state)
          .isEqualTo(state.equals("unsigned"));
    }
  }

  /** Every call of each architecture with arguments that matter, or do not. */
  private static Map<String, List<String>> calls() {
    Map<String, List<String>> calls = new LinkedHashMap<>();
    calls.put("one.html", calls(Target.X86_64));
    calls.put("stacked.html", calls(Target.X86_64));
    calls.put("phased.html", calls(Target.X86_64));
    calls.put("big.html", calls(Target.S390X));
    return calls;
  }

  private static List<String> calls(Target architecture) {
    List<String> calls =
        new ArrayList<>(
            List.of(
                "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)",
                "socket( AF_INET6 )",
                "openat(AT_FDCWD, 0, O_WRONLY | O_CREAT, 0x1b6)",
                "openat(-100, 0, ~0)",
                "475",
                "0x12c(1)",
                "4294967295",
                "0x40000001",
                "lseek(1, 0x7fffffff00000000)",
                "lseek(1, 0x7ffffffeffffffff)",
                "lseek(1, 4294967297)",
                "lseek(1, 4294967296)",
                "lseek(1, -1)"));
    Random random = new Random(20);
    for (String name : SyscallTable.of(architecture).names()) {
      calls.add(
          "%s(%d, 0x%x, 0x%x)"
              .formatted(name, random.nextInt(4), random.nextLong(), random.nextInt(8)));
    }
    return calls;
  }

  @Test
  void thePagesBehaveInABrowser() {
    passed(behaviour, 57);
  }

  @Test
  @Tag("long")
  void manyProgramsBehaveToo() throws IOException {
    many(MANY_PROGRAMS);
    passed(check("behaviour", MANY_PROGRAMS), 57);
  }

  @Test
  void nothingSeriousIsWrongWithTheirAccessibility() {
    passed(access, 4);
  }

  @Test
  @Tag("long")
  void nothingSeriousIsWrongWithTheAccessibilityOfMore() {
    passed(check("access-all", PROGRAMS), 10);
  }

  private static void passed(Outcome outcome, int checks) {
    assertThat(outcome.out()).contains("\n0 failed\n").doesNotContain("FAIL");
    assertThat(outcome.out().lines().filter(line -> line.startsWith("ok ")))
        .hasSizeGreaterThanOrEqualTo(checks);
    outcome.succeeds();
  }

  /** The page decides every call as the emulator does at the start, after as many instructions. */
  @Test
  void callsAreFollowedAsTheEmulatorFollowsThem() throws IOException {
    JsonObject answers =
        JsonParser.parseString(Files.readString(REPORTS.resolve("answers.json"))).getAsJsonObject();
    for (Map.Entry<String, List<String>> page : calls().entrySet()) {
      List<String> expected =
          Cli.ok("emulate", "--filter", PATCHED.get(page.getKey()), page.getValue())
              .out()
              .lines()
              .map(line -> line.substring(line.indexOf("): ") + 3))
              .map(line -> line.replaceAll("; in phase .*$", "").replaceAll("(; .*)?\\)$", ")"))
              .toList();
      List<String> found = new ArrayList<>();
      JsonArray given = answers.getAsJsonArray(page.getKey());
      for (int i = 0; i < given.size(); i++) {
        JsonObject answer = given.get(i).getAsJsonObject();
        assertThat(answer.has("text")).as(page.getValue().get(i) + ": " + answer).isTrue();
        assertThat(answer.get("marked").getAsInt()).isPositive();
        String text = answer.get("text").getAsString();
        assertThat(text).startsWith(page.getValue().get(i).strip() + ": ");
        found.add(text.substring(page.getValue().get(i).strip().length() + 2));
      }
      assertThat(found).as(page.getKey()).isEqualTo(expected);
    }
  }

  @Test
  void printedReportsAreWhole() {
    String one = Programs.output("pdftotext", "-layout", REPORTS.resolve("one.html.pdf"), "-");
    assertThat(one)
        .contains("Risky calls", "All calls by group", "execveat", "process_vm_readv")
        .contains("landlock_restrict_self", ".text.hardwire", "hardwire restore --in-place")
        .contains("gives back the original");
    String some = Programs.output("pdftotext", "-layout", REPORTS.resolve("some.html.pdf"), "-");
    assertThat(some)
        .contains("not proven to be confined")
        .contains("Do not run it.", "patch-record: ")
        .containsPattern("(?s)Hardwire report, host .*\\f *Hardwire report, host ");
    String cells = Programs.output("pdftotext", "-raw", REPORTS.resolve("some.html.pdf"), "-");
    assertThat(cells.replaceAll("\\s", ""))
        .as("names, wherever their lines break")
        .contains("/some/<script>alert(1)<\\u202e\\x1b'\"");
  }

  /** The schema of OASIS, as a package of npm has it. */
  @Test
  void sarifFollowsItsSchema() {
    Programs.output(
        "/usr/bin/python3",
        "-c",
        """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        log = json.load(open(sys.argv[2]))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.Draft7Validator(schema).validate(log)
        results = log["runs"][0]["results"]
        assert len(results) >= 5, results
        assert {r["baselineState"] for r in results} == {"new", "unchanged", "absent"}
        """,
        ROOM.resolve("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"),
        REPORTS.resolve("some.sarif"));
  }

  @Test
  void everyFixtureCanBeReported() {
    Stream<Path> all =
        Stream.concat(Fixtures.foreign().stream(), Fixtures.programs().stream())
            .map(fixture -> fixture.path());
    JsonObject report =
        JsonParser.parseString(Cli.ok("report", "--json", all.toList()).out()).getAsJsonObject();
    for (JsonElement program : report.getAsJsonArray("programs")) {
      assertThat(program.getAsJsonObject().get("status").getAsString()).isEqualTo("not-hard-wired");
    }
  }
}
