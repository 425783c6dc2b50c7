package dev.hardwire.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.FileStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A digest that is given is that of what stands in the file. */
class DigestSurveyTest {
  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  private final Random random = new Random(1);

  @TempDir private Path folder;

  private Path program(String name, int size) throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    System.arraycopy(MAGIC, 0, content, 0, MAGIC.length);
    return Files.write(folder.resolve(name), content);
  }

  private List<Path> programs(int count) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      files.add(program("program" + i, 1000 + i));
    }
    return files;
  }

  /** Until what was made is older than the clock's steps. */
  private static void pause() throws InterruptedException {
    Thread.sleep(100);
  }

  private static Bytes digest(Path file) throws IOException {
    return Bytes.wrap(Files.readAllBytes(file)).sha256();
  }

  private static DigestSurvey survey(List<Path> files, int ahead) throws IOException {
    DigestSurvey survey = new DigestSurvey(ahead);
    for (Path file : files) {
      survey.add(file);
    }
    survey.begin();
    return survey;
  }

  @Test
  void allFilesOfSeveralProcessesHaveTheirDigest() throws Exception {
    List<Path> files = programs(600);
    files.add(program("a \n name\\ with -- everything", 5000));
    files.add(program("-c", 5000));
    files.add(program("large", 40_000_000));
    files.addAll(List.of(program("last", 4)));
    pause();
    DigestSurvey survey = survey(files, 2);
    for (Path file : files) {
      assertThat(survey.digest(file)).as("%s", file).contains(digest(file));
    }
    DigestSurvey backwards = survey(files, 1);
    for (int i = files.size() - 1; i >= 0; i--) {
      assertThat(backwards.digest(files.get(i))).contains(digest(files.get(i)));
    }
  }

  @Test
  void whatIsNoExecutableIsNotRead() throws Exception {
    List<Path> files = programs(10);
    Path text = Files.writeString(folder.resolve("text"), "text");
    Path directory = Files.createDirectory(folder.resolve("directory"));
    files.addAll(List.of(text, directory, folder.resolve("nothing")));
    pause();
    DigestSurvey survey = survey(files, 2);
    assertThat(survey.digest(files.get(9))).contains(digest(files.get(9)));
    assertThat(survey.digest(text)).isEmpty();
    assertThat(survey.digest(directory)).isEmpty();
    assertThat(survey.digest(folder.resolve("nothing"))).isEmpty();
    assertThat(survey.digest(program("another", 9))).as("a file of no survey").isEmpty();
  }

  @Test
  void aFileThatChangesHasNone() throws Exception {
    List<Path> files = programs(10);
    pause();
    DigestSurvey survey = survey(files, 2);
    assertThat(survey.digest(files.get(0))).contains(digest(files.get(0)));
    Files.write(files.get(1), MAGIC);
    assertThat(survey.digest(files.get(1))).as("changed").isEmpty();
    Files.move(files.get(3), files.get(2), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(survey.digest(files.get(2))).as("replaced").isEmpty();
    assertThat(survey.digest(files.get(4))).contains(digest(files.get(4)));
  }

  @Test
  void aFileThatHasJustChangedHasNone() throws Exception {
    Path fresh;
    DigestSurvey survey;
    do {
      fresh = program("fresh", 2_000_000);
      survey = survey(List.of(fresh), 2);
    } while (!FileStamp.of(fresh).isSince(FileStamp.settled())); // this thread was kept waiting
    assertThat(survey.digest(fresh)).isEmpty();
  }

  /** Whoever has read a file of a later process, and asks for its digest, has the old one. */
  @Test
  void aFileThatHasChangedSinceTheSurveyBeganHasNone() throws Exception {
    List<Path> files = programs(700);
    pause();
    DigestSurvey survey = survey(files, 0);
    Path last = files.get(699);
    Files.write(last, MAGIC);
    pause();
    assertThat(survey.digest(last)).isEmpty();
    assertThat(survey.digest(files.get(698))).contains(digest(files.get(698)));
  }

  @Test
  void fewSmallFilesTakeNoProcess() throws Exception {
    List<Path> files = programs(3);
    pause();
    DigestSurvey survey = survey(files, 2);
    assertThat(survey.digest(files.get(0))).isEmpty();
    files.add(program("large", 2_000_000));
    pause();
    DigestSurvey another = survey(files, 2);
    assertThat(another.digest(files.get(3))).contains(digest(files.get(3)));
  }
}
