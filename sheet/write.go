package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Styles of cells, by their place in stylesXML.
const (
	dayStyle    = 1
	momentStyle = 2
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relsNS  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	partsNS = `http://schemas.openxmlformats.org/package/2006/`
	typesNS = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	stylesXML = xmlHead + `<styleSheet ` + mainNS + `><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>` +
		`<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
		`<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`
)

// Book writes a spreadsheet, one sheet after another.
type Book struct {
	zip    *zip.Writer
	sheets int
	begun  int
	open   io.Writer
}

// NewBook begins a spreadsheet of so many sheets.
func NewBook(w io.Writer, sheets int) (*Book, error) {
	b := &Book{zip: zip.NewWriter(w), sheets: sheets}
	var types, list, links strings.Builder
	for n := 1; n <= sheets; n++ {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, typesNS)
		fmt.Fprintf(&list, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, n, n, n)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relsNS, n)
	}
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + partsNS + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + typesNS + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + typesNS + `styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + partsNS + `relationships"><Relationship Id="rId1" Type="` + relsNS + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + mainNS + ` xmlns:r="` + relsNS + `"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + partsNS + `relationships">` + links.String() +
			`<Relationship Id="rId` + strconv.Itoa(sheets+1) + `" Type="` + relsNS + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", strings.TrimPrefix(stylesXML, xmlHead)},
	} {
		to, err := b.zip.Create(part[0])
		if err == nil {
			_, err = io.WriteString(to, xmlHead+part[1])
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Next begins the next sheet. What is written to it are rows by AppendRow, from the first one on.
func (b *Book) Next() (io.Writer, error) {
	if err := b.end(); err != nil {
		return nil, err
	}
	if b.begun++; b.begun > b.sheets {
		return nil, errors.New("sheet: more sheets than were said")
	}
	to, err := b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", b.begun))
	if err != nil {
		return nil, err
	}
	b.open = to
	_, err = io.WriteString(to, xmlHead+`<worksheet `+mainNS+`><sheetData>`)
	return to, err
}

func (b *Book) end() error {
	if b.open == nil {
		return nil
	}
	_, err := io.WriteString(b.open, `</sheetData></worksheet>`)
	b.open = nil
	return err
}

// Close ends the spreadsheet.
func (b *Book) Close() error {
	if b.begun < b.sheets {
		return errors.New("sheet: fewer sheets than were said")
	}
	if err := b.end(); err != nil {
		return err
	}
	return b.zip.Close()
}

// numeric is what a cell of numbers holds exactly: spreadsheet programs keep 15 digits.
var numeric = regexp.MustCompile(`^-?(\d{1,15}|\d{1,10}\.\d{1,5})$`)

// AppendRow appends the row of a sheet that has a number, from 1. A text is never taken for a formula, whatever it begins with.
func AppendRow(to []byte, number int, row []Cell) []byte {
	to = append(to, `<row r="`...)
	to = strconv.AppendInt(to, int64(number), 10)
	to = append(to, `">`...)
	for i, c := range row {
		if c.Value == "" {
			continue
		}
		to = append(to, `<c r="`...)
		to = strconv.AppendInt(appendColumn(to, i), int64(number), 10)
		to = append(to, '"')
		to = appendValue(to, c)
		to = append(to, `</c>`...)
	}
	return append(to, `</row>`...)
}

func appendValue(to []byte, c Cell) []byte {
	style, serial := 0, ""
	switch c.Kind {
	case Number:
		if numeric.MatchString(c.Value) {
			serial = c.Value
		}
	case Day:
		style, serial = dayStyle, serialOf(time.DateOnly, c.Value)
	case Moment:
		style, serial = momentStyle, serialOf(MomentLayout, c.Value)
	}
	if serial != "" {
		if style != 0 {
			to = append(to, ` s="`...)
			to = append(strconv.AppendInt(to, int64(style), 10), '"')
		}
		to = append(to, `><v>`...)
		return append(append(to, serial...), `</v>`...)
	}
	to = append(to, ` t="inlineStr"><is><t xml:space="preserve">`...)
	out := bytes.NewBuffer(to)
	_ = xml.EscapeText(out, []byte(fitting(c.Value))) // a buffer takes all
	return append(out.Bytes(), `</t></is>`...)
}

// escaped is what spreadsheet programs take for a character written by its number.
var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// fitting is a text as a cell holds it: not too long, and read as it is written.
func fitting(text string) string {
	if len(text) > cellMost {
		if units := utf16.Encode([]rune(text)); len(units) > cellMost {
			text = string(utf16.Decode(units[:cellMost]))
		}
	}
	if strings.Contains(text, "_x") {
		text = escaped.ReplaceAllString(text, "_x005F_x${1}_")
	}
	return text
}

// appendColumn appends the letters of a column, from 0.
func appendColumn(to []byte, n int) []byte {
	if n >= 26 {
		to = appendColumn(to, n/26-1)
	}
	return append(to, byte('A'+n%26))
}

// epoch is day 0 of spreadsheets, as it counts since 1 March 1900: they believe in a 29 February before it.
var epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

const firstSerial = 61

// serialOf is a time as spreadsheets count; "" for one before they count right.
func serialOf(layout, value string) string {
	at, err := time.Parse(layout, value)
	if err != nil || at.Year() > 9999 {
		return ""
	}
	seconds := at.Unix() - epoch.Unix()
	if seconds < firstSerial*daySeconds {
		return ""
	}
	return strconv.FormatFloat(math.Round(float64(seconds)/daySeconds*1e9)/1e9, 'f', -1, 64)
}

const daySeconds = 24 * 60 * 60
