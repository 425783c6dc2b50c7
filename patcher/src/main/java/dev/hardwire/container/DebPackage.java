package dev.hardwire.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileBytes;
import dev.hardwire.container.archive.ArArchive;
import dev.hardwire.container.archive.Compression;
import dev.hardwire.container.archive.ContainerException;
import dev.hardwire.container.archive.FileRange;
import dev.hardwire.container.archive.TarCopy;
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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Debian package (deb(5)): its programs, and the contents that replace some of them. All other
 * files, and the headers of all files, stay as they are.
 */
final class DebPackage implements ProgramPackage {
  private static final int BUFFER = 1 << 16;

  private final Path path;
  private final InputFile input;
  private final ArArchive archive;
  private final UnpackLimit limit;
  private final ArArchive.Member control;
  private final ArArchive.Member data;
  private ImageFiles files;
  private String name = "";

  /** New contents by the name of the entry that has the content. */
  private final Map<String, Path> changed = new HashMap<>();

  private DebPackage(Path path, InputFile input, UnpackLimit limit) throws IOException {
    this.path = path;
    this.input = input;
    this.limit = limit;
    this.archive = ArArchive.read(input.bytes(), path.toString());
    this.control = member("control.tar");
    this.data = member("data.tar");
  }

  /** Whether a file begins like a package. */
  static boolean is(byte[] start) {
    return new String(start, ISO_8859_1).startsWith("!<arch>\ndebian-binary");
  }

  /**
   * Reads a package.
   *
   * @param input is closed with it, if it is one
   * @param limit of each member
   */
  static DebPackage of(Path path, InputFile input, UnpackLimit limit) throws IOException {
    return new DebPackage(path, input, limit);
  }

  private ArArchive.Member member(String name) throws IOException {
    List<ArArchive.Member> found =
        archive.members().stream().filter(one -> one.name().startsWith(name)).toList();
    ContainerException.require(
        found.size() == 1, path.toString(), "not a Debian package with one " + name);
    return found.get(0);
  }

  @Override
  public List<Program> read(WorkFolder work) throws IOException {
    ControlFiles documents = new ControlFiles(place(control));
    read(control, documents::read);
    name = documents.name();
    files = new ImageFiles(work, false);
    read(data, in -> files.read(in, place(data)));
    return files.programs();
  }

  /** Reads a member that is unpacked. */
  private interface Reading {
    void read(InputStream in) throws IOException;
  }

  private void read(ArArchive.Member member, Reading reading) throws IOException {
    try (InputStream in = open(member)) {
      reading.read(in);
    }
  }

  private String place(ArArchive.Member member) {
    return path + ": " + member.name();
  }

  private InputStream open(ArArchive.Member member) throws IOException {
    InputStream in = new FileRange(archive.content(member));
    return new BufferedInputStream(
        limit.open(compression(member), in, member.size(), place(member)), BUFFER);
  }

  private Compression compression(ArArchive.Member member) throws IOException {
    String suffix = member.name().substring(member.name().indexOf(".tar") + 4);
    return switch (suffix) {
      case "" -> Compression.NONE;
      case ".gz" -> Compression.GZIP;
      case ".xz" -> Compression.XZ;
      case ".zst" -> Compression.ZSTD;
      default -> throw new ContainerException(place(member), "this compression is not supported");
    };
  }

  @Override
  public void extract(Path directory) throws IOException {
    files.extract(directory);
  }

  @Override
  public Optional<String> packageOf(Program program) {
    return Optional.of(name);
  }

  @Override
  public void replace(Program program, Path content) {
    changed.put(files.contentOf(program).entry(), content);
  }

  @Override
  public List<String> write(WorkFolder work, Path target, Optional<String> suffix)
      throws IOException {
    write(work, target, (documents, growth) -> documents.control(suffix, growth));
    return List.of();
  }

  @Override
  public List<String> writeOriginal(WorkFolder work, Path target) throws IOException {
    write(work, target, ControlFiles::original);
    return List.of();
  }

  /** Makes the new control file. */
  private interface Control {
    String of(ControlFiles documents, long growth) throws IOException;
  }

  private void write(WorkFolder work, Path target, Control changes) throws IOException {
    if (changed.isEmpty()) {
      AtomicFile.writeResult(target, input.bytes(), input.source());
      return;
    }
    ControlFiles documents = new ControlFiles(place(control));
    read(control, documents::read);
    Map<String, Path> texts = new HashMap<>();
    texts.put(ControlFiles.CONTROL, text(work, changes.of(documents, growth())));
    if (documents.md5sums().isPresent()) {
      texts.put(ControlFiles.MD5SUMS, text(work, md5sums(documents.md5sums().get())));
    }
    Path newData = work.newFile();
    rewrite(data, newData, changed);
    Path newControl = work.newFile();
    rewrite(control, newControl, texts);
    try (FileBytes controlBytes = FileBytes.open(newControl);
        FileBytes dataBytes = FileBytes.open(newData)) {
      List<Bytes> parts = new ArrayList<>();
      parts.add(Bytes.wrap(ArArchive.MAGIC.getBytes(ISO_8859_1)));
      for (ArArchive.Member member : archive.members()) {
        Bytes content = archive.content(member);
        content = member.equals(control) ? controlBytes.bytes() : content;
        content = member.equals(data) ? dataBytes.bytes() : content;
        parts.add(Bytes.wrap(member.header(content.size())));
        parts.add(content);
        parts.add(Bytes.wrap(content.size() % 2 == 0 ? new byte[0] : new byte[] {'\n'}));
      }
      AtomicFile.writeResult(target, Bytes.concat(parts), input.source());
    }
  }

  private void rewrite(ArArchive.Member member, Path file, Map<String, Path> contents)
      throws IOException {
    try (InputStream in = open(member);
        OutputStream out = create(member, file)) {
      TarCopy.copy(in, out, place(member), contents);
    }
  }

  private static Path text(WorkFolder work, String text) throws IOException {
    Path file = work.newFile();
    try (OutputStream out = WorkFolder.create(file)) {
      out.write(text.getBytes(ISO_8859_1));
    }
    return file;
  }

  private OutputStream create(ArArchive.Member member, Path file) throws IOException {
    return new BufferedOutputStream(compression(member).create(WorkFolder.create(file)), BUFFER);
  }

  @Override
  public void close() throws IOException {
    input.close();
  }

  /** By how many bytes the files grow. */
  private long growth() throws IOException {
    long growth = 0;
    for (Map.Entry<String, Path> entry : changed.entrySet()) {
      growth += Files.size(entry.getValue()) - files.nodes().get(entry.getKey()).header().size();
    }
    return growth;
  }

  /** The list of digests with those of the changed files, under all their names. */
  private String md5sums(String old) throws IOException {
    Md5Sums sums = new Md5Sums();
    for (Map.Entry<String, Path> entry : changed.entrySet()) {
      sums.add(files.namesOf(entry.getKey()), entry.getValue());
    }
    return sums.replaced(old);
  }

  /**
   * The list of digests in a Debian package, in the form of md5sum(1): a backslash before the
   * digest says that backslashes and line ends in the name are escaped. Names are octets, held as
   * ISO 8859-1 text.
   */
  private static final class Md5Sums {
    private static final Pattern LINE =
        Pattern.compile("(\\\\?)([0-9a-fA-F]{32})( [ *])(.*?)(\n?)", Pattern.DOTALL);

    private final Map<String, String> digests = new HashMap<>();

    /** Computes the digest of a new content. */
    void add(List<String> names, Path content) throws IOException {
      String digest = md5(content);
      names.forEach(name -> digests.put(name, digest));
    }

    private static String md5(Path file) throws IOException {
      MessageDigest digest;
      try {
        digest = MessageDigest.getInstance("MD5");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e); // every Java has it
      }
      byte[] buffer = new byte[1 << 16];
      try (InputStream in = WorkFolder.open(file)) {
        for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
          digest.update(buffer, 0, count);
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    /** The list with the digests of new contents; all else stays as it is. */
    String replaced(String old) {
      StringBuilder text = new StringBuilder();
      for (String line : old.split("(?<=\n)", -1)) {
        Matcher parts = LINE.matcher(line);
        String digest = parts.matches() ? digests.get(name(parts)) : null;
        text.append(
            digest == null ? line : parts.group(1) + digest + line.substring(parts.start(3)));
      }
      return text.toString();
    }

    private static String name(Matcher line) {
      String name = line.group(1).isEmpty() ? line.group(4) : unescaped(line.group(4));
      return name.startsWith("./") ? name.substring(2) : name;
    }

    private static String unescaped(String name) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (c == '\\' && i + 1 < name.length()) {
          i++;
          char next = name.charAt(i);
          text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
        } else {
          text.append(c);
        }
      }
      return text.toString();
    }
  }
}
