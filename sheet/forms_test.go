package sheet_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/sheet"
)

// styled is a spreadsheet with one cell whose number format has a text.
func styled(t *testing.T, code, number string) []byte {
	t.Helper()
	code = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(code)
	parts := cells(`<row><c s="0"><v>` + number + `</v></c></row>`)
	parts["xl/styles.xml"] = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="` + code + `"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>`
	return foreign(t, parts)
}

// one is the only cell of a spreadsheet.
func one(t *testing.T, raw []byte) string {
	t.Helper()
	r, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, _, err := r.Next()
	if err != nil || len(got) != 1 {
		t.Fatalf("%q, %v", got, err)
	}
	return got[0]
}

// Numbers are times by their format alone, as spreadsheet programs of all countries write formats.
func TestTimesByTheirFormat(t *testing.T) { // IMP-1
	const (
		number = "45000.75"
		day    = "2023-03-15"
		moment = "2023-03-15T18:00:00Z"
	)
	for code, want := range map[string]string{
		"General":                    number,
		"0.00":                       number,
		"#,##0.00 \"days\"":          number,
		"0.00E+00":                   number,
		"\\d0":                       number,
		"_d0":                        number,
		"*d0":                        number,
		"[Red]0":                     number,
		"[$€-407] 0":                 number,
		"0;[Red]-0;\"dd\"":           number,
		"\"unclosed":                 number,
		"[unclosed":                  number,
		"yyyy-mm-dd":                 day,
		"dd.mm.yyyy":                 day,
		"d/m/yy":                     day,
		"mmm":                        day,
		"mmmm yyyy":                  day,
		"[$-F800]dddd, mmmm dd yyyy": day,
		"[$-409]d-mmm;@":             day,
		"yyyy\"年\"m\"月\"d\"日\"":      day,
		"YYYY-MM-DD":                 day,
		"yyyy-mm-dd hh:mm":           moment,
		"dd/mm/yy h:mm AM/PM":        moment,
		"m/d/yyyy\\ h:mm:ss":         moment,
		"d [h]:mm":                   moment,
		"hh:mm":                      number,
		"[h]:mm:ss":                  number,
	} {
		if got := one(t, styled(t, code, number)); got != want {
			t.Errorf("%s shows %s, want %s", code, got, want)
		}
	}
}

// Times of a day, and what is out of a spreadsheet's time.
func TestTimesAtTheEdges(t *testing.T) { // IMP-1
	for _, c := range []struct{ code, number, want string }{
		{"hh:mm", "0.5", "12:00:00"},
		{"hh:mm", "0", "00:00:00"},
		{"mm:ss", "0.999988426", "23:59:59"},
		{"yyyy-mm-dd", "0", "1899-12-31"},
		{"yyyy-mm-dd", "59", "1900-02-28"},
		{"yyyy-mm-dd", "61", "1900-03-01"},
		{"yyyy-mm-dd", "2950000", "9976-10-27"},
		{"yyyy-mm-dd", "2958466", "2958466"},
		{"yyyy-mm-dd", "-1", "-1"},
		{"yyyy-mm-dd", "1E+300", "1" + strings.Repeat("0", 300)},
		{"yyyy-mm-dd", "nonsense", "nonsense"},
		{"yyyy-mm-dd hh:mm", "45000.5000001157", "2023-03-15T12:00:00.01Z"},
	} {
		if got := one(t, styled(t, c.code, c.number)); got != c.want {
			t.Errorf("%s as %s shows %s, want %s", c.number, c.code, got, c.want)
		}
	}
}

// Every day and every second that a spreadsheet can count comes back as it was.
func TestEveryMomentComesBack(t *testing.T) { // IMP-1, IMP-3
	first := time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		at := first.Add(time.Duration(rapid.Int64Range(0, 250*365*24*3600).Draw(rt, "seconds")) * time.Second)
		raw := book(t, [][]sheet.Cell{{
			{Kind: sheet.Day, Value: at.Format(time.DateOnly)},
			{Kind: sheet.Moment, Value: at.Format(sheet.MomentLayout)},
		}})
		got, err := rows(raw, "")
		want := fmt.Sprintf("1 %q", []string{at.Format(time.DateOnly), at.Format("2006-01-02T15:04:05Z07:00")})
		if err != nil || len(got) != 1 || got[0] != want {
			rt.Fatalf("%s came back as %s, %v", want, got, err)
		}
	})
}

// Every text comes back from a spreadsheet as it was, but for what XML cannot hold.
func TestEveryTextComesBack(t *testing.T) { // IMP-1, IMP-3
	letters := []rune("ab_x0D <>&\"'=+-@\t\n\ré\U0001F600")
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom(letters), 1, 20, -1), 1, 6).Draw(rt, "row")
		row := make([]sheet.Cell, len(want))
		for i, text := range want {
			row[i].Value = text
		}
		raw := book(t, [][]sheet.Cell{row})
		r, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), "")
		if err != nil {
			rt.Fatal(err)
		}
		defer r.Close()
		if got, _, err := r.Next(); err != nil || !slices.Equal(got, want) {
			rt.Fatalf("%q came back as %q, %v", want, got, err)
		}
	})
}

// A number is one only where nothing of it is lost.
func TestNumbersThatAreKept(t *testing.T) { // IMP-3
	for value, number := range map[string]bool{
		"0":                 true,
		"-5":                true,
		"123456789012345":   true,
		"1234567890123456":  false,
		"0.5":               true,
		"-1234567890.12345": true,
		"1.123456":          false,
		"1e5":               false,
		"+5":                false,
		".5":                false,
		"nonsense":          false,
	} {
		row := string(sheet.AppendRow(nil, 1, []sheet.Cell{{Kind: sheet.Number, Value: value}}))
		if strings.Contains(row, "<v>") != number {
			t.Errorf("%s is written as %s", value, row)
		}
		if got := one(t, book(t, [][]sheet.Cell{{{Kind: sheet.Number, Value: value}}})); got != value {
			t.Errorf("%s came back as %s", value, got)
		}
	}
}

// Columns are called A to Z, AA and so on; the last one is XFD.
func TestColumnsByTheirLetters(t *testing.T) { // IMP-1, IMP-3
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", sheet.ColumnsMost - 1: "XFD"} {
		row := make([]sheet.Cell, n+1)
		row[n].Value = "here"
		if got := string(sheet.AppendRow(nil, 7, row)); !strings.Contains(got, `<c r="`+want+`7"`) {
			t.Errorf("column %d is %s, want %s", n, got, want)
		}
		got, err := rows(book(t, [][]sheet.Cell{row}), "")
		if err != nil || len(got) != 1 || !strings.HasSuffix(got[0], `"here"]`) {
			t.Errorf("column %d came back as %.80s, %v", n, got, err)
		}
	}
}

func TestBooksThatAreNotWhole(t *testing.T) {
	var out bytes.Buffer
	b, err := sheet.NewBook(&out, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err == nil {
		t.Error("a sheet is missing, and nobody says so")
	}
	if _, err := b.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Next(); err == nil {
		t.Error("there is a sheet more than was said")
	}
	if _, err := rows(out.Bytes(), ""); !errs.Is(err, errs.Invalid) {
		t.Errorf("what was not closed is read: %v", err)
	}
}
