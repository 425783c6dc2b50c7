package dev.hardwire.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Validates JSON by the schemas in {@code docs}. */
public final class JsonSchema {
  private static final String CHECK =
      """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      if sys.argv[3]:
          schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": "#/$defs/" + sys.argv[3]}
      jsonschema.validate(json.load(open(sys.argv[2])), schema)
      """;

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
    Path document = Files.createTempFile("document", ".json");
    try {
      Files.writeString(document, json);
      Path file = Path.of("../docs", schema + ".schema.json").toAbsolutePath();
      Programs.output("/usr/bin/python3", "-c", CHECK, file, document, definition);
    } finally {
      Files.delete(document);
    }
    return JsonParser.parseString(json);
  }
}
