package list

import (
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
)

// point is a point in time: a date, or one counted from now.
type point struct {
	Type string `json:"timeType"`
	Zone string `json:"zoneId"`

	clocked
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`

	Reference *reference `json:"indexReference"` // of INDEXED
	Offset    offset     `json:"offset"`
}

// clocked is a time of day; what is absent is 0.
type clocked struct {
	Hour   int `json:"hour"`
	Minute int `json:"minute"`
	Second int `json:"second"`
	Millis int `json:"millisecond"`
}

func (c clocked) nanos() int { return c.Millis * int(time.Millisecond) }

// reference is what a point is counted from.
type reference struct {
	Type    string `json:"referenceType"`
	Weekday string `json:"dayOfWeek"`
	Month   int    `json:"month"`
	Day     int    `json:"day"`
	clocked
}

// offset is how far a point is from its reference.
type offset struct {
	Years    int `json:"years"`
	Quarters int `json:"quarters"`
	Months   int `json:"months"`
	Weeks    int `json:"weeks"`
	Days     int `json:"days"`
	Hours    int `json:"hours"`
	Minutes  int `json:"minutes"`
	Seconds  int `json:"seconds"`
	Millis   int `json:"milliseconds"`
}

// offsetMost bounds each part of an offset: centuries are no question.
const offsetMost = 1_000_000

func (o offset) from(t time.Time) (time.Time, bool) {
	for _, n := range []int{o.Years, o.Quarters, o.Months, o.Weeks, o.Days, o.Hours, o.Minutes, o.Seconds, o.Millis} {
		if n > offsetMost || n < -offsetMost {
			return t, false
		}
	}
	t = t.AddDate(o.Years, 3*o.Quarters+o.Months, 7*o.Weeks+o.Days)
	t = t.Add(time.Duration(o.Hours)*time.Hour + time.Duration(o.Minutes)*time.Minute + time.Duration(o.Seconds)*time.Second + time.Duration(o.Millis)*time.Millisecond)
	return t, t.Year() > 0 && t.Year() < 10_000
}

// weekdays are the days of a week that begins on Monday.
var weekdays = map[string]int{"MONDAY": 0, "TUESDAY": 1, "WEDNESDAY": 2, "THURSDAY": 3, "FRIDAY": 4, "SATURDAY": 5, "SUNDAY": 6}

// at is when the point is, as of now, in its zone.
func (p *point) at(field string, now time.Time) (time.Time, error) {
	if p == nil {
		return now, errs.Bad(field, "REQUIRED", field+" needs a point in time.")
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil || p.Zone == "Local" {
		return now, errs.Bad(field, "INVALID_TIME_ZONE", "There is no time zone "+strconv.Quote(p.Zone)+".")
	}
	now = now.In(zone)
	switch {
	case p.Type == "DATE" && p.Year > 0 && p.Year < 10_000:
		return time.Date(p.Year, time.Month(p.Month), p.Day, p.Hour, p.Minute, p.Second, p.nanos(), zone), nil
	case p.Type == "DATE":
		return now, errs.Bad(field, "INVALID_DATE", "A date needs a year from 1 to 9999.")
	case p.Type != "INDEXED" || p.Reference == nil:
		return now, unsaid(field, "points in time of the type %.40q", p.Type)
	}
	t, ok := p.Reference.at(now)
	if !ok {
		return now, unsaid(field, "points in time that count from %.40q", p.Reference.Type)
	}
	if t, ok = p.Offset.from(t); !ok {
		return now, errs.Bad(field, "INVALID_OFFSET", "That is too far from now.")
	}
	return t, nil
}

func (r *reference) at(now time.Time) (time.Time, bool) {
	y, m, d := now.Date()
	switch r.Type {
	case "NOW":
		return now, true
	case "TODAY":
	case "WEEK":
		d += weekdays[strings.ToUpper(r.Weekday)] - (int(now.Weekday())+6)%7
	case "MONTH":
		d = max(r.Day, 1)
	case "QUARTER":
		m, d = (m-1)/3*3+time.Month(max(r.Month, 1)), max(r.Day, 1)
	case "YEAR":
		m, d = time.Month(max(r.Month, 1)), max(r.Day, 1)
	default:
		return now, false
	}
	return time.Date(y, m, d, r.Hour, r.Minute, r.Second, r.nanos(), now.Location()), true
}

// rolling are the operators of ROLLING_DATE_RANGE.
var rolling = map[string]string{"IS_LESS_THAN_X_DAYS_AGO": "IN_LAST_DAYS", "IS_MORE_THAN_X_DAYS_AGO": "OLDER_THAN_DAYS",
	"IS_LESS_THAN_X_DAYS_FROM_NOW": "IN_NEXT_DAYS", "IS_MORE_THAN_X_DAYS_FROM_NOW": "LATER_THAN_DAYS"}

// timed translates the operations on times.
func (t *translator) timed(d property.Definition, name string, o operation) (ways, error) {
	if d.Type != property.Date && d.Type != property.DateTime {
		switch o.Type {
		case "TIME_POINT", "TIME_RANGED", "DATE", "DATETIME", "RANGED_DATE", "ROLLING_DATE_RANGE":
			return nil, errs.Bad(name, "INVALID_OPERATOR", d.Label+" is not a date.")
		}
	}
	if o.Of != "" && o.Of != "VALUE" {
		return nil, unsaid(name, "when a property was changed (propertyParser %.40q)", o.Of)
	}
	unknown := unsaid(name, "the operator %.40q of %.40s", o.Operator, o.Type)
	switch o.Type {
	case "TIME_POINT":
		at, err := o.Point.at("timePoint", t.now)
		if err != nil {
			return nil, err
		}
		return compare(d, name, o.Operator, at, o.End == "INCLUSIVE", unknown)
	case "TIME_RANGED":
		return t.ranged(d, name, o, unknown)
	case "DATETIME":
		at, err := millis(name, o.Timestamp)
		if err != nil {
			return nil, err
		}
		return compare(d, name, o.Operator, at, false, unknown)
	case "DATE":
		at, err := o.day(name)
		if err != nil {
			return nil, err
		}
		return onDay(d, name, o.Operator, at, unknown)
	case "RANGED_DATE":
		from, err := millis(name, o.Lower)
		if err != nil {
			return nil, err
		}
		to, err := millis(name, o.Upper)
		if err != nil || o.Operator != "IS_BETWEEN" {
			return nil, firstOf(err, unknown)
		}
		return one(between(d, name, from, to)), nil
	case "ROLLING_DATE_RANGE":
		if op, ok := rolling[o.Operator]; ok {
			return one(filter.Filter{PropertyName: name, Operator: op, Value: string(o.Days)}), nil
		}
		return nil, unknown
	}
	return nil, unsaid(name, "operations of the type %.40q", o.Type)
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (t *translator) ranged(d property.Definition, name string, o operation, unknown error) (ways, error) {
	from, err := o.LowerPoint.at("lowerBoundTimePoint", t.now)
	if err != nil {
		return nil, err
	}
	to, err := o.UpperPoint.at("upperBoundTimePoint", t.now)
	if err != nil || o.Operator != "IS_BETWEEN" {
		return nil, firstOf(err, unknown)
	}
	if o.LowerEnd != "EXCLUSIVE" && o.UpperEnd != "EXCLUSIVE" {
		return one(between(d, name, from, to)), nil
	}
	low, high := "GTE", "LTE"
	if o.LowerEnd == "EXCLUSIVE" {
		low = "GT"
	}
	if o.UpperEnd == "EXCLUSIVE" {
		high = "LT"
	}
	return one(filter.Filter{PropertyName: name, Operator: low, Value: canonical(d, from)}, filter.Filter{PropertyName: name, Operator: high, Value: canonical(d, to)}), nil
}

func between(d property.Definition, name string, from, to time.Time) filter.Filter {
	return filter.Filter{PropertyName: name, Operator: "BETWEEN", Value: canonical(d, from), HighValue: canonical(d, to)}
}

// compare translates a comparison with a moment.
func compare(d property.Definition, name, operator string, at time.Time, included bool, unknown error) (ways, error) {
	f := filter.Filter{PropertyName: name, Value: canonical(d, at)}
	switch operator {
	case "IS_EQUAL_TO":
		f.Operator = "EQ"
	case "IS_BEFORE", "IS_BEFORE_DATE":
		f.Operator = "LT"
	case "IS_AFTER", "IS_AFTER_DATE":
		f.Operator = "GT"
	default:
		return nil, unknown
	}
	if included && f.Operator != "EQ" {
		f.Operator += "E"
	}
	return one(f), nil
}

// onDay translates a comparison with a day: what happens on it is neither before nor after.
func onDay(d property.Definition, name, operator string, day time.Time, unknown error) (ways, error) {
	if d.Type == property.Date {
		return compare(d, name, operator, day, false, unknown)
	}
	last := day.AddDate(0, 0, 1).Add(-time.Millisecond)
	switch operator {
	case "IS_EQUAL_TO":
		return one(between(d, name, day, last)), nil
	case "IS_AFTER", "IS_AFTER_DATE":
		day = last
	}
	return compare(d, name, operator, day, false, unknown)
}

// canonical is a moment as the property holds such: of dates the day in the moment's zone.
func canonical(d property.Definition, t time.Time) string {
	if d.Type == property.Date {
		return t.Format("2006-01-02")
	}
	return property.FormatTime(t)
}

// millis reads milliseconds since 1970, in UTC.
func millis(field string, v text) (time.Time, error) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	t := time.UnixMilli(n).UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return t, errs.Bad(field, "INVALID_DATE", field+" needs a time in milliseconds since 1970.")
	}
	return t, nil
}

// day reads the day of DATE, whose month is a number or a name.
func (o operation) day(field string) (time.Time, error) {
	year, errYear := strconv.Atoi(string(o.Year))
	day, errDay := strconv.Atoi(string(o.Day))
	month, errMonth := strconv.Atoi(string(o.Month))
	for m := time.January; errMonth != nil && m <= time.December; m++ {
		if strings.EqualFold(m.String(), string(o.Month)) {
			month, errMonth = int(m), nil
		}
	}
	if errYear != nil || errDay != nil || errMonth != nil || year < 1 || year > 9999 {
		return time.Time{}, errs.Bad(field, "INVALID_DATE", field+" needs a year, a month and a day.")
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), nil
}
