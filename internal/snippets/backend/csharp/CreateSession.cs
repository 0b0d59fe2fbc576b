// Creates a hand-over session and prints it. Run it with:
// dotnet new console -o app && mv CreateSession.cs app/Program.cs && cd app && dotnet run (.NET 8 or newer)

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

const string Server = "https://baton.example.com";
const string TokenUrl = "https://auth.example.com/api/oauth/token";
const string ClientId = "your-client-id";
var clientSecret = Environment.GetEnvironmentVariable("CLIENT_SECRET") ?? "your-client-secret"; // not from the source

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
Console.WriteLine(await CreateSession("registration-4711"));

// Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page.
async Task<JsonElement> CreateSession(string reference)
{
    // What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
    var enrolment = JsonSerializer.SerializeToUtf8Bytes(new
    {
        documents = new[] { new { documentType = "PASSPORT", reading = new { enabled = true } } },
        facialRecognition = new { enabled = true },
        backgroundCheck = new { enabled = true },
    });
    using var request = new HttpRequestMessage(HttpMethod.Post, $"{Server}/api/v1/session");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Bearer());
    request.Content = JsonContent.Create(new
    {
        data = Convert.ToBase64String(enrolment),
        reference, // your own id
        claim = "once", // one phone only may take the session
        requester = new { name = "Example Shop" }, // who asks, as the phone shows it
        // token: without it the phone gets the bearer for its calls to the provider; name one that may do no more than a
        // phone has to.
    });
    using var answer = await client.SendAsync(request);
    var body = await answer.Content.ReadAsStringAsync();
    if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{(int)answer.StatusCode} {body}"); // names what to change
    return JsonSerializer.Deserialize<JsonElement>(body);
}

// A token for the server. With an API key of Baton, return the key.
async Task<string> Bearer()
{
    using var form = new FormUrlEncodedContent(new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials", ["client_id"] = ClientId, ["client_secret"] = clientSecret,
    });
    using var answer = await client.PostAsync(TokenUrl, form);
    answer.EnsureSuccessStatusCode();
    return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
}
