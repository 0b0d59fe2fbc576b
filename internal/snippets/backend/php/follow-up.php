<?php
// Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
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

if ($argc !== 2) {
    fwrite(STDERR, "usage: php follow-up.php SESSION_ID\n");
    exit(1);
}
// In your backend the session's id comes from your own record of the registration, never from the page.
$data = result($argv[1]);
$refused = decide($data);
if ($refused !== null) {
    throw new RuntimeException("refused: $refused");
}
fwrite(STDERR, "accepted: the result is genuine and good enough\n");
echo json_encode($data), "\n";

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

/**
 * Says why a genuine result is not good enough, by a code that the page has words for, or null. Here is the place for your own
 * rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
 */
function decide(object $data): ?string
{
    $document = $data->documents[0] ?? null;
    if (count($data->documents) !== 1 || $document->documentType !== 'PASSPORT') {
        return 'DOCUMENT_REFUSED'; // not what was asked for
    }
    $front = $document->scan->front;
    $expires = $front->dateOfExpiryFullFormatted ?? $front->dateOfExpiryFormatted ?? '';
    if (preg_match('/^\d{4}-\d\d-\d\d$/D', $expires) !== 1 || $expires < gmdate('Y-m-d')) { // or it does not say when: a passport does
        return 'DOCUMENT_REFUSED';
    }

    $checks = null;
    foreach ($data->verifications ?? [] as $one) {
        $checks ??= $one->documentType === $document->documentType ? $one : null;
    }
    $chipRead = (array) ($document->reading->data ?? []) !== [];
    $signed = $checks->reading->passiveAuthentication ?? null;
    $least = $chipRead ? 3 : 2; // of 5; the chip's picture is better than the printed one
    return match (true) {
        // Scores are of 100; no score: it was not looked for.
        ($checks->idPhotoTamperingDetection->score ?? 0) > 70 => 'DOCUMENT_REFUSED', // another photo in it
        ($checks->idScreenDetection->score ?? 0) > 50 => 'DOCUMENT_REFUSED', // no original
        ($checks->idPrintDetection->score ?? 0) > 50 => 'DOCUMENT_REFUSED',
        ($checks->mrzChecksum->valid ?? true) !== true => 'DOCUMENT_REFUSED',
        // The chip does not hold what its country signed.
        $chipRead && ($signed->documentSigningCertificateSignatureValid ?? false) !== true => 'DOCUMENT_REFUSED',
        $chipRead && ($signed->documentDataSignatureValid ?? false) !== true => 'DOCUMENT_REFUSED',
        ($document->face->match ?? false) !== true || ($document->face->matchLevel ?? 0) < $least => 'FACE_NO_MATCH',
        ($data->backgroundCheck->match ?? true) !== false => 'BACKGROUND_REFUSED', // on a list, or not looked up
        default => null,
    };
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
        throw new RuntimeException(($http_response_header[0] ?? 'no answer') . ' ' . $answer); // says why
    }
    return $answer;
}
