// Package journal is HubSpot's webhooks journal, which apps come and read instead of being told, in its wire format. It holds no rule of
// its own.
package journal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook/journal"
)

// API answers the journal routes.
type API struct {
	db       *db.DB
	journals *journal.Service
}

// Routes adds the routes. Whoever is no app has no journal. There is one account, so the journal of all accounts is its own.
func Routes(g *gate.Gate, d *db.DB, journals *journal.Service) {
	a := &API{d, journals}
	const scope = "developer.webhooks_journal."
	read := gate.OneOf(scope + "read")
	f := wire.At(g, "/webhooks-journal/journal/{version}", "/webhooks-journal/journal-local/{version}").Of("Webhooks journal").For(read, nil)
	portal := wire.Query("installPortalId")
	entry, batch := gate.Gives[fetched](http.StatusOK), wire.GivesBatch[fetched](http.StatusOK)
	f.Add("GET /earliest", "The oldest entry of the journal", a.one(a.earliest), portal, entry, gate.GivesNothing)
	f.Add("GET /latest", "The newest entry of the journal", a.one(a.latest), portal, entry, gate.GivesNothing)
	f.Add("GET /offset/{offset}/next", "The entry behind an offset", a.one(a.next), portal, entry, gate.GivesNothing)
	f.Add("GET /batch/earliest/{count}", "The oldest entries of the journal", a.many(a.earliest), portal, batch)
	f.Add("GET /batch/latest/{count}", "The newest entries of the journal", a.many(a.latest), portal, batch)
	f.Add("GET /batch/{offset}/next/{count}", "The entries behind an offset", a.many(a.next), portal, batch)
	f.Add("POST /batch/read", "Entries of the journal by their offsets", a.read, portal, gate.Takes[wire.Many[string]](), batch)
	f.Read = gate.OneOf(scope + "snapshots.read")
	f.Add("GET /status/{statusId}", "What became of a snapshot", a.status, gate.Gives[status](http.StatusOK))

	shots := wire.At(g, "/webhooks-journal/snapshots/{version}").Of("Webhooks journal").For(nil, gate.OneOf(scope+"snapshots.write"))
	shots.Add("POST /crm", "Write records as they are into the journal", a.snapshots, gate.Takes[snapshotsInput](), gate.Gives[snapshotsOutput](http.StatusOK))
	a.subscriptionRoutes(g)

	public := gate.Route{Method: http.MethodGet, Path: journal.Path + "{offset}", Public: true, Tag: "Webhooks journal", Summary: "Read an entry of a journal by its link"}
	for _, say := range []gate.Say{wire.Query("expires", "signature"), gate.Gives[journal.Content](http.StatusOK)} {
		say(&public.About)
	}
	g.Handle(public, a.linked)
}

// fetched is an entry, as HubSpot's JournalFetchResponse.
type fetched struct {
	URL           string `json:"url"`
	ExpiresAt     string `json:"expiresAt"`
	CurrentOffset string `json:"currentOffset"`
}

// linkLife is how long the link to an entry is good.
const linkLife = time.Hour

func (a *API) show(e journal.Entry, now time.Time) fetched {
	until := now.Add(linkLife)
	return fetched{a.journals.Link(e, until), property.FormatTime(until), e.Offset()}
}

// find finds at most n entries.
type find func(tx *db.Tx, by people.Actor, r *http.Request, n int) ([]journal.Entry, error)

func (a *API) earliest(tx *db.Tx, by people.Actor, _ *http.Request, n int) ([]journal.Entry, error) {
	return a.journals.Earliest(tx, by, n)
}

func (a *API) latest(tx *db.Tx, by people.Actor, _ *http.Request, n int) ([]journal.Entry, error) {
	return a.journals.Latest(tx, by, n)
}

func (a *API) next(tx *db.Tx, by people.Actor, r *http.Request, n int) ([]journal.Entry, error) {
	return a.journals.Next(tx, by, r.PathValue("offset"), n)
}

// found reads entries; there are none of another account.
func (a *API) found(r *http.Request, by people.Actor, n int, ask find) (out []journal.Entry, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		ours, err := a.ours(tx, r)
		if err != nil {
			return err
		}
		if out, err = ask(tx, by, r, n); !ours {
			out = nil
		}
		return err
	})
	return out, err
}

func (a *API) ours(tx *db.Tx, r *http.Request) (bool, error) {
	given := r.URL.Query().Get("installPortalId")
	if given == "" {
		return true, nil
	}
	portal, err := strconv.ParseInt(given, 10, 64)
	if err != nil {
		return false, errs.Bad("installPortalId", "INVALID_INTEGER", "installPortalId must be the number of an account")
	}
	return a.journals.Ours(tx, portal)
}

// one answers with one entry, or with nothing while there is none.
func (a *API) one(ask find) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, by people.Actor) error {
		list, err := a.found(r, by, 1, ask)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		gate.WriteJSON(w, http.StatusOK, a.show(list[0], a.db.Clock().Now()))
		return nil
	}
}

// many answers with as many entries as the path says.
func (a *API) many(ask find) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, by people.Actor) error {
		started := a.db.Clock().Now()
		n, err := strconv.Atoi(r.PathValue("count"))
		if err != nil {
			n = 0 // which is refused
		}
		list, err := a.found(r, by, n, ask)
		if err != nil {
			return err
		}
		out := wire.NewBatch[fetched](started)
		for _, e := range list {
			out.Add(a.show(e, started))
		}
		out.Write(w, a.db.Clock().Now(), http.StatusOK)
		return nil
	}
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in wire.Many[string]
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if err := wire.Inputs(in.Inputs, journal.Most); err != nil {
		return err
	}
	started := a.db.Clock().Now()
	out := wire.NewBatch[fetched](started)
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		ours, err := a.ours(tx, r)
		if err != nil {
			return err
		}
		for _, offset := range in.Inputs {
			e, err := a.journals.Entry(tx, by, offset)
			if err == nil && !ours {
				err = wire.NotFound()
			}
			if err == nil {
				out.Add(a.show(e, started))
			} else if err := out.Fail(err, "ids", offset); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		out.Write(w, a.db.Clock().Now(), http.StatusOK)
	}
	return err
}

func (a *API) linked(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var out journal.Content
	q := r.URL.Query()
	err := a.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		out, err = a.journals.Linked(tx, r.PathValue("offset"), q.Get("expires"), q.Get("signature"))
		return err
	})
	if err == nil {
		gate.WriteJSON(w, http.StatusOK, out)
	}
	return err
}
