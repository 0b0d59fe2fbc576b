// Prints where a session stands. Run it with:
// dotnet new console -o app && mv SessionStatus.cs app/Program.cs && cd app && dotnet run SESSION_ID (.NET 8 or newer)

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

const string Server = "https://baton.example.com";
const string TokenUrl = "https://auth.example.com/api/oauth/token";
const string ClientId = "your-client-id";
var clientSecret = Environment.GetEnvironmentVariable("CLIENT_SECRET") ?? "your-client-secret"; // not from the source

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
if (args.Length != 1)
{
    Console.Error.WriteLine("usage: dotnet run SESSION_ID");
    return 1;
}
Console.WriteLine(await SessionStatus(args[0])); // in your backend: from your own record of the registration
return 0;

// status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404.
async Task<JsonElement> SessionStatus(string sessionId)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, $"{Server}/api/v1/session/{Uri.EscapeDataString(sessionId)}/status");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Bearer());
    using var answer = await client.SendAsync(request);
    var body = await answer.Content.ReadAsStringAsync();
    if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{(int)answer.StatusCode} {body}");
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
