package pipelines

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
)

type pipelineBody struct {
	ID           string      `json:"id"`
	Label        string      `json:"label"`
	DisplayOrder int         `json:"displayOrder"`
	Stages       []stageBody `json:"stages"`
	CreatedAt    string      `json:"createdAt"`
	UpdatedAt    string      `json:"updatedAt"`
	Archived     bool        `json:"archived"`
}

// stageBody is a status outside. The values of metadata are strings, as HubSpot's are.
type stageBody struct {
	ID               string            `json:"id"`
	Label            string            `json:"label"`
	DisplayOrder     int               `json:"displayOrder"`
	Metadata         map[string]string `json:"metadata"`
	CreatedAt        string            `json:"createdAt"`
	UpdatedAt        string            `json:"updatedAt"`
	Archived         bool              `json:"archived"`
	WritePermissions string            `json:"writePermissions"`
}

func showPipeline(p pipeline.Pipeline) pipelineBody {
	out := pipelineBody{ID: p.ID, Label: p.Label, DisplayOrder: p.Order, Stages: []stageBody{},
		CreatedAt: property.FormatTime(p.CreatedAt), UpdatedAt: property.FormatTime(p.UpdatedAt)}
	for _, s := range p.Stages {
		out.Stages = append(out.Stages, showStage(p.ObjectType, s))
	}
	return out
}

// The keys in metadata that say whether a stage is closed: isClosed follows from the other.
const (
	ticketState = "ticketState"
	isClosed    = "isClosed"
	stateOpen   = "OPEN"
	stateClosed = "CLOSED"
)

func showStage(objectType string, s pipeline.Stage) stageBody {
	return stageBody{ID: s.ID, Label: s.Label, DisplayOrder: s.Order, Metadata: metadata(objectType, s),
		CreatedAt: property.FormatTime(s.CreatedAt), UpdatedAt: property.FormatTime(s.UpdatedAt), WritePermissions: "CRM_PERMISSIONS_ENFORCEMENT"}
}

func metadata(objectType string, s pipeline.Stage) map[string]string {
	out := maps.Clone(s.Metadata)
	if out == nil {
		out = map[string]string{}
	}
	out[isClosed] = strconv.FormatBool(s.Closed)
	if objectType == tickets {
		if out[ticketState] = stateOpen; s.Closed {
			out[ticketState] = stateClosed
		}
	}
	return out
}

// takeMetadata reads a stage's metadata into it. Of tickets ticketState says whether it is closed, OPEN when absent; of deals
// the probability does, which the store looks at.
func takeMetadata(objectType string, s *pipeline.Stage, given map[string]string) error {
	s.Metadata = maps.Clone(given)
	if s.Metadata == nil {
		s.Metadata = map[string]string{}
	}
	if objectType == tickets {
		switch state := given[ticketState]; state {
		case "", stateOpen:
			s.Closed = false
		case stateClosed:
			s.Closed = true
		default:
			return errs.Bad(ticketState, "INVALID_TICKET_STATE", fmt.Sprintf("ticketState must be OPEN or CLOSED, not %q", state))
		}
	} else {
		s.Closed = given[isClosed] == "true"
	}
	delete(s.Metadata, isClosed)
	delete(s.Metadata, ticketState)
	return nil
}

// entry is what was done to a pipeline or a stage.
type entry struct {
	PortalID   int64  `json:"portalId"`
	Identifier string `json:"identifier"`
	Action     string `json:"action"`
	Timestamp  string `json:"timestamp"`
	Message    string `json:"message"`
	FromUserID int64  `json:"fromUserId,omitempty"`
	RawObject  any    `json:"rawObject"`
}

var done = map[string]string{"CREATE": "created", "UPDATE": "changed", "DELETE": "deleted"}

func showEntry(objectType string, portal int64, e pipeline.Entry) (entry, error) {
	out := entry{PortalID: portal, Identifier: e.PipelineID, Action: e.Action, Timestamp: property.FormatTime(e.At)}
	what := "Pipeline"
	if e.StageID != "" {
		what, out.Identifier = "Stage", e.StageID
		var s pipeline.Stage
		if err := json.Unmarshal(e.Object, &s); err != nil {
			return out, err
		}
		out.RawObject = showStage(objectType, s)
	} else {
		var p pipeline.Pipeline
		if err := json.Unmarshal(e.Object, &p); err != nil {
			return out, err
		}
		out.RawObject = showPipeline(p)
	}
	out.Message = what + " " + done[e.Action]
	if e.By.Kind == event.User {
		out.FromUserID = e.By.ID
		out.Message += " by user " + id.Format(e.By.ID)
	}
	return out, nil
}

// refusal puts what the store refuses into HubSpot's words: a bad request with a subcategory.
func refusal(err error) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	code := e.Code
	if code == "" && len(e.Fields) > 0 && strings.HasSuffix(e.Fields[0].Code, "_STAGE") {
		code = e.Fields[0].Code
	}
	if code == "" || e.Kind != errs.Conflict && e.Kind != errs.Invalid && e.Kind != errs.Limited {
		return err
	}
	out := *e
	out.Kind, out.Code = errs.Invalid, "PipelineError."+code
	if code == "STAGE_IN_USE" || code == "PIPELINE_IN_USE" {
		stages, objects := e.Detail["stageIds"], e.Detail["objectIds"]
		out = errs.Error{Kind: errs.Invalid, Code: "PipelineError.STAGE_ID_IN_USE", Message: fmt.Sprintf("Stage IDs: [%s] are being referenced by object IDs: [%s]",
			strings.Join(stages, ", "), strings.Join(objects, ", ")), Detail: map[string][]string{"stageIds": stages, "objectIds": objects}}
	}
	return &out
}

// order is a displayOrder; without one a thing is put last.
func order(given *int) int {
	if given == nil {
		return -1
	}
	return *given
}

func plain(in map[string]wire.Value) map[string]string {
	if in == nil {
		return nil
	}
	return wire.Plain(in)
}
