package dev.hardwire.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bills of materials, which Debian's library for CycloneDX validates. */
@Tag("system")
class CycloneDxTest {
  private static final String VALIDATE =
      """
      import sys
      from cyclonedx.validation.json import JsonStrictValidator
      from cyclonedx.schema import SchemaVersion
      validator = JsonStrictValidator(SchemaVersion.V1_6)
      for name in sys.argv[1:]:
          print("wrong" if validator.validate_str(open(name).read()) else "good")
      """;

  @TempDir Path folder;

  private static String sha256(Path file) {
    return Programs.output("sha256sum", file).substring(0, 64);
  }

  /** What is said of each document. */
  private static List<String> validated(Path... documents) {
    return Programs.output("/usr/bin/python3", "-c", VALIDATE, List.of(documents)).lines().toList();
  }

  /** The properties of a component; several values of one name are lines. */
  private static Map<String, String> properties(JsonObject component) {
    Map<String, String> properties = new TreeMap<>();
    for (JsonElement element : component.getAsJsonArray("properties")) {
      JsonObject property = element.getAsJsonObject();
      properties.merge(
          property.get("name").getAsString(),
          property.get("value").getAsString(),
          (a, b) -> a + "\n" + b);
    }
    return properties;
  }

  @Test
  void theDigestIsThatOfTheProgramEvenIfNamesLookTheSame() throws IOException {
    String script =
        "cd \"$1\" && cp /usr/bin/true \"$(printf 'x\\376')\" && cp /usr/bin/id \"$(printf"
            + " 'x\\377')\"";
    Programs.run("sh", "-c", script, "sh", folder).succeeds();
    List<String> names = new ArrayList<>();
    List<String> digests = new ArrayList<>();
    String text = Cli.ok("report", "--cyclonedx", folder).out();
    for (JsonElement element :
        JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("components")) {
      JsonObject component = element.getAsJsonObject();
      names.add(component.get("name").getAsString());
      JsonObject hash = component.getAsJsonArray("hashes").get(0).getAsJsonObject();
      digests.add(hash.get("content").getAsString());
    }
    assertThat(digests)
        .containsExactlyInAnyOrder(
            sha256(Path.of("/usr/bin/true")), sha256(Path.of("/usr/bin/id")));
    assertThat(names.get(0)).isEqualTo(names.get(1));
  }

  @Test
  void aComponentForEachProgramFollowsTheSchema() throws IOException {
    Path plain = Fixtures.named("gcc-pie").path();
    Path policy =
        Files.writeString(
            folder.resolve("p.yaml"),
            "version: 1\nname: \"<script>\"\ndefault: allow\nrules:\n  - errno EPERM: [ptrace]\n");
    Path wired = folder.resolve("wi\u202ered");
    Path twice = folder.resolve("twice");
    Cli.ok("patch", "--policy", policy, "-o", wired, plain);
    Cli.ok("patch", "--stack", "--preset", "no-exec", "-o", twice, wired);
    Path missing = folder.resolve("missing");
    Path document = folder.resolve("bom.json");
    Outcome outcome =
        Cli.run(
            "report",
            "--cyclonedx",
            "--date",
            "2026-11-27T10:00:00Z",
            "-o",
            document,
            plain,
            wired,
            twice,
            missing);
    assertThat(outcome.status()).isEqualTo(6);
    assertThat(validated(document)).containsExactly("good");
    JsonObject bom = JsonParser.parseString(Files.readString(document)).getAsJsonObject();
    List<JsonObject> components = new ArrayList<>();
    bom.getAsJsonArray("components").forEach(one -> components.add(one.getAsJsonObject()));
    assertThat(components).hasSize(4);
    for (JsonObject component : components) {
      Path file = Path.of(component.get("name").getAsString());
      boolean isRead = !file.equals(missing);
      assertThat(component.has("hashes")).isEqualTo(isRead);
      if (isRead) {
        assertThat(component.getAsJsonArray("hashes").get(0))
            .hasToString("{\"alg\":\"SHA-256\",\"content\":\"%s\"}".formatted(sha256(file)));
      }
    }
    Map<Path, Map<String, String>> all = new TreeMap<>();
    components.forEach(one -> all.put(Path.of(one.get("name").getAsString()), properties(one)));
    assertThat(all.get(plain)).containsEntry("hardwire:status", "not-hard-wired");
    assertThat(all.get(missing)).containsEntry("hardwire:status", "unreadable");
    assertThat(all.get(wired))
        .containsEntry("hardwire:status", "confined")
        .containsEntry("hardwire:policy:name", "<script>")
        .containsEntry("hardwire:policy:proven", "true")
        .containsEntry("hardwire:policy:hook", "init")
        .containsEntry("hardwire:proof", "linked")
        .containsEntry("hardwire:grade", "E")
        .containsEntry("hardwire:hardening:pie", "yes")
        .containsEntry("hardwire:library", "libc.so.6")
        .containsEntry("hardwire:calls:denied", "1");
    assertThat(all.get(wired).get("hardwire:policy:text")).contains("errno EPERM: [ptrace]");
    assertThat(all.get(twice).get("hardwire:policy:name")).isEqualTo("no-exec\n<script>");
    String ancestor =
        "{\"type\":\"application\",\"name\":\"%s\",\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"%s\"}]}";
    for (JsonObject component : components) {
      if (component.has("pedigree")) {
        JsonElement first =
            component.getAsJsonObject("pedigree").getAsJsonArray("ancestors").get(0);
        assertThat(first)
            .hasToString(ancestor.formatted(component.get("name").getAsString(), sha256(plain)));
      }
    }
  }

  @Test
  void theValidatorFindsWhatIsWrong() throws IOException {
    Path plain = Fixtures.named("gcc-pie").path();
    String good = Cli.ok("report", "--cyclonedx", plain).out();
    assertThat(
            validated(
                Files.writeString(folder.resolve("1.json"), good),
                Files.writeString(folder.resolve("2.json"), good.replace("SHA-256", "MD")),
                Files.writeString(folder.resolve("3.json"), good.replace("hashes", "hash"))))
        .containsExactly("good", "wrong", "wrong");
  }
}
