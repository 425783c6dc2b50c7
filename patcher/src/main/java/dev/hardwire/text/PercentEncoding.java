package dev.hardwire.text;

import java.nio.charset.StandardCharsets;

/** Texts in URIs (RFC 3986). */
public final class PercentEncoding {
  private static final String UNRESERVED = "-._~";

  private PercentEncoding() {}

  /**
   * A path, in which slashes stay.
   *
   * @param path in UTF-8
   */
  public static String ofPath(String path) {
    return of(path, UNRESERVED + "/");
  }

  /**
   * Any text.
   *
   * @param text in UTF-8
   */
  public static String of(String text) {
    return of(text, UNRESERVED);
  }

  private static String of(String text, String kept) {
    StringBuilder encoded = new StringBuilder();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      boolean stays = one > 0 && (Character.isLetterOrDigit(one) || kept.indexOf(one) >= 0);
      encoded.append(stays ? "" + (char) one : "%%%02X".formatted(one & 0xff));
    }
    return encoded.toString();
  }
}
