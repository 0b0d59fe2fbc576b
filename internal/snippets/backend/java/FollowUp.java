// Fetches a session's result from the provider and checks it. Run it with:
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
        // In your backend the session's id comes from your own record of the registration, never from the page.
        System.out.println(JSONObjectUtils.toJSONString(result(args[0])));
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
            throw new IOException("the answer was " + answer.statusCode());
        }
        return answer.body();
    }
}
