/**
 * Puts seccomp policies into ELF executables.
 *
 * <p>The API is {@link dev.hardwire}, with policies of {@link dev.hardwire.policy}.
 */
module dev.hardwire {
  requires aircompressor;
  requires com.google.gson;
  requires dev.hardwire.jelf;
  requires info.picocli;
  requires java.net.http;
  requires kaitai.struct.runtime;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.bouncycastle.util;
  requires org.snakeyaml.engine;
  requires org.tukaani.xz;

  exports dev.hardwire;
  exports dev.hardwire.policy;

  opens dev.hardwire.cli to
      info.picocli;
  opens dev.hardwire.cli.files to
      info.picocli;
  opens dev.hardwire.cli.options to
      info.picocli;
  opens dev.hardwire.cli.patch to
      info.picocli;
  opens dev.hardwire.cli.policy to
      info.picocli;
  opens dev.hardwire.cli.report to
      info.picocli;
  opens dev.hardwire.cli.run to
      info.picocli;
  opens dev.hardwire.cli.sign to
      info.picocli;
  opens dev.hardwire.cli.verify to
      info.picocli;
}
