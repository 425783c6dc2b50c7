package dev.hardwire.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file with more than a mode and an owner is never taken for one without. */
@Tag("system")
class AttributeSurveyTest {
  /**
   * What {@code setfacl -m u:1234:r} makes of mode 644, little-endian (linux/posix_acl_xattr.h).
   */
  private static final String ACCESS_LIST =
      "0x02000000"
          + "01000600ffffffff"
          + "02000400d2040000"
          + "04000400ffffffff"
          + "10000400ffffffff"
          + "20000400ffffffff";

  @TempDir private Path folder;
  private Path from;
  private Path to;

  @BeforeEach
  void makeFolders() throws IOException {
    from = Files.createDirectory(folder.resolve("from"));
    to = Files.createDirectory(folder.resolve("to"));
  }

  private Path file(String name) throws IOException {
    return Files.writeString(from.resolve(name), name);
  }

  private AttributeSurvey survey(Path... files) {
    List<AttributeSurvey.Pair> pairs = new ArrayList<>();
    for (Path file : files) {
      pairs.add(new AttributeSurvey.Pair(file, to.resolve(file.getFileName())));
    }
    return new AttributeSurvey(pairs);
  }

  private boolean isPlain(AttributeSurvey survey, Path file) throws IOException {
    return survey.isPlain(file, changed(file), to.resolve(".hardwire-1.tmp"));
  }

  private static FileTime changed(Path file) throws IOException {
    return (FileTime) Files.getAttribute(file, "unix:ctime");
  }

  /** Lists files so long after they were made that the list counts. */
  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void eachKindOfAttributeCounts() throws IOException {
    Path plain = file("plain");
    Path user = file("user note");
    Path capable = file("capable");
    Path listed = file("listed");
    Path trusted = file("trusted");
    Path odd = file("new\nline\\");
    Path noted = file("new\nline");
    Programs.output("setfattr", "-n", "user.note", "-v", "1", user);
    Programs.output("setcap", "cap_net_raw=ep", capable);
    Programs.output("setfattr", "-n", "system.posix_acl_access", "-v", ACCESS_LIST, listed);
    Programs.output("setfattr", "-n", "trusted.note", "-v", "1", trusted);
    pause();
    for (boolean known : new boolean[] {true, false}) {
      AttributeSurvey survey =
          known ? survey(plain, user, capable, listed, trusted, odd, noted) : survey();
      assertThat(isPlain(survey, plain)).isTrue();
      assertThat(isPlain(survey, odd)).isTrue();
      for (Path special : List.of(user, capable, listed, trusted)) {
        assertThat(isPlain(survey, special)).as(special.toString()).isFalse();
      }
    }
    Programs.output("setfattr", "-n", "user.note", "-v", "1", noted);
    assertThat(isPlain(survey(plain, noted), noted)).isFalse();
  }

  @Test
  void whatIsNotCopiedDoesNotCount() throws IOException {
    Path signed = file("signed");
    Programs.output("setfattr", "-n", "security.ima", "-v", "0x0102", signed);
    assertThat(isPlain(survey(signed), signed)).isTrue();
  }

  @Test
  void aFileThatChangesAfterItWasListedIsListedAgain() throws IOException {
    Path one = file("one");
    Path two = file("two");
    pause();
    AttributeSurvey survey = survey(one, two);
    assertThat(isPlain(survey, one)).isTrue();
    Programs.output("setcap", "cap_net_raw=ep", two);
    assertThat(isPlain(survey, two)).isFalse();
  }

  @Test
  void aFolderThatHandsOnAnAccessControlListCounts() throws IOException {
    Path file = file("file");
    Path below = to.resolve("made/later");
    AttributeSurvey plain =
        new AttributeSurvey(List.of(new AttributeSurvey.Pair(file, below.resolve("file"))));
    assertThat(isPlain(survey(file), file)).isTrue();
    pause();
    assertThat(plain.isPlain(file, changed(file), below.resolve(".hardwire-1.tmp"))).isTrue();
    Programs.output("setfattr", "-n", "system.posix_acl_default", "-v", ACCESS_LIST, to);
    assertThat(isPlain(survey(file), file)).isFalse();
    AttributeSurvey inherited =
        new AttributeSurvey(List.of(new AttributeSurvey.Pair(file, below.resolve("file"))));
    assertThat(inherited.isPlain(file, changed(file), below.resolve(".hardwire-1.tmp"))).isFalse();
  }

  @Test
  void aFileThatIsGoneMakesNothingPlain() throws IOException {
    Path file = file("file");
    pause();
    AttributeSurvey survey = survey(file, from.resolve("gone"));
    assertThat(isPlain(survey, file)).isFalse();
  }
}
