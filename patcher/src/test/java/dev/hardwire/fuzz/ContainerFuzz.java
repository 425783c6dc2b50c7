package dev.hardwire.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hardwire.container.Attester;
import dev.hardwire.container.Container;
import dev.hardwire.container.ContainerImage;
import dev.hardwire.container.ContainerWriter;
import dev.hardwire.container.ProgramArchive;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.output.WorkFolder;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.ImageBuilder.Archive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is taken for an archive of an image is read, or refused with a reason; what is written
 * with changed programs can be read again.
 */
class ContainerFuzz {
  private static final byte[] PROGRAM = {0x7f, 'E', 'L', 'F', 2, 1, 1};
  private static final byte[] CHANGED = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 7};

  static Stream<Arguments> seeds() throws IOException {
    try (WorkFolder work = WorkFolder.make()) {
      Path folder = Files.createDirectory(work.newFile());
      return Seeds.with("archives", Stream.of(archive(layout(folder))));
    }
  }

  private static Path layout(Path folder) throws IOException {
    byte[] long100 = "a/".repeat(60).getBytes(StandardCharsets.UTF_8);
    byte[] records = "20 path=bin/program\n".getBytes(StandardCharsets.UTF_8);
    byte[] lower =
        new Archive()
            .directory("bin")
            .file("bin/program", PROGRAM)
            .add("bin/other", '1', "bin/program", new byte[0])
            .add("sbin", '2', "bin", new byte[0])
            .add("long", 'L', "", long100)
            .file("x", new byte[3])
            .end();
    byte[] upper =
        new Archive()
            .file("bin/.wh.other", new byte[0])
            .file("lib/.wh..wh..opq", new byte[0])
            .add("records", 'x', "", records)
            .file("y", PROGRAM)
            .end();
    return new ImageBuilder(folder.resolve("image"))
        .layer("", lower, ImageBuilder.digest(lower))
        .layer(upper)
        .entryPoint("program")
        .write();
  }

  private static byte[] archive(Path layout) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(layout)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Archive archive = new Archive();
    for (Path file : files) {
      archive.file(layout.relativize(file).toString(), Files.readAllBytes(file));
    }
    return archive.end();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void archives(byte[] content) throws IOException {
    Path file = Files.createTempFile("image", ".tar");
    try (WorkFolder work = WorkFolder.make()) {
      Files.write(file, content);
      try (Container container = Container.open(file, UnpackLimit.USUAL)) {
        for (ContainerImage image : container.images()) {
          image.read(work);
          image.entryPoint();
        }
      }
      change(file, false);
      change(file, true);
    } catch (FileSystemException refused) {
      if (refused.getReason() == null || refused.getReason().isBlank()) {
        throw new IllegalStateException("a refusal that says nothing", refused);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void change(Path file, boolean intoTheirLayers) throws IOException {
    Path target = Files.createTempFile("changed", ".tar");
    try (WorkFolder work = WorkFolder.make();
        Container container = Container.open(file, UnpackLimit.USUAL)) {
      for (ContainerImage image : container.images()) {
        for (ProgramArchive.Program program : image.read(work)) {
          image.replace(program, Files.write(work.newFile(), CHANGED));
        }
      }
      ContainerWriter.write(
          container,
          work,
          target,
          new ContainerWriter.Request("test", intoTheirLayers, Attester.NONE));
      check(target);
    } finally {
      Files.delete(target);
    }
  }

  private static void check(Path written) {
    try (WorkFolder work = WorkFolder.make();
        Container container = Container.open(written, UnpackLimit.USUAL)) {
      for (ContainerImage image : container.images()) {
        for (ProgramArchive.Program program : image.read(work)) {
          if (!Arrays.equals(Files.readAllBytes(program.copy()), CHANGED)) {
            throw new IllegalStateException(program.name() + " was not replaced");
          }
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("what was written cannot be read", e);
    }
  }
}
