import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.CRC32;

/**
 * Makes archives of classes that have the same bytes whenever they are made. {@code
 * archive-classes.sh} runs it with the JVM of the archive, JDK 25 or newer.
 */
public final class StableArchive {
  private static final int CRC = 4;
  private static final int HEADER_SIZE = 12;
  private static final int HEADER = 16;

  /** From the CRC of a region on, where its place and its size are. */
  private static final int REGION_PLACE = 24;

  private static final int REGION_SIZE = 40;

  /** An hour in milliseconds, in which two archives are made. */
  private static final long LONGEST = 3_600_000;

  private StableArchive() {}

  /**
   * Does one of two things.
   *
   * @param args {@code list LIST}: prints a list of classes that depends only on which classes are
   *     in it. {@code clear ARCHIVE OTHER}: removes times from an archive; another one was made in
   *     the same way at another time
   */
  public static void main(String... args) throws IOException {
    if (args[0].equals("list")) {
      list(Path.of(args[1]));
    } else {
      clear(Path.of(args[1]), Path.of(args[2]));
    }
  }

  /**
   * Which entries of its constants a class has resolved depends on the order of its threads, so all
   * of them are listed: the JVM resolves those that it can. Of call sites, only those of listed
   * lambdas are.
   */
  private static void list(Path file) throws IOException {
    SortedSet<String> classes = new TreeSet<>();
    SortedSet<String> lambdas = new TreeSet<>();
    Map<String, Set<String>> resolved = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ");
      if (words[0].equals("@cp")) {
        resolved.put(words[1], Set.of(words));
      } else if (line.startsWith("@")) {
        lambdas.add(line);
      } else if (!line.startsWith("#")) {
        classes.add(words[0]); // without its number
      }
    }
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    classes.forEach(out::println);
    for (String name : classes) {
      try (InputStream in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
        if (in != null) {
          constants(name, in.readAllBytes(), resolved.getOrDefault(name, Set.of()), out);
        }
      }
    }
    lambdas.forEach(out::println);
    out.flush();
  }

  private static void constants(
      String name, byte[] content, Set<String> resolved, PrintStream out) {
    StringBuilder line = new StringBuilder();
    for (PoolEntry entry : ClassFile.of().parse(content).constantPool()) {
      boolean isLambda =
          entry instanceof InvokeDynamicEntry && resolved.contains("" + entry.index());
      if (entry instanceof ClassEntry || entry instanceof MemberRefEntry || isLambda) {
        line.append(' ').append(entry.index());
      }
    }
    if (!line.isEmpty()) {
      out.println("@cp " + name + line);
    }
  }

  /**
   * The objects in an archive have soft references, with the uptime of the machine in milliseconds.
   * These are all that differs between two archives, but for checksums. A time of zero means that
   * the reference was not used lately.
   */
  private static void clear(Path file, Path other) throws IOException {
    ByteBuffer bytes = read(file);
    ByteBuffer later = read(other);
    require(bytes.capacity() == later.capacity(), "the sizes of two archives differ");
    int header = bytes.getInt(HEADER_SIZE);
    int region = 0;
    for (int at = HEADER; at < header; at += Integer.BYTES) {
      if (bytes.getInt(at) != later.getInt(at)) {
        require(region == 0, "more than the checksum of one region differs");
        region = at;
      }
    }
    require(region != 0, "two archives have the same times");
    int place = Math.toIntExact(bytes.getLong(region + REGION_PLACE));
    int size = Math.toIntExact(bytes.getLong(region + REGION_SIZE));
    require(crc(bytes, place, size) == bytes.getInt(region), "the form of archives is not known");
    require(crc(bytes, HEADER, header - HEADER) == bytes.getInt(CRC), "nor that of the header");
    for (int at = header; at + Long.BYTES <= bytes.capacity(); at += Long.BYTES) {
      long time = bytes.getLong(at);
      long elapsed = later.getLong(at) - time;
      if (elapsed != 0) {
        require(
            at >= place && at < place + size && time > 0 && elapsed > 0 && elapsed < LONGEST,
            "what differs at %d is no time".formatted(at));
        bytes.putLong(at, 0);
      }
    }
    bytes.putInt(region, crc(bytes, place, size));
    bytes.putInt(CRC, crc(bytes, HEADER, header - HEADER));
    file.toFile().setWritable(true);
    Files.write(file, bytes.array());
  }

  private static ByteBuffer read(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
  }

  private static int crc(ByteBuffer bytes, int place, int size) {
    CRC32 crc = new CRC32();
    crc.update(bytes.array(), place, size);
    return (int) crc.getValue();
  }

  private static void require(boolean condition, String reason) {
    if (!condition) {
      throw new IllegalStateException(reason);
    }
  }
}
