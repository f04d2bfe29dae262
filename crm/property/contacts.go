package property

const contactInfo = "contactinformation"

var lifecycleStages = []Option{
	{Value: "subscriber", Label: "Subscriber", Order: 0}, {Value: "lead", Label: "Lead", Order: 1},
	{Value: "opportunity", Label: "Opportunity", Order: 2}, {Value: "customer", Label: "Customer", Order: 3},
	{Value: "evangelist", Label: "Evangelist", Order: 4}, {Value: "other", Label: "Other", Order: 5},
}

// contactRows are the built-in properties of contacts.
var contactRows = []row{
	{"hs_object_id", "Record ID", contactInfo, Number, "", readOnly | notNull, "id", Int, "", nil},
	{"email", "Email", contactInfo, String, "", plain, "email", Text, "email", nil},
	{"firstname", "First name", contactInfo, String, "", plain, "firstname", Text, "", nil},
	{"lastname", "Last name", contactInfo, String, "", plain, "lastname", Text, "", nil},
	{"phone", "Phone number", contactInfo, Phone, "", plain, "phone", Text, "", nil},
	{"hubspot_owner_id", "Contact owner", contactInfo, Enumeration, "", plain, "owner_id", Ref, ToUser, nil},
	{"hubspot_team_id", "Team", contactInfo, Enumeration, "", plain, "team_id", Ref, ToTeam, nil},
	{"createdate", "Create date", contactInfo, DateTime, "", readOnly | notNull, "created_at", Micros, "", nil},
	{"lastmodifieddate", "Last modified date", contactInfo, DateTime, "", readOnly | notNull, "updated_at", Micros, "", nil},

	{"hs_additional_emails", "Additional email addresses", contactInfo, String, "", plain, "", Text, "emails", nil},
	{"mobilephone", "Mobile phone number", contactInfo, Phone, "", plain, "", Text, "", nil},
	{"jobtitle", "Job title", contactInfo, String, "", plain, "", Text, "", nil},
	{"company", "Company name", contactInfo, String, "", plain, "", Text, "", nil},
	{"website", "Website", contactInfo, String, "", plain, "", Text, "", nil},
	{"address", "Street address", contactInfo, String, "", plain, "", Text, "", nil},
	{"city", "City", contactInfo, String, "", plain, "", Text, "", nil},
	{"state", "State", contactInfo, String, "", plain, "", Text, "", nil},
	{"zip", "Postal code", contactInfo, String, "", plain, "", Text, "", nil},
	{"country", "Country", contactInfo, String, "", plain, "", Text, "", nil},
	{"hs_language", "Preferred language", contactInfo, String, "", plain, "", Text, "", nil},
	{"hs_timezone", "Time zone", contactInfo, String, "", plain, "", Text, "", nil},
	{"lifecyclestage", "Lifecycle stage", contactInfo, Enumeration, "", plain, "", Text, "", lifecycleStages},
	{"salutation", "Salutation", contactInfo, String, "", plain, "", Text, "", nil},
	{"message", "Message", contactInfo, String, "textarea", plain, "", Text, "", nil},
}

const userInfo = "userinformation"

// userRows are the built-in properties of users: each has a record of the same id, which shows what package people keeps.
func userRows() []row {
	return append(shared("hs_createdate", userInfo),
		row{"hs_searchable_calculated_name", "Name", userInfo, String, "", readOnly, "name", Text, "", nil},
		row{"hs_email", "Email", userInfo, String, "", readOnly, "", Text, "email", nil},
		row{"hs_given_name", "First name", userInfo, String, "", readOnly, "", Text, "", nil},
		row{"hs_family_name", "Last name", userInfo, String, "", readOnly, "", Text, "", nil},
		row{"hs_internal_user_id", "User ID", userInfo, Number, "", readOnly, "", Text, "", nil},
		row{"hs_deactivated", "Deactivated", userInfo, Bool, "", readOnly, "", Text, "", nil},
		row{"hs_standard_time_zone", "Time zone", userInfo, String, "", readOnly, "", Text, "", nil},
		row{"hs_job_title", "Job title", userInfo, String, "", plain, "", Text, "", nil},
		row{"hs_main_phone", "Phone", userInfo, Phone, "", plain, "", Text, "", nil},
		row{"hs_additional_phone", "Additional phone", userInfo, Phone, "", plain, "", Text, "", nil},
	)
}
