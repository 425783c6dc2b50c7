package dev.hardwire.sign;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** A small time-stamping authority on the loopback interface (RFC 3161). */
final class LoopbackAuthority implements AutoCloseable {
  private final HttpServer server;
  private final TestCertificate.Holder holder;
  private final Instant time;

  /** Always answers with the same time. */
  LoopbackAuthority(TestCertificate.Holder holder, Instant time) throws IOException {
    this.holder = holder;
    this.time = time;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] response = stamp(new TimeStampRequest(exchange.getRequestBody().readAllBytes()));
      exchange.getResponseHeaders().add("Content-Type", "application/timestamp-reply");
      exchange.sendResponseHeaders(200, response.length);
      exchange.getResponseBody().write(response);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private byte[] stamp(TimeStampRequest request) throws Exception {
    DigestCalculatorProvider digests =
        new JcaDigestCalculatorProviderBuilder().setProvider(TestCertificate.PROVIDER).build();
    SignerInfoGenerator signer =
        new JcaSignerInfoGeneratorBuilder(digests)
            .build(
                TestCertificate.contentSigner(holder.keys(), null),
                new org.bouncycastle.cert.jcajce.JcaX509CertificateConverter()
                    .setProvider(TestCertificate.PROVIDER)
                    .getCertificate(holder.certificate()));
    DigestCalculator certificateDigest =
        digests.get(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(TSPAlgorithms.SHA256));
    TimeStampTokenGenerator tokens =
        new TimeStampTokenGenerator(
            signer, certificateDigest, new ASN1ObjectIdentifier("1.2.3.4.5"));
    tokens.addCertificates(new JcaCertStore(List.of(holder.certificate())));
    return new TimeStampResponseGenerator(
            tokens, Set.of(TSPAlgorithms.SHA256, TSPAlgorithms.SHA384, TSPAlgorithms.SHA512))
        .generate(request, BigInteger.TEN, Date.from(time))
        .getEncoded();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
