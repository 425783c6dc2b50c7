package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.JsonSchema;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands print with {@code --json} has its schema, and says what their text says. */
@Tag("system")
class JsonOutputTest {
  private static final String POLICY =
      """
      version: 1
      default: allow
      rules:
        - errno EACCES: [uname]
          because: "nobody asks"
      phases:
        - name: work
          at: {first-call-of: read}
          default: kill-process
          rules:
            - allow: [read, write, exit_group]
      """;

  @TempDir private Path folder;
  private Path policy;

  @BeforeEach
  void write() throws IOException {
    policy = Files.writeString(folder.resolve("p.yaml"), POLICY);
  }

  private JsonObject object(String definition, Outcome outcome) throws IOException {
    return JsonSchema.validated("policy", definition, outcome.out()).getAsJsonObject();
  }

  private JsonArray array(String definition, Outcome outcome) throws IOException {
    return JsonSchema.validated("policy", definition, outcome.out()).getAsJsonArray();
  }

  @Test
  void explain() throws IOException {
    JsonArray rows =
        array("explain", Cli.ok("policy", "explain", "--json", policy, "uname", "getpid"));
    JsonObject uname = rows.get(1).getAsJsonObject();
    assertThat(uname.get("call").getAsString()).isEqualTo("uname");
    assertThat(uname.get("decision").getAsString()).isEqualTo("errno EACCES");
    assertThat(uname.get("because").getAsString()).isEqualTo("nobody asks");
    assertThat(rows.get(0).getAsJsonObject().get("because").isJsonNull()).isTrue();
  }

  @Test
  void explainOfAHardWiredFile() throws IOException {
    Path out = folder.resolve("out");
    Cli.ok("patch", "--deny", "uname", "-o", out, "/bin/true");
    JsonArray rows = array("explain", Cli.ok("policy", "explain", "--json", out, "uname"));
    assertThat(rows.get(0).getAsJsonObject().get("decision").getAsString())
        .isEqualTo("kill-process");
  }

  @Test
  void diff() throws IOException {
    Path other =
        Files.writeString(
            folder.resolve("other.yaml"),
            POLICY.replace("EACCES", "EPERM").replace("write, ", "") + "limits: {core: 0}\n");
    Outcome outcome = Cli.run("policy", "diff", "--json", policy, other);
    assertThat(outcome.status()).isEqualTo(5);
    JsonObject diff = object("diff", outcome);
    assertThat(diff.get("equivalent").getAsBoolean()).isFalse();
    JsonObject call = diff.getAsJsonArray("calls").get(0).getAsJsonObject();
    assertThat(call.get("call").getAsString()).isEqualTo("uname");
    assertThat(call.get("first").getAsString()).isEqualTo("errno EACCES");
    assertThat(call.get("second").getAsString()).isEqualTo("errno EPERM");
    assertThat(diff.getAsJsonArray("restrictions")).hasSize(1);
    JsonObject phase = diff.getAsJsonArray("phases").get(0).getAsJsonObject();
    assertThat(phase.getAsJsonArray("calls")).isNotEmpty();
    assertThat(phase.get("second").getAsString()).isEqualTo("work");
    assertThat(
            object("diff", Cli.ok("policy", "diff", "--json", policy, policy))
                .get("equivalent")
                .getAsBoolean())
        .isTrue();
  }

  @Test
  void size() throws IOException {
    JsonArray filters = array("size", Cli.ok("policy", "size", "--json", policy));
    assertThat(filters).hasSize(2);
    JsonObject start = filters.get(0).getAsJsonObject();
    int rule =
        start.getAsJsonArray("rules").get(0).getAsJsonObject().get("instructions").getAsInt();
    assertThat(rule)
        .isEqualTo(start.get("instructions").getAsInt() - start.get("withoutRules").getAsInt())
        .isPositive();
    assertThat(filters.get(1).getAsJsonObject().get("phase").getAsString()).isEqualTo("work");
  }

  @Test
  void tables() throws IOException {
    Path table =
        Files.writeString(
            folder.resolve("table"), "uname -> errno EACCES\nphase work:\nuname -> allow\n");
    Outcome outcome = Cli.run("policy", "test", "--json", policy, table);
    assertThat(outcome.status()).isEqualTo(5);
    JsonObject result = object("test", outcome);
    assertThat(result.get("calls").getAsInt()).isEqualTo(2);
    JsonObject failed = result.getAsJsonArray("failed").get(0).getAsJsonObject();
    assertThat(failed.get("phase").getAsString()).isEqualTo("work");
    assertThat(failed.get("actual").getAsString()).isEqualTo("kill-process");
  }

  @Test
  void check() throws IOException {
    JsonObject checked = object("check", Cli.ok("policy", "check", "--json", policy));
    assertThat(checked.getAsJsonArray("warnings")).isEmpty();
    assertThat(checked.getAsJsonArray("filters")).hasSize(2);
    Files.writeString(policy, POLICY.replace("write, ", ""));
    assertThat(
            object("check", Cli.ok("policy", "check", "--json", policy)).getAsJsonArray("warnings"))
        .isNotEmpty();
    Outcome strict = Cli.run("policy", "check", "--strict", "--json", policy);
    assertThat(strict.status()).isEqualTo(4);
    assertThat(strict.out()).isEmpty();
  }

  @Test
  void presets() throws IOException {
    JsonArray presets = array("presets", Cli.ok("policy", "presets", "--json"));
    assertThat(presets).hasSize((int) Cli.ok("policy", "presets").out().lines().count());
    assertThat(Cli.run("policy", "presets", "--json", "no-exec").status()).isEqualTo(2);
  }

  @Test
  void emulate() throws IOException {
    JsonArray calls =
        array("emulate", Cli.ok("emulate", "--json", "--policy", policy, "uname", "read"));
    JsonObject uname = calls.get(0).getAsJsonObject();
    assertThat(uname.get("action").getAsString()).isEqualTo("errno EACCES");
    JsonObject phase = uname.getAsJsonArray("phases").get(0).getAsJsonObject();
    assertThat(phase.get("action").getAsString()).isEqualTo("kill-process");
    assertThat(phase.get("instructions").getAsInt())
        .isGreaterThan(uname.get("instructions").getAsInt());
  }

  @Test
  void disassemble() throws IOException {
    Path once = folder.resolve("once");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--deny", "uname", "-o", once, "/bin/true");
    Cli.ok("patch", "--deny", "ptrace", "--stack", "-o", twice, once);
    JsonArray filters =
        JsonParser.parseString(Cli.ok("disasm", "--json", twice).out()).getAsJsonArray();
    for (JsonElement filter : filters) {
      JsonSchema.validated("filter", filter.toString());
    }
    assertThat(filters).hasSize(2);
    assertThat(filters.get(1).getAsJsonObject().get("label").getAsString()).isEqualTo("layer 2");
  }

  @Test
  void inspect() throws IOException {
    Path out = folder.resolve("out");
    Cli.ok("patch", "--deny", "uname", "-o", out, "/bin/true");
    String json = Cli.ok("inspect", "--json", out).out();
    JsonArray files = JsonSchema.validated("inspect", json).getAsJsonArray();
    assertThat(files.get(0).getAsJsonObject().getAsJsonArray("layers")).hasSize(1);
  }

  @Test
  void derive() throws IOException {
    Path out = folder.resolve("derived.yaml");
    String json =
        CommandLoop.shared().run("derive", "--json", "-o", out, "/usr/bin/true").succeeds().out();
    JsonObject derived = JsonSchema.validated("learn", "derive", json).getAsJsonObject();
    assertThat(derived.get("complete").getAsBoolean()).isTrue();
    assertThat(derived.getAsJsonArray("files")).hasSizeGreaterThan(1);
    String text = Files.readString(out);
    derived
        .getAsJsonArray("calls")
        .forEach(
            call -> assertThat(text).contains(call.getAsJsonObject().get("name").getAsString()));
  }

  @Test
  void learn() throws IOException {
    Path log =
        Files.writeString(
            folder.resolve("log"),
            """
            execve("/bin/x", ["x"], 0x7ffc /* 1 var */) = 0
            uname({sysname="Linux", ...}) = 0
            getppid() = 1
            exit_group(0) = ?
            """);
    Path out = folder.resolve("learned.yaml");
    String json = Cli.ok("learn", "--whole", "--json", "-o", out, log).out();
    JsonObject learned = JsonSchema.validated("learn", "learn", json).getAsJsonObject();
    assertThat(learned.get("different").getAsInt()).isEqualTo(3);
    assertThat(learned.getAsJsonArray("calls").toString()).contains("\"getppid\"");
    assertThat(Files.readString(out)).contains("getppid");
    assertThat(Cli.ok("learn", "--whole", "--json", log).out()).isEqualTo(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy explain --json --format svg %s",
        "policy diff --json --format dot %s %s",
        "derive --json --explain write /usr/bin/true",
        "derive --json --output-dir / /usr/bin/true",
      })
  void otherFormsOfOutputAreRefused(String line) {
    Object[] words = line.replace("%s", policy.toString()).split(" ");
    Outcome outcome = Cli.run(words);
    assertThat(outcome.status()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err()).contains("--json").contains("cannot be used together");
  }
}
