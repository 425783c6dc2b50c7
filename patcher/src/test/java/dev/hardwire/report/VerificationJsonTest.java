package dev.hardwire.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify --json} and {@code report --json} say the same of a file, in the same order. */
class VerificationJsonTest {
  @TempDir private Path folder;

  private Path patched(String name, Object... options) {
    Path file = folder.resolve(name);
    Cli.ok("patch", List.of(options), "-o", file, "/bin/uname");
    return file;
  }

  private static JsonElement json(Object... arguments) {
    return JsonParser.parseString(Cli.run(arguments).out());
  }

  @Test
  void reportsHoldWhatVerifyPrints() throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            version: 1
            name: some
            default: allow
            rules:
              - kill-process: [uname]
              - {errno EPERM: [unshare], when: unshare_flags != 0}
            limits: {open-files: 100}
            """);
    Path key = folder.resolve("key.pem");
    Path certificate = folder.resolve("certificate.pem");
    Programs.output(
        "sh",
        "-c",
        """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=signer \
          -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=codeSigning \
          -days 2 -keyout "$1" -out "$2"
        """,
        "sh",
        key,
        certificate);
    List<Path> files =
        List.of(
            patched("signed", "--policy", policy, "--key", key, "--cert", certificate),
            patched("needed", "--deny", "uname", "--mode", "needed", "--library", "libx.so"),
            patched("empty", "--deny", ""),
            Path.of("/bin/true"));
    JsonArray verified =
        json("verify", "--json", "--trust", certificate, "--allow-unsigned", files)
            .getAsJsonArray();
    JsonArray reported =
        json("report", "--json", "--trust", certificate, "--allow-unsigned", files)
            .getAsJsonObject()
            .getAsJsonArray("programs");
    assertThat(verified).hasSize(files.size());
    for (int i = 0; i < files.size(); i++) {
      JsonObject one = verified.get(i).getAsJsonObject();
      assertThat(one.remove("file").getAsString()).isEqualTo(files.get(i).toString());
      assertThat(one.remove("verified").getAsBoolean()).isEqualTo(i < 2);
      assertThat(one.remove("status").getAsString())
          .isEqualTo(
              List.of("confined", "library-unchecked", "enforces-nothing", "not-hard-wired").get(i))
          .isEqualTo(program(reported, files.get(i)).get("status").getAsString());
      assertThat(one).isEqualTo(program(reported, files.get(i)).getAsJsonObject("verification"));
    }
    assertThat(verified.get(0).toString())
        .contains("\"timestamped\":false,\"passed\":true,\"chain\":[\"CN=signer\"]")
        .contains(
            "\"restrictions\":[\"limits\"]", "\"deniedForSomeArguments\":1", "\"library\":null");
    assertThat(verified.get(1).toString())
        .contains("\"library\":{\"name\":\"libx.so\",\"file\":null");
  }

  private static JsonObject program(JsonArray programs, Path file) {
    for (JsonElement program : programs) {
      JsonObject one = program.getAsJsonObject();
      if (one.get("file").getAsString().equals(file.toString())) {
        return one;
      }
    }
    throw new AssertionError(file + " is missing");
  }
}
