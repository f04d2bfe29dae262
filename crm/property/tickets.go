package property

// The groups that ticket properties are shown in.
const (
	ticketInfo     = "ticketinformation"
	ticketActivity = "ticket_activity"
	conversation   = "conversation_information"
	surveys        = "survey_information"
	desk           = "desk_information"
	sla            = "sla_information"
)

var ticketPriorities = []Option{
	{Value: "LOW", Label: "Low", Color: "gray", Order: 0}, {Value: "MEDIUM", Label: "Medium", Color: "blue", Order: 1},
	{Value: "HIGH", Label: "High", Color: "orange", Order: 2}, {Value: "URGENT", Label: "Urgent", Color: "red", Order: 3},
}

var ticketCategories = []Option{
	{Value: "PRODUCT_ISSUE", Label: "Product issue", Order: 0}, {Value: "BILLING_ISSUE", Label: "Billing issue", Order: 1},
	{Value: "FEATURE_REQUEST", Label: "Feature request", Order: 2}, {Value: "GENERAL_INQUIRY", Label: "General inquiry", Order: 3},
}

var ticketResolutions = []Option{
	{Value: "ISSUE_FIXED", Label: "Issue fixed", Order: 0}, {Value: "REFUND_APPLIED", Label: "Refund applied", Order: 1},
	{Value: "FEATURE_REQUEST_TRACKED", Label: "Feature request tracked", Order: 2},
	{Value: "SENT_KNOWLEDGE_DOCUMENT_LINK", Label: "Sent knowledge document link", Order: 3},
}

var ticketSources = []Option{
	{Value: "CHAT", Label: "Chat", Order: 0}, {Value: "EMAIL", Label: "Email", Order: 1}, {Value: "FORM", Label: "Form", Order: 2},
	{Value: "PHONE", Label: "Phone", Order: 3}, {Value: "WHATSAPP", Label: "WhatsApp", Order: 4},
	{Value: "FACEBOOK", Label: "Facebook Messenger", Order: 5}, {Value: "CUSTOM", Label: "Custom channel", Order: 6},
}

var lastEmail = []Option{
	{Value: "ORIGINAL_FROM_CONTACT", Label: "Original from contact", Order: 0}, {Value: "SENT_TO_CONTACT", Label: "Sent to contact", Order: 1},
	{Value: "REPLY_FROM_CONTACT", Label: "Reply from contact", Order: 2},
}

var lastFrom = []Option{{Value: "contact", Label: "Contact", Order: 0}, {Value: "user", Label: "User", Order: 1}}

var slaStatuses = []Option{
	{Value: "0", Label: "Active SLA", Order: 0}, {Value: "1", Label: "Overdue", Order: 1}, {Value: "2", Label: "Due soon", Order: 2},
	{Value: "3", Label: "Completed on time", Order: 3}, {Value: "4", Label: "Completed late", Order: 4},
}

var slaWords = []Option{
	{Value: "active_sla", Label: "Active SLA", Order: 0}, {Value: "overdue", Label: "Overdue", Order: 1}, {Value: "due_soon", Label: "Due soon", Order: 2},
	{Value: "sla_completed_on_time", Label: "Completed on time", Order: 3}, {Value: "sla_completed_late", Label: "Completed late", Order: 4},
}

var slaTypes = []Option{
	{Value: "TIME_TO_RESPOND", Label: "Time to respond", Order: 0}, {Value: "TIME_TO_NEXT_RESPONSE", Label: "Time to next response", Order: 1},
	{Value: "TIME_TO_CLOSE", Label: "Time to close", Order: 2},
}

// assignees are the kinds of who has a ticket.
var assignees = []Option{{Value: "human_rep", Label: "Human rep", Order: 0}}

// ticketRows are the built-in properties of tickets (PROP-3, behaviour.md 3). Columns come in the order of the table.
var ticketRows = []row{
	{"hs_object_id", "Record ID", ticketInfo, Number, "", readOnly | notNull, "id", Int, "", nil},
	{"subject", "Ticket name", ticketInfo, String, "", plain, "subject", Text, "", nil},
	{"hs_pipeline", "Pipeline", ticketInfo, Enumeration, "", plain, "pipeline_id", Text, "", nil},
	{"hs_pipeline_stage", "Ticket status", ticketInfo, Enumeration, "", plain, "stage_id", Text, "", nil},
	{"desk_open", "Open", desk, Bool, "", readOnly | notNull | hidden, "open", Flag, "", nil},
	{"desk_spam", "Spam", desk, Bool, "", readOnly | notNull | hidden, "spam", Flag, "", nil},
	{"hubspot_owner_id", "Ticket owner", ticketInfo, Enumeration, "", plain, "owner_id", Ref, ToUser, nil},
	{"hubspot_team_id", "Team", ticketInfo, Enumeration, "", plain, "team_id", Ref, ToTeam, nil},
	{"hs_ticket_priority", "Priority", ticketInfo, Enumeration, "", plain, "priority", Text, "", ticketPriorities},
	{"hs_ticket_category", "Category", ticketInfo, Enumeration, "checkbox", plain, "category", Text, "", ticketCategories},
	{"source_type", "Source", ticketInfo, Enumeration, "", plain, "source", Text, "", ticketSources},
	{"desk_contact_id", "Primary contact", desk, Enumeration, "", hidden, "contact_id", Ref, ToContact, nil},
	{"createdate", "Create date", ticketInfo, DateTime, "", readOnly | notNull, "created_at", Micros, "", nil},
	{"hs_lastmodifieddate", "Last modified date", ticketInfo, DateTime, "", readOnly | notNull, "updated_at", Micros, "", nil},
	{"closed_date", "Close date", ticketInfo, DateTime, "", readOnly, "closed_at", Micros, "", nil},
	{"desk_active_at", "Last activity", desk, DateTime, "", readOnly | notNull, "active_at", Micros, "", nil},
	{"desk_last_from", "Last message from", desk, Enumeration, "", readOnly, "last_from", Text, "", lastFrom},
	{"desk_preview", "Preview", desk, String, "textarea", readOnly | hidden, "preview", Text, "", nil},
	{"desk_snoozed_until", "Snoozed until", desk, DateTime, "", readOnly, "snoozed_until", Micros, "", nil},

	{"content", "Ticket description", ticketInfo, String, "textarea", plain, "", Text, "", nil},
	{"hs_resolution", "Resolution", ticketInfo, Enumeration, "checkbox", plain, "", Text, "", ticketResolutions},
	{"hs_last_closed_date", "Last closed date", ticketInfo, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_is_closed", "Closed", ticketInfo, Bool, "", readOnly | hidden, "", Text, "", nil},
	{"hs_ticket_reopened_at", "Ticket reopen date", ticketInfo, DateTime, "", readOnly, "", Text, "", nil},
	{"desk_reopens", "Number of reopens", desk, Number, "", readOnly, "", Text, "", nil},
	{"time_to_close", "Time to close", ticketInfo, Number, "", readOnly, "", Text, "duration", nil},
	{"hubspot_owner_assigneddate", "Owner assigned date", ticketInfo, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_assigned_team_ids", "Assigned teams", ticketInfo, Enumeration, "checkbox", readOnly, "", Text, ToTeam, nil},
	{"hs_all_owner_ids", "All owner IDs", ticketInfo, Enumeration, "checkbox", readOnly | hidden, "", Text, ToUser, nil},
	{"hs_all_team_ids", "All team IDs", ticketInfo, Enumeration, "checkbox", readOnly | hidden, "", Text, ToTeam, nil},
	{"hs_assignment_method", "Assignment method", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_ticket_owner_type", "Ticket owner type", ticketInfo, Enumeration, "", readOnly | hidden, "", Text, "", assignees},
	{"hs_first_assignee_type", "First assignee type", ticketInfo, Enumeration, "", readOnly | hidden, "", Text, "", assignees},
	{"hs_time_to_first_rep_assignment", "Time to first assignment", ticketActivity, Number, "", readOnly, "", Text, "duration", nil},
	{"first_agent_reply_date", "First agent email response date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"time_to_first_agent_reply", "Time to first agent email reply", ticketActivity, Number, "", readOnly, "", Text, "duration", nil},
	{"hs_first_agent_message_sent_at", "First agent response date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_first_agent_message_sent_by", "First responding user", ticketActivity, Enumeration, "", readOnly, "", Text, ToUser, nil},
	{"last_reply_date", "Last customer reply date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_last_message_received_at", "Last message received date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_last_message_sent_at", "Last response date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_last_message_from_visitor", "Last message from visitor", ticketActivity, Bool, "", readOnly, "", Text, "", nil},
	{"hs_last_email_activity", "Last email activity", ticketActivity, Enumeration, "", readOnly, "", Text, "", lastEmail},
	{"hs_num_times_contacted", "Number of times contacted", ticketActivity, Number, "", readOnly, "", Text, "", nil},
	{"num_notes", "Number of sales activities", ticketActivity, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_lastactivitydate", "Last activity date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_lastcontacted", "Last contacted date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_nextactivitydate", "Next activity date", ticketActivity, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_number_of_touches", "Number of touches", ticketActivity, Number, "", readOnly, "", Text, "", nil},
	{"hs_is_one_touch_ticket", "First contact resolution", ticketActivity, Bool, "", readOnly, "", Text, "", nil},
	{"hs_in_helpdesk", "In help desk", conversation, Bool, "", readOnly | hidden, "", Text, "", nil},
	{"hs_inbox_id", "Inbox", conversation, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_conversations_originating_thread_id", "Originating thread", conversation, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_conversations_originating_message_id", "Originating message", conversation, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_originating_generic_channel_id", "Originating channel", conversation, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_current_generic_channel_id", "Current channel", conversation, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_originating_channel_instance_id", "Originating channel account", conversation, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_num_associated_conversations", "Number of conversations", conversation, Number, "", readOnly, "", Text, "", nil},
	{"hs_snoozed_for_portal", "Snoozed for everyone", conversation, Bool, "", readOnly | hidden, "", Text, "", nil},
	{"hs_snoozed_by_user_ids", "Snoozed by", conversation, Enumeration, "checkbox", readOnly | hidden, "", Text, ToUser, nil},
	{"hs_user_ids_of_all_notification_followers", "Followers", conversation, Enumeration, "checkbox", readOnly | silent, "", Text, ToUser, nil},
	{"hs_user_ids_of_all_notification_unfollowers", "Unfollowers", conversation, Enumeration, "checkbox", readOnly | hidden | silent, "", Text, ToUser, nil},
	{"hs_seen_by_agent_ids", "Seen by", conversation, Enumeration, "checkbox", readOnly | hidden | silent, "", Text, ToUser, nil},
	{"hs_latest_message_seen_by_agent_ids", "Latest message seen by", conversation, Enumeration, "checkbox", readOnly | hidden | silent, "", Text, ToUser, nil},
	{"hs_mentions_user_ids", "Mentioned users", conversation, Enumeration, "checkbox", readOnly | silent, "", Text, ToUser, nil},
	{"hs_mentions_resolved_user_ids", "Users with resolved mentions", conversation, Enumeration, "checkbox", readOnly | hidden | silent, "", Text, ToUser, nil},
	{"hs_draft_user_ids", "Users with a draft", conversation, Enumeration, "checkbox", readOnly | hidden | silent, "", Text, ToUser, nil},
	{"hs_outbound_ticket", "Started by us", conversation, Bool, "", readOnly, "", Text, "", nil},
	{"hs_merged_object_ids", "Merged ticket IDs", ticketInfo, Enumeration, "checkbox", readOnly | hidden, "", Text, "", nil},
	{"hs_copied_from_ticket", "Copied from ticket", ticketInfo, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_copied_at", "Copied at", ticketInfo, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_copied_by_user", "Copied by", ticketInfo, Enumeration, "", readOnly | hidden, "", Text, ToUser, nil},
	{"hs_last_csat_rating", "Last CSAT rating", surveys, Number, "", readOnly, "", Text, "", nil},
	{"hs_last_csat_date", "Last CSAT date", surveys, DateTime, "", readOnly, "", Text, "", nil},
	{"hs_feedback_last_ces_rating", "Last CES rating", surveys, Number, "", readOnly, "", Text, "", nil},
	{"nps_score", "NPS score", surveys, Number, "", readOnly, "", Text, "", nil},
	{"nps_follow_up_answer", "NPS follow up", surveys, String, "textarea", readOnly, "", Text, "", nil},
	{"hs_ticket_language_ai_tag", "Language", ticketInfo, String, "", readOnly, "", Text, "", nil},
	{"hs_customer_agent_ticket_status", "Customer agent ticket status", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_primary_topic", "Primary topic", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_in_waitlist", "In waitlist", conversation, Bool, "", readOnly | hidden, "", Text, "", nil},
	{"hs_added_to_waitlist_at", "Added to waitlist at", conversation, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_custom_inbox", "Custom inbox ID", conversation, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_time_to_first_response_sla_at", "Time to first response SLA due date", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_time_to_first_response_sla_status", "Time to first response SLA status", sla, Enumeration, "", readOnly | hidden, "", Text, "", slaStatuses},
	{"hs_time_to_next_response_sla_at", "Time to next response SLA due date", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_time_to_next_response_sla_status", "Time to next response SLA status", sla, Enumeration, "", readOnly | hidden, "", Text, "", slaStatuses},
	{"hs_time_to_close_sla_at", "Time to close SLA due date", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_time_to_close_sla_status", "Time to close SLA status", sla, Enumeration, "", readOnly | hidden, "", Text, "", slaStatuses},
	{"hs_most_relevant_sla_type", "Most relevant SLA type", sla, Enumeration, "", readOnly | hidden, "", Text, "", slaTypes},
	{"hs_most_relevant_sla_status", "Most relevant SLA status", sla, Enumeration, "", readOnly | hidden, "", Text, "", slaWords},
	{"hs_sla_pause_status", "SLA pause status", sla, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_sla_operating_hours", "SLA operating hours", sla, String, "textarea", readOnly | hidden, "", Text, "", nil},
	{"hs_applied_sla_rule_config_id", "Applied SLA rule", sla, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_applied_sla_rule_config_at", "SLA rule applied at", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_applied_sla_schedule_id", "Applied SLA schedule", sla, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_applied_sla_schedule_at", "SLA schedule applied at", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_retroactive_sla_update_at", "SLA updated afterwards at", sla, DateTime, "", readOnly | hidden, "", Text, "", nil},
	{"hs_time_to_first_response_in_operating_hours", "Time to first response in SLA hours", sla, Number, "", readOnly | hidden, "", Text, "duration", nil},
	{"hs_time_to_close_in_operating_hours", "Time to close in SLA hours", sla, Number, "", readOnly | hidden, "", Text, "duration", nil},
	{"hs_tag_ids", "Tags", ticketInfo, Enumeration, "checkbox", plain, "", Text, "", nil},
	{"hs_num_associated_companies", "Number of associated companies", ticketInfo, Number, "", readOnly, "", Text, "", nil},
	{"hs_primary_company_id", "Primary company ID", ticketInfo, Number, "", readOnly | hidden, "", Text, "", nil},
	{"hs_primary_company_name", "Primary company name", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_emails", "Associated contact emails", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_phones", "Associated contact phone numbers", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_mobilephones", "Associated contact mobile phone numbers", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_firstnames", "Associated contact first names", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_lastnames", "Associated contact last names", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_all_associated_contact_companies", "Associated contact company names", ticketInfo, String, "", readOnly | silent, "", Text, "", nil},
	{"hs_object_source", "Record source", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_object_source_label", "Record source label", ticketInfo, String, "", readOnly, "", Text, "", nil},
	{"hs_object_source_id", "Record source ID", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
	{"hs_created_by_user_id", "Created by", ticketInfo, Enumeration, "", readOnly, "", Text, ToUser, nil},
	{"hs_updated_by_user_id", "Updated by", ticketInfo, Enumeration, "", readOnly, "", Text, ToUser, nil},
	{"hs_was_imported", "Imported", ticketInfo, Bool, "", readOnly | hidden, "", Text, "", nil},
	{"hs_unique_creation_key", "Unique creation key", ticketInfo, String, "", readOnly | hidden, "", Text, "", nil},
}

// ticketFamilies are the properties that each status has (STAT-6); times in a status are milliseconds.
var ticketFamilies = []family{
	{"hs_date_entered_", row{"", "Date entered status", ticketInfo, DateTime, "", readOnly | hidden, "", Text, "", nil}},
	{"hs_date_exited_", row{"", "Date exited status", ticketInfo, DateTime, "", readOnly | hidden, "", Text, "", nil}},
	{"hs_v2_latest_time_in_", row{"", "Latest time in status", ticketInfo, Number, "", readOnly | hidden, "", Text, "duration", nil}},
	{"hs_time_in_", row{"", "Time in status", ticketInfo, Number, "", readOnly | hidden, "", Text, "duration", nil}},
}

// ticketAliases are second names that HubSpot has for what one property says, and the beginnings of such names (behaviour.md 3).
var ticketAliases = map[string]string{
	"hs_createdate": "createdate", "num_contacted_notes": "hs_num_times_contacted", "notes_last_contacted": "hs_lastcontacted",
	"notes_last_updated": "hs_lastactivitydate", "notes_next_activity_date": "hs_nextactivitydate", "last_engagement_date": "hs_lastactivitydate",
	"hs_time_to_first_assign": "hs_time_to_first_rep_assignment", "hs_is_visible_in_help_desk": "hs_in_helpdesk",
	"hs_helpdesk_sort_timestamp": "desk_active_at", "hs_auto_generated_from_thread_id": "hs_conversations_originating_thread_id",
	"hs_all_accessible_team_ids": "hs_all_team_ids", "hs_object_source_user_id": "hs_created_by_user_id",
	"hs_feedback_last_nps_rating_number": "nps_score",
	"hs_v2_date_entered_":                "hs_date_entered_", "hs_v2_date_exited_": "hs_date_exited_", "hs_v2_cumulative_time_in_": "hs_time_in_",
}
