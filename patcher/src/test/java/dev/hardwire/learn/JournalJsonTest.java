package dev.hardwire.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.learn.log.JournalJson;
import dev.hardwire.learn.log.LearnException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalJsonTest {
  private static final Set<String> WANTED = Set.of("MESSAGE", "_TRANSPORT");
  private static final String RECORD =
      "audit: type=1326 audit(1795569800.014:3308): pid=77 comm=x exe=/opt/x arch=c000003e"
          + " syscall=63";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"MESSAGE\":\"a\\u00e9\\n\",\"x\":[{\"MESSAGE\":\"b\"}],\"_TRANSPORT\":null}",
        " {\"y\":1e5, \"MESSAGE\" : [97,233,10] , \"_TRANSPORT\":[\"kernel\",\"audit\"]}\r",
        "{\"MESSAGE\":\"a\\u00e9\\n\",\"_TRANSPORT\":[1,256]}",
        "{\"MESSAGE\":\"a\\u00e9\\n\",\"_TRANSPORT\":[1,-2]}",
        "{\"MESSAGE\":\"a\\u00e9\\n\",\"_TRANSPORT\":[],\"z\":\"1\",\"z\":\"2\"}",
        "{\"MESSAGE\":\"a\u00e9\\n\",\"_TRANSPORT\":1}"
      })
  void textsOfWantedFieldsAreRead(String line) {
    assertThat(JournalJson.fields(line, WANTED)).contains(Map.of("MESSAGE", "a\u00e9\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "{",
        "{}{}",
        "{} x",
        "{\"MESSAGE\":\"a\",}",
        "\ufeff{\"MESSAGE\":\"a\"}",
        "{\"MESSAGE\" \"a\"}",
        "{MESSAGE:\"a\"}",
        "{'MESSAGE':'a'}",
        "{\"MESSAGE\":\"a\u0007\"}",
        "{\"MESSAGE\":\"\\x\"}",
        "{\"MESSAGE\":\"\\u12g4\"}",
        "{\"MESSAGE\":\"a\"",
        "{\"MESSAGE\":[1,2",
        "{\"MESSAGE\":[1 2]}",
        "{\"MESSAGE\":a}",
        "{\"x\":01,\"MESSAGE\":\"a\"}",
        "{\"x\":NaN,\"MESSAGE\":\"a\"}",
        "{\"x\":[}],\"MESSAGE\":\"a\"}",
        "{\"MESSAGE\":\"a\",\"MESSAGE\":\"b\"}",
        "{\"_TRANSPORT\":\"syslog\",\"_TRANSPORT\":[1]}"
      })
  void otherLinesAreNoEntries(String line) {
    assertThat(JournalJson.fields(line, WANTED)).isEmpty();
  }

  private static String entry(String rest) {
    return "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"" + RECORD + "\"" + rest + "}";
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"x\":"})
  void depthIsLimited(String open) {
    String close = open.equals("[") ? "]" : "}";
    String deep = open.repeat(200) + "1" + close.repeat(200);
    assertThat(Learning.from(entry(",\"x\":" + deep)).counts()).containsEntry("uname", 1L);
    String tooDeep = open.repeat(9000) + "1" + close.repeat(9000);
    assertThatThrownBy(() -> Learning.from(entry(",\"MESSAGE2\":" + tooDeep)).policy())
        .isInstanceOf(LearnException.class)
        .hasMessageStartingWith("log: nothing to learn from: no system call in it (");
  }

  @Test
  void longStringsAreSteppedOver() {
    String rest = ",\"COREDUMP\":\"" + "x".repeat(60_000) + "\"";
    assertThat(Learning.from(entry(rest)).counts()).containsEntry("uname", 1L);
  }

  @Test
  void bytesThatAreNotUtf8AreKept() {
    assertThat(Learning.from(entry(",\"x\":\"\u00ff\u00c0\u0080\"")).counts())
        .containsEntry("uname", 1L);
  }

  @Test
  void anEntryWithTwoTransportsIsNotUsed() {
    assertThatThrownBy(() -> Learning.from(entry(",\"_TRANSPORT\":\"audit\"")).policy())
        .isInstanceOf(LearnException.class)
        .hasMessageStartingWith("log: nothing to learn from: no system call in it (");
  }
}
