package dev.hardwire.spark;

import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.spark.SparkUserAppException;
import org.apache.spark.deploy.SparkSubmit;

/**
 * Submits one work after the other in a JVM that has Spark's classes loaded and compiled: each line
 * of standard input has the words of one as JSON. A line of standard output, behind what the work
 * writes, says with which code it ended.
 */
final class SubmitLoop {
  /** In front of the code. */
  static final String ENDED = "ended with ";

  private SubmitLoop() {}

  public static void main(String... none) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int code = 0;
      try {
        new SparkSubmit().doSubmit(new Gson().fromJson(line, String[].class));
      } catch (Exception e) { // Scala declares none
        if (!(e instanceof SparkUserAppException app)) {
          throw e;
        }
        code = app.exitCode();
      }
      System.err.flush();
      out.println(ENDED + code);
    }
  }
}
