package pipeline

import (
	"encoding/json"
	"fmt"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

func load(tx *db.Tx) ([]Pipeline, error) {
	scan := func(s db.Scanner) (Pipeline, error) {
		var p Pipeline
		var created, updated int64
		err := s.Scan(&p.ID, &p.ObjectType, &p.Label, &p.Order, &created, &updated)
		p.CreatedAt, p.UpdatedAt = clock.FromMicros(created), clock.FromMicros(updated)
		return p, err
	}
	all, err := db.List(tx, scan, "SELECT id, object_type, label, position, created_at, updated_at FROM pipelines ORDER BY position, created_at, id")
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, p := range all {
		at[p.ID] = i
	}
	type owned struct {
		pipeline string
		Stage
	}
	stages, err := db.List(tx, func(s db.Scanner) (owned, error) {
		var o owned
		var created, updated int64
		var metadata []byte
		if err := s.Scan(&o.pipeline, &o.ID, &o.Label, &o.Order, &o.Closed, &metadata, &created, &updated); err != nil {
			return o, err
		}
		o.CreatedAt, o.UpdatedAt = clock.FromMicros(created), clock.FromMicros(updated)
		return o, json.Unmarshal(metadata, &o.Metadata)
	}, "SELECT pipeline_id, id, label, position, closed, metadata, created_at, updated_at FROM stages ORDER BY pipeline_id, position, id")
	for _, o := range stages {
		p := &all[at[o.pipeline]]
		p.Stages = append(p.Stages, o.Stage)
	}
	return all, err
}

// All returns the pipelines of an object type in their order. Treat them as read-only.
func (s *Store) All(tx *db.Tx, objectType string) ([]Pipeline, error) {
	// Only tickets have pipelines, so all there are belong to the type.
	if _, err := s.piped(tx, objectType); err != nil {
		return nil, err
	}
	all, err := s.all.Get(tx)
	if err != nil {
		return nil, fmt.Errorf("pipelines: %w", err)
	}
	return all, nil
}

// piped returns the object type, which must have pipelines.
func (s *Store) piped(tx *db.Tx, objectType string) (property.ObjectType, error) {
	t, err := s.props.Type(tx, objectType)
	if err == nil && t.Name != "tickets" {
		err = errs.Newf(errs.Invalid, "%q has no pipelines; tickets have.", objectType).WithCode("NO_PIPELINES")
	}
	return t, err
}

// Find returns one pipeline.
func (s *Store) Find(tx *db.Tx, objectType, pipelineID string) (Pipeline, error) {
	all, err := s.All(tx, objectType)
	if err != nil {
		return Pipeline{}, err
	}
	for _, p := range all {
		if p.ID == pipelineID {
			return p, nil
		}
	}
	return Pipeline{}, errs.New(errs.NotFound, "There is no such pipeline.", nil).WithCode("OBJECT_NOT_FOUND")
}
