package dev.hardwire.report;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code report} on real programs. */
@Tag("system")
class ReportCommandTest {
  private static final String POLICY =
      """
      version: 1
      name: "<b>web</b> tool"
      default: allow
      rules:
        - kill-process: [execve, execveat]
          because: "it </script> never starts programs"
        - errno EACCES: [socket]
          when: family != AF_UNIX
      landlock:
        read: [/usr]
      """;

  @TempDir static Path made;
  private static Path plain;
  private static Path patched;

  /** A process with little memory and a date. */
  private static CommandLoop process;

  @TempDir Path folder;
  private Path wired;

  @BeforeAll
  static void patch() throws IOException {
    plain = made.resolve("gcc-pie");
    Files.copy(Fixtures.named("gcc-pie").path(), plain, StandardCopyOption.COPY_ATTRIBUTES);
    noPackages(made);
    patched = made.resolve("wired");
    Path policy = Files.writeString(made.resolve("policy.yaml"), POLICY);
    Cli.ok("patch", "--policy", policy, "-o", patched, plain);
    process = new CommandLoop(cli -> cli.heap(1000).under("env", "SOURCE_DATE_EPOCH=1767225600"));
  }

  @AfterAll
  static void end() {
    process.close();
  }

  /** So the lists of the machine, which are long, are not those of the files of a test. */
  private static void noPackages(Path root) throws IOException {
    Files.createDirectories(root.resolve("var/lib/dpkg/info"));
  }

  /** Each test may change its own copy. */
  @BeforeEach
  void copy() throws IOException {
    noPackages(folder);
    Files.writeString(folder.resolve("policy.yaml"), POLICY);
    wired = Files.copy(patched, folder.resolve("wired"), StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static String report(Object... args) {
    return Cli.ok("report", Programs.strings(args)).isQuiet().out();
  }

  private static JsonObject json(Object... args) {
    return JsonParser.parseString(report("--json", Programs.strings(args))).getAsJsonObject();
  }

  private static List<String> texts(JsonObject object, String array, String member) {
    List<String> texts = new ArrayList<>();
    for (JsonElement one : object.getAsJsonArray(array)) {
      texts.add(one.getAsJsonObject().get(member).getAsString());
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource({
    "report.csv,      --csv",
    "Report.CSV,      --csv",
    "report.json,     --json",
    "report.sarif,    --sarif",
    "r.sarif.json,    --sarif",
    "report.cdx.json, --cyclonedx",
    "report.db,       --sqlite",
    "report.sqlite,   --sqlite",
    "report.html,     --json=false",
    "report.txt,      --json=false",
    "csv,             --json=false",
  })
  void theEndingOfTheNameSaysTheFormat(String name, String option) throws IOException {
    Path file = folder.resolve(name);
    Path other = folder.resolve("other");
    report("-o", file, wired);
    report(option, "-o", other, wired);
    assertThat(file).has(sameBytesAs(other));
    report("--csv", "-o", file, wired); // whatever the name is
    assertThat(file).content().startsWith("program,");
  }

  @Test
  void aPageAboutOneProgramSaysAllOfIt() {
    String page = report(wired);
    assertThat(page)
        .startsWith("<!DOCTYPE html>\n<html lang=\"en\">")
        .contains("default-src &#39;none&#39;; script-src &#39;sha256-")
        .contains("This program confines itself. That is proven from its bytes.")
        .contains("after the constructors of its libraries, before its own first constructor")
        .contains("<li>start other programs</li>")
        .contains("&lt;b&gt;web&lt;/b&gt; tool")
        .contains("it &lt;/script&gt; never starts programs")
        .contains("nr = 59 (execve)", "read /usr", "landlock_restrict_self", ".text.hardwire")
        .contains("patch-record", "hardwire restore --in-place ")
        .doesNotContain("<b>web", "http://", "https://", "style=\"", "src=\"");
    assertThat(page.split("<script>", -1)).hasSize(2);
    assertThat(page.split("<style>", -1)).hasSize(3);
  }

  @Test
  void theSameInputGivesTheSameBytes() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (String name : List.of("c", "a", "b")) {
      Files.copy(wired, tree.resolve(name));
    }
    for (String format : List.of("--json", "--sarif", "--csv", "--cyclonedx", "-o-")) {
      String one = report(format, "-j", "1", tree);
      assertThat(report(format, "-j", "4", tree)).isEqualTo(one);
      assertThat(one).doesNotContain("2026-");
      assertThat(report(format, "--date", "2026-11-27T10:00:00Z", wired).contains("2026-11-27T10"))
          .isEqualTo(!format.equals("--csv"));
    }
    assertThat(texts(json(tree.resolve("c"), tree.resolve("a"), tree), "programs", "file"))
        .isEqualTo(Stream.of("a", "b", "c").map(name -> tree.resolve(name).toString()).toList());
  }

  @Test
  void theDateComesFromTheEnvironment() {
    Outcome outcome = process.run("report", "--json", wired);
    assertThat(outcome.succeeds().out()).contains("\"date\": \"2026-01-01T00:00:00Z\"");
  }

  @Test
  void everyStatusIsToldAndWhatIsNotConfinedComesFirst() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.copy(wired, tree.resolve("a-confined"));
    Files.copy(plain, tree.resolve("b-plain"));
    Cli.run("patch", "--deny", "", "-o", tree.resolve("c-free"), plain);
    byte[] damaged = Files.readAllBytes(wired);
    damaged[damaged.length / 2] ^= 1;
    Files.write(tree.resolve("d-damaged"), damaged);
    Files.writeString(tree.resolve("e-text"), "no program");
    Path gone = folder.resolve("gone");
    Outcome outcome = Cli.run("report", "--json", tree, gone);
    outcome.fails(6, "hardwire: " + gone + ": no such file or directory");
    JsonObject report = JsonParser.parseString(outcome.out()).getAsJsonObject();
    assertThat(texts(report, "programs", "status"))
        .containsExactly("unreadable", "confined", "not-hard-wired", "enforces-nothing", "changed");
    String page = Cli.run("report", tree, gone).out();
    String rows = page.substring(page.indexOf("id=\"table\""));
    assertThat(
            Pattern.compile("<tr data-status=\"([a-z-]+)\"")
                .matcher(rows)
                .results()
                .map((MatchResult row) -> row.group(1)))
        .containsExactly("changed", "unreadable", "enforces-nothing", "not-hard-wired", "confined");
    assertThat(page).contains("4 of 5 programs are not proven to be confined.");
    String csv = Cli.run("report", "--csv", tree, gone).out();
    assertThat(csv.lines()).hasSize(6);
    assertThat(csv)
        .contains("/b-plain,,not hard-wired,,,", "/a-confined,,confined,<b>web</b> tool,");
  }

  @Test
  void csvSaysWhatTheProofRestsOnAndWhereItIsInstalled() {
    List<String> lines = report("--csv", wired).lines().toList();
    List<String> head = List.of(lines.get(0).split(",", -1));
    assertThat(head)
        .endsWith("libraries", "layer", "accepted findings", "SHA-256")
        .contains("hook", "proof", "grade");
    String digest = Programs.output("sha256sum", wired).substring(0, 64);
    assertThat(lines.get(1))
        .contains(",init,")
        .endsWith(",linked,D,partial,no,yes,yes,no,libc.so.6,,," + digest);
  }

  /** What is not closed decides, not that there is a policy. */
  @Test
  void gradesFollowWhatAProgramCanStillDo() throws IOException {
    Path tight = folder.resolve("tight");
    Path policy =
        Files.writeString(
            folder.resolve("tight.yaml"),
            """
            version: 1
            name: tight
            default: kill-process
            rules: [{allow: [read, write, exit, exit_group, brk, fstat]}]
            """);
    Cli.ok("patch", "--policy", policy, "-o", tight, plain);
    Path loose = folder.resolve("loose");
    Cli.ok("patch", "--preset", "no-exec", "-o", loose, plain);
    JsonArray programs = json(loose, plain, tight).getAsJsonArray("programs");
    List<String> grades = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (JsonElement one : programs) {
      JsonObject program = one.getAsJsonObject();
      JsonObject grade = program.getAsJsonObject("grade");
      String name = Path.of(program.get("file").getAsString()).getFileName().toString();
      grades.add(name + " " + grade.get("letter").getAsString());
      for (JsonElement reason : grade.getAsJsonArray("reasons")) {
        JsonObject row = reason.getAsJsonObject();
        reasons.add(
            name + ": " + row.get("area").getAsString() + ": " + row.get("can").getAsString());
      }
    }
    assertThat(grades).containsExactlyInAnyOrder("loose E", "gcc-pie F", "tight A");
    assertThat(reasons)
        .contains("loose: start other programs: no", "loose: use the network: yes")
        .contains("tight: make new code: no", "tight: open files: no")
        .contains("gcc-pie: everything that its user may do: yes");
  }

  /** The words of checksec, for programs that are built with and without each protection. */
  @Test
  void hardeningIsReadAsCheckSecReadsIt() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("h.c"),
            """
            #include <stdio.h>
            #include <string.h>
            int main(int count, char **words) {
              char text[64];
              strcpy(text, words[count - 1]);
              return puts(text) < 0;
            }
            """);
    String all = "-O2 -fstack-protector-all -D_FORTIFY_SOURCE=2 -pie -fPIE -Wl,-z,relro,-z,now";
    String none = "-O0 -fno-stack-protector -U_FORTIFY_SOURCE -no-pie -Wl,-z,norelro -z execstack";
    assertThat(hardening(source, all)).isEqualTo("full yes yes yes yes");
    assertThat(hardening(source, none)).isEqualTo("no no no no no");
    assertThat(hardening(source, all.replace("-z,now", "-z,lazy")))
        .isEqualTo("partial yes yes yes yes");
    assertThat(hardening(source, "-shared -fPIC -O0 -fno-stack-protector -Wl,-z,relro,-z,now"))
        .isEqualTo("full no yes dso no");
    assertThat(hardening(source, "-static -s")).endsWith("unknown yes no unknown");
    assertThat(hardening(source, "-static -fno-stack-protector")).endsWith("yes yes no unknown");
  }

  private String hardening(Path source, String flags) {
    Path program = folder.resolve("h");
    Programs.output("sh", "-c", "gcc -w " + flags + " -o \"$1\" \"$2\"", "sh", program, source);
    JsonObject found =
        json(program)
            .getAsJsonArray("programs")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("hardening");
    String theirs =
        Programs.output("checksec", "--file=" + program, "--output=json").replaceAll("\\s", "");
    List<String> all = new ArrayList<>();
    for (String name : List.of("relro", "canary", "nx", "pie", "fortify")) {
      String ours = found.get(name).getAsString();
      String same = ours.equals("unknown") ? "no" : ours; // checksec has one word for both
      assertThat(theirs)
          .as(flags)
          .contains("\"%s\":\"%s\"".formatted(name.replace("ify", "ify_source"), same));
      all.add(ours);
    }
    return String.join(" ", all);
  }

  /** A damaged file that was never patched was not tampered with, and a foreign one is no error. */
  @Test
  void whatWasNeverPatchedWasNotChanged() throws IOException {
    byte[] foreign = Files.readAllBytes(plain);
    foreign[18] = 8; // EM_MIPS
    byte[] disguised = Files.readAllBytes(wired);
    disguised[18] = 8;
    byte[] damaged = Files.readAllBytes(plain);
    damaged[32] ^= 0x40; // e_phoff
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.write(tree.resolve("a-foreign"), foreign);
    Files.write(tree.resolve("b-disguised"), disguised);
    Files.write(tree.resolve("c-damaged"), damaged);
    JsonObject report = json(tree);
    assertThat(texts(report, "programs", "status"))
        .containsExactly("unsupported", "changed", "unreadable");
    assertThat(report.getAsJsonArray("programs").get(0).toString())
        .contains("The program is for a machine that Hardwire does not support.")
        .contains("\"level\":\"note\"");
    Outcome verified = Cli.run("verify", "--allow-unsigned", tree);
    assertThat(verified.endsWith(5).out())
        .contains("unsupported architecture      " + tree.resolve("a-foreign") + "\n")
        .contains("changed since it was patched  " + tree.resolve("b-disguised") + "  elf: ")
        .endsWith(
            "3 files: confined 0, changed since it was patched 1, not readable 1, unsupported"
                + " architecture 1; signed 0\n");
  }

  @Test
  void everyFailedCheckHasASentence() throws IOException {
    byte[] changed = Files.readAllBytes(wired);
    changed[changed.length / 2] ^= 1;
    Files.write(wired, changed);
    JsonObject program = json(wired).getAsJsonArray("programs").get(0).getAsJsonObject();
    JsonObject finding = program.getAsJsonArray("findings").get(0).getAsJsonObject();
    assertThat(finding.get("rule").getAsString()).isEqualTo("changed");
    assertThat(finding.get("message").getAsString())
        .isEqualTo("Bytes of the program were changed after it was patched.");
    assertThat(finding.getAsJsonArray("details").get(0).getAsString()).startsWith("patch-record: ");
    assertThat(report(wired))
        .contains("Do not run it.", "hardwire verify " + wired)
        .doesNotContain("failed:");
  }

  @Test
  void namesOfFilesAreText() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    String name = "<script>alert(1)<\n\u001b[31m\u202e=\"'&";
    Files.copy(wired, tree.resolve(name));
    Files.copy(wired, tree.resolve("x".repeat(255)));
    for (List<String> options : List.of(List.of("-o-"), List.of("--json"), List.of("--sarif"))) {
      String text = report(options, tree);
      assertThat(text).doesNotContain("\u001b", "\u202e");
      if (options.equals(List.of("-o-"))) {
        assertThat(text).doesNotContain("<script>alert");
      } else {
        assertThat(JsonParser.parseString(text).isJsonObject()).isTrue();
      }
    }
    assertThat(report(tree))
        .contains("&lt;script&gt;alert(1)&lt;\\n\\x1b[31m\\u202e=&quot;&#39;&amp;");
    assertThat(texts(json(tree), "programs", "file")).contains(tree.resolve(name).toString());
    assertThat(report("--csv", tree).lines()).hasSize(3);
  }

  @Test
  void jsonFollowsItsSchema() throws IOException {
    Path stacked = folder.resolve("stacked");
    Cli.ok("patch", "--stack", "--deny", "ptrace", "-o", stacked, wired);
    Path needed = folder.resolve("needed");
    Cli.ok(
        "patch",
        "--mode",
        "needed",
        "--library",
        "/opt/none.so",
        "--deny",
        "ptrace",
        "-o",
        needed,
        plain);
    Path policy =
        Files.writeString(
            folder.resolve("phases.yaml"),
            """
            version: 1
            name: later
            default: allow
            rules: [{kill-process: [reboot]}]
            phases: [{name: work, at: main, default: allow, rules: [{kill-process: [ptrace]}]}]
            """);
    Path phased = folder.resolve("phased");
    Cli.ok("patch", "--policy", policy, "-o", phased, plain);
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", wired));
    Path file = folder.resolve("report.json");
    report("--json", "-o", file, "--compare", old, wired, plain, stacked, needed, phased);
    Programs.output(
        "/usr/bin/python3",
        "-c",
        """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        report = json.load(open(sys.argv[2]))
        jsonschema.validate(report, schema)
        programs = {p["file"].split("/")[-1]: p for p in report["programs"]}
        assert programs["stacked"]["policy"] != programs["wired"]["policy"]
        assert [p["hook"] for p in programs["stacked"]["patches"]] == ["init", "init"]
        assert programs["needed"]["status"] == "library-unchecked"
        assert len(report["comparison"]["changes"]) == 4
        """,
        Path.of("../docs/report.schema.json").toAbsolutePath(),
        file);
  }

  @Test
  void sarifHasTheFindingsAndTheirState() throws IOException {
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", wired, plain));
    byte[] damaged = Files.readAllBytes(wired);
    damaged[damaged.length / 2] ^= 1;
    Files.write(wired, damaged);
    JsonObject sarif =
        JsonParser.parseString(report("--sarif", "--compare", old, wired, plain)).getAsJsonObject();
    JsonObject run = sarif.getAsJsonArray("runs").get(0).getAsJsonObject();
    JsonArray rules = run.getAsJsonObject("tool").getAsJsonObject("driver").getAsJsonArray("rules");
    List<String> states = new ArrayList<>();
    for (JsonElement one : run.getAsJsonArray("results")) {
      JsonObject result = one.getAsJsonObject();
      String id = result.get("ruleId").getAsString();
      JsonObject rule = rules.get(result.get("ruleIndex").getAsInt()).getAsJsonObject();
      assertThat(rule.get("id").getAsString()).isEqualTo(id);
      states.add(id + " " + result.get("baselineState").getAsString());
    }
    assertThat(states).contains("not-hard-wired unchanged", "changed new", "risky-calls absent");
  }

  @Test
  void whatChangedSinceAnEarlierReportIsTold() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (String name : List.of("gone", "looser", "same", "unpatched")) {
      Files.copy(wired, tree.resolve(name));
    }
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", tree));
    Files.delete(tree.resolve("gone"));
    Cli.ok("restore", "--in-place", tree.resolve("unpatched"));
    Path policy = Files.writeString(folder.resolve("p.yaml"), POLICY.replace(", execveat", ""));
    Cli.run("patch", "--replace", "--policy", policy, "--in-place", tree.resolve("looser"));
    Files.copy(plain, tree.resolve("new"));
    JsonObject comparison = json("--compare", old, tree).getAsJsonObject("comparison");
    assertThat(
            comparison
                .getAsJsonArray("changes")
                .toString()
                .replace(tree + "/", "")
                .replaceAll("\"its SHA-256 was \\w+, and is \\w+\"", ""))
        .isEqualTo(
            """
            [{"file":"gone","kind":"no longer there","worse":false,"details":["it was confined"],\
            "more":[]},\
            {"file":"looser","kind":"changed","worse":true,"details":\
            ["the same program was patched, signed or restored anew",\
            "risky calls allowed now: execveat"],"more":[]},\
            {"file":"new","kind":"new program","worse":true,"details":["it is not hard-wired"],\
            "more":[]},\
            {"file":"unpatched","kind":"changed","worse":true,"details":\
            ["it was confined, and is not hard-wired",\
            "the same program was patched, signed or restored anew"],"more":[]}]\
            """);
    assertThat(report("--compare", old, tree))
        .contains("What changed since ", "risky calls allowed now: execveat")
        .contains("3 are less confined than before, or new and not confined.");
  }

  /** Programs are compared by their bytes, too: a policy says nothing about what it confines. */
  @Test
  void anotherProgramUnderTheSamePolicyIsAChange() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.copy(wired, tree.resolve("swapped"));
    Files.copy(plain, tree.resolve("before"));
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", tree));
    Cli.ok(
        "patch",
        "--policy",
        folder.resolve("policy.yaml"),
        "-o",
        tree.resolve("swapped"),
        Path.of("/usr/bin/true"));
    Files.move(tree.resolve("before"), tree.resolve("moved"));
    JsonArray changes =
        json("--compare", old, tree).getAsJsonObject("comparison").getAsJsonArray("changes");
    assertThat(changes).hasSize(2);
    assertThat(changes.get(0).toString())
        .contains("\"kind\":\"moved\"", "it was " + tree.resolve("before"));
    assertThat(changes.get(1).toString())
        .contains("\"kind\":\"another program\"")
        .contains("its bytes are those of another program than before")
        .contains("its SHA-256 was ");
  }

  @Test
  void otherCallsThanRiskyOnesAreCountedAndListedBehind() throws IOException {
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", wired));
    Path policy =
        Files.writeString(
            folder.resolve("p.yaml"),
            POLICY.replace("[execve, execveat]", "[uname, sysinfo, execve, execveat, ptrace]"));
    Cli.ok("patch", "--replace", "--policy", policy, "--in-place", wired);
    JsonObject change =
        json("--compare", old, wired)
            .getAsJsonObject("comparison")
            .getAsJsonArray("changes")
            .get(0)
            .getAsJsonObject();
    assertThat(change.getAsJsonArray("details").toString())
        .contains("\"risky calls no longer allowed, or for fewer arguments: ptrace\"")
        .contains("\"other calls no longer allowed, or for fewer arguments: 2\"");
    assertThat(change.getAsJsonArray("more").toString()).contains("sysinfo; uname");
  }

  @Test
  void theReportSaysWhatItIsAbout() throws IOException {
    Path key = folder.resolve("key.pem");
    Path root = folder.resolve("root.pem");
    Programs.output(
        "openssl",
        List.of("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        List.of("-nodes", "-subj", "/CN=Trusted <root>", "-days", "2"),
        List.of("-keyout", key, "-out", root));
    JsonObject scope =
        json("--trust", root, "--require-signer", "vendor", "--host", "h<1>", wired)
            .getAsJsonObject("scope");
    assertThat(scope.toString())
        .contains("\"inputs\":[\"" + wired + "\"],\"host\":\"h<1>\"")
        .contains("CN=Trusted \\\\<root\\\\>, SHA-256 ")
        .contains("a signature by vendor");
    assertThat(json(wired).getAsJsonObject("scope").get("host").getAsString())
        .isEqualTo(Programs.output("uname", "-n").strip());
    assertThat(json("--host", "", wired).getAsJsonObject("scope").get("host").isJsonNull())
        .isTrue();
  }

  @Test
  void pipelinesFailForFindingsThatNobodyHasAccepted() throws IOException {
    assertThat(Cli.ok("report", "--json", plain).status()).isZero();
    Outcome failed = Cli.run("report", "--json", "--fail-on", "warning", plain, wired);
    failed.fails(5, "hardwire: 1 finding of --fail-on warning");
    assertThat(failed.out()).contains("\"not-hard-wired\": 1");
    Cli.ok("report", "--fail-on", "error", "-o", folder.resolve("r.html"), plain, wired);
    Cli.ok("report", "--fail-on", "changed,unsigned", "-o", folder.resolve("r.html"), plain);
    Cli.run("report", "--fail-on", "note", wired).fails(5, "1 finding of --fail-on note");
    Cli.run("report", "--fail-on", "risky", plain).fails(2, "\"risky\" is none of error, warning");
    String waivers =
        """
        version: 1
        waivers:
          - finding: not-hard-wired
            programs: ["%s"]
            reason: "the vendor patches it in version 4"
            until: 2027-01-31
        """;
    Path file = folder.resolve("waivers.yaml");
    Files.writeString(file, waivers.formatted(plain.getFileName()));
    List<Object> options =
        List.of("--fail-on", "warning", "--waivers", file, "--date", "2027-01-31T23:59:59Z");
    Outcome accepted = Cli.run("report", "--json", options, plain).succeeds();
    assertThat(accepted.out())
        .contains("\"warning\": 0", "\"accepted\": 1")
        .contains("accepted until 2027-01-31: the vendor patches it in version 4");
    assertThat(Cli.run("report", "--sarif", options, plain).out())
        .contains("\"suppressions\"", "\"justification\": \"the vendor patches it");
    Outcome over =
        Cli.run(
            "report",
            "--json",
            "--fail-on",
            "warning",
            "--waivers",
            file,
            "--date",
            "2027-02-01T00:00:00Z",
            plain);
    over.fails(5, "hardwire: warning: a waiver has ended: " + file + ":3:5: not-hard-wired");
    String digest = Programs.output("sha256sum", plain).substring(0, 64);
    Files.writeString(file, waivers.formatted("sha256:" + digest));
    Cli.run("report", "--json", options, plain).succeeds();
    Files.writeString(file, waivers.formatted("/elsewhere/**"));
    assertThat(Cli.run("report", "--json", options, plain).status()).isEqualTo(5);
  }

  @Test
  void wrongWaiversAreRefused() throws IOException {
    Path file = folder.resolve("waivers.yaml");
    String good =
        """
        version: 1
        waivers:
          - {finding: unsigned, programs: [a], reason: why, until: 2027-01-31}
        """;
    Files.writeString(file, good);
    Cli.ok("report", "--json", "--waivers", file, wired);
    for (String[] wrong :
        new String[][] {
          {"unsigned", "unsingned", "unknown finding \"unsingned\"; did you mean \"unsigned\""},
          {"2027-01-31", "2027-02-31", "until must be a day such as 2027-01-31"},
          {", reason: why", "", "\"reason\" is missing"},
          {"reason: why", "reason: ' '", "a waiver needs programs and a reason"},
          {"[a]", "['sha256:12']", "64 hexadecimal digits"},
          {"[a]", "['[']", "not a valid pattern"},
          {"version: 1", "version: 2", "this release reads version 1"},
        }) {
      Files.writeString(file, good.replace(wrong[0], wrong[1]));
      Cli.run("report", "--waivers", file, wired).fails(4, wrong[2]);
    }
  }

  @Test
  void aDirectoryGetsAPageForEachProgram() throws IOException {
    Path out = folder.resolve("out");
    report("-o", out + "/", wired, plain);
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "index.html",
              "program-1.html",
              "program-2.html",
              "report.csv",
              "report.json",
              "report.sarif");
    }
    assertThat(out.resolve("index.html"))
        .content()
        .contains("href=\"program-1.html\"", "href=\"program-2.html\"");
    assertThat(out.resolve("program-1.html")).content().contains("href=\"index.html\"");
    assertThat(report("--json", wired, plain))
        .isEqualTo(Files.readString(out.resolve("report.json")));
  }

  @Test
  void thePackageIsThatOfTheTreeWhichHasTheFile() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("root/usr/bin"));
    Files.copy(wired, bin.resolve("tool"));
    Files.copy(wired, bin.resolve("other"));
    Path lists = Files.createDirectories(folder.resolve("root/var/lib/dpkg/info"));
    Files.writeString(lists.resolve("tools:amd64.list"), "/.\n/bin/tool\n/usr\n");
    Files.writeString(lists.resolve("later.list"), "/usr/bin/elsewhere\n");
    Programs.output("mkfifo", lists.resolve("pipe.list"));
    Files.createSymbolicLink(lists.resolve("link.list"), Path.of("/dev/zero"));
    Files.createDirectory(lists.resolve("directory.list"));
    JsonArray programs = json(folder.resolve("root")).getAsJsonArray("programs");
    assertThat(programs.get(0).getAsJsonObject().get("package").isJsonNull()).isTrue();
    assertThat(programs.get(1).getAsJsonObject().get("package").getAsString())
        .isEqualTo("tools:amd64");
  }

  @Test
  void phasesAreTold() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("phases.yaml"),
            """
            version: 1
            name: server
            default: allow
            rules:
              - kill-process: [ptrace]
            phases:
              - name: "serve <i>"
                at: main
                default: allow
                rules:
                  - errno EPERM: [socket, execve, execveat]
            """);
    Path phased = folder.resolve("phased");
    Cli.ok("patch", "--policy", policy, "-o", phased, plain);
    assertThat(report(phased))
        .contains("From main on, the phase &quot;serve &lt;i&gt;&quot; takes more away.")
        .contains("Filter of the phase &quot;serve &lt;i&gt;&quot;", "less from main on");
    JsonObject phase =
        json(phased)
            .getAsJsonArray("policies")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("layers")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("phases")
            .get(0)
            .getAsJsonObject();
    assertThat(phase.get("moment").getAsString()).isEqualTo("main");
    assertThat(texts(phase, "calls", "call")).contains("socket", "execve").doesNotContain("read");
    Path old = Files.writeString(folder.resolve("old.json"), report("--json", phased));
    Files.writeString(policy, Files.readString(policy).replace("socket, ", ""));
    Cli.ok("patch", "--replace", "--policy", policy, "--in-place", phased);
    assertThat(report("--json", "--compare", old, phased))
        .contains("\"worse\": true", "phases gone: from main on (", "phases new: from main on (");
  }

  @Test
  void programsInPackagesAreReported() throws IOException {
    Path root = Files.createDirectories(folder.resolve("package/usr/bin")).getParent().getParent();
    Files.copy(wired, root.resolve("usr/bin/tool"));
    Files.writeString(
        Files.createDirectory(root.resolve("DEBIAN")).resolve("control"),
        """
        Package: demo
        Version: 1
        Architecture: amd64
        Maintainer: Nobody <nobody@example.org>
        Description: a test
        """);
    Path deb = folder.resolve("demo.deb");
    Programs.output("dpkg-deb", "-b", root, deb);
    JsonObject report = json(deb, plain);
    assertThat(report.toString()).contains("\"package\":\"demo\"");
    assertThat(texts(report, "programs", "file"))
        .contains(deb + ":/usr/bin/tool", plain.toString());
    assertThat(texts(report, "programs", "status"))
        .containsExactlyInAnyOrder("confined", "not-hard-wired");
  }

  @Test
  void wrongCommandLinesAreRefused() throws IOException {
    Cli.run("report", "--json", "--csv", wired).fails(2, "--json and --csv cannot");
    Cli.run("report", "-o", wired, wired).fails(2, "is what the report is about");
    Cli.run("report", "--csv", "-o", folder, wired).fails(2, "in all formats");
    Cli.run("report", "--date", "today", wired).fails(2, "\"today\" is not a time such as");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Cli.run("report", empty).fails(2, "there is no executable in the directories");
    byte[] before = Files.readAllBytes(wired);
    assertThat(Files.readAllBytes(wired)).isEqualTo(before);
  }

  @Test
  void whatIsNotAReportIsRefused() throws IOException {
    Path old = folder.resolve("old.json");
    String good = report("--json", wired);
    List<String> bad =
        List.of(
            "",
            "{",
            "[]",
            "null",
            "{\"format\":\"hardwire-report\"}",
            "\ufeff" + good,
            "[".repeat(100_000),
            good.replace("\"policy\": 0", "\"policy\": 7"),
            good.replace("\"allows\"", "\"denies\""),
            good.replace("\"level\": \"note\"", "\"level\": \"loud\""),
            good.replace("\"version\": 1", "\"version\": 2"));
    for (String text : bad) {
      Files.writeString(old, text);
      Outcome outcome = Cli.run("report", "--json", "--compare", old, wired);
      outcome.fails(6, "hardwire: " + old + ": not a report");
      assertThat(outcome.out()).isEmpty();
    }
  }

  @Test
  void anEarlierReportHasALimit() {
    Outcome outcome = process.run("report", "--json", "--compare", "/dev/zero", wired);
    outcome.fails(6, "hardwire: /dev/zero: larger than 256 MiB");
  }
}
