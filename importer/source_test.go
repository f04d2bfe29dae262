package importer_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/importer"
)

type shelf struct {
	blob.Store
	t *testing.T
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	blobs, err := blob.NewFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return shelf{blobs, t}
}

func (s shelf) put(content string) string {
	s.t.Helper()
	ref, err := blob.PutBytes(context.Background(), s.Store, []byte(content))
	if err != nil {
		s.t.Fatal(err)
	}
	return ref.Key
}

// read reads all rows of a file with names in its first row.
func (s shelf) read(content, charset string, columns ...string) string {
	s.t.Helper()
	rows, err := importer.ReadFrom(s.Store, s.put(content), charset, true, columns, 0, 0, 1000)
	if err != nil {
		return "error: " + errs.As(err).Message
	}
	var out []string
	for _, r := range rows {
		text := fmt.Sprintf("%d:%s", r.Line, strings.Join(r.Cells, "|"))
		if r.Bad {
			text = fmt.Sprintf("%d:bad", r.Line)
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestFilesAsPeopleSaveThem(t *testing.T) { // IMP-1
	s := newShelf(t)
	for name, c := range map[string]struct{ content, want string }{
		"commas": {
			"A,B\n1,2\n3,4\n",
			"2:1|2 3:3|4",
		},
		"semicolons, as where the comma is for decimals": {
			"A;B\n1,5;2\n",
			"2:1,5|2",
		},
		"tabs": {
			"A\tB\n1\t2\n",
			"2:1|2",
		},
		"line ends of other systems": {
			"A,B\r\n1,2\r\n",
			"2:1|2",
		},
		"a mark of UTF-8 before the first name": {
			"\xEF\xBB\xBFA,B\n1,2\n",
			"2:1|2",
		},
		"no line end at the end": {
			"A,B\n1,2",
			"2:1|2",
		},
		"quotation marks": {
			"A,B\n\"1,\"\"x\"\"\",2\n",
			"2:1,\"x\"|2",
		},
		"a line break in a value": {
			"A,B\n\"1\n2\",3\n4,5\n",
			"2:1\n2|3 3:4|5",
		},
		"a quotation mark in the middle": {
			"A,B\n6\" pipe,2\n",
			"2:6\" pipe|2",
		},
		"empty lines": {
			"A,B\n\n1,2\n\n \n3,4\n",
			"2:1|2 4:3|4",
		},
		"the columns in another order, and more of them": {
			"C,B,A\n3,2,1\n",
			"2:1|2",
		},
		"spaces around names and values": {
			" A , B \n 1 , 2 \n",
			"2:1|2",
		},
		"a name that is there twice": {
			"A,B,A\n1,2,3\n",
			"2:1|2",
		},
		"a row that is too short": {
			"A,B\n1\n",
			"2:1|",
		},
		"a row that is too long": {
			"A,B\n1,2,3\n4,5\n",
			"2:bad 3:4|5",
		},
		"what no database takes": {
			"A,B\n\x00a\xff,2\n",
			"2:a\uFFFD|2",
		},
		"nothing but names": {
			"A,B\n",
			"",
		},
		"nothing at all": {
			"",
			"error: The file a.csv is empty.",
		},
		"a name that is missing": {
			"A,C\n1,2\n",
			"error: The file a.csv has no column \"B\".",
		},
		"a quotation mark that is never closed": {
			"A,B\n\"" + strings.Repeat("x", 5<<20),
			"error: A row is larger than 4 MB: is a quotation mark missing?",
		},
	} {
		if got := s.read(c.content, "utf-8", "A", "B"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFilesInOtherCharacterSets(t *testing.T) { // IMP-1
	s := newShelf(t)
	const content = "Größe,Straße\nklein,Ähre\n"
	latin, err := charmap.Windows1252.NewEncoder().String(content)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(content)
	if err != nil {
		t.Fatal(err)
	}
	for charset, bytes := range map[string]string{
		"utf-8":        content,
		"":             content,
		"nonsense":     content,
		"windows-1252": latin,
		"iso-8859-1":   latin,
		"utf-16le":     wide,
	} {
		if got := s.read(bytes, charset, "Größe", "Straße"); got != "2:klein|Ähre" {
			t.Errorf("%s: %q", charset, got)
		}
	}
}

func TestFilesWithoutNames(t *testing.T) {
	s := newShelf(t)
	rows, err := importer.ReadFrom(s.Store, s.put("1,2\n3,4\n"), "", false, []string{"first", "second"}, 0, 0, 10)
	if err != nil || len(rows) != 2 || rows[0].Line != 1 || strings.Join(rows[1].Cells, "|") != "3|4" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestAFileThatIsGone(t *testing.T) {
	s := newShelf(t)
	_, err := importer.ReadFrom(s.Store, strings.Repeat("0", 64), "", true, []string{"A"}, 0, 0, 10)
	if !errs.Is(err, errs.Invalid) {
		t.Errorf("%v", err)
	}
}

// From wherever reading goes on, the rows that are left come, each once, with their numbers.
func TestReadingGoesOnAnywhere(t *testing.T) { // IMP-1, REL-1
	s := newShelf(t)
	rapid.Check(t, func(rt *rapid.T) {
		table := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching("[a-zü\"\n,; ]{0,6}x"), 3, 3), 1, 30).Draw(rt, "rows")
		comma := rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(rt, "comma")
		latin := rapid.Bool().Draw(rt, "latin")
		mark := rapid.Bool().Draw(rt, "mark") && !latin
		var raw bytes.Buffer
		w := csv.NewWriter(&raw)
		w.Comma, w.UseCRLF = comma, rapid.Bool().Draw(rt, "crlf")
		for _, row := range append([][]string{{"A", "B", "C"}}, table...) {
			if err := w.Write(row); err != nil {
				rt.Fatal(err)
			}
		}
		w.Flush()
		content, charset := raw.String(), "utf-8"
		if latin {
			var err error
			if content, err = charmap.Windows1252.NewEncoder().String(content); err != nil {
				rt.Fatal(err)
			}
			charset = "windows-1252"
		}
		if mark {
			content = "\xEF\xBB\xBF" + content
		}
		key := s.put(content)
		columns := []string{"A", "B", "C"}
		all, err := importer.ReadFrom(s.Store, key, charset, true, columns, 0, 0, 1000)
		if err != nil || len(all) != len(table) {
			rt.Fatalf("%d of %d rows, %v", len(all), len(table), err)
		}
		for i, r := range all {
			var want []string
			for _, cell := range table[i] {
				want = append(want, strings.TrimSpace(cell))
			}
			if !slices.Equal(r.Cells, want) {
				rt.Fatalf("row %d is %q, want %q", i, r.Cells, want)
			}
		}
		step := rapid.IntRange(1, 7).Draw(rt, "step")
		var pieces []importer.Row
		var end, line int64
		for range len(table) + 1 {
			some, err := importer.ReadFrom(s.Store, key, charset, true, columns, end, line, step)
			if err != nil {
				rt.Fatal(err)
			}
			if len(some) == 0 {
				break
			}
			pieces = append(pieces, some...)
			last := some[len(some)-1]
			end, line = last.End, last.Line
		}
		if len(pieces) != len(all) {
			rt.Fatalf("in pieces of %d there are %d rows, at once %d", step, len(pieces), len(all))
		}
		for i := range all {
			if pieces[i].Line != all[i].Line || pieces[i].End != all[i].End || !slices.Equal(pieces[i].Cells, all[i].Cells) {
				rt.Fatalf("row %d is %+v in pieces, %+v at once", i, pieces[i], all[i])
			}
		}
	})
}
