package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
)

// Upload sends a multipart form: the file, then the fields, as HubSpot's client does. name "" sends no file.
func (d *desk) Upload(method, path, part, name, content string, fields map[string]string) answer {
	d.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if name != "" {
		w, err := form.CreateFormFile(part, name)
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	for k, v := range fields {
		if err := form.WriteField(k, v); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequest(method, d.web.URL+path, &body)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+d.token)
	return d.send(req)
}

// Fetch reads an address of ours as anybody, or says the status when it is no 200.
func (d *desk) Fetch(address string) (body string, h http.Header) {
	d.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := d.web.Client().Get(d.web.URL + u.RequestURI())
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Sprint(res.StatusCode), res.Header
	}
	return string(raw), res.Header
}

// kept counts which of the contents are still kept.
func (d *desk) kept(contents ...string) (n int) {
	d.t.Helper()
	for _, c := range contents {
		key := sha(c)
		r, err := d.blobs.Open(d.t.Context(), key)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			d.t.Fatal(err)
		}
		n++
		_ = r.Close()
	}
	return n
}

const filesV3, foldersV3 = "/files/v3/files", "/files/v3/folders"

// pixel is a picture of one by two points.
var pixel = func() string {
	raw, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAACCAYAAACZgbYnAAAADUlEQVR42mNk+M/wHwAEAQH/7yMK/gAAAABJRU5ErkJggg==")
	return string(raw)
}()

func fileOptions(json string) map[string]string {
	return map[string]string{"options": json, "folderPath": "/library/cats"}
}

func TestAFileFromUploadToDeletion(t *testing.T) { // API-1, API-2
	eachDesk(t, func(t *testing.T, d *desk) {
		f := d.Upload("POST", filesV3, "file", "Tom.PNG", pixel, fileOptions(`{"access":"PUBLIC_NOT_INDEXABLE"}`)).Is(201)
		one := filesV3 + "/" + f.Get("id").(string)
		if f.Get("name") != "Tom" || f.Get("extension") != "png" || f.Get("type") != "IMG" || f.Get("encoding") != "png" || f.Get("path") != "/library/cats/Tom.png" ||
			f.Get("width") != 1.0 || f.Get("height") != 2.0 || f.Get("size") != float64(len(pixel)) || f.Get("access") != "PUBLIC_NOT_INDEXABLE" || f.Get("archived") != false {
			t.Errorf("the file is %s", f.Raw)
		}
		got := d.Ask("GET", strings.Replace(one, "v3", "2026-09", 1), nil).Is(200)
		if got.Raw != f.Raw {
			t.Errorf("read it is %s, made it was %s", got.Raw, f.Raw)
		}
		body, h := d.Fetch(f.Get("url").(string))
		if body != pixel || h.Get("Content-Type") != "image/png" || h.Get("X-Robots-Tag") != "noindex" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Errorf("served with %v", h)
		}
		if other, _ := d.Fetch(strings.Replace(f.Get("url").(string), "/hubfs/", "/hubfs/1", 1)); other != "404" {
			t.Errorf("another account's address answers %s", other)
		}
		d.Ask("PATCH", one, map[string]any{"name": "Tom the cat.png", "access": "PRIVATE", "parentFolderPath": "/library"}).Is(200)
		moved := d.Ask("GET", filesV3+"/stat/"+url.PathEscape("library/Tom the cat.png"), nil).Is(200)
		if moved.Get("file", "id") != f.Get("id") || moved.Get("file", "access") != "PRIVATE" {
			t.Errorf("stat: %s", moved.Raw)
		}
		if d.Ask("GET", filesV3+"/stat/library/cats", nil).Is(200).Get("folder", "path") != "/library/cats" {
			t.Error("stat does not find a folder")
		}
		if body, _ := d.Fetch(moved.Get("file", "url").(string)); body != "404" {
			t.Errorf("a private file answers %q by its address", body)
		}
		new := d.Upload("PUT", one, "file", "x.txt", "meow", map[string]string{"options": `{"access":"PUBLIC_INDEXABLE"}`, "charsetHunch": "UTF-8"}).Is(200)
		if new.Get("id") != f.Get("id") || new.Get("size") != 4.0 || new.Get("name") != "Tom the cat" || new.Get("encoding") != "UTF-8" || new.Get("width") != nil {
			t.Errorf("replaced it is %s", new.Raw)
		}
		d.Advance(25 * time.Hour)
		if d.kept(pixel, "meow") != 1 {
			t.Error("what was replaced is still there, or all is gone")
		}
		d.Ask("DELETE", one, nil).Is(204)
		d.Ask("GET", one, nil).Is(404)
		d.Ask("DELETE", one, nil).Is(404)
		d.Ask("DELETE", one+"/gdpr-delete", nil).Is(204)
		d.Advance(25 * time.Hour)
		if d.kept("meow") != 0 {
			t.Error("after gdpr-delete the content is still there")
		}
	})
}

// Content that two files have, or a message, stays while one of them does.
func TestContentStaysWhileAnybodyHasIt(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.Upload("POST", filesV3, "file", "a.txt", "shared words", fileOptions(`{"access":"PRIVATE"}`)).Is(201)
		b := d.Upload("POST", filesV3, "file", "a.txt", "shared words", fileOptions(`{"access":"PRIVATE"}`)).Is(201)
		if b.Get("name") != "a-1" {
			t.Errorf("the second of a name is %v", b.Get("name"))
		}
		d.Ask("DELETE", filesV3+"/"+a.Get("id").(string)+"/gdpr-delete", nil).Is(204)
		d.Advance(25 * time.Hour)
		if d.kept("shared words") != 1 {
			t.Error("content that another file has was deleted")
		}
	})
}

func TestDuplicatesAndOverwriting(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		first := d.Upload("POST", filesV3, "file", "a.txt", "same", fileOptions(`{"access":"PRIVATE"}`)).Is(201)
		again := d.Upload("POST", filesV3, "file", "b.txt", "same", fileOptions(`{"access":"PRIVATE","duplicateValidationStrategy":"RETURN_EXISTING"}`)).Is(201)
		if again.Get("id") != first.Get("id") {
			t.Errorf("a duplicate came back as %s", again.Raw)
		}
		d.Upload("POST", filesV3, "file", "b.txt", "same", fileOptions(`{"access":"PRIVATE","duplicateValidationStrategy":"REJECT"}`)).Is(409)
		elsewhere := map[string]string{"folderPath": "/other", "options": `{"access":"PRIVATE","duplicateValidationStrategy":"REJECT","duplicateValidationScope":"EXACT_FOLDER"}`}
		d.Upload("POST", filesV3, "file", "b.txt", "same", elsewhere).Is(201)
		over := d.Upload("POST", filesV3, "file", "a.txt", "other", fileOptions(`{"access":"PRIVATE","overwrite":true}`)).Is(201)
		if over.Get("id") != first.Get("id") || over.Get("size") != 5.0 {
			t.Errorf("overwritten it is %s", over.Raw)
		}
	})
}

func TestBadUploads(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, fields := range []map[string]string{
			fileOptions(`{"access":"SECRET"}`),
			fileOptions(`{`),
			{"folderPath": "/a"},
			fileOptions(`{"access":"PRIVATE","ttl":"P"}`),
			fileOptions(`{"access":"PRIVATE","ttl":"PT5M"}`),
			fileOptions(`{"access":"PRIVATE","expiresAt":"yesterday"}`),
			fileOptions(`{"access":"PRIVATE","duplicateValidationStrategy":"MAYBE"}`),
			fileOptions(`{"access":"PRIVATE","duplicateValidationScope":"EARTH"}`),
			{"folderPath": "/a", "folderId": "7", "options": `{"access":"PRIVATE"}`},
			{"folderId": "x", "options": `{"access":"PRIVATE"}`},
			{"folderPath": strings.Repeat("/a", 30), "options": `{"access":"PRIVATE"}`},
		} {
			d.Upload("POST", filesV3, "file", "a.txt", "nobody's", fields).Is(400)
		}
		d.Upload("POST", filesV3, "file", "", "", fileOptions(`{"access":"PRIVATE"}`)).Is(400)
		d.Upload("POST", filesV3, "file", "a.txt", "nobody's", map[string]string{"folderId": "7", "options": `{"access":"PRIVATE"}`}).Is(404)
		d.Ask("POST", filesV3, map[string]any{}).Is(400)
		d.Advance(25 * time.Hour)
		if d.kept("nobody's") != 0 {
			t.Error("content that no file was made of is kept")
		}
		if all := d.Ask("GET", foldersV3+"/search", nil).Is(200); len(all.Get("results").([]any)) != 0 {
			t.Errorf("refused uploads left folders: %s", all.Raw)
		}
	})
}

func TestSignedLinksRunOut(t *testing.T) { // SEC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		f := d.Upload("POST", filesV3, "file", "evil.html", "<script>alert(1)</script>", fileOptions(`{"access":"PRIVATE"}`)).Is(201)
		one := filesV3 + "/" + f.Get("id").(string)
		d.Ask("GET", one+"/signed-url?expirationSeconds=0", nil).Is(400)
		link := d.Ask("GET", one+"/signed-url?expirationSeconds=600", nil).Is(200)
		if link.Get("name") != "evil" || link.Get("extension") != "html" || link.Get("size") != 25.0 || link.Get("expiresAt") != "2026-11-02T09:10:00.000Z" {
			t.Errorf("the link is %s", link.Raw)
		}
		address := link.Get("url").(string)
		body, h := d.Fetch(address)
		if body != "<script>alert(1)</script>" || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%q with %v", body, h)
		}
		for _, bad := range []string{strings.Replace(address, "expires=", "expires=9", 1), strings.TrimSuffix(address, address[len(address)-1:]) + "!",
			strings.Replace(address, f.Get("id").(string), "12345", 1)} {
			if got, _ := d.Fetch(bad); got != "403" {
				t.Errorf("%s answers %s", bad, got)
			}
		}
		d.clock.Advance(10 * time.Minute)
		if got, _ := d.Fetch(address); got != "403" {
			t.Errorf("after its time the link answers %s", got)
		}
		if body, _ = d.Fetch(d.redirected(one + "/download")); body != "<script>alert(1)</script>" {
			t.Errorf("the download is %q", body)
		}
	})
}

// redirected is where an address of the API sends its client.
func (d *desk) redirected(path string) string {
	d.t.Helper()
	client := *d.web.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequest(http.MethodGet, d.web.URL+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	res, err := client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound {
		d.t.Fatalf("%s answers %d", path, res.StatusCode)
	}
	return res.Header.Get("Location")
}

func TestFilesThatRunOut(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		f := d.Upload("POST", filesV3, "file", "a.txt", "for a while", fileOptions(`{"access":"PUBLIC_INDEXABLE","ttl":"P2D"}`)).Is(201)
		if f.Get("expiresAt") != float64(d.clock.Now().Add(48*time.Hour).UnixMilli()) {
			t.Errorf("it runs out at %v", f.Get("expiresAt"))
		}
		one := filesV3 + "/" + f.Get("id").(string)
		d.Advance(47 * time.Hour)
		d.Ask("GET", one, nil).Is(200)
		d.clock.Advance(time.Hour)
		d.Ask("GET", one, nil).Is(404)
		if body, _ := d.Fetch(f.Get("url").(string)); body != "404" {
			t.Errorf("what ran out answers %q", body)
		}
		d.Advance(25 * time.Hour) // the sweep
		d.Advance(25 * time.Hour) // the waste
		if d.kept("for a while") != 0 {
			t.Error("what ran out is still kept")
		}
		stays := d.Upload("POST", filesV3, "file", "a.txt", "trash", fileOptions(`{"access":"PRIVATE","ttl":"P2D"}`)).Is(201)
		one = filesV3 + "/" + stays.Get("id").(string)
		if got := d.Ask("PATCH", one, map[string]any{"clearExpires": true}).Is(200); got.Get("expiresAt") != nil {
			t.Errorf("it still runs out: %s", got.Raw)
		}
		d.Advance(60 * time.Hour)
		d.Ask("DELETE", one, nil).Is(204)
		for range 95 {
			d.Advance(24 * time.Hour)
		}
		if d.kept("trash") != 0 {
			t.Error("the trash is not emptied after 90 days")
		}
	})
}

func TestFolders(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		lib := d.Ask("POST", foldersV3, map[string]any{"name": "library"}).Is(201)
		cats := d.Ask("POST", foldersV3, map[string]any{"name": "cats", "parentFolderId": lib.Get("id")}).Is(201)
		if cats.Get("path") != "/library/cats" || cats.Get("parentFolderId") != lib.Get("id") || lib.Get("parentFolderId") != nil {
			t.Errorf("%s in %s", cats.Raw, lib.Raw)
		}
		d.Ask("POST", foldersV3, map[string]any{"name": "cats", "parentPath": "/library"}).Is(409)
		d.Ask("POST", foldersV3, map[string]any{}).Is(400)
		f := d.Upload("POST", filesV3, "file", "tom.txt", "tom", map[string]string{"folderId": cats.Get("id").(string), "options": `{"access":"PRIVATE"}`}).Is(201)
		for _, name := range []string{cats.Get("id").(string), "library/cats", url.PathEscape("/library/cats")} {
			if got := d.Ask("GET", foldersV3+"/"+name, nil).Is(200); got.Get("id") != cats.Get("id") {
				t.Errorf("%s is %s", name, got.Raw)
			}
		}
		d.Ask("PATCH", foldersV3+"/"+lib.Get("id").(string), map[string]any{"parentFolderId": cats.Get("id")}).Is(400)
		if got := d.Ask("PATCH", foldersV3+"/"+lib.Get("id").(string), map[string]any{"name": "bücher"}).Is(200); got.Get("path") != "/bücher" {
			t.Errorf("renamed it is %s", got.Raw)
		}
		if got := d.Ask("GET", filesV3+"/"+f.Get("id").(string), nil).Is(200); got.Get("path") != "/bücher/cats/tom.txt" {
			t.Errorf("the file in it lies at %v", got.Get("path"))
		}
		task := d.Ask("POST", foldersV3+"/update/async", map[string]any{"id": cats.Get("id"), "parentFolderId": 0, "name": "katzen"}).Is(202)
		status := foldersV3 + "/update/async/tasks/" + task.Get("id").(string) + "/status"
		if !strings.HasSuffix(task.Get("links", "status").(string), status) {
			t.Errorf("the locator is %s", task.Raw)
		}
		if got := d.Ask("GET", status, nil).Is(200); got.Get("status") != "PENDING" {
			t.Errorf("before it ran: %s", got.Raw)
		}
		d.Settle()
		if got := d.Ask("GET", status, nil).Is(200); got.Get("status") != "COMPLETE" || got.Get("result", "path") != "/katzen" || got.Get("taskId") != task.Get("id") {
			t.Errorf("after it ran: %s", got.Raw)
		}
		d.Ask("POST", foldersV3, map[string]any{"name": "taken"}).Is(201)
		clash := d.Ask("POST", foldersV3+"/update/async", map[string]any{"id": cats.Get("id"), "name": "taken"}).Is(202)
		d.Settle()
		if got := d.Ask("GET", foldersV3+"/update/async/tasks/"+clash.Get("id").(string)+"/status", nil).Is(200); got.Get("numErrors") != 1.0 || got.Get("result") != nil {
			t.Errorf("a clash: %s", got.Raw)
		}
		d.Ask("GET", filesV3+"/"+f.Get("id").(string), nil).Is(200)
		d.Ask("DELETE", foldersV3+"/katzen", nil).Is(204)
		d.Ask("GET", foldersV3+"/katzen", nil).Is(404)
		d.Ask("GET", filesV3+"/"+f.Get("id").(string), nil).Is(404)
	})
}

func TestFilesFromElsewhere(t *testing.T) { // API-2, API-8
	eachDesk(t, func(t *testing.T, d *desk) {
		far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/cats/Tom.txt" {
				_, _ = io.WriteString(w, "meow")
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}))
		defer far.Close()
		ask := func(body map[string]any) string {
			t.Helper()
			body["access"] = "PRIVATE"
			a := d.Ask("POST", filesV3+"/import-from-url/async", body).Is(202)
			status := filesV3 + "/import-from-url/async/tasks/" + a.Get("id").(string) + "/status"
			if !strings.HasSuffix(a.Get("links", "status").(string), status) {
				t.Errorf("the locator is %s", a.Raw)
			}
			return status
		}
		good := ask(map[string]any{"url": far.URL + "/cats/Tom.txt", "folderPath": "/fetched"})
		named := ask(map[string]any{"url": far.URL + "/cats/Tom.txt", "name": "Jerry", "duplicateValidationStrategy": "NONE"})
		missing := ask(map[string]any{"url": far.URL + "/nothing"})
		inside := ask(map[string]any{"url": "http://10.0.0.1/secret"})
		if got := d.Ask("GET", good, nil).Is(200); got.Get("status") != "PENDING" || got.Get("result") != nil {
			t.Errorf("before it ran: %s", got.Raw)
		}
		d.Settle()
		for status, path := range map[string]string{good: "/fetched/Tom.txt", named: "/Jerry.txt"} {
			got := d.Ask("GET", status, nil).Is(200)
			if got.Get("status") != "COMPLETE" || got.Get("result", "path") != path || got.Get("result", "size") != 4.0 || got.Get("numErrors") != nil {
				t.Errorf("%s: %s", path, got.Raw)
			}
		}
		for status, says := range map[string]string{missing: "The server answered 404.", inside: "The address leads into a private network, or to a port that is not for the web."} {
			got := d.Ask("GET", status, nil).Is(200)
			if got.Get("status") != "COMPLETE" || got.Get("numErrors") != 1.0 || got.Get("errors", 0, "message") != says || got.Get("result") != nil {
				t.Errorf("%s", got.Raw)
			}
		}
		for _, bad := range []map[string]any{
			{"url": "ftp://x.example/a", "access": "PRIVATE"},
			{"url": "no address", "access": "PRIVATE"},
			{"access": "PRIVATE"},
			{"url": far.URL},
			{"url": far.URL, "access": "OPEN"},
		} {
			d.Ask("POST", filesV3+"/import-from-url/async", bad).Is(400)
		}
		d.Ask("GET", filesV3+"/import-from-url/async/tasks/12345/status", nil).Is(404)
	})
}

func TestSearchingFiles(t *testing.T) { // API-5
	eachDesk(t, func(t *testing.T, d *desk) {
		ids := map[string]string{}
		for i, name := range []string{"alpha.txt", "beta.txt", "gamma.md", "hidden.txt"} {
			access := "PRIVATE"
			switch name {
			case "hidden.txt":
				access = "HIDDEN_PRIVATE"
			case "beta.txt":
				access = "PUBLIC_INDEXABLE"
			}
			d.clock.Advance(time.Second)
			f := d.Upload("POST", filesV3, "file", name, strings.Repeat("x", i+1), fileOptions(`{"access":"`+access+`"}`)).Is(201)
			ids[name] = f.Get("id").(string)
		}
		folder := d.Ask("GET", foldersV3+"/library%2Fcats", nil).Is(200).Get("id").(string)
		names := func(query string) string {
			t.Helper()
			var out []string
			for _, f := range d.Ask("GET", filesV3+"/search?"+query, nil).Is(200).Get("results").([]any) {
				out = append(out, f.(map[string]any)["name"].(string))
			}
			return strings.Join(out, " ")
		}
		for query, want := range map[string]string{
			"":                   "alpha beta gamma",
			"sort=-createdAt":    "gamma beta alpha",
			"sort=-size&limit=2": "gamma beta",
			"name=LPH":           "alpha",
			"extension=md":       "gamma",
			"ids=" + ids["alpha.txt"] + "," + ids["gamma.md"]: "alpha gamma",
			"sizeGte=2&sizeLte=2":                             "beta",
			"size=3":                                          "gamma",
			"allowsAnonymousAccess=true":                      "beta",
			"allowsAnonymousAccess=false":                     "alpha gamma",
			"path=/library/cats/beta.txt":                     "beta",
			"path=/nowhere/beta.txt":                          "",
			"parentFolderIds=" + folder:                       "alpha beta gamma",
			"parentFolderIds=1":                               "",
			"type=DOCUMENT":                                   "alpha beta gamma",
			"createdAtGte=2026-11-02T09:00:02Z":               "beta gamma",
			"isUsableInContent=false":                         "",
			"after=" + ids["alpha.txt"]:                       "beta gamma",
			"before=" + ids["gamma.md"]:                       "alpha beta",
			"before=" + ids["gamma.md"] + "&limit=1":          "beta",
			"after=" + ids["gamma.md"] + "&sort=-size":        "beta alpha",
			"expiresAtGte=1":                                  "",
			"fileMd5=9dd4e461268c8034f5c8564e155c67a6":        "alpha",
		} {
			if got := names(query); got != want {
				t.Errorf("%s finds %q, want %q", query, got, want)
			}
		}
		beta := d.Ask("GET", filesV3+"/"+ids["beta.txt"], nil).Is(200).Get("url").(string)
		if got := names("url=" + url.QueryEscape(beta)); got != "beta" {
			t.Errorf("by its address %q", got)
		}
		page := d.Ask("GET", filesV3+"/search?limit=2", nil).Is(200)
		if page.Get("paging", "next", "after") != ids["beta.txt"] || !strings.Contains(page.Get("paging", "next", "link").(string), "after="+ids["beta.txt"]) {
			t.Errorf("paging %s", page.Raw)
		}
		for _, bad := range []string{"limit=0", "sort=nothing", "size=big", "createdAt=soon", "after=x", "isUsableInContent=perhaps", "ids=a"} {
			d.Ask("GET", filesV3+"/search?"+bad, nil).Is(400)
		}
		d.Ask("GET", filesV3+"/"+ids["hidden.txt"], nil).Is(200)
		found := d.Ask("GET", foldersV3+"/search?name=cat&sort=-path", nil).Is(200)
		if len(found.Get("results").([]any)) != 1 || found.Get("results", 0, "path") != "/library/cats" {
			t.Errorf("folders: %s", found.Raw)
		}
	})
}

// What a mail is made of stays, whoever else had the same content and threw it away.
func TestContentOfMailsStays(t *testing.T) { // REL-1
	eachDesk(t, func(t *testing.T, d *desk) {
		content := strings.Repeat("a line of a large file\n", 40_000)
		encoded := base64.StdEncoding.EncodeToString([]byte(content))
		d.Raw("ann@customer.example", []byte("From: ann@customer.example\r\nTo: support@desk.localhost\r\nSubject: Lamp\r\n"+
			"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.bin\r\n"+
			"Content-Transfer-Encoding: base64\r\n\r\n"+encoded+"\r\n"))
		if d.kept(content) != 1 {
			t.Fatal("the mail's file is not among the blobs")
		}
		same := d.Upload("POST", filesV3, "file", "a.bin", content, fileOptions(`{"access":"PRIVATE"}`)).Is(201)
		d.Ask("DELETE", filesV3+"/"+same.Get("id").(string)+"/gdpr-delete", nil).Is(204)
		for _, kind := range []string{"inbound", "attachments"} {
			var keys []string
			dbtest.See(t, d.db, func(tx *db.Tx) (err error) {
				keys, err = db.List(tx, db.Col[string], "SELECT blob_key FROM "+kind+" WHERE blob_key <> ''")
				return err
			})
			if len(keys) == 0 {
				t.Fatalf("no content of %s lies among the blobs", kind)
			}
			dbtest.Do(t, d.db, func(tx *db.Tx) error {
				for _, k := range keys {
					if err := waste.Drop(tx, k); err != nil {
						return err
					}
				}
				return nil
			})
			d.Advance(25 * time.Hour)
			for _, k := range keys {
				r, err := d.blobs.Open(t.Context(), k)
				if err != nil {
					t.Fatalf("content of %s was deleted: %v", kind, err)
				}
				_ = r.Close()
			}
		}
	})
}

// Uploads that no message took go after a week, unless a draft has them.
func TestUploadsThatNoMessageTook(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("ann@customer.example", "Lamp", "Dark.")
		ticket := d.Tickets()[0].ID
		attach := func(content string) string {
			return d.Upload("POST", "/helpdesk/v1/attachments", "file", "a.txt", content, nil).Is(201).Get("id").(string)
		}
		attach("forgotten")
		drafted, sent := attach("in a draft"), attach("sent")
		draft := fmt.Sprintf("/helpdesk/v1/tickets/%d/drafts/reply", ticket)
		d.Ask("PUT", draft, map[string]any{"html": "<p>see</p>", "attachmentIds": []string{drafted}}).Is(200)
		d.Ask("POST", fmt.Sprintf("/helpdesk/v1/tickets/%d/comments", ticket), map[string]any{"html": "<p>see</p>", "attachmentIds": []string{sent}}).Is(201)
		for range 6 {
			d.Advance(24 * time.Hour)
		}
		if got := d.kept("forgotten", "in a draft", "sent"); got != 3 {
			t.Fatalf("after six days %d are there", got)
		}
		for range 4 {
			d.Advance(24 * time.Hour)
		}
		if d.kept("forgotten") != 0 || d.kept("in a draft", "sent") != 2 {
			t.Error("the wrong uploads were removed")
		}
		d.Ask("DELETE", draft, nil).Is(204)
		for range 3 {
			d.Advance(24 * time.Hour)
		}
		if d.kept("in a draft") != 0 || d.kept("sent") != 1 {
			t.Error("what the draft had is kept when the draft is gone, or what a comment has is not")
		}
	})
}

func TestFilesNeedTheirScope(t *testing.T) { // ACC-8
	eachDesk(t, func(t *testing.T, d *desk) {
		hidden := d.Upload("POST", filesV3, "file", "a.txt", "hidden", fileOptions(`{"access":"HIDDEN_PRIVATE"}`)).Is(201).Get("id").(string)
		for scope, want := range map[string]int{"files": 404, "files.ui_hidden.read": 200, "tickets": 403} {
			_, token, err := d.people.AddToken(t.Context(), d.boss.Actor(), scope, scope)
			if err != nil {
				t.Fatal(err)
			}
			d.ask("GET", filesV3+"/"+hidden, nil, "Bearer "+token).Is(want)
			if scope != "files" {
				d.ask("DELETE", filesV3+"/"+hidden, nil, "Bearer "+token).Is(403)
			}
		}
	})
}

// Big files pass through: what is in memory does not grow with them.
func TestBigFilesPassThrough(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	const size = 64 << 20
	go func() {
		w, err := form.CreateFormFile("file", "big.bin")
		chunk := make([]byte, 1<<20)
		for n := 0; err == nil && n < size; n += len(chunk) {
			_, err = w.Write(chunk)
		}
		if err == nil {
			_ = form.WriteField("options", `{"access":"PRIVATE"}`)
			_ = form.WriteField("folderPath", "/big")
			err = form.Close()
		}
		_ = write.CloseWithError(err)
	}()
	req, err := http.NewRequest(http.MethodPost, d.web.URL+filesV3, read)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+d.token)
	before := allocated()
	if f := d.send(req).Is(201); f.Get("size") != float64(size) {
		t.Errorf("it is %s", f.Raw)
	}
	if used := allocated() - before; used > 16<<20 {
		t.Errorf("%d MB were allocated for a file of %d MB", used>>20, size>>20)
	}
}

// allocated is how many bytes were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// sha is the key of content.
func sha(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
