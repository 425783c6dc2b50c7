package dev.hardwire.live.learn;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.OpensslKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statements about what a program did, as the predicate of in-toto has them. */
@Tag("system")
class RuntimeTraceTest {
  @TempDir private Path folder;

  private static String sha256(Path file) throws IOException {
    return Bytes.wrap(Files.readAllBytes(file)).sha256().hex();
  }

  private static Map<String, JsonObject> byName(JsonArray array, String name) {
    Map<String, JsonObject> found = new HashMap<>();
    for (JsonElement element : array) {
      JsonObject object = element.getAsJsonObject();
      found.put(object.get(name).getAsString(), object);
    }
    return found;
  }

  @Test
  void aRunIsDescribed() throws IOException {
    Path statement = folder.resolve("statement.json");
    Path input = Files.writeString(folder.resolve("in put"), "content");
    Path output = folder.resolve("output");
    Cli.ok(
        "learn",
        "--exec",
        "--no-derive",
        "--runtime-trace",
        statement,
        "-o",
        folder.resolve("policy"),
        "--",
        "dash",
        "-c",
        "cat '" + input + "' > '" + output + "'");
    JsonObject root = JsonParser.parseString(Files.readString(statement)).getAsJsonObject();
    assertThat(root.get("_type").getAsString()).isEqualTo("https://in-toto.io/Statement/v1");
    assertThat(root.get("predicateType").getAsString())
        .isEqualTo("https://in-toto.io/attestation/runtime-trace/v0.1");
    assertThat(root.get("subject").toString())
        .isEqualTo(
            "[{\"name\":\"dash\",\"digest\":{\"sha256\":\"%s\"}}]"
                .formatted(sha256(Path.of("/usr/bin/dash"))));
    JsonObject predicate = root.getAsJsonObject("predicate");
    assertThat(predicate.keySet())
        .containsExactly("monitor", "monitoredProcess", "monitorLog", "metadata");
    JsonObject process = predicate.getAsJsonObject("monitoredProcess");
    assertThat(process.keySet()).containsExactly("hostID", "type", "event");
    assertThat(process.get("hostID").getAsString())
        .isEqualTo("urn:uuid:00000000-0000-0000-0000-000000000000");
    JsonObject log = predicate.getAsJsonObject("monitorLog");
    assertThat(byName(log.getAsJsonArray("process"), "processBinary")).containsKey("/usr/bin/cat");
    Map<String, JsonObject> files = byName(log.getAsJsonArray("fileAccess"), "name");
    JsonObject read = files.get(input.toString());
    assertThat(read.get("uri").getAsString()).isEqualTo("file://" + folder + "/in%20put");
    assertThat(read.getAsJsonObject("digest").get("sha256").getAsString()).isEqualTo(sha256(input));
    assertThat(read.getAsJsonObject("annotations").get("access").toString())
        .isEqualTo("[\"read\"]");
    JsonObject written = files.get(output.toString());
    assertThat(written.has("digest")).isFalse();
    assertThat(written.getAsJsonObject("annotations").get("access").toString())
        .contains("write", "create");
    assertThat(log.getAsJsonObject("systemCalls").keySet()).contains("execve", "openat");
    JsonObject metadata = predicate.getAsJsonObject("metadata");
    assertThat(Instant.parse(metadata.get("buildStartedOn").getAsString()))
        .isBeforeOrEqualTo(Instant.parse(metadata.get("buildFinishedOn").getAsString()));
  }

  @Test
  void wrongUsesAreNamed() throws IOException {
    Path trace =
        Files.writeString(
            folder.resolve("t"), "7 execve(\"/a\", [\"a\"], 0x1) = 0\n7 getpid() = 7\n");
    Path out = folder.resolve("out");
    assertThat(Cli.run("learn", "--runtime-trace", out, trace).err())
        .contains("--runtime-trace requires --exec, or --program for logs");
    assertThat(Cli.run("learn", "--host-id", "x:y", trace).err())
        .contains("--host-id requires --runtime-trace and an absolute URI");
    assertThat(Cli.run("learn", "--watch", "--exe", "a", "-o", out, "--runtime-trace", out).err())
        .contains("--watch and --runtime-trace cannot be used together");
    assertThat(out).doesNotExist();
  }

  /** In a DSSE envelope, as attestations are. */
  @Test
  void aStatementCanBeSigned() throws Exception {
    Path trace = Files.writeString(folder.resolve("t"), "7 getpid() = 7\n7 exit_group(0) = ?\n");
    Path out = folder.resolve("out");
    Path key = folder.resolve("key.pem");
    Path certificate = folder.resolve("cert.pem");
    OpensslKey.make(key, certificate, "observer");
    Object[] learn = {
      "learn",
      "--whole",
      "--program",
      "/usr/bin/true",
      "--runtime-trace",
      out,
      "-o",
      folder.resolve("policy"),
      "--key",
      key,
      "--cert",
      certificate,
      trace
    };
    Cli.ok(learn);
    JsonObject envelope = JsonParser.parseString(Files.readString(out)).getAsJsonObject();
    assertThat(envelope.get("payloadType").getAsString()).isEqualTo("application/vnd.in-toto+json");
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").getAsString());
    assertThat(new String(payload, StandardCharsets.UTF_8)).contains("runtime-trace/v0.1");
    JsonObject one = envelope.getAsJsonArray("signatures").get(0).getAsJsonObject();
    Signature signature = Signature.getInstance("SHA256withECDSA");
    try (InputStream in = Files.newInputStream(certificate)) {
      signature.initVerify(CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    String start = "DSSEv1 28 application/vnd.in-toto+json " + payload.length + " ";
    signature.update(start.getBytes(StandardCharsets.UTF_8));
    signature.update(payload);
    assertThat(signature.verify(Base64.getDecoder().decode(one.get("sig").getAsString()))).isTrue();

    Cli.run("learn", "--key", key, "--cert", certificate, trace)
        .fails(2, "--key signs the statement of --runtime-trace; give it, too");
    learn[5] = key;
    Cli.run(learn).fails(2, "key.pem is the key");
    learn[5] = folder.resolve("timed");
    learn[8] = "--signing-time";
    learn[9] = "now";
    Cli.run(learn).fails(2, "the signature of a statement has no time; remove --signing-time");
    assertThat(folder.resolve("timed")).doesNotExist();
  }

  /** Neither the statement nor the policy is written over what it is made of. */
  @Test
  void nothingIsOverwritten() throws IOException {
    Path program = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
    Path log = Files.writeString(folder.resolve("log"), "7 exit_group(0) = ?\n");
    Path policy = folder.resolve("policy");
    byte[] bytes = Files.readAllBytes(program);
    Cli.run("learn", "--exec", "--runtime-trace", program, "-o", policy, "--", program)
        .fails(2, "program is the program; write to another file");
    Cli.run("learn", "--exec", "-o", program, "--", program)
        .fails(2, "program is the program; write to another file");
    Cli.run("learn", "--program", program, "-o", program, log)
        .fails(2, "program is the program; write to another file");
    Cli.run("learn", "--program", program, "--runtime-trace", log, "-o", policy, log)
        .fails(2, "log is a log; write to another file");
    Cli.run("learn", "--program", program, "--runtime-trace", policy, "-o", policy, log)
        .fails(2, "policy is the policy; write to another file");
    assertThat(program).hasBinaryContent(bytes);
    assertThat(policy).doesNotExist();
  }
}
