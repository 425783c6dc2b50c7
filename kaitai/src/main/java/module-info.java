/** Parsers for ELF files, generated from their Kaitai Struct descriptions. */
@SuppressWarnings("requires-transitive-automatic") // the runtime of Kaitai Struct is no module
module dev.hardwire.jelf {
  requires transitive kaitai.struct.runtime;

  exports dev.hardwire.jelf;
}
