package property

const companyInfo = "companyinformation"

// companyRows are the built-in properties of companies.
var companyRows = []row{
	{"hs_object_id", "Record ID", companyInfo, Number, "", readOnly | notNull, "id", Int, "", nil},
	{"name", "Company name", companyInfo, String, "", plain, "name", Text, "", nil},
	{"domain", "Company domain name", companyInfo, String, "", plain, "domain", Text, "domain", nil},
	{"phone", "Phone number", companyInfo, Phone, "", plain, "phone", Text, "", nil},
	{"hubspot_owner_id", "Company owner", companyInfo, Enumeration, "", plain, "owner_id", Ref, ToUser, nil},
	{"hubspot_team_id", "Team", companyInfo, Enumeration, "", plain, "team_id", Ref, ToTeam, nil},
	{"createdate", "Create date", companyInfo, DateTime, "", readOnly | notNull, "created_at", Micros, "", nil},
	{"hs_lastmodifieddate", "Last modified date", companyInfo, DateTime, "", readOnly | notNull, "updated_at", Micros, "", nil},

	{"description", "Description", companyInfo, String, "textarea", plain, "", Text, "", nil},
	{"website", "Website", companyInfo, String, "", plain, "", Text, "", nil},
	{"industry", "Industry", companyInfo, String, "", plain, "", Text, "", nil},
	{"type", "Type", companyInfo, String, "", plain, "", Text, "", nil},
	{"numberofemployees", "Number of employees", companyInfo, Number, "", plain, "", Text, "", nil},
	{"annualrevenue", "Annual revenue", companyInfo, Number, "", plain, "", Text, "currency", nil},
	{"address", "Street address", companyInfo, String, "", plain, "", Text, "", nil},
	{"address2", "Street address 2", companyInfo, String, "", plain, "", Text, "", nil},
	{"city", "City", companyInfo, String, "", plain, "", Text, "", nil},
	{"state", "State", companyInfo, String, "", plain, "", Text, "", nil},
	{"zip", "Postal code", companyInfo, String, "", plain, "", Text, "", nil},
	{"country", "Country", companyInfo, String, "", plain, "", Text, "", nil},
	{"timezone", "Time zone", companyInfo, String, "", plain, "", Text, "", nil},
	{"lifecyclestage", "Lifecycle stage", companyInfo, Enumeration, "", plain, "", Text, "", lifecycleStages},
}
