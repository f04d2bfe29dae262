package schema

import (
	"context"
	"encoding/json"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

const (
	purgeKind = "schema.purge"
	purgeStep = 500 // records a transaction, so that other writers wait for none of it
)

type purgeArgs struct {
	Name string `json:"name"`
}

// Archive ends the use of an object type of the account's own, which must have no living records. Its name stays taken until
// it is purged.
func (s *Store) Archive(tx *db.Tx, by people.Actor, name string) error {
	if err := may(by); err != nil {
		return err
	}
	t, err := s.own(tx, name)
	if err != nil {
		return err
	}
	n, err := record.Living(tx, t)
	if err != nil {
		return err
	}
	if n > 0 {
		return errs.Newf(errs.Invalid, "%s cannot be deleted while there are records of it. Delete those first.", t.LabelPlural).WithCode("OBJECT_TYPE_IN_USE")
	}
	_, rollups, err := s.props.Rollups(tx, t.Name)
	if err != nil {
		return err
	}
	if len(rollups) > 0 {
		return errs.Newf(errs.Invalid, "The property %s of %s is computed from %s. Delete it first.", rollups[0].Name, rollups[0].ObjectType, t.LabelPlural).
			WithCode("OBJECT_TYPE_IN_USE")
	}
	if err := s.relations.ForgetTypes(tx, t.Name); err != nil {
		return err
	}
	if err := s.props.ArchiveType(tx, t); err != nil {
		return err
	}
	return people.Audit(tx, by, audit.Entry{Action: "schema.deleted", ObjectType: "schemas", Object: t.Name})
}

// Purge deletes an object type of the account's own for good, with its properties and what is in the trash; a living one is
// archived first. A job erases the records; then the name is free.
func (s *Store) Purge(tx *db.Tx, by people.Actor, name string) error {
	if err := may(by); err != nil {
		return err
	}
	t, err := s.Find(tx, name)
	if err != nil {
		return err
	}
	if !t.Archived {
		if err := s.Archive(tx, by, name); err != nil {
			return err
		}
	}
	if err := s.props.PurgeType(tx, t); err != nil {
		return err
	}
	if _, err := job.Enqueue(tx, job.Spec{Kind: purgeKind, Key: t.Name, Args: purgeArgs{t.Name}}); err != nil {
		return err
	}
	return people.Audit(tx, by, audit.Entry{Action: "schema.purged", ObjectType: "schemas", Object: t.Name})
}

// PurgeHandler erases what is left of purged object types, some records at a time.
func (s *Store) PurgeHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: purgeKind, Run: func(ctx context.Context, run job.Run) error {
		var args purgeArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		for done := false; !done; {
			err := d.Write(ctx, func(tx *db.Tx) error {
				n, err := record.Erase(tx, args.Name, purgeStep)
				if done = err == nil && n < purgeStep; !done {
					return err
				}
				search.Rebuild(tx, property.ObjectType{Name: args.Name})
				if err := s.pipelines.Forget(tx, args.Name); err != nil {
					return err
				}
				if err := s.props.ForgetType(tx, args.Name); err != nil {
					return err
				}
				return run.Complete(tx)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}}
}
