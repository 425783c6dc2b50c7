package dev.hardwire.report.html;

import dev.hardwire.text.VisibleText;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes HTML and SVG. The one place where text becomes markup: names of elements and attributes
 * are the program's own, and everything else is escaped, with control characters and characters
 * that change the direction of text made visible. Elements that are open are closed in order.
 */
final class Html {
  private static final Set<String> VOID = Set.of("meta", "input", "br", "hr");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9-]*");
  private static final Pattern LINK =
      Pattern.compile("#[a-z0-9-]+|#find=[A-Za-z0-9%._~:-]+|[a-z0-9-]+\\.html(#[a-z0-9-]+)?");
  private static final Set<String> ACTIVE =
      Set.of("style", "src", "srcdoc", "action", "formaction");

  /** Longer texts of a file are cut; a name can have several MB. */
  private static final int LONGEST = 4096;

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn; an attribute whose value is null is left out
   */
  Html open(String name, String... attributes) {
    out.append('<').append(checked(name));
    for (int i = 0; i < attributes.length; i += 2) {
      if (attributes[i + 1] != null) {
        attribute(attributes[i], attributes[i + 1]);
      }
    }
    out.append('>');
    if (!VOID.contains(name)) {
      open.push(name);
    }
    return this;
  }

  private static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a name of an element or attribute: " + name);
    }
    return name;
  }

  private void attribute(String name, String value) {
    if (name.startsWith("on") || ACTIVE.contains(name)) {
      throw new IllegalArgumentException("an attribute that runs or loads something: " + name);
    }
    if (name.equals("href") && !LINK.matcher(value).matches()) {
      throw new IllegalArgumentException("a link that leaves the report: " + value);
    }
    out.append(' ').append(checked(name)).append("=\"");
    escape(VisibleText.lines(value));
    out.append('"');
  }

  /** Closes the element that was opened last. */
  Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Closes several elements. */
  Html close(int count) {
    for (int i = 0; i < count; i++) {
      close();
    }
    return this;
  }

  Html text(String text) {
    escape(VisibleText.of(shortened(text)));
    return this;
  }

  /** Text of several lines, for {@code pre}. */
  Html lines(String text) {
    escape(VisibleText.lines(text));
    return this;
  }

  static String shortened(String text) {
    return text.length() <= LONGEST
        ? text
        : text.substring(0, LONGEST) + "… (" + text.length() + " characters)";
  }

  private void escape(String visible) {
    for (int i = 0; i < visible.length(); i++) {
      char c = visible.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }

  Html element(String name, String text, String... attributes) {
    return open(name, attributes).text(text).close();
  }

  /** A name and its value, in a list of such. */
  Html fact(String name, String value) {
    return open("div").element("dt", name).element("dd", value).close();
  }

  /** Text of several lines that can be read as it is. */
  Html pre(String label, String text) {
    open("pre", "tabindex", "0", "role", "group", "aria-label", label);
    return lines(text).close();
  }

  /** Opens a box that can be scrolled, also by the keyboard. */
  Html scroll(String label) {
    return open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", label);
  }

  /** Opens a table in such a box, with the heads of its columns: three elements to close. */
  Html table(String caption, List<String> heads) {
    scroll(caption).open("table").element("caption", caption, "class", "hidden");
    open("thead").open("tr");
    heads.forEach(head -> element("th", head, "scope", "col"));
    return close(2).open("tbody");
  }

  /** A rule of style of this page alone, as its policy allows it. */
  Html style(String rules) {
    if (rules.indexOf('<') >= 0) {
      throw new IllegalArgumentException("a style with markup");
    }
    out.append("<style>").append(rules).append("</style>\n");
    return this;
  }

  /** The style sheet or the script of the report itself, as the policy of the page allows it. */
  Html embedded(Asset asset) {
    out.append('<').append(asset.element()).append('>').append(asset.text());
    out.append("</").append(asset.element()).append(">\n");
    return this;
  }

  /**
   * Data for the script; it is not executed.
   *
   * @param json in which "&lt;" is escaped
   */
  Html data(String id, String json) {
    if (json.indexOf('<') >= 0) {
      throw new IllegalArgumentException("data with markup");
    }
    out.append("<script type=\"application/json\" id=\"").append(checked(id)).append("\">");
    out.append(json).append("</script>\n");
    return this;
  }

  /** A new line between elements, for those who read the source. */
  Html line() {
    out.append('\n');
    return this;
  }

  /** The first line of a document. */
  Html doctype() {
    out.append("<!DOCTYPE html>\n");
    return this;
  }

  /** The document, in which every element was closed. */
  String document() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("still open: " + open);
    }
    return out.append('\n').toString();
  }
}
