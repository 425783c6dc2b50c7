package dev.hardwire.sign;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.sign.algorithm.DerScan;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.sign.algorithm.SignatureScheme;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/** A time-stamping authority, contacted by HTTP (RFC 3161 section 3.4). */
public record TimeStampAuthority(URI uri) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int LIMIT = 1 << 20;
  private static final int NONCE_BITS = 64;

  /** A token for a signature, checked as far as possible without trust anchors. */
  ASN1Encodable stamp(SignatureScheme scheme, byte[] signature) throws IOException {
    Digest digest = scheme.digest();
    TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
    generator.setCertReq(true);
    TimeStampRequest request =
        generator.generate(
            digest.oid(), digest.of(signature), new BigInteger(NONCE_BITS, new SecureRandom()));
    try {
      byte[] answer = ask(request.getEncoded());
      DerScan.check(Bytes.wrap(answer));
      TimeStampResponse response = new TimeStampResponse(answer);
      response.validate(request); // status, imprint, nonce
      if (response.getTimeStampToken() == null) {
        throw new IOException(
            "%s: no time stamp: status %d, %s"
                .formatted(uri, response.getStatus(), response.getStatusString()));
      }
      ASN1Primitive token =
          TimeStamp.inOneForm(
              ASN1Primitive.fromByteArray(
                  response.getTimeStampToken().getEncoded(ASN1Encoding.DER)));
      TimeStamp.requireIntact(token, signature);
      return token;
    } catch (TSPException | RuntimeException e) {
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
    CompletableFuture<byte[]> answer =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .build()
            .sendAsync(http, HttpResponse.BodyHandlers.ofInputStream())
            .thenApplyAsync(this::body);
    try {
      return answer.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException("%s: no answer in %d s".formatted(uri, TIMEOUT.toSeconds()), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ConnectException) {
        throw new IOException(uri + ": cannot connect", e);
      }
      throw new IOException("%s: %s".formatted(uri, e.getCause().getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + uri, e);
    }
  }

  private byte[] body(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException("HTTP status " + response.statusCode());
      }
      byte[] answer = body.readNBytes(LIMIT + 1);
      if (answer.length > LIMIT) {
        throw new IOException("the answer is larger than 1 MiB");
      }
      return answer;
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }
}
