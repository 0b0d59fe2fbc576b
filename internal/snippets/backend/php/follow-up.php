<?php
// Fetches a session's result from the provider and checks it. Run it with:
// composer require firebase/php-jwt && php follow-up.php SESSION_ID (PHP 8.1 or newer)
declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

use Firebase\JWT\JWK;
use Firebase\JWT\JWT;

const PROVIDER = 'https://id.example.com'; // where results and their keys are
const ISSUER = 'https://issuer.example.com'; // who must have signed: iss
const AUDIENCE = 'your-audience'; // for whom: aud
const TOKEN_URL = 'https://auth.example.com/api/oauth/token';
const CLIENT_ID = 'your-client-id';
define('CLIENT_SECRET', getenv('CLIENT_SECRET') ?: 'your-client-secret'); // from the environment, not from the source

// In your backend the session's id comes from your own record of the registration, never from the page.
echo json_encode(result($argv[1])), "\n";

/** What the provider says of a session, once it is certain that the provider says so, to us, of this session. */
function result(string $sessionId): object
{
    $headers = ['Authorization: Bearer ' . bearer(), 'Accept: application/jwt'];
    $signed = trim(call('GET', PROVIDER . '/api/v1/info/' . rawurlencode($sessionId), $headers));
    // Fetch the keys once in a while, not for every result.
    $keys = json_decode(call('GET', PROVIDER . '/api/.well-known/jwks.json', []), true, 16, JSON_THROW_ON_ERROR);
    // The signature by the key that the result names, and exp where there is one.
    $claims = JWT::decode($signed, JWK::parseKeySet($keys, 'RS256'));
    $wrong = match (true) {
        ($claims->iss ?? null) !== ISSUER => 'it is of another issuer',
        (array) ($claims->aud ?? []) !== [AUDIENCE] => 'it is not for us',
        !isset($claims->exp) => 'it does not say when it expires',
        strtolower($claims->jti ?? '') !== strtolower($sessionId) => "it is another session's",
        default => null,
    };
    if ($wrong !== null) {
        throw new RuntimeException("The result is refused: $wrong.");
    }
    return $claims->data;
}

/** A token for the provider. */
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
        throw new RuntimeException($http_response_header[0] ?? 'no answer');
    }
    return $answer;
}
