package dev.hardwire.sign;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/** A time-stamping authority that is asked by HTTP (RFC 3161 section 3.4). */
public record TimeStampAuthority(URI uri) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int LIMIT = 1 << 20;
  private static final int NONCE_BITS = 64;

  /** A token over a signature; it is checked as far as it can be without trust anchors. */
  ASN1Encodable stamp(SignatureScheme scheme, byte[] signature) throws IOException {
    Digest digest = scheme.digest();
    TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
    generator.setCertReq(true);
    TimeStampRequest request =
        generator.generate(
            digest.oid(), digest.of(signature), new BigInteger(NONCE_BITS, new SecureRandom()));
    try {
      TimeStampResponse response = new TimeStampResponse(ask(request.getEncoded()));
      response.validate(request); // status, imprint, nonce
      if (response.getTimeStampToken() == null) {
        throw new IOException(
            "%s: no time stamp: status %d, %s"
                .formatted(uri, response.getStatus(), response.getStatusString()));
      }
      return ASN1Primitive.fromByteArray(response.getTimeStampToken().getEncoded(ASN1Encoding.DER));
    } catch (TSPException e) {
      throw new IOException("%s: no time stamp: %s".formatted(uri, e.getMessage()), e);
    }
  }

  private byte[] ask(byte[] request) throws IOException {
    HttpRequest http =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/timestamp-query")
            .POST(HttpRequest.BodyPublishers.ofByteArray(request))
            .build();
    try {
      HttpResponse<InputStream> response =
          HttpClient.newBuilder()
              .connectTimeout(TIMEOUT)
              .build()
              .send(http, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException("%s: HTTP status %d".formatted(uri, response.statusCode()));
        }
        byte[] answer = body.readNBytes(LIMIT + 1);
        if (answer.length > LIMIT) {
          throw new IOException(uri + ": the answer is larger than 1 MiB");
        }
        return answer;
      }
    } catch (java.net.ConnectException e) {
      throw new IOException(uri + ": cannot connect", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + uri, e);
    }
  }
}
