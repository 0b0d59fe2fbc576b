package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"baton/internal/snippets"
)

// judgement is a genuine result, and what a follow-up must say of it: a code, or "" where it is good enough.
type judgement struct {
	name, code string
	change     func(data map[string]any)
}

// id is the end of the judgement's session.
func (j judgement) id() string {
	for i, other := range judgements() {
		if other.name == j.name {
			return judgedSession(i)[24:]
		}
	}
	return ""
}

func judgedSession(i int) string { return fmt.Sprintf("0b8f2f4e-8a53-4a0c-9d0e-%012x", i+1) }

// soundData is a result's data that is good enough.
func soundData() map[string]any {
	score := func(of float64) map[string]any { return map[string]any{"enabled": true, "score": of} }
	return map[string]any{
		"documents": []any{map[string]any{
			"documentType": "PASSPORT",
			"scan":         map[string]any{"front": map[string]any{"dateOfExpiryFormatted": time.Now().UTC().Format(time.DateOnly)}}, // its last day
			"reading":      map[string]any{"data": map[string]any{"mrz": map[string]any{}}},
			"face":         map[string]any{"match": true, "matchLevel": 3},
		}},
		"verifications": []any{
			map[string]any{"documentType": "UAE_ID", "idPhotoTamperingDetection": score(99)}, // another document's
			map[string]any{
				"documentType":      "PASSPORT",
				"idScreenDetection": score(50), "idPrintDetection": score(50), "idPhotoTamperingDetection": score(70),
				"mrzChecksum": map[string]any{"enabled": true, "valid": true},
				"reading": map[string]any{"passiveAuthentication": map[string]any{
					"documentSigningCertificateSignatureValid": true, "documentDataSignatureValid": true,
				}},
			},
		},
		"backgroundCheck": map[string]any{"match": false},
	}
}

// judgements have the refusals that weigh most in registration.Policy, and what must not be refused.
func judgements() []judgement {
	document := func(data map[string]any) map[string]any { return data["documents"].([]any)[0].(map[string]any) }
	checks := func(data map[string]any) map[string]any { return data["verifications"].([]any)[1].(map[string]any) }
	passive := func(data map[string]any) map[string]any {
		return checks(data)["reading"].(map[string]any)["passiveAuthentication"].(map[string]any)
	}
	face := func(data map[string]any) map[string]any { return document(data)["face"].(map[string]any) }
	scored := func(name string, of float64) func(map[string]any) {
		return func(data map[string]any) { checks(data)[name].(map[string]any)["score"] = of }
	}
	const refused, faceRefused, backgroundRefused = "DOCUMENT_REFUSED", "FACE_NO_MATCH", "BACKGROUND_REFUSED"
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	return []judgement{
		{"sound", "", func(map[string]any) {}},
		{"chip not read, lower level", "", func(data map[string]any) {
			document(data)["reading"], face(data)["matchLevel"] = nil, 2
			checks(data)["reading"] = map[string]any{"enabled": false}
		}},
		{"nothing scored", "", func(data map[string]any) {
			for _, name := range []string{"idScreenDetection", "idPrintDetection", "idPhotoTamperingDetection"} {
				checks(data)[name] = map[string]any{"enabled": false, "score": nil}
			}
			checks(data)["mrzChecksum"] = map[string]any{"enabled": false}
		}},
		{"nothing checked, chip not read", "", func(data map[string]any) {
			document(data)["reading"] = nil
			delete(data, "verifications")
		}},
		{"no document", refused, func(data map[string]any) { data["documents"] = []any{} }},
		{"another document", refused, func(data map[string]any) {
			document(data)["documentType"], document(data)["reading"] = "UAE_DL", nil // all else is right
		}},
		{"two documents", refused, func(data map[string]any) { data["documents"] = []any{document(data), document(data)} }},
		{"expired by its zone", refused, func(data map[string]any) {
			document(data)["scan"].(map[string]any)["front"].(map[string]any)["dateOfExpiryFormatted"] = yesterday
		}},
		{"expired by its print", refused, func(data map[string]any) {
			document(data)["scan"].(map[string]any)["front"].(map[string]any)["dateOfExpiryFullFormatted"] = yesterday
		}},
		{"no expiry", refused, func(data map[string]any) {
			delete(document(data)["scan"].(map[string]any)["front"].(map[string]any), "dateOfExpiryFormatted")
		}},
		{"an expiry that cannot be read", refused, func(data map[string]any) {
			document(data)["scan"].(map[string]any)["front"].(map[string]any)["dateOfExpiryFormatted"] = "31/12/2099"
		}},
		{"tampered with", refused, scored("idPhotoTamperingDetection", 70.1)},
		{"from a screen", refused, scored("idScreenDetection", 50.1)},
		{"a paper copy", refused, scored("idPrintDetection", 50.1)},
		{"wrong check digits", refused, func(data map[string]any) { checks(data)["mrzChecksum"].(map[string]any)["valid"] = false }},
		{"chip of no country", refused, func(data map[string]any) { passive(data)["documentSigningCertificateSignatureValid"] = false }},
		{"chip changed", refused, func(data map[string]any) { passive(data)["documentDataSignatureValid"] = false }},
		{"chip not checked", refused, func(data map[string]any) { delete(checks(data), "reading") }},
		{"checks of no document", refused, func(data map[string]any) { data["verifications"] = []any{} }}, // its chip's is among them
		{"no face", faceRefused, func(data map[string]any) { document(data)["face"] = nil }},
		{"another's face", faceRefused, func(data map[string]any) { face(data)["match"] = false }},
		{"face of a low level", faceRefused, func(data map[string]any) { face(data)["matchLevel"] = 2 }},
		{"face of no level", faceRefused, func(data map[string]any) { face(data)["matchLevel"] = nil }},
		{"no background check", backgroundRefused, func(data map[string]any) { delete(data, "backgroundCheck") }},
		{"on a list", backgroundRefused, func(data map[string]any) { data["backgroundCheck"] = map[string]any{"match": true} }},
	}
}

// TestSnippetsDecide: each follow-up that is marked as run, by itself and in a whole site, takes genuine results that are good
// enough and refuses the others, by the code that says why.
func TestSnippetsDecide(t *testing.T) {
	needSnippetTools(t)
	for _, one := range snippets.All() {
		decides := one.Task == snippets.FollowUp && one.Tab != "curl" || one.Task == snippets.Site
		if !decides || one.Check != snippets.Run {
			continue
		}
		t.Run(one.ID(), func(t *testing.T) {
			t.Parallel()
			server, folder := newForger(t), t.TempDir()
			values := snippets.Values{
				Server: server.URL + "/judged", TokenURL: server.URL + "/token", ClientID: "shop-client", ClientSecret: "shop-secret",
				Provider: server.URL + "/judged", Issuer: forgedIssuer, Audience: forgedAudience,
			}
			command := snippetCommand(t, folder, one, values.Fill(one.Source()))
			if one.Task == snippets.Site {
				site := startSite(t, folder, command)
				wantTaken(t, folder, command, site)
				judgedBySite(t, site)
				return
			}
			wantUsage(t, folder, command)
			for i, j := range judgements() {
				stdout, stderr, err := runIn(t, folder, append(command, judgedSession(i))...)
				switch {
				case j.code == "" && (err != nil || !strings.Contains(stdout, "PASSPORT")):
					t.Errorf("%s is refused: %v\n%s%s", j.name, err, stdout, stderr)
				case j.code != "" && (err == nil || stdout != "" || !strings.Contains(stderr, "refused: "+j.code)):
					t.Errorf("%s: %v, want it refused as %s\n%s%s", j.name, err, j.code, stdout, stderr)
				}
			}
			// What the provider says of a session without a result reaches whoever reads the log.
			if _, stderr, err := runIn(t, folder, append(command, otherSession)...); err == nil || !strings.Contains(stderr, "this session has no result") {
				t.Errorf("without a result: %v\n%s", err, stderr)
			}
		})
	}
}

func judgedBySite(t *testing.T, site *program) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: snippetTimeout}
	post := func(path string) (int, string) {
		response, err := client.Post(site.address+path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	for _, j := range judgements() {
		if status, body := post("/session"); status != http.StatusOK {
			t.Fatalf("no session: %d %s", status, body)
		}
		status, body := post("/follow-up")
		var refusal struct{ Code, Message string }
		switch {
		case j.code == "" && (status != http.StatusOK || !strings.Contains(body, "passport")):
			t.Errorf("%s: %d %s\n%s", j.name, status, body, site.stderr.String())
		case j.code != "" && (status != http.StatusUnprocessableEntity || json.Unmarshal([]byte(body), &refusal) != nil || refusal.Code != j.code || refusal.Message == ""):
			t.Errorf("%s: %d %s, want it refused as %s\n%s", j.name, status, body, j.code, site.stderr.String())
		}
	}
}

// TestSnippetsDecideByThemselves takes decide out of the follow-ups whose library is not at hand, and runs it.
func TestSnippetsDecideByThemselves(t *testing.T) {
	needSnippetTools(t)
	for _, one := range snippets.All() {
		if one.Task != snippets.FollowUp || one.Check != snippets.Parsed {
			continue
		}
		t.Run(one.ID(), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for i, j := range judgements() {
				data := soundData()
				j.change(data)
				text, err := json.Marshal(data)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d.json", i)), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var command []string
			source := one.Source()
			switch one.Tab {
			case "php":
				decide := source[strings.Index(source, "/**\n * Says why"):strings.Index(source, "/** A token")]
				text := "<?php\ndeclare(strict_types=1);\n" + decide + `
foreach (array_slice($argv, 1) as $file) {
    echo decide(json_decode(file_get_contents($file), false, 64, JSON_THROW_ON_ERROR)), "\n";
}
`
				command = []string{tool(t, "php"), save(t, folder, one, text)}
			case "java":
				if _, err := os.Stat(gson); err != nil {
					missing(t, "Gson", err)
				}
				decide := source[strings.Index(source, "    /**\n     * Says why"):strings.Index(source, "    /** A token")]
				text := `import java.nio.file.*;
import java.time.*;
import java.util.*;

public class FollowUp {
    @SuppressWarnings("unchecked")
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            String refused = decide(new com.google.gson.Gson().fromJson(Files.readString(Path.of(file)), Map.class));
            System.out.println(refused == null ? "" : refused);
        }
    }

` + decide + "}\n"
				command = []string{tool(t, "java"), "-cp", gson, save(t, folder, one, text)}
			default:
				t.Fatalf("nothing here runs what %s decides", one.ID())
			}
			files, err := filepath.Glob(filepath.Join(folder, "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Split(mustRun(t, folder, append(command, files...)...), "\n")
			for i, j := range judgements() {
				if said[i] != j.code {
					t.Errorf("%s: %q, want %q", j.name, said[i], j.code)
				}
			}
		})
	}
}
