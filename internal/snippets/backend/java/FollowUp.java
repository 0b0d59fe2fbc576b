// Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
// java -cp nimbus-jose-jwt.jar FollowUp.java SESSION_ID (Java 17 or newer)
// Library: com.nimbusds:nimbus-jose-jwt

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;

public class FollowUp {
    static final String PROVIDER = "https://id.example.com"; // where results and their keys are
    static final String ISSUER = "https://issuer.example.com"; // who must have signed: iss
    static final String AUDIENCE = "your-audience"; // for whom: aud
    static final String TOKEN_URL = "https://auth.example.com/api/oauth/token";
    static final String CLIENT_ID = "your-client-id";
    static final String CLIENT_SECRET = System.getenv().getOrDefault("CLIENT_SECRET", "your-client-secret"); // not from the source

    static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: java -cp nimbus-jose-jwt.jar FollowUp.java SESSION_ID");
            System.exit(1);
        }
        // In your backend the session's id comes from your own record of the registration, never from the page.
        Map<String, Object> data = result(args[0]);
        String refused = decide(data);
        if (refused != null) {
            throw new IOException("refused: " + refused);
        }
        System.err.println("accepted: the result is genuine and good enough");
        System.out.println(JSONObjectUtils.toJSONString(data));
    }

    /** What the provider says of a session, once it is certain that the provider says so, to us, of this session. */
    static Map<String, Object> result(String sessionId) throws Exception {
        String signed = send(HttpRequest.newBuilder(URI.create(PROVIDER + "/api/v1/info/" + URLEncoder.encode(sessionId, StandardCharsets.UTF_8)))
            .header("Authorization", "Bearer " + bearer())
            .header("Accept", "application/jwt")).trim();
        JWTClaimsSet claims = processor().process(signed, null);
        if (!sessionId.equalsIgnoreCase(claims.getJWTID())) {
            throw new IOException("the result is another session's");
        }
        return claims.getJSONObjectClaim("data");
    }

    /** Checks the signature by the key that the result names, and iss, aud and exp. Keep it for the life of the process. */
    static DefaultJWTProcessor<SecurityContext> processor() throws Exception {
        JWKSource<SecurityContext> keys =
            JWKSourceBuilder.create(URI.create(PROVIDER + "/api/.well-known/jwks.json").toURL()).retrying(true).build();
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keys));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
            AUDIENCE, new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("exp", "jti")));
        return processor;
    }

    /**
     * Says why a genuine result is not good enough, by a code that the page has words for, or null. Here is the place for your
     * own rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
     */
    static String decide(Map<String, Object> data) {
        List<?> documents = (List<?>) data.get("documents");
        if (documents.size() != 1 || !"PASSPORT".equals(at(documents.get(0), "documentType"))) {
            return "DOCUMENT_REFUSED"; // not what was asked for
        }
        Object document = documents.get(0);
        String printed = (String) at(document, "scan", "front", "dateOfExpiryFullFormatted");
        String expires = printed != null ? printed : (String) at(document, "scan", "front", "dateOfExpiryFormatted");
        if (expires == null || !expires.matches("\\d{4}-\\d\\d-\\d\\d") || expires.compareTo(LocalDate.now(ZoneOffset.UTC).toString()) < 0) {
            return "DOCUMENT_REFUSED"; // expired, or it does not say when: a passport does
        }

        Object checks = (at(data, "verifications") instanceof List<?> all ? all : List.of()).stream()
            .filter(one -> "PASSPORT".equals(at(one, "documentType"))).findFirst().orElse(null);
        if (number(checks, "idPhotoTamperingDetection", "score") > 70 // another photo in it
            || number(checks, "idScreenDetection", "score") > 50 // no original
            || number(checks, "idPrintDetection", "score") > 50
            || Boolean.FALSE.equals(at(checks, "mrzChecksum", "valid"))) {
            return "DOCUMENT_REFUSED";
        }
        boolean chipRead = at(document, "reading", "data") instanceof Map<?, ?> chip && !chip.isEmpty();
        Object signed = at(checks, "reading", "passiveAuthentication");
        if (chipRead && !(Boolean.TRUE.equals(at(signed, "documentSigningCertificateSignatureValid"))
            && Boolean.TRUE.equals(at(signed, "documentDataSignatureValid")))) {
            return "DOCUMENT_REFUSED"; // the chip does not hold what its country signed
        }
        int least = chipRead ? 3 : 2; // of 5; the chip's picture is better than the printed one
        if (!Boolean.TRUE.equals(at(document, "face", "match")) || number(document, "face", "matchLevel") < least) {
            return "FACE_NO_MATCH";
        }
        if (!Boolean.FALSE.equals(at(data, "backgroundCheck", "match"))) {
            return "BACKGROUND_REFUSED"; // on a list, or not looked up
        }
        return null;
    }

    /** What stands at a path of names, or null. */
    static Object at(Object in, String... path) {
        for (String name : path) {
            in = in instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return in;
    }

    /** The number at a path; 0 if there is none, as where something was not looked for. */
    static double number(Object in, String... path) {
        Object found = at(in, path);
        return found == null ? 0 : ((Number) found).doubleValue();
    }

    /** A token for the provider. */
    static String bearer() throws Exception {
        String form = "grant_type=client_credentials&client_id=" + URLEncoder.encode(CLIENT_ID, StandardCharsets.UTF_8)
            + "&client_secret=" + URLEncoder.encode(CLIENT_SECRET, StandardCharsets.UTF_8);
        String answer = send(HttpRequest.newBuilder(URI.create(TOKEN_URL))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
        return JSONObjectUtils.getString(JSONObjectUtils.parse(answer), "access_token");
    }

    static String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(answer.statusCode() + " " + answer.body()); // the body says why
        }
        return answer.body();
    }
}
