package property_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
)

// What integrations write to and read from the types that share a table, under HubSpot's names.
func TestTypesHaveHubSpotsProperties(t *testing.T) { // PROP-3, API-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	props := property.New(d)
	for id, names := range map[string]string{
		"0-5": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category hs_resolution source_type hubspot_owner_assigneddate " +
			"hubspot_team_id hs_all_owner_ids hs_all_team_ids hs_all_accessible_team_ids hs_assigned_team_ids hs_assignment_method createdate hs_createdate " +
			"closed_date hs_last_closed_date hs_is_closed hs_ticket_reopened_at time_to_close first_agent_reply_date time_to_first_agent_reply " +
			"hs_first_agent_message_sent_at hs_first_agent_message_sent_by last_reply_date hs_last_message_received_at hs_last_message_sent_at " +
			"hs_last_message_from_visitor hs_num_times_contacted num_notes num_contacted_notes notes_last_contacted notes_last_updated " +
			"notes_next_activity_date hs_lastactivitydate hs_lastcontacted hs_nextactivitydate last_engagement_date hs_number_of_touches " +
			"hs_is_one_touch_ticket hs_time_to_first_rep_assignment hs_time_to_first_assign hs_last_email_activity hs_in_helpdesk " +
			"hs_is_visible_in_help_desk hs_helpdesk_sort_timestamp hs_inbox_id hs_custom_inbox hs_conversations_originating_thread_id " +
			"hs_conversations_originating_message_id hs_auto_generated_from_thread_id hs_originating_generic_channel_id " +
			"hs_originating_channel_instance_id hs_current_generic_channel_id hs_num_associated_conversations hs_merged_object_ids " +
			"hs_copied_from_ticket hs_copied_at hs_copied_by_user hs_user_ids_of_all_notification_followers " +
			"hs_user_ids_of_all_notification_unfollowers hs_seen_by_agent_ids hs_latest_message_seen_by_agent_ids hs_mentions_user_ids " +
			"hs_mentions_resolved_user_ids hs_draft_user_ids hs_snoozed_by_user_ids hs_snoozed_for_portal hs_last_csat_rating hs_last_csat_date " +
			"hs_feedback_last_ces_rating hs_feedback_last_nps_rating_number nps_score nps_follow_up_answer hs_all_associated_contact_emails " +
			"hs_all_associated_contact_phones hs_all_associated_contact_mobilephones hs_all_associated_contact_firstnames " +
			"hs_all_associated_contact_lastnames hs_all_associated_contact_companies hs_primary_company_id hs_primary_company_name " +
			"hs_num_associated_companies hs_object_source_label hs_object_source_id hs_object_source_user_id hs_updated_by_user_id hs_was_imported " +
			"hs_unique_creation_key hs_customer_agent_ticket_status hs_ticket_owner_type hs_first_assignee_type hs_in_waitlist " +
			"hs_added_to_waitlist_at hs_outbound_ticket hs_ticket_language_ai_tag hs_tag_ids hs_primary_topic hs_time_to_first_response_sla_at " +
			"hs_time_to_first_response_sla_status hs_time_to_next_response_sla_at hs_time_to_next_response_sla_status hs_time_to_close_sla_at " +
			"hs_time_to_close_sla_status hs_most_relevant_sla_type hs_most_relevant_sla_status hs_sla_pause_status hs_sla_operating_hours " +
			"hs_applied_sla_rule_config_id hs_applied_sla_rule_config_at hs_applied_sla_schedule_id hs_applied_sla_schedule_at " +
			"hs_retroactive_sla_update_at hs_time_to_first_response_in_operating_hours hs_time_to_close_in_operating_hours " +
			"hs_date_entered_1 hs_date_exited_1 hs_time_in_1 hs_v2_date_entered_1 hs_v2_date_exited_1 hs_v2_cumulative_time_in_1 hs_v2_latest_time_in_1",
		"0-3": "amount closedate closed_lost_reason closed_won_reason createdate days_to_close deal_currency_code dealname dealstage dealtype description " +
			"hs_closed_amount hs_deal_stage_probability hs_is_closed hs_is_closed_lost hs_is_closed_won hs_lastmodifieddate hs_next_step hs_priority " +
			"hs_projected_amount hubspot_owner_assigneddate hubspot_team_id num_notes pipeline hs_date_entered_closedwon hs_time_in_closedwon",
		"0-46": "hs_note_body hs_attachment_ids",
		"0-27": "hs_task_subject hs_task_body hs_task_status hs_task_priority hs_task_type hs_task_completion_date hs_task_reminders hs_queue_membership_ids",
		"0-48": "hs_call_title hs_call_body hs_call_direction hs_call_disposition hs_call_duration hs_call_from_number hs_call_to_number " +
			"hs_call_recording_url hs_call_status hs_call_source hs_call_callee_object_id hs_activity_type",
		"0-49": "hs_email_subject hs_email_text hs_email_html hs_email_direction hs_email_status hs_email_headers hs_email_from_email hs_email_to_email hs_email_message_id",
		"0-47": "hs_meeting_title hs_meeting_body hs_meeting_start_time hs_meeting_end_time hs_meeting_location hs_meeting_outcome " +
			"hs_internal_meeting_notes hs_meeting_external_url hs_activity_type",
		"0-18":  "hs_communication_channel_type hs_communication_body hs_communication_logged_from",
		"0-19":  "hs_survey_name hs_survey_type hs_survey_id hs_submission_timestamp hs_value hs_content hs_response_group hs_contact_id",
		"0-115": "hs_email hs_given_name hs_family_name hs_internal_user_id hs_deactivated hs_job_title hs_standard_time_zone hs_searchable_calculated_name",
	} {
		dbtest.See(t, d, func(tx *db.Tx) error {
			set, err := props.Set(tx, id)
			if err != nil {
				return err
			}
			common := "hs_object_id hubspot_owner_id hs_lastmodifieddate hs_created_by_user_id hs_object_source"
			if set.ObjectType.Required != nil && set.ObjectType.Required[0] == "hs_timestamp" {
				common += " hs_timestamp hs_createdate"
			}
			for name := range strings.FieldsSeq(names + " " + common) {
				if _, ok := set.Get(name); !ok {
					t.Errorf("%s have no %s", set.ObjectType.LabelPlural, name)
				}
			}
			return nil
		})
	}
}

func TestOptionsAreHubSpots(t *testing.T) { // PROP-3
	d := dbtest.Open(t, dbtest.SQLite(t))
	props := property.New(d)
	for where, want := range map[string]string{
		"tasks hs_task_status": "NOT_STARTED IN_PROGRESS WAITING COMPLETED DEFERRED", "tasks hs_task_priority": "NONE LOW MEDIUM HIGH",
		"calls hs_call_direction": "INBOUND OUTBOUND", "emails hs_email_direction": "EMAIL INCOMING_EMAIL FORWARDED_EMAIL DRAFT_EMAIL",
		"emails hs_email_status": "SENT SENDING SCHEDULED FAILED BOUNCED", "meetings hs_meeting_outcome": "SCHEDULED COMPLETED RESCHEDULED NO_SHOW CANCELED",
		"communications hs_communication_channel_type": "WHATS_APP SMS LINKEDIN_MESSAGE CUSTOM_CHANNEL_CONVERSATION",
		"deals dealtype": "newbusiness existingbusiness", "deals hs_priority": "low medium high",
	} {
		objectType, name, _ := strings.Cut(where, " ")
		dbtest.See(t, d, func(tx *db.Tx) error {
			set, err := props.Set(tx, objectType)
			if err != nil {
				return err
			}
			p, _ := set.Get(name)
			var got []string
			for _, o := range p.Options {
				got = append(got, o.Value)
			}
			if !slices.Equal(got, strings.Fields(want)) {
				t.Errorf("%s: %v", where, got)
			}
			return nil
		})
	}
}

func TestTypesOfTheAccountAreStored(t *testing.T) { // API-1
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		props := property.New(d)
		car := property.ObjectType{Name: "car", Label: "Car", LabelPlural: "Cars", Description: "Rented", CreatedBy: 7}
		var made property.ObjectType
		dbtest.Do(t, d, func(tx *db.Tx) (err error) {
			made, err = props.AddType(tx, car)
			return err
		})
		if made.TypeID != "2-1" || made.FullName != "p0_car" || !made.Own() || made.Label != "Car" || made.CreatedBy != 7 || made.From() != "objects WHERE object_type = 'car' AND " {
			t.Errorf("%+v", made)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := props.AddType(tx, car); return err })
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("a second one of the name: %v", err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			made.Label = "Vehicle"
			if _, err := props.SaveType(tx, made); err != nil {
				return err
			}
			// The transaction itself knows the type as it is now, and its groups.
			set, err := props.Set(tx, "P0_CAR")
			if g, ok := set.Group("car_information"); !ok || g.Label != "Car information" || set.ObjectType.Label != "Vehicle" {
				t.Errorf("%+v of %+v", g, set.ObjectType)
			}
			return err
		})
		dbtest.Do(t, d, func(tx *db.Tx) error { return props.ArchiveType(tx, made) })
		dbtest.See(t, d, func(tx *db.Tx) error {
			_, err := props.Type(tx, "car")
			gone, errGone := props.ArchivedTypes(tx)
			if !errs.Is(err, errs.Invalid) || errGone != nil || len(gone) != 1 || !gone[0].Archived {
				t.Errorf("%v; %+v %v", err, gone, errGone)
			}
			return nil
		})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			if err := props.PurgeType(tx, made); err != nil {
				return err
			}
			return props.ForgetType(tx, "car")
		})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			again, err := props.AddType(tx, car)
			if again.TypeID != "2-2" {
				t.Errorf("a number was used again: %+v", again)
			}
			return err
		})
	})
}
