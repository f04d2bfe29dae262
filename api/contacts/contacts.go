// Package contacts is contacts and companies: finding, reading, making and changing them. It knows nothing of tickets but
// the rows of those that a contact has.
package contacts

import (
	"context"
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

type routes struct {
	db      *db.DB
	records *record.Store
	rows    *row.Maker
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, rows *row.Maker) {
	r := &routes{d, records, rows}
	const contacts, companies = "Contacts", "Companies"
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/contacts", Needs: people.Signed, Tag: contacts,
		Summary: "Contacts by name, e-mail or telephone, the newest first without a query"}, r.list)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/contacts", Needs: people.Workspace, Status: http.StatusCreated, Tag: contacts,
		Summary: "Make a contact"}, r.add)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/contacts/{id}", Needs: people.Signed, Tag: contacts,
		Summary: "A contact with companies and the newest tickets"}, r.get)
	gate.Add(g, gate.Route{Method: http.MethodPatch, Path: "/helpdesk/v1/contacts/{id}", Needs: people.Workspace, Tag: contacts,
		Summary: "Change properties; an empty string clears one"}, r.change)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/companies", Needs: people.Signed, Tag: companies,
		Summary: "Companies by name or domain, the newest first without a query"}, r.companies)
	gate.Add(g, gate.Route{Method: http.MethodPost, Path: "/helpdesk/v1/companies", Needs: people.Workspace, Status: http.StatusCreated, Tag: companies,
		Summary: "Make a company"}, r.addCompany)
}

// Listed is a contact in a list.
type Listed struct {
	row.Contact
	Phone       string  `json:"phone"`
	CompanyName *string `json:"companyName" doc:"Of the primary company, else the first."`
}

// Contact is a contact as its page shows it.
type Contact struct {
	row.Contact
	Phone      string            `json:"phone"`
	Properties map[string]string `json:"properties" doc:"All that have a value, as HubSpot's strings."`
	Companies  []row.Company     `json:"companies" doc:"The primary one first."`
	Tickets    []row.Ticket      `json:"tickets" doc:"The newest 50."`
}

type listInput struct {
	Query string `query:"query" maxLength:"200"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After string `query:"after" maxLength:"2000" doc:"paging.next.after of the page before."`
}

func (in *listInput) query(objectType string) record.Query {
	return record.Query{ObjectType: objectType, Text: strings.TrimSpace(in.Query), After: in.After, Limit: in.Limit,
		Sorts: []record.Sort{{Property: "createdate", Desc: true}}}
}

func (r *routes) list(ctx context.Context, by people.Actor, in *listInput) (*wire.Answer[wire.Page[Listed]], error) {
	var out wire.Page[Listed]
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		page, err := r.records.Search(tx, by, in.query(row.Contacts))
		if err != nil {
			return err
		}
		ids := make([]int64, len(page.Records))
		for i, c := range page.Records {
			ids[i] = c.ID
		}
		companies, err := r.companiesOf(tx, by, ids)
		if err != nil {
			return err
		}
		var list []Listed
		for _, c := range page.Records {
			one := Listed{Contact: row.ContactOf(c), Phone: c.Properties["phone"]}
			if of := companies[c.ID]; len(of) > 0 {
				one.CompanyName = wire.Text(of[0].Name)
			}
			list = append(list, one)
		}
		out = wire.Paged(list, page.Next)
		return nil
	})
	return wire.Of(out), err
}

const companiesMost = 2000 // read for one page; each contact has few

// companiesOf reads the companies of contacts with two statements, the primary one first.
func (r *routes) companiesOf(tx *db.Tx, by people.Actor, ids []int64) (map[int64][]row.Company, error) {
	out := map[int64][]row.Company{}
	linked, err := r.records.Associated(tx, by, row.Contacts, ids, row.Companies)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, id := range ids {
		for _, a := range linked[id] {
			all = append(all, a.ID)
		}
	}
	records, err := r.records.GetMany(tx, by, row.Companies, all[:min(len(all), companiesMost)])
	byID := map[int64]record.Record{}
	for _, c := range records {
		byID[c.ID] = c
	}
	for _, id := range ids {
		seen := map[int64]bool{}
		for _, primary := range []bool{true, false} {
			for _, a := range linked[id] {
				if c, ok := byID[a.ID]; ok && !seen[a.ID] && (a.Primary || !primary) {
					seen[a.ID] = true
					out[id] = append(out[id], row.CompanyOf(c))
				}
			}
		}
	}
	return out, err
}

func (r *routes) get(ctx context.Context, by people.Actor, in *wire.One) (out *wire.Answer[Contact], err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		c, err := r.records.Get(tx, by, row.Contacts, in.ID)
		if err != nil {
			return err
		}
		out, err = r.page(tx, by, c)
		return err
	})
	return out, err
}

const ticketsShown = 50

func (r *routes) page(tx *db.Tx, by people.Actor, c record.Record) (*wire.Answer[Contact], error) {
	companies, err := r.companiesOf(tx, by, []int64{c.ID})
	if err != nil {
		return nil, err
	}
	tickets, err := r.records.Search(tx, by, record.Query{ObjectType: ticket.Object, Limit: ticketsShown,
		Sorts:  []record.Sort{{Property: ticket.Created, Desc: true}},
		Groups: []filter.Group{{Filters: []filter.Filter{{PropertyName: "associations.contact", Operator: "EQ", Value: c.Properties["hs_object_id"]}}}}})
	if err != nil {
		return nil, err
	}
	rows, err := r.rows.Tickets(tx, by, tickets.Records)
	out := Contact{Contact: row.ContactOf(c), Phone: c.Properties["phone"], Properties: c.Properties, Companies: companies[c.ID], Tickets: rows}
	if out.Companies == nil {
		out.Companies = []row.Company{}
	}
	return wire.Of(out), err
}

type propertiesBody struct {
	Properties map[string]string `json:"properties"`
}

type addInput struct{ Body propertiesBody }

func (r *routes) add(ctx context.Context, by people.Actor, in *addInput) (*wire.Answer[Contact], error) {
	return r.save(ctx, by, func(tx *db.Tx) (record.Record, error) {
		return r.records.Create(tx, by, row.Contacts, record.Input{Properties: in.Body.Properties})
	})
}

type changeInput struct {
	wire.One
	Body propertiesBody
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Contact], error) {
	return r.save(ctx, by, func(tx *db.Tx) (record.Record, error) {
		return r.records.Update(tx, by, row.Contacts, in.ID, in.Body.Properties, "")
	})
}

func (r *routes) save(ctx context.Context, by people.Actor, save func(tx *db.Tx) (record.Record, error)) (out *wire.Answer[Contact], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		c, err := save(tx)
		if err != nil {
			return err
		}
		out, err = r.page(tx, by, c)
		return err
	})
	return out, err
}

func (r *routes) companies(ctx context.Context, by people.Actor, in *listInput) (*wire.Answer[wire.Page[row.Company]], error) {
	var out wire.Page[row.Company]
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		page, err := r.records.Search(tx, by, in.query(row.Companies))
		var list []row.Company
		for _, c := range page.Records {
			list = append(list, row.CompanyOf(c))
		}
		out = wire.Paged(list, page.Next)
		return err
	})
	return wire.Of(out), err
}

func (r *routes) addCompany(ctx context.Context, by people.Actor, in *addInput) (out *wire.Answer[row.Company], err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		c, err := r.records.Create(tx, by, row.Companies, record.Input{Properties: in.Body.Properties})
		out = wire.Of(row.CompanyOf(c))
		return err
	})
	return out, err
}
