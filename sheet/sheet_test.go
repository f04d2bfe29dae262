package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/sheet"
)

func TestACellIsNoFormula(t *testing.T) { // IMP-3
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+49 30": "'+49 30", "-x": "'-x", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "a=1": "a=1", "'quoted": "'quoted", "'=1": "''=1",
	} {
		got := sheet.Harmless(cell)
		if got != want || sheet.Bare(got) != cell {
			t.Errorf("%q is %q and back %q, want %q", cell, got, sheet.Bare(got), want)
		}
	}
}

func TestCSVReadsAsItWasWritten(t *testing.T) { // IMP-3
	rapid.Check(t, func(t *rapid.T) {
		var row []sheet.Cell
		var want []string
		for _, text := range rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune("ab \"',;\n=+-é"))), 1, 5).Draw(t, "row") {
			row, want = append(row, sheet.Cell{Value: text}), append(want, text)
		}
		got, err := csv.NewReader(bytes.NewReader(sheet.AppendCSV(nil, row))).Read()
		for i := range got {
			got[i] = sheet.Bare(got[i])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q came back as %q, %v", want, got, err)
		}
	})
	got := string(sheet.AppendCSV(nil, []sheet.Cell{{sheet.Number, "-5"}, {sheet.Text, "-5"}, {sheet.Day, "2026-11-02"}}))
	if got != "-5,'-5,2026-11-02\n" {
		t.Errorf("a number is guarded, or a text is not: %q", got)
	}
}

// book is a spreadsheet of rows, two sheets of them.
func book(t *testing.T, sheets ...[][]sheet.Cell) []byte {
	t.Helper()
	var out bytes.Buffer
	b, err := sheet.NewBook(&out, len(sheets))
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range sheets {
		w, err := b.Next()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if _, err := w.Write(sheet.AppendRow(nil, i+1, row)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rows are those of a sheet, each behind its number.
func rows(raw []byte, name string) (out []string, err error) {
	r, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		cells, n, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, fmt.Sprintf("%d %q", n, cells))
	}
}

func TestASpreadsheetReadsAsItWasWritten(t *testing.T) { // IMP-1, IMP-3
	raw := book(t, [][]sheet.Cell{
		{{Value: "Record ID"}, {Value: "Näme"}},
		{{sheet.Number, "9007199254740991"}, {Value: "=1+1"}, {Value: ""}, {sheet.Number, "-12.5"}, {sheet.Day, "2026-11-02"}, {sheet.Moment, "2026-11-02 09:05:07"}},
		{{sheet.Day, "1850-01-01"}, {Value: " <a> & \"b\"\r\n\x01 _x000D_ "}, {sheet.Number, "1e5"}},
	}, [][]sheet.Cell{{{Value: "second"}}})
	got, err := rows(raw, "")
	want := []string{
		`1 ["Record ID" "Näme"]`,
		`2 ["9007199254740991" "=1+1" "" "-12.5" "2026-11-02" "2026-11-02T09:05:07Z"]`,
		`3 ["1850-01-01" " <a> & \"b\"\r\n` + "\uFFFD" + ` _x000D_ " "1e5"]`,
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("rows are\n%s\n%v, want\n%s", strings.Join(got, "\n"), err, strings.Join(want, "\n"))
	}
	if got, err := rows(raw, "sheet2"); err != nil || !slices.Equal(got, []string{`1 ["second"]`}) {
		t.Errorf("the second sheet is %q, %v", got, err)
	}
	if _, err := rows(raw, "Sheet3"); !errs.Is(err, errs.Invalid) {
		t.Errorf("a sheet that there is not: %v", err)
	}
	if bytes.Contains(raw, []byte("<f>")) {
		t.Error("there is a formula")
	}
}

func TestALongTextFitsInACell(t *testing.T) { // IMP-3
	raw := book(t, [][]sheet.Cell{{{Value: strings.Repeat("é", 40_000)}}})
	got, err := rows(raw, "")
	if want := fmt.Sprintf("1 %q", []string{strings.Repeat("é", 32_767)}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("the cell has %d bytes, %v", len(fmt.Sprint(got)), err)
	}
}

// foreign is a spreadsheet as other programs write it.
func foreign(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook><workbookPr date1904="false"/><sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/s.xml"/><Relationship Id="r2" Type="x/styles" Target="styles.xml"/><Relationship Id="r3" Type="x/sharedStrings" Target="texts.xml"/></Relationships>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-407]d. mmmm yyyy;@"/><numFmt numFmtId="171" formatCode="&quot;day&quot; 0.00"/><numFmt numFmtId="172" formatCode="[h]:mm"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/></cellXfs></styleSheet>`,
		"xl/texts.xml": `<sst><si><t>Ann</t></si><si><r><t>B</t></r><r><t xml:space="preserve">ob </t></r><rPh><t>loud</t></rPh></si></sst>`,
	}
	for name, text := range parts {
		all[name] = text
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range all {
		to, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(to, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func cells(xml string) map[string]string {
	return map[string]string{"xl/worksheets/s.xml": `<worksheet><cols><col/></cols><sheetData>` + xml + `</sheetData><pageMargins/></worksheet>`}
}

func TestSpreadsheetsOfOtherPrograms(t *testing.T) { // IMP-1
	for name, c := range map[string]struct{ xml, want string }{
		"common texts":  {`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>`, `1 ["Ann" "Bob "]`},
		"gaps":          {`<row r="3"><c r="B3"><v>5</v></c><c r="AA3" t="str"><f>A1</f><v>x</v></c></row>`, `3 ["" "5"` + strings.Repeat(` ""`, 24) + ` "x"]`},
		"dates":         {`<row><c s="1"><v>45000</v></c><c s="2"><v>45000.5</v></c><c s="3"><v>1</v></c><c s="4"><v>45000</v></c></row>`, `1 ["2023-03-15" "2023-03-15T12:00:00Z" "1900-01-01" "45000"]`},
		"hours":         {`<row><c s="5"><v>0.25</v></c><c s="5"><v>1.5</v></c></row>`, `1 ["06:00:00" "1.5"]`},
		"numbers":       {`<row><c><v>0.30000000000000004</v></c><c><v>1.2E+10</v></c><c t="n"><v>-5</v></c></row>`, `1 ["0.3" "12000000000" "-5"]`},
		"truth":         {`<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2026-11-02</v></c></row>`, `1 ["true" "false" "#N/A" "2026-11-02"]`},
		"nothing":       {`<row/><row r="2"></row>`, `1 [],2 []`},
		"texts in line": {`<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b_x000A_</t></r></is></c></row>`, `1 ["ab\n"]`},
	} {
		got, err := rows(foreign(t, cells(c.xml)), "people")
		if err != nil || strings.Join(got, ",") != c.want {
			t.Errorf("%s: %s, %v, want %s", name, strings.Join(got, ","), err, c.want)
		}
	}
	late := cells(`<row><c s="1"><v>43538</v></c></row>`)
	late["xl/workbook.xml"] = `<workbook><workbookPr date1904="1"/><sheets><sheet name="P" r:id="r1"/></sheets></workbook>`
	if got, err := rows(foreign(t, late), ""); err != nil || strings.Join(got, ",") != `1 ["2023-03-15"]` {
		t.Errorf("days since 1904: %s, %v", got, err)
	}
}

// endless is a part that unpacks to much more than it is.
func endless(before, again string, times int, after string) string {
	return before + strings.Repeat(again, times) + after
}

func TestHostileSpreadsheets(t *testing.T) { // IMP-1
	whole := foreign(t, cells(`<row><c><v>1</v></c></row>`))
	many := func() []byte { // more names than anybody needs
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for i := range 20_000 {
			if _, err := w.Create(fmt.Sprint(strings.Repeat("n", 30), i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	part := func(name, text string) []byte {
		p := cells(`<row><c t="s"><v>0</v></c></row>`)
		p[name] = text
		return foreign(t, p)
	}
	for name, raw := range map[string][]byte{
		"no archive":       []byte("First,Last\nAnn,Lee\n"),
		"nothing":          nil,
		"half":             whole[:len(whole)/2],
		"no workbook":      part("_rels/.rels", `<Relationships/>`),
		"no sheet":         part("xl/workbook.xml", `<workbook/>`),
		"a huge row":       foreign(t, cells(endless(`<row><c t="str"><v>`, "aaaaaaaaaa", 1<<20, `</v></c></row>`))),
		"a huge style":     part("xl/styles.xml", endless(`<styleSheet>`, "<xf/>          ", 1<<20, `</styleSheet>`)),
		"a huge text":      part("xl/texts.xml", endless(`<sst><si><t>`, "aaaaaaaaaa", 1<<20, `</t></si></sst>`)),
		"many attributes":  foreign(t, cells(endless(`<row `, `a="bbbbbbbbbb" `, 1<<19, `/>`))),
		"many names":       many(),
		"a text too far":   foreign(t, cells(`<row><c t="s"><v>2</v></c></row>`)),
		"a row too far":    foreign(t, cells(`<row r="1048577"/>`)),
		"a column too far": foreign(t, cells(`<row><c r="XFE1"><v>1</v></c></row>`)),
		"rows backwards":   foreign(t, cells(`<row r="5"/><row r="4"/>`)),
		"cells backwards":  foreign(t, cells(`<row><c r="B1"/><c r="A1"/></row>`)),
		"no end":           foreign(t, map[string]string{"xl/worksheets/s.xml": `<worksheet><sheetData><row>`}),
		"an entity":        foreign(t, map[string]string{"xl/worksheets/s.xml": `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`}),
	} {
		if got, err := rows(raw, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %.60q, %v; it should be refused", name, got, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	var out bytes.Buffer
	b, err := sheet.NewBook(&out, 1)
	if err != nil {
		f.Fatal(err)
	}
	w, err := b.Next()
	if err == nil {
		_, err = w.Write(sheet.AppendRow(nil, 1, []sheet.Cell{{sheet.Day, "2026-11-02"}}))
	}
	if err = errors.Join(err, b.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := rows(raw, ""); err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("%v", err)
		}
	})
}
