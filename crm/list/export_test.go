package list

import (
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Statement is what a page of members asks the database behind a member.
func (w Window) Statement(by people.Actor, t property.ObjectType, l List, after Member) (string, []any) {
	var q db.SQL
	w.statement(&q, by, t, l, &place{after.At, after.ID})
	return q.Text(), q.Args()
}

// PointAt is when a point in time is, as of a moment.
func PointAt(raw, now string) (string, error) {
	var p point
	if err := json.Unmarshal([]byte(raw), &p); err != nil {
		return "", err
	}
	moment, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return "", err
	}
	at, err := p.at("timePoint", moment)
	return property.FormatTime(at), err
}
