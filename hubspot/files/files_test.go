package files_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/files"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

const (
	base    = "/files/v3/files"
	folders = "/files/v3/folders"
)

type desk struct {
	*gatetest.Desk
	app *gatetest.Client
}

func start(t *testing.T) desk {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite(t))
	p := people.New(d)
	dbtest.Do(t, d, func(tx *db.Tx) error {
		return p.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
	})
	blobs, err := blob.NewFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	s := file.New(d, blobs, box, p, "http://desk.localhost", nil)
	k := gatetest.Start(t, d, p, func(g *gate.Gate) { files.Routes(g, d, s) })
	return desk{k, k.App("files")}
}

// part is one of a form; a name of a file makes it one.
type part struct{ name, file, content string }

func (d desk) form(method, path string, parts ...part) *gatetest.Answer {
	d.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		var w io.Writer
		var err error
		if p.file != "" {
			w, err = form.CreateFormFile(p.name, p.file)
		} else {
			w, err = form.CreateFormField(p.name)
		}
		if err == nil {
			_, err = w.Write([]byte(p.content))
		}
		if err != nil {
			d.T.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		d.T.Fatal(err)
	}
	return d.app.With("Content-Type", form.FormDataContentType()).Do(method, path, body.String())
}

func (d desk) upload(name, content, options string) map[string]any {
	d.T.Helper()
	return d.form("POST", base, part{"file", name, content}, part{"folderPath", "", "/x"}, part{"options", "", options}).Is(201).Object()
}

func TestEveryRoleAtEveryRoute(t *testing.T) { // ACC-10
	d := start(t)
	d.WalkTable()
}

// The fields may stand before the file or behind it, and what nobody knows is passed over.
func TestFormsInAnyOrder(t *testing.T) { // API-1
	d := start(t)
	for _, parts := range [][]part{
		{{"file", "a.txt", "words"}, {"folderPath", "", "/x"}, {"options", "", `{"access":"PRIVATE"}`}},
		{{"options", "", `{"access":"PRIVATE"}`}, {"folderPath", "", "/x"}, {"file", "a.txt", "words"}},
		{{"strange", "", "?"}, {"options", "", `{"access":"PRIVATE"}`}, {"file", "a.txt", "words"}, {"folderPath", "", "/x"}, {"file", "b.txt", "more"}},
	} {
		got := d.form("POST", base, parts...).Is(201).Object()
		if got["size"] != 5.0 || !strings.HasPrefix(got["path"].(string), "/x/a") || got["extension"] != "txt" {
			t.Errorf("%v made %v", parts, got)
		}
	}
	named := d.form("POST", base,
		part{"file", "a.txt", "words"},
		part{"fileName", "", "Other.MD"},
		part{"charsetHunch", "", "ISO-8859-1"},
		part{"options", "", `{"access":"PRIVATE"}`},
	).Is(201).Object()
	if named["name"] != "Other" || named["extension"] != "md" || named["encoding"] != "ISO-8859-1" || named["path"] != "/Other.md" {
		t.Errorf("named by hand it is %v", named)
	}
}

func TestWhatAFileLooksLike(t *testing.T) { // API-1
	d := start(t)
	got := d.upload("a b.txt", "words", `{"access":"PUBLIC_INDEXABLE","ttl":"P1M"}`)
	for key, want := range map[string]any{
		"archived":          false,
		"name":              "a b",
		"extension":         "txt",
		"path":              "/x/a b.txt",
		"size":              5.0,
		"type":              "DOCUMENT",
		"encoding":          "utf-8",
		"isUsableInContent": true,
		"access":            "PUBLIC_INDEXABLE",
		"fileMd5":           "0988015eb6460a1f0491e0b1d63f1ba6",
		"createdAt":         "2026-11-02T09:00:00.000Z",
		"updatedAt":         "2026-11-02T09:00:00.000Z",
		"expiresAt":         float64(dbtest.Start.AddDate(0, 0, 30).UnixMilli()),
		"width":             nil,
		"height":            nil,
	} {
		if key == "fileMd5" {
			if len(got[key].(string)) != 32 {
				t.Errorf("%s is %v", key, got[key])
			}
			continue
		}
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if got["url"] != got["defaultHostingUrl"] || !strings.HasSuffix(got["url"].(string), "/x/a%20b.txt") {
		t.Errorf("its address is %v", got["url"])
	}
	for _, id := range []string{got["id"].(string), got["parentFolderId"].(string)} {
		if strings.Trim(id, "0123456789") != "" {
			t.Errorf("%q is no id", id)
		}
	}
}

func TestSpansOfTime(t *testing.T) {
	d := start(t)
	for ttl, days := range map[string]int{
		"P1D":        1,
		"P2W":        14,
		"P3M":        90,
		"P1Y":        365,
		"PT48H":      2,
		"P1DT1440M":  2,
		"p1d":        1,
		"PT86400S":   1,
		"P1M1DT24H":  32,
		"P":          0,
		"1D":         0,
		"P1":         0,
		"PT5M":       0, // too short
		"P2Y":        0, // too long
		"P99999999D": 0,
		"-P1D":       0,
		"P0D":        0,
	} {
		a := d.form("POST", base, part{"file", "a.txt", "x"}, part{"options", "", `{"access":"PRIVATE","ttl":"` + ttl + `"}`})
		if days == 0 {
			a.Refused(400, "INVALID_TTL")
			continue
		}
		if at := a.Is(201).Object()["expiresAt"]; at != float64(dbtest.Start.AddDate(0, 0, days).UnixMilli()) {
			t.Errorf("%s runs out at %v", ttl, at)
		}
	}
}

func TestTimesInAllForms(t *testing.T) {
	d := start(t)
	one := base + "/" + d.upload("a.txt", "x", `{"access":"PRIVATE"}`)["id"].(string)
	for _, given := range []any{
		"2027-01-02T00:00:00Z",
		"2027-01-02T01:00:00.000+01:00",
		"2027-01-02",
		1798848000000,
		"1798848000000",
	} {
		if at := d.app.Patch(one, map[string]any{"expiresAt": given}).Is(200).Object()["expiresAt"]; at != 1798848000000.0 {
			t.Errorf("%v is %v", given, at)
		}
	}
	for _, bad := range []any{"tomorrow", "2020-01-01", 1, "2027-13-01"} {
		d.app.Patch(one, map[string]any{"expiresAt": bad}).Refused(400, "INVALID_TIME")
	}
	if at := d.app.Patch(one, map[string]any{"clearExpires": true}).Is(200).Object()["expiresAt"]; at != nil {
		t.Errorf("cleared it is %v", at)
	}
}

func TestWhatChangesAreRefused(t *testing.T) { // API-4
	d := start(t)
	one := base + "/" + d.upload("a.txt", "x", `{"access":"PRIVATE"}`)["id"].(string)
	d.upload("b.txt", "x", `{"access":"PRIVATE"}`)
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"access":"OPEN"}`, 400},
		{`{"name":""}`, 400},
		{`{"name":"b"}`, 409},
		{`{"name":"b.txt"}`, 409},
		{`{"parentFolderId":"12345"}`, 404},
		{`{"parentFolderId":"x"}`, 400},
		{`{"isUsableInContent":"perhaps"`, 400},
		{`{`, 400},
		{`{}`, 200},
		{`{"parentFolderId":0}`, 200},
		{`{"isUsableInContent":false}`, 200},
	} {
		if a := d.app.Patch(one, c.body); a.Status != c.status {
			t.Errorf("%s answers %d, want %d: %s", c.body, a.Status, c.status, a.Body)
		}
	}
	d.app.Patch(base+"/12345", `{}`).Is(404)
	d.app.Patch(base+"/x", `{}`).Is(404)
	d.app.Get(base + "/x/signed-url").Is(404)
	d.app.Get(base + "/12345/download").Is(404)
	d.app.Get(strings.Replace(one, "v3", "v2", 1)).Is(404)
	d.app.Get(one + "/nothing").Is(404)
	d.app.Get(one+"/signed-url?expirationSeconds=99999999999").Refused(400, "INVALID_NUMBER")
	d.form("PUT", one, part{"file", "a.txt", "y"}, part{"options", "", `{"access":"OPEN"}`}).Refused(400, "INVALID_OPTION")
	d.form("PUT", base+"/12345", part{"file", "a.txt", "y"}).Is(404)
	d.form("PUT", one, part{"options", "", `{}`}).Refused(400, "REQUIRED")
}

func TestBrowsersAskOnce(t *testing.T) { // SEC-1
	d := start(t)
	f := d.upload("a.txt", "words", `{"access":"PUBLIC_INDEXABLE"}`)
	u, err := url.Parse(f["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	nobody := d.Nobody()
	first := nobody.Get(u.EscapedPath()).Is(200)
	if string(first.Body) != "words" || first.Header.Get("X-Robots-Tag") != "" || first.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" ||
		first.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Errorf("%q with %v", first.Body, first.Header)
	}
	again := nobody.With("If-None-Match", first.Header.Get("ETag")).Get(u.EscapedPath())
	if again.Status != http.StatusNotModified || len(again.Body) != 0 {
		t.Errorf("asked again it answers %d %q", again.Status, again.Body)
	}
	d.form("PUT", base+"/"+f["id"].(string), part{"file", "a.txt", "other words"}).Is(200)
	if third := nobody.With("If-None-Match", first.Header.Get("ETag")).Get(u.EscapedPath()).Is(200); string(third.Body) != "other words" {
		t.Errorf("after it was replaced: %q", third.Body)
	}
	d.app.Patch(base+"/"+f["id"].(string), map[string]any{"access": "SENSITIVE"}).Is(200)
	nobody.Get(u.EscapedPath()).Is(404)
}

func TestSearchesOfFolders(t *testing.T) { // API-5
	d := start(t)
	for _, name := range []string{"alpha", "beta", "gamma"} {
		d.app.Post(folders, map[string]any{"name": name}).Is(201)
	}
	top := d.app.Get(folders + "/alpha").Is(200).Object()["id"].(string)
	d.app.Post(folders, map[string]any{"name": "in alpha", "parentFolderId": top}).Is(201)
	for query, want := range map[string]string{
		"":                                  "alpha beta gamma in alpha",
		"name=ALPHA":                        "alpha in alpha",
		"path=/alpha/in%20alpha":            "in alpha",
		"parentFolderIds=" + top:            "in alpha",
		"parentFolderIds=0":                 "alpha beta gamma",
		"ids=" + top:                        "alpha",
		"idLte=" + top:                      "alpha",
		"idGte=" + top + "&name=eta":        "beta",
		"sort=-name&limit=2":                "in alpha gamma",
		"sort=name&limit=3":                 "alpha beta gamma",
		"after=" + top + "&limit=1":         "beta",
		"updatedAtLte=2026-11-02T08:00:00Z": "",
		"createdAt=2026-11-02T09:00:00Z&idLte=" + top: "alpha",
	} {
		var got []string
		for _, f := range d.app.Get(folders + "/search?" + query).Is(200).Object()["results"].([]any) {
			got = append(got, f.(map[string]any)["name"].(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
}
