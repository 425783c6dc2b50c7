package dev.hardwire.formats.kafel;

import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** kafel's language, as nsjail uses it; only read. */
public record KafelFormat() implements PolicyFormat {
  private static final Pattern MARK =
      Pattern.compile(
          "(?m)(^|\\s)(POLICY\\s+[A-Za-z]\\w*\\s*\\{|USE\\s+[A-Za-z]\\w*|DEFAULT\\s+[A-Z]"
              + "|(ALLOW|LOG|DENY|KILL|KILL_PROCESS|ERRNO\\s*\\(\\w+\\))\\s*\\{)");

  @Override
  public boolean detect(String text) {
    return MARK.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    return KafelReader.read(PolicyFiles.only(files), options);
  }

  @Override
  public String toString() {
    return "kafel";
  }
}
