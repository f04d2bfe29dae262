package session

import (
	"context"
	"encoding/json"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Me is the signed-in user as their own pages need them, or the app whose token asks.
type Me struct {
	Kind        string          `json:"kind" enum:"user,app" doc:"An app has no e-mail, teams and preferences."`
	ID          wire.ID         `json:"id"`
	Name        string          `json:"name"`
	Email       string          `json:"email"`
	AvatarColor string          `json:"avatarColor" doc:"Colour behind the initials, #rrggbb; always the same for a user."`
	Locale      string          `json:"locale" doc:"BCP 47."`
	TimeZone    string          `json:"timeZone" doc:"IANA name."`
	SuperAdmin  bool            `json:"superAdmin"`
	Seat        people.Seat     `json:"seat" enum:"service,view"`
	MainTeamID  *wire.ID        `json:"mainTeamId" nullable:"true"`
	TeamIDs     []wire.ID       `json:"teamIds" doc:"Every team, the main one included."`
	Permissions []string        `json:"permissions" doc:"What they may do beyond records."`
	Scopes      []string        `json:"scopes" doc:"What an app may do, when it may not do everything."`
	Preferences json.RawMessage `json:"preferences" doc:"Free JSON: density, theme, listColumns and what else the pages keep."`
	Account     Account         `json:"account"`
	Version     string          `json:"version" doc:"Of the program."`
}

// Account is the company that this installation serves.
type Account struct {
	Name           string `json:"name"`
	Domain         string `json:"domain"`
	SupportAddress string `json:"supportAddress" doc:"Where customers write to; empty when no mailbox is connected."`
	HasMailServer  bool   `json:"hasMailServer" doc:"Without one, mail that leaves is kept in the outbox."`
}

func (r *routes) read(ctx context.Context, by people.Actor) (me Me, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if me, err = r.person(tx, by); err != nil {
			return err
		}
		me.Version = r.version
		a, _, err := r.people.Account(tx)
		if err != nil {
			return err
		}
		me.Account.Name, me.Account.Domain = a.Name, a.Domain
		me.Account.SupportAddress, me.Account.HasMailServer, err = r.mail(tx)
		return err
	})
	return me, err
}

func (r *routes) person(tx *db.Tx, by people.Actor) (Me, error) {
	if !by.IsPerson() {
		scopes := by.Scopes
		if scopes == nil {
			scopes = []string{}
		}
		return Me{Kind: "app", ID: wire.ID(by.ID), Name: by.Name, AvatarColor: colors[by.ID%int64(len(colors))], Locale: "en", TimeZone: "UTC",
			SuperAdmin: by.SuperAdmin, Seat: people.ServiceSeat, TeamIDs: []wire.ID{}, Permissions: permissions(by), Scopes: scopes,
			Preferences: preferences(nil)}, nil
	}
	dir, err := r.people.Directory(tx)
	if err != nil {
		return Me{}, err
	}
	u, ok := dir.User(by.ID)
	if !ok {
		return Me{}, errNoProfile
	}
	return of(u), nil
}

func permissions(by people.Actor) []string {
	may := []string{}
	for _, p := range []people.Permission{people.ManageUsers, people.ManageAccount, people.ManagePipelines, people.ManageProperties, people.ManageTokens,
		people.CustomViews, people.ReadAudit, people.Signed, people.Workspace} {
		if by.May(p) {
			may = append(may, string(p))
		}
	}
	return may
}

func of(u people.User) Me {
	return Me{Kind: "user", ID: wire.ID(u.ID), Name: u.Name, Email: u.Email, AvatarColor: colors[u.ID%int64(len(colors))], Locale: u.Locale,
		TimeZone: u.TimeZone, SuperAdmin: u.SuperAdmin, Seat: u.Seat, MainTeamID: wire.Ref(u.MainTeam), TeamIDs: wire.IDs(u.Teams),
		Permissions: permissions(u.Actor()), Scopes: []string{}, Preferences: preferences(u.Preferences)}
}

// colors carry white text (WCAG 2.2, 1.4.3).
var colors = []string{"#b4232f", "#a13d00", "#7a5200", "#3d6b12", "#00695c", "#00639b", "#4250c4", "#7c3aad", "#a3267a"}

// preferences fills in what the pages count on.
func preferences(stored json.RawMessage) json.RawMessage {
	all := map[string]json.RawMessage{"density": json.RawMessage(`"comfortable"`), "theme": json.RawMessage(`"system"`)}
	if json.Unmarshal(stored, &all) != nil {
		return json.RawMessage(`{"density":"comfortable","theme":"system"}`)
	}
	// A map of valid JSON always marshals.
	out, _ := json.Marshal(all)
	return out
}

type changeInput struct {
	Body struct {
		Name        *string        `json:"name,omitempty" maxLength:"200"`
		Locale      *string        `json:"locale,omitempty" pattern:"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" doc:"BCP 47."`
		TimeZone    *string        `json:"timeZone,omitempty" maxLength:"64" doc:"IANA name."`
		Preferences map[string]any `json:"preferences,omitempty" doc:"Replaces what was kept; at most 64 KB of JSON."`
	}
}

func (r *routes) changeMe(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Me], error) {
	if !by.IsPerson() {
		return nil, errNoProfile
	}
	c := people.UserChange{Name: in.Body.Name, Locale: in.Body.Locale, TimeZone: in.Body.TimeZone}
	if in.Body.Preferences != nil {
		// It was JSON a moment ago.
		c.Preferences, _ = json.Marshal(in.Body.Preferences)
	}
	if _, err := r.people.ChangeUser(ctx, by, by.ID, c); err != nil {
		return nil, err
	}
	me, err := r.read(ctx, by)
	return wire.Of(me), err
}
