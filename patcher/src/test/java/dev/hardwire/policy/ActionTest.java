package dev.hardwire.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "allow",
        "log",
        "trap",
        "kill-thread",
        "kill-process",
        "errno EPERM",
        "errno 0",
        "errno 4095"
      })
  void textIsReadBack(String text) {
    assertThat(Action.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "errno:EPERM, errno EPERM",
    "errno:1, errno EPERM",
    "errno EWOULDBLOCK, errno EAGAIN",
    "errno ENOTSUP, errno EOPNOTSUPP"
  })
  void otherSpellingsMeanTheSame(String text, String canonical) {
    assertThat(Action.parse(text)).isEqualTo(Action.parse(canonical)).hasToString(canonical);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kill_process | unknown action \"kill_process\"; did you mean \"kill-process\"?",
        "errno EPREM | unknown error name \"EPREM\"; did you mean \"EPERM\"?",
        "errno EDEADLOCK | unknown error name \"EDEADLOCK\"; did you mean \"EDEADLK\"?",
        "errno 4096 | error number 4096 is not within 0 to 4095",
        "errno 12345 | unknown error name \"12345\"",
        "errno -1 | unknown error name \"-1\"",
        "'' | unknown action \"\""
      })
  void errorsSayWhatAndWhatElse(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Action.parse(text))
        .withMessageStartingWith(message);
  }

  @Test
  void errorNumbersAreTheKernels() {
    assertThat(ErrorNumber.number("ENETDOWN")).hasValue(100);
    assertThat(ErrorNumber.number("ENOSYS")).hasValue(38);
    assertThat(ErrorNumber.name(133)).contains("EHWPOISON");
    assertThat(ErrorNumber.name(134)).isEmpty();
  }
}
