package people

import (
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people/audit"
)

// Audit writes what an actor did into the audit log, in the transaction that does it (ACC-9). Who and from where are the
// actor's; the entry says what.
func Audit(tx *db.Tx, by Actor, e audit.Entry) error {
	e.Actor, e.Name, e.Address = by.As(), by.Name, by.Address
	return audit.Add(tx, e)
}

// AuditLog reads a page of the audit log.
func (s *Service) AuditLog(tx *db.Tx, by Actor, q audit.Query) ([]audit.Entry, error) {
	if !by.May(ReadAudit) {
		return nil, errs.New(errs.Denied, "Only an admin may read the audit log.", nil)
	}
	return audit.List(tx, q)
}

// differ notes a change in an entry's detail.
func differ(detail map[string]string, what, was, is string) {
	switch {
	case was == is:
	case was == "":
		detail[what] = is
	default:
		detail[what] = was + " → " + is
	}
}
