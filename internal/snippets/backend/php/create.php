<?php
// Creates a hand-over session and prints it. Run it with: php create.php (PHP 8.1 or newer)
declare(strict_types=1);

const SERVER = 'https://baton.example.com';
const TOKEN_URL = 'https://auth.example.com/api/oauth/token';
const CLIENT_ID = 'your-client-id';
define('CLIENT_SECRET', getenv('CLIENT_SECRET') ?: 'your-client-secret'); // from the environment, not from the source

echo json_encode(createSession('registration-4711')), "\n";

/** Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page. */
function createSession(string $reference): array
{
    // What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
    $enrolment = [
        'documents' => [['documentType' => 'PASSPORT', 'reading' => ['enabled' => true]]],
        'facialRecognition' => ['enabled' => true],
        'backgroundCheck' => ['enabled' => true],
    ];
    $body = [
        'data' => base64_encode(json_encode($enrolment)),
        'reference' => $reference, // your own id
        'claim' => 'once', // one phone only may take the session
        'requester' => ['name' => 'Example Shop'], // who asks, as the phone shows it
        // 'token': without it the phone gets the bearer for its calls to the provider; name one that may do no more
        // than a phone has to.
    ];
    $headers = ['Authorization: Bearer ' . bearer(), 'Content-Type: application/json'];
    return json_decode(call('POST', SERVER . '/api/v1/session', $headers, json_encode($body)), true, 16, JSON_THROW_ON_ERROR);
}

/** A token for the server. With an API key of Baton, return the key. */
function bearer(): string
{
    $form = ['grant_type' => 'client_credentials', 'client_id' => CLIENT_ID, 'client_secret' => CLIENT_SECRET];
    $answer = call('POST', TOKEN_URL, ['Content-Type: application/x-www-form-urlencoded'], http_build_query($form));
    return json_decode($answer, true, 16, JSON_THROW_ON_ERROR)['access_token'];
}

function call(string $method, string $url, array $headers, string $body = ''): string
{
    $options = ['method' => $method, 'header' => $headers, 'content' => $body, 'timeout' => 10, 'ignore_errors' => true];
    $answer = file_get_contents($url, false, stream_context_create(['http' => $options]));
    if ($answer === false || !str_contains($http_response_header[0], ' 200')) {
        throw new RuntimeException(($http_response_header[0] ?? 'no answer') . ' ' . $answer); // names what to change
    }
    return $answer;
}
