// Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
// dotnet new console -o app && mv FollowUp.cs app/Program.cs && cd app && dotnet add package Microsoft.IdentityModel.JsonWebTokens && dotnet run SESSION_ID (.NET 8 or newer)

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

if (args.Length != 1)
{
    Console.Error.WriteLine("usage: dotnet run SESSION_ID");
    return 1;
}
// In your backend the session's id comes from your own record of the registration, never from the page.
var data = await Result(args[0]);
if (Decide(data) is { } refused) throw new InvalidOperationException($"refused: {refused}");
Console.Error.WriteLine("accepted: the result is genuine and good enough");
Console.WriteLine(data);
return 0;

// What the provider says of a session, once it is certain that the provider says so, to us, of this session.
async Task<JsonElement> Result(string sessionId)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, $"{Provider}/api/v1/info/{Uri.EscapeDataString(sessionId)}");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Bearer());
    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/jwt"));
    using var answer = await client.SendAsync(request);
    var signed = (await answer.Content.ReadAsStringAsync()).Trim();
    if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{(int)answer.StatusCode} {signed}"); // says why

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

// Says why a genuine result is not good enough, by a code that the page has words for, or null. Here is the place for your own
// rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
string? Decide(JsonElement result)
{
    var documents = result.GetProperty("documents");
    if (documents.GetArrayLength() != 1 || At(documents[0], "documentType")?.GetString() != "PASSPORT")
        return "DOCUMENT_REFUSED"; // not what was asked for
    var document = documents[0];
    var expires = (At(document, "scan", "front", "dateOfExpiryFullFormatted") ?? At(document, "scan", "front", "dateOfExpiryFormatted"))?.GetString();
    if (!DateOnly.TryParseExact(expires, "yyyy-MM-dd", out var ends) || ends < DateOnly.FromDateTime(DateTime.UtcNow))
        return "DOCUMENT_REFUSED"; // expired, or it does not say when: a passport does

    JsonElement? checks = null;
    if (At(result, "verifications") is { } all)
        foreach (var one in all.EnumerateArray())
            if (At(one, "documentType")?.GetString() == "PASSPORT") checks ??= one;
    if (Number(checks, "idPhotoTamperingDetection", "score") > 70) return "DOCUMENT_REFUSED"; // another photo in it
    if (Number(checks, "idScreenDetection", "score") > 50 || Number(checks, "idPrintDetection", "score") > 50)
        return "DOCUMENT_REFUSED"; // no original
    if (At(checks, "mrzChecksum", "valid")?.GetBoolean() == false) return "DOCUMENT_REFUSED";
    var chipRead = At(document, "reading", "data") is { ValueKind: JsonValueKind.Object } chip && chip.EnumerateObject().Any();
    var signed = At(checks, "reading", "passiveAuthentication");
    if (chipRead && !(At(signed, "documentSigningCertificateSignatureValid")?.GetBoolean() == true
        && At(signed, "documentDataSignatureValid")?.GetBoolean() == true))
        return "DOCUMENT_REFUSED"; // the chip does not hold what its country signed
    var least = chipRead ? 3 : 2; // of 5; the chip's picture is better than the printed one
    if (At(document, "face", "match")?.GetBoolean() != true || Number(document, "face", "matchLevel") < least) return "FACE_NO_MATCH";
    if (At(result, "backgroundCheck", "match")?.GetBoolean() != false) return "BACKGROUND_REFUSED"; // on a list, or not looked up
    return null;
}

// What stands at a path of names, or null.
JsonElement? At(JsonElement? found, params string[] path)
{
    foreach (var name in path)
        found = found is { ValueKind: JsonValueKind.Object } inside && inside.TryGetProperty(name, out var next)
            && next.ValueKind != JsonValueKind.Null ? next : null;
    return found;
}

// The number at a path; 0 if there is none, as where something was not looked for.
double Number(JsonElement? found, params string[] path) => At(found, path)?.GetDouble() ?? 0;

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
