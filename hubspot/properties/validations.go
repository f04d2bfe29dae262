package properties

import (
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// validations adds the routes of validation rules. They are the rules of the definition: there is no second place for them.
func (a *API) validations(g *gate.Gate) {
	reads, writes := scoped(g, "/crm/v3/property-validations/{objectType}", "/crm/property-validations/{version}/{objectType}")
	reads.Add("GET ", "List the validation rules of all properties", a.listRules, gate.Gives[wire.Page[Rules]](http.StatusOK))
	reads.Add("GET /{propertyName}", "List the validation rules of a property", a.readRules, gate.Gives[wire.Page[Rule]](http.StatusOK))
	reads.Add("GET /{propertyName}/rule-type/{ruleType}", "Read a validation rule", a.readRule, gate.Gives[Rule](http.StatusOK))
	writes.Add("PUT /{propertyName}/rule-type/{ruleType}", "Set a validation rule", a.setRule, gate.Takes[ruleBody](), gate.GivesNothing)
}

// Rule is a validation rule in HubSpot's form.
type Rule struct {
	RuleType      string   `json:"ruleType"`
	RuleArguments []string `json:"ruleArguments"`
	Normalize     bool     `json:"shouldApplyNormalization"`
}

// Rules are those of one property.
type Rules struct {
	PropertyName string `json:"propertyName"`
	Rules        []Rule `json:"propertyValidationRules"`
}

func rulesOf(rules []rule.Rule) []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = Rule{r.Type, append([]string{}, r.Args...), r.Normalize}
	}
	return out
}

func (a *API) listRules(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	out := wire.Page[Rules]{Results: []Rules{}}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		out.Results = out.Results[:0]
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		for _, d := range set.All() {
			if len(d.Rules) > 0 && shown(d, by) {
				out.Results = append(out.Results, Rules{d.Name, rulesOf(d.Rules)})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// rules reads those of the property that the path names.
func (a *API) rules(r *http.Request, by people.Actor) (rules []rule.Rule, err error) {
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		d, err := find(set, by, r.PathValue("propertyName"))
		rules = d.Rules
		return err
	})
	return rules, err
}

func (a *API) readRules(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	rules, err := a.rules(r, by)
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, wire.Page[Rule]{Results: rulesOf(rules)})
	return nil
}

func (a *API) readRule(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	rules, err := a.rules(r, by)
	if err != nil {
		return err
	}
	typ := r.PathValue("ruleType")
	if err := known(typ); err != nil {
		return err
	}
	i := slices.IndexFunc(rules, func(k rule.Rule) bool { return k.Type == typ })
	if i < 0 {
		return errs.Newf(errs.NotFound, "Property %s has no rule %s", r.PathValue("propertyName"), typ).WithCode("OBJECT_NOT_FOUND")
	}
	gate.WriteJSON(w, http.StatusOK, rulesOf(rules)[i])
	return nil
}

func known(typ string) error {
	if !rule.Known(typ) {
		return rule.Rule{Type: typ}.Check("")
	}
	return nil
}

type ruleBody struct {
	RuleArguments *[]string `json:"ruleArguments" required:"true"`
	Normalize     bool      `json:"shouldApplyNormalization"`
}

// setRule sets one rule and leaves those of other types.
func (a *API) setRule(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in ruleBody
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	if in.RuleArguments == nil {
		return wire.Missing("ruleArguments")
	}
	typ := r.PathValue("ruleType")
	if err := known(typ); err != nil {
		return err
	}
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		set, err := a.set(tx, r)
		if err != nil {
			return err
		}
		d, err := find(set, by, r.PathValue("propertyName"))
		if err != nil {
			return err
		}
		next := slices.DeleteFunc(slices.Clone(d.Rules), func(k rule.Rule) bool { return k.Type == typ })
		d.Rules = append(next, rule.Rule{Type: typ, Args: *in.RuleArguments, Normalize: in.Normalize})
		_, err = a.computed.Update(tx, by, d)
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
