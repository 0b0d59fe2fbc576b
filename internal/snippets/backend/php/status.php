<?php
// Prints where a session stands. Run it with: php status.php SESSION_ID (PHP 8.1 or newer)
declare(strict_types=1);

const SERVER = 'https://baton.example.com';
const TOKEN_URL = 'https://auth.example.com/api/oauth/token';
const CLIENT_ID = 'your-client-id';
define('CLIENT_SECRET', getenv('CLIENT_SECRET') ?: 'your-client-secret'); // from the environment, not from the source

if ($argc !== 2) {
    fwrite(STDERR, "usage: php status.php SESSION_ID\n");
    exit(1);
}
echo json_encode(sessionStatus($argv[1])), "\n"; // in your backend: from your own record of the registration

/** status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404. */
function sessionStatus(string $sessionId): array
{
    $url = SERVER . '/api/v1/session/' . rawurlencode($sessionId) . '/status';
    return json_decode(call('GET', $url, ['Authorization: Bearer ' . bearer()]), true, 16, JSON_THROW_ON_ERROR);
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
