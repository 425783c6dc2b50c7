package dev.hardwire.container;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ArchiveNames;
import dev.hardwire.container.archive.Compression;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.CpioReader;
import dev.hardwire.container.archive.DigestingOutput;
import dev.hardwire.container.archive.FileRange;
import dev.hardwire.container.archive.RpmHeader;
import dev.hardwire.container.archive.TarHeader;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.input.InputFile;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.WorkFolder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A binary RPM package (RPM's manual, "Format of the package file", version 4): its programs, and
 * the contents that replace some of them. All other files stay as they are. Digests are computed
 * anew; signatures, which then hold no more, are removed.
 */
final class RpmPackage implements ProgramPackage {
  private static final int LEAD = 96;
  private static final int BUFFER = 1 << 16;
  private static final byte[] MAGIC = {(byte) 0xed, (byte) 0xab, (byte) 0xee, (byte) 0xdb};
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /** Follows the release of a package in which programs were changed for the first time. */
  private static final String FIRST = "^hardwire1";

  private static final Pattern CHANGED = Pattern.compile("(.*\\^hardwire)([0-9]{1,6})");

  // Tags of the header for signatures.
  private static final int SIZE = 1000;
  private static final int LONG_SIZE = 270;
  private static final int PAYLOAD_SIZE = 1007;
  private static final int LONG_PAYLOAD_SIZE = 271;
  private static final int MD5 = 1004;
  private static final int SHA1 = 269;
  private static final int SHA256 = 273;
  private static final int RESERVED = 1008;

  /** Of headers and payload by OpenPGP, and of each file for the kernel (IMA, fs-verity). */
  private static final List<Integer> SIGNATURES =
      List.of(267, 268, 1002, 1005, 278, 274, 275, 276, 277);

  // Tags of the header that describes the package.
  private static final int NAME = 1000;
  private static final int VERSION = 1001;
  private static final int RELEASE = 1002;
  private static final int EPOCH = 1003;
  private static final int INSTALLED_SIZE = 1009;
  private static final int LONG_INSTALLED_SIZE = 5009;
  private static final int FILE_SIZES = 1028;
  private static final int FILE_DIGESTS = 1035;
  private static final int FILE_DIGEST_ALGORITHM = 5011;
  private static final int PROVIDE_NAMES = 1047;
  private static final int PROVIDE_FLAGS = 1112;
  private static final int PROVIDE_VERSIONS = 1113;
  private static final int DIRECTORY_INDEXES = 1116;
  private static final int BASE_NAMES = 1117;
  private static final int DIRECTORIES = 1118;
  private static final int PAYLOAD_FORMAT = 1124;
  private static final int PAYLOAD_COMPRESSOR = 1125;
  private static final int PAYLOAD_DIGEST = 5092;
  private static final int PAYLOAD_DIGEST_ALGORITHM = 5093;
  private static final int UNPACKED_DIGEST = 5097;
  private static final int FORMAT = 5114;

  private static final int SHA256_ALGORITHM = 8;

  private final Path path;
  private final InputFile input;
  private final UnpackLimit limit;
  private final RpmHeader signatures;
  private final RpmHeader header;
  private final long headerStart;
  private final Compression compression;
  private final List<Program> programs = new ArrayList<>();

  private final Map<Path, Names> names = new HashMap<>();

  /** New contents by copies of programs. */
  private final Map<Path, Path> changed = new HashMap<>();

  /**
   * The names of a program.
   *
   * @param all those in the payload, also such as follow the content
   * @param entry that which has the content
   */
  private record Names(List<String> all, String entry) {}

  /**
   * Reads the headers of a package.
   *
   * @param input is closed with it, if it is one
   * @param limit of its payload
   */
  RpmPackage(Path path, InputFile input, UnpackLimit limit) throws IOException {
    this.path = path;
    this.input = input;
    this.limit = limit;
    Bytes bytes = input.bytes();
    require(bytes.size() > LEAD, "ends early");
    require(bytes.u8(4) == 3, "packages of this version of the format are not supported");
    require(bytes.isZero(6, 2), "a source package; build it, and patch what that makes");
    signatures = RpmHeader.read(bytes, LEAD, RpmHeader.SIGNATURES, path.toString());
    headerStart = (LEAD + (long) signatures.size() + 7) / 8 * 8;
    header = RpmHeader.read(bytes, headerStart, RpmHeader.IMMUTABLE, path.toString());
    require(!header.has(FORMAT), "packages of format 6 are not supported; build it in format 4");
    Optional<String> format = header.text(PAYLOAD_FORMAT);
    require(
        format.isEmpty() || format.get().equals("cpio"),
        "its payload is of a form other than cpio");
    compression = compression();
    checkDigests();
  }

  /** Whether a file begins like a package. */
  static boolean is(byte[] start) {
    return start.length > MAGIC.length
        && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  private void require(boolean condition, String reason) throws IOException {
    ContainerException.require(condition, path.toString(), reason);
  }

  private Compression compression() throws IOException {
    Optional<String> stated = header.text(PAYLOAD_COMPRESSOR);
    if (stated.isEmpty()) { // gzip, or nothing: rpm reads both as gzread(3) does
      return Compression.of(new BufferedInputStream(new FileRange(payload())));
    }
    String name = stated.get();
    return switch (name) {
      case "gzip" -> Compression.GZIP;
      case "xz" -> Compression.XZ;
      case "zstd" -> Compression.ZSTD;
      default ->
          throw new ContainerException(
              path.toString(),
              "its payload is compressed by \"%s\"; gzip, xz and zstd are supported"
                  .formatted(TarHeader.shown(name)));
    };
  }

  private Bytes payload() {
    Bytes bytes = input.bytes();
    long start = headerStart + header.size();
    return bytes.slice(start, bytes.size() - start);
  }

  /** Two programs might interpret differently what does not have the digests that it states. */
  private void checkDigests() throws IOException {
    Bytes headerBytes = input.bytes().slice(headerStart, header.size());
    Map<Integer, String> ofHeader = Map.of(SHA256, "SHA-256", SHA1, "SHA-1");
    boolean isChecked = false;
    for (Map.Entry<Integer, String> one : ofHeader.entrySet()) {
      Optional<String> stated = signatures.text(one.getKey());
      if (stated.isPresent()) {
        require(
            stated.get().equals(hex(one.getValue(), headerBytes)),
            "its header does not have the digest that it states");
        isChecked = true;
      }
    }
    require(isChecked, "states no digest of its header; it is too old, or damaged");
    List<String> ofPayload = header.texts(PAYLOAD_DIGEST);
    if (ofPayload.isEmpty()) {
      require(signatures.has(MD5), "states no digest of its payload");
      require(
          Arrays.equals(signatures.octets(MD5), digest("MD5", headerBytes, payload())),
          "its payload does not have the digest that it states");
    } else {
      long[] algorithm = header.numbers(PAYLOAD_DIGEST_ALGORITHM);
      require(
          algorithm.length == 1 && algorithm[0] == SHA256_ALGORITHM && ofPayload.size() == 1,
          "states a digest of its payload that is not SHA-256");
      require(
          ofPayload.get(0).equals(payload().sha256().hex()),
          "its payload does not have the digest that it states");
    }
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has those that are asked for
    }
  }

  private static byte[] digest(String algorithm, Bytes... parts) {
    MessageDigest digest = digest(algorithm);
    for (Bytes part : parts) {
      part.update(digest);
    }
    return digest.digest();
  }

  private static String hex(String algorithm, Bytes bytes) {
    return HexFormat.of().formatHex(digest(algorithm, bytes));
  }

  private InputStream open() throws IOException {
    Bytes payload = payload();
    return new BufferedInputStream(
        limit.open(compression, new FileRange(payload), payload.size(), place()), BUFFER);
  }

  private String place() {
    return path + ": payload";
  }

  @Override
  public List<Program> read(WorkFolder work) throws IOException {
    Map<String, Integer> described = indexes();
    long[] sizes = header.numbers(FILE_SIZES);
    Map<String, List<String>> links = new HashMap<>();
    Map<String, Integer> seen = new HashMap<>();
    try (InputStream in = open()) {
      CpioReader reader = new CpioReader(in, place());
      for (Optional<CpioReader.Entry> next = reader.next();
          next.isPresent();
          next = reader.next()) {
        CpioReader.Entry entry = next.get();
        String shown = TarHeader.shown(entry.name());
        Integer index = described.get(entry.name());
        require(index != null, shown + ": is not in the header");
        require(seen.put(entry.name(), index) == null, shown + ": is there twice");
        if (!entry.isFile()) {
          continue;
        }
        List<String> all = new ArrayList<>();
        if (entry.node().isPresent()) {
          all = links.computeIfAbsent(entry.node().get(), node -> new ArrayList<>());
        }
        all.add(entry.name());
        if (entry.size() > 0) {
          require(
              index < sizes.length && sizes[index] == entry.size(),
              shown + ": does not have the size that the header states");
          copy(reader, entry, all, work);
        }
      }
    }
    for (Names one : names.values()) {
      require(
          one.all().get(one.all().size() - 1).equals(one.entry()),
          TarHeader.shown(one.entry()) + ": a hard link follows the content");
    }
    return programs;
  }

  private void copy(CpioReader reader, CpioReader.Entry entry, List<String> all, WorkFolder work)
      throws IOException {
    byte[] start = new byte[ELF.length];
    reader.read(start, 0, start.length);
    if (!Arrays.equals(start, ELF)) {
      return;
    }
    Path copy = work.newFile();
    try (OutputStream out = WorkFolder.create(copy)) {
      out.write(start);
      reader.transferTo(out, entry.size());
    }
    List<String> paths = all.stream().map(TarHeader::shown).toList();
    programs.add(new Program(paths.get(0), paths, copy, 0));
    names.put(copy, new Names(all, entry.name()));
  }

  /** The positions of files in the lists of the header, by names without a slash at the start. */
  private Map<String, Integer> indexes() throws IOException {
    List<String> baseNames = header.texts(BASE_NAMES);
    List<String> directories = header.texts(DIRECTORIES);
    long[] directory = header.numbers(DIRECTORY_INDEXES);
    require(directory.length == baseNames.size(), "its lists of files do not have one length");
    Map<String, Integer> indexes = new HashMap<>();
    for (int i = 0; i < baseNames.size(); i++) {
      require(directory[i] < directories.size(), "a file is in no directory");
      String name =
          ArchiveNames.checked(directories.get((int) directory[i]) + baseNames.get(i), place());
      require(indexes.put(name, i) == null, TarHeader.shown(name) + ": the header has it twice");
    }
    return indexes;
  }

  @Override
  public void extract(Path directory) throws IOException {
    throw new ContainerException(
        path.toString(), "an RPM package is no root; unpack it, and name the directory");
  }

  @Override
  public Optional<String> packageOf(Program program) {
    try {
      return header.text(NAME).map(TarHeader::shown);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void replace(Program program, Path content) {
    changed.put(program.copy(), content);
  }

  @Override
  public List<String> write(WorkFolder work, Path target, Optional<String> suffix)
      throws IOException {
    return write(work, target, () -> setVersion(suffix));
  }

  @Override
  public List<String> writeOriginal(WorkFolder work, Path target) throws IOException {
    return write(work, target, this::setFormerVersion);
  }

  /** Changes the version in the header. */
  private interface NewVersion {
    void set() throws IOException;
  }

  private List<String> write(WorkFolder work, Path target, NewVersion version) throws IOException {
    if (changed.isEmpty()) {
      AtomicFile.writeResult(target, input.bytes(), input.source());
      return List.of();
    }
    Path file = work.newFile();
    DigestingOutput unpacked = rewrite(file);
    boolean wasSigned;
    try (FileBytes bytes = FileBytes.open(file)) {
      Bytes payload = bytes.bytes();
      setFiles();
      version.set();
      setIf(header, PAYLOAD_DIGEST, payload.sha256().hex());
      setIf(header, UNPACKED_DIGEST, unpacked.text().substring("sha256:".length()));
      Bytes newHeader = Bytes.wrap(header.encode());
      wasSigned =
          signatures.keepOnly(
              List.of(
                  SIZE, LONG_SIZE, PAYLOAD_SIZE, LONG_PAYLOAD_SIZE, MD5, SHA1, SHA256, RESERVED),
              SIGNATURES);
      for (int tag : List.of(SIZE, LONG_SIZE)) {
        setIf(signatures, tag, newHeader.size() + payload.size());
      }
      for (int tag : List.of(PAYLOAD_SIZE, LONG_PAYLOAD_SIZE)) {
        setIf(signatures, tag, unpacked.count());
      }
      setIf(signatures, SHA1, hex("SHA-1", newHeader));
      setIf(signatures, SHA256, hex("SHA-256", newHeader));
      if (signatures.has(MD5)) {
        signatures.set(MD5, digest("MD5", newHeader, payload));
      }
      Bytes first = Bytes.wrap(signatures.encode());
      AtomicFile.writeResult(
          target,
          Bytes.concat(
              List.of(
                  input.bytes().slice(0, LEAD),
                  first,
                  Bytes.zeros(-(LEAD + first.size()) & 7),
                  newHeader,
                  payload)),
          input.source());
    }
    return wasSigned
        ? List.of(
            target
                + ": its signature, which does not hold for the changed package, was removed; sign"
                + " it again (rpmsign --addsign)")
        : List.of();
  }

  private DigestingOutput rewrite(Path file) throws IOException {
    Map<String, Path> contents = new HashMap<>();
    changed.forEach((copy, content) -> contents.put(names.get(copy).entry(), content));
    DigestingOutput unpacked;
    try (InputStream in = open();
        OutputStream out =
            new BufferedOutputStream(compression.create(WorkFolder.create(file)), BUFFER)) {
      unpacked = new DigestingOutput(out);
      CpioReader.copy(in, unpacked, place(), contents);
    }
    return unpacked;
  }

  private static void setIf(RpmHeader header, int tag, String text) {
    if (header.has(tag)) {
      header.set(tag, List.of(text));
    }
  }

  private static void setIf(RpmHeader header, int tag, long number) throws IOException {
    if (header.has(tag)) {
      header.set(tag, new long[] {number});
    }
  }

  /** Sets sizes and digests of the changed files, under all their names. */
  private void setFiles() throws IOException {
    Map<String, Integer> indexes = indexes();
    long[] sizes = header.numbers(FILE_SIZES);
    List<String> digests = new ArrayList<>(header.texts(FILE_DIGESTS));
    require(digests.size() == indexes.size(), "it has no digests of files");
    String algorithm = fileDigest();
    long growth = 0;
    for (Map.Entry<Path, Path> one : changed.entrySet()) {
      Names in = names.get(one.getKey());
      long size = Files.size(one.getValue());
      String digest;
      try (FileBytes content = FileBytes.open(one.getValue())) {
        digest = hex(algorithm, content.bytes());
      }
      growth += size - sizes[indexes.get(in.entry())];
      for (String name : in.all()) {
        int index = indexes.get(name);
        sizes[index] = size;
        digests.set(index, digest);
      }
    }
    header.set(FILE_SIZES, sizes);
    header.set(FILE_DIGESTS, digests);
    for (int tag : List.of(INSTALLED_SIZE, LONG_INSTALLED_SIZE)) {
      long[] whole = header.numbers(tag);
      if (whole.length == 1) {
        header.set(tag, new long[] {Math.max(0, whole[0] + growth)});
      }
    }
  }

  private String fileDigest() throws IOException {
    long[] algorithm = header.numbers(FILE_DIGEST_ALGORITHM);
    int number = algorithm.length == 0 ? 1 : (int) algorithm[0];
    return switch (number) { // RFC 4880, section 9.4
      case 1 -> "MD5";
      case 2 -> "SHA-1";
      case SHA256_ALGORITHM -> "SHA-256";
      case 9 -> "SHA-384";
      case 10 -> "SHA-512";
      default ->
          throw new ContainerException(
              path.toString(),
              "digests of its files by algorithm " + number + " are not supported");
    };
  }

  /** The version as dependencies state it. */
  private String fullVersion(String release) throws IOException {
    long[] epoch = header.numbers(EPOCH);
    return (epoch.length == 0 ? "" : epoch[0] + ":") + header.requiredText(VERSION) + "-" + release;
  }

  /** Sets the next release, or one with a suffix. */
  private void setVersion(Optional<String> suffix) throws IOException {
    String release = header.requiredText(RELEASE);
    Matcher former = CHANGED.matcher(release);
    String next =
        former.matches()
            ? former.group(1) + (Integer.parseInt(former.group(2)) + 1)
            : release + FIRST;
    next = suffix.isPresent() ? release + suffix.get() : next;
    if (!next.equals(release)) {
      provide(fullVersion(release), Optional.of(fullVersion(next)), formerVersion().isEmpty());
      header.set(RELEASE, List.of(next));
    }
  }

  private void setFormerVersion() throws IOException {
    Optional<String> former = formerVersion();
    if (former.isPresent()) {
      String version = header.requiredText(VERSION) + "-";
      provide(fullVersion(header.requiredText(RELEASE)), Optional.empty(), false);
      String full = former.get();
      header.set(RELEASE, List.of(full.substring(full.indexOf(version) + version.length())));
    }
  }

  /** The version that a changed package had before: it still provides that one. */
  private Optional<String> formerVersion() throws IOException {
    String version = fullVersion(header.requiredText(RELEASE));
    String shortest = fullVersion("");
    List<String> provided = header.texts(PROVIDE_NAMES);
    List<String> versions = header.texts(PROVIDE_VERSIONS);
    for (int i = 0; i < Math.min(provided.size(), versions.size()); i++) {
      String other = versions.get(i);
      if (provided.get(i).equals(header.requiredText(NAME))
          && other.length() < version.length()
          && other.length() > shortest.length()
          && version.startsWith(other)) {
        return Optional.of(other);
      }
    }
    return Optional.empty();
  }

  /**
   * Changes which versions of itself the package provides. rpm looks dependencies up by halving: so
   * they stay sorted.
   *
   * @param version whose entries are changed
   * @param next the version that takes its place, or is added; if absent, those entries go
   */
  private void provide(String version, Optional<String> next, boolean adds) throws IOException {
    String own = header.requiredText(NAME);
    List<String> provided = header.texts(PROVIDE_NAMES);
    List<String> versions = header.texts(PROVIDE_VERSIONS);
    long[] flags = header.numbers(PROVIDE_FLAGS);
    require(
        versions.size() == provided.size() && flags.length == provided.size(),
        "its lists of what it provides do not have one length");
    List<String> newNames = new ArrayList<>();
    List<String> newVersions = new ArrayList<>();
    List<Long> newFlags = new ArrayList<>();
    for (int i = 0; i < provided.size(); i++) {
      String name = provided.get(i);
      boolean isOwn =
          versions.get(i).equals(version) && (name.equals(own) || name.startsWith(own + "("));
      List<String> now = new ArrayList<>();
      if (!isOwn || adds) {
        now.add(versions.get(i));
      }
      if (isOwn) {
        next.ifPresent(now::add);
      }
      for (String one : now) {
        newNames.add(name);
        newVersions.add(one);
        newFlags.add(flags[i]);
      }
    }
    header.set(PROVIDE_NAMES, newNames);
    header.set(PROVIDE_VERSIONS, newVersions);
    header.set(PROVIDE_FLAGS, newFlags.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
