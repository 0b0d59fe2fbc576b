package sandbox

import (
	"cmp"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"baton/internal/enrolment"
)

// sessionID reads the session's id from the path, else from the header. It answers the request where there is none.
func sessionID(w http.ResponseWriter, r *http.Request) (string, bool) {
	text := cmp.Or(r.PathValue("sessionId"), r.Header.Get("UQ-Session-ID"))
	if !isUUID(text) {
		refuse(w, http.StatusBadRequest, codeInput, "The session's id must be a UUID, in the path or in the header UQ-Session-ID.")
		return "", false
	}
	return strings.ToLower(text), true
}

func (s *Sandbox) info(w http.ResponseWriter, r *http.Request) {
	id, ok := sessionID(w, r)
	if !ok {
		return
	}
	if !s.await(r.Context(), id) {
		refuse(w, http.StatusServiceUnavailable, codeUnexpected, "The result is not there yet. Ask again.")
		return
	}
	result, err := s.store.Result(r.Context(), id, s.now())
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && result.ClientID != s.clientID:
		refuse(w, http.StatusBadRequest, codeNoSession, "There is no result of this session. If its phone has not finished yet, ask again after INFO; else it has expired or was deleted: create a new session.")
	case err != nil:
		s.broken(w, r, "read a result", err)
	default:
		w.Header().Set("Content-Type", "application/jwt")
		w.Write([]byte(result.JWS))
	}
}

func (s *Sandbox) deleteInfo(w http.ResponseWriter, r *http.Request) {
	id, ok := sessionID(w, r)
	if !ok {
		return
	}
	if err := s.store.DeleteResult(r.Context(), id, s.clientID); err != nil {
		s.broken(w, r, "delete a result", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) image(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(r.PathValue("id"))
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != imageIDBytes {
		refuse(w, http.StatusBadRequest, codeInput, "An image's id has 24 hexadecimal digits, as the result names it.")
		return
	}
	image, clientID, err := s.store.Image(r.Context(), id, s.now())
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && clientID != s.clientID:
		refuse(w, http.StatusNotFound, codeNotFound, "There is no such image, or it has expired with its result.")
	case err != nil:
		s.broken(w, r, "read an image", err)
	default:
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(image.JPEG)
	}
}

// specimen shows a specimen to whoever is to choose one. It is no part of the provider's API.
func (s *Sandbox) specimen(w http.ResponseWriter, r *http.Request) {
	name, isJPEG := strings.CutSuffix(r.PathValue("picture"), ".jpg")
	document, known := enrolment.SpecimenFor(r.PathValue("type"), r.PathValue("id"))
	shown, hasView := map[string]view{"portrait": viewPortrait, "front": viewFront, "back": viewBack, "selfie": viewSelfie}[name]
	if !isJPEG || !known || !hasView || shown == viewBack && !enrolment.TwoSided(document.Type) {
		refuse(w, http.StatusNotFound, codeNotFound, "There is no such picture. Ask for portrait.jpg, front.jpg, back.jpg or selfie.jpg of a specimen.")
		return
	}
	picture, err := pictures.jpeg(document, shown)
	if err != nil {
		s.broken(w, r, "draw a specimen", err)
		return
	}
	cacheFor(w, 24*time.Hour)
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(picture)
}

// isUUID takes any UUID's shape, as the provider does.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') {
			return false
		} else if !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

func newUUID() string {
	h := []byte(randomHex(16))
	h[12] = '4'
	h[16] = "89ab"[h[16]&3]
	return string(h[:8]) + "-" + string(h[8:12]) + "-" + string(h[12:16]) + "-" + string(h[16:20]) + "-" + string(h[20:])
}
