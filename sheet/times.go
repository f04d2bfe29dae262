package sheet

import (
	"archive/zip"
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// form says what a number stands for.
type form uint8

const (
	formNone  form = 0
	formDay   form = 1
	formClock form = 2
)

// span is number formats that stand for the same.
type span struct {
	from, to int
	form     form
}

// builtin are the number formats that stand for times and have no text.
var builtin = []span{
	{14, 17, formDay}, {18, 21, formClock}, {22, 22, formDay | formClock}, {27, 31, formDay}, {32, 33, formClock}, {34, 36, formDay},
	{45, 47, formClock}, {50, 54, formDay}, {55, 56, formClock}, {57, 58, formDay},
}

// readStyles reads what the numbers of each style stand for.
func readStyles(archive *zip.Reader, at string) ([]form, error) {
	var styles []form
	texts, cells := map[string]form{}, false
	err := elements(archive, at, func(e xml.StartElement) {
		switch e.Name.Local {
		case "numFmt":
			texts[attr(e, "numFmtId")] = formOf(attr(e, "formatCode"))
		case "cellXfs":
			cells = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			cells = false
		case "xf":
			if !cells {
				return
			}
			id := attr(e, "numFmtId")
			f, ok := texts[id]
			if !ok {
				f = builtinForm(id)
			}
			styles = append(styles, f)
		}
	})
	return styles, err
}

func builtinForm(id string) form {
	n, err := strconv.Atoi(id)
	i := slices.IndexFunc(builtin, func(s span) bool { return n >= s.from && n <= s.to })
	if err != nil || i < 0 {
		return formNone
	}
	return builtin[i].form
}

// formOf tells times by the text of a number format, such as dd/mm/yyyy hh:mm.
func formOf(code string) (f form) {
	code, _, _ = strings.Cut(code, ";")
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"', '[':
			end := strings.IndexByte(code[i+1:], closing(code[i]))
			if end < 0 {
				return f
			}
			if inner := strings.ToLower(code[i+1 : i+1+end]); code[i] == '[' && strings.Trim(inner, "hms") == "" && inner != "" {
				f |= formClock
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case 'y', 'Y', 'd', 'D':
			f |= formDay
		case 'h', 'H', 's', 'S':
			f |= formClock
		case 'm', 'M':
			f |= formMonth
		}
	}
	if f == formMonth {
		return formDay
	}
	return f &^ formMonth
}

func closing(open byte) byte {
	if open == '[' {
		return ']'
	}
	return open
}

// formMonth may be minutes as well.
const formMonth form = 4

const (
	lateDays   = 1462      // from the one epoch to the other
	serialMost = 2_958_466 // the year 10000
)

// time is what a number stands for; false when it is out of range.
func (r *Reader) time(f form, given string) (string, bool) {
	serial, err := strconv.ParseFloat(given, 64)
	if err != nil || !(serial >= 0) || serial >= serialMost-lateDays {
		return "", false
	}
	switch {
	case f == formClock:
		if serial >= 1 {
			return "", false // so many hours, and no time of a day
		}
	case r.late:
		serial += lateDays
	case serial < firstSerial-1:
		serial++ // before the day that never was
	}
	days, part := math.Modf(serial)
	at := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*daySeconds*1000)) * time.Millisecond)
	switch f {
	case formDay:
		return at.Format(time.DateOnly), true
	case formClock:
		return at.Format(time.TimeOnly), true
	}
	return at.Format("2006-01-02T15:04:05.999Z07:00"), true
}
