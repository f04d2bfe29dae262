package property

import (
	"database/sql"
	"strconv"
	"time"
)

// Arg is a canonical value as its column takes it; nil for "".
func (d *Definition) Arg(value string) any {
	if value == "" {
		return nil
	}
	switch d.Store {
	case Int, Ref:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil
		}
		return n
	case Micros:
		t, ok := ParseTime(value)
		if !ok {
			return nil
		}
		return t.UnixMicro()
	case Flag:
		return value == "true"
	}
	return value
}

// Cell is where a column of a definition is scanned to.
type Cell struct {
	text sql.NullString
	num  sql.NullInt64
	flag sql.NullBool
}

// Dest is what to scan into for a definition's column.
func (c *Cell) Dest(d *Definition) any {
	switch d.Store {
	case Text:
		return &c.text
	case Flag:
		return &c.flag
	}
	return &c.num
}

// Value is the canonical value that was scanned, "" for NULL.
func (c *Cell) Value(d *Definition) string {
	switch {
	case d.Store == Text:
		return c.text.String
	case d.Store == Flag:
		if !c.flag.Valid {
			return ""
		}
		return strconv.FormatBool(c.flag.Bool)
	case !c.num.Valid:
		return ""
	case d.Store == Micros:
		return FormatTime(time.UnixMicro(c.num.Int64))
	}
	return strconv.FormatInt(c.num.Int64, 10)
}
