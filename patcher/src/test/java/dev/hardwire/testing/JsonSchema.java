package dev.hardwire.testing;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Validates JSON by the schemas in {@code docs}. */
public final class JsonSchema {
  /** Answers each line, a document and what it has to be, with a line: null, or what is wrong. */
  private static final String CHECK =
      """
      import json, sys, traceback, jsonschema
      def check(file, definition, document):
          schema = json.load(open(file))
          jsonschema.Draft202012Validator.check_schema(schema)
          if definition:
              schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": "#/$defs/" + definition}
          jsonschema.validate(json.loads(document), schema)
      for line in sys.stdin:
          wrong = None
          try:
              check(*json.loads(line))
          except Exception:
              wrong = traceback.format_exc()
          print(json.dumps(wrong), flush=True)
      """;

  /** The process of this JVM, with which it ends. */
  private static final class Validator {
    static final Validator SHARED = new Validator();

    private final PrintWriter documents;
    private final BufferedReader answers;

    private Validator() {
      try {
        Process process =
            Programs.start(
                new ProcessBuilder("/usr/bin/python3", "-c", CHECK)
                    .redirectError(ProcessBuilder.Redirect.INHERIT));
        documents = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        answers =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    synchronized void check(Path schema, String definition, String json) throws IOException {
      documents.println(new Gson().toJson(List.of(schema.toString(), definition, json)));
      String answer = answers.readLine();
      if (!"null".equals(answer)) {
        throw new AssertionError(
            schema
                + ": "
                + (answer == null ? "no answer" : new Gson().fromJson(answer, String.class)));
      }
    }
  }

  private JsonSchema() {}

  /**
   * Checks a document by a whole schema.
   *
   * @param schema such as {@code why}, for {@code docs/why.schema.json}
   */
  public static JsonElement validated(String schema, String json) throws IOException {
    return validated(schema, "", json);
  }

  /** Checks a document by one definition of a schema. */
  public static JsonElement validated(String schema, String definition, String json)
      throws IOException {
    Path file = Path.of("../docs", schema + ".schema.json").toAbsolutePath();
    Validator.SHARED.check(file, definition, json);
    return JsonParser.parseString(json);
  }
}
