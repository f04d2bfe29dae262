package derive

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
)

const (
	dealAmount      = "amount"
	dealClosed      = "closedate"
	dealCreated     = "createdate"
	dealProbability = "hs_deal_stage_probability"
	dealIsClosed    = "hs_is_closed"
	dealIsWon       = "hs_is_closed_won"
	dealDays        = "days_to_close"
)

// deal derives what a stage means for a deal: how likely it is, whether it is won or lost and when, and what of its amount
// counts.
func deal(tx *db.Tx, w *record.Write, to place) error {
	if to.moved {
		dealMoved(tx, w, to.Stage)
	}
	if closed := w.Get(dealIsClosed) == "true"; closed {
		w.Set[dealDays] = days(w.Get(dealCreated), w.Get(dealClosed))
	} else {
		w.Set[dealDays] = ""
	}
	amount, ok := new(big.Rat).SetString(w.Get(dealAmount))
	if !ok {
		w.Set["hs_projected_amount"], w.Set["hs_closed_amount"] = "", ""
		return nil
	}
	w.Set["hs_closed_amount"] = "0"
	if w.Get(dealIsWon) == "true" {
		w.Set["hs_closed_amount"] = w.Get(dealAmount)
	}
	if likely, ok := new(big.Rat).SetString(w.Get(dealProbability)); ok {
		w.Set["hs_projected_amount"] = decimal(amount.Mul(amount, likely))
	}
	return nil
}

func dealMoved(tx *db.Tx, w *record.Write, st pipeline.Stage) {
	if _, given := w.Set[dealProbability]; !given {
		w.Set[dealProbability] = st.Metadata[pipeline.Probability]
	}
	likely, _ := strconv.ParseFloat(st.Metadata[pipeline.Probability], 64)
	won := st.Closed && likely == 1
	w.Set[dealIsClosed], w.Set[dealIsWon] = strconv.FormatBool(st.Closed), strconv.FormatBool(won)
	w.Set["hs_is_closed_lost"] = strconv.FormatBool(st.Closed && !won)
	// A close date that is not given with the move was a plan; now it is known.
	_, given := w.Set[dealClosed]
	if _, asked := w.Asked[dealClosed]; st.Closed && w.Before[dealIsClosed] != "true" && !given && !asked {
		w.Set[dealClosed] = now(tx)
	}
}

// days are the whole days from one instant to another, "" if either is missing.
func days(from, to string) string {
	a, okA := property.ParseTime(from)
	b, okB := property.ParseTime(to)
	if !okA || !okB {
		return ""
	}
	return strconv.Itoa(int(b.Sub(a) / (24 * time.Hour)))
}

// decimal writes a number with at most six places and no zeros at the end.
func decimal(r *big.Rat) string {
	s := strings.TrimRight(r.FloatString(6), "0")
	return strings.TrimSuffix(s, ".")
}
