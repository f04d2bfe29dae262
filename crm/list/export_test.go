package list

import (
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
