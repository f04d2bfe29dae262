package list

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Conversion says when a DYNAMIC list is to become a SNAPSHOT: on a day, or when its size has not changed for so long.
type Conversion struct {
	Type   string `json:"conversionType"`
	Year   int    `json:"year,omitempty"` // of CONVERSION_DATE, whose day begins in UTC
	Month  int    `json:"month,omitempty"`
	Day    int    `json:"day,omitempty"`
	Offset int    `json:"offset,omitempty"`   // of INACTIVITY
	Unit   string `json:"timeUnit,omitempty"` // DAY, WEEK or MONTH
}

// HubSpot's types of conversion.
const (
	onDate       = "CONVERSION_DATE"
	onInactivity = "INACTIVITY"
)

// Conversion is when a list is to be converted, nil for never, and when it was, zero for not yet.
func (l List) Conversion() (*Conversion, time.Time, error) {
	if l.conversion == "" {
		return nil, l.converted, nil
	}
	var c Conversion
	if err := json.Unmarshal([]byte(l.conversion), &c); err != nil {
		return nil, l.converted, fmt.Errorf("conversion of list %d: %w", l.ID, err)
	}
	return &c, l.converted, nil
}

const offsetUnits = 1000

func (c Conversion) check() (Conversion, error) {
	switch c.Type {
	case onDate:
		day := c.date()
		if c.Year < 1970 || c.Year > 9999 || day.Month() != time.Month(c.Month) || day.Day() != c.Day {
			return c, errs.Bad("day", "INVALID_DATE", "year, month and day must be a day.")
		}
		return Conversion{Type: onDate, Year: c.Year, Month: c.Month, Day: c.Day}, nil
	case onInactivity:
		if _, ok := c.before(time.Time{}); !ok || c.Offset < 1 || c.Offset > offsetUnits {
			return c, errs.Bad("offset", "INVALID_OFFSET", fmt.Sprintf("offset must be from 1 to %d, and timeUnit DAY, WEEK or MONTH.", offsetUnits))
		}
		return Conversion{Type: onInactivity, Offset: c.Offset, Unit: c.Unit}, nil
	}
	return c, errs.Bad("conversionType", "INVALID_OPTION", "conversionType must be CONVERSION_DATE or INACTIVITY.")
}

func (c Conversion) date() time.Time {
	return time.Date(c.Year, time.Month(c.Month), c.Day, 0, 0, 0, 0, time.UTC)
}

// before is the time since which nothing may have changed.
func (c Conversion) before(now time.Time) (time.Time, bool) {
	switch c.Unit {
	case "DAY":
		return now.AddDate(0, 0, -c.Offset), true
	case "WEEK":
		return now.AddDate(0, 0, -7*c.Offset), true
	case "MONTH":
		return now.AddDate(0, -c.Offset, 0), true
	}
	return now, false
}

// Convert says when a DYNAMIC list is to become a SNAPSHOT; nil takes that back.
func (s *Service) Convert(tx *db.Tx, by people.Actor, list int64, c *Conversion) (List, error) {
	if err := may(by); err != nil {
		return List{}, err
	}
	l, err := s.held(tx, list)
	if err != nil {
		return l, err
	}
	if l.Processing != Dynamic {
		return l, errs.Newf(errs.Invalid, "Only a DYNAMIC list can be converted, and this one is %s.", l.Processing).WithCode("ILS.INVALID_PROCESSING_TYPE")
	}
	l.conversion = ""
	if c != nil {
		checked, err := c.check()
		if err != nil {
			return l, err
		}
		raw, err := json.Marshal(checked)
		if err != nil {
			return l, err
		}
		l.conversion = string(raw)
		if checked.Type == onDate {
			day := checked.date()
			if _, err := job.Enqueue(tx, job.Spec{Kind: convertKind, Key: id.Format(list) + ":" + day.Format("2006-01-02"), Args: fillArgs{list}, Due: day}); err != nil {
				return l, err
			}
		}
	}
	_, err = tx.Exec("UPDATE lists SET conversion = $2, updated_by = $3, updated_at = $4 WHERE id = $1", list, l.conversion, user(by), tx.Micros())
	return l, err
}

const convertKind = "list.convert"

// convert makes a list whose day has come a SNAPSHOT. Of one that was given another day it is not the day.
func (s *Service) convert(ctx context.Context, run job.Run) error {
	var args fillArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		l, err := s.held(tx, args.List)
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.convertDue(tx, l)
	})
}

func (s *Service) convertDue(tx *db.Tx, l List) error {
	c, _, err := l.Conversion()
	if err != nil || c == nil || l.Processing != Dynamic {
		return err
	}
	switch c.Type {
	case onDate:
		if tx.Now.Before(c.date()) {
			return nil
		}
	case onInactivity:
		since, _ := c.before(tx.Now)
		quiet, err := s.quiet(tx, l, since)
		if err != nil || !quiet {
			return err
		}
	}
	if _, err := tx.Exec("UPDATE lists SET processing = $2, status = $3, size = 0, version = version + 1, converted_at = $4, updated_at = $4 WHERE id = $1",
		l.ID, string(Snapshot), string(Filling), tx.Micros()); err != nil {
		return fmt.Errorf("convert list %d: %w", l.ID, err)
	}
	return toFill(tx, l.ID)
}

// quiet reports whether a list's size has been what it is since a time, as far as it was counted.
func (s *Service) quiet(tx *db.Tx, l List, since time.Time) (bool, error) {
	if l.FiltersAt.After(since) {
		return false, nil
	}
	other, err := db.Value[int64](tx, "SELECT count(*) FROM list_history WHERE list_id = $1 AND at >= $2 AND (size IS NULL OR size <> $3)", l.ID, since.UnixMicro(), l.size)
	return other == 0, err
}
