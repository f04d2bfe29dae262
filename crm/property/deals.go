package property

import "slices"

// shared are the properties that all types in the table of objects have, in the columns that mean the same for each; created
// is what the type calls its time of creation.
func shared(created, group string) []row {
	return slices.Concat([]row{
		{"hs_object_id", "Record ID", group, Number, "", readOnly | notNull, "id", Int, "", nil},
		{"hubspot_owner_id", "Owner", group, Enumeration, "", plain, "owner_id", Ref, ToUser, nil},
		{"hubspot_team_id", "Team", group, Enumeration, "", plain, "team_id", Ref, ToTeam, nil},
		{created, "Create date", group, DateTime, "", readOnly | notNull, "created_at", Micros, "", nil},
		{"hs_lastmodifieddate", "Last modified date", group, DateTime, "", readOnly | notNull, "updated_at", Micros, "", nil},
	}, audit(group))
}

// audit are the properties that say who made a record, by what, and who has it.
func audit(group string) []row {
	return []row{
		{"hubspot_owner_assigneddate", "Owner assigned date", group, DateTime, "", readOnly, "", Text, "", nil},
		{"hs_all_owner_ids", "All owner IDs", group, Enumeration, "checkbox", readOnly | hidden, "", Text, ToUser, nil},
		{"hs_all_team_ids", "All team IDs", group, Enumeration, "checkbox", readOnly | hidden, "", Text, ToTeam, nil},
		{"hs_object_source", "Record source", group, String, "", readOnly | hidden, "", Text, "", nil},
		{"hs_object_source_label", "Record source label", group, String, "", readOnly, "", Text, "", nil},
		{"hs_object_source_id", "Record source ID", group, String, "", readOnly | hidden, "", Text, "", nil},
		{"hs_created_by_user_id", "Created by", group, Enumeration, "", readOnly, "", Text, ToUser, nil},
		{"hs_updated_by_user_id", "Updated by", group, Enumeration, "", readOnly, "", Text, ToUser, nil},
		{"hs_was_imported", "Imported", group, Bool, "", readOnly | hidden, "", Text, "", nil},
		{"hs_merged_object_ids", "Merged record IDs", group, Enumeration, "checkbox", readOnly | hidden, "", Text, "", nil},
	}
}

// placed are the columns of a type with pipelines in the table of objects.
func placed(pipeline, stage, group string) []row {
	return []row{
		{pipeline, "Pipeline", group, Enumeration, "", plain, "pipeline_id", Text, "", nil},
		{stage, "Stage", group, Enumeration, "radio", plain, "stage_id", Text, "", nil},
	}
}

const (
	dealInfo     = "dealinformation"
	dealActivity = "deal_activity"
)

var dealTypes = []Option{{Value: "newbusiness", Label: "New business", Order: 0}, {Value: "existingbusiness", Label: "Existing business", Order: 1}}

var dealPriorities = []Option{
	{Value: "low", Label: "Low", Color: "gray", Order: 0}, {Value: "medium", Label: "Medium", Color: "blue", Order: 1},
	{Value: "high", Label: "High", Color: "orange", Order: 2},
}

var forecastCategories = []Option{
	{Value: "OMIT", Label: "Not forecast", Order: 0}, {Value: "PIPELINE", Label: "Pipeline", Order: 1},
	{Value: "BEST_CASE", Label: "Best case", Order: 2}, {Value: "COMMIT", Label: "Commit", Order: 3}, {Value: "CLOSED", Label: "Closed won", Order: 4},
}

// dealRows are the built-in properties of deals.
func dealRows() []row {
	return slices.Concat(shared("createdate", dealInfo), placed("pipeline", "dealstage", dealInfo), []row{
		{"dealname", "Deal name", dealInfo, String, "", plain, "name", Text, "", nil},
		{"closedate", "Close date", dealInfo, DateTime, "", plain, "occurred_at", Micros, "", nil},

		{"amount", "Amount", dealInfo, Number, "", plain, "", Text, "currency", nil},
		{"deal_currency_code", "Currency", dealInfo, String, "", plain, "", Text, "", nil},
		{"dealtype", "Deal type", dealInfo, Enumeration, "radio", plain, "", Text, "", dealTypes},
		{"description", "Deal description", dealInfo, String, "textarea", plain, "", Text, "", nil},
		{"hs_priority", "Priority", dealInfo, Enumeration, "", plain, "", Text, "", dealPriorities},
		{"hs_next_step", "Next step", dealInfo, String, "", plain, "", Text, "", nil},
		{"closed_won_reason", "Closed won reason", dealInfo, String, "textarea", plain, "", Text, "", nil},
		{"closed_lost_reason", "Closed lost reason", dealInfo, String, "textarea", plain, "", Text, "", nil},
		{"hs_manual_forecast_category", "Forecast category", dealInfo, Enumeration, "", plain, "", Text, "", forecastCategories},
		{"hs_deal_stage_probability", "Deal probability", dealInfo, Number, "", plain, "", Text, "percent", nil},
		{"hs_is_closed", "Closed", dealInfo, Bool, "", readOnly, "", Text, "", nil},
		{"hs_is_closed_won", "Closed won", dealInfo, Bool, "", readOnly, "", Text, "", nil},
		{"hs_is_closed_lost", "Closed lost", dealInfo, Bool, "", readOnly, "", Text, "", nil},
		{"hs_closed_amount", "Closed deal amount", dealInfo, Number, "", readOnly, "", Text, "currency", nil},
		{"hs_projected_amount", "Weighted amount", dealInfo, Number, "", readOnly, "", Text, "currency", nil},
		{"days_to_close", "Days to close", dealInfo, Number, "", readOnly, "", Text, "", nil},
		{"hs_acv", "Annual contract value", dealInfo, Number, "", plain, "", Text, "currency", nil},
		{"hs_arr", "Annual recurring revenue", dealInfo, Number, "", plain, "", Text, "currency", nil},
		{"hs_mrr", "Monthly recurring revenue", dealInfo, Number, "", plain, "", Text, "currency", nil},
		{"hs_tcv", "Total contract value", dealInfo, Number, "", plain, "", Text, "currency", nil},
	}, activityRollups(dealActivity))
}

// activityRollups are what the activities associated with a record say of it.
func activityRollups(group string) []row {
	return []row{
		{"num_notes", "Number of activities", group, Number, "", readOnly, "", Text, "", nil},
		{"num_contacted_notes", "Number of times contacted", group, Number, "", readOnly, "", Text, "", nil},
		{"notes_last_contacted", "Last contacted", group, DateTime, "", readOnly, "", Text, "", nil},
		{"notes_last_updated", "Last activity date", group, DateTime, "", readOnly, "", Text, "", nil},
		{"notes_next_activity_date", "Next activity date", group, DateTime, "", readOnly, "", Text, "", nil},
	}
}

// stageFamilies are the properties that each stage has of types in the table of objects; times in a stage are milliseconds.
func stageFamilies(group string) []family {
	return []family{
		{"hs_date_entered_", row{"", "Date entered stage", group, DateTime, "", readOnly | hidden, "", Text, "", nil}},
		{"hs_date_exited_", row{"", "Date exited stage", group, DateTime, "", readOnly | hidden, "", Text, "", nil}},
		{"hs_v2_latest_time_in_", row{"", "Latest time in stage", group, Number, "", readOnly | hidden, "", Text, "duration", nil}},
		{"hs_time_in_", row{"", "Time in stage", group, Number, "", readOnly | hidden, "", Text, "duration", nil}},
	}
}
