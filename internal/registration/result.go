package registration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"baton/internal/handoff"
)

// Result is what a registration keeps of the provider's verified result. It is plain data, so that a store can keep
// it as JSON.
type Result struct {
	SessionID  handoff.SessionID `json:"sessionId"` // the result's jti
	IssuedAt   time.Time         `json:"issuedAt"`
	ExpiresAt  time.Time         `json:"expiresAt"` // from then on the provider's images are gone
	Documents  []Document        `json:"documents"`
	Background *Background       `json:"background,omitempty"` // nil where the check was not asked for
}

// Document is one document of a result.
type Document struct {
	Type        string `json:"type"` // PASSPORT, UAE_ID, …
	FullName    string `json:"fullName"`
	Number      string `json:"number"`
	Nationality string `json:"nationality"`
	Sex         string `json:"sex"`
	DateOfBirth string `json:"dateOfBirth"` // ISO 8601, as are all dates here
	ExpiresOn   string `json:"expiresOn"`

	Portrait Image `json:"portrait"` // from the document
	Front    Image `json:"front"`
	Back     Image `json:"back"`
	Selfie   Image `json:"selfie"` // from the face step

	ChipRead  bool   `json:"chipRead"`
	ChipValid bool   `json:"chipValid"` // passive authentication passed
	Face      *Face  `json:"face,omitempty"`
	MRZValid  *bool  `json:"mrzValid,omitempty"`
	Scores    Scores `json:"scores"`
}

// Image names an image at the provider and the checksum that its bytes must have. The zero Image is none.
type Image struct {
	ID       string `json:"id,omitempty"`
	Checksum string `json:"checksum,omitempty"` // sha256:<hex>
}

// Face is how the face compared with the document.
type Face struct {
	Match bool `json:"match"`
	Level int  `json:"level"` // 1 to 5
}

// Scores are the provider's suspicion scores, 0 to 100, higher is worse; nil where it gave none.
type Scores struct {
	Screen    *float64 `json:"screen,omitempty"`    // photographed from a screen
	Print     *float64 `json:"print,omitempty"`     // a paper copy
	Tampering *float64 `json:"tampering,omitempty"` // the photo was changed
}

// Background is the outcome of the background check.
type Background struct {
	Type  string `json:"type"`
	Match bool   `json:"match"` // true: the person is on a list
}

// Refusal names the check that a result failed. The values are for logs and presenters; pages have their own words.
type Refusal string

// The refusals.
const (
	RefusalSignature  Refusal = "signature" // not a compact RS256 JWS that a known key signed
	RefusalKey        Refusal = "kid"       // no such key at the provider
	RefusalIssuer     Refusal = "iss"
	RefusalAudience   Refusal = "aud"
	RefusalExpired    Refusal = "exp"
	RefusalIssuedAt   Refusal = "iat" // issued in the future
	RefusalSession    Refusal = "jti" // another session's result
	RefusalContent    Refusal = "data"
	RefusalFace       Refusal = "face"       // the face is not the document's
	RefusalDocument   Refusal = "document"   // expired, tampered, MRZ or chip wrong
	RefusalBackground Refusal = "background" // the person is on a list
)

// RefusedError says that a result arrived and failed a check. It is final for that result: fetching again cannot mend
// it. Detail is for the presenter and the log and holds no personal data.
type RefusedError struct {
	Check  Refusal
	Detail string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the result failed the check %q: %s", string(e.Check), e.Detail)
}

// Errors that a Provider and a Store return.
var (
	ErrNotFound  = errors.New("registration: not found")
	ErrNotReady  = errors.New("registration: the provider has no result for this session (yet)")
	ErrImageGone = errors.New("registration: the provider no longer has this image")
	ErrProvider  = errors.New("registration: the provider cannot be reached or answered with an error")
)

// Provider is the identity provider's API as a registration needs it. infoapi implements it.
type Provider interface {
	// AccessToken returns a token for the provider's API that is valid for some time yet; the phone gets it too.
	AccessToken(ctx context.Context) (handoff.Token, error)
	// Result fetches and verifies the result of a session. It answers ErrNotReady, ErrProvider, or a *RefusedError
	// that names the check that failed; the result's jti is the session's id.
	Result(ctx context.Context, id handoff.SessionID) (Result, error)
	// Image fetches a JPEG and checks its checksum. It answers ErrImageGone, ErrProvider or a *RefusedError.
	Image(ctx context.Context, image Image) ([]byte, error)
	// Delete removes the session's data at the provider. Deleting what is not there is no error.
	Delete(ctx context.Context, id handoff.SessionID) error
}
