package dev.hardwire.live.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.FindingsCache;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Makes mutants of inputs and gives them to commands, in a process of its own, whose heap is the
 * limit of the memory. Prints a line for each fault, and the same for the same arguments.
 */
final class MutatedInputs {
  private static final long MOST_NANOSECONDS = 20_000_000_000L;
  private static final Pattern TRACE =
      Pattern.compile(
          "internal error|\tat |: null|: : (?i:no"
              + " |input|permission|cannot)|[a-z](Exception|Error)\\b|not enough memory");

  /**
   * Kinds of inputs: the name of the good one, and the commands that read it. {@code @} is the
   * mutant, {@code OUT} the result; words with a slash in front are files of the folder.
   */
  static final Map<String, List<String>> KINDS = kinds();

  private static Map<String, List<String>> kinds() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    String patch = "patch --deny uname -o OUT ";
    String program =
        "inspect @;verify @;report --ignore-signatures --json -o OUT @;verify --original @ /wired";
    all.put(
        "good",
        List.of(
            (patch + "@;" + patch + "--hook first @;" + patch + "--hook entry @;" + patch)
                .concat("--mode needed --library /lib.so @;derive --no-cache -o OUT @;" + program)
                .split(";")));
    all.put("small", List.of("derive --no-cache -o OUT @"));
    String patched =
        "restore -o OUT @;patch --replace --deny uname -o OUT @;policy import -o OUT @;disasm @;"
            + "emulate --filter @ uname();sign --key /key --cert /cert -o OUT @;inspect --json @;"
            + "verify --policy /policy.yaml @;";
    all.put("wired", List.of((patched + program).split(";")));
    all.put("signed", List.of(("verify --trust /cert @;" + patched + program).split(";")));
    all.put("needing", List.of(("verify --library /lib.so @;" + program).split(";")));
    all.put(
        "lib.so",
        List.of(
            patch + "--mode needed --library @ /good",
            "verify --library @ /needing",
            "derive --no-cache --with-library @ -o OUT /good"));
    for (String format :
        List.of(
            "yaml",
            "oci",
            "systemd",
            "minijail",
            "env",
            "kubernetes",
            "firecracker",
            "kafel",
            "lxc",
            "snapd",
            "bionic",
            "firejail")) {
      String from = "--from " + format + " ";
      all.put(
          "policy-" + format,
          List.of(
              "policy check " + from + "@",
              "policy check @",
              "policy convert " + from + "--to yaml -o OUT @",
              "policy convert " + from + "--to oci --arch aarch64 -o OUT @",
              "policy explain " + from + "@ read",
              "policy compile " + from + "-o OUT @",
              "policy diff @ /policy.yaml",
              "patch --policy @ -o OUT /good",
              "verify --require-policy-at-least @ /wired"));
    }
    all.put("weights", List.of(patch + "--weights @ /good"));
    all.put("filter", List.of("disasm @", "emulate --filter @ uname()"));
    all.put("table", List.of("policy test /policy.yaml @"));
    for (String log : List.of("strace", "audit", "journal", "export")) {
      all.put(
          "log-" + log,
          List.of(
              "learn -o OUT @",
              "learn --arguments --propose landlock,phases --no-companions -o OUT @",
              "learn --program /good --incomplete -o OUT @",
              "why --deny uname --log @",
              "learn --json -o OUT @"));
    }
    for (String target : List.of("x86_64", "i386", "s390x")) {
      all.put("core-" + target, List.of("why --core @", "why --core @ /wired"));
    }
    all.put("key", List.of("sign --key @ --cert /cert -o OUT /wired"));
    all.put(
        "key.p12", List.of("sign --key @ --password-file /password --cert /cert -o OUT /wired"));
    String certificate = "verify --trust @ /signed;sign --key /key --cert @ -o OUT /wired";
    all.put("cert", List.of(certificate.split(";")));
    all.put(
        "cert.der", List.of((certificate + ";verify --trust /cert --crl @ /signed").split(";")));
    all.put("p7s", List.of("verify --trust /cert --signature @ /wired"));
    all.put("manifest.yaml", List.of("apply --root /tree --output-dir OUT @"));
    all.put("waivers.yaml", List.of("report --ignore-signatures --waivers @ -o OUT /wired"));
    all.put("report.json", List.of("report --ignore-signatures --compare @ -o OUT /wired"));
    String container =
        "apply --root @ --output OUT /all.yaml;verify --ignore-signatures @;"
            + "report --ignore-signatures --json -o OUT @;"
            + "apply --squash-into --root @ --output OUT /all.yaml";
    for (String one :
        List.of(
            "image.tar",
            "attested.tar",
            "layer",
            "config",
            "image-manifest",
            "deb-gzip",
            "deb-xz",
            "deb-zstd",
            "data",
            "control")) {
      all.put(one, List.of(container.split(";")));
    }
    all.put("cache", List.of());
    return all;
  }

  private final Path folder;
  private final Path mutant;
  private final Path out;
  private final Random random;
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private int runs;
  private int faults;
  private long longest;

  private MutatedInputs(Path folder, long seed) {
    this.folder = folder;
    this.mutant = folder.resolve("mutant");
    this.out = folder.resolve("OUT");
    this.random = new Random(seed);
  }

  public static void main(String... args) throws IOException {
    int each = Integer.parseInt(args[1]);
    List<String> wanted = List.of(args).subList(2, args.length);
    int kinds = 0;
    for (String kind : wanted.isEmpty() ? KINDS.keySet() : wanted) {
      MutatedInputs inputs = new MutatedInputs(Path.of(args[0]), kind.hashCode());
      if (kind.equals("cache")) {
        inputs.caches(each);
      } else {
        inputs.run(kind, each);
      }
      kinds++;
    }
    System.out.println(kinds + " kinds");
  }

  private void run(String kind, int each) throws IOException {
    byte[] good = Files.readAllBytes(folder.resolve(kind));
    List<String> lines =
        KINDS.get(kind).stream().filter(line -> each > 1 || !takesLong(kind, line)).toList();
    if (each > 1) {
      write(kind, good);
      Outcome whole = run(lines.get(0));
      if (whole.status() != 0) { // mutants of it would not get far
        fault(kind, lines.get(0), whole, good);
      }
      delete(mutant);
      delete(out);
    }
    Map<Integer, Integer> statuses = new TreeMap<>();
    for (int i = 0; i < each; i++) {
      byte[] bad = mutant(good);
      write(kind, bad);
      String line = lines.get((i + random.nextInt(lines.size())) % lines.size());
      Outcome outcome = run(line);
      statuses.merge(outcome.status(), 1, Integer::sum);
      if (!isFine(line, outcome)) {
        fault(kind, line, outcome, bad);
      }
      delete(mutant);
      delete(out);
    }
    print(kind, statuses);
  }

  /** Whether a command analyses a large library. */
  private static boolean takesLong(String kind, String line) {
    return !kind.equals("small") && line.startsWith("derive ");
  }

  /** Without another process, which would take longer than most commands. */
  static void delete(Path file) throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> inside;
      try (Stream<Path> all = Files.list(file)) {
        inside = all.toList();
      }
      for (Path one : inside) {
        delete(one);
      }
    }
    Files.deleteIfExists(file);
  }

  private void print(String kind, Map<Integer, Integer> statuses) {
    System.out.printf(
        "%s: %d runs, exit codes %s, at most %d ms, %d faults%n",
        kind, runs, statuses, longest / 1_000_000, faults);
  }

  private Outcome run(String line) {
    long before = system.getProcessCpuTime();
    Outcome outcome;
    try {
      outcome =
          Cli.run(
              Stream.of(line.split(" ", -1))
                  .map(word -> word.equals("@") ? mutant.toString() : word)
                  .map(word -> word.equals("OUT") ? out.toString() : word)
                  .map(word -> word.matches("/[a-z][^/]*") ? folder + word : word)
                  .toList());
    } catch (OutOfMemoryError e) {
      outcome = new Outcome(1, "", "not enough memory");
    }
    long used = system.getProcessCpuTime() - before;
    longest = Math.max(longest, used);
    runs++;
    return used < MOST_NANOSECONDS ? outcome : new Outcome(1, "", "took " + used);
  }

  private boolean isFine(String line, Outcome outcome) {
    boolean isDocumented = outcome.status() == 0 || (outcome.status() > 1 && outcome.status() < 7);
    boolean isSaid =
        outcome.status() == 0
            || outcome.err().contains("hardwire: ")
            || outcome.out().contains("FAIL")
            || (outcome.status() == 5 && !outcome.out().isBlank());
    boolean hasOthers = line.startsWith("apply --root /tree ") && outcome.out().contains(": hook ");
    boolean mayBeThere = line.startsWith("report") || hasOthers;
    boolean isWhole = outcome.status() == 0 || !Files.exists(out) || mayBeThere;
    return isDocumented && isSaid && isWhole && !TRACE.matcher(outcome.err()).find();
  }

  private void fault(String kind, String line, Outcome outcome, byte[] bad) throws IOException {
    faults++;
    String text = outcome.err().strip().replace("\n", "\n    ");
    System.out.printf("FAULT %s: %s: %d %s%n", kind, line, outcome.status(), text);
    Path kept = Path.of("target", "mutated-inputs").toAbsolutePath();
    Files.createDirectories(kept);
    Files.write(kept.resolve(kind + "-" + runs), bad);
  }

  /** Puts a mutant where the commands read it: parts of containers are put into one. */
  private void write(String kind, byte[] bad) throws IOException {
    switch (kind) {
      case "layer", "config", "image-manifest" -> image(folder, mutant, kind, bad);
      case "data", "control" -> {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        made.writeBytes("!<arch>\n".getBytes(UTF_8));
        member(made, "debian-binary", "2.0\n".getBytes(UTF_8));
        for (String part : List.of("control", "data")) {
          byte[] content = part.equals(kind) ? bad : Files.readAllBytes(folder.resolve(part));
          member(made, part + ".tar.gz", gzip(content));
        }
        Files.write(mutant, made.toByteArray());
      }
      default -> Files.write(mutant, bad);
    }
  }

  /** Of ar(5). */
  private static void member(ByteArrayOutputStream archive, String name, byte[] content) {
    String header = "%-16s%-12d%-6d%-6d%-8s%-10d`\n";
    archive.writeBytes(header.formatted(name, 0, 0, 0, "100644", content.length).getBytes(UTF_8));
    archive.writeBytes(content);
    if (content.length % 2 == 1) {
      archive.write('\n');
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(content);
    }
    return compressed.toByteArray();
  }

  /** Writes the image whose parts are in a folder, with another one; its digests are right. */
  static void image(Path folder, Path target, String changed, byte[] part) throws IOException {
    byte[] layer = changed.equals("layer") ? part : Files.readAllBytes(folder.resolve("layer"));
    byte[] config = changed.equals("config") ? part : Files.readAllBytes(folder.resolve("config"));
    byte[] manifest =
        changed.equals("image-manifest")
            ? part
            : Files.readAllBytes(folder.resolve("image-manifest"));
    ImageBuilder image = new ImageBuilder(target);
    String type = "application/vnd.oci.image.";
    String stored = image.descriptor(type + "layer.v1.tar+gzip", gzip(layer));
    byte[] named = replaced(config, "DIFF", ImageBuilder.digest(layer));
    byte[] whole =
        replaced(
            replaced(manifest, "CONFIG", image.descriptor(type + "config.v1+json", named)),
            "LAYER",
            stored);
    image.writeIndex(image.descriptor(type + "manifest.v1+json", whole));
  }

  private static byte[] replaced(byte[] text, String word, String by) {
    return new String(text, ISO_8859_1).replace(word, by).getBytes(ISO_8859_1);
  }

  /** Whatever is in the cache, what is found is the same. */
  private void caches(int each) throws IOException {
    Path cache = folder.resolve("cache");
    Path good = Fixtures.named("musl-pie").path(); // its library is small
    Derivation plain = new Deriver().derive(good, DeriveOptions.PLAIN);
    for (int i = 0; i <= each; i++) {
      long before = system.getProcessCpuTime();
      Derivation found =
          new Deriver(1, Optional.of(new FindingsCache(cache, "1")))
              .derive(good, DeriveOptions.PLAIN);
      longest = Math.max(longest, system.getProcessCpuTime() - before);
      runs++;
      if (!found.equals(plain) || longest > MOST_NANOSECONDS) {
        faults++;
        System.out.printf("FAULT cache: run %d: %s%n", i, found);
      }
      List<Path> files;
      try (Stream<Path> all = Files.walk(cache)) {
        files = all.filter(Files::isRegularFile).sorted().toList();
      }
      Path file = files.get(random.nextInt(files.size()));
      Files.write(file, mutant(Files.readAllBytes(file)));
    }
    print("cache", Map.of());
  }

  /** One change, or up to four. */
  private byte[] mutant(byte[] good) {
    byte[] bytes = good;
    for (int i = random.nextBoolean() ? 1 : 1 + random.nextInt(4); i > 0; i--) {
      bytes = isText(good) && random.nextInt(4) > 0 ? changedText(bytes) : changed(bytes);
    }
    return bytes;
  }

  private static boolean isText(byte[] content) {
    for (int i = 0; i < Math.min(content.length, 512); i++) {
      if (content[i] == 0 || content[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private byte[] changed(byte[] bytes) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    byte[] copy = bytes.clone();
    // half of the changes are at the start, where most headers are
    int at = random.nextInt(random.nextBoolean() ? copy.length : Math.min(copy.length, 1024));
    int length = Math.min(copy.length - at, 1 << random.nextInt(10));
    switch (random.nextInt(9)) {
      case 0, 1 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> copy[at] = (byte) random.nextInt(256);
      case 3 -> number(copy, at);
      case 4 -> copy = spliced(copy, at, length, new byte[0]);
      case 5 -> copy = spliced(copy, at, 0, Arrays.copyOfRange(copy, at, at + length));
      case 6 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length));
      case 7 -> Arrays.fill(copy, at, at + length, (byte) (random.nextInt(3) - 1));
      default -> {
        int from = random.nextInt(copy.length - length + 1);
        System.arraycopy(bytes, from, copy, at, length);
      }
    }
    return copy;
  }

  /** A number near a bound, of one of four widths, in either order. */
  private void number(byte[] bytes, int at) {
    long value =
        switch (random.nextInt(6)) {
          case 0 -> -1L >>> random.nextInt(64);
          case 1 -> 1L << random.nextInt(64);
          case 2 -> bytes.length + random.nextInt(9) - 4;
          case 3 -> Long.MIN_VALUE;
          case 4 -> random.nextInt(256);
          default -> random.nextLong();
        };
    int width = 1 << random.nextInt(4);
    boolean isBig = random.nextBoolean();
    for (int i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (value >>> (8 * (isBig ? width - 1 - i : i)));
    }
  }

  private static byte[] spliced(byte[] bytes, int at, int length, byte[] by) {
    byte[] made = new byte[bytes.length - length + by.length];
    System.arraycopy(bytes, 0, made, 0, at);
    System.arraycopy(by, 0, made, at, by.length);
    System.arraycopy(bytes, at + length, made, at + by.length, bytes.length - at - length);
    return made;
  }

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z_0-9.@-]+|[^A-Za-z_0-9\\s]|\\s+");

  private static final List<String> WORDS =
      List.of(
          "0",
          "-1",
          "4294967296",
          "18446744073709551615",
          "18446744073709551616",
          "1e999",
          "0x",
          "",
          "99999999999999999999999999",
          "~",
          "!",
          "@",
          "*",
          "**",
          "&x",
          "*x",
          "!!str x",
          "{",
          "}",
          "[",
          "]",
          "[]",
          "{}",
          "\"",
          "'",
          "\n",
          "\r\n",
          "\t",
          "\\",
          "%",
          "%s",
          "\u0000",
          "\u001b[31m",
          "\u0085",
          "\u2028",
          "\ufeff",
          "\ud83d\ude00",
          "..",
          "../../etc/passwd",
          "/",
          "/dev/zero",
          "//",
          ":",
          ": ",
          "- ",
          "---",
          "...",
          "#",
          "|",
          ">",
          "<",
          "=",
          "==",
          "true",
          "no",
          "2026-13-45",
          "AF_INET",
          "read",
          "@system-service",
          "errno",
          "errno 5000",
          "allow",
          "arg6",
          "arg0");

  private byte[] changedText(byte[] bytes) {
    List<String> tokens = new ArrayList<>();
    TOKEN.matcher(new String(bytes, UTF_8)).results().forEach(found -> tokens.add(found.group()));
    if (tokens.isEmpty()) {
      return changed(bytes);
    }
    int at = random.nextInt(tokens.size());
    String word = WORDS.get(random.nextInt(WORDS.size()));
    String other = tokens.get(random.nextInt(tokens.size()));
    switch (random.nextInt(8)) {
      case 0 -> tokens.remove(at);
      case 1 -> tokens.add(at, other);
      case 2 -> tokens.set(at, other);
      case 3 -> tokens.set(at, word);
      case 4 -> tokens.add(at, word);
      case 5 -> tokens.set(at, word.repeat(1 << random.nextInt(16)));
      case 6 -> tokens.set(at, (other + " ").repeat(1 << random.nextInt(13)));
      default -> {
        int end = Math.min(tokens.size(), at + 1 + random.nextInt(20));
        tokens.addAll(at, List.copyOf(tokens.subList(at, end)));
      }
    }
    return String.join("", tokens).getBytes(UTF_8);
  }
}
