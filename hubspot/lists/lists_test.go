package lists_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/lists"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type desk struct {
	*gatetest.Client
	t       *testing.T
	k       *gatetest.Desk
	records *record.Store
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d, people.HashMemory(64)), property.New(d)
		records := record.New(d, props, search.New(d, props, nil), derive.Of(pipeline.New(d, props), staff))
		service := list.New(d, records, props)
		if err := bus.Install(service.Reactor()); err != nil {
			t.Fatal(err)
		}
		k := gatetest.Start(t, d, staff, func(g *gate.Gate) { lists.Routes(g, d, service, props) })
		story(t, &desk{k.App(), t, k, records})
	})
}

// contacts makes contacts with these properties, and returns their ids.
func (d *desk) contacts(props ...map[string]string) (ids []string) {
	d.t.Helper()
	dbtest.Do(d.t, d.k.DB, func(tx *db.Tx) error {
		ids = nil
		for _, p := range props {
			r, err := d.records.Create(tx, people.System, "contacts", record.Input{Properties: p})
			if err != nil {
				return err
			}
			ids = append(ids, id.Format(r.ID))
		}
		return nil
	})
	return ids
}

func named(names ...string) (out []map[string]string) {
	for _, n := range names {
		out = append(out, map[string]string{"firstname": n})
	}
	return out
}

const base = "/crm/v3/lists"

// bases are both families of paths.
var bases = []string{base, "/crm/lists/2026-09"}

// shown is a list as answers hold it.
type shown struct {
	ListID, ObjectTypeID, Name, ProcessingType, ProcessingStatus string
	ListVersion                                                  int
	Size                                                         int64
	FilterBranch                                                 map[string]any
	CreatedAt, UpdatedAt, FiltersUpdatedAt                       string
	AdditionalProperties                                         map[string]string
}

func (d *desk) list(name string) shown {
	d.t.Helper()
	var made struct{ List shown }
	d.Post(base+"/", map[string]any{"objectTypeId": "0-1", "name": name, "processingType": "MANUAL"}).Is(http.StatusOK).Into(&made)
	return made.List
}

func (d *desk) size(l shown) int64 {
	d.t.Helper()
	var got struct{ List shown }
	d.Get(base + "/" + l.ListID).Is(http.StatusOK).Into(&got)
	return got.List.Size
}

type members struct {
	Results []struct{ RecordID, MembershipTimestamp string }
	Paging  struct {
		Next struct{ After, Link string }
		Prev struct{ Before, Link string }
	}
}

func (m members) ids() (out []string) {
	for _, r := range m.Results {
		out = append(out, r.RecordID)
	}
	return out
}

func TestAListOverTheWire(t *testing.T) { // API-1
	each(t, func(t *testing.T, d *desk) {
		for i, base := range bases {
			var made, read struct{ List shown }
			name := fmt.Sprintf("VIPs %d", i)
			d.Post(base, map[string]any{"objectTypeId": "0-1", "name": name, "processingType": "MANUAL",
				"customProperties": map[string]string{"campaign": "spring"}, "listPermissions": map[string]any{"teamsWithEditAccess": []int{4}, "usersWithEditAccess": []int{}},
				"membershipSettings": map[string]any{"includeUnassigned": true}}).Is(http.StatusOK).Into(&made)
			l := made.List
			if l.Name != name || l.ObjectTypeID != "0-1" || l.ProcessingType != "MANUAL" || l.ProcessingStatus != "COMPLETE" || l.ListVersion != 1 || l.CreatedAt == "" {
				t.Errorf("made %+v", l)
			}
			d.Get(base + "/" + l.ListID).Is(http.StatusOK).Into(&read)
			if read.List.ListID != l.ListID {
				t.Errorf("read %+v", read)
			}
			d.Get(base + "/object-type-id/0-1/name/vips%20" + fmt.Sprint(i) + "?includeFilters=true").Is(http.StatusOK).Into(&read)
			if read.List.ListID != l.ListID {
				t.Errorf("by name %+v", read)
			}
			other := d.list(fmt.Sprint("Other ", i))
			var some struct{ Lists []shown }
			for _, q := range []string{"?listIds=" + l.ListID + "&listIds=" + other.ListID, "?listIds=" + l.ListID + "," + other.ListID + "&includeFilters=false"} {
				d.Get(base + "/" + q).Is(http.StatusOK).Into(&some)
				if len(some.Lists) != 2 {
					t.Errorf("%s: %+v", q, some)
				}
			}
			var updated struct{ UpdatedList shown }
			d.Put(base+"/"+l.ListID+"/update-list-name?listName="+fmt.Sprint("Best", i), nil).Is(http.StatusOK).Into(&updated)
			if updated.UpdatedList.Name != fmt.Sprint("Best", i) {
				t.Errorf("renamed %+v", updated)
			}
			d.Put(base+"/"+other.ListID+"/update-list-name?listName="+fmt.Sprint("best", i), nil).Refused(http.StatusBadRequest, "DUPLICATE_NAME")
			d.Delete(base + "/" + l.ListID).Is(http.StatusNoContent)
			d.Get(base + "/" + l.ListID).Is(http.StatusNotFound)
			d.Put(base+"/"+l.ListID+"/restore", nil).Is(http.StatusNoContent)
			d.Get(base + "/" + l.ListID).Is(http.StatusOK)
		}
		for _, body := range []map[string]any{{}, {"name": "x", "processingType": "MANUAL"}, {"objectTypeId": "0-1", "processingType": "MANUAL"}, {"objectTypeId": "0-1", "name": "x"},
			{"objectTypeId": "0-1", "name": "x", "processingType": "GUESSED"}, {"objectTypeId": "rockets", "name": "x", "processingType": "MANUAL"},
			{"objectTypeId": "0-1", "name": "x", "processingType": "MANUAL", "listFolderId": "y"}} {
			d.Post(base, body).Is(http.StatusBadRequest)
		}
		for _, path := range []string{"/99", "/x", "/object-type-id/0-1/name/nobody"} {
			d.Get(base + path).Is(http.StatusNotFound)
		}
		d.Get(base+"/?listIds=x").Refused(http.StatusBadRequest, "INVALID_ID")
		d.Delete(base + "/99/whatever").Is(http.StatusNotFound)
	})
}

func TestMembersOverTheWire(t *testing.T) { // API-1, API-5
	each(t, func(t *testing.T, d *desk) {
		ids, l := d.contacts(named("A", "B", "C", "D", "E")...), d.list("L")
		at := base + "/" + l.ListID + "/memberships"
		type changed struct{ RecordsIDsAdded, RecordIDsRemoved, RecordIDsMissing []string }
		var got changed
		d.Put(at+"/add", []any{ids[2], ids[0], "77"}).Is(http.StatusOK).Into(&got)
		if !slices.Equal(got.RecordsIDsAdded, []string{ids[0], ids[2]}) || !slices.Equal(got.RecordIDsMissing, []string{"77"}) || got.RecordIDsRemoved == nil {
			t.Errorf("added %+v", got)
		}
		d.Put(at+"/add-and-remove", map[string]any{"recordIdsToAdd": ids[1:], "recordIdsToRemove": ids[:1]}).Is(http.StatusOK).Into(&got)
		if len(got.RecordsIDsAdded) != 3 || !slices.Equal(got.RecordIDsRemoved, ids[:1]) {
			t.Errorf("changed %+v", got)
		}
		d.Put(at+"/remove", ids[1:2]).Is(http.StatusOK).Into(&got)
		if !slices.Equal(got.RecordIDsRemoved, ids[1:2]) || d.size(l) != 3 {
			t.Errorf("removed %+v, left %d", got, d.size(l))
		}
		for _, path := range []string{at, at + "/join-order", "/crm/lists/v3/" + l.ListID + "/memberships"} {
			var one, two, back members
			d.Get(path + "?limit=2").Is(http.StatusOK).Into(&one)
			d.Get(one.Paging.Next.Link).Is(http.StatusOK).Into(&two)
			d.Get(two.Paging.Prev.Link).Is(http.StatusOK).Into(&back)
			if got := slices.Concat(one.ids(), two.ids()); len(got) != 3 || two.Paging.Next.After != "" || !slices.Equal(back.ids(), []string{one.ids()[1], one.ids()[0]}) {
				t.Errorf("%s: %+v %+v %+v", path, one, two, back)
			}
		}
		d.Get(at+"?limit=251").Refused(http.StatusBadRequest, "INVALID_LIMIT")
		d.Get(at+"?after=x").Refused(http.StatusBadRequest, "INVALID_CURSOR")
		other := d.list("Other")
		d.Put(base+"/"+other.ListID+"/memberships/add-from/"+l.ListID, nil).Is(http.StatusNoContent)
		var in struct {
			Total   int
			Results []struct {
				ListID, FirstAddedTimestamp, LastAddedTimestamp string
				ListVersion                                     int
			}
		}
		d.Get(base + "/records/0-1/" + ids[4] + "/memberships").Is(http.StatusOK).Into(&in)
		if in.Total != 2 || in.Results[0].ListID != l.ListID || in.Results[0].FirstAddedTimestamp == "" || in.Results[1].ListVersion != 1 {
			t.Errorf("the lists of a record: %+v", in)
		}
		d.Get(base + "/records/0-1/77/memberships").Is(http.StatusNotFound)
		var batch struct {
			Status    string
			NumErrors int
			Results   []struct {
				RecordID              string
				RecordListMemberships []struct{ ListID string }
			}
			Errors []struct{ Context map[string][]string }
		}
		input := func(n string) map[string]any { return map[string]any{"objectTypeId": "0-1", "recordId": n} }
		d.Post(base+"/records/memberships/batch/read", map[string]any{"inputs": []any{input(ids[0]), input(ids[4])}}).Is(http.StatusOK).Into(&batch)
		if len(batch.Results) != 2 || len(batch.Results[0].RecordListMemberships) != 0 || len(batch.Results[1].RecordListMemberships) != 2 {
			t.Errorf("a batch: %+v", batch)
		}
		d.Post(base+"/records/memberships/batch/read", map[string]any{"inputs": []any{input("77"), input(ids[4])}}).Is(http.StatusMultiStatus).Into(&batch)
		if len(batch.Results) != 1 || batch.NumErrors != 1 || batch.Errors[0].Context["recordId"][0] != "77" {
			t.Errorf("a batch with a record that there is not: %+v", batch)
		}
		d.Delete(at).Is(http.StatusNoContent)
		if d.size(l) != 0 || d.size(other) != 3 {
			t.Errorf("emptied: %d and %d", d.size(l), d.size(other))
		}
	})
}

func TestFoldersOverTheWire(t *testing.T) { // API-1
	each(t, func(t *testing.T, d *desk) {
		type folder struct {
			ID, ParentFolderID int64
			Name               string
			ChildNodes         []struct{ ID int64 }
			ChildLists         []int64
		}
		var got struct{ Folder folder }
		make := func(name, parent string) string {
			d.Post(base+"/folders", map[string]any{"name": name, "parentFolderId": parent}).Is(http.StatusOK).Into(&got)
			return id.Format(got.Folder.ID)
		}
		a := make("A", "0")
		b := make("B", a)
		l := d.list("L")
		d.Put(base+"/folders/move-list", map[string]any{"listId": l.ListID, "newFolderId": b}).Is(http.StatusNoContent)
		d.Put(base+"/folders/"+b+"/rename?newFolderName=Bee", nil).Is(http.StatusOK).Into(&got)
		if got.Folder.Name != "Bee" || len(got.Folder.ChildLists) != 1 {
			t.Errorf("renamed %+v", got)
		}
		d.Put(base+"/folders/"+b+"/move/0", nil).Is(http.StatusOK)
		d.Get(base + "/folders").Is(http.StatusOK).Into(&got)
		if got.Folder.ID != 0 || len(got.Folder.ChildNodes) != 2 {
			t.Errorf("the top is %+v", got)
		}
		d.Get(base + "/folders?folderId=" + b).Is(http.StatusOK).Into(&got)
		if got.Folder.Name != "Bee" {
			t.Errorf("read %+v", got)
		}
		d.Delete(base+"/folders/"+b).Refused(http.StatusBadRequest, "FOLDER_NOT_EMPTY")
		d.Put(base+"/folders/move-list", map[string]any{"listId": l.ListID, "newFolderId": "0"}).Is(http.StatusNoContent)
		d.Delete(base + "/folders/" + b).Is(http.StatusNoContent)
		d.Delete(base + "/folders/x").Is(http.StatusNotFound)
		d.Get(base + "/folders?folderId=" + b).Is(http.StatusNotFound)
		for _, body := range []map[string]any{{}, {"listId": l.ListID}, {"listId": "x", "newFolderId": "0"}, {"listId": l.ListID, "newFolderId": "x"}} {
			d.Put(base+"/folders/move-list", body).Is(http.StatusBadRequest)
		}
		d.Post(base+"/folders", map[string]any{}).Is(http.StatusBadRequest)
	})
}

func TestSearchOverTheWire(t *testing.T) { // API-5
	each(t, func(t *testing.T, d *desk) {
		var made []shown
		for _, name := range []string{"One", "Two", "Twofold"} {
			made = append(made, d.list(name))
		}
		d.Put(base+"/"+made[1].ListID+"/memberships/add", d.contacts(named("A", "B")...)).Is(http.StatusOK)
		var got struct {
			Total, Offset int
			HasMore       bool
			Lists         []shown
		}
		d.Post(base+"/search", map[string]any{"query": "two", "count": 1}).Is(http.StatusOK).Into(&got)
		if got.Total != 2 || got.Offset != 1 || !got.HasMore || len(got.Lists) != 1 || got.Lists[0].AdditionalProperties["hs_list_size"] != "2" ||
			got.Lists[0].AdditionalProperties["hs_last_record_added_at"] == "" {
			t.Errorf("found %+v", got)
		}
		d.Post(base+"/search", map[string]any{"query": "two", "offset": 1, "listIds": []string{made[1].ListID, made[2].ListID}, "processingTypes": []string{"MANUAL"}, "sort": "-HS_NAME"}).
			Is(http.StatusOK).Into(&got)
		if got.Total != 2 || got.HasMore || got.Lists[0].Name != "Two" {
			t.Errorf("the second page is %+v", got)
		}
		for _, body := range []map[string]any{{"count": 501}, {"count": -1}, {"offset": -1}, {"sort": "colour"}, {"listIds": []string{"x"}}} {
			d.Post(base+"/search", body).Is(http.StatusBadRequest)
		}
	})
}

func TestWhoMayChangeLists(t *testing.T) { // ACC-8
	each(t, func(t *testing.T, d *desk) {
		l := d.list("L")
		reader, writer := d.k.App("crm.lists.read"), d.k.App("crm.lists.write", "crm.lists.read", "crm.objects.contacts.read")
		reader.Get(base + "/" + l.ListID).Is(http.StatusOK)
		reader.Post(base+"/search", map[string]any{}).Is(http.StatusOK)
		reader.Delete(base + "/" + l.ListID).Is(http.StatusForbidden)
		ids := d.contacts(named("A")...)
		if got := writer.Put(base+"/"+l.ListID+"/memberships/add", ids).Is(http.StatusOK); !strings.Contains(string(got.Body), `"recordIdsMissing":[]`) {
			t.Errorf("added: %s", got.Body)
		}
		var got members
		reader.Get(base + "/" + l.ListID + "/memberships").Is(http.StatusOK).Into(&got)
		if len(got.Results) != 0 {
			t.Errorf("who may not read contacts reads members: %+v", got)
		}
	})
}

// tree is an OR of an AND of one filter.
func tree(property, kind, operator string, more map[string]any) map[string]any {
	operation := map[string]any{"operationType": kind, "operator": operator, "includeObjectsWithNoValueSet": false}
	maps.Copy(operation, more)
	filter := map[string]any{"filterType": "PROPERTY", "property": property, "operation": operation}
	and := map[string]any{"filterBranchType": "AND", "filterBranchOperator": "AND", "filters": []any{filter}, "filterBranches": []any{}}
	return map[string]any{"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": []any{}, "filterBranches": []any{and}}
}

func TestDynamicListsOverTheWire(t *testing.T) { // API-1, API-4
	each(t, func(t *testing.T, d *desk) {
		ids := d.contacts(named("Ann", "Anna", "Bob")...)
		for i, base := range bases {
			var made, read struct{ List shown }
			body := map[string]any{"objectTypeId": "0-1", "name": fmt.Sprint("A ", i), "processingType": "DYNAMIC",
				"filterBranch": tree("firstname", "STRING", "STARTS_WITH", map[string]any{"value": "ann"})}
			d.Post(base, body).Is(http.StatusOK).Into(&made)
			l := made.List
			if l.Size != 2 || l.ProcessingStatus != "COMPLETE" || l.FilterBranch["filterBranchType"] != "OR" {
				t.Errorf("made %+v", l)
			}
			d.Get(base + "/" + l.ListID).Is(http.StatusOK).Into(&read)
			if read.List.FilterBranch != nil {
				t.Errorf("filters that nobody asked for: %+v", read.List)
			}
			d.Get(base + "/" + l.ListID + "?includeFilters=true").Is(http.StatusOK).Into(&read)
			if given, kept := fmt.Sprint(body["filterBranch"]), fmt.Sprint(read.List.FilterBranch); given != kept {
				t.Errorf("given %s and kept %s", given, kept)
			}
			var page members
			d.Get(base + "/" + l.ListID + "/memberships").Is(http.StatusOK).Into(&page)
			if !slices.Equal(page.ids(), ids[:2]) {
				t.Errorf("members %v", page)
			}
			var updated struct{ UpdatedList shown }
			d.Put(base+"/"+l.ListID+"/update-list-filters?enrollObjectsInWorkflows=false", map[string]any{"filterBranch": tree("firstname", "STRING", "IS_EQUAL_TO", map[string]any{"value": "Bob"})}).
				Is(http.StatusOK).Into(&updated)
			if updated.UpdatedList.Size != 1 || updated.UpdatedList.ListVersion != 2 {
				t.Errorf("other filters %+v", updated)
			}
			d.Put(base+"/"+l.ListID+"/update-list-filters", map[string]any{}).Is(http.StatusBadRequest)
			d.Put(base+"/"+l.ListID+"/update-list-filters", map[string]any{"filterBranch": tree("firstname", "STRING", "RHYMES", map[string]any{"value": "Bob"})}).
				Refused(http.StatusBadRequest, "UNSUPPORTED_FILTER")
			d.Put(base+"/"+l.ListID+"/memberships/add", ids).Is(http.StatusBadRequest)
			d.Put(base+"/99/update-list-filters", body).Is(http.StatusNotFound)
			var in struct{ Results []struct{ ListID string } }
			d.Get(base + "/records/contacts/" + ids[2] + "/memberships").Is(http.StatusOK).Into(&in)
			if len(in.Results) != i+1 {
				t.Errorf("Bob is in %+v", in)
			}
		}
	})
}

func TestConversionsOverTheWire(t *testing.T) { // API-1
	each(t, func(t *testing.T, d *desk) {
		filters := tree("firstname", "ALL_PROPERTY", "IS_KNOWN", nil)
		var made struct{ List shown }
		d.Post(base, map[string]any{"objectTypeId": "0-1", "name": "D", "processingType": "DYNAMIC", "filterBranch": filters}).Is(http.StatusOK).Into(&made)
		var got struct {
			ListID                  string
			RequestedConversionTime map[string]any
			ConvertedAt             string
		}
		for _, base := range bases {
			at := base + "/" + made.List.ListID + "/schedule-conversion"
			d.Get(at).Is(http.StatusOK).Into(&got)
			if got.ListID != made.List.ListID || got.RequestedConversionTime != nil {
				t.Errorf("nothing is scheduled: %+v", got)
			}
			d.Put(at, map[string]any{"conversionType": "CONVERSION_DATE", "year": 2030, "month": 2, "day": 28}).Is(http.StatusOK).Into(&got)
			if got.RequestedConversionTime["year"] != 2030.0 || got.RequestedConversionTime["conversionType"] != "CONVERSION_DATE" {
				t.Errorf("scheduled %+v", got)
			}
			d.Put(at, map[string]any{"conversionType": "INACTIVITY", "offset": 2, "timeUnit": "WEEK"}).Is(http.StatusOK)
			d.Put(at, map[string]any{"conversionType": "INACTIVITY"}).Refused(http.StatusBadRequest, "INVALID_OFFSET")
			d.Get(at).Is(http.StatusOK).Into(&got)
			if got.RequestedConversionTime["timeUnit"] != "WEEK" || got.ConvertedAt != "" {
				t.Errorf("rescheduled %+v", got)
			}
			d.Delete(at).Is(http.StatusNoContent)
			got.RequestedConversionTime = nil
			d.Delete(base + "/99/schedule-conversion").Is(http.StatusNotFound)
			d.Put(base+"/"+d.list("M "+base).ListID+"/schedule-conversion", map[string]any{"conversionType": "INACTIVITY", "offset": 2, "timeUnit": "WEEK"}).Is(http.StatusBadRequest)
		}
	})
}

func TestHistoryAndOldIDsOverTheWire(t *testing.T) { // API-1
	each(t, func(t *testing.T, d *desk) {
		l := d.list("L")
		var was struct {
			EditHistory []string
			SizeHistory []struct{ Size int64 }
		}
		for _, base := range bases {
			at := base + "/" + l.ListID + "/size-and-edits-history/between"
			d.Get(at + "?startDate=2026-01-01T00:00:00Z&endDate=1893456000000").Is(http.StatusOK).Into(&was)
			if was.EditHistory == nil || was.SizeHistory == nil {
				t.Errorf("what it was: %+v", was)
			}
			d.Get(at+"?startDate=yesterday").Refused(http.StatusBadRequest, "INVALID_DATE")
			d.Get(base + "/99/size-and-edits-history/between").Is(http.StatusNotFound)
			var one struct{ ListID, LegacyListID string }
			d.Get(base + "/idmapping?legacyListId=" + l.ListID).Is(http.StatusOK).Into(&one)
			if one.ListID != l.ListID || one.LegacyListID != l.ListID {
				t.Errorf("mapped to %+v", one)
			}
			d.Get(base + "/idmapping?legacyListId=99").Is(http.StatusNotFound)
			d.Get(base + "/idmapping").Is(http.StatusBadRequest)
			var many struct {
				LegacyListIDsToIDsMapping []struct{ ListID string }
				MissingLegacyListIDs      []string
			}
			d.k.App("crm.lists.read").Post(base+"/idmapping", []string{"99", l.ListID}).Is(http.StatusOK).Into(&many)
			if len(many.LegacyListIDsToIDsMapping) != 1 || !slices.Equal(many.MissingLegacyListIDs, []string{"99"}) {
				t.Errorf("mapped to %+v", many)
			}
		}
	})
}
