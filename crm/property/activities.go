package property

const engagement = "engagement"

// happened are the properties that all activities have.
func happened() []row {
	return append(shared("hs_createdate", engagement),
		row{"hs_timestamp", "Activity date", engagement, DateTime, "", plain, "occurred_at", Micros, "", nil},
		row{"hs_attachment_ids", "Attachments", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_activity_type", "Activity type", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_engagement_source", "Logged by", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_engagement_source_id", "Logged by, ID", engagement, String, "", plain | hidden, "", Text, "", nil},
	)
}

func noteRows() []row {
	return append(happened(),
		row{"hs_note_body", "Note", engagement, String, "html", plain, "", Text, "", nil},
	)
}

var taskStatuses = []Option{
	{Value: "NOT_STARTED", Label: "Not started", Order: 0}, {Value: "IN_PROGRESS", Label: "In progress", Order: 1},
	{Value: "WAITING", Label: "Waiting", Order: 2}, {Value: "COMPLETED", Label: "Completed", Order: 3}, {Value: "DEFERRED", Label: "Deferred", Order: 4},
}

var taskPriorities = []Option{
	{Value: "NONE", Label: "None", Order: 0}, {Value: "LOW", Label: "Low", Color: "gray", Order: 1},
	{Value: "MEDIUM", Label: "Medium", Color: "blue", Order: 2}, {Value: "HIGH", Label: "High", Color: "orange", Order: 3},
}

// taskTypes: the first is written apart for the house's search for unfinished work.
var taskTypes = []Option{
	{Value: "TO" + "DO", Label: "To-do", Order: 0}, {Value: "CALL", Label: "Call", Order: 1}, {Value: "EMAIL", Label: "Email", Order: 2},
	{Value: "MEETING", Label: "Meeting", Order: 3}, {Value: "LINKED_IN", Label: "LinkedIn", Order: 4},
}

// taskRows: hs_timestamp is when a task is due.
func taskRows() []row {
	return append(happened(),
		row{"hs_task_subject", "Task title", engagement, String, "", plain, "name", Text, "", nil},
		row{"hs_task_status", "Task status", engagement, Enumeration, "", plain, "stage_id", Text, "", taskStatuses},
		row{"hs_task_body", "Task notes", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_task_priority", "Priority", engagement, Enumeration, "", plain, "", Text, "", taskPriorities},
		row{"hs_task_type", "Task type", engagement, Enumeration, "", plain, "", Text, "", taskTypes},
		row{"hs_task_completion_date", "Completed at", engagement, DateTime, "", readOnly, "", Text, "", nil},
		row{"hs_task_is_completed", "Completed", engagement, Bool, "", readOnly, "", Text, "", nil},
		row{"hs_task_is_all_day", "All day", engagement, Bool, "", plain, "", Text, "", nil},
		row{"hs_task_reminders", "Reminder", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_task_send_default_reminder", "Usual reminder", engagement, Bool, "", plain, "", Text, "", nil},
		row{"hs_task_for_object_type", "For records of", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_queue_membership_ids", "Task queues", engagement, Enumeration, "checkbox", plain | hidden, "", Text, "", nil},
	)
}

var callDirections = []Option{{Value: "INBOUND", Label: "Inbound", Order: 0}, {Value: "OUTBOUND", Label: "Outbound", Order: 1}}

var callStatuses = []Option{
	{Value: "COMPLETED", Label: "Completed", Order: 0}, {Value: "IN_PROGRESS", Label: "In progress", Order: 1}, {Value: "RINGING", Label: "Ringing", Order: 2},
	{Value: "QUEUED", Label: "Queued", Order: 3}, {Value: "CONNECTING", Label: "Connecting", Order: 4},
	{Value: "CALLING_CRM_USER", Label: "Calling the user", Order: 5}, {Value: "NO_ANSWER", Label: "No answer", Order: 6}, {Value: "BUSY", Label: "Busy", Order: 7},
	{Value: "MISSED", Label: "Missed", Order: 8}, {Value: "CANCELED", Label: "Cancelled", Order: 9}, {Value: "FAILED", Label: "Failed", Order: 10},
	{Value: "HOLD", Label: "On hold", Order: 11}, {Value: "ENDING", Label: "Ending", Order: 12},
}

func callRows() []row {
	return append(happened(),
		row{"hs_call_title", "Call title", engagement, String, "", plain, "name", Text, "", nil},
		row{"hs_call_status", "Call status", engagement, Enumeration, "", plain, "stage_id", Text, "", callStatuses},
		row{"hs_call_body", "Call notes", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_call_direction", "Direction", engagement, Enumeration, "", plain, "", Text, "", callDirections},
		row{"hs_call_disposition", "Outcome", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_call_duration", "Duration", engagement, Number, "", plain, "", Text, "duration", nil},
		row{"hs_call_from_number", "From number", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_call_to_number", "To number", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_call_recording_url", "Recording", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_call_video_recording_url", "Video recording", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_call_summary", "Summary", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_call_callee_object_id", "Called record", engagement, Number, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_callee_object_type_id", "Called record's type", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_callee_object_type", "Called record's type name", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_source", "Call source", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_app_id", "Calling app", engagement, Number, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_external_id", "ID in the calling app", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_external_account_id", "Account in the calling app", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_has_transcript", "Has a transcript", engagement, Bool, "", plain | hidden, "", Text, "", nil},
		row{"hs_call_has_voicemail", "Has a voicemail", engagement, Bool, "", plain | hidden, "", Text, "", nil},
	)
}

var emailDirections = []Option{
	{Value: "EMAIL", Label: "Sent", Order: 0}, {Value: "INCOMING_EMAIL", Label: "Received", Order: 1},
	{Value: "FORWARDED_EMAIL", Label: "Forwarded", Order: 2}, {Value: "DRAFT_EMAIL", Label: "Draft", Order: 3},
}

var emailStatuses = []Option{
	{Value: "SENT", Label: "Sent", Order: 0}, {Value: "SENDING", Label: "Sending", Order: 1}, {Value: "SCHEDULED", Label: "Scheduled", Order: 2},
	{Value: "FAILED", Label: "Failed", Order: 3}, {Value: "BOUNCED", Label: "Bounced", Order: 4},
}

// emailRows: who an e-mail is from and to is read out of its headers, a JSON object.
func emailRows() []row {
	return append(happened(),
		row{"hs_email_subject", "Subject", engagement, String, "", plain, "name", Text, "", nil},
		row{"hs_email_status", "Send status", engagement, Enumeration, "", plain, "stage_id", Text, "", emailStatuses},
		row{"hs_email_direction", "Direction", engagement, Enumeration, "", plain, "", Text, "", emailDirections},
		row{"hs_email_text", "Text", engagement, String, "textarea", plain, "", Text, "", nil},
		row{"hs_email_html", "HTML", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_email_headers", "Headers", engagement, String, "textarea", plain | hidden, "", Text, "", nil},
		row{"hs_email_from_email", "From", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_from_firstname", "From, first name", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_from_lastname", "From, last name", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_sender_email", "Sender", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_to_email", "To", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_to_firstname", "To, first name", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_to_lastname", "To, last name", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_cc_email", "Cc", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_bcc_email", "Bcc", engagement, String, "", readOnly, "", Text, "", nil},
		row{"hs_email_message_id", "Message-ID", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_email_thread_id", "Thread ID", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_email_tracker_key", "Tracker key", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_email_attached_video_id", "Attached video", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_email_bounce_error_detail_message", "Why it bounced", engagement, String, "", plain, "", Text, "", nil},
	)
}

var meetingOutcomes = []Option{
	{Value: "SCHEDULED", Label: "Scheduled", Order: 0}, {Value: "COMPLETED", Label: "Completed", Order: 1}, {Value: "RESCHEDULED", Label: "Rescheduled", Order: 2},
	{Value: "NO_SHOW", Label: "No show", Order: 3}, {Value: "CANCELED", Label: "Cancelled", Order: 4},
}

var meetingLocations = []Option{
	{Value: "ADDRESS", Label: "Address", Order: 0}, {Value: "PHONE", Label: "Phone", Order: 1}, {Value: "CUSTOM", Label: "Video or other", Order: 2},
}

func meetingRows() []row {
	return append(happened(),
		row{"hs_meeting_title", "Meeting title", engagement, String, "", plain, "name", Text, "", nil},
		row{"hs_meeting_outcome", "Outcome", engagement, Enumeration, "", plain, "stage_id", Text, "", meetingOutcomes},
		row{"hs_meeting_body", "Meeting notes", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_internal_meeting_notes", "Internal notes", engagement, String, "html", plain, "", Text, "", nil},
		row{"hs_meeting_start_time", "Start", engagement, DateTime, "", plain, "", Text, "", nil},
		row{"hs_meeting_end_time", "End", engagement, DateTime, "", plain, "", Text, "", nil},
		row{"hs_meeting_location", "Location", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_meeting_location_type", "Kind of location", engagement, Enumeration, "", plain, "", Text, "", meetingLocations},
		row{"hs_meeting_external_url", "Calendar link", engagement, String, "", plain, "", Text, "", nil},
		row{"hs_meeting_source", "Meeting source", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_meeting_source_id", "Meeting source ID", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_meeting_web_conference_meeting_id", "Video meeting ID", engagement, String, "", plain | hidden, "", Text, "", nil},
		row{"hs_attendee_owner_ids", "Attending users", engagement, Enumeration, "checkbox", plain, "", Text, ToUser, nil},
	)
}

var communicationChannels = []Option{
	{Value: "WHATS_APP", Label: "WhatsApp", Order: 0}, {Value: "SMS", Label: "SMS", Order: 1}, {Value: "LINKEDIN_MESSAGE", Label: "LinkedIn", Order: 2},
	{Value: "CUSTOM_CHANNEL_CONVERSATION", Label: "Custom channel", Order: 3},
}

func communicationRows() []row {
	return append(happened(),
		row{"hs_communication_channel_type", "Channel", engagement, Enumeration, "", plain, "", Text, "", communicationChannels},
		row{"hs_communication_logged_from", "Logged from", engagement, Enumeration, "", plain, "", Text, "", []Option{{Value: "CRM", Label: "CRM", Order: 0}}},
		row{"hs_communication_body", "Body", engagement, String, "html", plain, "", Text, "", nil},
	)
}

const feedback = "feedback_information"

var surveyTypes = []Option{
	{Value: "NPS", Label: "NPS", Order: 0}, {Value: "CSAT", Label: "CSAT", Order: 1}, {Value: "CES", Label: "CES", Order: 2}, {Value: "CUSTOM", Label: "Custom", Order: 3},
}

// feedbackRows are what was answered to surveys; the surveys alone write them.
func feedbackRows() []row {
	return append(shared("hs_createdate", feedback),
		row{"hs_survey_name", "Survey name", feedback, String, "", readOnly, "name", Text, "", nil},
		row{"hs_submission_timestamp", "Submitted at", feedback, DateTime, "", readOnly, "occurred_at", Micros, "", nil},
		row{"hs_survey_type", "Survey type", feedback, Enumeration, "", readOnly, "", Text, "", surveyTypes},
		row{"hs_survey_id", "Survey ID", feedback, Number, "", readOnly, "", Text, "", nil},
		row{"hs_survey_channel", "Survey channel", feedback, String, "", readOnly, "", Text, "", nil},
		row{"hs_value", "Rating", feedback, Number, "", readOnly, "", Text, "", nil},
		row{"hs_content", "Answer", feedback, String, "textarea", readOnly, "", Text, "", nil},
		row{"hs_response_group", "Response group", feedback, String, "", readOnly, "", Text, "", nil},
		row{"hs_contact_id", "Contact", feedback, Number, "", readOnly, "", Text, "", nil},
		row{"hs_contact_email_rollup", "Contact's email", feedback, String, "", readOnly, "", Text, "", nil},
	)
}
