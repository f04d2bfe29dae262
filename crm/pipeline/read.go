package pipeline

import (
	"encoding/json"
	"fmt"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

func load(tx *db.Tx) (map[string][]Pipeline, error) {
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
	if err != nil {
		return nil, err
	}
	for _, o := range stages {
		p := &all[at[o.pipeline]]
		p.Stages = append(p.Stages, o.Stage)
	}
	by := map[string][]Pipeline{}
	for _, p := range all {
		by[p.ObjectType] = append(by[p.ObjectType], p)
	}
	return by, nil
}

// All returns the pipelines of an object type in their order. Treat them as read-only.
func (s *Store) All(tx *db.Tx, objectType string) ([]Pipeline, error) {
	t, err := s.piped(tx, objectType)
	if err != nil {
		return nil, err
	}
	all, err := s.all.Get(tx)
	if err != nil {
		return nil, fmt.Errorf("pipelines: %w", err)
	}
	return all[t.Name], nil
}

// piped returns the object type, which must have pipelines.
func (s *Store) piped(tx *db.Tx, objectType string) (property.ObjectType, error) {
	t, err := s.props.Type(tx, objectType)
	if err == nil && t.Stage == "" {
		err = errs.Newf(errs.Invalid, "%s have no pipelines.", t.LabelPlural).WithCode("NO_PIPELINES")
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
	return Pipeline{}, noPipeline()
}

// byID returns one pipeline of any object type, and the type.
func (s *Store) byID(tx *db.Tx, pipelineID string) (Pipeline, property.ObjectType, error) {
	all, err := s.all.Get(tx)
	if err != nil {
		return Pipeline{}, property.ObjectType{}, fmt.Errorf("pipelines: %w", err)
	}
	for name, list := range all {
		for _, p := range list {
			if p.ID == pipelineID {
				t, err := s.props.Type(tx, name)
				return p, t, err
			}
		}
	}
	return Pipeline{}, property.ObjectType{}, noPipeline()
}

func noPipeline() error {
	return errs.New(errs.NotFound, "There is no such pipeline.", nil).WithCode("OBJECT_NOT_FOUND")
}
