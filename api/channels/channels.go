// Package channels is the connected channels, what came in and needs attention, what was given up, and mail that has no
// server to go to. It knows nothing of what is said over them.
package channels

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

type routes struct {
	db        *db.DB
	accounts  *account.Store
	pipelines *pipeline.Store
	intake    *intake.Service
	base      string
}

const tag = "Channels"

// Routes adds the routes. base is the address by which browsers reach us.
func Routes(g *gate.Gate, d *db.DB, accounts *account.Store, pipelines *pipeline.Store, in *intake.Service, base string) {
	r := &routes{d, accounts, pipelines, in, strings.TrimSuffix(base, "/")}
	admin := func(method, path, summary string, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1" + path, Needs: people.ManageAccount, Tag: tag, Summary: summary, Status: status}
	}
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/channel-kinds", Needs: people.Signed, Tag: tag,
		Summary: "The kinds of channel with the fields of their forms"}, r.kinds)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/channels", Needs: people.Signed, Tag: tag,
		Summary: "The connected channels; their settings for admins only"}, r.list)
	gate.Add(g, admin(http.MethodPost, "/channels", "Connect a channel", http.StatusCreated), r.add)
	gate.Add(g, admin(http.MethodPatch, "/channels/{id}", "Change a channel, pause it or let it go on; secrets left out or empty are kept", 0), r.change)
	gate.Add(g, admin(http.MethodDelete, "/channels/{id}", "Remove a channel; what came through it stays", 0), r.remove)
	test := admin(http.MethodPost, "/channels/{id}/test", "Try a channel, with changed settings before they are saved", 0)
	test.Forget = true
	gate.Add(g, test, r.test)
	test = admin(http.MethodPost, "/channels/test", "Try settings before a channel is connected", 0)
	test.Forget = true
	gate.Add(g, test, r.testNew)
	r.apps(g)
	r.asides(g)
	r.outbox(g)
}

// Kind is a sort of channel.
type Kind struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Settings []Setting `json:"settings" doc:"The fields of its form, in order."`
	Limits   Limits    `json:"limits"`
	ByApps   bool      `json:"byApps" doc:"Apps connect its accounts: nobody does it by a form."`
}

// Setting is one field of a channel's form.
type Setting struct {
	Name     string              `json:"name"`
	Label    string              `json:"label"`
	Help     string              `json:"help"`
	Type     channel.SettingType `json:"type" enum:"text,secret,number,choice,switch"`
	Required bool                `json:"required"`
	Default  string              `json:"default"`
	Choices  []Choice            `json:"choices"`
	When     string              `json:"when" doc:"Shown only while name=value holds of another setting; empty for always."`
}

// Choice is one value of a setting.
type Choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Limits are what a channel can do.
type Limits struct {
	ReplyWindowHours float64 `json:"replyWindowHours" doc:"How long after the contact's message it can be answered; 0 for ever."`
	MaxBytes         int64   `json:"maxBytes"`
	HTML             bool    `json:"html"`
	Subject          bool    `json:"subject"`
	CopyRecipients   bool    `json:"copyRecipients" doc:"Cc and Bcc."`
	Attachments      bool    `json:"attachments"`
}

func (r *routes) kinds(context.Context, people.Actor, *wire.Nothing) (*wire.Answer[wire.List[Kind]], error) {
	var out []Kind
	for _, k := range r.accounts.Kinds() {
		one := Kind{Name: k.Name, Label: k.Label, ByApps: k.ByApps, Settings: []Setting{}, Limits: Limits{k.Limits.ReplyWindow.Hours(), k.Limits.MaxBytes,
			k.Limits.HTML, k.Limits.Subject, k.Limits.CopyRecipients, k.Limits.Attachments}}
		for _, s := range k.Settings {
			f := Setting{s.Name, s.Label, s.Help, s.Type, s.Required, s.Default, []Choice{}, s.When}
			for _, c := range s.Choices {
				f.Choices = append(f.Choices, Choice(c))
			}
			one.Settings = append(one.Settings, f)
		}
		out = append(out, one)
	}
	return wire.Listed(out), nil
}

// Channel is a connected mailbox, page or number.
type Channel struct {
	ID         wire.ID           `json:"id"`
	Kind       string            `json:"kind"`
	Name       string            `json:"name"`
	Address    string            `json:"address"`
	Active     bool              `json:"active" doc:"False while it is paused."`
	Settings   map[string]string `json:"settings" doc:"Secrets are empty."`
	SecretsSet []string          `json:"secretsSet" doc:"Names of the secrets that are kept."`
	PipelineID string            `json:"pipelineId" doc:"Of new tickets; empty for the first."`
	StageID    string            `json:"stageId"`
	Health     Health            `json:"health"`
	Builtin    bool              `json:"builtin" doc:"The one that a fresh installation has."`
}

// Health is how its receiver fares.
type Health struct {
	State         string     `json:"state" enum:"ok,failing,idle" doc:"idle: nothing came in yet."`
	LastSuccessAt *time.Time `json:"lastSuccessAt"`
	LastError     *string    `json:"lastError"`
	FailingSince  *time.Time `json:"failingSince"`
}

func healthOf(h account.Health) Health {
	out := Health{State: "ok", LastSuccessAt: wire.Time(h.LastSuccess), LastError: wire.Text(h.Error), FailingSince: wire.Time(h.FailingSince)}
	switch {
	case !h.FailingSince.IsZero():
		out.State = "failing"
	case h.LastSuccess.IsZero():
		out.State = "idle"
	}
	return out
}

func (r *routes) of(a account.Account, h account.Health, by people.Actor) Channel {
	c := Channel{ID: wire.ID(a.ID), Kind: a.Kind, Name: a.Name, Address: a.Address, Active: a.Active, Settings: map[string]string{},
		SecretsSet: []string{}, PipelineID: a.Pipeline, StageID: a.Stage, Health: healthOf(h), Builtin: a.Builtin}
	if !by.May(people.ManageAccount) {
		return c
	}
	maps.Copy(c.Settings, a.Settings)
	for _, name := range r.secrets(a.Kind) {
		c.Settings[name] = ""
	}
	c.SecretsSet = append(c.SecretsSet, a.SecretsSet...)
	return c
}

// secrets are the names of a kind's secret settings.
func (r *routes) secrets(kind string) []string {
	var out []string
	for _, k := range r.accounts.Kinds() {
		for _, s := range k.Settings {
			if k.Name == kind && s.Type == channel.Secret {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

func (r *routes) list(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[Channel]], error) {
	var out []Channel
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.accounts.List(tx)
		if err != nil {
			return err
		}
		health, err := r.accounts.Healths(tx)
		for _, a := range all {
			out = append(out, r.of(a, health[a.ID], by))
		}
		return err
	})
	return wire.Listed(out), err
}

type addInput struct {
	Body struct {
		Kind       string            `json:"kind" maxLength:"50"`
		Name       string            `json:"name" maxLength:"200"`
		Address    string            `json:"address" maxLength:"320"`
		Settings   map[string]string `json:"settings,omitempty"`
		PipelineID string            `json:"pipelineId,omitempty" maxLength:"100" doc:"Of new tickets; empty for the first."`
		StageID    string            `json:"stageId,omitempty" maxLength:"100"`
	}
}

func (r *routes) add(ctx context.Context, by people.Actor, in *addInput) (*wire.Answer[Channel], error) {
	b := in.Body
	return r.save(ctx, by, func(tx *db.Tx) (account.Account, error) {
		if err := r.place(tx, b.PipelineID, b.StageID); err != nil {
			return account.Account{}, err
		}
		return r.accounts.Add(tx, by, account.Input{Kind: b.Kind, Name: b.Name, Address: b.Address, Settings: b.Settings,
			Pipeline: b.PipelineID, Stage: b.StageID})
	})
}

// place refuses a status that new tickets could not have.
func (r *routes) place(tx *db.Tx, pipelineID, stageID string) error {
	if pipelineID == "" && stageID == "" {
		return nil
	}
	p, err := r.pipelines.Find(tx, ticket.Object, pipelineID)
	if errs.Is(err, errs.NotFound) {
		return errs.Bad("pipelineId", "INVALID_OPTION", "There is no such pipeline.")
	}
	if _, ok := p.Stage(stageID); err == nil && !ok {
		return errs.Bad("stageId", "INVALID_OPTION", "Choose a status of the pipeline.")
	}
	return err
}

func (r *routes) save(ctx context.Context, by people.Actor, save func(tx *db.Tx) (account.Account, error)) (*wire.Answer[Channel], error) {
	var out Channel
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		a, err := save(tx)
		if err != nil {
			return err
		}
		health, err := r.accounts.Healths(tx)
		out = r.of(a, health[a.ID], by)
		return err
	})
	return wire.Of(out), err
}

type changeInput struct {
	wire.One
	Body struct {
		Name       *string           `json:"name,omitempty" maxLength:"200"`
		Address    *string           `json:"address,omitempty" maxLength:"320"`
		Settings   map[string]string `json:"settings,omitempty"`
		Active     *bool             `json:"active,omitempty"`
		PipelineID *string           `json:"pipelineId,omitempty" maxLength:"100"`
		StageID    *string           `json:"stageId,omitempty" maxLength:"100"`
	}
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Channel], error) {
	b := in.Body
	return r.save(ctx, by, func(tx *db.Tx) (account.Account, error) {
		a, err := r.accounts.Get(tx, in.ID)
		if err != nil {
			return a, err
		}
		if b.PipelineID != nil || b.StageID != nil {
			if err := r.place(tx, or(b.PipelineID, a.Pipeline), or(b.StageID, a.Stage)); err != nil {
				return a, err
			}
		}
		return r.accounts.Edit(tx, by, in.ID, account.Change{Name: b.Name, Address: b.Address, Settings: r.kept(a.Kind, b.Settings), Active: b.Active,
			Pipeline: b.PipelineID, Stage: b.StageID})
	})
}

func or(given *string, otherwise string) string {
	if given == nil {
		return otherwise
	}
	return *given
}

// kept leaves out empty secrets: a form that shows none sends them so.
func (r *routes) kept(kind string, settings map[string]string) map[string]string {
	secrets := r.secrets(kind)
	out := maps.Clone(settings)
	maps.DeleteFunc(out, func(name, value string) bool { return value == "" && slices.Contains(secrets, name) })
	return out
}

func (r *routes) remove(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.accounts.Remove(tx, by, in.ID) })
}
