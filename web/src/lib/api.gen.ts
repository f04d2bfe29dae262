// Made by scripts/types.mjs from the server's description of its API; do not edit.

export interface components {
    schemas: {
        AddInputBody84602075: {
            /**
             * Format: int64
             * @description Most requests at once; 0 for 5.
             */
            concurrency?: number;
            events: components["schemas"]["WebhooksEvent"][];
            name: string;
            /** @description What requests are signed with, of at least 16 letters; one is made if it is left out. */
            secret?: string;
            /** @description https:// or http://, at a public address. */
            url: string;
        };
        AddInputBodyeaa7486e: {
            address: string;
            kind: string;
            name: string;
            /** @description Of new tickets; empty for the first. */
            pipelineId?: string;
            settings?: {
                [key: string]: string;
            };
            stageId?: string;
        };
        AnswerInputBody35e0c966: {
            allow: boolean;
            client_id: string;
            code_challenge?: string;
            code_challenge_method?: string;
            optional_scope?: string;
            redirect_uri: string;
            scope?: string;
            state?: string;
        };
        AppsApp: {
            clientId: string;
            /** Format: date-time */
            createdAt: string;
            description: string;
            /** @example 48151623 */
            id: string;
            /** @description An admin let it in, and nobody has ended that. */
            installed: boolean;
            /**
             * Format: date-time
             * @description To within a few minutes; null for never.
             */
            lastUsedAt: string | null;
            name: string;
            /** @description Where it may send users back to. */
            redirectUris: string[];
            /** @description What it may ask for. */
            scopes: string[];
        };
        AppsAppBody: {
            /** @description Shown to whoever is to let it in. */
            description?: string;
            name: string;
            /** @description Each https://, or http:// on localhost. */
            redirectUris: string[];
            /** @description Names from /scopes. */
            scopes: string[];
        };
        AppsConsent: {
            description: string;
            /** @description Where the user is sent back to. */
            host: string;
            /** @description The app was let in before. */
            installed: boolean;
            /** @description Of the app. */
            name: string;
            /** @description What the app asks for. */
            scopes: components["schemas"]["AppsScope"][];
        };
        AppsFreshApp: {
            app: components["schemas"]["AppsApp"];
            /** @description It cannot be shown again. */
            clientSecret: string;
            /** @description For managing the app's webhooks. It cannot be shown again. */
            developerKey: string;
        };
        AppsRedirect: {
            url: string;
        };
        AppsScope: {
            /** @description What it lets an app do. */
            does: string;
            name: string;
        };
        AppsSecret: {
            /** @description It cannot be shown again. */
            secret: string;
        };
        AuditEntry: {
            /** @description The category, a dot, what was done. */
            action: string;
            /** @example 48151623 */
            actorId: string | null;
            /** @enum {string} */
            actorKind: "user" | "app" | "system" | "automation" | "import" | "channel" | "contact";
            actorName: string;
            /** @description Where they asked from; empty for the program itself. */
            address: string;
            /** Format: date-time */
            at: string;
            category: string;
            /** @description What changed, and to what. */
            detail: {
                [key: string]: string;
            };
            /** @example 48151623 */
            id: string;
            /** @example 48151623 */
            objectId: string | null;
            objectName: string;
            objectType: string;
        };
        AutomationStruct6f88dfab: {
            customerReplies?: components["schemas"]["PipelinesTrigger"];
            emailSent?: components["schemas"]["PipelinesTrigger"];
        };
        ChangeInputBody2f8ecce2: {
            /** @description BCP 47. */
            locale?: string;
            name?: string;
            /** @description Replaces what was kept; at most 64 KB of JSON. */
            preferences?: {
                [key: string]: unknown;
            };
            /** @description IANA name. */
            timeZone?: string;
        };
        ChangeInputBody56a08963: {
            active?: boolean;
            address?: string;
            name?: string;
            pipelineId?: string;
            settings?: {
                [key: string]: string;
            };
            stageId?: string;
        };
        ChangeInputBody8234de08: {
            properties: {
                [key: string]: string;
            };
        };
        ChangeInputBodyc70096ff: {
            automation?: components["schemas"]["AutomationStruct6f88dfab"];
            label?: string;
        };
        ChannelsAppChannel: {
            /** @description Its app has a page on which an account is connected; else the app connects accounts by itself. */
            connects: boolean;
            description: string;
            /** @example 48151623 */
            id: string;
            name: string;
        };
        ChannelsAside: {
            /** Format: int64 */
            attempts: number;
            /** @example 48151623 */
            channelId: string;
            /** @description In plain words. */
            error: string;
            /** @description As far as it could be read. */
            from: string;
            /** @example 48151623 */
            id: string;
            /** Format: date-time */
            receivedAt: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            subject: string;
        };
        ChannelsChannel: {
            /** @description False while it is paused. */
            active: boolean;
            address: string;
            /** @description The one that a fresh installation has. */
            builtin: boolean;
            health: components["schemas"]["ChannelsHealth"];
            /** @example 48151623 */
            id: string;
            kind: string;
            name: string;
            /** @description Of new tickets; empty for the first. */
            pipelineId: string;
            /** @description Names of the secrets that are kept. */
            secretsSet: string[];
            /** @description Secrets are empty. */
            settings: {
                [key: string]: string;
            };
            stageId: string;
        };
        ChannelsChoice: {
            label: string;
            value: string;
        };
        ChannelsDeadJob: {
            /**
             * Format: date-time
             * @description Of the newest failure.
             */
            at: string;
            /** Format: int64 */
            attempts: number;
            error: string;
            /** @example 48151623 */
            id: string;
            kind: string;
        };
        ChannelsElsewhere: {
            /** @description A page of the app. The app sends the admin back to the settings of channels. */
            url: string;
        };
        ChannelsHeader: {
            name: string;
            value: string;
        };
        ChannelsHealth: {
            /** Format: date-time */
            failingSince: string | null;
            lastError: string | null;
            /** Format: date-time */
            lastSuccessAt: string | null;
            /**
             * @description idle: nothing came in yet.
             * @enum {string}
             */
            state: "ok" | "failing" | "idle";
        };
        ChannelsKept: {
            /** Format: date-time */
            at: string;
            from: string;
            /** @example 48151623 */
            id: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            subject: string;
            /** @example 48151623 */
            ticketId: string | null;
            /** @description Every recipient, Cc and Bcc too. */
            to: string[];
        };
        ChannelsKeptMail: {
            /** Format: date-time */
            at: string;
            from: string;
            /** @description In their order. */
            headers: components["schemas"]["ChannelsHeader"][];
            /** @description Harmless; empty for a mail without HTML. */
            html: string;
            /** @example 48151623 */
            id: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            subject: string;
            text: string;
            /** @example 48151623 */
            ticketId: string | null;
            /** @description Every recipient, Cc and Bcc too. */
            to: string[];
        };
        ChannelsKind: {
            /** @description Apps connect its accounts: nobody does it by a form. */
            byApps: boolean;
            label: string;
            limits: components["schemas"]["ChannelsLimits"];
            name: string;
            /** @description The fields of its form, in order. */
            settings: components["schemas"]["ChannelsSetting"][];
        };
        ChannelsLimits: {
            attachments: boolean;
            /** @description Cc and Bcc. */
            copyRecipients: boolean;
            html: boolean;
            /** Format: int64 */
            maxBytes: number;
            /**
             * Format: double
             * @description How long after the contact's message it can be answered; 0 for ever.
             */
            replyWindowHours: number;
            subject: boolean;
        };
        ChannelsOutcome: {
            /** @description In plain words, what is wrong or that nothing is. */
            message: string;
            ok: boolean;
        };
        ChannelsSetting: {
            choices: components["schemas"]["ChannelsChoice"][];
            default: string;
            help: string;
            label: string;
            name: string;
            required: boolean;
            /** @enum {string} */
            type: "text" | "secret" | "number" | "choice" | "switch";
            /** @description Shown only while name=value holds of another setting; empty for always. */
            when: string;
        };
        CommentInputBody6cb1797d: {
            attachmentIds?: string[];
            html: string;
            mentions?: components["schemas"]["ConversationMentions"];
        };
        ContactsContact: {
            /** @description The primary one first. */
            companies: components["schemas"]["RowCompany"][];
            email: string;
            /** @example 48151623 */
            id: string;
            /** @description The e-mail address where no name is known. */
            name: string;
            phone: string;
            /** @description All that have a value, as HubSpot's strings. */
            properties: {
                [key: string]: string;
            };
            /** @description The newest 50. */
            tickets: components["schemas"]["RowTicket"][];
        };
        ContactsListed: {
            /** @description Of the primary company, else the first. */
            companyName: string | null;
            email: string;
            /** @example 48151623 */
            id: string;
            /** @description The e-mail address where no name is known. */
            name: string;
            phone: string;
        };
        ContactsPropertiesBody: {
            properties: {
                [key: string]: string;
            };
        };
        ConversationActor: {
            /** @enum {string} */
            kind: "user" | "contact" | "system" | "automation" | "app" | "channel" | "import";
            name: string;
            /** @example 48151623 */
            userId: string | null;
        };
        ConversationAttachment: {
            /** @description By which the HTML shows it: cid:… */
            contentId: string | null;
            contentType: string;
            /** @example 48151623 */
            id: string;
            /** @description Part of the text. */
            inline: boolean;
            name: string;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            url: string;
        };
        ConversationAuth: {
            dkim: string;
            dmarc: string;
            spf: string;
        };
        ConversationAuthor: {
            name: string;
            /** @example 48151623 */
            userId: string | null;
        };
        ConversationChange: {
            /** @description How a number is read, as the property says it; empty for all else. */
            format: string;
            from: string;
            fromLabel: string;
            label: string;
            property: string;
            to: string;
            toLabel: string;
        };
        ConversationDelivery: {
            /** Format: int64 */
            attempts: number;
            /** @description In plain words. */
            error: string | null;
            /** Format: date-time */
            nextTryAt: string | null;
            /** @description Its channel keeps mail in the outbox and sends none. */
            outbox: boolean;
            /** Format: date-time */
            sentAt: string | null;
            /** @enum {string} */
            state: "received" | "queued" | "sending" | "sent" | "failed" | "read";
        };
        ConversationDraft: {
            attachments: components["schemas"]["ConversationAttachment"][];
            bcc: components["schemas"]["WireAddress"][];
            cc: components["schemas"]["WireAddress"][];
            /** @example 48151623 */
            channelId: string | null;
            html: string;
            /**
             * @description The newest item that the author saw.
             * @example 48151623
             */
            seen: string | null;
            /** @example 48151623 */
            threadId: string | null;
            to: components["schemas"]["WireAddress"][];
            /** Format: date-time */
            updatedAt: string;
        };
        ConversationDrafts: {
            comment: components["schemas"]["ConversationDraft"] | null;
            reply: components["schemas"]["ConversationDraft"] | null;
        };
        ConversationItem: {
            actor?: components["schemas"]["ConversationActor"];
            /** Format: date-time */
            at: string;
            attachments?: components["schemas"]["ConversationAttachment"][];
            auth?: components["schemas"]["ConversationAuth"];
            author?: components["schemas"]["ConversationAuthor"];
            bcc?: components["schemas"]["WireAddress"][];
            cc?: components["schemas"]["WireAddress"][];
            changes?: components["schemas"]["ConversationChange"][];
            delivery?: components["schemas"]["ConversationDelivery"];
            /** @enum {string} */
            direction?: "in" | "out";
            from?: components["schemas"]["ConversationSender"];
            /** @description It can be downloaded as it came or went. */
            hasOriginal?: boolean;
            /** @description It repeats what was said before. */
            hasQuote?: boolean;
            /** @description Harmless; quoted history and signature folded in details; pictures of other sites have data-remote-src instead of src. */
            html?: string;
            /**
             * @description Later things have higher ids.
             * @example 48151623
             */
            id: string;
            /** @enum {string} */
            kind: "message" | "comment" | "event";
            mentions?: components["schemas"]["ConversationMentions"];
            /** @enum {string} */
            nature?: "message" | "auto_reply" | "bulk" | "bounce" | "report";
            /** @description Why the program did it. */
            reason?: string | null;
            /**
             * Format: int64
             * @description Pictures of other sites in it.
             */
            remoteImages?: number;
            subject?: string;
            text?: string;
            /** @example 48151623 */
            threadId?: string;
            to?: components["schemas"]["WireAddress"][];
            /** @description created, changed, assigned, archived, restored. */
            type?: string;
            /** @description Plain text of what is new in it. */
            visible?: string;
        };
        ConversationMentions: {
            teams?: string[];
            users?: string[];
        };
        ConversationPage: {
            /**
             * @description Send it as before for what is older; null when there is nothing.
             * @example 48151623
             */
            before: string | null;
            /** @description The oldest first. */
            items: components["schemas"]["ConversationItem"][];
        };
        ConversationSender: {
            /** @example 48151623 */
            contactId: string | null;
            email: string;
            name: string;
            /** @description HS_PHONE_NUMBER or CHANNEL_SPECIFIC_OPAQUE_ID where it is no e-mail address. */
            type?: string;
            /** @example 48151623 */
            userId: string | null;
        };
        DraftInputBodybe072b25: {
            attachmentIds?: string[];
            bcc?: components["schemas"]["WireAddress"][];
            cc?: components["schemas"]["WireAddress"][];
            /** @example 48151623 */
            channelId?: string | null;
            html: string;
            /** @example 48151623 */
            seen?: string | null;
            /** @example 48151623 */
            threadId?: string | null;
            to?: components["schemas"]["WireAddress"][];
        } & {
            [key: string]: unknown;
        };
        ExportsExport: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description Of them, those that are written, or are not there any more.
             */
            done: number;
            /** Format: date-time */
            endedAt: string | null;
            /** @enum {string} */
            format: "CSV" | "XLSX";
            /** @description The file can be fetched. */
            hasFile: boolean;
            /** @example 48151623 */
            id: string;
            name: string;
            objectType: string;
            /**
             * Format: int64
             * @description Records that were written.
             */
            records: number;
            /** @description Why it failed. */
            says: string;
            /** @enum {string} */
            state: "ENQUEUED" | "PROCESSING" | "DONE" | "FAILED" | "CANCELED";
            /**
             * Format: int64
             * @description Records that matched when it began.
             */
            total: number;
        };
        FilterFilter: {
            highValue?: string;
            operator: string;
            propertyName: string;
            value?: string;
            values?: string[];
        };
        FilterGroup: {
            filters: components["schemas"]["FilterFilter"][];
        };
        GroupInputBodye8c24c63: {
            /** Format: int64 */
            displayOrder?: number | null;
            label?: string | null;
        };
        ImportsImport: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            created: number;
            /**
             * Format: int64
             * @description Rows, or parts of them, that were refused.
             */
            errors: number;
            /** @example 48151623 */
            id: string;
            name: string;
            /**
             * Format: int64
             * @description Rows that were read.
             */
            rows: number;
            /** @description Why it failed. */
            says: string;
            /**
             * @description DEFERRED while it is being undone.
             * @enum {string}
             */
            state: "STARTED" | "PROCESSING" | "DONE" | "FAILED" | "CANCELED" | "DEFERRED" | "REVERTED";
            /** Format: int64 */
            updated: number;
        };
        Item076d1f85: {
            /** @description Of a status to keep; none for a new one. */
            id?: string;
            label: string;
            /** @enum {string} */
            state: "OPEN" | "CLOSED";
        };
        MergeInputBody16efbceb: {
            /**
             * @description The record that ends up in this one.
             * @example 48151623
             */
            otherId: string;
        };
        MergesMerge: {
            /** Format: date-time */
            at: string;
            /** @example 48151623 */
            id: string;
            /**
             * @description The one that answers as it now.
             * @example 48151623
             */
            mergedId: string;
            /**
             * @description The record that stayed.
             * @example 48151623
             */
            primaryId: string;
            /** @description It is too old to be undone. */
            settled: boolean;
        };
        MoveStruct81d96f60: {
            pipelineId: string;
            /** @description For each status of the deleted pipeline that holds tickets, the status they go to. */
            stages: {
                [key: string]: string;
            };
        };
        NewGroupInputBodya55ab65b: {
            /**
             * Format: int64
             * @default -1
             */
            displayOrder?: number;
            label: string;
            name: string;
        };
        NewInputBody60f25f97: {
            companyIds?: string[];
            /** @description The first is the primary one. */
            contactIds?: string[];
            /** @description subject and hs_pipeline_stage are needed. */
            properties: {
                [key: string]: string;
            };
        };
        NewUserBodyebec7172: {
            /** @description With which the user signs in; no two users share one. */
            email: string;
            /** @example 48151623 */
            mainTeamId?: string | null;
            name: string;
            /** @description At least 8 characters. */
            password: string;
            /**
             * @default service
             * @enum {string}
             */
            seat?: "service" | "view";
            superAdmin?: boolean;
            teamIds?: string[];
        };
        NotificationsList: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["NotificationsNotification"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
            /**
             * Format: int64
             * @description Of all pages.
             */
            unread: number;
        };
        NotificationsNotification: {
            /** Format: date-time */
            at: string;
            body: string;
            /** @example 48151623 */
            id: string;
            /** @enum {string} */
            kind: "assigned" | "mention" | "reply" | "delivery_failed" | "channel_down" | "usage_report" | "webhook_paused";
            read: boolean;
            /** @example 48151623 */
            ticketId: string | null;
            title: string;
        };
        NotificationsUnread: {
            /** Format: int64 */
            unread: number;
        };
        OrderInputBody2de7370c: {
            /** @description Every pipeline once. */
            ids: string[];
        };
        PeopleFreshToken: {
            /** @example 48151623 */
            id: string;
            name: string;
            /** @description The secret. It cannot be shown again. */
            token: string;
        };
        PeopleScope: {
            /** @description What it lets an app do. */
            does: string;
            name: string;
        };
        PeopleTeam: {
            /** @description Active users who belong to it besides their main team. */
            extraMemberIds: string[];
            /** @example 48151623 */
            id: string;
            /** @description Active users whose main team it is. */
            mainMemberIds: string[];
            name: string;
        };
        PeopleTeamBody: {
            /** @description No two teams share one. */
            name: string;
        };
        PeopleToken: {
            /** @description It may do everything. */
            allScopes: boolean;
            /** Format: date-time */
            createdAt: string;
            /** @description It has a client secret, with which its webhooks are signed. */
            hasClientSecret: boolean;
            /** @example 48151623 */
            id: string;
            /**
             * Format: date-time
             * @description To within a few minutes; null for never.
             */
            lastUsedAt: string | null;
            name: string;
            /** @description What it may do when it may not do everything; HubSpot's names. */
            scopes: string[];
        };
        PeopleTokenBody: {
            /** @description It may do everything; so it may when no scopes are sent. */
            allScopes?: boolean;
            /** @description What it is for. */
            name: string;
            /** @description What it may do: names from /scopes. */
            scopes?: string[];
        };
        PeopleUser: {
            /** @description Inactive users cannot sign in and get no tickets. */
            active: boolean;
            email: string;
            /** @example 48151623 */
            id: string;
            /**
             * Format: date-time
             * @description To within a few minutes.
             */
            lastSeenAt: string | null;
            /** @example 48151623 */
            mainTeamId: string | null;
            name: string;
            /**
             * Format: int64
             * @description Open tickets that the user owns.
             */
            openTickets: number;
            /**
             * @description service works tickets, view only looks.
             * @enum {string}
             */
            seat: "service" | "view";
            superAdmin: boolean;
            /** @description Every team, the main one included. */
            teamIds: string[];
        };
        PipelinesAutomation: {
            /** @description When a customer replies. */
            customerReplies: components["schemas"]["PipelinesTrigger"];
            /** @description When a user sends an e-mail to a customer. */
            emailSent: components["schemas"]["PipelinesTrigger"];
        };
        PipelinesClearing: {
            /** Format: int64 */
            done: number;
            /** @description Why it stopped; ask again to go on. */
            problem?: string;
            /**
             * Format: int64
             * @description As it was in the beginning.
             */
            total: number;
        };
        PipelinesLabelBody: {
            /** @description No two pipelines share one. */
            label: string;
        };
        PipelinesPipeline: {
            automation: components["schemas"]["PipelinesAutomation"];
            /** @description There while a job takes tickets out of it, or out of a status, so that it can go. */
            clearing?: components["schemas"]["PipelinesClearing"];
            /** Format: int64 */
            displayOrder: number;
            id: string;
            label: string;
            /** @description In their order. */
            stages: components["schemas"]["PipelinesStage"][];
            /** Format: int64 */
            ticketCount: number;
        };
        PipelinesStage: {
            /** Format: int64 */
            displayOrder: number;
            /** @description Never changes. */
            id: string;
            label: string;
            /**
             * @description Whether tickets in it are open or closed.
             * @enum {string}
             */
            state: "OPEN" | "CLOSED";
            /** Format: int64 */
            ticketCount: number;
        };
        PipelinesTrigger: {
            on: boolean;
            /** @description The status that it sets; may be empty while it is off. */
            stageId?: string;
        };
        PropertiesAccess: {
            edit?: components["schemas"]["PropertiesChosen"];
            view?: components["schemas"]["PropertiesChosen"];
        };
        PropertiesChange: {
            access?: components["schemas"]["PropertiesAccess"];
            calculationFormula?: string | null;
            description?: string | null;
            /** Format: int64 */
            displayOrder?: number | null;
            fieldType?: string | null;
            format?: string | null;
            formField?: boolean | null;
            groupName?: string | null;
            hidden?: boolean | null;
            label?: string | null;
            /** @description All of them: those that are not named go. */
            options?: components["schemas"]["PropertiesChoice"][];
            rollup?: components["schemas"]["PropertiesRollup"];
            rules?: components["schemas"]["PropertiesRule"][];
        };
        PropertiesChoice: {
            color?: string;
            description?: string;
            /** Format: int64 */
            displayOrder?: number;
            /** @description Not offered any more, but still on records. */
            hidden?: boolean;
            label: string;
            value: string;
        };
        PropertiesChosen: {
            teamIds?: string[];
            userIds?: string[];
        };
        PropertiesDefinition: {
            access: components["schemas"]["PropertiesAccess"];
            archived: boolean;
            calculationFormula: string;
            /** Format: date-time */
            createdAt: string | null;
            /** @example 48151623 */
            createdBy: string | null;
            /** @description Made by the account; others are built in and cannot be deleted. */
            custom: boolean;
            /** @enum {string} */
            dataSensitivity: "non_sensitive" | "sensitive" | "highly_sensitive";
            description: string;
            /**
             * Format: int64
             * @description Within its group; -1 is after all others.
             */
            displayOrder: number;
            /** @description HubSpot's; html is rich text, file holds ids of files, calculation_equation has a formula, calculation_rollup a rollup. */
            fieldType: string;
            /** @description Of a string: email, url, domain; of a number: formatted, currency, percent, duration, probability; or empty. */
            format: string;
            formField: boolean;
            groupName: string;
            hidden: boolean;
            label: string;
            name: string;
            options: components["schemas"]["PropertiesChoice"][];
            /** @description Of bringing the records that are there up to date, where that was needed. */
            progress?: components["schemas"]["PropertiesProgress"];
            /** @description Nobody enters its values. */
            readOnly: boolean;
            /** @description OWNER for a user, TEAM for a team, or empty. */
            references: string;
            rollup?: components["schemas"]["PropertiesRollup"];
            rules: components["schemas"]["PropertiesRule"][];
            /** @enum {string} */
            type: "string" | "number" | "date" | "datetime" | "bool" | "enumeration" | "phone_number";
            /** @description No two records share a value. */
            unique: boolean;
            /** Format: date-time */
            updatedAt: string | null;
            /** @example 48151623 */
            updatedBy: string | null;
        };
        PropertiesGroup: {
            /** @description Made by the account; others cannot be deleted. */
            custom: boolean;
            /**
             * Format: int64
             * @description -1 is after all others.
             */
            displayOrder: number;
            label: string;
            name: string;
        };
        PropertiesNewDefinition: {
            access?: components["schemas"]["PropertiesAccess"];
            calculationFormula?: string | null;
            /** @enum {string} */
            dataSensitivity?: "non_sensitive" | "sensitive" | "highly_sensitive";
            description?: string | null;
            /** Format: int64 */
            displayOrder?: number | null;
            fieldType?: string | null;
            format?: string | null;
            formField?: boolean | null;
            groupName?: string | null;
            hidden?: boolean | null;
            label?: string | null;
            /** @description Internal name: a-z, 0-9 and _; never changes. */
            name: string;
            /** @description All of them: those that are not named go. */
            options?: components["schemas"]["PropertiesChoice"][];
            /** @enum {string} */
            references?: "OWNER" | "TEAM";
            rollup?: components["schemas"]["PropertiesRollup"];
            rules?: components["schemas"]["PropertiesRule"][];
            /** @enum {string} */
            type: "string" | "number" | "date" | "datetime" | "bool" | "enumeration" | "phone_number";
            unique?: boolean;
        };
        PropertiesOption: {
            color?: string;
            /** @description Not offered any more, but still on records. */
            hidden: boolean;
            label: string;
            value: string;
        };
        PropertiesProgress: {
            /** Format: int64 */
            done: number;
            finished: boolean;
            /** Format: int64 */
            total: number;
        };
        PropertiesProperty: {
            /** @description Of an amount: the property that holds its currency's code; empty for none. */
            currency: string;
            description: string;
            /** @description HubSpot's: text, textarea, select, radio, checkbox, booleancheckbox, date, number … */
            fieldType: string;
            /** @description Of a number: formatted, currency, percent and probability (1 is 100 %), duration (milliseconds), or empty for a plain one; of a string: email, url, domain, or empty. */
            format: string;
            groupName: string;
            label: string;
            name: string;
            /** @description Of an enumeration, in order; users, teams, pipelines and statuses too. */
            options: components["schemas"]["PropertiesOption"][];
            readOnly: boolean;
            /** @description A new record needs it. */
            required: boolean;
            /** @enum {string} */
            type: "string" | "number" | "date" | "datetime" | "bool" | "enumeration" | "phone_number";
        };
        PropertiesRollup: {
            /**
             * Format: int64
             * @description Of the association; 0 is any.
             */
            associationTypeId?: number;
            /** @description Which of them count; none is all. */
            filterGroups?: components["schemas"]["FilterGroup"][];
            /** @enum {string} */
            how: "count" | "sum" | "min" | "max" | "average";
            /** @description Their object type. */
            of: string;
            /** @description Of theirs; none for a count. */
            property?: string;
        };
        PropertiesRule: {
            arguments: string[];
            /** @description Bring a value into form first, where the rule can. */
            normalize?: boolean;
            /** @description HubSpot's: MAX_LENGTH, REGEX, MIN_NUMBER … */
            type: string;
        };
        ReadInputBody9c7f97c9: {
            /** @description All of them, whatever ids says. */
            all?: boolean;
            ids?: string[];
        };
        RemoveInputBody1d0ccd20: {
            /** @description Its tickets go to the trash. */
            deleteTickets?: boolean;
            /** @description Where its tickets go. */
            move?: components["schemas"]["MoveStruct81d96f60"];
        };
        RenameInputBody57f5034b: {
            /** @description The option's value. */
            from: string;
            /** @description What it is from now on. */
            to: string;
        };
        ReplayInputBodyb2dad3fe: {
            /** @description All that were given up. */
            failed?: boolean;
            /**
             * Format: date-time
             * @description Requests made since; with failed, of those given up alone.
             */
            from?: string | null;
            /** @description These requests, whatever became of them. */
            ids?: string[];
            /**
             * Format: date-time
             * @description Requests made before.
             */
            to?: string | null;
        };
        ReplyInputBody93b8fb08: {
            attachmentIds?: string[];
            bcc?: components["schemas"]["WireAddress"][];
            cc?: components["schemas"]["WireAddress"][];
            /**
             * @description Without it the thread's.
             * @example 48151623
             */
            channelId?: string | null;
            html: string;
            /**
             * @description The newest item that the author saw: with a newer one by somebody else it is refused with THREAD_ADVANCED.
             * @example 48151623
             */
            seen?: string | null;
            /** @description A status to set with it. */
            stageId?: string | null;
            /** @description Without it the thread's. */
            subject?: string;
            /**
             * @description Without it the ticket's newest thread, or a new one.
             * @example 48151623
             */
            threadId?: string | null;
            /** @description Nobody in to, cc and bcc answers everybody on the newest message. */
            to?: components["schemas"]["WireAddress"][];
        };
        RowCompany: {
            domain: string;
            /** @example 48151623 */
            id: string;
            name: string;
        };
        RowContact: {
            email: string;
            /** @example 48151623 */
            id: string;
            /** @description The e-mail address where no name is known. */
            name: string;
        };
        RowTicket: {
            /** @description Values joined by ; or empty. */
            category: string;
            /** @description Kind of channel that it came by; null for a ticket made by hand. */
            channelKind: string | null;
            closed: boolean;
            contact: components["schemas"]["RowContact"] | null;
            /** Format: date-time */
            createdAt: string;
            /** @description The user has an unsent reply or comment. */
            hasDraft: boolean;
            /** @example 48151623 */
            id: string;
            /**
             * Format: date-time
             * @description Of the newest message; of the ticket while there is none.
             */
            lastMessageAt: string;
            /** @enum {string|null} */
            lastMessageFrom: "contact" | "user" | null;
            /** @example 48151623 */
            ownerId: string | null;
            pipelineId: string;
            /** @description How the newest message begins. */
            preview: string;
            /** @description LOW, MEDIUM, HIGH, URGENT or empty. */
            priority: string;
            /** Format: date-time */
            snoozedUntil: string | null;
            stageId: string;
            subject: string;
            /** @example 48151623 */
            teamId: string | null;
            /** @description The contact wrote since the user last looked, or the user never did. */
            unread: boolean;
            /** Format: date-time */
            updatedAt: string;
        };
        SearchInputBody6dcd3609: {
            after?: string;
            /** @description HubSpot's filter groups: of several, one must hold. */
            filterGroups?: components["schemas"]["FilterGroup"][];
            /** Format: int64 */
            limit?: number;
            /** @description Words of the name, of how the newest message begins, of the primary contact, or the id; all must occur, in any case. */
            query?: string;
            /** @description As sort of a view's tickets. */
            sorts?: string[];
            /** @description Leave out the total of the first page, whose cost grows with what matches. */
            uncounted?: boolean;
            /** @description Only tickets of this view. */
            view?: string;
        };
        SessionAccount: {
            domain: string;
            /** @description Without one, mail that leaves is kept in the outbox. */
            hasMailServer: boolean;
            name: string;
            /** @description Where customers write to; empty when no mailbox is connected. */
            supportAddress: string;
        };
        SessionMe: {
            account: components["schemas"]["SessionAccount"];
            /** @description Colour behind the initials, #rrggbb; always the same for a user. */
            avatarColor: string;
            email: string;
            /** @example 48151623 */
            id: string;
            /**
             * @description An app has no e-mail, teams and preferences.
             * @enum {string}
             */
            kind: "user" | "app";
            /** @description BCP 47. */
            locale: string;
            /** @example 48151623 */
            mainTeamId: string | null;
            name: string;
            /** @description What they may do beyond records. */
            permissions: string[];
            /** @description Free JSON: density, theme, listColumns and what else the pages keep. */
            preferences: unknown;
            /** @description What an app may do, when it may not do everything. */
            scopes: string[];
            /** @enum {string} */
            seat: "service" | "view";
            superAdmin: boolean;
            /** @description Every team, the main one included. */
            teamIds: string[];
            /** @description IANA name. */
            timeZone: string;
            /** @description Of the program. */
            version: string;
        };
        SessionSetup: {
            /** @description True until the first user exists. */
            needed: boolean;
        };
        SetupInputBodydf8566d1: {
            /** @description Name of the company. */
            company: string;
            /** @description Mail for support at this domain comes to the help desk. */
            domain: string;
            email: string;
            /** @description Name of the first admin. */
            name: string;
            /** @description At least 8 characters. */
            password: string;
            /** @description IANA name, such as Europe/Amsterdam; UTC without it. */
            timeZone?: string;
        };
        SignInInputBody5803990a: {
            email: string;
            password: string;
        };
        SnoozeInputBodye3e26926: {
            /**
             * Format: date-time
             * @description In the future.
             */
            until: string;
        };
        StagesInputBodya25a790c: {
            /** @description Where the tickets of a deleted status go: its id to that of a status that stays. */
            moves?: {
                [key: string]: string;
            };
            /** @description All statuses in their order; those left out are deleted. */
            stages: components["schemas"]["Item076d1f85"][];
        };
        StartInputBody46da7045: {
            /** @description HubSpot's filter groups: of several, one must hold. */
            filterGroups?: components["schemas"]["FilterGroup"][];
            /**
             * @default CSV
             * @enum {string}
             */
            format?: "CSV" | "XLSX";
            /** @description What the file is called. */
            name?: string;
            /** @default tickets */
            objectType?: string;
            /** @description Names of the properties that become columns; of tickets those of the list when absent. */
            properties?: string[];
            /** @description As in a search of tickets. */
            query?: string;
            /** @description As sort of a view's tickets. */
            sorts?: string[];
            /** @description Only tickets of this view. */
            view?: string;
        };
        TestInputBody649a0751: {
            /** @description Changed ones; the others are as they were saved. */
            settings?: {
                [key: string]: string;
            };
        };
        TestNewInputBody4876074c: {
            address: string;
            kind: string;
            name?: string;
            settings?: {
                [key: string]: string;
            };
        };
        TicketsCan: {
            delete: boolean;
            edit: boolean;
            reply: boolean;
        };
        TicketsContact: {
            email: string;
            /** @example 48151623 */
            id: string;
            /** @description The e-mail address where no name is known. */
            name: string;
            phone: string;
            /** @description The one whom the ticket is with. */
            primary: boolean;
        };
        TicketsReplyChannel: {
            address: string;
            /** @example 48151623 */
            channelId: string;
            kind: string;
            name: string;
        };
        TicketsThread: {
            channelAddress: string;
            /** @example 48151623 */
            channelId: string;
            channelKind: string;
            /** @example 48151623 */
            contactId: string | null;
            /** @example 48151623 */
            id: string;
            /** Format: date-time */
            lastInboundAt: string | null;
            participants: components["schemas"]["WireAddress"][];
            /** @description Who gets a copy of it. */
            replyCc: components["schemas"]["WireAddress"][];
            /** @description Whom a reply goes to unless its author says otherwise. */
            replyTo: components["schemas"]["WireAddress"][];
            subject: string;
        };
        TicketsTicket: {
            can: components["schemas"]["TicketsCan"];
            closed: boolean;
            companies: components["schemas"]["RowCompany"][];
            contacts: components["schemas"]["TicketsContact"][];
            /** @description The user is told of what happens; owners are unless they unfollow. */
            following: boolean;
            /** @example 48151623 */
            id: string;
            /** @description All that have a value, as HubSpot's strings. */
            properties: {
                [key: string]: string;
            };
            /** @description By which a message can be sent. */
            replyChannels: components["schemas"]["TicketsReplyChannel"][];
            /**
             * @description Id of the newest event of the ticket: it grows with each change.
             * @example 48151623
             */
            rev: string;
            /** Format: date-time */
            snoozedUntil: string | null;
            /** @description The oldest first. */
            threads: components["schemas"]["TicketsThread"][];
            unread: boolean;
        };
        TrashRecord: {
            /** Format: date-time */
            deletedAt: string;
            /** @example 48151623 */
            id: string;
            name: string;
        };
        UserChangeBodydbec3a2a: {
            active?: boolean;
            /** @description Must be the present one: an e-mail cannot be changed yet. */
            email?: string;
            /**
             * @description null for none.
             * @example 48151623
             */
            mainTeamId?: string | null;
            name?: string;
            password?: string;
            /** @enum {string} */
            seat?: "service" | "view";
            superAdmin?: boolean;
            /** @description All teams; the main one is added by itself. */
            teamIds?: string[];
        };
        ViewsCounts: {
            /** @description By the view's id. */
            counts: {
                [key: string]: number;
            };
        };
        ViewsView: {
            icon: string;
            id: string;
            /** @enum {string} */
            kind: "default";
            name: string;
        };
        WebhooksDelivery: {
            /** @description How the answer began. */
            answer: string;
            /** Format: date-time */
            attemptedAt: string | null;
            /** Format: int64 */
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            /** @description Why there was no answer, in plain words. */
            error: string;
            /**
             * Format: int64
             * @description How many are in it.
             */
            events: number;
            /**
             * @description The webhook sees it as X-Deskbell-Delivery.
             * @example 48151623
             */
            id: string;
            /** @enum {string} */
            state: "waiting" | "delivered" | "failed" | "replayed";
            /**
             * Format: int64
             * @description What the webhook answered; 0 for nothing.
             */
            status: number;
            /** Format: double */
            tookMillis: number;
            /** @description What they are, for people. */
            types: string;
        };
        WebhooksEvent: {
            /** @description One of /webhooks/event-types, such as ticket.creation. */
            eventType: string;
            /** @description Of object.* alone: 2-7. */
            objectTypeId?: string;
            /** @description Of *.propertyChange alone; empty for any. */
            propertyName?: string;
        };
        WebhooksFreshWebhook: {
            /** @description It cannot be shown again. */
            secret: string;
            webhook: components["schemas"]["WebhooksWebhook"];
        };
        WebhooksSecret: {
            /** @description It cannot be shown again. */
            secret: string;
        };
        WebhooksSent: {
            /** @description How the answer began. */
            answer: string;
            /** Format: date-time */
            attemptedAt: string | null;
            /** Format: int64 */
            attempts: number;
            /** @description What was sent last, or is to be sent: JSON. */
            body: string;
            /** Format: date-time */
            createdAt: string;
            /** @description Why there was no answer, in plain words. */
            error: string;
            /**
             * Format: int64
             * @description How many are in it.
             */
            events: number;
            /**
             * @description The webhook sees it as X-Deskbell-Delivery.
             * @example 48151623
             */
            id: string;
            /** @enum {string} */
            state: "waiting" | "delivered" | "failed" | "replayed";
            /**
             * Format: int64
             * @description What the webhook answered; 0 for nothing.
             */
            status: number;
            /** Format: double */
            tookMillis: number;
            /** @description What they are, for people. */
            types: string;
        };
        WebhooksWebhook: {
            /**
             * @description The app it is of, OAuth or private; null for one that an admin made.
             * @example 48151623
             */
            appId: string | null;
            /**
             * Format: int64
             * @description Most requests at once.
             */
            concurrency: number;
            /** Format: date-time */
            createdAt: string;
            events: components["schemas"]["WebhooksEvent"][];
            /**
             * Format: date-time
             * @description Nothing was taken since; null when all is well.
             */
            failingSince: string | null;
            /** @example 48151623 */
            id: string;
            /** @description The newest request; missing for none in 30 days. */
            lastDelivery?: components["schemas"]["WebhooksDelivery"];
            name: string;
            /** @description Why it was paused by itself; empty for by hand. */
            pausedWhy: string;
            /** @enum {string} */
            state: "active" | "paused";
            /** Format: date-time */
            updatedAt: string;
            /** @description Empty for an app that has said no address. */
            url: string;
            /**
             * Format: int64
             * @description Events that are in no request yet, counted up to 1,000.
             */
            waiting: number;
        };
        WebhooksWebhookBody: {
            /**
             * Format: int64
             * @description Most requests at once; 0 for 5.
             */
            concurrency?: number;
            events: components["schemas"]["WebhooksEvent"][];
            name: string;
            /** @description https:// or http://, at a public address. */
            url: string;
        };
        WireAddress: {
            /** @description The e-mail address, or the identifier that type names. */
            email: string;
            name?: string;
            /** @description HS_PHONE_NUMBER or CHANNEL_SPECIFIC_OPAQUE_ID where it is no e-mail address. */
            type?: string;
        };
        WireListApp: {
            results: components["schemas"]["AppsApp"][];
        };
        WireListAppChannel: {
            results: components["schemas"]["ChannelsAppChannel"][];
        };
        WireListAside: {
            results: components["schemas"]["ChannelsAside"][];
        };
        WireListChannel: {
            results: components["schemas"]["ChannelsChannel"][];
        };
        WireListDeadJob: {
            results: components["schemas"]["ChannelsDeadJob"][];
        };
        WireListDefinition: {
            results: components["schemas"]["PropertiesDefinition"][];
        };
        WireListGroup: {
            results: components["schemas"]["PropertiesGroup"][];
        };
        WireListKind: {
            results: components["schemas"]["ChannelsKind"][];
        };
        WireListMerge: {
            results: components["schemas"]["MergesMerge"][];
        };
        WireListPipeline: {
            results: components["schemas"]["PipelinesPipeline"][];
        };
        WireListProperty: {
            results: components["schemas"]["PropertiesProperty"][];
        };
        WireListScope: {
            results: components["schemas"]["PeopleScope"][];
        };
        WireListString: {
            results: string[];
        };
        WireListTeam: {
            results: components["schemas"]["PeopleTeam"][];
        };
        WireListToken: {
            results: components["schemas"]["PeopleToken"][];
        };
        WireListUser: {
            results: components["schemas"]["PeopleUser"][];
        };
        WireListView: {
            results: components["schemas"]["ViewsView"][];
        };
        WireListWebhook: {
            results: components["schemas"]["WebhooksWebhook"][];
        };
        WireNext: {
            /** @description Send it as after to get the next page. */
            after: string;
        };
        WirePageCompany: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["RowCompany"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageDelivery: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["WebhooksDelivery"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageEntry: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["AuditEntry"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageExport: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["ExportsExport"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageKept: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["ChannelsKept"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageListed: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["ContactsListed"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageRecord: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["TrashRecord"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePageTicket: {
            /** @description Missing on the last page. */
            paging?: components["schemas"]["WirePaging"];
            results: components["schemas"]["RowTicket"][];
            /**
             * Format: int64
             * @description How many there are on all pages, where it was counted.
             */
            total?: number;
        };
        WirePaging: {
            next: components["schemas"]["WireNext"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}

export type Schemas = components["schemas"];

/** What each route of /helpdesk/v1 answers. */
export interface Answers {
  "DELETE /apps/{id}": undefined;
  "DELETE /channels/{id}": undefined;
  "DELETE /pipelines/{id}/clearing": undefined;
  "DELETE /property-definitions/{objectType}/{name}": undefined;
  "DELETE /property-groups/{objectType}/{name}": undefined;
  "DELETE /records/{objectType}/{id}/forever": undefined;
  "DELETE /session": undefined;
  "DELETE /teams/{id}": undefined;
  "DELETE /tickets/{id}": undefined;
  "DELETE /tickets/{id}/companies/{other}": Schemas["TicketsTicket"];
  "DELETE /tickets/{id}/contacts/{other}": Schemas["TicketsTicket"];
  "DELETE /tickets/{id}/drafts/{kind}": undefined;
  "DELETE /tickets/{id}/snooze": undefined;
  "DELETE /tokens/{id}": undefined;
  "DELETE /webhooks/{id}": undefined;
  "GET /app-channels": Schemas["WireListAppChannel"];
  "GET /apps": Schemas["WireListApp"];
  "GET /attachments/{id}": undefined;
  "GET /attention": Schemas["WireListAside"];
  "GET /attention/{id}/raw": undefined;
  "GET /audit": Schemas["WirePageEntry"];
  "GET /audit.csv": undefined;
  "GET /channel-kinds": Schemas["WireListKind"];
  "GET /channels": Schemas["WireListChannel"];
  "GET /companies": Schemas["WirePageCompany"];
  "GET /contacts": Schemas["WirePageListed"];
  "GET /contacts/{id}": Schemas["ContactsContact"];
  "GET /exports": Schemas["WirePageExport"];
  "GET /exports/{id}": Schemas["ExportsExport"];
  "GET /exports/{id}/file": undefined;
  "GET /imports/{id}": Schemas["ImportsImport"];
  "GET /imports/{id}/errors.csv": undefined;
  "GET /jobs/dead": Schemas["WireListDeadJob"];
  "GET /live": undefined;
  "GET /me": Schemas["SessionMe"];
  "GET /messages/{id}/original": undefined;
  "GET /notifications": Schemas["NotificationsList"];
  "GET /oauth/authorize": Schemas["AppsConsent"];
  "GET /outbox": Schemas["WirePageKept"];
  "GET /outbox/{id}": Schemas["ChannelsKeptMail"];
  "GET /outbox/{id}/source": undefined;
  "GET /pipelines": Schemas["WireListPipeline"];
  "GET /properties/{objectType}": Schemas["WireListProperty"];
  "GET /property-definitions/{objectType}": Schemas["WireListDefinition"];
  "GET /property-definitions/{objectType}/{name}": Schemas["PropertiesDefinition"];
  "GET /property-groups/{objectType}": Schemas["WireListGroup"];
  "GET /records/{objectType}/trash": Schemas["WirePageRecord"];
  "GET /records/{objectType}/{id}/merges": Schemas["WireListMerge"];
  "GET /scopes": Schemas["WireListScope"];
  "GET /setup": Schemas["SessionSetup"];
  "GET /teams": Schemas["WireListTeam"];
  "GET /tickets/{id}": Schemas["TicketsTicket"];
  "GET /tickets/{id}/conversation": Schemas["ConversationPage"];
  "GET /tickets/{id}/drafts": Schemas["ConversationDrafts"];
  "GET /tokens": Schemas["WireListToken"];
  "GET /users": Schemas["WireListUser"];
  "GET /views": Schemas["WireListView"];
  "GET /views/counts": Schemas["ViewsCounts"];
  "GET /views/{id}/tickets": Schemas["WirePageTicket"];
  "GET /webhooks": Schemas["WireListWebhook"];
  "GET /webhooks/event-types": Schemas["WireListString"];
  "GET /webhooks/{id}": Schemas["WebhooksWebhook"];
  "GET /webhooks/{id}/deliveries": Schemas["WirePageDelivery"];
  "GET /webhooks/{id}/deliveries/{delivery}": Schemas["WebhooksSent"];
  "PATCH /channels/{id}": Schemas["ChannelsChannel"];
  "PATCH /contacts/{id}": Schemas["ContactsContact"];
  "PATCH /me": Schemas["SessionMe"];
  "PATCH /pipelines/{id}": Schemas["PipelinesPipeline"];
  "PATCH /property-definitions/{objectType}/{name}": Schemas["PropertiesDefinition"];
  "PATCH /property-groups/{objectType}/{name}": Schemas["PropertiesGroup"];
  "PATCH /teams/{id}": Schemas["PeopleTeam"];
  "PATCH /tickets/{id}": Schemas["TicketsTicket"];
  "PATCH /users/{id}": Schemas["PeopleUser"];
  "POST /app-channels/{id}/connect": Schemas["ChannelsElsewhere"];
  "POST /apps": Schemas["AppsFreshApp"];
  "POST /apps/{id}/developer-key": Schemas["AppsSecret"];
  "POST /apps/{id}/secret": Schemas["AppsSecret"];
  "POST /apps/{id}/uninstall": undefined;
  "POST /attachments": undefined;
  "POST /attention/{id}/retry": undefined;
  "POST /channels": Schemas["ChannelsChannel"];
  "POST /channels/test": Schemas["ChannelsOutcome"];
  "POST /channels/{id}/test": Schemas["ChannelsOutcome"];
  "POST /companies": Schemas["RowCompany"];
  "POST /contacts": Schemas["ContactsContact"];
  "POST /exports": Schemas["ExportsExport"];
  "POST /exports/{id}/cancel": Schemas["ExportsExport"];
  "POST /imports/{id}/undo": Schemas["ImportsImport"];
  "POST /jobs/{id}/retry": undefined;
  "POST /merges/{id}/undo": undefined;
  "POST /messages/{id}/cancel": Schemas["ConversationItem"];
  "POST /messages/{id}/retry": Schemas["ConversationItem"];
  "POST /notifications/read": Schemas["NotificationsUnread"];
  "POST /oauth/authorize": Schemas["AppsRedirect"];
  "POST /pipelines": Schemas["PipelinesPipeline"];
  "POST /pipelines/{id}/delete": undefined;
  "POST /pipelines/{id}/duplicate": Schemas["PipelinesPipeline"];
  "POST /property-definitions/{objectType}": Schemas["PropertiesDefinition"];
  "POST /property-definitions/{objectType}/{name}/rename-option": Schemas["PropertiesDefinition"];
  "POST /property-groups/{objectType}": Schemas["PropertiesGroup"];
  "POST /records/{objectType}/{id}/merge": Schemas["MergesMerge"];
  "POST /records/{objectType}/{id}/restore": undefined;
  "POST /session": Schemas["SessionMe"];
  "POST /setup": Schemas["SessionMe"];
  "POST /teams": Schemas["PeopleTeam"];
  "POST /tickets": Schemas["TicketsTicket"];
  "POST /tickets/search": Schemas["WirePageTicket"];
  "POST /tickets/{id}/comments": Schemas["ConversationItem"];
  "POST /tickets/{id}/follow": undefined;
  "POST /tickets/{id}/not-spam": undefined;
  "POST /tickets/{id}/read": undefined;
  "POST /tickets/{id}/replies": Schemas["ConversationItem"];
  "POST /tickets/{id}/spam": undefined;
  "POST /tickets/{id}/unfollow": undefined;
  "POST /tickets/{id}/unread": undefined;
  "POST /tokens": Schemas["PeopleFreshToken"];
  "POST /tokens/{id}/client-secret": Schemas["AppsSecret"];
  "POST /tokens/{id}/rotate": Schemas["PeopleFreshToken"];
  "POST /users": Schemas["PeopleUser"];
  "POST /webhooks": Schemas["WebhooksFreshWebhook"];
  "POST /webhooks/{id}/pause": Schemas["WebhooksWebhook"];
  "POST /webhooks/{id}/replay": undefined;
  "POST /webhooks/{id}/resume": Schemas["WebhooksWebhook"];
  "POST /webhooks/{id}/secret": Schemas["WebhooksSecret"];
  "POST /webhooks/{id}/test": Schemas["WebhooksDelivery"];
  "PUT /apps/{id}": Schemas["AppsApp"];
  "PUT /pipelines/order": Schemas["WireListPipeline"];
  "PUT /pipelines/{id}/stages": Schemas["PipelinesPipeline"];
  "PUT /tickets/{id}/companies/{other}": Schemas["TicketsTicket"];
  "PUT /tickets/{id}/contacts/{other}": Schemas["TicketsTicket"];
  "PUT /tickets/{id}/drafts/{kind}": Schemas["ConversationDraft"];
  "PUT /tickets/{id}/snooze": undefined;
  "PUT /tokens/{id}": Schemas["PeopleToken"];
  "PUT /webhooks/{id}": Schemas["WebhooksWebhook"];
}

/** What each takes. */
export interface Bodies {
  "PATCH /channels/{id}": Schemas["ChangeInputBody56a08963"];
  "PATCH /contacts/{id}": Schemas["ContactsPropertiesBody"];
  "PATCH /me": Schemas["ChangeInputBody2f8ecce2"];
  "PATCH /pipelines/{id}": Schemas["ChangeInputBodyc70096ff"];
  "PATCH /property-definitions/{objectType}/{name}": Schemas["PropertiesChange"];
  "PATCH /property-groups/{objectType}/{name}": Schemas["GroupInputBodye8c24c63"];
  "PATCH /teams/{id}": Schemas["PeopleTeamBody"];
  "PATCH /tickets/{id}": Schemas["ChangeInputBody8234de08"];
  "PATCH /users/{id}": Schemas["UserChangeBodydbec3a2a"];
  "POST /apps": Schemas["AppsAppBody"];
  "POST /channels": Schemas["AddInputBodyeaa7486e"];
  "POST /channels/test": Schemas["TestNewInputBody4876074c"];
  "POST /channels/{id}/test": Schemas["TestInputBody649a0751"];
  "POST /companies": Schemas["ContactsPropertiesBody"];
  "POST /contacts": Schemas["ContactsPropertiesBody"];
  "POST /exports": Schemas["StartInputBody46da7045"];
  "POST /notifications/read": Schemas["ReadInputBody9c7f97c9"];
  "POST /oauth/authorize": Schemas["AnswerInputBody35e0c966"];
  "POST /pipelines": Schemas["PipelinesLabelBody"];
  "POST /pipelines/{id}/delete": Schemas["RemoveInputBody1d0ccd20"];
  "POST /pipelines/{id}/duplicate": Schemas["PipelinesLabelBody"];
  "POST /property-definitions/{objectType}": Schemas["PropertiesNewDefinition"];
  "POST /property-definitions/{objectType}/{name}/rename-option": Schemas["RenameInputBody57f5034b"];
  "POST /property-groups/{objectType}": Schemas["NewGroupInputBodya55ab65b"];
  "POST /records/{objectType}/{id}/merge": Schemas["MergeInputBody16efbceb"];
  "POST /session": Schemas["SignInInputBody5803990a"];
  "POST /setup": Schemas["SetupInputBodydf8566d1"];
  "POST /teams": Schemas["PeopleTeamBody"];
  "POST /tickets": Schemas["NewInputBody60f25f97"];
  "POST /tickets/search": Schemas["SearchInputBody6dcd3609"];
  "POST /tickets/{id}/comments": Schemas["CommentInputBody6cb1797d"];
  "POST /tickets/{id}/replies": Schemas["ReplyInputBody93b8fb08"];
  "POST /tokens": Schemas["PeopleTokenBody"];
  "POST /users": Schemas["NewUserBodyebec7172"];
  "POST /webhooks": Schemas["AddInputBody84602075"];
  "POST /webhooks/{id}/replay": Schemas["ReplayInputBodyb2dad3fe"];
  "PUT /apps/{id}": Schemas["AppsAppBody"];
  "PUT /pipelines/order": Schemas["OrderInputBody2de7370c"];
  "PUT /pipelines/{id}/stages": Schemas["StagesInputBodya25a790c"];
  "PUT /tickets/{id}/drafts/{kind}": Schemas["DraftInputBodybe072b25"];
  "PUT /tickets/{id}/snooze": Schemas["SnoozeInputBodye3e26926"];
  "PUT /tokens/{id}": Schemas["PeopleTokenBody"];
  "PUT /webhooks/{id}": Schemas["WebhooksWebhookBody"];
}
