package dev.hardwire.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Links of the pages lead to files and headings that exist, lines fit, words are spelt right. */
class LinksTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|href)=\"([^\"]+)\"");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final int WIDEST = 120;
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of(".", "docs", "docs/development", "kaitai", ".github")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
      }
    }
    assertThat(pages).hasSizeGreaterThan(20);
    return pages;
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    int links = 0;
    for (Path page : pages()) {
      Matcher matcher = LINK.matcher(text(page));
      while (matcher.find()) {
        String link = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        if (!link.matches("[a-z]+:.*")) {
          check(page, link);
          links++;
        }
      }
    }
    assertThat(links).isGreaterThan(150);
  }

  /** Tables, pictures and words that are longer have no place to wrap. */
  @Test
  void linesOfProseAreWrapped() throws IOException {
    for (Path page : pages()) {
      assertThat(CODE.matcher(text(page)).replaceAll("").lines())
          .as(page.toString())
          .filteredOn(line -> !line.startsWith("|") && !line.startsWith("!["))
          .filteredOn(line -> line.strip().contains(" "))
          .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(WIDEST));
    }
  }

  private static void check(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
    String place = ROOT.relativize(page) + ": " + link;
    assertThat(target).as(place).exists();
    assertThat(target.startsWith(ROOT)).as("%s: leads out of the project", place).isTrue();
    if (parts.length == 2) {
      assertThat(anchors(text(target))).as(place).contains(parts[1]);
    }
  }

  /** The anchors of the headings, as GitHub and others make them. */
  private static Set<String> anchors(String page) {
    Set<String> anchors = new TreeSet<>();
    Matcher headings = HEADING.matcher(page);
    while (headings.find()) {
      String words =
          headings.group(1).toLowerCase(Locale.ROOT).replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1");
      String anchor = words.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
      String unique = anchor;
      for (int i = 1; !anchors.add(unique); i++) {
        unique = anchor + "-" + i;
      }
    }
    return anchors;
  }

  /** A page without its blocks of code, where a # is not a heading. */
  private static String text(Path page) throws IOException {
    return CODE.matcher(Files.readString(page)).replaceAll("");
  }

  @Test
  void wrongAnchorsWouldBeFound() {
    assertThat(anchors("# One\n\n## Two `a`, and b\n\n## One\n"))
        .containsExactlyInAnyOrder("one", "two-a-and-b", "one-1");
  }

  @Test
  @Tag("system")
  void wordsAreSpeltRight() throws IOException {
    Outcome outcome =
        Programs.run("codespell", "--ignore-words", "src/test/resources/words.txt", pages());
    assertThat(outcome.out()).isEmpty();
    outcome.succeeds();
  }

  @Test
  @Tag("system")
  void aWrongWordWouldBeFound() throws IOException {
    Path page = Files.createTempFile("page", ".md");
    Files.writeString(page, "This is teh page.\n");
    assertThat(Programs.run("codespell", page).out()).contains("teh ==> the");
    Files.delete(page);
  }
}
