// Fetches a session's result from the provider and checks it. Put it into a console project (dotnet new console) as
// Program.cs; dotnet add package Microsoft.IdentityModel.JsonWebTokens; dotnet run SESSION_ID

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

const string Provider = "https://id.example.com"; // where results and their keys are
const string Issuer = "https://issuer.example.com"; // who must have signed: iss
const string Audience = "your-audience"; // for whom: aud
const string TokenUrl = "https://auth.example.com/api/oauth/token";
const string ClientId = "your-client-id";
var clientSecret = Environment.GetEnvironmentVariable("CLIENT_SECRET") ?? "your-client-secret"; // not from the source

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };

// In your backend the session's id comes from your own record of the registration, never from the page.
Console.WriteLine(await Result(args[0]));

// What the provider says of a session, once it is certain that the provider says so, to us, of this session.
async Task<JsonElement> Result(string sessionId)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, $"{Provider}/api/v1/info/{Uri.EscapeDataString(sessionId)}");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Bearer());
    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/jwt"));
    using var answer = await client.SendAsync(request);
    answer.EnsureSuccessStatusCode();
    var signed = (await answer.Content.ReadAsStringAsync()).Trim();

    // Fetch the keys once in a while, not for every result.
    var keys = new JsonWebKeySet(await client.GetStringAsync($"{Provider}/api/.well-known/jwks.json"));
    var checkedResult = await new JsonWebTokenHandler().ValidateTokenAsync(signed, new TokenValidationParameters
    {
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        IssuerSigningKeys = keys.GetSigningKeys(),
        ValidIssuer = Issuer,
        ValidAudience = Audience,
        RequireExpirationTime = true,
        ClockSkew = TimeSpan.Zero,
    });
    if (!checkedResult.IsValid) throw new SecurityTokenException("The result is refused.", checkedResult.Exception);
    var token = (JsonWebToken)checkedResult.SecurityToken;
    if (!string.Equals(token.Id, sessionId, StringComparison.OrdinalIgnoreCase))
        throw new SecurityTokenException("The result is another session's.");
    return token.GetPayloadValue<JsonElement>("data");
}

// A token for the provider.
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
