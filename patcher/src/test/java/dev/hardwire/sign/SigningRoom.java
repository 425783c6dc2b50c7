package dev.hardwire.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.sign.key.Identity;
import dev.hardwire.sign.key.KeyReader;
import dev.hardwire.sign.key.KeyRequest;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;

/** A directory with a hard-wired program, keys and certificates, and the commands run in it. */
final class SigningRoom {
  /** The library of SoftHSM. */
  static final Path TOKEN = Path.of("/usr/lib/softhsm/libsofthsm2.so");

  /** Hard-wired fixtures, for other tests. */
  private static final Map<String, byte[]> PATCHED = new ConcurrentHashMap<>();

  final Path directory;

  SigningRoom(Path directory) {
    this.directory = directory;
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  /** Hard-wires a fixture: once for all tests, each of which has a copy. */
  Path patched(String fixture) {
    Path target = file(fixture);
    try {
      if (!Files.exists(target) && PATCHED.containsKey(fixture)) {
        Files.write(target, PATCHED.get(fixture));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
      } else if (!Files.exists(target)) {
        Cli.ok("patch", "--deny", "uname", "-o", target, Fixtures.named(fixture).path());
        PATCHED.put(fixture, Files.readAllBytes(target));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return target;
  }

  /** Writes the key to NAME.key and certificates, the holder's first, to NAME.pem. */
  void write(String name, TestCertificate.Holder holder, TestCertificate.Holder... above)
      throws IOException {
    pem(file(name + ".key"), holder.keys().getPrivate());
    Object[] chain = new Object[above.length + 1];
    chain[0] = holder.certificate();
    for (int i = 0; i < above.length; i++) {
      chain[i + 1] = above[i].certificate();
    }
    pem(file(name + ".pem"), chain);
  }

  static void pem(Path file, Object... objects) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file);
        JcaPEMWriter pem = new JcaPEMWriter(writer)) {
      for (Object object : objects) {
        pem.writeObject(object);
      }
    }
  }

  /** Signs with NAME.key and NAME.pem. */
  Path sign(Path file, String name, String output, Object... more) {
    Outcome outcome = trySign(name, concat(new Object[] {"-o", file(output), file}, more));
    outcome.succeeds();
    return file(output);
  }

  /** Runs the command with NAME.key and NAME.pem, whatever comes of it. */
  Outcome trySign(String name, Object... more) {
    Object[] command = {"sign", "--key", file(name + ".key"), "--cert", file(name + ".pem")};
    return Cli.run(concat(command, more));
  }

  /** Signs like {@link #sign}, but asks nobody whether the certificate is fit for it. */
  Path signAnyway(Path patched, String name, String output) throws IOException {
    return signAnyway(patched, name, output, Optional.empty());
  }

  /** The same, stating a time. */
  Path signAnyway(Path patched, String name, String output, Optional<Instant> time)
      throws IOException {
    Identity identity =
        KeyReader.read(
            new KeyRequest(
                file(name + ".key").toString(),
                List.of(file(name + ".pem")),
                Optional.empty(),
                Optional.empty(),
                null));
    var options = new CmsSigner.Options(Optional.empty(), false, time, Optional.empty());
    Bytes bytes = Bytes.wrap(Files.readAllBytes(patched));
    List<Binding.Patch> patches =
        Verifier.verify(bytes, Expectations.NONE).patches().stream()
            .map(patch -> new Binding.Patch(patch.original(), patch.policy(), patch.hookText()))
            .toList();
    SignedBytes place = SignedBytes.prepare(ElfFile.parse(bytes));
    Bytes cms =
        new CmsSigner(identity, options)
            .sign(
                new ContentDigests(place.content()),
                Optional.empty(),
                new Binding("test", patches));
    return Files.write(file(output), place.withCms(cms).file().toArray());
  }

  static Object[] concat(Object[] first, Object[] second) {
    Object[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** Verifies against root.pem. */
  Outcome verify(Path file, Object... more) {
    return Cli.run(concat(new Object[] {"verify", "--trust", file("root.pem"), file}, more));
  }

  /**
   * Runs a line of the shell with a token. SoftHSM reads its configuration from the environment
   * when it is loaded, so this takes a process of its own.
   */
  Outcome withToken(String command) throws IOException {
    return Programs.together(directory, tokens(), "sh", "-c", command);
  }

  /** The environment of processes that use the token. */
  Map<String, String> tokens() throws IOException {
    Files.createDirectories(file("tokens"));
    Path settings = file("softhsm2.conf");
    Files.writeString(settings, "directories.tokendir = " + file("tokens"));
    return Map.of("SOFTHSM2_CONF", settings.toString());
  }

  /** Makes a token with the PIN 4711, and puts vendor.key and vendor.pem into it. */
  void fillToken() throws IOException {
    fillToken("vendor");
  }

  /** Makes a token with the PIN 4711, and puts NAME.key and NAME.pem into it for each name. */
  void fillToken(String... names) throws IOException {
    StringBuilder command =
        new StringBuilder("softhsm2-util --init-token --free --label t --pin 4711 --so-pin 0815");
    for (int i = 0; i < names.length; i++) {
      command.append(
          (" && softhsm2-util --import %1$s.key --token t --label %1$s --id 0%2$d --pin 4711"
                  + " && openssl x509 -in %1$s.pem -outform DER -out %1$s.der"
                  + " && pkcs11-tool --module %3$s --login --pin 4711 --write-object %1$s.der"
                  + " --type cert --label %1$s --id 0%2$d")
              .formatted(names[i], i + 1, TOKEN));
    }
    withToken(command.toString()).succeeds();
  }

  /** Runs another tool in the directory. */
  Outcome tool(Object... command) {
    return Programs.together(directory, Map.of(), command);
  }

  /** Runs a tool that has to succeed, given as one line of words without blanks in them. */
  String line(String words) {
    return output((Object[]) words.split(" ", -1));
  }

  /** Runs a tool that has to succeed. */
  String output(Object... command) {
    Outcome outcome = tool(command);
    assertThat(outcome.status()).as(Arrays.toString(command) + outcome).isZero();
    return outcome.out();
  }
}
