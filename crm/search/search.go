// Package search finds records by what people type into a search box. It owns how text is looked for, as a condition for
// the record engine; it knows nothing of permissions, pages or filters.
package search

import (
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

const (
	textMost  = 3000 // bytes of a query (HubSpot's limit)
	wordsMost = 8    // what is typed beyond these narrows nothing
)

// candidates are the newest records of the object types with a table of their own, with the text that is searched.
var candidates = map[string]string{
	"tickets": `SELECT t.id, coalesce(t.subject, '') || ' ' || coalesce(t.preview, '') || ' ' || coalesce(c.firstname, '') || ' ' ||
coalesce(c.lastname, '') || ' ' || coalesce(c.email, '') || ' ' || t.id AS body
FROM (SELECT id, subject, preview, contact_id FROM tickets WHERE archived_at IS NULL ORDER BY active_at DESC, id DESC LIMIT 10000) t
LEFT JOIN contacts c ON c.id = t.contact_id`,
	"contacts": `SELECT id, coalesce(firstname, '') || ' ' || coalesce(lastname, '') || ' ' || coalesce(email, '') || ' ' ||
coalesce(phone, '') AS body FROM (SELECT id, firstname, lastname, email, phone FROM contacts
WHERE archived_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10000) t`,
	"companies": `SELECT id, coalesce(name, '') || ' ' || coalesce(domain, '') || ' ' || coalesce(phone, '') AS body
FROM (SELECT id, name, domain, phone FROM companies WHERE archived_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10000) t`,
}

// Where appends the condition that a record's text holds every word of what was typed, ignoring case. Of tickets that is
// the name, the preview, the primary contact and the id. Only the newest ten thousand records are looked at.
func Where(q *db.SQL, tx *db.Tx, t property.ObjectType, typed string) {
	if len(typed) > textMost {
		typed = typed[:textMost]
	}
	typed = strings.ReplaceAll(strings.ToValidUTF8(typed, " "), "\x00", " ")
	words := strings.Fields(typed)
	if len(words) == 0 {
		q.Add("TRUE")
		return
	}
	q.Add("id IN (SELECT id FROM (" + newest(t) + ") found WHERE ")
	for i, w := range words[:min(len(words), wordsMost)] {
		if i > 0 {
			q.Add(" AND ")
		}
		q.Add(tx.Contains("body", "?"), db.Like(w))
	}
	q.Add(")")
}

// newest are the newest records of a type, with the text that is searched.
func newest(t property.ObjectType) string {
	if !t.Shared {
		return candidates[t.Name]
	}
	parts := []string{"coalesce(name, '')"}
	for _, p := range t.Searchable {
		parts = append(parts, "coalesce(props->>'"+p+"', '')")
	}
	return "SELECT id, " + strings.Join(parts, " || ' ' || ") + " AS body FROM (SELECT id, name, props FROM " + t.From() +
		"archived_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10000) t"
}
