// Creates a hand-over session and prints it. Run it with: java -cp gson.jar CreateSession.java (Java 17 or newer)
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
import java.util.Base64;

public class CreateSession {
    static final String SERVER = "https://baton.example.com";
    static final String TOKEN_URL = "https://auth.example.com/api/oauth/token";
    static final String CLIENT_ID = "your-client-id";
    static final String CLIENT_SECRET = System.getenv().getOrDefault("CLIENT_SECRET", "your-client-secret"); // not from the source

    static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    public static void main(String[] args) throws Exception {
        System.out.println(createSession("registration-4711"));
    }

    /** Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page. */
    static JsonObject createSession(String reference) throws IOException, InterruptedException {
        // What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
        String enrolment = """
            {
              "documents": [{"documentType": "PASSPORT", "reading": {"enabled": true}}],
              "facialRecognition": {"enabled": true},
              "backgroundCheck": {"enabled": true}
            }""";
        JsonObject requester = new JsonObject();
        requester.addProperty("name", "Example Shop"); // who asks, as the phone shows it
        JsonObject body = new JsonObject();
        body.addProperty("data", Base64.getEncoder().encodeToString(enrolment.getBytes(StandardCharsets.UTF_8)));
        body.addProperty("reference", reference); // your own id
        body.addProperty("claim", "once"); // one phone only may take the session
        body.add("requester", requester);
        // "token": without it the phone gets the bearer for its calls to the provider; name one that may do no more than a
        // phone has to.
        return send(HttpRequest.newBuilder(URI.create(SERVER + "/api/v1/session"))
            .header("Authorization", "Bearer " + bearer())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
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
