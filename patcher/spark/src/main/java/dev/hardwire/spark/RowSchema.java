package dev.hardwire.spark;

import dev.hardwire.report.write.ProgramColumns;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns of what is written. {@code docs/scale.md} describes those of {@link #ROW}. */
final class RowSchema {
  static final String SOURCE = "source";
  static final String SOURCE_SHA256 = "source_sha256";
  static final String SETTINGS = "settings";
  static final String RUN = "run";
  static final String ROWS = "rows";
  static final String PATH = "path";
  static final String CLOSURE = ProgramColumns.CLOSURE;
  static final String LIBRARIES = ProgramColumns.LIBRARIES;
  static final String SHA256 = "sha256";
  static final String SUMMARY_ERROR = "summary_error";
  static final String DERIVE_ERROR = ProgramColumns.DERIVE_ERROR;
  static final String POLICY_JSON = "policy_json";
  static final String PROGRAM_JSON = "program_json";

  private static final ArrayType TEXTS = new ArrayType(DataTypes.StringType, false);

  private static final StructType FINDING =
      new StructType()
          .add("rule", DataTypes.StringType, false)
          .add("level", DataTypes.StringType, false)
          .add("message", DataTypes.StringType, false);

  /** A library that a program needs. */
  static final StructType LIBRARY =
      new StructType()
          .add(PATH, DataTypes.StringType, false)
          .add(SHA256, DataTypes.StringType, false);

  /** What is known of an executable. */
  static final StructType ROW =
      new StructType()
          .add(PATH, DataTypes.StringType, false)
          .add("package", DataTypes.StringType)
          .add(SOURCE, DataTypes.StringType, false)
          .add(SOURCE_SHA256, DataTypes.StringType)
          .add(SHA256, DataTypes.StringType)
          .add("build_id", DataTypes.StringType)
          .add("status", DataTypes.StringType, false)
          .add("verified", DataTypes.BooleanType, false)
          .add("policy", DataTypes.StringType)
          .add("policy_sha256", TEXTS, false)
          .add("calls_allowed", DataTypes.IntegerType)
          .add("calls_conditional", DataTypes.IntegerType)
          .add("risky_calls", TEXTS, false)
          .add("signers", DataTypes.StringType)
          .add("findings", new ArrayType(FINDING, false), false)
          .add("error", DataTypes.StringType)
          .add("result", DataTypes.StringType)
          .add("output", DataTypes.StringType)
          .add("original_sha256", DataTypes.StringType)
          .add(CLOSURE, DataTypes.StringType)
          .add(LIBRARIES, new ArrayType(LIBRARY, false))
          .add(DERIVE_ERROR, DataTypes.StringType)
          .add(POLICY_JSON, DataTypes.StringType)
          .add(PROGRAM_JSON, DataTypes.StringType);

  /** The finished work on a unit: one record, so that it is kept whole or not at all. */
  static final StructType STATE =
      new StructType()
          .add(SOURCE, DataTypes.StringType, false)
          .add(SOURCE_SHA256, DataTypes.StringType)
          .add(SETTINGS, DataTypes.StringType, false)
          .add(RUN, DataTypes.LongType, false)
          .add(ROWS, new ArrayType(ROW, false), false);

  private static final StructType FILE =
      new StructType()
          .add(PATH, DataTypes.StringType, false)
          .add("build_id", DataTypes.StringType, false)
          .add(SHA256, DataTypes.StringType, false);

  private static final StructType CALL =
      new StructType()
          .add("name", DataTypes.StringType, false)
          .add("number", DataTypes.IntegerType, false);

  private static final StructType SITE =
      new StructType()
          .add("file", DataTypes.StringType, false)
          .add("place", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType, false)
          .add("cause", DataTypes.StringType, false);

  /** What is derived from a program with its libraries. */
  static final StructType SUMMARY =
      new StructType()
          .add(CLOSURE, DataTypes.StringType, false)
          .add(SETTINGS, DataTypes.StringType, false)
          .add("program", DataTypes.StringType, false)
          .add("files", new ArrayType(FILE, false), false)
          .add("calls", new ArrayType(CALL, false), false)
          .add("unknown", new ArrayType(SITE, false), false)
          .add("rules", TEXTS, false)
          .add("loaded", TEXTS, false)
          .add("composed", TEXTS, false)
          .add(SUMMARY_ERROR, DataTypes.StringType);

  private RowSchema() {}
}
