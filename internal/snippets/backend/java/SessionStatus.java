// Prints where a session stands. Run it with: java -cp gson.jar SessionStatus.java SESSION_ID (Java 17 or newer)
// Library: com.google.code.gson:gson

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

public class SessionStatus {
    static final String SERVER = "https://baton.example.com";
    static final String TOKEN_URL = "https://auth.example.com/api/oauth/token";
    static final String CLIENT_ID = "your-client-id";
    static final String CLIENT_SECRET = System.getenv().getOrDefault("CLIENT_SECRET", "your-client-secret"); // not from the source

    static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: java -cp gson.jar SessionStatus.java SESSION_ID");
            System.exit(1);
        }
        System.out.println(sessionStatus(args[0])); // in your backend: from your own record of the registration
    }

    /** status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404. */
    static JsonObject sessionStatus(String sessionId) throws IOException, InterruptedException {
        String id = URLEncoder.encode(sessionId, StandardCharsets.UTF_8);
        return send(HttpRequest.newBuilder(URI.create(SERVER + "/api/v1/session/" + id + "/status"))
            .header("Authorization", "Bearer " + bearer()));
    }

    /** A token for the server. With an API key of Baton, return the key. */
    static String bearer() throws IOException, InterruptedException {
        String form = "grant_type=client_credentials&client_id=" + URLEncoder.encode(CLIENT_ID, StandardCharsets.UTF_8)
            + "&client_secret=" + URLEncoder.encode(CLIENT_SECRET, StandardCharsets.UTF_8);
        return send(HttpRequest.newBuilder(URI.create(TOKEN_URL))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))).get("access_token").getAsString();
    }

    static JsonObject send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(answer.statusCode() + " " + answer.body()); // the body names what to change
        }
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }
}
