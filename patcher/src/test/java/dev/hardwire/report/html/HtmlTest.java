package dev.hardwire.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile text stays text in every place of a page. */
class HtmlTest {
  private static final String HOSTILE = "</script><script>alert('\"&`')</script>";

  @Test
  void textIsEscaped() {
    assertThat(new Html().element("p", HOSTILE).document())
        .isEqualTo(
            "<p>&lt;/script&gt;&lt;script&gt;alert(&#39;&quot;&amp;`&#39;)&lt;/script&gt;</p>\n");
  }

  @Test
  void attributesAreEscaped() {
    String page = new Html().open("p", "title", "\" onclick=\"alert(1)").close().document();
    assertThat(page).isEqualTo("<p title=\"&quot; onclick=&quot;alert(1)\"></p>\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0, \\x00",
    "27, \\x1b",
    "10, \\n",
    "127, \\x7f",
    "133, \\u0085",
    "8206, \\u200e",
    "8238, \\u202e",
    "8297, \\u2069",
    "55357, \\ud83d",
    "917601, \\ue0061",
  })
  void whatCannotBeSeenIsMadeVisible(int character, String visible) {
    String text = "a" + new String(Character.toChars(character)) + "b";
    assertThat(new Html().text(text).document()).isEqualTo("a" + visible + "b\n");
    assertThat(new Html().open("p", "title", text).close().document())
        .isEqualTo("<p title=\"a%sb\"></p>\n".formatted(character == '\n' ? "\n" : visible));
  }

  @Test
  void longTextsAreCut() {
    String page = new Html().text("n".repeat(1 << 20)).document();
    assertThat(page).hasSizeLessThan(5000).endsWith("n… (1048576 characters)\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"onclick", "onload", "style", "src", "srcdoc", "formaction"})
  void attributesThatRunOrLoadAreRefused(String name) {
    assertThatThrownBy(() -> new Html().open("p", name, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "javascript:alert(1)",
        "https://example.org/",
        "//example.org",
        "../x.html",
        "#A\"",
        "data:text/html,x",
        "x.html#a b"
      })
  void linksStayInTheReport(String link) {
    assertThatThrownBy(() -> new Html().open("a", "href", link))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAreNotTakenFromText() {
    assertThatThrownBy(() -> new Html().open("p><script"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Html().open("p", "x=y ", "z"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void dataWithMarkupIsRefused() {
    assertThat(new Html().data("d", "{\"a\":\"\\u003cscript\"}").document())
        .contains("<script type=\"application/json\" id=\"d\">{");
    assertThatThrownBy(() -> new Html().data("d", "\"</script>\""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void openElementsAreNoticed() {
    assertThatThrownBy(() -> new Html().open("p").document())
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/usr/bin/tar|/usr/bin/tar",
        "-rf|./-rf",
        "a b|'a b'",
        "it's; $(x) `y`|'it'\\''s; $(x) `y`'",
      })
  void namesAreWordsForAShell(String name, String word) {
    assertThat(Commands.word(name)).isEqualTo(word);
  }

  @Test
  void bytesThatCannotBeTypedAreEscapedForAShell() {
    assertThat(Commands.word("a\n\u001b\u202e'é"))
        .isEqualTo("$'a\\x0a\\x1b\\xe2\\x80\\xae\\x27\\xc3\\xa9'");
  }
}
